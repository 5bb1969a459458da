"""One stage over many hosts: side by side, each with its own result, and an end when too many fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import msgspec

from midonet_migrate.errors import Bug, MigrateError
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.report import Failure, HostReport, HostResult, Verdict
from midonet_migrate.model.hosts import HostEntry
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress

Work = Callable[[HostEntry, HostActor], None]
"""Brings one host to where the stage wants it. Raises ``MigrateError`` when that fails."""


class FanOut(msgspec.Struct, kw_only=True, frozen=True):
    """How a stage goes over its hosts. ``at_a_time``: hosts of one batch that are worked on together."""

    run: RunDirectory
    stage: str
    progress: Progress
    secrets: tuple[str, ...] = ()
    at_a_time: int = 10
    max_failures: int = 0
    """As many hosts may fail and the next batch still begins."""

    def over(self, batches: Sequence[Sequence[HostEntry]], work: Work) -> HostReport:
        """Every batch after the other. What is not reached is in the report, as left out.

        A host that fails does not stop the others of its batch. What is no ``MigrateError`` is raised once
        the hosts under way are done.
        """
        report = HostReport(stage=self.stage, dry_run=self.run.dry_run)
        total = sum(len(batch) for batch in batches)
        with self.progress.phase(self.stage, total) as phase:
            for batch in batches:
                if len(report.failed) > self.max_failures:
                    report.hosts += self._left_out(batch, report)
                    continue
                report.hosts += self._together(
                    batch, work, lambda result: phase.tell(_line(result)), phase.advance
                )
        return report

    def _together(
        self,
        batch: Sequence[HostEntry],
        work: Work,
        tell: Callable[[HostResult], None],
        advance: Callable[[], None],
    ) -> Iterable[HostResult]:
        if len(batch) == 1 or self.at_a_time == 1:
            results = []
            for entry in batch:
                results.append(self._one(entry, work))
                tell(results[-1])
                advance()
            return results
        found: dict[str, HostResult] = {}
        with ThreadPoolExecutor(min(self.at_a_time, len(batch))) as pool:
            futures = [pool.submit(self._one, entry, work) for entry in batch]
            try:
                for future in as_completed(futures):
                    result = future.result()
                    found[result.host] = result
                    tell(result)
                    advance()
            except BaseException:
                # Those under way go on to the end of what they do; the others do not begin.
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return [found[entry.name] for entry in batch]

    def _one(self, entry: HostEntry, work: Work) -> HostResult:
        actor = HostActor(entry.name, self.run, secrets=self.secrets)
        try:
            work(entry, actor)
        except Bug:
            raise
        except MigrateError as error:
            actor.result.verdict = Verdict.FAILED
            actor.result.failure = Failure.of(error, self.secrets)
        return actor.result

    def _left_out(self, batch: Sequence[HostEntry], report: HostReport) -> list[HostResult]:
        failed = ", ".join(result.host for result in report.failed)
        why = f"{len(report.failed)} hosts failed ({failed}); at most {self.max_failures} may"
        return [HostResult(host=entry.name, verdict=Verdict.LEFT_OUT, why=why) for entry in batch]


def _line(result: HostResult) -> str:
    if result.failure is not None:
        return f"{result.host}: failed: {result.failure.what}"
    return f"{result.host}: {result.verdict}"
