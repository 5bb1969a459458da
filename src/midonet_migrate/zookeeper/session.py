"""A session with ZooKeeper: operations of 3.4.6 only, errors an operator understands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kazoo import exceptions
from kazoo.client import KazooClient, KazooState
from kazoo.handlers.threading import KazooTimeoutError

from midonet_migrate.errors import AccessDenied, ConfigError, Recovery, ZooKeeperUnreachable

CONNECT_TIMEOUT_SECONDS = 10.0
SESSION_TIMEOUT_SECONDS = 10.0

_LOST = (
    exceptions.ConnectionLoss,
    exceptions.ConnectionClosedError,
    exceptions.OperationTimeoutError,
    exceptions.SessionExpiredError,
    exceptions.SessionMovedError,
    exceptions.ZookeeperStoppedError,
    KazooTimeoutError,
)
_REFUSED = (exceptions.NoAuthError, exceptions.AuthFailedError, exceptions.InvalidACLError)


@contextmanager
def translated_errors(hosts: str) -> Iterator[None]:
    """Turn kazoo's errors into ``ZooKeeperUnreachable`` (20) and ``AccessDenied`` (77). Others pass."""
    try:
        yield
    except _LOST as error:
        raise ZooKeeperUnreachable(
            f"ZooKeeper at {hosts} does not answer",
            why=type(error).__name__,
            hint="Check that a server of the list runs and has a quorum (zookeeper_hosts); then run again.",
            recovery=Recovery.RETRY,
        ) from error
    except _REFUSED as error:
        raise AccessDenied(
            f"ZooKeeper at {hosts} refuses the operation",
            why=type(error).__name__,
            hint="MidoNet's nodes carry no ACL of their own; look who changed it with 'getAcl'.",
        ) from error


class ZooKeeperSession:
    """A connected session. ``client`` is kazoo's, for scanning and transactions.

    Only operations that ZooKeeper 3.4.6 knows are used (sites run 3.4): no create2, no containers, no TTL.
    """

    def __init__(self, hosts: str, client: KazooClient, *, session_timeout: float) -> None:
        self.hosts = hosts
        self.client = client
        self.session_timeout = session_timeout

    @property
    def session_id(self) -> int:
        """The id that ``ephemeralOwner`` of this session's nodes carries; 0 without a session."""
        identity = self.client.client_id
        return int(identity[0]) if identity else 0

    def get(self, path: str) -> tuple[bytes, Any] | None:
        """Data and stat of a node; None when there is no such node."""
        found = self.wait_for(self.client.get_async(path), missing=None)
        return None if found is None else (found[0] or b"", found[1])

    def children(self, path: str) -> list[str] | None:
        """Names of the children, sorted; None when there is no such node."""
        names = self.wait_for(self.client.get_children_async(path), missing=None)
        return None if names is None else sorted(names)

    def exists(self, path: str) -> bool:
        """Whether there is such a node."""
        return self.wait_for(self.client.exists_async(path)) is not None

    def wait_for(self, answer: Any, **when: Any) -> Any:
        """The result of one of the client's ``*_async`` calls, errors translated.

        While the connection is down kazoo keeps calls waiting; here that ends after twice the session
        timeout, as ``ZooKeeperUnreachable``. With ``missing=...`` given, that is the result for no node.
        """
        with translated_errors(self.hosts):
            try:
                return answer.get(timeout=2 * self.session_timeout)
            except exceptions.NoNodeError:
                if "missing" not in when:
                    raise
                return when["missing"]


@contextmanager
def open_session(
    hosts: str,
    *,
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
    session_timeout: float = SESSION_TIMEOUT_SECONDS,
) -> Iterator[ZooKeeperSession]:
    """Connect to ``hosts`` (``host:port,host:port[/chroot]``), for the length of a ``with`` block.

    Raises ``ConfigError`` when the list cannot be read, ``ZooKeeperUnreachable`` when no server of it gives
    a session within ``connect_timeout`` seconds, ``AccessDenied`` when the login is refused.
    """
    try:
        client = KazooClient(hosts=hosts, timeout=session_timeout)
    except ValueError as error:
        raise ConfigError(
            f"'{hosts}' is not a list of ZooKeeper servers",
            why=str(error),
            hint="Write host:port,host:port as in zookeeper_hosts of midolman.conf, or give --zookeeper.",
        ) from error
    try:
        with translated_errors(hosts):
            client.start(timeout=connect_timeout)
        yield ZooKeeperSession(hosts, client, session_timeout=session_timeout)
    finally:
        client.stop()
        client.close()


class SessionWatch:
    """Notices when a session has been lost, even if kazoo has opened a new one since."""

    def __init__(self, session: ZooKeeperSession) -> None:
        self._client = session.client
        self.lost = False
        self._client.add_listener(self._changed)

    def _changed(self, state: str) -> None:
        if state == KazooState.LOST:
            self.lost = True

    def stop(self) -> None:
        """Stop watching."""
        self._client.remove_listener(self._changed)
