"""What must be true before the import touches anything (I1): plan, backup, task table, site, new topology."""

from __future__ import annotations

from sqlalchemy import Engine

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import AlreadyMigrated, ConfigError, MigrateError, StalePlan, WrongState
from midonet_migrate.model.plan import Finding, Plan
from midonet_migrate.plan.fingerprint import fingerprint
from midonet_migrate.plan.ownership import classify
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.backup_age import outdated_backup
from midonet_migrate.steps.read_site import read_site
from midonet_migrate.target.foreign_tasks import inspect_foreign_tasks
from midonet_migrate.target.task_rows import Row, read_digests, row_of
from midonet_migrate.target.task_tables_schema import inspect_task_tables
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, MANIFEST_FILE, open_backup
from midonet_migrate.zookeeper.session import ZooKeeperSession

IMPORTED_VERSIONS = ("5.0.2", "5.2.1")
_SHOWN = 12


def require_fitting_plan(plan: Plan, settings: Settings) -> None:
    """The plan is for the release that is asked for, and for one that can be imported here.

    Raises ``StalePlan`` or ``ConfigError``.
    """
    wanted = settings.target_version.value.value
    if plan.meta.target_version != wanted:
        raise StalePlan(
            f"the plan is for MidoNet {plan.meta.target_version}, not {wanted}",
            why=f"--target-version is from: {settings.target_version.origin}.",
            hint=f"give --target-version {plan.meta.target_version}, or prepare again for {wanted}",
        )
    if wanted not in IMPORTED_VERSIONS:
        raise ConfigError(
            f"the import into MidoNet {wanted} is not supported",
            why=f"Its importer was not tried on a real server; {' and '.join(IMPORTED_VERSIONS)} were.",
            hint=f"Prepare for and install one of {', '.join(IMPORTED_VERSIONS)}.",
        )


def require_backup(settings: Settings, *, begun: bool, progress: Progress) -> list[Finding]:
    """A whole backup of step 2 is there; a finding when it is older than what 1.9 has, unless the import has
    ``begun``. Raises ``WrongState`` or ``CorruptFile``, and what reading ZooKeeper raises."""
    path = settings.data_dir.value / BACKUP_FILE
    try:
        with open_backup(path) as backup:
            return [] if begun else outdated_backup(backup, settings, progress)
    except MigrateError as error:
        if path.exists():
            raise
        raise WrongState(
            f"There is no backup {path}",
            why="The way back needs it, and it must be from before the import.",
            hint=f"Put {BACKUP_FILE} and {MANIFEST_FILE} back from a copy of the run directory."
            if begun
            else "Run 'midonet-migrate backup' first.",
        ) from error


def has_executed_tasks(plan: Plan, marker: int) -> bool:
    """Whether the importer is past the first task of the plan; rows of others before it do not count."""
    return bool(plan.tasks) and marker >= min(task.id for task in plan.tasks)


def require_unread_tasks(plan: Plan, marker: int) -> None:
    """Before the import has begun: the importer will read every task of the plan, which it does only with
    those above its marker (imp 1.7). Raises ``AlreadyMigrated`` otherwise."""
    if has_executed_tasks(plan, marker):
        first, last = plan.tasks[0].id, plan.tasks[-1].id
        raise AlreadyMigrated(
            f"The importer's marker is at task {marker}, and the plan's tasks are {first} to {last}",
            why="It was left by an earlier import, or another run directory's import has begun: tasks at or"
            " below the marker are never read, and would silently be missing from MidoNet 5.",
            hint="If nothing of MidoNet 5 is to be kept, roll back with every midonet-cluster stopped; then"
            " run 'midonet-migrate prepare' again, which gives ids above the marker.",
        )


def require_queued_tasks(engine: Engine, plan: Plan, marker: int, *, begun: bool = False) -> list[Finding]:
    """The table holds every task of the plan, exactly so; findings about rows of others.

    Once the import has ``begun``, a row that was changed is a finding only: an operator may repair a task
    that the importer stands still at, in its row (imp 1.6).

    Raises ``StalePlan`` when tasks are missing or changed, ``WrongState`` when a row of somebody else would
    block the importer.
    """
    with translated_errors(), engine.connect() as connection:
        tables = inspect_task_tables(connection)
        digests = read_digests(connection) if tables.has_tasks else {}
        rows = [row_of(task) for task in plan.tasks]
        wrong = [row for row in rows if digests.get(row.id) != row.digest]
        repaired = [row for row in wrong if begun and row.id in digests]
        wrong = [row for row in wrong if not begun or row.id not in digests]
        if wrong:
            shown = [
                f"task {row.id}, {row.type} {row.data_type} {row.resource_id}:"
                f" {'changed' if row.id in digests else 'not in the table'}"
                for row in wrong[:_SHOWN]
            ]
            if len(wrong) > len(shown):
                shown.append(f"and {len(wrong) - len(shown)} more")
            raise StalePlan(
                f"{len(wrong)} of the plan's {len(rows)} tasks are not in midonet_tasks as planned",
                why="The importer executes the table, and the plan says what must come out of it.",
                hint="Run 'midonet-migrate prepare' again. If the import has begun already: roll back first.",
                problems=shown,
            )
        foreign = digests.keys() - {row.id for row in rows}
        findings = inspect_foreign_tasks(connection, foreign, marker, rows) if foreign else []
        connection.rollback()
    return [*(_changed(row) for row in repaired), *findings]


def _changed(row: Row) -> Finding:
    return Finding(
        level="warning",
        rule="task-changed",
        kind="task",
        id=str(row.id),
        message=f"task {row.id}, {row.type} {row.data_type} {row.resource_id}, is not as planned any more:"
        " the importer executes what is in the table",
        remedy="if you repaired it, all is well; the comparison with the plan will show what that changed",
    )


def require_fresh_plan(
    plan: Plan,
    settings: Settings,
    engine: Engine,
    session: ZooKeeperSession,
    progress: Progress,
) -> None:
    """Before a task is executed: the old site is as it was planned.

    Raises ``StalePlan``, and what reading the old site raises.
    """
    source_root, _ = settings.require_roots()
    snapshot = read_site(
        engine,
        settings.require_source_api(),
        settings.require_credentials(),
        session,
        source_root,
        flavour=settings.plugin_flavour.value,
        threads=settings.threads.value,
        progress=progress,
    )
    if fingerprint(snapshot, classify(snapshot)) != plan.meta.snapshot_fingerprint:
        raise StalePlan(
            "the old site has changed since it was planned",
            why="Its objects, read again just now, are not those of the plan.",
            hint="Freeze the site; run 'midonet-migrate prepare', look at 'midonet-migrate plan show', then"
            " import again. 'prepare --dry-run --plan-out FILE' and 'plan diff' show what has changed.",
        )
