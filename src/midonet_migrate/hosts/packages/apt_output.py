"""Reading what dpkg 1.17 and apt 1.0 (Ubuntu 14.04) and their successors print. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from midonet_migrate.hosts.packages.manager import Transaction

STATUS_FORMAT = r"${Package}\t${Version}\t${Architecture}\t${Status}\n"
"""For ``dpkg-query -W -f``."""
_INDEPENDENT = "all"
_INSTALLED = frozenset({"installed", "triggers-awaited", "triggers-pending"})
_WHOLE = _INSTALLED | {"config-files", "not-installed"}
_FIELDS = 4


class DpkgEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A package that dpkg knows. ``name`` carries the architecture if that is not the machine's own."""

    name: str
    version: str
    want: str
    """install, hold, deinstall, purge, unknown."""
    flag: str
    """ok, or reinstreq for a package that is damaged."""
    state: str

    @property
    def installed(self) -> bool:
        """Whether it is there, whole."""
        return self.state in _INSTALLED

    @property
    def held(self) -> bool:
        """Whether its version is held."""
        return self.want == "hold"

    @property
    def broken(self) -> bool:
        """Whether dpkg was cut off in the middle of it."""
        return self.flag != "ok" or self.state not in _WHOLE


class Action(StrEnum):
    """How a line of a simulation begins. Those of configuring (``Conf``) say nothing new."""

    INSTALL = "Inst"
    REMOVE = "Remv"
    PURGE = "Purg"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What apt would do with one package. ``version`` and ``architecture`` are empty for a removal."""

    action: Action
    name: str
    version: str = ""
    architecture: str = ""

    @property
    def file_name(self) -> str:
        """What apt calls the downloaded file: characters that part fields are written as numbers."""
        name = self.name.partition(":")[0]
        version = re.sub(r"[_:%]", lambda match: f"%{ord(match[0]):02x}", self.version)
        return f"{name}_{version}_{self.architecture}.deb"


_SIMULATED = re.compile(
    r"(?P<action>Inst|Remv|Purg) (?P<name>[^\s\[]+)(?: \[(?P<before>[^\]]*)\])?"
    r"(?: \((?P<after>\S+)(?: [^)]*)? \[(?P<architecture>[^\]]+)\]\))?"
)


def parse_status(output: str, machine: str) -> list[DpkgEntry]:
    """What ``dpkg-query`` lists in :data:`STATUS_FORMAT` on a host of the architecture ``machine``.

    Raises ``ValueError`` for text of another form.
    """
    entries = []
    for line in output.splitlines():
        fields = line.split("\t")
        status = fields[-1].split()
        if len(fields) != _FIELDS or len(status) != 3:
            raise ValueError(f"a line of dpkg-query makes no sense: {line!r}")
        name, version, architecture = fields[:3]
        foreign = architecture not in {machine, _INDEPENDENT, ""}
        want, flag, state = status
        entries.append(
            DpkgEntry(
                name=f"{name}:{architecture}" if foreign else name,
                version=version,
                want=want,
                flag=flag,
                state=state,
            )
        )
    return entries


def versions_of(entries: Iterable[DpkgEntry]) -> dict[str, str]:
    """Those that are installed: name -> version."""
    return {entry.name: entry.version for entry in entries if entry.installed}


def parse_simulation(output: str) -> list[Row]:
    """The steps of ``apt-get --simulate``, in their order; none when nothing would be done.

    Raises ``ValueError`` for a step that is not one of apt's.
    """
    rows = []
    for line in output.splitlines():
        if not line.startswith(("Inst ", "Remv ", "Purg ")):
            continue
        match = _SIMULATED.match(line)
        if match is None or (match["action"] == Action.INSTALL and match["after"] is None):
            raise ValueError(f"a step of apt makes no sense: {line!r}")
        rows.append(
            Row(
                action=Action(match["action"]),
                name=match["name"],
                version=match["after"] or "",
                architecture=match["architecture"] or "",
            )
        )
    return rows


def coming(rows: Iterable[Row]) -> list[Row]:
    """What is unpacked."""
    return [row for row in rows if row.action is Action.INSTALL]


def to_transaction(rows: Iterable[Row], installed: Mapping[str, str]) -> Transaction:
    """What ``rows`` mean for a host with these packages. Who is reinstalled goes to the same version; who
    is only taken away for a moment is not removed."""
    transaction = Transaction()
    for row in rows:
        before = installed.get(row.name)
        if row.action is not Action.INSTALL:
            if before is not None:
                transaction.removed[row.name] = before
        elif before is None:
            transaction.installed[row.name] = row.version
        else:
            transaction.removed.pop(row.name, None)
            transaction.changed[row.name] = (before, row.version)
    return transaction


def parse_madison(output: str) -> dict[str, list[str]]:
    """``apt-cache madison``: name -> versions, in apt's order, which is the newest first."""
    versions: dict[str, list[str]] = {}
    for line in output.splitlines():
        fields = [field.strip() for field in line.split(" | ")]
        if len(fields) < 3 or fields[2].endswith("Sources"):
            continue
        known = versions.setdefault(fields[0], [])
        if fields[1] not in known:
            known.append(fields[1])
    return versions


def parse_apt_version(output: str) -> tuple[int, int]:
    """``apt-get --version``: the first two numbers. Raises ``ValueError`` for another text."""
    match = re.match(r"apt (\d+)\.(\d+)", output)
    if match is None:
        raise ValueError(f"apt says of its version: {output.splitlines()[:1]}")
    return int(match[1]), int(match[2])


def parse_owners(output: str) -> dict[str, list[str]]:
    """``dpkg-query --search``: path -> packages that have it; diversions are left out."""
    owners: dict[str, list[str]] = {}
    for line in output.splitlines():
        packages, separator, path = line.partition(": ")
        if separator and not line.startswith("diversion by "):
            owners[path] = [name.partition(":")[0] for name in packages.split(", ")]
    return owners


def parse_relations(field: str) -> list[str]:
    """The names in ``Replaces`` and the like, versions left out."""
    return [part.split()[0].partition("(")[0] for part in field.split(",") if part.strip()]


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a package brings and another one, which is there, has already."""

    path: str
    incoming: str
    present: str

    def __str__(self) -> str:
        return f"{self.path} of {self.incoming} is also in {self.present}"


def overlaps(incoming: str, replaces: Sequence[str], owners: Mapping[str, Sequence[str]]) -> list[Overlap]:
    """Whose files ``incoming`` would overwrite, without those it declares to replace."""
    return [
        Overlap(path=path, incoming=incoming, present=present)
        for path, packages in sorted(owners.items())
        for present in packages
        if present != incoming and present not in replaces
    ]
