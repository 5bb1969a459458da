"""Trees in a real ZooKeeper, read and written in the plainest way, node by node with kazoo."""

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
    level = list(roots)
    while level:
        below: list[str] = []
        for start in range(0, len(level), 500):
            paths = level[start : start + 500]
            answers = [
                (path, client.get_async(path), client.get_children_async(path), client.get_acls_async(path))
                for path in paths
            ]
            for path, got, listed, protected in answers:
                try:
                    data, stat = got.get(timeout=120)
                    children, (acl, _) = listed.get(timeout=120), protected.get(timeout=120)
                except NoNodeError:
                    continue
                found[path] = NodeState(
                    path=path,
                    data=data,
                    acl=permissions_of(acl),
                    next_sequence=next_sequence(stat.cversion, stat.numChildren),
                    owner=stat.ephemeralOwner,
                )
                below += [f"{path.rstrip('/')}/{child}" for child in children]
        level = below
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
