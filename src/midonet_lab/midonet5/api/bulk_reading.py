"""Many objects in few round trips: ZooKeeper's multi-read, which kazoo has no call for."""

from __future__ import annotations

import struct
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from kazoo.client import KazooClient
from kazoo.protocol.paths import _prefix_root
from kazoo.protocol.serialization import GetData, MultiHeader, int_struct, read_buffer, stat_struct

from midonet_lab.midonet5.store import StoredObject, Zoom
from midonet_lab.midonet5.store.cache import Entry, Key, ObjectCache

_AT_ONCE = 400
_FEW = 4
_CAPACITY = 100_000
_CHANGED_AT = struct.Struct("!8xq")
"""Second number of a node's stat: the transaction that last changed it."""
_VERSION = struct.Struct("!32xi")


class _MultiRead(namedtuple("_MultiRead", "paths")):
    """A request of kazoo's form; the answer has ``(data, changed at, version)`` or None for each path."""

    type = 22

    def serialize(self) -> bytearray:
        """The request's body."""
        body = bytearray()
        for path in self.paths:
            body += MultiHeader(GetData.type, False, -1).serialize() + GetData(path, None).serialize()
        body += MultiHeader(-1, True, -1).serialize()
        return body

    @classmethod
    def deserialize(cls, buffer: bytes, offset: int) -> list[tuple[bytes, int, int] | None]:
        """The answer's body."""
        found: list[tuple[bytes, int, int] | None] = []
        header, offset = MultiHeader.deserialize(buffer, offset)
        while not header.done:
            if header.type == GetData.type:
                data, offset = read_buffer(buffer, offset)
                (changed_at,) = _CHANGED_AT.unpack_from(buffer, offset)
                (version,) = _VERSION.unpack_from(buffer, offset)
                found.append((data or b"", changed_at, version))
                offset += stat_struct.size
            else:  # an error: no such node
                offset += int_struct.size
                found.append(None)
            header, offset = MultiHeader.deserialize(buffer, offset)
        return found


class BulkReader:
    """Reads objects of a store as they are now; what has not changed is not parsed again. Thread-safe."""

    def __init__(self, zoom: Zoom) -> None:
        self._zoom = zoom
        self._parsed = ObjectCache(_CAPACITY)

    def read(self, keys: Sequence[Key]) -> list[StoredObject | None]:
        """The objects, not to be changed; None for those that are not there."""
        if len(keys) <= _FEW:
            return [None if entry is None else entry.value for entry in self._zoom.read(keys)]
        chunks = [keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE)]
        requests = [_ask(self._zoom.client, [self._path(key) for key in chunk]) for chunk in chunks]
        found: list[StoredObject | None] = []
        for chunk, request in zip(chunks, requests, strict=True):
            found += [self._object(key, node) for key, node in zip(chunk, request.get(), strict=True)]
        return found

    def _path(self, key: Key) -> str:
        return self._zoom.paths.object_node(*key)

    def _object(self, key: Key, node: tuple[bytes, int, int] | None) -> StoredObject | None:
        if node is None:
            self._parsed.forget(key)
            return None
        data, changed_at, version = node
        entry = self._parsed.get(key)
        if entry is None or entry.changed_at != changed_at:
            entry = Entry(self._zoom.parse(key[0], data), version, changed_at)
            self._parsed.put(key, entry)
        return entry.value


def _ask(client: KazooClient, paths: Sequence[str]) -> Any:
    request = client.handler.async_result()
    client._call(_MultiRead([_prefix_root(client.chroot, path) for path in paths]), request)
    return request
