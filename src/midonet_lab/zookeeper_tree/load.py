"""Writing a tree to a ZooKeeper server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kazoo.client import KazooClient, TransactionRequest

from midonet_lab.zookeeper_tree.tree import Node, Tree
from midonet_migrate.errors import IntegrityFailed

_MAXIMUM_OPERATIONS = 200
_MAXIMUM_BYTES = 256 * 1024
_IN_FLIGHT = 8
_SPARE = "spare-"


def load_tree(hosts: str, tree: Tree) -> None:
    """Create every node but the ephemeral ones, which agents hold, and bring sequence numbers up to what was
    recorded. The paths must be free. Raises ``IntegrityFailed`` when a node cannot be created."""
    client = KazooClient(hosts=hosts, timeout=10.0)
    client.start(timeout=30)
    try:
        _commit(client, (("create", node.path, node.data) for node in _stored(tree)))
        _commit(client, _missing_creations(tree))
    finally:
        client.stop()
        client.close()


def agent_nodes(tree: Tree) -> list[Node]:
    """The ephemeral nodes, which last as long as an agent's session."""
    return [node for node in tree.nodes.values() if node.ephemeral]


def _stored(tree: Tree) -> Iterator[Node]:
    return (node for node in tree.nodes.values() if not node.ephemeral)


_Operation = tuple[str, str, bytes]


def _missing_creations(tree: Tree) -> Iterator[_Operation]:
    """A sequence number counts creations; those of children long gone are made up for and taken back."""
    children: dict[str, int] = {}
    for path in tree.nodes:
        parent = path.rpartition("/")[0]
        children[parent] = children.get(parent, 0) + 1
    for node in _stored(tree):
        for _ in range((node.creations or 0) - children.get(node.path, 0)):
            yield "create", f"{node.path}/{_SPARE}", b""
            yield "delete", f"{node.path}/{_SPARE}", b""


def _commit(client: KazooClient, operations: Iterator[_Operation]) -> None:
    """ZooKeeper keeps the order of one session's transactions, so several may be on their way."""
    waiting: list[tuple[TransactionRequest, Any]] = []
    transaction, size = client.transaction(), 0
    for operation, path, data in operations:
        if operation == "create":
            transaction.create(path, data)
        else:
            transaction.delete(path)
        size += len(path) + len(data)
        if len(transaction.operations) >= _MAXIMUM_OPERATIONS or size >= _MAXIMUM_BYTES:
            waiting.append((transaction, transaction.commit_async()))
            transaction, size = client.transaction(), 0
            if len(waiting) >= _IN_FLIGHT:
                _settle(waiting.pop(0))
    if transaction.operations:
        waiting.append((transaction, transaction.commit_async()))
    for sent in waiting:
        _settle(sent)


def _settle(sent: tuple[TransactionRequest, Any]) -> None:
    transaction, answer = sent
    results = answer.get(timeout=60)
    for operation, result in zip(transaction.operations, results, strict=True):
        if isinstance(result, Exception):
            raise IntegrityFailed(
                f"ZooKeeper refuses the node {operation.path}", why=type(result).__name__
            ) from result
