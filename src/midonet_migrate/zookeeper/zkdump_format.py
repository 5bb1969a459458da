"""zkdump's JSON tree (orig 6.4): written and read as a stream, so that size and depth do not matter."""

from __future__ import annotations

import binascii
import re
import struct
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring_ascii
from typing import Any, BinaryIO, Final

import msgspec

from midonet_migrate.errors import CorruptFile
from midonet_migrate.zookeeper.node_store import ROOT, NodeStore
from midonet_migrate.zookeeper.tree import STAT_LAYOUT, Stat

Seen = Callable[[int, str, tuple[Any, ...], bytes | None], None]
"""Called with number, path, stat and data of each node that is written."""

_CHUNK = 256 * 1024
_LONGEST_TOKEN = 256 * 1024 * 1024
_NODE = (
    '{"path":%s,"name":%s,"data":"%s","metadata":{"czxid":%d,"mzxid":%d,"ctime":%d,"mtime":%d,"version":%d,'
    '"cversion":%d,"aversion":%d,"ephemeralOwner":%d,"dataLength":%d,"numChildren":%d,"pzxid":%d},"children":['
)


def encode_tree(store: NodeStore, seen: Seen | None = None) -> Iterator[bytes]:
    """The document, piece by piece: one line, the nodes in the order of the store."""
    before = -1
    for number, path, depth in store.numbers():
        name, packed, data = store.record(number)
        stat = STAT_LAYOUT.unpack(packed)
        text = _NODE % (
            encode_basestring_ascii(path if depth == 0 else f"{path}/"),
            encode_basestring_ascii(name.decode()),
            binascii.b2a_base64(data, newline=False).decode() if data else "",
            *stat,
        )
        separator = "" if depth > before else "]}" * (before - depth + 1) + ","
        yield f"{separator}{text}".encode()
        if seen is not None:
            seen(number, path, stat, data)
        before = depth
    yield b"]}" * (before + 1)


_TOKEN: Final = re.compile(
    rb"[ \t\r\n]*(?:"
    rb'"(?P<member>path|name|data)"[ \t\r\n]*:[ \t\r\n]*(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")'
    rb'|"metadata"[ \t\r\n]*:[ \t\r\n]*(?P<metadata>\{[^{}]*\})'
    rb'|(?P<children>"children"[ \t\r\n]*:[ \t\r\n]*\[)'
    rb"|(?P<mark>[{}\],])"
    rb")",
    re.DOTALL,
)
_BLANK: Final = re.compile(rb"[ \t\r\n]*")
_MEMBERS: Final = frozenset({"path", "name", "data", "metadata", "children"})


_Step = Callable[["re.Match[bytes]"], Any]
"""Takes a token; returns the step that takes the next one, or None at the end of the tree."""


class _Frame:
    """A node whose end has not been read."""

    __slots__ = ("last", "members", "names", "number", "prefix")

    def __init__(self, number: int) -> None:
        self.number = number
        self.members: dict[str, Any] = {}
        self.last: int | None = None
        self.names: set[str] = set()
        self.prefix: str | None = None
        """What the paths of the children begin with: it must turn out to be the path of this node."""


def read_tree(source: BinaryIO, store: NodeStore, title: str) -> None:
    """Read a whole document into an empty store. Members may stand in any order, blanks between them.

    Raises ``CorruptFile`` naming ``title`` and where, for anything that is not a complete tree of nodes in
    zkdump's format: nothing is accepted that would have to be guessed.
    """
    _Reader(source, store, title).read()


class _Reader:
    def __init__(self, source: BinaryIO, store: NodeStore, title: str) -> None:
        self._source = source
        self._store = store
        self._title = title
        self._buffer = b""
        self._at = 0
        self._consumed = 0
        self._ended = False
        self._frames: list[_Frame] = []

    def read(self) -> None:
        self._fill(_CHUNK)
        if not self._buffer.lstrip().startswith(b"{"):
            raise self._corrupt("it does not begin with a node; the output of zkdump -p cannot be loaded")
        step: _Step | None = self._node
        while step is not None:
            step = step(self._token())
        self._blanks_to_the_end()

    # Each step takes a token, and names the step that takes the next one.

    def _node(self, token: re.Match[bytes]) -> _Step | None:
        if token["mark"] != b"{":
            raise self._corrupt("a node is expected")
        return self._open_node()

    def _open_node(self) -> _Step:
        if self._frames:
            above = self._frames[-1]
            above.last = self._store.append(above.number, above.last)
            self._frames.append(_Frame(above.last))
        else:
            self._frames.append(_Frame(ROOT))
        return self._member

    def _member(self, token: re.Match[bytes]) -> _Step:
        members = self._frames[-1].members
        name = token.lastgroup
        if name == "text":
            name = token["member"].decode()
            self._add(members, name, self._decoded(token["text"], str))
        elif name == "metadata":
            self._add(members, name, self._decoded(token["metadata"], Stat))
        elif name == "children":
            self._add(members, name, True)
            return self._first_child
        else:
            raise self._corrupt("a member of a node is expected")
        return self._after_member

    def _after_member(self, token: re.Match[bytes]) -> _Step | None:
        if token["mark"] == b",":
            return self._member
        if token["mark"] == b"}":
            self._close_node()
            return self._after_child if self._frames else None
        raise self._corrupt("a comma or the end of a node is expected")

    def _first_child(self, token: re.Match[bytes]) -> _Step | None:
        return self._after_member if token["mark"] == b"]" else self._node(token)

    def _after_child(self, token: re.Match[bytes]) -> _Step | None:
        if token["mark"] == b",":
            return self._node
        if token["mark"] == b"]":
            return self._after_member
        raise self._corrupt("a comma or the end of a list of children is expected")

    def _add(self, members: dict[str, Any], name: str, value: Any) -> None:
        if name in members:
            raise self._corrupt(f"a node has two members '{name}'")
        members[name] = value

    def _close_node(self) -> None:
        frame = self._frames.pop()
        missing = _MEMBERS - frame.members.keys()
        if missing:
            raise self._corrupt(f"a node lacks {', '.join(sorted(missing))}")
        path, name, stat = frame.members["path"], frame.members["name"], frame.members["metadata"]
        above = self._frames[-1] if self._frames else None
        prefix = path[: len(path) - len(name) - 1] if above else ""
        if path != (f"{prefix}{name}/" if above else "/") or bool(name) != bool(above):
            raise self._corrupt(f"path {path!r} and name {name!r} of a node do not agree")
        if "/" in name or "\0" in name or name in {".", ".."}:
            raise self._corrupt(f"{name!r} is no name of a node")
        if frame.prefix is not None and frame.prefix != path:
            raise self._corrupt(f"a child of {path!r} has a path that begins with {frame.prefix!r}")
        if above:
            if above.prefix is None:
                above.prefix = prefix
            if above.prefix != prefix or name in above.names:
                raise self._corrupt(f"{path!r} stands in the wrong place, or twice")
            above.names.add(name)
        self._put(frame.number, path, name, frame.members["data"], stat)

    def _put(self, number: int, path: str, name: str, text: str, stat: Stat) -> None:
        try:
            data = binascii.a2b_base64(text, strict_mode=True) if text else b""
            encoded, packed = name.encode(), stat.packed()
        except (binascii.Error, UnicodeError, struct.error) as error:
            raise self._corrupt(f"{path!r}: {error}") from error
        if len(data) != stat.data_length:
            raise self._corrupt(
                f"{path!r}: {len(data)} bytes of data, and a dataLength of {stat.data_length}"
            )
        self._store.put(number, encoded, packed, data)

    def _decoded(self, text: bytes, kind: Any) -> Any:
        try:
            return msgspec.json.decode(text, type=kind)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise self._corrupt(str(error)) from error

    # Bytes.

    def _token(self) -> re.Match[bytes]:
        size = _CHUNK
        while True:
            found = _TOKEN.match(self._buffer, self._at)
            if found is not None:
                self._at = found.end()
                return found
            if self._ended and self._rest_is_blank():
                raise self._corrupt("it is cut short")
            if self._ended or len(self._buffer) - self._at > _LONGEST_TOKEN:
                raise self._corrupt("it is cut short here, or this is not zkdump's format")
            self._fill(size)
            size *= 2

    def _rest_is_blank(self) -> bool:
        return _BLANK.fullmatch(self._buffer, self._at) is not None

    def _blanks_to_the_end(self) -> None:
        while self._rest_is_blank():
            if self._ended:
                return
            self._at = len(self._buffer)
            self._fill(_CHUNK)
        raise self._corrupt("something follows the end of the tree")

    def _fill(self, size: int) -> None:
        more = self._source.read(size)
        self._ended = not more
        self._consumed += self._at
        self._buffer = self._buffer[self._at :] + more
        self._at = 0

    def _corrupt(self, why: str) -> CorruptFile:
        return CorruptFile(
            f"{self._title} is damaged, or no backup of ZooKeeper",
            why=f"At byte {self._consumed + self._at}: {why}.",
            hint="Nothing was changed. Restore the file from a copy.",
        )
