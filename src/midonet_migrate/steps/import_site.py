"""Classic step 3: the importer builds the new topology and is watched, the rest is re-created (D9-D15).

In this order: base settings; seed of the tunnel keys; midonet-cluster started with the importer off; hosts
and tunnel zones made; importer on; restart; watch to the last task; MidoNet's own objects re-created.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec
from sqlalchemy import Engine

from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.cluster_api import answers
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.model.keys import ObjectKey
from midonet_migrate.model.plan import Plan
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.steps.configure_cluster import configure_base, switch_importer_on
from midonet_migrate.steps.finish_import import FinishReport, finish_import
from midonet_migrate.steps.import_begun import STEP, import_has_begun, note_begun
from midonet_migrate.steps.import_checks import (
    has_executed_tasks,
    require_backup,
    require_fitting_plan,
    require_fresh_plan,
    require_queued_tasks,
    require_unread_tasks,
)
from midonet_migrate.steps.import_report import ImportReport, import_record
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.quarantine_tasks import finish_quarantine
from midonet_migrate.steps.recreate import TargetStore, recreate
from midonet_migrate.steps.recreate_report import Part, RecreateReport
from midonet_migrate.steps.site_identity import site_identity
from midonet_migrate.steps.stall import Decide
from midonet_migrate.steps.start_cluster import mn_conf_of, restart_cluster, service_of, start_cluster
from midonet_migrate.steps.watch_import import watch_import
from midonet_migrate.steps.watch_report import WatchOptions
from midonet_migrate.target.midonet_api.bgp_conflicts import Ask, BgpPolicy
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.job import SendOptions
from midonet_migrate.target.midonet_api.nothing_there import NothingThere
from midonet_migrate.zookeeper.importer_state import read_importer_state, require_unmigrated
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.rollback_marker import require_finished_rollback
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session

REPORT_FILE = "import_report.json"
_VTEP_KINDS = frozenset({"vtep", "vtep_binding"})
_SKIPPED_VTEP = "left out by --skip-vteps"


class Only(StrEnum):
    """Which half of the import is to be done."""

    BOTH = "both"
    NEUTRON = "neutron"
    MIDONET = "midonet"


class ImportOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``decide`` answers what to do about a task that the importer stands still at."""

    decide: Decide
    only: Only = Only.BOTH
    bgp: BgpPolicy | Ask = BgpPolicy.MERGE
    skip_vteps: bool = False
    """Leave out VTEPs and their bindings: their switches are not to be touched, or not there."""


Confirm = Callable[[ImportReport], None]


def import_site(
    settings: Settings, options: ImportOptions, runner: Runner, *, progress: Progress, confirm: Confirm
) -> ImportReport:
    """Build the new topology from the plan. Nothing of the old site is touched.

    ``confirm`` is given what a dry run reports, and raises ``Cancelled`` to stop; it is not asked when there
    is nothing to do. Interrupted at any point, the same call goes on from there; once done, it finds nothing
    to do. The importer is left on, for :func:`finish`.

    Raises ``StalePlan`` when plan, tasks and site do not fit together, ``WrongState`` without a backup,
    ``AlreadyMigrated`` with a 5.x topology that this run directory did not build, ``ImporterStalled``, and
    what the parts raise.
    """
    directory = settings.data_dir.value
    servers = settings.require_zookeeper()
    settings.require_roots()
    url, account = settings.require_target_api(), settings.require_credentials()
    require_fitting_plan(load_plan(directory / PLAN_FILE), settings)
    with RunDirectory(directory, step=STEP, dry_run=True) as look:
        begun = import_has_begun(look.journal.records)
    of_backup = require_backup(settings, begun=begun, progress=progress)
    engine = open_engine(settings.require_database().url)
    credentials = Credentials(account.username, account.password.reveal(), account.project)
    try:
        with (
            open_session(str(servers)) as session,
            ZooKeeperLock(session, dry_run=settings.dry_run.value) as lock,
            MidonetApi(url, credentials) as api,
        ):
            parts = _Import(
                settings=settings,
                options=options,
                runner=runner,
                session=session,
                engine=engine,
                api=api,
                progress=progress,
                guard=lock.ensure_held,
            )
            if not settings.dry_run.value:
                finish_quarantine(directory, engine)
            with RunDirectory(directory, step=STEP, dry_run=True) as rehearsal:
                rehearsal.tie_to(site_identity(settings))
                parts.check(rehearsal)
                report = parts.run(rehearsal)
            report.findings += of_backup
            if settings.dry_run.value:
                return report
            if not report.nothing_to_do:
                confirm(report)
            with RunDirectory(directory, step=STEP) as run:
                run.tie_to(site_identity(settings))
                note_begun(run.journal)
                report = parts.run(run)
                report.findings += of_backup
                run.write_json(REPORT_FILE, import_record(report))
            return report
    finally:
        engine.dispose()


def finish(
    settings: Settings, runner: Runner, *, progress: Progress, confirm: Callable[[FinishReport], None]
) -> FinishReport:
    """Switch the importer off again, remove its credentials and prove it (``import --finish``).

    Raises ``WrongState`` while tasks of the plan wait, and what
    :func:`~midonet_migrate.steps.finish_import.finish_import` raises.
    """
    directory = settings.data_dir.value
    servers = settings.require_zookeeper()
    plan = load_plan(directory / PLAN_FILE)
    _, target_root = settings.require_roots()
    with (
        open_session(str(servers)) as session,
        ZooKeeperLock(session, dry_run=settings.dry_run.value),
    ):
        require_finished_rollback(session)
        _require_drained(session, target_root, plan)
        mn_conf, service = mn_conf_of(settings, runner), service_of(settings, runner)
        with RunDirectory(directory, step=STEP, dry_run=True) as rehearsal:
            rehearsal.tie_to(site_identity(settings))
            report = finish_import(settings, rehearsal, session, mn_conf, service, progress)
        if settings.dry_run.value:
            return report
        if not report.nothing_to_do:
            confirm(report)
        with RunDirectory(directory, step=STEP) as run:
            return finish_import(settings, run, session, mn_conf, service, progress)


def _require_drained(session: ZooKeeperSession, target_root: str, plan: Plan) -> None:
    marker = read_importer_state(session, target_root).last_processed
    last = _last_task(plan)
    if (marker or 0) < last:
        raise WrongState(
            f"the importer has not executed all tasks: it is at {marker or 0} of {last}",
            why="Switched off now it would leave the rest of Neutron's objects out of MidoNet 5.",
            hint="Run 'midonet-migrate import' first; to give up, roll back.",
        )


def _last_task(plan: Plan) -> int:
    return max((task.id for task in plan.tasks), default=0)


class _Import(msgspec.Struct, kw_only=True, frozen=True):
    settings: Settings
    options: ImportOptions
    runner: Runner
    session: ZooKeeperSession
    engine: Engine
    api: MidonetApi
    progress: Progress
    guard: Callable[[], None]

    def check(self, run: RunDirectory) -> None:
        """Everything that must be true, before anything is done."""
        require_finished_rollback(self.session)
        plan = self._plan()
        state = read_importer_state(self.session, self.settings.target_root.value)
        begun, marker = import_has_begun(run.journal.records), state.last_processed or 0
        require_queued_tasks(self.engine, plan, marker, begun=begun)
        if not begun:
            require_unmigrated(state)
            require_unread_tasks(plan, marker)
        if not has_executed_tasks(plan, marker):
            require_fresh_plan(plan, self.settings, self.engine, self.session, self.progress)

    def run(self, run: RunDirectory) -> ImportReport:
        """All parts that were asked for; with a dry run directory nothing is changed."""
        plan = self._plan()
        report = ImportReport(tasks=len(plan.tasks), objects=len(plan.objects), dry_run=run.dry_run)
        marker = self._marker()
        report.findings = require_queued_tasks(
            self.engine, plan, marker, begun=import_has_begun(run.journal.records)
        )
        if self.options.only is not Only.MIDONET:
            self._neutron(run, plan, report)
        elif marker < _last_task(plan):
            _require_drained(self.session, self.settings.target_root.value, plan)
        if self.options.only is not Only.NEUTRON:
            self.guard()
            # A quarantine may have changed the plan meanwhile.
            report.recreated = self._recreate(run, self._plan(), "after-import", report)
        return report

    def _neutron(self, run: RunDirectory, plan: Plan, report: ImportReport) -> None:
        settings = self.settings
        mn_conf, service = mn_conf_of(settings, self.runner), service_of(settings, self.runner)
        report.configured = configure_base(settings, run, self.session, mn_conf, self.progress)
        self.guard()
        report.cluster_started = start_cluster(settings, run, service, open_api=report.configured.open)
        if not report.cluster_started and not self._has_store():
            # It ran on while everything was rolled back. A process of 5.x lays its store out at its start
            # only: without, no host and no tunnel zone could be made.
            restart_cluster(settings, run, service)
        report.hosts = self._recreate(run, plan, "before-import", report)
        marker = self._marker()
        if marker >= _last_task(plan):
            return
        self.guard()
        report.importer = switch_importer_on(settings, run, self.session, mn_conf, self.progress)
        if report.importer.restart_needed or not self._has_importer():
            restart_cluster(settings, run, service)
        report.watched = watch_import(
            settings,
            run,
            plan,
            session=self.session,
            engine=self.engine,
            progress=self.progress,
            on_stall=self.options.decide,
            restart=lambda: restart_cluster(settings, run, service),
            options=WatchOptions(since=marker),
        )

    def _recreate(self, run: RunDirectory, plan: Plan, part: Part, report: ImportReport) -> RecreateReport:
        url, api = self.settings.require_target_api(), self.api
        expect_import = run.dry_run and self._marker() < _last_task(plan)
        if run.dry_run and not answers(url):
            # Switches, sizes and dependencies can be judged all the same.
            api, expect_import, report.unseen = NothingThere(url), True, import_has_begun(run.journal.records)
        return recreate(
            run,
            plan,
            api,
            self.progress,
            part,
            store=TargetStore(self.session, self.settings.target_root.value),
            options=SendOptions(
                request_limit=self.settings.request_limit.value,
                expect_import=expect_import,
                left_out=self._left_out(plan),
            ),
            bgp=self.options.bgp,
        )

    def _left_out(self, plan: Plan) -> dict[ObjectKey, str]:
        if not self.options.skip_vteps:
            return {}
        return {(item.kind, item.id): _SKIPPED_VTEP for item in plan.objects if item.kind in _VTEP_KINDS}

    def _plan(self) -> Plan:
        return load_plan(self.settings.data_dir.value / PLAN_FILE)

    def _marker(self) -> int:
        return read_importer_state(self.session, self.settings.target_root.value).last_processed or 0

    def _has_store(self) -> bool:
        """Whether there is a place for the objects that are made first (imp 5.1)."""
        models = f"{self.settings.target_root.value.rstrip('/')}/zoom/0/models"
        return self.session.exists(f"{models}/TunnelZone")

    def _has_importer(self) -> bool:
        latches = read_importer_state(self.session, self.settings.target_root.value).latches
        return any(latch.ephemeral for latch in latches)
