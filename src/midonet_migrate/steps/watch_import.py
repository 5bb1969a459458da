"""Watching the import to its end, and telling what it stands still at (imp 1.3-1.8, 4.7, 8)."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from sqlalchemy import Engine

from midonet_migrate.errors import (
    DatabaseUnreachable,
    Recovery,
    Unreachable,
    ZooKeeperUnreachable,
)
from midonet_migrate.model.plan import Finding, Plan, PlanOptions
from midonet_migrate.model.snapshot import to_builtins
from midonet_migrate.plan.diagnosis.model import Diagnosis
from midonet_migrate.plan.diagnosis.pace import Pace
from midonet_migrate.plan.diagnosis.pulse import Pulse, PulseWatch, Sample
from midonet_migrate.plan.quarantine_closure import find_closure
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Phase, Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.import_doctor import ImportDoctor
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.quarantine_tasks import (
    QuarantinedTask,
    apply_quarantine,
    propose_quarantine,
)
from midonet_migrate.steps.stall import Decide, OnStall, Stall, stall_error, unattended
from midonet_migrate.steps.watch_report import WatchOptions, WatchReport, unconfirmed
from midonet_migrate.target.importer.quarantine_rows import WentOn, settle_quarantine
from midonet_migrate.target.importer.readiness import readiness
from midonet_migrate.target.importer.sampler import ImporterSampler
from midonet_migrate.zookeeper.session import ZooKeeperSession

STALL_FILE = "stall.json"
"""The last stall, with the whole JSON of its task."""
_TITLE = "importing tasks"
_TOLD_AFTER = 2.0
_COMPLETE = "the importer has executed every task of the plan"


def watch_import(
    settings: Settings,
    run: RunDirectory,
    plan: Plan,
    *,
    session: ZooKeeperSession,
    engine: Engine,
    progress: Progress,
    on_stall: Decide | None = None,
    restart: Callable[[], None] | None = None,
    options: WatchOptions | None = None,
) -> WatchReport:
    """Wait until the importer has executed the last task of ``plan``; the importer is on.

    A restart of the cluster, a change of the leader, a database or ZooKeeper that goes away for a while are
    told and waited for. When nothing moves, the doctor names the reason, and ``on_stall`` decides: look
    again, quarantine the task, or stop (what is done without it). ``restart`` restarts midonet-cluster where
    only that makes a repair take effect. A second run says that there is nothing to do. With the run
    directory in dry run it looks once, and foresees where the importer would stop.

    Raises ``ImporterStalled`` (40) with the whole diagnosis, ``ZooKeeperUnreachable`` and
    ``DatabaseUnreachable`` (20) after ``import_patience``, ``AuthenticationFailed``, ``AccessDenied``,
    ``CorruptFile``.
    """
    watch = _Watch(settings, run, plan, session, engine, options or WatchOptions(), restart)
    if run.dry_run:
        return watch.rehearse()
    watch.settle()
    return watch.follow(progress, on_stall or unattended(OnStall.ABORT))


class _Standstill(Exception):
    """Leaves the display of progress, so that the operator can be asked."""

    def __init__(self, diagnosis: Diagnosis, sample: Sample) -> None:
        super().__init__(diagnosis.what)
        self.diagnosis = diagnosis
        self.sample = sample


class _Watch:
    def __init__(
        self,
        settings: Settings,
        run: RunDirectory,
        plan: Plan,
        session: ZooKeeperSession,
        engine: Engine,
        options: WatchOptions,
        restart: Callable[[], None] | None,
    ) -> None:
        self._settings = settings
        self._run = run
        self._plan = plan
        self._session = session
        self._engine = engine
        self._options = options
        self._restart = restart
        self._sampler = ImporterSampler(session, engine, settings.target_root.value)
        self._doctor = ImportDoctor(settings, plan, session, engine, self._sampler)
        self._pulse = PulseWatch(_last(plan), options.patience)
        self._pace = Pace(plan.tasks, self._doctor.version)
        self._begin = time.monotonic()
        self._first_marker: int | None = None
        self._awaited = ""
        self._retries = 0
        self._stalled_at: int | None = None
        self._examined: float | None = None
        self._suspected = ""
        self._blind_for = ""
        self._events: list[str] = []
        self._findings: list[Finding] = []
        self._quarantined: list[QuarantinedTask] = []
        self._changed = False

    def settle(self) -> None:
        """Finish a quarantine that a killed run has begun."""
        if settle_quarantine(self._engine, self._run):
            self._take(load_plan(self._run.path_of(PLAN_FILE)))

    def rehearse(self) -> WatchReport:
        """One look, and what it foretells."""
        sample = self._sampler.look()
        if sample.zookeeper or sample.database:
            raise self._unreachable(sample)
        done = self._pace.done(sample.marker)
        waiting = done < self._pace.total
        return self._report(sample, foreseen=self._doctor.foresee(sample) if waiting else None)

    def follow(self, progress: Progress, decide: Decide) -> WatchReport:
        """Until the end, through every stall that is overcome."""
        if not self._plan.tasks:
            return self._report(Sample(time=time.monotonic(), marker=0))
        while True:
            try:
                with progress.phase(_TITLE, self._pace.total) as phase:
                    sample = self._until_done(phase)
                return self._conclude(sample)
            except _Standstill as stall:
                self._decide(stall, decide)

    def _until_done(self, phase: Phase) -> Sample:
        shown = 0
        while True:
            sample = self._sampler.look()
            verdict = self._pulse.observe(sample)
            if not sample.zookeeper:
                shown = self._show(sample, phase, shown)
            if verdict is Pulse.BLIND:
                self._wait_blind(sample, phase)
            elif self._blind_for:
                self._tell(phase, f"{self._blind_for} answers again")
                self._blind_for = ""
            if verdict is Pulse.DONE:
                return sample
            if verdict is Pulse.UNCONFIRMED:
                self._findings.append(unconfirmed(sample, self._doctor.foresee(sample)))
                return sample
            if verdict is Pulse.ELECTION:
                self._tell_readiness(sample, phase)
            if verdict is Pulse.STANDSTILL:
                self._examine(sample, phase)
            self._rest(sample)

    def _rest(self, sample: Sample) -> None:
        """Until the next look; the doctor reads on meanwhile."""
        end = time.monotonic() + self._options.interval
        self._doctor.follow(sample, until=end)
        time.sleep(max(0.0, end - time.monotonic()))

    def _show(self, sample: Sample, phase: Phase, shown: int) -> int:
        done = self._pace.done(sample.marker)
        if self._first_marker is None:
            self._first_marker = sample.marker or 0
        self._pace.observe(sample.time, sample.marker)
        phase.describe(self._pace.text())
        if done > shown:
            phase.advance(done - shown)
        if self._stalled_at is not None and done > self._stalled_at:
            self._stalled_at, self._retries, self._suspected = None, 0, ""
        return max(done, shown)

    def _wait_blind(self, sample: Sample, phase: Phase) -> None:
        if not self._blind_for:
            self._blind_for = "ZooKeeper" if sample.zookeeper else "the database"
            why = sample.zookeeper or sample.database
            self._tell(phase, f"{self._blind_for} does not answer, waiting for it ({why})")
        limit = self._options.unreachable
        patience = self._settings.import_patience.value if limit is None else limit
        if self._pulse.blind_seconds(sample.time) >= patience:
            raise self._unreachable(sample)

    def _tell_readiness(self, sample: Sample, phase: Phase) -> None:
        """Tell what is missing for the import to go on, once, unless it comes at once."""
        waited = self._pulse.leaderless_seconds(sample.time)
        missing = "; ".join(readiness(sample, self._doctor.api()).missing) if waited >= _TOLD_AFTER else ""
        if missing and missing != self._awaited:
            self._tell(phase, f"waiting for an importer: {missing}")
        self._awaited = missing or self._awaited

    def _examine(self, sample: Sample, phase: Phase) -> None:
        """Ask the doctor; raise if the answer is certain, or has been the same for long."""
        now = sample.time
        if self._examined is not None and now - self._examined < self._options.again:
            return
        try:
            diagnosis = self._doctor.examine(sample, has_worked=self._pulse.has_worked)
        except Unreachable as error:
            self._tell(phase, f"nothing moves, and the reason cannot be looked for: {error.what}")
            self._examined = now
            return
        again = self._sampler.look()
        if (again.marker or 0) > (sample.marker or 0):
            return  # it was slow only
        quiet = max(self._pulse.quiet_seconds(now), self._pulse.leaderless_seconds(now))
        if diagnosis.certain or quiet >= self._options.unsure:
            self._examined = None
            raise _Standstill(diagnosis, sample)
        self._examined = now
        if self._suspected != diagnosis.what:
            self._suspected = diagnosis.what
            waiting = f"{len(sample.participants) - 1} more importers wait for the lead; " * (
                len(sample.participants) > 1
            )
            self._tell(
                phase,
                f"nothing moves: {diagnosis.what} ({diagnosis.why}). {waiting}waiting up to"
                f" {self._options.unsure:.0f} s: a new leader takes 40 s to take over",
            )

    def _decide(self, stall: _Standstill, decide: Decide) -> None:
        diagnosis, sample = stall.diagnosis, stall.sample
        self._run.write_json(STALL_FILE, to_builtins(diagnosis))
        self._run.journal.note(f"the import stands still: {diagnosis.what}", rule=diagnosis.rule)
        task = diagnosis.task.id if diagnosis.can_be_quarantined and diagnosis.task is not None else None
        marker = sample.marker or 0

        def dependants() -> int:
            closure = find_closure(self._plan, {task or 0: diagnosis.why}, marker=marker)
            return len(closure.removals) - 1

        answer = decide(
            Stall(
                diagnosis=diagnosis,
                dependants=dependants if task is not None else None,
                again=self._retries,
                can_restart=self._restart is not None,
            )
        )
        if answer is OnStall.QUARANTINE and task is not None:
            self._quarantine(task, diagnosis.why, marker)
        elif answer is not OnStall.RETRY:
            raise stall_error(diagnosis)
        self._retries += 1
        self._stalled_at = self._pace.done(sample.marker)
        if diagnosis.restart and self._restart is not None:
            self._restart()
        self._pulse.begin_anew(time.monotonic())

    def _quarantine(self, task: int, why: str, marker: int) -> None:
        proposed, snapshot = propose_quarantine(
            self._run, self._plan, self._plan_options(), task, why, marker=marker
        )
        try:
            taken = apply_quarantine(
                self._engine, self._run, self._plan, proposed, snapshot, marker=self._sampler.marker
            )
        except WentOn:
            self._events.append("the importer went on by itself: nothing was quarantined")
            return
        self._quarantined += taken
        self._events.append(f"quarantined {len(taken)} tasks, the first {taken[0].id}: {taken[0].reason}")
        self._take(proposed.plan)

    def _take(self, plan: Plan) -> None:
        self._plan = self._doctor.plan = plan
        self._changed = True
        self._pulse.expect(_last(plan))
        self._pace = Pace(plan.tasks, self._doctor.version)

    def _conclude(self, sample: Sample) -> WatchReport:
        """The marker is at the end: is that the truth?"""
        known = any(
            record.event == "note"
            and record.summary == _COMPLETE
            and record.result.get("checksum") == self._plan.meta.checksum
            for record in self._run.journal.records
        )
        marker = sample.marker or 0
        if not known:
            skipped = self._doctor.skipped(marker)
            if skipped is not None:
                self._run.write_json(STALL_FILE, to_builtins(skipped))
                raise stall_error(skipped)
            self._run.journal.note(_COMPLETE, checksum=self._plan.meta.checksum, marker=marker)
        counter = self._doctor.counter(marker)
        if counter is not None:
            self._findings.append(counter)
        return self._report(sample)

    def _report(self, sample: Sample, *, foreseen: Diagnosis | None = None) -> WatchReport:
        executed = self._pace.done(sample.marker)
        first = sample.marker if self._first_marker is None else self._first_marker
        watched = executed - self._pace.done(first)
        since = self._options.since
        imported = watched if since is None else executed - self._pace.done(since)
        seconds = time.monotonic() - self._begin
        return WatchReport(
            nothing_to_do=executed == self._pace.total and not imported and not self._changed,
            tasks=self._pace.total,
            executed=executed,
            imported=imported,
            marker=sample.marker or 0,
            seconds=round(seconds, 1),
            rate=round(watched / seconds, 1) if seconds else 0.0,
            leaders_changed=self._pulse.leaders_changed,
            quarantined=tuple(self._quarantined),
            plan_changed=self._changed,
            events=tuple(self._events),
            findings=tuple(self._findings),
            foreseen=foreseen,
        )

    def _plan_options(self) -> PlanOptions:
        return msgspec.convert(
            {
                "target_version": self._plan.meta.target_version,
                "request_limit": self._settings.request_limit.value,
            },
            PlanOptions,
        )

    def _tell(self, phase: Phase, text: str) -> None:
        self._events.append(text)
        phase.tell(text)

    def _unreachable(self, sample: Sample) -> Unreachable:
        kind = ZooKeeperUnreachable if sample.zookeeper else DatabaseUnreachable
        name = "ZooKeeper" if sample.zookeeper else "The Neutron database"
        seconds = self._pulse.blind_seconds(sample.time)
        return kind(
            f"{name} does not answer" + (f" since {seconds:.0f} s" if seconds else ""),
            why=sample.zookeeper or sample.database,
            hint="The importer needs it too. Start it; then run the same command again: it goes on where the"
            " importer is then.",
            recovery=Recovery.RETRY,
        )


def _last(plan: Plan) -> int:
    return plan.tasks[-1].id if plan.tasks else 0
