"""Path patterns, and what stands at each of them."""

from __future__ import annotations

from typing import Generic, TypeVar

Leaf = TypeVar("Leaf")


class _Node(Generic[Leaf]):
    def __init__(self) -> None:
        self.below: dict[str, _Node[Leaf]] = {}
        self.leaf: Leaf | None = None


class PathTree(Generic[Leaf]):
    """Patterns of segments, ``{}`` = any value, each with a leaf; a segment by name goes before ``{}``."""

    def __init__(self) -> None:
        self._root: _Node[Leaf] = _Node()

    def get(self, pattern: str) -> Leaf | None:
        """What stands at exactly this pattern."""
        return self._node(pattern).leaf

    def set(self, pattern: str, leaf: Leaf) -> None:
        """Put ``leaf`` there, in the place of what is there."""
        self._node(pattern).leaf = leaf

    def match(self, path: str) -> tuple[Leaf, list[str]] | None:
        """The leaf for ``path``, and the segments that stand for its ``{}``; None for an unknown path."""
        node = self._root
        values = []
        for segment in segments_of(path):
            if segment in node.below:
                node = node.below[segment]
            elif "{}" in node.below:
                node = node.below["{}"]
                values.append(segment)
            else:
                return None
        return None if node.leaf is None else (node.leaf, values)

    def begins(self, segment: str) -> bool:
        """Whether a pattern begins with ``segment``."""
        return segment in self._root.below

    def _node(self, pattern: str) -> _Node[Leaf]:
        node = self._root
        for segment in segments_of(pattern):
            node = node.below.setdefault(segment, _Node())
        return node


def segments_of(path: str) -> list[str]:
    """The segments of a path; empty ones do not count."""
    return [segment for segment in path.split("/") if segment]
