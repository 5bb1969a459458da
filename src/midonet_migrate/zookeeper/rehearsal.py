"""Before the first deletion: would the server take what is to be done? Nothing of it takes effect."""

from __future__ import annotations

from typing import Any

from kazoo import exceptions
from kazoo.protocol.serialization import CheckVersion, Create, Delete

from midonet_migrate.errors import AccessDenied, WrongState, ZooKeeperUnreachable
from midonet_migrate.zookeeper.changes import Changes, Tree
from midonet_migrate.zookeeper.lock import OWN_ROOT
from midonet_migrate.zookeeper.node_state import OPEN, NodeState, Permission, kazoo_acl, parent_of
from midonet_migrate.zookeeper.session import ZooKeeperSession

_LARGE_BYTES = 900_000
"""Below this every server takes a node (``jute.maxbuffer`` is 1 MiB unless somebody lowered it)."""
_TRIED = f"{OWN_ROOT}/tried"
_ABSENT = f"{OWN_ROOT}/no-such-node"
_FORBIDDEN = (exceptions.NoAuthError, exceptions.InvalidACLError)


def rehearse(session: ZooKeeperSession, changes: Changes, live: Tree) -> None:
    """Raise ``AccessDenied`` when an ACL forbids a deletion or creation, or cannot be set; ``WrongState``
    when a node is larger than the server takes.

    Each question is a ``multi`` that ends with a check that fails, so that the server takes it all back.
    """
    _deletions(session, changes, live)
    for acl, node in _distinct_acls(changes).items():
        error = _ask(session, Create(_TRIED, b"", kazoo_acl(acl), 0))
        if isinstance(error, _FORBIDDEN):
            raise AccessDenied(
                f"ZooKeeper does not take the ACL of {node.path}",
                why=f"{type(error).__name__}: {', '.join(sorted({entry.scheme for entry in acl}))}",
                hint="The server must know the ACL's scheme, as the one did that the backup was made from.",
            )
    _largest(session, changes)


def _deletions(session: ZooKeeperSession, changes: Changes, live: Tree) -> None:
    asked: set[str] = set()
    for path in (*changes.delete, *(node.path for node in changes.create)):
        parent = parent_of(path)
        closed = live[parent].acl != OPEN if parent in live else parent == "/"
        if parent in asked or not closed:
            continue
        asked.add(parent)
        request = Delete(path, -1) if path in live else Create(path, b"", kazoo_acl(OPEN), 0)
        error = _ask(session, request)
        if isinstance(error, _FORBIDDEN):
            raise AccessDenied(
                f"The ACL of {parent} forbids to change what is below it",
                why=type(error).__name__,
                hint=f"Look with 'getAcl {parent}'; open it with 'setAcl {parent} world:anyone:cdrwa'.",
            )


def _distinct_acls(changes: Changes) -> dict[tuple[Permission, ...], NodeState]:
    return {node.acl: node for node in (*changes.create, *changes.protect) if node.acl != OPEN}


def _largest(session: ZooKeeperSession, changes: Changes) -> None:
    largest = max((*changes.create, *changes.write), key=lambda node: len(node.data or b""), default=None)
    size = 0 if largest is None else len(largest.data or b"")
    if largest is None or size < _LARGE_BYTES:
        return
    path = largest.path if len(largest.path) > len(_TRIED) else _TRIED
    try:
        # As long as the real request; the path does not matter, since its parent need not exist.
        _ask(session, Create(path, largest.data, kazoo_acl(largest.acl), 0))
    except ZooKeeperUnreachable as error:
        session.exists("/")  # an unreachable server is another matter, and says so here
        raise WrongState(
            f"{largest.path} is larger than this ZooKeeper takes: {size} bytes",
            why="The server closed the connection when it was offered a node of that size.",
            hint="Raise jute.maxbuffer on every server, as it was when the backup was made; then run again.",
        ) from error


def _ask(session: ZooKeeperSession, request: Any) -> Exception | None:
    transaction = session.client.transaction()
    transaction.operations.extend([request, CheckVersion(_ABSENT, 0)])
    try:
        result: Any = session.wait_for(transaction.commit_async())[0]
    except exceptions.KazooException as error:
        result = error
    return result if isinstance(result, Exception) else None
