"""The nodes that moved during a scan, read again: what were they at the fence (anc 1.6 N2)?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from midonet_migrate.zookeeper import jute
from midonet_migrate.zookeeper.node_store import ROOT
from midonet_migrate.zookeeper.tree import STAT_SIZE, Stat, stat_of

if TYPE_CHECKING:
    from midonet_migrate.zookeeper.scan import Scan

Token = tuple[int, bytes, int, bytes]
"""What an answer is for: the number of a node, its path, the operation, and its stat as read before."""


class SecondReading:
    """Reads the nodes that moved again, with new children and all below these."""

    def __init__(self, scan: Scan, moved: dict[int, str], fence: int) -> None:
        self._scan = scan
        self._store = scan.store
        self._fence = fence
        self._paths = dict(moved)
        self._inconsistent: set[int] = set()
        self._before: dict[int, Stat] = {
            number: stat_of(self._store.stat(number)) for number in moved if self._store.has(number)
        }
        # Taken from the end: the topmost first, so that nodes that are gone are known before what was below.
        in_order = sorted(moved.items(), key=lambda item: item[1], reverse=True)
        self.requests: list[Token] = [
            (number, path.encode(), jute.GET_DATA, b"") for number, path in in_order
        ]

    def unsettled(self) -> dict[int, str]:
        """Paths of the nodes whose state at the fence is still not known."""
        if not self._paths:
            return {}
        self._scan.read_again(self)
        return {number: path for number, path in self._paths.items() if not self._is_settled(number)}

    def answered(self, token: Token, error: int, body: bytes) -> None:
        number, path, operation, _ = token
        if error == jute.NO_AUTH:
            self._scan.refuse(path, "may not be read")
        elif error:
            self._store.drop(number)
        elif operation == jute.GET_DATA:
            self._store.put(number, path.rpartition(b"/")[2], body[-STAT_SIZE:], jute.data_of(body, 0))
            names = self._scan.wanted_names(path)
            if names is not None:
                self._relist(number, path, names)
            elif not self._scan.stays_closed(number, path):
                self.requests.append((number, path, jute.GET_CHILDREN2, b""))
            self.requests.append((number, path, jute.GET_ACL, b""))
        elif not self._store.has(number) or self._store.stat(number) != body[-STAT_SIZE:]:
            self._inconsistent.add(number)
        if error or operation == jute.GET_DATA:
            return
        if operation == jute.GET_CHILDREN2:
            self._relist(number, path, jute.names_of(body, 0))
        else:
            self._scan.protect(number, path, body[:-STAT_SIZE])

    def _relist(self, parent: int, path: bytes, names: Iterable[bytes]) -> None:
        known = {self._store.name(child): child for child in self._scan.present_children(parent)}
        start = path if path == b"/" else path + b"/"
        children = []
        for name in names:
            if not self._scan.includes(path, name):
                continue
            child = known.get(name)
            if child is None:
                child = self._store.add(parent)
                self._paths[child] = (start + name).decode()
                self.requests.append((child, start + name, jute.GET_DATA, b""))
            children.append(child)
        self._store.link(parent, children)

    def _is_settled(self, number: int) -> bool:
        if not self._store.has(number):
            return self._is_settled_as_gone(number)
        if number in self._inconsistent:
            return False
        stat = stat_of(self._store.stat(number))
        latest = max(stat.czxid, stat.mzxid, stat.pzxid if self._scan.counts_children(number) else 0)
        before = self._before.get(number)
        # An ACL is from before the fence if it was never changed, or not since it was read before the fence.
        same_acl = stat.aversion == 0 or (
            before is not None and (before.czxid, before.aversion) == (stat.czxid, stat.aversion)
        )
        return latest <= self._fence and same_acl

    def _is_settled_as_gone(self, number: int) -> bool:
        """Whether a node was gone at the fence already: its parent's list of children of then says so. A node
        that is still in that list was there, and went before it could be read."""
        while number != ROOT:
            parent = self._store.parent(number)
            if self._store.has(parent):
                listed = parent in self._paths and self._scan.counts_children(parent)
                return listed and number not in self._store.children(parent) and self._is_settled(parent)
            number = parent
        return False
