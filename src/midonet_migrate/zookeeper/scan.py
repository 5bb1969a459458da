"""Reading the roots of a tree, and proving that what was read is the tree at one point in time (anc 1.6 N2).

First every node is read with its stat. Then comes a fence: a sync, after whose transaction Z every node is
asked for its ACL, whose answer carries the stat again. A stat holds the transactions of the last change of
data and children and counts the changes of the ACL, so a node whose two stats are equal did not change in
between, and was at Z just what was read. What did move is read again: it is what it was at Z when its
transactions are not after Z. What is after Z takes another round, with a fence of its own and a request for
the stat of every node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from midonet_migrate.errors import AccessDenied, WrongState
from midonet_migrate.run.progress import Phase, Progress, SilentProgress
from midonet_migrate.zookeeper import jute
from midonet_migrate.zookeeper.node_store import ROOT, NodeStore
from midonet_migrate.zookeeper.pipeline import Pipeline, Request
from midonet_migrate.zookeeper.runtime_subtrees import is_never_listed
from midonet_migrate.zookeeper.second_reading import SecondReading, Token
from midonet_migrate.zookeeper.selection import Selection
from midonet_migrate.zookeeper.tree import STAT_SIZE

ROUNDS: Final = 3
"""Fences at most."""
_NUM_CHILDREN_AT: Final = 56
_SHOWN: Final = 20
_MASKED: Final = ":x"
"""What ZooKeeper 3.5 and later show of a digest to who may not administer the node."""


class Proof(msgspec.Struct, kw_only=True, frozen=True):
    """``moved``: nodes of which it is not known what they themselves (existence, data, ACL, list of children)
    were at the fence; sorted. ``left_out``: nodes that were not looked into."""

    fence_zxid: int
    rounds: int
    connections: int
    moved: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def scan(
    pipeline: Pipeline[Token],
    selection: Selection,
    store: NodeStore,
    *,
    rounds: int = ROUNDS,
    progress: Progress | None = None,
) -> Proof:
    """Read the selection into an empty ``store``.

    Raises ``ZooKeeperUnreachable``, ``AccessDenied`` naming the nodes that may not be read, ``WrongState``
    when none of the roots exists.
    """
    return Scan(pipeline, selection, store, progress or SilentProgress()).run(rounds)


class Scan:
    """One scan; what is public is for its second reading."""

    def __init__(
        self, pipeline: Pipeline[Token], selection: Selection, store: NodeStore, progress: Progress
    ) -> None:
        self._pipeline = pipeline
        self._selection = selection
        self._store = store
        self._progress = progress
        self._acl_numbers: dict[bytes, int] = {}
        self._refused: dict[str, str] = {}
        self._open: set[int] = set()
        """Nodes whose other children are not ours: what happens among these does not count."""
        self._left_out: set[str] = set()
        self._roots_found = 0
        self._urgent: list[Token] = []
        self._groups: list[Iterator[Token]] = []

    def run(self, rounds: int) -> Proof:
        with self._progress.phase("Reading ZooKeeper") as phase:
            self._read(phase)
        unsettled: dict[int, str] = {}
        fence = done = 0
        while done < rounds:
            done += 1
            fence = self._fence()
            with self._progress.phase(f"Proving it, round {done}", len(self._store)) as phase:
                moved = self._moved(jute.GET_ACL if done == 1 else jute.EXISTS, phase)
            unsettled = SecondReading(self, moved, fence).unsettled()
            if not unsettled:
                break
        return Proof(
            fence_zxid=fence,
            rounds=done,
            connections=self._pipeline.connections,
            moved=tuple(sorted(set(unsettled.values()))),
            left_out=tuple(sorted(self._left_out)),
        )

    # The first reading: depth first, as far as hundreds of requests on the way allow.

    def _read(self, phase: Phase) -> None:
        self._urgent = [(ROOT, b"/", jute.GET_DATA, b"")]
        put, protocol_number = self._store.put, jute.NUMBER.unpack_from
        above, groups, urgent = self._selection.above, self._groups, self._urgent
        done = 0

        def answered(token: Token, error: int, body: bytes) -> None:
            nonlocal done
            number, path, operation, _ = token
            if error:
                if error == jute.NO_AUTH:
                    self.refuse(path, "may not be read")
                return
            if operation == jute.GET_CHILDREN2:
                groups.append(self._fresh(number, path, jute.names_of(body, 0)))
                return
            stat = body[-STAT_SIZE:]
            put(number, path.rpartition(b"/")[2], stat, jute.data_of(body, 0))
            done += 1
            if not done % 1000:
                phase.advance(1000)
            if path in above:
                self._open.add(number)
                groups.append(self._fresh(number, path, above[path]))
            elif protocol_number(stat, _NUM_CHILDREN_AT)[0] and not self.stays_closed(number, path):
                urgent.append((number, path, jute.GET_CHILDREN2, b""))
            if path in self._selection.root_paths:
                self._roots_found += 1

        self._pipeline.exchange(self.next_request, answered)
        phase.advance(done % 1000)
        self._raise_refused()
        if self._selection.roots and not self._roots_found:
            raise WrongState(
                f"ZooKeeper has no {' and no '.join(self._selection.roots)}",
                why="There is nothing of MidoNet's to read.",
                hint="Check --zookeeper and --source-root, or name the root with --root.",
            )

    def next_request(self) -> Request[Token] | None:
        if self._urgent:
            token = self._urgent.pop()
            return token, token[2], token[1]
        while self._groups:
            for token in self._groups[-1]:
                return token, token[2], token[1]
            self._groups.pop()
        return None

    def _fresh(self, parent: int, path: bytes, names: Iterable[bytes]) -> Iterator[Token]:
        """A request for each of these new children, which are linked as it is made."""
        start = path if path == b"/" else path + b"/"
        last: int | None = None
        for name in names:
            if start != b"/" or self._selection.includes(name):
                last = self._store.append(parent, last)
                yield last, start + name, jute.GET_DATA, b""

    def stays_closed(self, number: int, path: bytes) -> bool:
        """Whether this node's children are never read; then it is noted as left out."""
        if not is_never_listed(path):
            return False
        self._open.add(number)
        self._left_out.add(path.decode())
        return True

    # The proof.

    def _fence(self) -> int:
        return self._pipeline.sync()

    def _moved(self, operation: int, phase: Phase) -> dict[int, str]:
        """Ask every node for its stat, and for its ACL too when that is the operation; who has changed."""
        moved: dict[int, str] = {}
        tokens = self._probes(operation)
        done = 0

        def answered(token: Token, error: int, body: bytes) -> None:
            nonlocal done
            number, path, _, before = token
            done += 1
            if not done % 1000:
                phase.advance(1000)
            if not before:  # a root that was not there
                if not error:
                    moved[number] = path.rpartition(b"/")[0].decode() or "/"
                return
            if error == jute.NO_AUTH:
                self.refuse(path, "its ACL may not be read")
                return
            after = body[-STAT_SIZE:]
            if error or (after != before and not self._same_but_children(number, before, after)):
                moved[number] = path.decode()
            elif operation == jute.GET_ACL:
                self.protect(number, path, body[:-STAT_SIZE])

        def next_request() -> Request[Token] | None:
            for token in tokens:
                return token, token[2], token[1]
            return None

        self._pipeline.exchange(next_request, answered)
        phase.advance(done % 1000)
        self._raise_refused()
        return moved

    def _probes(self, operation: int) -> Iterator[Token]:
        stat_of_number = self._store.stat
        above = self._selection.above
        for number, path, _ in self._store.numbers():
            encoded = path.encode()
            yield number, encoded, operation, stat_of_number(number)
            if encoded in above:
                present = {self._store.name(child) for child in self.present_children(number)}
                start = b"/" if encoded == b"/" else encoded + b"/"
                for name in above[encoded]:
                    if name not in present:
                        yield number, start + name, jute.EXISTS, b""

    def _same_but_children(self, number: int, before: bytes, after: bytes) -> bool:
        """For nodes whose other children do not count: all but cversion, numChildren and pzxid."""
        return number in self._open and before[:36] + before[40:56] == after[:36] + after[40:56]

    def present_children(self, number: int) -> Iterator[int]:
        return (child for child in self._store.children(number) if self._store.has(child))

    def protect(self, number: int, path: bytes, entries: bytes) -> None:
        known = self._acl_numbers.get(entries)
        if known is None:
            acl = jute.acl_of(entries)
            if any(entry.scheme == "digest" and entry.identity.endswith(_MASKED) for entry in acl):
                self.refuse(path, "its ACL is shown only in part")
                return
            known = self._acl_numbers[entries] = self._store.acl_number(acl)
        self._store.protect(number, known)  # open again too: an earlier round may have seen another ACL

    def refuse(self, path: bytes, what: str) -> None:
        self._refused[path.decode()] = what

    def _raise_refused(self) -> None:
        if not self._refused:
            return
        lines = [f"{path}: {what}" for path, what in sorted(self._refused.items())]
        if len(lines) > _SHOWN:
            lines[_SHOWN:] = [f"and {len(lines) - _SHOWN} more"]
        raise AccessDenied(
            "Parts of the tree may not be read",
            why="Their ACL does not allow it, and a backup with gaps is none.",
            hint="MidoNet's nodes carry no ACL of their own; look who changed it with 'getAcl'.",
            problems=lines,
        )

    # What the second reading shares.

    @property
    def store(self) -> NodeStore:
        return self._store

    def read_again(self, reading: SecondReading) -> None:
        self._urgent = reading.requests
        self._pipeline.exchange(self.next_request, reading.answered, ordered=True)
        self._raise_refused()

    def wanted_names(self, path: bytes) -> tuple[bytes, ...] | None:
        return self._selection.above.get(path)

    def includes(self, path: bytes, name: bytes) -> bool:
        return path != b"/" or self._selection.includes(name)

    def counts_children(self, number: int) -> bool:
        return number not in self._open
