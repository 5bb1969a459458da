"""Restarting a service once after changes of its host: owed until it was done, over any number of runs."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from midonet_migrate.hosts.actor import Would
from midonet_migrate.hosts.changes import SERVICE
from midonet_migrate.hosts.parts import HostParts, Services
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import Inverse, Kind


class Restart(msgspec.Struct, kw_only=True):
    """A running service has been started anew since the last change of a file on its host that we made.

    One that does not run needs no restart. ``paths``: the files that it reads; empty: any that was edited for
    MidoNet 5.
    """

    kind: ClassVar[Kind] = "host"

    host: str
    services: Services
    role: str
    journal: Journal
    paths: tuple[str, ...] = ()
    applied: bool = False

    @classmethod
    def of(cls, parts: HostParts, role: str, journal: Journal, *, paths: tuple[str, ...] = ()) -> Restart:
        """The restart of a service of a host."""
        return cls(host=parts.entry.name, services=parts.services, role=role, journal=journal, paths=paths)

    @property
    def key(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"restart {self.role}"

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"{self.role} has read its files anew"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        facts = self.services.find(self.role)
        if facts is None or not facts.running or self.applied or not self._owed():
            return None
        return Would(details=(f"{facts.name} runs with what it read before",))

    def inverse(self, run: RunDirectory) -> Inverse:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run
        return Inverse(action=SERVICE, arguments={"host": self.host, "role": self.role, "running": True})

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        self.services.restart(self.role)
        self.applied = True
        return {"restarted": True}

    def _owed(self) -> bool:
        """Whether the last file that was edited there is younger than the last start of the service by us."""
        done = {
            record.unit
            for record in self.journal.records
            if record.event == "outcome" and record.ending == "done"
        }
        edited = started = 0
        files = {f"{verb} {path}" for verb in ("file", "restore") for path in self.paths}
        for record in self.journal.records:
            if record.event != "intent" or not record.digest.startswith(f"{self.host} "):
                continue
            key = record.digest.removeprefix(f"{self.host} ")
            if key in files or (not files and key.startswith("file ")):
                edited = record.sequence
            elif key in {self.key, f"service {self.role}"} and record.sequence in done:
                started = record.sequence
        return edited > started
