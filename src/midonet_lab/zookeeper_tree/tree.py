"""A ZooKeeper tree under construction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

ROOT = "/midonet/v1"
"""The packaged root of MidoNet 1.9 (imp 5.3)."""


class Node(msgspec.Struct, kw_only=True):
    """One node. ``ephemeral``: a running agent's session holds it.

    ``creations``: how many children have ever been created below it, if that is known: the number that the
    next sequential child gets.
    """

    path: str
    data: bytes = b""
    ephemeral: bool = False
    creations: int | None = None


def envelope(members: Mapping[str, Any]) -> bytes:
    """The form in which 1.9 stores an object (imp 5.3)."""
    return msgspec.json.encode({"data": members, "version": "1.9"})


class Tree:
    """Nodes by path; parents come before their children, and missing parents are added empty."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def add(self, path: str, data: bytes = b"", *, ephemeral: bool = False) -> Node:
        """Add a node at an absolute path, or fill the empty one that is there."""
        node = self.nodes.get(path)
        if node is None:
            parent = path.rpartition("/")[0]
            if parent and parent not in self.nodes:
                self.add(parent)
            node = self.nodes[path] = Node(path=path)
        if data:
            node.data = data
        node.ephemeral = node.ephemeral or ephemeral
        return node

    def empty(self, *paths: str) -> None:
        """Add nodes without data, by their paths below MidoNet's root."""
        for path in paths:
            self.add(f"{ROOT}/{path}")

    def put(self, path: str, members: Mapping[str, Any], *, ephemeral: bool = False) -> None:
        """Add a stored object, by its path below MidoNet's root."""
        self.add(f"{ROOT}/{path}", envelope(members), ephemeral=ephemeral)

    def hold(self, path: str, data: bytes = b"") -> None:
        """Add a node that an agent's session holds, by its path below MidoNet's root."""
        self.add(f"{ROOT}/{path}", data, ephemeral=True)
