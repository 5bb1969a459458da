"""Reading the roots of a tree, and proving that what was read is the tree at one point in time (anc 1.6 N2).

First every node is read with its stat. Then comes a fence: a sync, after whose transaction Z every node is
asked for its ACL, whose answer carries the stat again. A stat holds the transactions of the last change of
data and children and counts the changes of the ACL, so a node whose two stats are equal did not change in
between, and was at Z just what was read. What did move is read again, in a bounded number of rounds with a
fence each, in which every node is asked for its stat once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from midonet_migrate.errors import AccessDenied, WrongState
from midonet_migrate.run.progress import Phase, Progress, SilentProgress
from midonet_migrate.zookeeper import jute
from midonet_migrate.zookeeper.lock import OWN_ROOT
from midonet_migrate.zookeeper.node_store import ROOT, NodeStore
from midonet_migrate.zookeeper.pipeline import Pipeline, Request
from midonet_migrate.zookeeper.runtime_subtrees import LOCKS_OF_READERS
from midonet_migrate.zookeeper.tree import STAT_LAYOUT, STAT_SIZE, join

ROUNDS: Final = 3
"""Fences at most. Each but the first costs a request per node."""
SYSTEM_ROOT: Final = "/zookeeper"
_NUM_CHILDREN = 9
_PZXID = 10
_AVERSION = slice(40, 44)
_SHOWN = 20
_MASKED = ":x"


class Selection(msgspec.Struct, frozen=True):
    """What to read: ``roots`` and all below them; no roots: everything but ZooKeeper's and our own root."""

    roots: tuple[str, ...] = ()

    def below(self, path: str) -> tuple[bytes, ...] | None:
        """The only children to read of a node above the roots; None for all of them."""
        if not self.roots:
            return None
        start = "/" if path == "/" else f"{path}/"
        if any(path == root or path.startswith(f"{root}/") for root in self.roots):
            return None
        steps = {root[len(start) :].split("/")[0] for root in self.roots if root.startswith(start)}
        return tuple(step.encode() for step in sorted(steps))


class Proof(msgspec.Struct, kw_only=True, frozen=True):
    """``moved``: nodes whose state at the fence is not known, by path, each with all below it; sorted.

    ``left_out``: nodes that were not looked into.
    """

    fence_zxid: int
    rounds: int
    connections: int
    moved: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether what was read is the tree at the fence."""
        return not self.moved


def scan(
    pipeline: Pipeline[Token],
    selection: Selection,
    store: NodeStore,
    *,
    rounds: int = ROUNDS,
    progress: Progress | None = None,
) -> Proof:
    """Read the selection into an empty ``store``.

    Raises ``ZooKeeperUnreachable``, ``AccessDenied`` naming every node that may not be read, ``WrongState``
    when none of the roots exists.
    """
    return _Scan(pipeline, selection, store, progress or SilentProgress()).run(rounds)


class Token(msgspec.Struct, gc=False):
    """What an answer is for: a node, and what to do with the answer."""

    number: int
    path: bytes
    operation: int


class _Scan:
    def __init__(
        self, pipeline: Pipeline[Token], selection: Selection, store: NodeStore, progress: Progress
    ) -> None:
        self._pipeline = pipeline
        self._selection = selection
        self._store = store
        self._progress = progress
        self._acl_numbers: dict[bytes, int] = {}
        self._refused: dict[str, str] = {}
        self._partial: set[int] = set()
        self._left_out: set[str] = set()
        self._latest = 0

    def run(self, rounds: int) -> Proof:
        with self._progress.phase("Reading ZooKeeper") as phase:
            self._read([Token(ROOT, b"/", jute.GET_DATA)], phase, with_acl=False)
        self._refuse()
        if self._selection.roots and not any(self._roots_found()):
            raise WrongState(
                f"ZooKeeper has none of {', '.join(self._selection.roots)}",
                why="There is nothing to back up.",
                hint="Check --zookeeper and --source-root, or name the root with --root.",
            )
        unsettled: dict[int, str] = {}
        fence = 0
        done = 0
        for done in range(1, rounds + 1):
            fence = self._fence()
            with self._progress.phase(f"Proving (round {done})", len(self._store)) as phase:
                moved = self._moved(jute.GET_ACL if done == 1 else jute.EXISTS, phase)
            self._refuse()
            unsettled = self._read_again(moved, fence)
            self._refuse()
            if not unsettled:
                break
        return Proof(
            fence_zxid=fence,
            rounds=done,
            connections=self._pipeline.connections,
            moved=tuple(sorted(set(unsettled.values()))),
            left_out=tuple(sorted(self._left_out)),
        )
