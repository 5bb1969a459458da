"""What the journal tells of each host: at what stage it is, and what of it we have touched (host 3.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from midonet_migrate.hosts.changes import FILE, JAVA, PACKAGES, SERVICE
from midonet_migrate.model.hosts import Inventory
from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import Inverse, Record

_MEMBERS = frozenset({"host", "host_stage"})


class HostStage(StrEnum):
    """How far a host is. Each is noted when it is reached; the -ING ones before the first change."""

    UNTOUCHED = "untouched"
    STAGED = "staged"
    """Everything is downloaded and recorded; nothing else was changed."""
    INSTALLING = "installing"
    INSTALLED = "installed"
    """midonet-cluster and midonet-tools are there, beside 1.9."""
    SWITCHING = "switching"
    SWITCHED = "switched"
    """On 5.x; an agent's health gate was passed."""
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    """As recorded before the first change."""
    FINALISED = "finalised"
    """1.9's packages and files are gone: there is no way back."""


def note_stage(journal: Journal, host: str, stage: HostStage) -> None:
    """Note that a host has reached a stage, unless that is what the journal says already."""
    if stage_of(journal.records, host) is not stage:
        journal.note(f"{host}: {stage}", host=host, host_stage=str(stage))


def conclude(journal: Journal, host: str, stage: HostStage) -> None:
    """Note that a host has reached the end of a stage: what an earlier run left open there is settled, since
    its state is known now."""
    for record in journal.pending():
        if record.digest.startswith(f"{host} "):
            journal.settle(record, took_effect=True)
    note_stage(journal, host, stage)


def stages(records: Iterable[Record]) -> dict[str, HostStage]:
    """The stage of every host that the journal knows."""
    reached: dict[str, HostStage] = {}
    for record in records:
        if record.event == "note" and record.result.keys() >= _MEMBERS:
            reached[str(record.result["host"])] = HostStage(record.result["host_stage"])
    return reached


def stage_of(records: Iterable[Record], host: str) -> HostStage:
    """The stage of one host."""
    return stages(records).get(host, HostStage.UNTOUCHED)


class Touched(msgspec.Struct, kw_only=True):
    """What we have changed on a host, or were about to, since its record was made. In the order of the first
    touch. What stands here is to be as recorded after a rollback; anything else is not ours."""

    packages: list[str] = []
    removed: list[str] = []
    """Of these packages, those that were removed: what the operator had edited of theirs is gone."""
    files: dict[str, list[Inverse]] = {}
    """Path -> every edit of ours, the first one first: its copy is what was there before us."""
    services: list[str] = []
    java: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the host was never changed."""
        return not (self.packages or self.files or self.services or self.java)

    @property
    def same_packages(self) -> bool:
        """Whether packages, and where they come from, are as recorded; services may have been touched."""
        return not (self.packages or self.files or self.java)


def touched(records: Sequence[Record], host: str) -> Touched:
    """What of a host was changed since the journal's beginning, or since its last finished rollback.

    Units that certainly had no effect do not count; those without an outcome do.
    """
    without_effect = {
        record.unit for record in records if record.event == "outcome" and record.ending == "not-done"
    }
    found = Touched()
    for record in records:
        if record.event == "note" and record.result.get("host") == host:
            if record.result.get("host_stage") == HostStage.ROLLED_BACK:
                found = Touched()
        elif (
            record.event == "intent"
            and record.sequence not in without_effect
            and record.inverse is not None
            and record.inverse.arguments.get("host") == host
        ):
            _add(found, record.inverse)
    return found


def touched_elsewhere(records: Sequence[Record], inventory: Inventory) -> list[str]:
    """Names of hosts on which something is changed, and that the inventory does not have (any more)."""
    known = {host.name for host in inventory.hosts}
    names = {
        str(record.inverse.arguments["host"])
        for record in records
        if record.event == "intent" and record.inverse is not None and "host" in record.inverse.arguments
    }
    return sorted(name for name in names - known if not touched(records, name).nothing)


def _add(found: Touched, inverse: Inverse) -> None:
    arguments = inverse.arguments
    if inverse.action == PACKAGES:
        transaction = arguments["transaction"]
        names = [name for part in ("installed", "changed", "removed") for name in transaction.get(part, {})]
        found.packages += [name for name in names if name not in found.packages]
        gone = transaction.get("removed", {})
        found.removed += [name for name in gone if name not in found.removed]
    elif inverse.action == FILE:
        found.files.setdefault(arguments["path"], []).append(inverse)
    elif inverse.action == SERVICE and arguments["role"] not in found.services:
        found.services.append(arguments["role"])
    elif inverse.action == JAVA:
        found.java = True
