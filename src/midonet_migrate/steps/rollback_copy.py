"""The tree as it was before a rollback, kept in the run directory: a backup like any other (I1)."""

from __future__ import annotations

from midonet_migrate.run.atomic import DIRECTORY_MODE, file_errors, leftovers
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.settings.effective import Settings
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, BackupSource, write_backup
from midonet_migrate.zookeeper.live_tree import LiveTree
from midonet_migrate.zookeeper.rollback_marker import RollbackMarker
from midonet_migrate.zookeeper.sides import Sides

COPY_DIRECTORY = "before_rollback"


def keep_copy(
    run: RunDirectory, live: LiveTree, marker: RollbackMarker | None, settings: Settings, sides: Sides
) -> str:
    """Keep the tree as it is now, unless that is what an interrupted run left: then its copy counts.

    Returns the name of its directory below the run directory; empty when there is nothing to keep. Raises
    ``WrongState`` (no room) or ``NoPermission``.
    """
    if marker is not None and marker.copy and (run.path_of(marker.copy) / BACKUP_FILE).exists():
        return marker.copy
    if live.store is None or live.proof is None:
        return ""
    number = 1
    while (run.path_of(f"{COPY_DIRECTORY}-{number}") / BACKUP_FILE).exists():
        number += 1
    name = f"{COPY_DIRECTORY}-{number}"
    directory = run.path_of(name)
    with file_errors(directory):
        directory.mkdir(mode=DIRECTORY_MODE, exist_ok=True)  # a killed run may have left it without a copy
        for leftover in leftovers(directory):
            leftover.unlink()
    asked = BackupSource(
        servers=tuple(str(server) for server in settings.require_zookeeper().servers),
        roots=tuple(live.origins),
        source_root=sides.source_root,
        target_root=sides.target_root,
    )
    write_backup(directory, live.store, live.proof, asked)
    return name
