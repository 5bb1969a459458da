"""Which nodes belong to MidoNet 1.9 and which to 5.x: their roots may lie inside each other (imp 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from midonet_migrate.zookeeper.changes import Tree
from midonet_migrate.zookeeper.node_state import NodeState, is_within, parent_of
from midonet_migrate.zookeeper.selection import NAT_ROOT


class Side(StrEnum):
    """Whose a node is."""

    OLD = "1.9"
    NEW = "5.x"


class Sides(msgspec.Struct, kw_only=True, frozen=True):
    """The two root keys; 1.9's is usually inside 5.x's (``/midonet/v1`` and ``/midonet``)."""

    source_root: str
    target_root: str

    def side_of(self, path: str) -> Side | None:
        """Whose a node is: that of the closest root above it. None: neither's."""
        old, new = is_within(path, self.source_root), is_within(path, self.target_root)
        if old and new:
            return Side.OLD if is_within(self.source_root, self.target_root) else Side.NEW
        if old:
            return Side.OLD
        return Side.NEW if new or is_within(path, NAT_ROOT) else None

    def part(self, tree: Tree, side: Side) -> dict[str, NodeState]:
        """The nodes of one side."""
        return {path: node for path, node in tree.items() if self.side_of(path) is side}

    def above_old(self) -> set[str]:
        """Nodes on the way from the top to 1.9's root: they have 1.9's data below them, so they stay."""
        return set(_ancestors(self.source_root))

    def new_part(self, live: Tree, wanted: Mapping[str, NodeState]) -> dict[str, NodeState]:
        """5.x's nodes, and those above its root that were only made for it and lead to nothing else."""
        part = self.part(live, Side.NEW)
        for ancestor in _ancestors(self.target_root):
            if ancestor in wanted or ancestor in self.above_old() or ancestor not in live:
                continue
            below = [path for path in live if is_within(path, ancestor) and path != ancestor]
            if all(path in part for path in below):
                part[ancestor] = live[ancestor]
        return part


def _ancestors(path: str) -> list[str]:
    """The nodes above one, closest first, without the top."""
    found = []
    while (path := parent_of(path)) != "/":
        found.append(path)
    return found
