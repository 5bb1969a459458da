"""hosts.yaml: the inventory, written by ``hosts discover`` and edited by the operator (host 6.1)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from midonet_migrate.errors import AccessDenied, ConfigError
from midonet_migrate.hosts.inventory_checks import (
    InventoryProblems,
    check_host,
    check_repositories,
    check_together,
)
from midonet_migrate.hosts.yaml_lines import YamlDocument, YamlProblem, parse_yaml
from midonet_migrate.model.hosts import (
    INVENTORY_VERSION,
    Connection,
    HostEntry,
    Inventory,
    Repositories,
    RepositoryDefinition,
    Role,
)
from midonet_migrate.run.atomic import write_atomically
from midonet_migrate.settings.filesystem import UnreadableFile, read_text

_UNKNOWN_FIELD = re.compile(r"unknown field `(.+?)`")
_PLACE = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_OTHERS_READ = 0o077
_EMPTY = "it is empty: take it away, and 'midonet-migrate hosts discover' writes it"
_HEAD = (
    "# Hosts of the site. Written by 'midonet-migrate hosts discover', which adds hosts and changes no\n"
    "# line; edit it as you like. roles: controller, gateway, compute, nsdb. connection: ssh or local.\n"
)


def read_inventory(path: Path) -> Inventory:
    """The inventory in ``path``. Raises ``ConfigError`` with every problem and its line, ``AccessDenied``."""
    return parse_inventory(read_inventory_text(path), str(path))


def read_inventory_text(path: Path) -> str:
    """The text of the file. Raises ``ConfigError`` or ``AccessDenied``."""
    try:
        return read_text(path)
    except UnreadableFile as error:
        if error.problem.permission:
            raise AccessDenied(
                "The inventory of hosts cannot be read",
                hint="Run it as root, or as a user that may read it.",
                problems=[error.problem.message],
            ) from error
        raise ConfigError(
            f"There is no inventory of hosts: {error.problem.message}",
            hint="Make it with 'midonet-migrate hosts discover', or name it with hosts_file.",
        ) from error


def parse_inventory(text: str, shown: str) -> Inventory:
    """The inventory in a text; ``shown`` is the name of its file. Raises ``ConfigError``."""
    try:
        document = parse_yaml(text)
    except YamlProblem as problem:
        where = f"{shown}:{problem.line}" if problem.line else shown
        raise _unusable([f"{where}: {problem.message}"]) from problem
    problems = InventoryProblems(shown, document)
    for key, line in document.repeated:
        problems.at_line(line, f"'{key}' stands there twice")
    inventory = _converted(document, problems)
    if problems.found:
        raise _unusable(problems.sorted())
    return inventory


def inventory_text(inventory: Inventory) -> str:
    """The whole file anew. Reading it gives the same inventory again."""
    plain = {"version": inventory.version, "hosts": (), **msgspec.to_builtins(inventory)}
    if not plain.get("repositories"):
        plain.pop("repositories", None)
    return _HEAD + _dump(plain)


def with_hosts_added(text: str, entries: Iterable[HostEntry]) -> str:
    """``text`` with hosts added after its last one. No other line of it changes, comments stay.

    A file whose hosts are not written one below the other is written anew. Raises ``ConfigError``.
    """
    entries = list(entries)
    before = parse_inventory(text, "hosts.yaml")
    if not entries:
        return text
    wanted = msgspec.structs.replace(before, hosts=(*before.hosts, *entries))
    document = parse_yaml(text)
    if ("hosts",) in document.block_lists and before.hosts:
        lines = text.splitlines(keepends=True)
        at = document.ends["hosts",]
        line_end = "\r\n" if lines[0].endswith("\r\n") else "\n"
        if at and lines and not lines[at - 1].endswith("\n"):
            lines[at - 1] += line_end
        indent = " " * document.columns["hosts",]
        added = _dump([msgspec.to_builtins(entry) for entry in entries])
        lines[at:at] = [f"{indent}{line}{line_end}" for line in added.splitlines()]
        edited = "".join(lines)
        try:
            if parse_inventory(edited, "hosts.yaml") == wanted:
                return edited
        except ConfigError:
            pass
    return inventory_text(wanted)


def write_inventory(path: Path, text: str) -> None:
    """Put the file in place, mode 0600: it may hold credentials of repositories.

    Raises ``NoPermission`` or ``WrongState``.
    """
    write_atomically(path, text.encode())


def exposure(path: Path, inventory: Inventory) -> str:
    """A warning when others may read the file although it names repositories; else empty."""
    repositories = inventory.repositories
    holds_text = repositories.debian is not None or repositories.redhat is not None
    try:
        readable = bool(path.stat().st_mode & _OTHERS_READ)
    except OSError:
        return ""
    if holds_text and readable:
        return f"{path} may hold credentials of repositories and can be read by others: chmod 600 {path}"
    return ""


def _dump(value: Any) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False
    )


class _Dumper(yaml.SafeDumper):
    """Items of lists are indented, short lists stay on their line, texts of several lines are blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


def _represent_list(dumper: yaml.SafeDumper, value: list[Any] | tuple[Any, ...]) -> yaml.Node:
    flow = all(isinstance(item, str) and "\n" not in item for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flow)


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(tuple, _represent_list)
_Dumper.add_representer(str, _represent_text)


def _unusable(problems: list[str]) -> ConfigError:
    return ConfigError(
        "The inventory of hosts cannot be used",
        hint="Correct what is listed, then run again.",
        problems=problems,
    )


def _converted(document: YamlDocument, problems: InventoryProblems) -> Inventory:
    value = document.value
    if not isinstance(value, dict):
        problems.add((), _EMPTY if value is None else "it is no mapping with 'version' and 'hosts'")
        return Inventory()
    for key in value:
        if key not in Inventory.__struct_fields__:
            problems.add((str(key),), _unknown(str(key), Inventory.__struct_fields__))
    if value.get("version", INVENTORY_VERSION) != INVENTORY_VERSION:
        problems.add(("version",), f"version is {value['version']!r}; this program knows {INVENTORY_VERSION}")
    hosts = value.get("hosts") or []
    if not isinstance(hosts, list):
        problems.add(("hosts",), "'hosts' is no list")
        hosts = []
    entries = []
    for position, host in enumerate(hosts):
        entry = _convert(host, HostEntry, ("hosts", position), problems)
        if entry is not None:
            check_host(entry, position, problems)
            entries.append((position, entry))
    check_together(entries, problems)
    repositories = _convert(value.get("repositories") or {}, Repositories, ("repositories",), problems)
    if repositories is not None:
        check_repositories(repositories, problems)
    return Inventory(hosts=tuple(entry for _, entry in entries), repositories=repositories or Repositories())


def _convert(value: Any, kind: type[Any], path: tuple[str | int, ...], problems: InventoryProblems) -> Any:
    """``value`` as ``kind``; None when it is not, with the problem noted."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        steps = _steps(place[1]) if place is not None else ()
        message = _PLACE.sub("", message)
        unknown = _UNKNOWN_FIELD.search(message)
        if unknown is not None:
            steps = (*steps, unknown[1])
            message = _unknown(unknown[1], _fields(kind, steps[:-1]))
        elif message.startswith("Invalid enum value"):
            message += f" (known: {_choices(steps)})"
        name = f"'{steps[-1]}': " if steps and isinstance(steps[-1], str) and unknown is None else ""
        problems.add((*path, *steps), f"{name}{message}")
        return None


def _steps(place: str) -> tuple[str | int, ...]:
    return tuple(name or (int(number) if number else 0) for name, number in _STEP.findall(place))


def _fields(kind: type[Any], steps: tuple[str | int, ...]) -> tuple[str, ...]:
    if kind is Repositories and steps:
        kind = RepositoryDefinition
    return tuple(kind.__struct_fields__)


def _choices(steps: tuple[str | int, ...]) -> str:
    return ", ".join(Connection if "connection" in steps else Role)


def _unknown(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(known), 1)
    return f"there is no '{key}'" + (f"; is '{close[0]}' meant?" if close else "")
