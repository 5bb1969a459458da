"""Objects the process has read or written, with the version of their nodes: saves parsing and round trips."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from midonet_lab.midonet5.topology.text_format import StoredObject

_CAPACITY = 12_000
_KNOWN_PATHS = 50_000
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as it was at ``version`` of its node; ``changed_at`` is the node's mzxid, 0 if not known.

    ``value`` is shared: whoever wants to change it makes a copy.
    """

    value: StoredObject
    version: int
    changed_at: int


class ObjectCache:
    """The most recently used entries; thread-safe.

    Never the truth: the commit, or a look at the node's stat, tells what still holds.
    """

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._paths: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Entry | None:
        """The entry of an object, if there is one."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def put(self, key: Key, entry: Entry) -> None:
        """Remember an object."""
        with self._lock:
            self._put(key, entry)

    def put_read(self, key: Key, entry: Entry) -> None:
        """Remember what was read, unless something later is known, or will be left by a commit under way."""
        with self._lock:
            known = self._entries.get(key)
            if known is None or not _is_later(known, entry):
                self._put(key, entry)

    def forget(self, key: Key) -> None:
        """Forget an object (deleted, or found to be out of date)."""
        with self._lock:
            self._entries.pop(key, None)

    def knows_path(self, path: str) -> bool:
        """Whether a plain node was there when last seen."""
        with self._lock:
            return path in self._paths

    def add_path(self, path: str) -> None:
        """Remember that a plain node is there."""
        with self._lock:
            self._paths[path] = None
            while len(self._paths) > _KNOWN_PATHS:
                self._paths.popitem(last=False)

    def forget_paths(self) -> None:
        """Forget all plain nodes: some were deleted."""
        with self._lock:
            self._paths.clear()

    def _put(self, key: Key, entry: Entry) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._paths.clear()


def _is_later(known: Entry, read: Entry) -> bool:
    return known.changed_at > read.changed_at if known.changed_at else known.version > read.version


def copy_of(value: Any) -> Any:
    """A copy of an object that shares nothing that can be changed."""
    if isinstance(value, dict):
        return {name: copy_of(content) for name, content in value.items()}
    if isinstance(value, list):
        return [copy_of(content) for content in value]
    return value
