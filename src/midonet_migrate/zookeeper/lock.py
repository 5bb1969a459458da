"""One run per site (I10): an ephemeral node that goes with the session of its holder.

It lives under a root of its own, which backup, clean and compare leave out.
"""

from __future__ import annotations

import os
import socket
import time
from types import TracebackType
from typing import Any, Self

import msgspec
from kazoo import exceptions

from midonet_migrate.errors import LockHeld, LockLost, MigrateError, Recovery
from midonet_migrate.run.file_lock import Holder, decode_holder, this_process
from midonet_migrate.zookeeper.session import SessionWatch, ZooKeeperSession

OWN_ROOT = "/midonet-migrate"
LOCK_NODE = f"{OWN_ROOT}/lock"
_POLL_SECONDS = 0.2


def _died_here(holder: Holder) -> bool:
    """Whether the holder was a process of this host that is no more (its session still times out)."""
    if not holder.pid or holder.host != socket.gethostname() or holder.pid == os.getpid():
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class ZooKeeperLock:
    """Exclusive lock on a site, as a context manager.

    Raises ``LockHeld`` (75) on entry, naming the holder. When the holder was a process of this host that has
    died, entry waits until its session has timed out instead: a killed run can simply be run again. Nobody
    else's lock is ever removed. With ``dry_run`` nothing is created; a holder is still found.
    """

    def __init__(self, session: ZooKeeperSession, *, dry_run: bool = False) -> None:
        self._session = session
        self._dry_run = dry_run
        self._held = False
        self._watch: SessionWatch | None = None

    def __enter__(self) -> Self:
        # Servers drop a dead session after its timeout; two ticks more for the expiry to be processed.
        give_up = time.monotonic() + 2 * self._session.session_timeout
        watch = None if self._dry_run else SessionWatch(self._session)
        try:
            while not self._try_to_take():
                found = self._session.get(LOCK_NODE)
                if found is None:
                    continue
                if found[1].ephemeralOwner == self._session.session_id:
                    break  # the answer to our own create was lost
                self._wait_or_refuse(decode_holder(found[0]), found[1], give_up)
        except BaseException:
            if watch is not None:
                watch.stop()
            raise
        self._held = not self._dry_run
        self._watch = watch
        return self

    def _wait_or_refuse(self, holder: Holder, stat: Any, give_up: float) -> None:
        if _died_here(holder) and stat.ephemeralOwner and time.monotonic() < give_up:
            time.sleep(_POLL_SECONDS)
            return
        raise LockHeld(
            "Another run works on this site",
            why=f"{LOCK_NODE} in ZooKeeper is held by {holder}.",
            hint="Wait for it to end; the lock goes with its session, seconds after its process."
            if stat.ephemeralOwner
            else f"The node is not ephemeral, so no run holds it. Delete {LOCK_NODE} with zkCli.",
        )

    def _try_to_take(self) -> bool:
        if self._dry_run:
            return not self._session.exists(LOCK_NODE)
        client = self._session.client
        while True:
            try:
                self._session.wait_for(
                    client.create_async(LOCK_NODE, msgspec.json.encode(this_process()), ephemeral=True)
                )
                return True
            except exceptions.NodeExistsError:
                return False
            except exceptions.NoNodeError:
                self._create_root()

    def _create_root(self) -> None:
        try:
            self._session.wait_for(self._session.client.create_async(OWN_ROOT, b""))
        except exceptions.NodeExistsError:
            return

    def ensure_held(self) -> None:
        """Return while the lock is certainly held: asks the server, and knows of a session lost in between.

        Raises ``LockLost`` when the session was lost: another run may hold the lock by now.
        """
        if self._dry_run:
            return
        found = None if self._is_lost() else self._session.get(LOCK_NODE)
        if self._is_lost() or found is None or found[1].ephemeralOwner != self._session.session_id:
            raise LockLost(
                "The ZooKeeper session that held this site's lock was lost",
                why="Another run may have begun since.",
                hint="Check the connection to ZooKeeper; then run the same command again.",
                recovery=Recovery.RETRY,
            )

    def _is_lost(self) -> bool:
        return self._watch is None or self._watch.lost

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watch is not None:
            self._watch.stop()
        if not self._held:
            return
        self._held = False
        try:
            found = self._session.get(LOCK_NODE)
            if found is not None and found[1].ephemeralOwner == self._session.session_id:
                self._session.wait_for(self._session.client.delete_async(LOCK_NODE), missing=None)
        except MigrateError:
            return  # unreachable: the server drops the node with the session
