"""One stage over many hosts: side by side, each with its own result, and an end when too many fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from midonet_migrate.errors import Bug, MigrateError
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.report import Failure, HostReport, HostResult, Verdict
from midonet_migrate.hosts.service_names import MIDOLMAN, NEUTRON_SERVER
from midonet_migrate.model.hosts import HostEntry
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Phase, Progress

Work = Callable[[HostEntry, HostActor], None]
"""Brings one host to where the stage wants it. Raises ``MigrateError`` when that fails."""

_VITAL = (MIDOLMAN, NEUTRON_SERVER)


class SideBySide(Protocol):
    """Works on several hosts at a time."""

    def __call__(
        self,
        hosts: Sequence[HostEntry],
        work: Callable[[HostEntry], None],
        *,
        at_a_time: int,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Call ``work`` for each host, from any thread, at most ``at_a_time`` together, and wait for all.

        An exception of one is raised when those under way are done, and so is Ctrl-C; ``tell`` is given a
        line about what is waited for then.
        """


class FanOut:
    """How a stage goes over its hosts, in as many rounds as it wants. A host keeps its result over all of
    them; one that failed takes no part in later rounds."""

    def __init__(
        self,
        run: RunDirectory,
        stage: str,
        side_by_side: SideBySide,
        progress: Progress,
        *,
        secrets: Sequence[str] = (),
        at_a_time: int = 50,
    ) -> None:
        self.report = HostReport(stage=stage, dry_run=run.dry_run)
        self.run = run
        self._side_by_side = side_by_side
        self._progress = progress
        self._secrets = tuple(secrets)
        self._at_a_time = at_a_time
        self._actors: dict[str, HostActor] = {}

    def over(
        self,
        batches: Sequence[Sequence[HostEntry]],
        work: Work,
        *,
        title: str = "",
        max_failures: int | None = 0,
        strict_first: bool = False,
    ) -> None:
        """Every batch after the other. What is not reached is in the report, as left out.

        A host that fails does not stop the others of its batch; once more than ``max_failures`` of this round
        have failed (None: whatever happens) no other batch begins. ``strict_first``: nor does one when the
        first batch, the canary's, had a failure.
        """
        hosts = [entry for batch in batches for entry in batch]
        stopped = ""
        with self._progress.phase(title or self.report.stage, len(hosts)) as phase:
            for number, batch in enumerate(batches):
                limit = 0 if strict_first and number == 1 else max_failures
                failed = [entry.name for entry in hosts if self._failed(entry)]
                if not stopped and limit is not None and len(failed) > limit:
                    stopped = f"{len(failed)} failed ({', '.join(failed)}); at most {limit} may"
                if stopped:
                    self._leave_out(batch, stopped)
                else:
                    self._batch(batch, work, phase)

    def leave_out(self, hosts: Sequence[HostEntry], why: str) -> None:
        """Hosts that this stage does not touch."""
        self._leave_out(hosts, why)

    def _batch(self, batch: Sequence[HostEntry], work: Work, phase: Phase) -> None:
        for entry in batch:
            self._actor(entry)  # in the report in the batch's order, whoever ends first

        def one(entry: HostEntry) -> None:
            actor = self._actors[entry.name]
            try:
                # A stage may last an hour: no host is begun once another run may be at work.
                self.run.guard()
                work(entry, actor)
            except Bug:
                raise
            except MigrateError as error:
                actor.result.verdict = Verdict.FAILED
                actor.result.failure = Failure.of(error, self._secrets)
                self._tell_stopped(actor)
            phase.tell(_line(actor.result))
            phase.advance()

        ready = [entry for entry in batch if not self._failed(entry)]
        if ready:
            self._side_by_side(ready, one, at_a_time=self._at_a_time, tell=phase.tell)

    def _tell_stopped(self, actor: HostActor) -> None:
        """A host that failed half-way: what does not run there until somebody goes on."""
        left = [role for role in actor.stopped if role in _VITAL]
        if left and not self.run.dry_run:
            back = "" if self.report.stage.startswith("rollback") else ", or roll back"
            actor.warn(
                f"it is left with {' and '.join(left)} stopped: correct what failed and run the same command"
                f" again soon{back}"
            )

    def _actor(self, entry: HostEntry) -> HostActor:
        actor = self._actors.get(entry.name)
        if actor is None:
            actor = HostActor(entry.name, self.run, secrets=self._secrets)
            self._actors[entry.name] = actor
            self.report.hosts.append(actor.result)
        elif actor.result.verdict is Verdict.LEFT_OUT:
            actor.result.verdict = Verdict.UNCHANGED
        return actor

    def _failed(self, entry: HostEntry) -> bool:
        actor = self._actors.get(entry.name)
        return actor is not None and actor.result.verdict is Verdict.FAILED

    def _leave_out(self, hosts: Sequence[HostEntry], why: str) -> None:
        for entry in hosts:
            actor = self._actor(entry)
            if actor.result.verdict is Verdict.UNCHANGED:
                actor.result.verdict = Verdict.LEFT_OUT
                actor.result.why = why
            elif not self._failed(entry):
                actor.warn(f"not all was done here: {why}")


def _line(result: HostResult) -> str:
    if result.failure is not None:
        return f"{result.host}: failed: {result.failure.what}"
    return f"{result.host}: {result.verdict}"
