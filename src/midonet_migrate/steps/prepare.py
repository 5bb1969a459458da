"""Step 1, ``prepare``: read the old site, plan, queue the tasks and write the data files (orig 2, 3)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from midonet_migrate import __version__
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import CheckFailed, MigrateError
from midonet_migrate.model.codec import plan_pieces, snapshot_pieces
from midonet_migrate.model.plan import Finding, Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot, to_builtins
from midonet_migrate.plan.classic_files import (
    MIDONET_FILE,
    NEUTRON_FILE,
    midonet_post_data,
    neutron_post_data,
)
from midonet_migrate.plan.mn_conf_settings import FILE as MN_CONF_FILE
from midonet_migrate.plan.mn_conf_settings import importer_settings
from midonet_migrate.plan.planner import build_plan, sealed
from midonet_migrate.plan.quarantine import RULE as QUARANTINED
from midonet_migrate.report.html import prepare_page
from midonet_migrate.run.atomic import gzip_pieces, json_bytes, write_atomically
from midonet_migrate.run.directory import RunDirectory, WrittenFile
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.database_url import Database
from midonet_migrate.settings.effective import ApiCredentials, Settings
from midonet_migrate.steps.importer_database import importer_database
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.prepare_report import FileReport, PrepareReport, make_report
from midonet_migrate.steps.read_site import read_site
from midonet_migrate.steps.site_identity import site_identity
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable, WriteReport
from midonet_migrate.zookeeper.importer_state import (
    read_importer_state,
    require_silent_importer,
    require_unmigrated,
)
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.rollback_marker import require_finished_rollback
from midonet_migrate.zookeeper.session import open_session

SNAPSHOT_FILE = "snapshot.json.gz"
REPORT_FILE = "report.json"
REPORT_PAGE = "report.html"
_SHOWN_FINDINGS = 30
T = TypeVar("T")
Confirm = Callable[[PrepareReport], None]


@dataclass(frozen=True)
class _Site:
    """The settings that this step needs, all known to be there."""

    database: Database
    api: str
    credentials: ApiCredentials
    zookeeper: str
    source_root: str
    target_root: str


def prepare(
    settings: Settings,
    *,
    progress: Progress,
    confirm: Confirm,
    plan_out: Path | None = None,
) -> PrepareReport:
    """Read the site, plan, and unless it is a dry run write the tasks and the files of the run directory.

    ``confirm`` is given the report of what is going to be done, and raises ``Cancelled`` to stop; it is not
    asked when there is nothing to do. Nothing is written before it returns. The same site prepared again
    changes nothing. ``plan_out`` receives the plan also in a dry run.

    Raises ``ConfigError`` with every missing setting, ``CheckFailed`` when the plan has findings of level
    error, and what readers, lock and task table raise.
    """
    site = _required(settings)
    identity = site_identity(settings)
    with RunDirectory(settings.data_dir.value, step="prepare", dry_run=True) as look:
        look.tie_to(identity)
        known = _known_plan(look)
    engine = open_engine(site.database.url)
    try:
        with (
            open_session(site.zookeeper) as session,
            ZooKeeperLock(session, dry_run=settings.dry_run.value) as lock,
        ):
            require_finished_rollback(session)
            state = read_importer_state(session, site.target_root)
            require_unmigrated(state)
            require_silent_importer(state)
            snapshot = read_site(
                engine,
                site.api,
                site.credentials,
                session,
                site.source_root,
                flavour=settings.plugin_flavour.value,
                threads=settings.threads.value,
                progress=progress,
            )
            with progress.phase("planning"), _collector_paused():
                plan = _plan(snapshot, settings, known)
            _refuse_errors(plan)

            def guard() -> None:
                lock.ensure_held()
                require_silent_importer(read_importer_state(session, site.target_root))

            rehearsed: list[tuple[Plan, dict[str, bytes]]] = []

            def write(run: RunDirectory) -> tuple[Plan, WriteReport, list[FileReport]]:
                run.tie_to(identity)
                table = TaskTable(engine, run, importer_marker=state.last_processed)
                final = _with_ids(plan, table)
                # Encoding a large site takes time and memory: the rehearsal's bytes serve the real run too.
                if not (rehearsed and rehearsed[0][0].meta.checksum == final.meta.checksum):
                    rehearsed[:] = [(final, _contents(run, snapshot, final, site, keep=final is known))]
                for name, data in rehearsed[0][1].items():
                    run.write(name, data)
                return final, table.write(final.tasks, guard=guard), list(_reported(run.written))

            with RunDirectory(settings.data_dir.value, step="prepare", dry_run=True) as rehearsal:
                result = write(rehearsal)
            report = _report(*result)
            if plan_out is not None:
                write_atomically(plan_out, rehearsed[0][1][PLAN_FILE])
            if settings.dry_run.value:
                return report
            if not report.nothing_to_do:
                confirm(report)
            with RunDirectory(settings.data_dir.value, step="prepare") as run:
                final, tasks, files = write(run)
                report = _report(final, tasks, files)
                run.write_json(REPORT_FILE, to_builtins(report))
                run.write(REPORT_PAGE, prepare_page(report, final).encode())
            return report
    finally:
        engine.dispose()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """No cyclic garbage collection: planning makes millions of objects that all stay, and no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _required(settings: Settings) -> _Site:
    """Every setting of this step, or one error that lists all that are missing."""
    problems: list[MigrateError] = []

    def get(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except MigrateError as error:
            problems.append(error)
            return None

    database = get(settings.require_database)
    api = get(settings.require_source_api)
    credentials = get(settings.require_credentials)
    zookeeper = get(settings.require_zookeeper)
    roots = get(settings.require_roots)
    if len(problems) == 1:
        raise problems[0]
    if problems or database is None or api is None or credentials is None or not zookeeper or roots is None:
        first = problems[0]
        raise type(first)(
            f"{len(problems)} settings are missing or unusable",
            why="; ".join(dict.fromkeys(error.why for error in problems if error.why)),
            hint=" ".join(dict.fromkeys(error.hint for error in problems if error.hint)),
            problems=[error.what for error in problems],
        )
    return _Site(database, api, credentials, str(zookeeper), *roots)


def _known_plan(run: RunDirectory) -> Plan | None:
    """The plan of an earlier run. Raises ``CorruptFile`` when it is not as it was written."""
    return load_plan(run.path_of(PLAN_FILE)) if run.exists(PLAN_FILE) else None


def _plan(snapshot: Snapshot, settings: Settings, known: Plan | None) -> Plan:
    """The plan for this snapshot; the known one if it was made of the same site in the same way."""
    options = msgspec.convert(
        {
            "target_version": settings.target_version.value.value,
            "request_limit": settings.request_limit.value,
        },
        PlanOptions,
    )
    plan = build_plan(snapshot, options, tool_version=__version__)
    snapshot.meta.fingerprint = plan.meta.snapshot_fingerprint
    if known is None:
        return plan
    same = (
        plan.meta.snapshot_fingerprint == known.meta.snapshot_fingerprint
        and plan.meta.target_version == known.meta.target_version
        and plan.meta.tool_version == known.meta.tool_version
        and plan.meta.format == known.meta.format
        # What an import took out is planned anew: the site may have been repaired meanwhile.
        and not any(entry.rule == QUARANTINED for entry in known.ledger)
    )
    return known if same else plan


def _with_ids(plan: Plan, table: TaskTable) -> Plan:
    """The plan with the ids its tasks have in the table, or are to get."""
    first = table.first_id(plan.tasks)
    if not plan.tasks or plan.tasks[0].id == first:
        return plan
    return sealed(msgspec.structs.replace(plan, tasks=numbered(plan.tasks, first)))


def _refuse_errors(plan: Plan) -> None:
    errors = [finding for finding in plan.meta.findings if finding.level == "error"]
    if not errors:
        return
    shown = [_line(finding) for finding in errors[:_SHOWN_FINDINGS]]
    if len(errors) > len(shown):
        shown.append(f"... and {len(errors) - len(shown)} more")
    raise CheckFailed(
        f"the site cannot be migrated as it is: {len(errors)} findings",
        why="the importer would stop for good, or something would be lost without notice",
        hint=" ".join(dict.fromkeys(finding.remedy for finding in errors if finding.remedy)),
        problems=shown,
    )


def _line(finding: Finding) -> str:
    subject = f"{finding.kind} {finding.id}".strip()
    return f"{subject}: {finding.message}" if subject else finding.message


def _contents(
    run: RunDirectory, snapshot: Snapshot, plan: Plan, site: _Site, *, keep: bool
) -> dict[str, bytes]:
    """What the files of this step are to hold. ``keep``: the plan is the known one, and what stands beside
    it in the run directory stays, though agents may have moved since."""
    address = importer_database(site.database)
    made: dict[str, Callable[[], bytes]] = {
        SNAPSHOT_FILE: lambda: gzip_pieces(snapshot_pieces(snapshot)),
        PLAN_FILE: lambda: b"".join(plan_pieces(plan)),
        NEUTRON_FILE: lambda: json_bytes(neutron_post_data(plan)),
        MIDONET_FILE: lambda: json_bytes(midonet_post_data(snapshot, plan)),
        MN_CONF_FILE: lambda: importer_settings(address).encode(),
    }
    contents: dict[str, bytes] = {}
    for name, make in made.items():
        kept = keep and name in {SNAPSHOT_FILE, MIDONET_FILE} and run.exists(name)
        contents[name] = run.read(name) if kept else make()
    return contents


def _reported(written: list[WrittenFile]) -> Iterator[FileReport]:
    for item in written:
        yield FileReport(name=item.name, sha256=item.digest, changed=item.changed)


def _report(plan: Plan, tasks: WriteReport, files: list[FileReport]) -> PrepareReport:
    names = {SNAPSHOT_FILE, PLAN_FILE, NEUTRON_FILE, MIDONET_FILE, MN_CONF_FILE}
    return make_report(plan, tasks, [item for item in files if item.name in names])
