"""A backup as the tree that a rollback goes back to, and whether it belongs to the ensemble at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.zookeeper.backup_file import Backup
from midonet_migrate.zookeeper.manifest import Manifest, Origin
from midonet_migrate.zookeeper.node_state import NodeState, is_within, parent_of
from midonet_migrate.zookeeper.selection import NAT_ROOT, default_roots
from midonet_migrate.zookeeper.sides import Sides


class Ephemerals(StrEnum):
    """What becomes of ephemeral nodes of a backup: their sessions are gone (orig 6.4).

    ``restore``: they are left out; whoever lives makes them again. ``debug``: they become persistent.
    """

    RESTORE = "restore"
    DEBUG = "debug"


class BackupTree(msgspec.Struct, kw_only=True, frozen=True):
    """The nodes of a backup by path, and the latest time that any of their stats shows (milliseconds)."""

    nodes: dict[str, NodeState]
    latest: int


def backup_tree(
    backup: Backup, roots: Iterable[str], *, ephemerals: Ephemerals = Ephemerals.RESTORE
) -> BackupTree:
    """The nodes of a verified backup at and below ``roots``."""
    inside = tuple(roots)
    nodes: dict[str, NodeState] = {}
    children: dict[str, int] = {}
    latest = 0
    for node in backup.nodes():
        latest = max(latest, node.stat.mtime, node.stat.ctime)
        if not any(is_within(node.path, root) for root in inside):
            continue
        state = node.state
        if state.owner:
            if ephemerals is Ephemerals.RESTORE:
                continue
            state = msgspec.structs.replace(state, owner=0)
        nodes[node.path] = state
        parent = parent_of(node.path)
        children[parent] = children.get(parent, 0) + 1
    for path, count in children.items():
        # Somebody else's file may count fewer creations than there are children; nothing could bring that.
        if path in nodes and nodes[path].next_sequence < count:
            nodes[path] = msgspec.structs.replace(nodes[path], next_sequence=count)
    return BackupTree(nodes=nodes, latest=latest)


def roots_to_roll_back(manifest: Manifest, sides: Sides) -> tuple[str, ...]:
    """MidoNet's roots, all of which the backup has to cover; NAT's only if it does.

    Raises ``WrongState`` when it covers too little, or has no 1.9 in it.
    """
    covered = manifest.source.roots
    wanted = default_roots(sides.source_root, sides.target_root)
    roots = tuple(
        root for root in wanted if not covered or any(is_within(root, selected) for selected in covered)
    )
    missing = [root for root in wanted if root not in roots and root != NAT_ROOT]
    if missing:
        raise WrongState(
            f"The backup does not cover {', '.join(missing)}",
            why=f"It was made of {', '.join(covered)}; nothing may be deleted that is not in a backup.",
            hint="Give the root keys that it was made with (--source-root, --target-root).",
        )
    return roots


def require_old_site(tree: Mapping[str, NodeState], sides: Sides) -> None:
    """Raise ``WrongState`` when a backup has no MidoNet 1.9 in it."""
    if sides.source_root not in tree:
        raise WrongState(
            f"There is no {sides.source_root} in the backup",
            why="That is the root of MidoNet 1.9, and a rollback goes back to it.",
            hint="Give 1.9's root key with --source-root.",
        )


def require_same_ensemble(
    manifest: Manifest, latest: int, *, zxid: int, present: Mapping[str, Origin], servers: Sequence[str]
) -> None:
    """Raise ``WrongState`` when the backup is of another ensemble than the one with these ``present`` roots.

    ZooKeeper 3.4 gives ensembles no name. But transactions only ever go up, and a root that is not the one
    of the backup must have been made after it: by a later transaction, at a later time.
    """
    reasons = []
    if zxid < manifest.fence_zxid:
        reasons.append(
            f"the backup was made at transaction {manifest.fence_zxid:#x}, and this ensemble is at {zxid:#x}"
        )
    for root, origin in sorted(manifest.source.origins.items()):
        found = present.get(root)
        if found is None or found == origin:
            continue
        if found.czxid <= manifest.fence_zxid or found.ctime < latest:
            reasons.append(
                f"{root} was made by transaction {found.czxid:#x} here, and by {origin.czxid:#x} there"
            )
    if reasons:
        raise WrongState(
            "The backup is of another ZooKeeper ensemble",
            why=f"It was made from {', '.join(manifest.source.servers)}; this is {', '.join(servers)}.",
            hint="Check --zookeeper and --data-dir. Nothing was changed.",
            problems=reasons,
        )
