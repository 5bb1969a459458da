"""Comparing two trees node by node, with little memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from midonet_migrate.zookeeper.node_store import ROOT, NodeStore
from midonet_migrate.zookeeper.tree import Node, join


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """``change``: added, removed or changed. ``what``: of a changed node: data, ACL, counter, owner.

    ``ephemeral``: the node, or one of the two, goes with the session that made it.
    """

    path: str
    change: str
    what: tuple[str, ...] = ()
    before: int | None = None
    """Bytes of data, or with a counter alone its value."""
    after: int | None = None
    ephemeral: bool = False


def differences(before: NodeStore, after: NodeStore, *, above: Collection[str] = ()) -> Iterator[Difference]:
    """What became of ``before`` in ``after``: data, ACL, counter and persistence of every node.

    The counters of the nodes ``above`` are not compared: they have children that belong to neither tree.
    """
    pairs: list[tuple[str, int | None, int | None]] = [("/", ROOT, ROOT)]
    while pairs:
        path, left, right = pairs.pop()
        old = before.node(left, path) if left is not None and before.has(left) else None
        new = after.node(right, path) if right is not None and after.has(right) else None
        if old is None and new is None:
            continue
        found = _difference(path, old, new, counters=path not in above)
        if found is not None:
            yield found
        was = _children(before, left) if old is not None else {}
        now = _children(after, right) if new is not None else {}
        # Taken from the end: children in the order of their names.
        pairs += [
            (join(path, name.decode()), was.get(name), now.get(name))
            for name in sorted(was.keys() | now.keys(), reverse=True)
        ]


def _children(store: NodeStore, number: int | None) -> dict[bytes, int]:
    if number is None:
        return {}
    return {store.name(child): child for child in store.children(number) if store.has(child)}


def _difference(path: str, old: Node | None, new: Node | None, *, counters: bool) -> Difference | None:
    if old is None or new is None:
        node = old if old is not None else new
        size = len(node.data or b"") if node is not None else 0
        return Difference(
            path=path,
            change="removed" if new is None else "added",
            before=size if new is None else None,
            after=size if old is None else None,
            ephemeral=node is not None and bool(node.stat.ephemeral_owner),
        )
    what = []
    if old.data != new.data:
        what.append("data")
    if old.acl != new.acl:
        what.append("ACL")
    if counters and old.stat.next_sequence != new.stat.next_sequence:
        what.append("counter")
    if old.stat.ephemeral_owner != new.stat.ephemeral_owner:
        what.append("owner")
    if not what:
        return None
    only_counter = what == ["counter"]
    return Difference(
        path=path,
        change="changed",
        what=tuple(what),
        before=old.stat.next_sequence if only_counter else len(old.data or b""),
        after=new.stat.next_sequence if only_counter else len(new.data or b""),
        ephemeral=bool(old.stat.ephemeral_owner or new.stat.ephemeral_owner),
    )
