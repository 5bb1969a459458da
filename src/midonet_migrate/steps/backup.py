"""Step 2, ``backup``: MidoNet's part of ZooKeeper into the run directory, proven (orig 6.4; anc 1.6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from midonet_migrate.errors import ForeignRunDirectory, MigrateError, UsageError, WrongState
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.zookeeper_servers import parse_root
from midonet_migrate.steps.import_begun import import_has_begun
from midonet_migrate.steps.site_identity import site_identity
from midonet_migrate.zookeeper.backup_file import (
    BACKUP_FILE,
    MANIFEST_FILE,
    Backup,
    BackupSource,
    head_of,
    open_backup,
    write_backup,
)
from midonet_migrate.zookeeper.comparison import Difference, differences
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.manifest import Manifest, Moved, Verdict
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.rollback_marker import require_finished_rollback
from midonet_migrate.zookeeper.runtime_subtrees import RuntimeSubtrees
from midonet_migrate.zookeeper.scan import Proof
from midonet_migrate.zookeeper.scanned_tree import scanned_tree
from midonet_migrate.zookeeper.selection import Selection, default_roots, selection_of
from midonet_migrate.zookeeper.session import open_session

SHOWN_DIFFERENCES: Final = 100


class Outcome(StrEnum):
    """What became of a call of ``backup create``."""

    CREATED = "created"
    WOULD_CREATE = "would be created"
    NOTHING_TO_DO = "nothing to do"
    KEPT = "kept"
    """There is a good backup already, of another state than the site is in now."""


class BackupReport(msgspec.Struct, kw_only=True):
    """What was done. ``differences``: what changed since the backup that was kept, the first of them."""

    outcome: Outcome
    file: str
    verdict: Verdict
    fence_zxid: int
    nodes: int
    data_bytes: int
    roots: tuple[str, ...]
    moved: tuple[Moved, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def attention(self) -> bool:
        """Whether the operator should look: other than runtime state moved, or an older backup was kept."""
        return self.outcome is Outcome.KEPT or any(moved.runtime_subtree is None for moved in self.moved)


def backup_path(settings: Settings) -> Path:
    """Where this site's backup is, or will be."""
    return settings.data_dir.value / BACKUP_FILE


def chosen_roots(settings: Settings, roots: Sequence[str], *, everything: bool) -> Selection:
    """What to back up: these roots, or everything, or by default what MidoNet has.

    Raises ``UsageError`` for a root that is no path, or never backed up, and ``ConfigError``.
    """
    if everything and roots:
        raise UsageError("--root and --all exclude each other", hint="Give one of them.")
    source_root, target_root = settings.require_roots()
    if everything:
        return Selection()
    try:
        return selection_of([parse_root(root) for root in roots] or default_roots(source_root, target_root))
    except ValueError as error:
        raise UsageError(
            "This cannot be the root of a backup", why=str(error), hint="Give --root /PATH."
        ) from error


def create_backup(
    settings: Settings, *, roots: Sequence[str] = (), everything: bool = False, progress: Progress
) -> BackupReport:
    """Make the backup; in a dry run all but the files. A good one that is there already is kept, always.

    Raises ``WrongState`` when the backup that is there is of other roots, or not this program's, and when
    there is none though the import has begun, or a rollback is not finished; ``ForeignRunDirectory`` when it
    is of another site, ``CorruptFile`` when it is damaged, and what reading ZooKeeper and writing files
    raise. Nothing is left half done.
    """
    servers = settings.require_zookeeper()
    source_root, target_root = settings.require_roots()
    selection = chosen_roots(settings, roots, everything=everything)
    directory, dry_run = settings.data_dir.value, settings.dry_run.value
    asked = BackupSource(
        servers=tuple(str(server) for server in servers.servers),
        roots=selection.roots,
        source_root=source_root,
        target_root=target_root,
    )
    with RunDirectory(directory, step="backup", dry_run=True) as look:
        look.tie_to(site_identity(settings))
        present = look.exists(BACKUP_FILE)
        if not present and import_has_begun(look.journal.records):
            raise _too_late(directory)
    with (
        _verified(directory / BACKUP_FILE, selection) if present else _nothing() as kept,
        open_session(str(servers)) as session,
        ZooKeeperLock(session, dry_run=dry_run),
    ):
        if kept is None:
            require_finished_rollback(session)
        if kept is None and not dry_run:
            with RunDirectory(directory, step="backup") as run:
                run.tie_to(site_identity(settings))
                reading = scanned_tree(servers, selection, directory=directory, progress=progress)
                with reading as (store, proof):
                    manifest = _written(run, store, proof, asked)
            return _report(Outcome.CREATED, directory, manifest)
        with scanned_tree(servers, selection, progress=progress) as (store, proof):
            if kept is None:
                return _report(Outcome.WOULD_CREATE, directory, head_of(store, proof, asked))
            return _compared(kept, store, selection, directory)


def _too_late(directory: Path) -> WrongState:
    return WrongState(
        f"There is no backup {directory / BACKUP_FILE}, and the import has begun",
        why="A backup made now would have MidoNet 5 in it, and a rollback would go back to that.",
        hint=f"Put {BACKUP_FILE} and {MANIFEST_FILE} back from a copy of the run directory. To keep ZooKeeper"
        " as it is now, give another --data-dir.",
    )


def _written(run: RunDirectory, store: NodeStore, proof: Proof, asked: BackupSource) -> Manifest:
    with run.journal.unit("file", f"{BACKUP_FILE} and {MANIFEST_FILE}") as unit:
        try:
            manifest = write_backup(run.path, store, proof, asked)
        except MigrateError:
            unit.not_done()
            raise
        unit.done(sha256=manifest.sha256, fence_zxid=manifest.fence_zxid)
        return manifest


def _compared(kept: Backup, live: NodeStore, selection: Selection, directory: Path) -> BackupReport:
    manifest = _manifest(kept)
    lasting = lasting_differences(kept.store, live, selection, manifest)
    shown = tuple(islice(lasting, SHOWN_DIFFERENCES))
    if shown:
        require_same_ensemble(kept, live)
    report = _report(Outcome.KEPT if shown else Outcome.NOTHING_TO_DO, directory, manifest)
    report.differences = shown
    return report


def lasting_differences(
    before: NodeStore, after: NodeStore, selection: Selection, manifest: Manifest
) -> Iterator[Difference]:
    """What became of a tree, but for runtime state and what belongs to sessions."""
    runtime = RuntimeSubtrees(manifest.source.source_root, manifest.source.target_root)
    above = {path.decode() for path in selection.above}
    for difference in differences(before, after, above=above):
        counter_alone = difference.what == ("counter",)
        if difference.ephemeral or runtime.containing(difference.path):
            continue
        if counter_alone and runtime.moves_children(difference.path):
            continue
        yield difference


@contextmanager
def _verified(path: Path, selection: Selection) -> Iterator[Backup | None]:
    """The backup that is there, if it may stay. Raises as :func:`create_backup`."""
    if not path.with_suffix(".manifest").exists():
        raise WrongState(
            f"{path} is there, without the manifest that this program writes",
            why="It was made by something else, and is never overwritten.",
            hint="Move it away, or choose another directory with --data-dir.",
        )
    with open_backup(path) as backup:
        known = set(_manifest(backup).source.roots)
        if known != set(selection.roots):
            raise WrongState(
                f"{path} is a backup of {', '.join(sorted(known)) or 'everything'}",
                why=f"Asked for was {', '.join(selection.roots) or 'everything'}. No backup is overwritten.",
                hint="Move it away, or choose another directory with --data-dir.",
            )
        yield backup


@contextmanager
def _nothing() -> Iterator[Backup | None]:
    yield None


def require_same_ensemble(backup: Backup, live: NodeStore) -> None:
    """Raise ``ForeignRunDirectory`` when the live tree's roots were not made by the transactions that made
    those of the backup: it is another ensemble, or its data was replaced. Roots of one side alone pass."""
    manifest = _manifest(backup)
    origins = {path: (origin.czxid, origin.ctime) for path, origin in manifest.source.origins.items()}
    problems = []
    for number, path, _ in live.numbers():
        if path in origins:
            stat = live.node(number, path).stat
            if (stat.czxid, stat.ctime) != origins[path]:
                problems.append(f"{path}: made by transaction {origins[path][0]} there, {stat.czxid} here")
    if problems:
        raise ForeignRunDirectory(
            f"{backup.path} is a backup of another ensemble",
            why="Its roots were not made by the same transactions.",
            hint="Check --zookeeper, or choose another directory with --data-dir.",
            problems=problems,
        )


def _manifest(backup: Backup) -> Manifest:
    if backup.manifest is None:
        raise WrongState(
            f"{backup.path} has no manifest", hint="Make a backup: midonet-migrate backup create."
        )
    return backup.manifest


def _report(outcome: Outcome, directory: Path, manifest: Manifest) -> BackupReport:
    return BackupReport(
        outcome=outcome,
        file=str(directory / BACKUP_FILE),
        verdict=manifest.verdict,
        fence_zxid=manifest.fence_zxid,
        nodes=manifest.nodes,
        data_bytes=manifest.data_bytes,
        roots=manifest.source.roots,
        moved=manifest.moved,
    )
