"""Bringing a tree to what it is to be: in batches, over lost connections, and proven by reading it again.

The way is the same for a first run, for one that goes on after a kill, and for one whose connection was
lost: read the tree, compare, do what is missing, until a fresh reading shows that nothing is. So the proof
is part of the work, and a tree that is right already is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from midonet_migrate.errors import Recovery, VerificationFailed, ZooKeeperUnreachable
from midonet_migrate.run.progress import Progress, SilentProgress
from midonet_migrate.zookeeper.batches import Operation, advances, batches, closed_later, creations, deletions
from midonet_migrate.zookeeper.changes import Changes, Tree, changes_between, differences
from midonet_migrate.zookeeper.counters import CounterPolicy
from midonet_migrate.zookeeper.node_state import NodeState, kazoo_acl
from midonet_migrate.zookeeper.session import ZooKeeperSession
from midonet_migrate.zookeeper.transactions import Failure, send_batches

ROUNDS = 10
"""Readings of the tree. Two are enough when nothing fails; each lost connection may cost one more."""
_RECONNECT_ATTEMPTS = 3
_ACLS_ON_THE_WAY = 200
_SHOWN = 20

Scan = Callable[[], Tree]
"""Reads the part of the tree that is to be changed."""


class RestoreReport(msgspec.Struct, kw_only=True, frozen=True):
    """What was done, or would be. ``left``: counters that stay behind, with the creations they lack."""

    deleted: int = 0
    created: int = 0
    written: int = 0
    protected: int = 0
    advanced: int = 0
    creations: int = 0
    left: Mapping[str, int] = {}
    rounds: int = 0

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return any((self.deleted, self.created, self.written, self.protected, self.advanced))


def report_of(changes: Changes) -> RestoreReport:
    """What doing these changes comes to."""
    return RestoreReport(
        deleted=len(changes.delete),
        created=len(changes.create),
        written=len(changes.write),
        protected=len(changes.protect) + sum(1 for _ in closed_later(changes)),
        advanced=len(changes.advance),
        creations=changes.creations,
        left=changes.left,
    )


class Restore:
    """Brings the part of a tree that ``scan`` reads to ``wanted``.

    ``counters`` None: counters are left as they are. ``kept``: nodes that stay, see
    :func:`~midonet_migrate.zookeeper.changes.changes_between`. ``guard`` is called before each round of
    changes and may raise (the site's lock was lost).
    """

    def __init__(
        self,
        session: ZooKeeperSession,
        scan: Scan,
        wanted: Tree,
        *,
        counters: CounterPolicy | None,
        kept: Collection[str] = (),
        guard: Callable[[], None] = lambda: None,
        progress: Progress | None = None,
    ) -> None:
        self._session = session
        self._scan = scan
        self._wanted = wanted
        self._counters = counters
        self._kept = frozenset(kept)
        self._guard = guard
        self._progress = progress if progress is not None else SilentProgress()

    def compare(self, live: Tree) -> Changes:
        """What there is to do."""
        return changes_between(live, self._wanted, counters=self._counters, kept=self._kept)

    def run(self, live: Tree) -> RestoreReport:
        """Do it, beginning with the tree as it was just read. Returns once a reading shows that it is done.

        Raises ``VerificationFailed`` when it is not after ten rounds (something else writes, or the server
        forgets), ``AccessDenied``, ``ZooKeeperUnreachable``. In each case the same call goes on from there.
        """
        first = report_of(self.compare(live))
        failures: Sequence[Failure] = ()
        for rounds in range(1, ROUNDS + 1):
            changes = self.compare(live)
            if not changes:
                return msgspec.structs.replace(first, rounds=rounds, left=changes.left)
            self._guard()
            failures = self._apply(changes)
            if any(failure.unknown for failure in failures):
                self._wait_for_the_server()
            live = self._scan()
        changes = self.compare(live)
        if not changes:
            return msgspec.structs.replace(first, rounds=ROUNDS, left=changes.left)
        raise _not_equal(live, self._wanted, failures)

    def _apply(self, changes: Changes) -> list[Failure]:
        """One round: a part that fails ends it, since the next parts build on it."""
        parts: list[tuple[str, int, Iterable[Operation]]] = [
            ("Deleting nodes", len(changes.delete), deletions(changes)),
            ("Creating nodes", len(changes.create) + len(changes.write), creations(changes)),
            ("Bringing counters forward", 2 * changes.creations, advances(changes)),
        ]
        for title, total, operations in parts:
            if total:
                with self._progress.phase(title, total) as phase:
                    failures = send_batches(self._session, batches(operations), sent=phase.advance)
                if failures:
                    return failures
        self._protect([*closed_later(changes), *changes.protect])
        return []

    def _protect(self, nodes: Sequence[NodeState]) -> None:
        client = self._session.client
        for start in range(0, len(nodes), _ACLS_ON_THE_WAY):
            answers: list[Any] = [
                client.set_acls_async(node.path, kazoo_acl(node.acl))
                for node in nodes[start : start + _ACLS_ON_THE_WAY]
            ]
            for answer in answers:
                self._session.wait_for(answer, missing=None)

    def _wait_for_the_server(self) -> None:
        """Until a server answers again; a leader that died is replaced within seconds."""
        for attempt in range(1, _RECONNECT_ATTEMPTS + 1):
            try:
                self._session.exists("/")
            except ZooKeeperUnreachable:
                if attempt == _RECONNECT_ATTEMPTS:
                    raise
                time.sleep(0.1)
            else:
                return


def _not_equal(live: Tree, wanted: Tree, failures: Sequence[Failure]) -> VerificationFailed:
    lines = list(differences(live, wanted))
    last = (
        f" The last error: {type(failures[0].error).__name__} at {failures[0].operation.path}."
        if failures
        else ""
    )
    shown = lines[:_SHOWN]
    if len(lines) > _SHOWN:
        shown.append(f"and {len(lines) - _SHOWN} more")
    return VerificationFailed(
        f"The tree in ZooKeeper is not what it should be: {len(lines)} differences",
        why=f"It was read again after {ROUNDS} rounds of changes.{last}",
        hint="Something else writes to it: stop every MidoNet API, cluster and agent. Then run the same"
        " command again: it goes on from where this one ended.",
        problems=shown,
        recovery=Recovery.RETRY,
    )
