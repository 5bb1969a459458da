"""Trees in a real ZooKeeper, read and written in the plainest way: one call at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

from midonet_migrate.zookeeper.node_state import NodeState, permissions_of
from midonet_migrate.zookeeper.tree import next_sequence


def read_tree(client: KazooClient, roots: Iterable[str]) -> dict[str, NodeState]:
    """Every node at and below ``roots``."""
    found: dict[str, NodeState] = {}
    left = list(roots)
    while left:
        path = left.pop()
        try:
            data, stat = client.get(path)
            children = client.get_children(path)
            acl, _ = client.get_acls(path)
        except NoNodeError:
            continue
        found[path] = NodeState(
            path=path,
            data=data,
            acl=permissions_of(acl),
            next_sequence=next_sequence(stat.cversion, stat.numChildren),
            owner=stat.ephemeralOwner,
        )
        left += [f"{path}/{child}" for child in children]
    return found


def next_name(client: KazooClient, parent: str) -> str:
    """The name that a sequential child gets; it is taken away again."""
    made: Any = client.create(f"{parent}/probe-", b"", sequence=True)
    client.delete(made)
    return str(made)


def wipe(client: KazooClient, roots: Iterable[str]) -> None:
    """Delete everything at and below ``roots``."""
    for root in roots:
        client.delete(root, recursive=True)
