"""Reading what yum 3.4 prints (CentOS and RHEL 7). Pure: texts in, values out.

yum prints tables for people. It takes 80 columns when nobody watches, and breaks a row after a field that is
too long for its column: what follows stands on the next line, far to the right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from midonet_migrate.hosts.packages.manager import Transaction


class Action(StrEnum):
    """The headings of yum's transaction table, "for dependencies" left out."""

    INSTALL = "Installing"
    UPDATE = "Updating"
    REMOVE = "Removing"
    REINSTALL = "Reinstalling"
    DOWNGRADE = "Downgrading"
    SKIP = "Skipped (dependency problems)"
    NOT_INSTALLED = "Not installed"
    NOT_AVAILABLE = "Not available"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A package of the table. ``version`` is the new one; of a removal the present one.

    ``replaces``: name -> version of what it obsoletes.
    """

    action: Action
    name: str
    architecture: str
    version: str
    repository: str
    replaces: dict[str, str] = {}


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``yum list``."""

    name: str
    architecture: str
    version: str
    repository: str


_DEPENDENCIES = " for dependencies"
_RULE = re.compile(r"=+")
_TABLE_END = "Transaction Summary"
_HEADING = re.compile(r"(\S.*):\s*")
_REPLACING = re.compile(r"\s+replacing\s+(\S+)\.([^.\s]+)\s+(\S+)\s*")
_ROW_START = re.compile(r" \S")
_ROW_FIELDS = 5
_LIST_FIELDS = 3
_AVAILABLE = "Available Packages"
_LIST_HEADING = re.compile(r"[A-Z][\w-]*(?: [\w-]+)* Packages")
_LOCK = re.compile(r"(?P<epoch>\d+):(?P<name>\S+)-(?P<version>[^-\s]+)-(?P<release>[^-\s]+)")


def parse_rows(output: str) -> list[Row]:
    """The rows of the transaction that yum would do or did; none when it shows no table.

    Raises ``ValueError`` for a table that is not one of yum's.
    """
    rows: list[Row] = []
    action: Action | None = None
    for line in _table_lines(output):
        replacing = _REPLACING.fullmatch(line)
        if replacing is not None and rows:
            last = rows[-1]
            replaces = {**last.replaces, replacing[1]: replacing[3]}
            rows[-1] = msgspec.structs.replace(last, replaces=replaces)
            continue
        heading = _HEADING.fullmatch(line)
        if heading is not None:
            action = _action(heading[1])
            continue
        fields = line.split()
        if action is None or len(fields) < _ROW_FIELDS:
            raise ValueError(f"a line of yum's table makes no sense: {line!r}")
        name, architecture, version, repository = fields[:4]
        rows.append(
            Row(action=action, name=name, architecture=architecture, version=version, repository=repository)
        )
    return rows


def to_transaction(rows: list[Row], installed: dict[str, str]) -> Transaction:
    """What ``rows`` mean for a host with these packages. Who is reinstalled goes to the same version."""
    transaction = Transaction()
    for row in rows:
        before = installed.get(row.name, "")
        if row.action is Action.REMOVE:
            transaction.removed[row.name] = row.version
        elif row.action in {Action.UPDATE, Action.DOWNGRADE, Action.REINSTALL}:
            transaction.changed[row.name] = (before, row.version)
        elif row.action is Action.INSTALL:
            transaction.installed[row.name] = row.version
        transaction.removed.update(
            {name: version for name, version in row.replaces.items() if name in installed}
        )
    return transaction


def parse_available(output: str) -> list[Listed]:
    """What ``yum list --showduplicates`` shows below "Available Packages", in its order."""
    listed: list[Listed] = []
    available = False
    fields: list[str] = []
    for line in output.splitlines():
        if _LIST_HEADING.fullmatch(line.rstrip()):
            available, fields = line.rstrip() == _AVAILABLE, []
            continue
        if not available or not line.strip():
            continue
        if not line.startswith(" "):
            fields = []
        fields += line.split()
        if len(fields) == _LIST_FIELDS:
            name, _dot, architecture = fields[0].rpartition(".")
            listed.append(
                Listed(name=name, architecture=architecture, version=fields[1], repository=fields[2])
            )
            fields = []
    return listed


def parse_locks(output: str) -> list[str]:
    """The names of ``yum versionlock list``, sorted. What is only excluded (``!``) is not held."""
    found = (_LOCK.fullmatch(line.strip()) for line in output.splitlines())
    return sorted({match["name"] for match in found if match is not None})


def _table_lines(output: str) -> Iterator[str]:
    """The lines between the table's head and its summary, each row on one line."""
    lines = iter(output.splitlines())
    rules = 0
    for line in lines:
        rules = rules + 1 if _RULE.fullmatch(line) else rules
        if rules == 2:
            break
    pending = ""
    for line in lines:
        if line.startswith(_TABLE_END):
            break
        if not line.strip():
            continue
        continued = bool(pending) and line.startswith("  ") and not _REPLACING.fullmatch(line)
        if continued:
            pending = f"{pending} {line.strip()}"
            continue
        if pending:
            yield pending
        pending = line if _ROW_START.match(line) else ""
        if not pending:
            yield line
    if pending:
        yield pending


def _action(heading: str) -> Action:
    return Action(heading.removesuffix(_DEPENDENCIES))
