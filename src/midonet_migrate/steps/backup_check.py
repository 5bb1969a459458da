"""Looking at backups: is one good, what is in it, what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from midonet_migrate.errors import UsageError
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.zookeeper.backup_file import Backup, open_backup, session_text
from midonet_migrate.zookeeper.comparison import Difference, differences
from midonet_migrate.zookeeper.node_state import is_within
from midonet_migrate.zookeeper.rendering import branches, readable
from midonet_migrate.zookeeper.scanned_tree import scanned_tree
from midonet_migrate.zookeeper.selection import Selection, default_roots, selection_of
from midonet_migrate.zookeeper.tree import Node

CHECK_COLUMNS: Final = ("check", "result", "details")
BRANCH_COLUMNS: Final = ("path", "nodes", "data_bytes")
NODE_COLUMNS: Final = ("path", "bytes", "version", "next_sequence", "ephemeral", "acl", "data")
DIFFERENCE_COLUMNS: Final = ("path", "change", "what", "before", "after", "ephemeral")


class Check(msgspec.Struct, frozen=True):
    """``result``: ok or warning; whatever is worse is an error of its own."""

    check: str
    result: str
    details: str


def verify_backup(path: Path) -> list[Check]:
    """Verify file and manifest to the last bit, and say what is proven.

    Raises ``CorruptFile``, ``WrongState`` when it is missing, ``NoPermission``.
    """
    with open_backup(path, need_manifest=False) as backup:
        checks = [Check("tree", "ok", f"{backup.node_count} nodes, complete, in zkdump's format")]
        manifest = backup.manifest
        if manifest is None:
            return [
                *checks,
                Check("manifest", "warning", "there is none: no checksum proves that it is what was written"),
                Check("point in time", "warning", "not known: nothing proves that nobody wrote meanwhile"),
                Check("ACLs", "warning", "not in the file: restored nodes would be open to everybody"),
                Check("null data", "warning", "the file does not tell null from no data"),
            ]
        checks += [
            Check("checksum", "ok", f"sha256 {manifest.sha256}"),
            Check("manifest", "ok", f"sealed, written {manifest.created} by {manifest.tool_version}"),
            Check("counters", "ok", f"{len(manifest.next_sequence)} agree with the tree"),
        ]
        runtime = [moved.path for moved in manifest.moved if moved.runtime_subtree is not None]
        others = [moved.path for moved in manifest.moved if moved.runtime_subtree is None]
        proven = f"as of transaction 0x{manifest.fence_zxid:x}, {manifest.verdict.value}"
        if runtime:
            proven += f"; moving runtime state: {', '.join(runtime)}"
        checks.append(Check("point in time", "ok", proven))
        if others:
            checks.append(Check("moved", "warning", f"written to while it was read: {', '.join(others)}"))
        return checks


def summary(backup: Backup) -> dict[str, Any]:
    """Everything about a backup but its nodes: that of its manifest, or what the file alone tells."""
    if backup.manifest is not None:
        known = msgspec.to_builtins(backup.manifest)
        del known["null_data"]
        first = {name: known.pop(name) for name in ("verdict", "fence_zxid", "nodes", "data_bytes")}
        return {**first, **known}
    return {
        "verdict": "unproven",
        "fence_zxid": None,
        "nodes": backup.node_count,
        "data_bytes": sum(len(node.data or b"") for node in backup.nodes()),
        "ephemerals": {
            node.path: session_text(node.stat.ephemeral_owner)
            for node in backup.nodes()
            if node.stat.ephemeral_owner
        },
        "next_sequence": {
            node.path: node.stat.next_sequence
            for node in backup.nodes()
            if node.stat.cversion or node.stat.num_children
        },
    }


def branch_rows(backup: Backup, deepest: int) -> list[dict[str, Any]]:
    """How many nodes and bytes there are at and below each node of the upper levels."""
    return [
        {"path": branch.path, "nodes": branch.nodes, "data_bytes": branch.data_bytes}
        for branch in branches(backup.store, deepest)
    ]


def nodes_below(backup: Backup, path: str) -> Iterator[Node]:
    """A node and all below it. Raises ``UsageError`` when there is no such node."""
    found = False
    for node in backup.nodes():
        if is_within(node.path, path):
            found = True
            yield node
    if not found:
        raise UsageError(f"The backup has no node {path}", hint="See 'backup show' for what there is.")


def node_row(node: Node) -> dict[str, Any]:
    """A node for people: its data is readable."""
    return {
        "path": node.path,
        "bytes": len(node.data or b""),
        "version": node.stat.version,
        "next_sequence": node.stat.next_sequence,
        "ephemeral": bool(node.stat.ephemeral_owner),
        "acl": [f"{entry.scheme}:{entry.identity}:{entry.permissions}" for entry in node.acl],
        "data": readable(node.data, pretty=False),
    }


@contextmanager
def changes_since(
    settings: Settings, before: Path, after: Path | None, progress: Progress
) -> Iterator[Iterator[Difference]]:
    """What differs between two backups, or between one and the live tree.

    Raises ``CorruptFile``, ``WrongState``, and what reading ZooKeeper raises.
    """
    with open_backup(before, need_manifest=False) as old:
        selection = _selection(old, settings)
        above = {path.decode() for path in selection.above}
        if after is not None:
            with open_backup(after, need_manifest=False) as new:
                yield differences(old.store, new.store, above=above)
            return
        with scanned_tree(settings.require_zookeeper(), selection, progress=progress) as (live, _):
            yield differences(old.store, live, above=above)


def _selection(backup: Backup, settings: Settings) -> Selection:
    """What the backup was asked to hold."""
    if backup.manifest is not None:
        return Selection(backup.manifest.source.roots)
    return selection_of(default_roots(*settings.require_roots()))
