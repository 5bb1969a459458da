"""What ``import`` tells the operator, part by part."""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_migrate.model.plan import Finding
from midonet_migrate.steps.configure_cluster import ConfigureReport
from midonet_migrate.steps.recreate_report import RecreateReport
from midonet_migrate.steps.watch_report import WatchReport

WRONG, REMARKS, DONE = 30, 1, 0


class ImportReport(msgspec.Struct, kw_only=True):
    """The parts that were done, or in a dry run would be; None for those that were not asked for.

    ``unseen``: a dry run while the cluster is down, after an import that had begun: the requests are counted
    as if nothing of theirs were there.
    """

    tasks: int
    objects: int
    configured: ConfigureReport | None = None
    cluster_started: bool = False
    hosts: RecreateReport | None = None
    importer: ConfigureReport | None = None
    watched: WatchReport | None = None
    recreated: RecreateReport | None = None
    unseen: bool = False
    findings: list[Finding] = []
    dry_run: bool = False

    @property
    def nothing_to_do(self) -> bool:
        """Whether everything was in place already."""
        parts = (self.configured, self.hosts, self.importer, self.watched, self.recreated)
        return not self.cluster_started and all(part is None or part.nothing_to_do for part in parts)

    @property
    def warnings(self) -> list[str]:
        """Everything that the operator must know, in words."""
        told = [*(self.configured.warnings if self.configured else [])]
        told += self.importer.warnings if self.importer else []
        watched = list(self.watched.findings) if self.watched else []
        return told + [item.message for item in [*self.findings, *watched] if item.level == "warning"]

    @property
    def exit_status(self) -> int:
        """30: something is not as planned; 1: something warns or was left out; 0: done."""
        statuses = [part.exit_status for part in (self.hosts, self.recreated) if part is not None]
        if WRONG in statuses:
            return WRONG
        quarantined = self.watched is not None and bool(self.watched.quarantined)
        return REMARKS if self.warnings or quarantined or any(statuses) else DONE


def import_record(report: ImportReport) -> dict[str, Any]:
    """The report as plain data, for -f json and yaml and for report files."""
    record: dict[str, Any] = msgspec.to_builtins(report)
    return {
        "nothing_to_do": report.nothing_to_do,
        "exit_status": report.exit_status,
        "warnings": report.warnings,
        **record,
    }
