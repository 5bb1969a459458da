"""Whether the backup still is what MidoNet 1.9 has in ZooKeeper."""

from __future__ import annotations

from itertools import islice

from midonet_migrate.model.plan import Finding
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.backup import lasting_differences
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, MANIFEST_FILE, Backup
from midonet_migrate.zookeeper.scanned_tree import scanned_tree
from midonet_migrate.zookeeper.selection import Selection, selection_of
from midonet_migrate.zookeeper.sides import Side, Sides

RULE = "backup-outdated"
_SHOWN = 3


def outdated_backup(backup: Backup, settings: Settings, progress: Progress) -> list[Finding]:
    """A finding when lasting nodes of 1.9 are not as in ``backup``: a rollback would choose to bring these
    back. Runtime state, and counters that have gone on, do not count, as in that choice.

    Raises what reading ZooKeeper raises.
    """
    if backup.manifest is None:
        return []
    source_root, target_root = settings.require_roots()
    sides = Sides(source_root=source_root, target_root=target_root)
    roots = backup.manifest.source.roots
    selection = selection_of(roots) if roots else Selection()
    with scanned_tree(settings.require_zookeeper(), selection, progress=progress) as (live, _):
        found = (
            difference
            for difference in lasting_differences(backup.store, live, selection, backup.manifest)
            if sides.side_of(difference.path) is Side.OLD and difference.what != ("counter",)
        )
        shown = list(islice(found, _SHOWN))
        more = sum(1 for _ in found)
    if not shown:
        return []
    text = ", ".join(f"{difference.path} ({difference.change})" for difference in shown)
    if more:
        text += f" and {more} more"
    return [
        Finding(
            level="warning",
            rule=RULE,
            kind="znode",
            id=shown[0].path,
            message=f"the backup is older than MidoNet 1.9's topology: {text}",
            remedy="a rollback of ZooKeeper would bring back the topology of the backup; to have a new one,"
            f" move {BACKUP_FILE} and {MANIFEST_FILE} away and run 'midonet-migrate backup'",
        )
    ]
