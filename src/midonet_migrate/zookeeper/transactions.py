"""Sending batches: several on their way at a time, and what became of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from kazoo import exceptions
from kazoo.protocol.serialization import Create, Delete, SetData

from midonet_migrate.errors import AccessDenied, ZooKeeperUnreachable
from midonet_migrate.zookeeper.batches import Kind, Operation
from midonet_migrate.zookeeper.node_state import kazoo_acl
from midonet_migrate.zookeeper.session import ZooKeeperSession

WINDOW_BATCHES = 16
"""Batches on their way: enough to keep a server busy, and far from where it starves others (anc 4.2)."""
_ANY_VERSION = -1
_PERSISTENT = 0
_SIDE_EFFECTS = (exceptions.RolledBackError, exceptions.RuntimeInconsistency)


class Failure(msgspec.Struct, kw_only=True, frozen=True):
    """A batch that did not go through: nothing of it took effect, or (``unknown``) nobody said."""

    operation: Operation
    error: Exception
    unknown: bool = False


Sent = Callable[[int], None]
"""Called with the number of operations of each batch that is through."""


def send_batches(
    session: ZooKeeperSession, batches: Iterable[Sequence[Operation]], *, sent: Sent = lambda _count: None
) -> list[Failure]:
    """Send every batch, in order, and wait for all answers. A session's requests are served in order.

    A batch that is refused does not stop those after it; one whose answer is lost does. Raises
    ``AccessDenied`` when an operation is forbidden.
    """
    failures: list[Failure] = []
    under_way: deque[tuple[Sequence[Operation], Any]] = deque()

    def settle() -> None:
        batch, answer = under_way.popleft()
        failure = _failure(session, batch, answer)
        if failure is None:
            sent(len(batch))
        else:
            failures.append(failure)

    for batch in batches:
        if len(under_way) == WINDOW_BATCHES:
            settle()
        if failures and failures[-1].unknown:
            break  # to be looked at again once the server answers
        under_way.append((batch, _commit(session, batch)))
    while under_way:
        settle()
    return failures


def _commit(session: ZooKeeperSession, batch: Sequence[Operation]) -> Any:
    transaction = session.client.transaction()
    # The methods of a transaction take no null as data, its list of operations does.
    transaction.operations.extend(_request(operation) for operation in batch)
    return transaction.commit_async()


def _request(operation: Operation) -> Any:
    match operation.kind:
        case Kind.CREATE:
            return Create(operation.path, operation.data, kazoo_acl(operation.acl), _PERSISTENT)
        case Kind.DELETE:
            return Delete(operation.path, _ANY_VERSION)
        case Kind.WRITE:
            return SetData(operation.path, operation.data, _ANY_VERSION)


def _failure(session: ZooKeeperSession, batch: Sequence[Operation], answer: Any) -> Failure | None:
    try:
        results = session.wait_for(answer)
    except ZooKeeperUnreachable as error:
        return Failure(operation=batch[0], error=error, unknown=True)
    except exceptions.KazooException as error:
        return Failure(operation=batch[0], error=error)
    failed = [
        (operation, result)
        for operation, result in zip(batch, results, strict=True)
        if isinstance(result, Exception)
    ]
    if not failed:
        return None
    causes = [(operation, cause) for operation, cause in failed if not isinstance(cause, _SIDE_EFFECTS)]
    operation, cause = (causes or failed)[0]
    if isinstance(cause, exceptions.NoAuthError | exceptions.InvalidACLError):
        raise AccessDenied(
            f"ZooKeeper refuses to {operation.kind} {operation.path}",
            why=type(cause).__name__,
            hint="An ACL forbids it, of this node or of its parent: look with 'getAcl', and open it.",
        )
    return Failure(operation=operation, error=cause)
