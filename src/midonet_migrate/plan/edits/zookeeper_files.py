"""How MidoNet 5 finds ZooKeeper (host 2.6): ``[zookeeper]`` of midonet.conf and midolman.conf."""

from __future__ import annotations

import re

from midonet_migrate.plan.edits.ini import parse
from midonet_migrate.plan.edits.ini_changes import insert, place_of, remove, set_value
from midonet_migrate.plan.edits.model import (
    Change,
    ConfigFile,
    Dialect,
    FileEdit,
    Finding,
    Severity,
    Unreadable,
    edited,
    text_of,
    untouched,
)

SECTION, HOSTS_KEY, ROOT_KEY = "zookeeper", "zookeeper_hosts", "root_key"
STANDARD_ROOT = "/midonet"
DEFAULT_PORT = "2181"
_LOCAL = re.compile(r"(127\.|localhost(:|/|$)|\[?::1\]?:)", re.IGNORECASE)
_OWN_SECTIONS = {SECTION, "cassandra"}


def bootstrap_file(path: str, servers: str, root: str = STANDARD_ROOT) -> FileEdit:
    """A new file that names ZooKeeper and nothing else."""
    lines = [f"[{SECTION}]", f"{HOSTS_KEY} = {servers}"]
    lines += [f"{ROOT_KEY} = {root}"] if root != STANDARD_ROOT else []
    return FileEdit(path=path, before=None, after="".join(f"{line}\n" for line in lines).encode())


def edit_bootstrap(file: ConfigFile, servers: str, root: str = STANDARD_ROOT) -> FileEdit:
    """The servers set and every ``root_key`` dropped; everything else stays, byte for byte.

    Only the exact old root is ignored by MidoNet 5, any other would be used as is (host 2.6). With another
    ``root`` than /midonet, that one is set instead. Servers that only this machine means by their name are
    refused in place of others: on every host they would be another machine. A list that names the same
    servers is left as it is written. Legacy settings in the file, which come before MidoNet's own
    configuration, are told.
    """
    try:
        text = text_of(file.data)
    except Unreadable as error:
        return untouched(file.path, file.data, Severity.REFUSED, str(error))
    changes: list[Change] = []

    def carry_out(change: Change) -> None:
        nonlocal text
        text = change.apply(text)
        changes.append(change)

    wanted = {HOSTS_KEY: servers} | ({ROOT_KEY: root} if root != STANDARD_ROOT else {})
    for key, value in wanted.items():
        ini = parse(text, Dialect.MIDONET)
        active = ini.active(SECTION, key)
        if active is None:
            carry_out(insert(ini, SECTION, key, value))
        elif _members(ini.value(active)) != _members(value):
            if key == HOSTS_KEY and _is_local(value) and not _is_local(ini.value(active)):
                return untouched(
                    file.path,
                    file.data,
                    Severity.REFUSED,
                    f"{key} is {ini.value(active)}; {value} would be another machine there: give ZooKeeper's"
                    " servers as every host reaches them (--zookeeper)",
                )
            carry_out(set_value(ini, active, value))
    while root == STANDARD_ROOT:
        ini = parse(text, Dialect.MIDONET)
        active = ini.active(SECTION, ROOT_KEY)
        if active is None:
            break
        carry_out(remove(ini, active))
    return edited(file.path, file.data, changes, _legacy(file))


def _members(value: str) -> list[str]:
    """A list of servers in a form that can be compared: blanks, quotes and the usual port do not matter."""
    members = [member.strip() for member in value.strip("\"'").split(",") if member.strip()]
    return [member if ":" in member or "/" in member else f"{member}:{DEFAULT_PORT}" for member in members]


def _is_local(value: str) -> bool:
    """Whether a list has the machine itself, whichever that is."""
    return any(_LOCAL.match(member) for member in _members(value))


def _legacy(file: ConfigFile) -> list[Finding]:
    ini = parse(text_of(file.data), Dialect.MIDONET)
    return [
        Finding(
            severity=Severity.NOTE,
            place=place_of(file.path, ini, item),
            text="read as a setting of the agent that comes before those of mn-conf; it stays",
        )
        for item in ini.assignments
        if item.section and item.section not in _OWN_SECTIONS
    ]
