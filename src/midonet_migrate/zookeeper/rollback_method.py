"""How to go back: take away what 5.x added, or bring all of the roots back from the backup. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from midonet_migrate.zookeeper.changes import Tree, differences
from midonet_migrate.zookeeper.node_state import NodeState
from midonet_migrate.zookeeper.runtime_subtrees import RuntimeSubtrees
from midonet_migrate.zookeeper.sides import Side, Sides

_SHOWN = 3


class Method(StrEnum):
    """``remove``: delete what 5.x added, 1.9's data is not touched. ``restore``: replace MidoNet's roots."""

    REMOVE = "remove"
    RESTORE = "restore"


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """The method, and why. ``differences``: a line for each node of 1.9 that is not as in the backup."""

    method: Method
    why: str
    differences: tuple[str, ...] = ()


def choose(live: Tree, backup: Tree, sides: Sides, *, asked: Method | None, begun: Method | None) -> Choice:
    """The method for this tree: as asked, else that of a rollback that was begun, else by looking at 1.9's.

    Removing is enough when 1.9's tree is the backup's but for what its agents and API move by themselves;
    ephemeral nodes, and counters that have gone on, do not count.
    """
    runtime = RuntimeSubtrees(sides.source_root, sides.target_root)

    def settled(tree: Tree) -> dict[str, NodeState]:
        return {
            path: node
            for path, node in sides.part(tree, Side.OLD).items()
            if not node.owner and runtime.containing(path) is None
        }

    found = tuple(differences(settled(live), settled(backup)))
    if asked is not None:
        return Choice(method=asked, why="it was asked for with --method", differences=found)
    if begun is not None:
        return Choice(
            method=begun, why="a rollback by this method was begun and not finished", differences=found
        )
    if not found:
        why = f"{sides.source_root} is as in the backup, outside of its runtime subtrees"
        return Choice(method=Method.REMOVE, why=why)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    why = f"{sides.source_root} is not as in the backup: {'; '.join(found[:_SHOWN])}{more}"
    return Choice(method=Method.RESTORE, why=why, differences=found)
