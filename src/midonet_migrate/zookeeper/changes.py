"""From one tree to another: what has to be deleted, made, written and counted. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from midonet_migrate.zookeeper.counters import CounterPolicy, sequential_parents
from midonet_migrate.zookeeper.node_state import OPEN, NodeState, depth_of, is_within, parent_of

Tree = Mapping[str, NodeState]
"""Nodes by path."""


class Changes(msgspec.Struct, kw_only=True, frozen=True):
    """What turns one tree into another, to be done in the order of the members.

    ``delete``: paths, children before their parents. ``create``: nodes, parents before their children.
    ``write``: nodes that get other data. ``protect``: nodes that get another ACL. ``advance``: creations that
    the counter of a node lacks once all nodes are made. ``left``: counters that stay behind, likewise.
    """

    delete: tuple[str, ...] = ()
    create: tuple[NodeState, ...] = ()
    write: tuple[NodeState, ...] = ()
    protect: tuple[NodeState, ...] = ()
    advance: Mapping[str, int] = {}
    left: Mapping[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self.delete or self.create or self.write or self.protect or self.advance)

    @property
    def creations(self) -> int:
        """How many placeholders have to be made to bring the counters forward."""
        return sum(self.advance.values())


def changes_between(
    live: Tree, wanted: Tree, *, counters: CounterPolicy | None, kept: Collection[str] = ()
) -> Changes:
    """What turns ``live`` into ``wanted``: data, ACLs, persistence and counters.

    A counter that is too high can only be lowered by making its node anew, with everything below it.
    ``counters`` None: counters are not looked at. Nodes ``kept`` are never made anew, and their counters
    are not looked at: they have children outside the two trees.
    """
    return _Comparison(live, wanted, counters, kept).changes()


class _Comparison:
    def __init__(
        self, live: Tree, wanted: Tree, counters: CounterPolicy | None, kept: Collection[str]
    ) -> None:
        self._live = live
        self._wanted = wanted
        self._counters = counters
        self._kept = frozenset(kept)
        self._children: dict[str, list[str]] = {}
        for path in wanted:
            self._children.setdefault(parent_of(path), []).append(path)

    def changes(self) -> Changes:
        anew = self._made_anew()
        doomed = [path for path in self._live if path in anew or path not in self._wanted]
        create = [node for path, node in self._wanted.items() if path in anew or path not in self._live]
        both = [
            (node, self._live[path])
            for path, node in self._wanted.items()
            if path in self._live and path not in anew
        ]
        made = {node.path for node in create}
        advance, left = self._advance(made)
        return Changes(
            delete=tuple(sorted(doomed, key=lambda path: (-depth_of(path), path))),
            create=tuple(sorted(create, key=lambda node: (depth_of(node.path), node.path))),
            write=tuple(node for node, present in both if node.data != present.data),
            protect=tuple(node for node, present in both if node.acl != present.acl),
            advance=advance,
            left=left,
        )

    def _made_anew(self) -> set[str]:
        """Nodes of both trees that cannot be brought from one to the other but by making them anew."""
        anew: set[str] = set()
        # Deepest first: a child that is made anew is one creation more for its parent.
        for path in sorted(self._wanted, key=depth_of, reverse=True):
            present = self._live.get(path)
            if present is None or path in self._kept:
                continue
            if _needs_a_new_node(present, self._wanted[path]) or self._counts_too_much(path, present, anew):
                anew.add(path)
        # Shallowest first: nothing survives below a node that is made anew.
        for path in sorted(self._wanted, key=depth_of):
            if path in self._live and parent_of(path) in anew:
                anew.add(path)
        return anew

    def _counts_too_much(self, path: str, present: NodeState, anew: Collection[str]) -> bool:
        if self._counters is None:
            return False
        creations = sum(child in anew or child not in self._live for child in self._children.get(path, ()))
        return present.next_sequence + creations > self._wanted[path].next_sequence

    def _advance(self, made: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
        advance: dict[str, int] = {}
        left: dict[str, int] = {}
        if self._counters is None:
            return advance, left
        sequential = sequential_parents(self._wanted.values())
        for path, node in self._wanted.items():
            if path in self._kept:
                continue
            creations = sum(child in made for child in self._children.get(path, ()))
            present = 0 if path in made else self._live[path].next_sequence
            missing = node.next_sequence - present - creations
            if missing > 0:
                restored = self._counters.restores(missing, sequential=path in sequential)
                (advance if restored else left)[path] = missing
        return advance, left


def _needs_a_new_node(present: NodeState, wanted: NodeState) -> bool:
    """Ephemeral nodes never become persistent; an ACL may forbid writing, and forbid being changed."""
    if bool(present.owner) != bool(wanted.owner):
        return True
    return present.acl != OPEN and (present.data != wanted.data or present.acl != wanted.acl)


def within(tree: Tree, roots: Iterable[str], *, without: Iterable[str] = ()) -> dict[str, NodeState]:
    """The nodes at and below ``roots``, but for those at and below ``without``."""
    inside, outside = tuple(roots), tuple(without)
    return {
        path: node
        for path, node in tree.items()
        if any(is_within(path, root) for root in inside)
        and not any(is_within(path, root) for root in outside)
    }


def differences(live: Tree, wanted: Tree) -> Iterator[str]:
    """A line for each node that is missing, surplus, or has other data, ACL or a lower counter."""
    for path, node in wanted.items():
        present = live.get(path)
        if present is None:
            yield f"{path} is missing"
        elif present.data != node.data:
            yield f"{path} has other data"
        elif present.acl != node.acl:
            yield f"{path} has another ACL"
        elif present.next_sequence < node.next_sequence:
            yield f"{path} counts {present.next_sequence}, not {node.next_sequence}"
    for path in live:
        if path not in wanted:
            yield f"{path} is new"
