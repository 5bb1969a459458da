"""``zkdump -l``: a dump back into ZooKeeper, for people's scripts, without the dangers of old (orig 8.3).

The file is read whole before anything is deleted, only the roots that it holds are replaced, what is there
is copied first, and the result is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.run.atomic import DIRECTORY_MODE, file_errors
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.zookeeper_servers import ZooKeeperServers
from midonet_migrate.zookeeper.backup_file import BackupSource, open_backup, write_backup
from midonet_migrate.zookeeper.backup_tree import Ephemerals, backup_tree
from midonet_migrate.zookeeper.counters import CounterPolicy
from midonet_migrate.zookeeper.live_tree import LiveReader, LiveTree
from midonet_migrate.zookeeper.lock import OWN_ROOT, ZooKeeperLock
from midonet_migrate.zookeeper.rehearsal import rehearse
from midonet_migrate.zookeeper.restore import Restore, RestoreReport, report_of
from midonet_migrate.zookeeper.selection import SYSTEM_ROOT
from midonet_migrate.zookeeper.session import open_session

COPY_NAME = "zkdump-before-load"


class LoadPlan(msgspec.Struct, kw_only=True, frozen=True):
    """What a load comes to. ``sessions``: ephemeral nodes that are there now and will be deleted."""

    roots: tuple[str, ...]
    present: tuple[str, ...]
    changes: RestoreReport
    sessions: int
    copy: str = ""


Ask = Callable[[LoadPlan], Ephemerals]
"""Is given what will happen, and says what becomes of ephemeral nodes; raises ``Cancelled`` to stop."""


def load_zkdump(
    servers: ZooKeeperServers,
    file: Path,
    *,
    copies: Path,
    progress: Progress,
    ask: Ask,
    dry_run: bool = False,
) -> LoadPlan:
    """Replace the roots that ``file`` holds by what it holds of them; all others are left alone.

    ``ask`` is called when there is something to do. The tree that is there is kept in a new directory of
    ``copies``. Run again after an interruption, it goes on from there. In a dry run nothing is asked and
    nothing changed.

    Raises ``CorruptFile`` and ``WrongState`` for a file that is damaged, missing or empty,
    ``VerificationFailed`` when the result is not what was to be, and what sessions and locks raise.
    """
    with (
        open_backup(file, need_manifest=False) as backup,
        open_session(str(servers)) as session,
        ZooKeeperLock(session, dry_run=dry_run) as lock,
    ):
        roots = tuple(
            node.path
            for node in backup.nodes()
            if node.path.count("/") == 1 and node.path not in {"/", SYSTEM_ROOT, OWN_ROOT}
        )
        if not roots:
            raise WrongState(f"{file} holds no nodes", hint="Nothing was changed. Check the file.")
        reader = LiveReader(session, servers, roots, copies, progress)

        def work(ephemerals: Ephemerals) -> Restore:
            return Restore(
                session,
                reader.nodes,
                backup_tree(backup, roots, ephemerals=ephemerals).nodes,
                counters=CounterPolicy(),
                guard=lock.ensure_held,
                progress=progress,
            )

        with reader.read() as live:
            restore = work(Ephemerals.RESTORE)
            changes = restore.compare(live.nodes)
            plan = LoadPlan(
                roots=roots,
                present=tuple(f"/{name}" for name in session.children("/") or []),
                changes=report_of(changes),
                sessions=sum(bool(node.owner) for node in live.nodes.values()),
            )
            rehearse(session, changes, live.nodes)
            if dry_run or not (changes or work(Ephemerals.DEBUG).compare(live.nodes)):
                return plan
            if ask(plan) is Ephemerals.DEBUG:
                restore = work(Ephemerals.DEBUG)
                changes = restore.compare(live.nodes)
                rehearse(session, changes, live.nodes)
            if not changes:
                return plan
            copy = _copy(copies, live, servers)
            report = restore.run(live.nodes)
        return msgspec.structs.replace(plan, changes=report, copy=copy)


def _copy(copies: Path, live: LiveTree, servers: ZooKeeperServers) -> str:
    if live.store is None or live.proof is None:
        return ""
    with file_errors(copies):
        copies.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    number = 1
    while (directory := copies / f"{COPY_NAME}-{number}").exists():
        number += 1
    with file_errors(directory):
        directory.mkdir(mode=DIRECTORY_MODE)
    asked = BackupSource(
        servers=tuple(str(server) for server in servers.servers),
        roots=tuple(live.origins),
        source_root="",
        target_root="",
    )
    write_backup(directory, live.store, live.proof, asked)
    return str(directory)
