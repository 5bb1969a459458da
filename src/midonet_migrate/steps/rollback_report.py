"""What a rollback of ZooKeeper would do, and what it did."""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_migrate.hosts.report import HostReport
from midonet_migrate.model.snapshot import to_builtins
from midonet_migrate.target.remove_tasks import RemovalReport
from midonet_migrate.zookeeper.counters import seconds_for
from midonet_migrate.zookeeper.lost_objects import LostObject
from midonet_migrate.zookeeper.restore import RestoreReport
from midonet_migrate.zookeeper.rollback_method import Method
from midonet_migrate.zookeeper.sessions import LiveSession


class RollbackPreview(msgspec.Struct, kw_only=True):
    """Before: the method and why, the objects that would be lost, the sessions in the way, the changes.

    ``tasks`` is None when the Neutron database is not known. ``copy``: where the tree before the rollback
    is kept, below the run directory; empty when nothing was changed.
    """

    method: Method
    why: str
    lost: list[LostObject]
    sessions: list[LiveSession]
    changes: RestoreReport
    tasks: RemovalReport | None
    resumed: bool = False
    copy: str = ""
    warnings: list[str] = []
    hosts: HostReport | None = None
    """Services that are stopped before; None without an inventory."""
    started: HostReport | None = None
    """Agents of 1.9 that were stopped for a restore and start again; None where none was looked at."""

    @property
    def counter_seconds(self) -> float:
        """About how long it takes to bring the counters forward."""
        return seconds_for(self.changes.creations)

    @property
    def nothing_to_do(self) -> bool:
        """Whether the site is as it should be."""
        tasks = self.tasks is not None and self.tasks.changed
        hosts = self.hosts is not None and not self.hosts.nothing_to_do
        return not (self.changes.changed or tasks or self.resumed or hosts)


def as_record(report: RollbackPreview) -> dict[str, Any]:
    """As plain data, with what is computed from it."""
    record: dict[str, Any] = to_builtins(report)
    record["counter_seconds"] = round(report.counter_seconds, 1)
    record["nothing_to_do"] = report.nothing_to_do
    return record
