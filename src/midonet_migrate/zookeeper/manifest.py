"""What is known about a backup beside the tree itself: ``zk_original.manifest``.

JSON, sealed by its last line: the sha256 of every byte before it. So a single flipped bit is found.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

from midonet_migrate.errors import CorruptFile
from midonet_migrate.zookeeper.node_state import OPEN, Permission

FORMAT: Final = 1
_SEAL = re.compile(rb'"seal": "([0-9a-f]{64})"\}\n')
_SEAL_SIZE = len(b'"seal": ""}\n') + 64


class Verdict(StrEnum):
    """``exact``: the backup is the tree at the fence. ``exact-except``: it is, but for the moved nodes."""

    EXACT = "exact"
    EXACT_EXCEPT = "exact-except"


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A node that kept changing while it was read. ``runtime_subtree``: the one it is in, None if in none."""

    path: str
    runtime_subtree: str | None = None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """When and by which transaction a root was made: another ensemble has others."""

    czxid: int
    ctime: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a backup is from. ``roots`` empty: everything but ZooKeeper's own root and ours.

    ``origins``: that of each root that was there.
    """

    servers: tuple[str, ...]
    roots: tuple[str, ...]
    origins: dict[str, Origin]
    source_root: str = ""
    target_root: str = ""


class Manifest(msgspec.Struct, kw_only=True):
    """The content of a manifest.

    ``acls``: for each path whose ACL is not open to everybody, the number of its ACL in ``acl_lists``.
    ``ephemerals``: the session that owns each ephemeral node, in hexadecimal. ``next_sequence``: the number
    that the next sequential child gets, of each node that ever had a child. ``null_data``: which nodes, in
    the order of the file, have null instead of data of no bytes (see :func:`null_flags`).
    """

    format: int
    tool_version: str
    created: str
    file: str
    size: int
    sha256: str
    verdict: Verdict
    fence_zxid: int
    rounds: int
    connections: int
    moved: tuple[Moved, ...]
    left_out: tuple[str, ...]
    source: Source
    nodes: int
    data_bytes: int
    acl_lists: tuple[tuple[Permission, ...], ...]
    null_data: str
    acls: dict[str, int] = {}
    ephemerals: dict[str, str] = {}
    next_sequence: dict[str, int] = {}

    def acl(self, path: str) -> tuple[Permission, ...]:
        """The ACL of a node."""
        number = self.acls.get(path)
        return OPEN if number is None else self.acl_lists[number]


class NullFlags:
    """Collects which nodes have null data, a bit each, in the order of the file."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self._count = 0

    def add(self, is_null: bool) -> None:
        """The next node."""
        if not self._count % 8:
            self._bits.append(0)
        if is_null:
            self._bits[-1] |= 1 << (self._count % 8)
        self._count += 1

    def encoded(self) -> str:
        """The text for the manifest: base64 of the deflated bits."""
        return base64.b64encode(zlib.compress(bytes(self._bits))).decode()


def null_flags(manifest: Manifest) -> bytes:
    """The bits: that of node ``n`` (counted from 0 in the order of the file) is bit ``n % 8`` of byte
    ``n // 8``. Raises ``ValueError`` when they cannot be read, or are not as many as there are nodes."""
    size = (manifest.nodes + 7) // 8
    unpacker = zlib.decompressobj()
    try:
        bits = unpacker.decompress(base64.b64decode(manifest.null_data, validate=True), size + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(bits) != size:
        raise ValueError("there are not as many as nodes")
    return bits


def open_manifest(head: Manifest) -> bytes:
    """How the file begins: every member but the long ones, which follow as :func:`member` by member."""
    members = {
        name: value
        for name, value in msgspec.to_builtins(head).items()
        if name not in {"acls", "ephemerals", "next_sequence"}
    }
    text = msgspec.json.format(msgspec.json.encode(members), indent=1)
    return text.rstrip(b"}\n") + b",\n"


def member(name: str, entries: Iterable[bytes]) -> Iterator[bytes]:
    """One of the long members, a line for each entry."""
    yield f' "{name}": {{'.encode()
    separator = b"\n"
    for entry in entries:
        yield separator + b"  " + entry
        separator = b",\n"
    yield b"},\n"


def entry(path: str, value: object) -> bytes:
    """An entry of a long member."""
    return msgspec.json.encode(path) + b": " + msgspec.json.encode(value)


def seal(digest: str) -> bytes:
    """The last line, for the sha256 of everything before it."""
    return f'"seal": "{digest}"}}\n'.encode()


def decode_manifest(content: bytes, title: str) -> Manifest:
    """Read a manifest and check its seal.

    Raises ``CorruptFile`` naming ``title`` when it is damaged, or was written by a newer version.
    """
    body, last = content[:-_SEAL_SIZE], content[-_SEAL_SIZE:]
    found = _SEAL.fullmatch(last)
    if found is None or hashlib.sha256(body).hexdigest().encode() != found[1]:
        raise CorruptFile(
            f"{title} is damaged",
            why="It does not end with the right checksum of what it holds.",
            hint="Nothing was changed. Restore the file from a copy.",
        )
    try:
        version = msgspec.json.decode(content, type=_Version).format
        if version != FORMAT:
            raise CorruptFile(
                f"{title} has format {version}, and this program knows format {FORMAT}",
                why="The backup was made by another version of this program.",
                hint="Nothing was changed. Use that version.",
            )
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        raise CorruptFile(
            f"{title} cannot be read", why=str(error), hint="Nothing was changed. Restore it from a copy."
        ) from error


class _Version(msgspec.Struct):
    format: int
