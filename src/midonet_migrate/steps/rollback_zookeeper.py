"""Rollback step R1: ZooKeeper back to MidoNet 1.9, and the tasks out of the Neutron database (orig 7.7)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import CorruptFile, MigrateError, WrongState
from midonet_migrate.hosts.history import stages
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.run.atomic import file_errors
from midonet_migrate.run.directory import IDENTITY_FILE, Identity, RunDirectory
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.hosts.roll_back_packages import require_unfinalised
from midonet_migrate.steps.hosts.stop_for_rollback import HostsOfRollback, failures_of
from midonet_migrate.steps.plan_files import PLAN_FILE, planned_ids
from midonet_migrate.steps.rollback_copy import keep_copy
from midonet_migrate.steps.rollback_report import RollbackPreview
from midonet_migrate.steps.site_identity import site_identity
from midonet_migrate.target.agent_state import OldTreeState
from midonet_migrate.target.remove_tasks import RemovalReport, remove_tasks
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, Backup, open_backup
from midonet_migrate.zookeeper.backup_tree import (
    BackupTree,
    backup_tree,
    require_old_site,
    require_same_ensemble,
    roots_to_roll_back,
)
from midonet_migrate.zookeeper.changes import Changes
from midonet_migrate.zookeeper.counters import CounterPolicy
from midonet_migrate.zookeeper.importer_state import MARKER_ID, marker_of
from midonet_migrate.zookeeper.live_tree import LiveReader, LiveTree
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.lost_objects import lost_objects
from midonet_migrate.zookeeper.manifest import Manifest
from midonet_migrate.zookeeper.node_state import NodeState
from midonet_migrate.zookeeper.rehearsal import rehearse
from midonet_migrate.zookeeper.restore import Restore, RestoreReport, report_of
from midonet_migrate.zookeeper.rollback_marker import (
    RollbackMarker,
    read_marker,
    remove_marker,
    write_marker,
)
from midonet_migrate.zookeeper.rollback_method import Choice, Method, choose
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session
from midonet_migrate.zookeeper.sessions import (
    LiveSession,
    live_sessions,
    refused_as_long_as,
    require_gone,
)
from midonet_migrate.zookeeper.sides import Side, Sides

_STEP = "rollback zookeeper"
_DIGEST = "zookeeper-rollback"
_PUT_BACK = "restore-zookeeper"
"""Action of the inverse: restore the copy of the tree that was there before."""

Confirm = Callable[[RollbackPreview], None]
_GONE_SECONDS = 60.0
"""A process that was killed keeps its session for 40 seconds at most."""
_PAUSE_SECONDS = 0.5


class RollbackOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``method`` None: the one that is enough. ``force``: go on though sessions are still there."""

    method: Method | None = None
    force: bool = False
    keep_foreign_tasks: bool = False
    preview: bool = False


def rollback_zookeeper(
    settings: Settings,
    options: RollbackOptions,
    *,
    progress: Progress,
    confirm: Confirm,
    hosts: HostsOfRollback | None = None,
) -> RollbackPreview:
    """Take away what 5.x added to ZooKeeper, or restore MidoNet's roots from the backup; remove the tasks.

    ``confirm`` is given the preview, and raises ``Cancelled`` to stop; it is not asked when there is nothing
    to do. Nothing at all is changed before it returns, nor with ``preview`` or in a dry run. ``hosts``: what
    works on MidoNet 5 there is stopped first. Interrupted at any point, the same call goes on from there;
    once done, it finds nothing to do.

    Raises ``WrongState`` without a backup of this very site and ensemble, once a host is finalised, or with
    sessions still there;
    ``CorruptFile`` when the backup is not as it was written; ``VerificationFailed`` when the tree, read again
    at the end, is not what it should be; and what sessions, locks and the task table raise.
    """
    servers = settings.require_zookeeper()
    source_root, target_root = settings.require_roots()
    engine = _engine(settings, required=not options.preview)
    directory = settings.data_dir.value
    dry_run = settings.dry_run.value or options.preview
    try:
        _require_backup(directory)
        with RunDirectory(directory, step=_STEP, dry_run=True) as look:
            _tie(look, settings)
            # Without the packages of 1.9 its topology is of no use, and that of 5.x is all there is.
            require_unfinalised(stages(look.journal.records))
        with (
            open_backup(directory / BACKUP_FILE) as backup,
            open_session(str(servers)) as session,
            ZooKeeperLock(session, dry_run=dry_run) as lock,
        ):
            manifest = _manifest(backup)
            sides = Sides(source_root=source_root, target_root=target_root)
            roots = roots_to_roll_back(manifest, sides)
            wanted = backup_tree(backup, roots)
            require_old_site(wanted.nodes, sides)
            reader = LiveReader(session, servers, roots, directory, progress)
            rollback = _Rollback(
                session=session,
                lock=lock,
                reader=reader,
                sides=sides,
                backup=wanted,
                manifest=manifest,
                engine=engine,
                settings=settings,
                options=options,
                progress=progress,
                hosts=None
                if hosts is None
                else msgspec.structs.replace(hosts, tree=OldTreeState(session, source_root)),
            )
            return rollback.run(confirm, dry_run=dry_run)
    finally:
        if engine is not None:
            engine.dispose()


def _engine(settings: Settings, *, required: bool) -> Engine | None:
    if required:
        return open_engine(settings.require_database().url)
    return open_engine(settings.database.value.url) if settings.database.value is not None else None


def _require_backup(directory: Path) -> None:
    with file_errors(directory):
        exists = (directory / BACKUP_FILE).is_file()
    if not exists:
        raise WrongState(
            f"There is no backup {directory / BACKUP_FILE}",
            why="Nothing is deleted from ZooKeeper without a verified backup of it.",
            hint="Name the run directory of the migration with --data-dir. Without any backup delete nothing:"
            " 1.9's data below its root may still be whole.",
        )


def _tie(run: RunDirectory, settings: Settings) -> None:
    """Check that the run directory is this site's, by what this step uses: after an update of the controller
    the address of the 1.9 API is not found any more, and does not matter here."""
    here = {name: value for name, value in site_identity(settings).items() if name != "source_api"}
    known = run.read_json(IDENTITY_FILE, Identity).site if run.exists(IDENTITY_FILE) else {}
    run.tie_to({**known, **here})


def _manifest(backup: Backup) -> Manifest:
    if backup.manifest is None:
        raise WrongState(
            f"{backup.path} has no manifest",
            why="Only the manifest proves that the file is what was written.",
            hint="Restore zk_original.manifest from a copy. A dump by zkdump itself can be loaded with"
            " 'midonet-migrate zkdump -l -i FILE'.",
        )
    return backup.manifest


class _Rollback(msgspec.Struct, kw_only=True, frozen=True):
    session: ZooKeeperSession
    lock: ZooKeeperLock
    reader: LiveReader
    sides: Sides
    backup: BackupTree
    manifest: Manifest
    engine: Engine | None
    settings: Settings
    options: RollbackOptions
    progress: Progress
    hosts: HostsOfRollback | None = None

    def run(self, confirm: Confirm, *, dry_run: bool) -> RollbackPreview:
        """Look, ask, stop what runs on hosts, and do it."""
        if self.hosts is None:
            return self._roll_back(confirm, dry_run=dry_run)
        preview = self._roll_back(confirm, dry_run=True, looking=self.hosts)
        if dry_run or self.options.preview:
            return preview
        if preview.nothing_to_do:
            started = self._start_old_agents(self.hosts, preview)
            if not started.nothing_to_do:
                preview.hosts = started
            return preview
        self.lock.ensure_held()
        stopped = self.hosts.stop(dry_run=False, old_agents=preview.method is Method.RESTORE)
        self._wait_for(preview.sessions)
        try:
            done = self._roll_back(lambda _preview: None, dry_run=False)
        except MigrateError:
            self._go_on_with_1_9(self.hosts)
            raise
        done.hosts = stopped
        self._start_old_agents(self.hosts, done)
        return done

    def _start_old_agents(self, hosts: HostsOfRollback, report: RollbackPreview) -> HostReport:
        """Also when nothing else is to do: a run that was cut off may have left them stopped."""
        report.started = started = hosts.start_old_agents()
        report.warnings += [f"an agent of 1.9 is still stopped: {text}" for text in failures_of(started)]
        return started

    def _go_on_with_1_9(self, hosts: HostsOfRollback) -> None:
        """Refused after all, with the tree untouched: the agents that serve 1.9 need not stand still."""
        with suppress(MigrateError):
            if read_marker(self.session) is None:
                hosts.start_old_agents()

    def _wait_for(self, sessions: Sequence[LiveSession]) -> None:
        """Until the nodes of processes that were just stopped are gone, or their sessions must have ended."""
        deadline = time.monotonic() + _GONE_SECONDS
        left = [session.nodes[0] for session in sessions]
        while left and time.monotonic() < deadline:
            left = [path for path in left if self.session.exists(path)]
            time.sleep(_PAUSE_SECONDS if left else 0)

    def _roll_back(
        self, confirm: Confirm, *, dry_run: bool, looking: HostsOfRollback | None = None
    ) -> RollbackPreview:
        """``looking``: hosts that are still to be stopped; sessions are no obstacle yet."""
        marker = read_marker(self.session)
        begun = marker.method if marker is not None and marker.backup == self.manifest.sha256 else None
        last_task, unknown = self._importer_marker()
        with self.reader.read() as live:
            self._require_same_ensemble(live)
            choice = choose(live.nodes, self.backup.nodes, self.sides, asked=self.options.method, begun=begun)
            restore, part = self._restore(choice.method, live.nodes)
            changes = restore.compare(part)
            preview = self._preview(choice, live, changes, last_task, resumed=begun is not None)
            preview.warnings = [*unknown, *preview.warnings]
            if looking is not None:
                old_agents = choice.method is Method.RESTORE
                preview.hosts = looking.stop(dry_run=True, old_agents=old_agents)
            in_the_way = preview.sessions if looking is None and not self.options.force else []
            if self.options.preview:
                if in_the_way:
                    preview.warnings.append(refused_as_long_as(in_the_way))
                return preview
            require_gone(in_the_way)
            rehearse(self.session, changes, part)
            if preview.nothing_to_do:
                return preview
            if not self.settings.dry_run.value:
                confirm(preview)
            if dry_run:
                return preview
            with self._run_directory() as run:
                preview.copy = keep_copy(run, live, marker, self.settings, self.sides)
                write_marker(
                    self.session,
                    RollbackMarker(method=choice.method, backup=self.manifest.sha256, copy=preview.copy),
                )
                self.lock.ensure_held()
                # Tasks first: rows that are left would be replayed into a tree that is emptied (imp 1.7).
                preview.tasks = self._remove_tasks(run, last_task)
                preview.changes = self._change(run, restore, part, preview)
                remove_marker(self.session)
        return preview

    def _importer_marker(self) -> tuple[int | None, list[str]]:
        """How far the importer got, and a warning when that cannot be read: it is about to be taken away."""
        try:
            marker = f"{self.sides.target_root}/zoom/0/models/C3POState/{MARKER_ID}"
            return marker_of(self.session, marker), []
        except CorruptFile as error:
            return None, [f"{error}: ids go on above all that the database knows"]

    def _restore(self, method: Method, live: dict[str, NodeState]) -> tuple[Restore, dict[str, NodeState]]:
        """The work to do by this method, and the part of the tree that it is about."""
        if method is Method.RESTORE:
            work = Restore(
                self.session,
                self.reader.nodes,
                self.backup.nodes,
                counters=CounterPolicy(),
                guard=self.lock.ensure_held,
                progress=self.progress,
            )
            return work, live
        wanted = self.sides.part(self.backup.nodes, Side.NEW)
        work = Restore(
            self.session,
            lambda: self.sides.new_part(self.reader.nodes(), wanted),
            wanted,
            counters=None,
            kept=self.sides.above_old(),
            guard=self.lock.ensure_held,
            progress=self.progress,
        )
        return work, self.sides.new_part(live, wanted)

    def _preview(
        self, choice: Choice, live: LiveTree, changes: Changes, last_task: int | None, *, resumed: bool
    ) -> RollbackPreview:
        sessions: list[LiveSession] = live_sessions(live.nodes, self.sides)
        restoring = choice.method is Method.RESTORE
        if not restoring:
            sessions = [session for session in sessions if session.side is Side.NEW]
        with RunDirectory(self.settings.data_dir.value, step=_STEP, dry_run=True) as rehearsal:
            tasks = self._remove_tasks(rehearsal, last_task)
        warnings = [
            f"the counter of {path} stays {missing} creations behind"
            for path, missing in changes.left.items()
        ]
        if tasks is None:
            warnings.append("the Neutron database is not known: its tasks were not looked at")
        elif tasks.kept_foreign:
            warnings.append(
                f"{len(tasks.kept_foreign)} rows of midonet_tasks stay that this run directory did not write:"
                " the importer executes them when 5.x starts again"
            )
        return RollbackPreview(
            method=choice.method,
            why=choice.why,
            lost=lost_objects(
                live.nodes,
                self.backup.nodes,
                self.sides,
                old_too=restoring,
                planned=planned_ids(self.settings.data_dir.value / PLAN_FILE),
            ),
            sessions=sessions,
            changes=report_of(changes),
            tasks=tasks,
            resumed=resumed,
            warnings=warnings,
        )

    def _require_same_ensemble(self, live: LiveTree) -> None:
        self.session.exists("/")
        require_same_ensemble(
            self.manifest,
            self.backup.latest,
            zxid=max(
                int(self.session.client.last_zxid or 0),
                live.proof.fence_zxid if live.proof is not None else 0,
            ),
            present=live.origins,
            servers=[str(server) for server in self.settings.require_zookeeper().servers],
        )

    @contextmanager
    def _run_directory(self) -> Iterator[RunDirectory]:
        with RunDirectory(self.settings.data_dir.value, step=_STEP) as run:
            _tie(run, self.settings)
            yield run

    def _remove_tasks(self, run: RunDirectory, last_task: int | None) -> RemovalReport | None:
        if self.engine is None:
            return None
        return remove_tasks(
            self.engine, run, importer_marker=last_task, keep_foreign=self.options.keep_foreign_tasks
        )

    def _change(
        self, run: RunDirectory, restore: Restore, part: dict[str, NodeState], preview: RollbackPreview
    ) -> RestoreReport:
        unfinished = [record for record in run.journal.pending() if record.digest == _DIGEST]
        inverse = Inverse(action=_PUT_BACK, arguments={"directory": preview.copy})
        summary = f"ZooKeeper: {preview.method}, {preview.changes.deleted} nodes to delete,"
        summary += f" {preview.changes.created} to create"
        with run.journal.unit("zookeeper", summary, digest=_DIGEST, inverse=inverse) as unit:
            report = restore.run(part)
            unit.done(rounds=report.rounds, deleted=report.deleted, created=report.created)
        for record in unfinished:
            run.journal.settle(record, took_effect=True)
        return report
