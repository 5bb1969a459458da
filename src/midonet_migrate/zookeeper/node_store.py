"""A tree on disk: nodes in an unnamed temporary file, links in a few bytes of memory for each.

So a tree of any size is read and written with little memory, whatever the order its nodes come in.
"""

from __future__ import annotations

import os
import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from midonet_migrate.run.atomic import file_errors, write_all
from midonet_migrate.zookeeper.node_state import OPEN, Permission
from midonet_migrate.zookeeper.tree import STAT_SIZE, Node, join, stat_of

ROOT = 0
_NONE = -1
_HEAD = struct.Struct(">Ii")  # length of the name; length of the data, -1 for null
_HEAD_SIZE = _HEAD.size + STAT_SIZE
_BLOCK = 256 * 1024


class NodeStore:
    """A tree under construction, or complete. A context manager: the file goes with the block.

    Nodes have numbers; the root is :data:`ROOT`. A number may be linked before its node is put. A node that
    was never put, or was dropped, does not show in :meth:`walk`, nor does anything below it.

    Raises ``WrongState`` when there is no room for the file, ``NoPermission`` when it may not be made.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._place = directory if directory is not None else Path(tempfile.gettempdir())
        self._offsets = array("q", [_NONE])
        self._first = array("i", [_NONE])
        self._next = array("i", [_NONE])
        self._parents = array("i", [_NONE])
        self._acls = array("i", [0])
        self._acl_lists: list[tuple[Permission, ...]] = [OPEN]
        self._acl_numbers: dict[tuple[Permission, ...], int] = {OPEN: 0}
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._end = 0
        self._block = b""
        self._block_start = 0
        self._null = b""

    def __enter__(self) -> Self:
        with file_errors(self._place):
            # Without a name: nobody else can open it, and it is gone with the process, however that ends.
            self._file = tempfile.TemporaryFile(dir=self._place, buffering=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        """How many numbers were given out."""
        return len(self._offsets)

    def add(self, parent: int) -> int:
        """A number for a new child of ``parent``, not linked yet."""
        number = len(self._offsets)
        self._offsets.append(_NONE)
        self._first.append(_NONE)
        self._next.append(_NONE)
        self._parents.append(parent)
        self._acls.append(0)
        return number

    def link(self, parent: int, children: Iterable[int]) -> None:
        """Make these the children of ``parent``, in this order, instead of those it had."""
        last = _NONE
        for child in children:
            if last == _NONE:
                self._first[parent] = child
            else:
                self._next[last] = child
            last = child
        if last == _NONE:
            self._first[parent] = _NONE
        else:
            self._next[last] = _NONE

    def append(self, parent: int, last: int | None) -> int:
        """A new child, linked behind the child ``last`` of ``parent`` (None: as the first)."""
        number = self.add(parent)
        if last is None:
            self._first[parent] = number
        else:
            self._next[last] = number
        return number

    def put(self, number: int, name: bytes, stat: bytes, data: bytes | None) -> None:
        """Store a node, or replace it."""
        head = _HEAD.pack(len(name), _NONE if data is None else len(data))
        record = b"".join((head, stat, name, b"" if data is None else data))
        self._offsets[number] = self._end + self._buffered
        self._buffer.append(record)
        self._buffered += len(record)
        if self._buffered >= _BLOCK:
            self._flush()

    def set_null(self, flags: bytes) -> None:
        """Say which nodes have null data, whatever was put: bit ``n % 8`` of byte ``n // 8`` for number n."""
        self._null = flags

    def drop(self, number: int) -> None:
        """Forget a node: it is no more."""
        self._offsets[number] = _NONE

    def protect(self, number: int, acl: int) -> None:
        """Give a node the ACL of this number."""
        self._acls[number] = acl

    def acl_number(self, acl: tuple[Permission, ...]) -> int:
        """The number of an ACL; equal ones share theirs."""
        number = self._acl_numbers.setdefault(acl, len(self._acl_lists))
        if number == len(self._acl_lists):
            self._acl_lists.append(acl)
        return number

    def acl(self, number: int) -> tuple[Permission, ...]:
        """The ACL of a number."""
        return self._acl_lists[number]

    def acl_of(self, number: int) -> int:
        """The number of a node's ACL."""
        return self._acls[number]

    def acls(self) -> Sequence[tuple[Permission, ...]]:
        """Every ACL, by number."""
        return self._acl_lists

    def parent(self, number: int) -> int:
        """The number of a node's parent; -1 for the root."""
        return self._parents[number]

    def children(self, number: int) -> Iterator[int]:
        """The numbers of a node's children, of those too that have not been put."""
        child = self._first[number]
        while child != _NONE:
            yield child
            child = self._next[child]

    def has(self, number: int) -> bool:
        """Whether the node was put, and not dropped."""
        return self._offsets[number] != _NONE

    def name(self, number: int) -> bytes:
        """The name of a node."""
        record, at, name_length, _ = self._record(number)
        start = at + _HEAD_SIZE
        return record[start : start + name_length]

    def stat(self, number: int) -> bytes:
        """The packed stat of a node."""
        record, at, _, _ = self._record(number)
        return record[at + _HEAD.size : at + _HEAD_SIZE]

    def path(self, number: int) -> str:
        """The path of a node."""
        names = []
        while number != ROOT:
            names.append(self.name(number).decode())
            number = self._parents[number]
        return "/" + "/".join(reversed(names))

    def record(self, number: int) -> tuple[bytes, bytes, bytes | None]:
        """Name, packed stat and data of a node."""
        record, at, name_length, data_length = self._record(number)
        start = at + _HEAD_SIZE + name_length
        null = data_length == _NONE or (self._null and self._null[number >> 3] >> (number & 7) & 1)
        data = None if null else record[start : start + data_length]
        return record[at + _HEAD_SIZE : start], record[at + _HEAD.size : at + _HEAD_SIZE], data

    def node(self, number: int, path: str) -> Node:
        """A node, given its path."""
        _, stat, data = self.record(number)
        return Node(path, data, stat_of(stat), self._acl_lists[self._acls[number]])

    def numbers(self) -> Iterator[tuple[int, str, int]]:
        """Number, path and depth of every node, parents before children, in the order of the links."""
        if not self.has(ROOT):
            return
        yield ROOT, "/", 0
        above, paths = [ROOT], ["/"]
        number = self._first[ROOT]
        while True:
            while number != _NONE and self._offsets[number] == _NONE:
                number = self._next[number]
            if number == _NONE:
                left = above.pop()
                paths.pop()
                if not above:
                    return
                number = self._next[left]
                continue
            path = join(paths[-1], self.name(number).decode())
            yield number, path, len(above)
            above.append(number)
            paths.append(path)
            number = self._first[number]

    def walk(self) -> Iterator[Node]:
        """Every node, parents before children."""
        for number, path, _ in self.numbers():
            yield self.node(number, path)

    def _flush(self) -> None:
        with file_errors(self._place):
            os.lseek(self._file.fileno(), self._end, os.SEEK_SET)
            write_all(self._file.fileno(), b"".join(self._buffer))
        self._end += self._buffered
        self._buffer.clear()
        self._buffered = 0

    def _record(self, number: int) -> tuple[bytes, int, int, int]:
        """A block of bytes, where in it the node's record begins, and the lengths of its name and data."""
        offset = self._offsets[number]
        if self._buffered:
            self._flush()
        at = offset - self._block_start
        if at < 0 or at + _HEAD.size > len(self._block):
            at = self._load(offset, _BLOCK)
        name_length, data_length = _HEAD.unpack_from(self._block, at)
        size = _HEAD_SIZE + name_length + max(data_length, 0)
        if at + size > len(self._block):
            at = self._load(offset, max(size, _BLOCK))
        return self._block, at, name_length, data_length

    def _load(self, offset: int, size: int) -> int:
        with file_errors(self._place):
            self._block = os.pread(self._file.fileno(), size, offset)
        self._block_start = offset
        return 0
