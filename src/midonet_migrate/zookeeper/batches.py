"""Changes as batches of operations: each batch is one ``multi``, all of it or nothing.

No larger than half of what a server takes in one request (``jute.maxbuffer``, 1 MiB), and no longer than
pays (anc 4.1, 4.2). A node that is larger goes alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from midonet_migrate.zookeeper.changes import Changes
from midonet_migrate.zookeeper.counters import PLACEHOLDER
from midonet_migrate.zookeeper.node_state import OPEN, NodeState, Permission, parent_of

BATCH_BYTES = 512 * 1024
BATCH_OPERATIONS = 500
_OVERHEAD_BYTES = 40
"""Header, lengths, version and flags of one operation; more than there is."""


class Kind(StrEnum):
    """What an operation does. All are operations of a ``multi`` of ZooKeeper 3.4."""

    CREATE = "create"
    DELETE = "delete"
    WRITE = "write"


class Operation(msgspec.Struct, frozen=True, gc=False):
    """One operation of a ``multi``."""

    kind: Kind
    path: str
    data: bytes | None = None
    acl: tuple[Permission, ...] = OPEN

    @property
    def size(self) -> int:
        """Not less than its bytes in a request."""
        acl = 0
        if self.kind is Kind.CREATE:
            acl = sum(12 + 4 * (len(entry.scheme) + len(entry.identity)) for entry in self.acl)
        path = len(self.path) if self.path.isascii() else len(self.path.encode())
        return _OVERHEAD_BYTES + path + len(self.data or b"") + acl


def batches(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    """The operations in their order, in batches within the limits."""
    batch: list[Operation] = []
    size = 0
    for operation in operations:
        if batch and (len(batch) == BATCH_OPERATIONS or size + operation.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(operation)
        size += operation.size
    if batch:
        yield batch


def deletions(changes: Changes) -> Iterator[Operation]:
    """Everything that goes, children first."""
    for path in changes.delete:
        yield Operation(Kind.DELETE, path)


def creations(changes: Changes) -> Iterator[Operation]:
    """Everything that comes, parents first.

    A node that gets children or placeholders of its own is open to begin with, whatever its ACL: it could
    shut out the one who makes them. :func:`closed_later` says which.
    """
    later = {node.path for node in closed_later(changes)}
    for node in changes.create:
        yield Operation(Kind.CREATE, node.path, node.data, OPEN if node.path in later else node.acl)
    for node in changes.write:
        yield Operation(Kind.WRITE, node.path, node.data)


def closed_later(changes: Changes) -> list[NodeState]:
    """Created nodes whose ACL is set when everything below them is in place."""
    parents = {parent_of(node.path) for node in changes.create} | changes.advance.keys()
    return [node for node in changes.create if node.acl != OPEN and node.path in parents]


def advances(changes: Changes) -> Iterator[Operation]:
    """Placeholders made and deleted, as often as creations are missing.

    Should a batch end between the two and the run be killed right there, the next one finds a node that is
    not wanted, and deletes it.
    """
    for path, missing in changes.advance.items():
        placeholder = f"{path}/{PLACEHOLDER}"
        made = Operation(Kind.CREATE, placeholder, b"")
        deleted = Operation(Kind.DELETE, placeholder)
        for _ in range(missing):
            yield made
            yield deleted
