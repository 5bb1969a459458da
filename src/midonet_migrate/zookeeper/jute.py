"""The bytes of the requests and answers that reading a tree takes (ZooKeeper's client protocol of 3.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from midonet_migrate.zookeeper.node_state import Permission

EXISTS: Final = 3
GET_DATA: Final = 4
GET_ACL: Final = 6
SYNC: Final = 9
GET_CHILDREN2: Final = 12
CLOSE_SESSION: Final = -11

OK: Final = 0
NO_NODE: Final = -101
NO_AUTH: Final = -102

NUMBER: Final = struct.Struct(">i")
ANSWER_HEAD: Final = struct.Struct(">iqi")  # xid, zxid, error
_REQUEST_HEAD: Final = struct.Struct(">iiii")  # length, xid, operation, length of the path
_CONNECT: Final = struct.Struct(">iiqiqi16s?")
_CONNECTED: Final = struct.Struct(">iiq")
_ENDINGS: Final = {EXISTS: b"\0", GET_DATA: b"\0", GET_CHILDREN2: b"\0", GET_ACL: b"", SYNC: b""}
"""What follows the path: whether a watch is wanted, where the operation knows watches."""


def request(xid: int, operation: int, path: bytes) -> bytes:
    """A request for a path, with its length in front."""
    ending = _ENDINGS[operation]
    return b"".join(
        (_REQUEST_HEAD.pack(12 + len(path) + len(ending), xid, operation, len(path)), path, ending)
    )


def close_request(xid: int) -> bytes:
    """The request that ends a session."""
    return struct.pack(">iii", 8, xid, CLOSE_SESSION)


def connect_request(last_zxid: int, timeout_milliseconds: int) -> bytes:
    """The request for a new session. A server that has not come as far as ``last_zxid`` refuses it."""
    return _CONNECT.pack(_CONNECT.size - 4, 0, last_zxid, timeout_milliseconds, 0, 16, bytes(16), False)


def granted_timeout(answer: bytes) -> int:
    """The session timeout in milliseconds out of the answer to a connect request; 0 when it was refused."""
    return int(_CONNECTED.unpack_from(answer)[1]) if len(answer) >= _CONNECTED.size else 0


def data_of(answer: bytes, at: int) -> bytes | None:
    """The data in an answer to GET_DATA; None for null. Its stat is the last 68 bytes."""
    (length,) = NUMBER.unpack_from(answer, at)
    return None if length < 0 else answer[at + 4 : at + 4 + length]


def names_of(answer: bytes, at: int) -> Iterator[bytes]:
    """The names in an answer to GET_CHILDREN2, one by one. Its stat is the last 68 bytes."""
    (count,) = NUMBER.unpack_from(answer, at)
    at += 4
    for _ in range(count):
        (length,) = NUMBER.unpack_from(answer, at)
        yield answer[at + 4 : at + 4 + length]
        at += 4 + length


def acl_of(entries: bytes) -> tuple[Permission, ...]:
    """The ACL in an answer to GET_ACL, less the stat at its end."""
    (count,) = NUMBER.unpack_from(entries)
    at = 4
    acl = []
    for _ in range(count):
        (permissions,) = NUMBER.unpack_from(entries, at)
        scheme, at = _text(entries, at + 4)
        identity, at = _text(entries, at)
        acl.append(Permission(permissions, scheme, identity))
    return tuple(acl)


def _text(source: bytes, at: int) -> tuple[str, int]:
    (length,) = NUMBER.unpack_from(source, at)
    end = at + 4 + max(length, 0)
    return source[at + 4 : end].decode(), end
