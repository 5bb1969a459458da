"""What an inventory must hold beyond its form; every problem is noted with its line; pure."""

from __future__ import annotations

import re
import uuid

from midonet_migrate.hosts.yaml_lines import YamlDocument
from midonet_migrate.model.hosts import Connection, HostEntry, Repositories, RepositoryDefinition, Role

HOST_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
DESTINATION = re.compile(r"[A-Za-z0-9_:\[][A-Za-z0-9._:%\[\]@-]*")
USER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._\\@$-]*")


class InventoryProblems:
    """What is wrong in a file, with lines."""

    def __init__(self, shown: str, document: YamlDocument) -> None:
        self.found: list[tuple[int, str]] = []
        self._shown = shown
        self._document = document

    def add(self, path: tuple[str | int, ...], message: str) -> None:
        """A problem of what stands at ``path``."""
        self.at_line(self._document.line(path), message)

    def at_line(self, line: int, message: str) -> None:
        """A problem on a line."""
        self.found.append((line, message))

    def sorted(self) -> list[str]:
        """``file:line: message``, in the order of the file."""
        return [f"{self._shown}:{line}: {message}" for line, message in sorted(self.found)]


def check_host(entry: HostEntry, position: int, problems: InventoryProblems) -> None:
    """One host by itself: nothing that ssh would take for an option or that is no name."""

    def problem(field: str, message: str) -> None:
        problems.add(("hosts", position, field), f"{entry.name or 'a host'}: {message}")

    if not HOST_NAME.fullmatch(entry.name):
        problem("name", f"{entry.name!r} is no name of a host (letters, digits, '.', '_', '-')")
    if entry.address and not DESTINATION.fullmatch(entry.address):
        problem("address", f"{entry.address!r} is no address, name or alias for ssh")
    if entry.user and not USER_NAME.fullmatch(entry.user):
        problem("user", f"{entry.user!r} is no user")
    if entry.port is not None and not 1 <= entry.port <= 65535:
        problem("port", f"{entry.port} is no port (1 to 65535)")
    if not entry.roles:
        problem("roles", "it has no role")
    if len(set(entry.roles)) != len(entry.roles):
        problem("roles", "a role stands there twice")
    if entry.midonet_host_id and not _is_uuid(entry.midonet_host_id):
        problem("midonet_host_id", f"{entry.midonet_host_id!r} is no UUID in lower case")
    if entry.bgp_command and Role.GATEWAY not in entry.roles:
        problem("bgp_command", "it is no gateway: its bgp_command would never be run")
    problems_of_users = [user for user in entry.rc_users if not USER_NAME.fullmatch(user)]
    if problems_of_users:
        problem("rc_users", f"{problems_of_users[0]!r} is no user")
    if entry.connection is Connection.LOCAL and (entry.address or entry.user or entry.port is not None):
        problem("connection", "a local host has neither address, user nor port")


def check_together(entries: list[tuple[int, HostEntry]], problems: InventoryProblems) -> None:
    """All hosts: names and host ids are unique, one host at most is this machine."""
    names: dict[str, int] = {}
    ids: dict[str, str] = {}
    local = ""
    for position, entry in entries:
        if entry.name in names:
            problems.add(("hosts", position, "name"), f"{entry.name}: another host has this name")
        names[entry.name] = position
        if entry.midonet_host_id:
            other = ids.setdefault(entry.midonet_host_id, entry.name)
            if other != entry.name:
                problems.add(
                    ("hosts", position, "midonet_host_id"), f"{entry.name}: {other} has the same host id"
                )
        if entry.connection is Connection.LOCAL:
            if local:
                problems.add(
                    ("hosts", position, "connection"), f"{entry.name}: {local} is this machine already"
                )
            local = local or entry.name


def check_repositories(repositories: Repositories, problems: InventoryProblems) -> None:
    """Where packages come from."""
    for family in ("debian", "redhat"):
        definition: RepositoryDefinition | None = getattr(repositories, family)
        if definition is None:
            continue
        if not definition.text.strip():
            problems.add(("repositories", family, "text"), f"{family}: the definition is empty")
        for number, key in enumerate(definition.keys):
            if "/" in key.name or not HOST_NAME.fullmatch(key.name):
                problems.add(
                    ("repositories", family, "keys", number), f"{family}: {key.name!r} is no name of a file"
                )
    substitution = repositories.substitution
    if substitution is not None:
        if not substitution.old:
            problems.add(("repositories", "substitution", "old"), "substitution: 'old' is empty")
        for number, file in enumerate(substitution.files):
            if not file.startswith("/"):
                problems.add(
                    ("repositories", "substitution", "files", number),
                    f"substitution: {file!r} is no full path",
                )


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
