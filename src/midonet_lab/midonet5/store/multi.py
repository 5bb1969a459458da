"""One ZooKeeper multi: its operations, and which of them failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import RolledBackError, RuntimeInconsistency
from kazoo.protocol.serialization import CheckVersion, Create, Delete, SetData
from kazoo.security import OPEN_ACL_UNSAFE

from midonet_lab.midonet5.store.cache import Key


class Kind(Enum):
    """What an operation does: the first four to objects, the others to plain nodes."""

    CREATE = auto()
    SET = auto()
    DELETE = auto()
    CHECK = auto()
    DIRECTORY = auto()
    NODE = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation on a node; ``key`` is that of the object, if it is one; version -1: any."""

    kind: Kind
    path: str
    data: bytes = b""
    version: int = -1
    key: Key | None = None


def send(client: KazooClient, operations: Sequence[Operation]) -> Any:
    """Send the operations as one multi; kazoo's asynchronous result, with one answer for each."""
    multi = client.transaction()
    for operation in operations:
        # Not by the transaction's own methods: their checks of each path cost more than the rest.
        path = client.chroot + operation.path
        match operation.kind:
            case Kind.CREATE | Kind.DIRECTORY | Kind.NODE:
                request: Any = Create(path, operation.data, OPEN_ACL_UNSAFE, 0)
            case Kind.SET:
                request = SetData(path, operation.data, operation.version)
            case Kind.DELETE | Kind.REMOVE:
                request = Delete(path, operation.version)
            case Kind.CHECK:
                request = CheckVersion(path, operation.version)
        multi.operations.append(request)
    return multi.commit_async()


def failed(operations: Sequence[Operation], results: Sequence[Any]) -> tuple[Operation, Exception] | None:
    """The operation because of which nothing was executed, with its error; None if all was."""
    for operation, result in zip(operations, results, strict=True):
        if isinstance(result, Exception) and not isinstance(result, RolledBackError | RuntimeInconsistency):
            return operation, result
    return None
