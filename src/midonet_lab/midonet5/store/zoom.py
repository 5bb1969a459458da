"""ZOOM: the object store of 5.x, on the nodes of a real ZooKeeper."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError, NoNodeError

from midonet_lab.midonet5.store.cache import Entry, ObjectCache, copy_of
from midonet_lab.midonet5.store.classes import (
    NO_NAMESPACE,
    STATE_CLASS,
    STATE_ID,
    class_names,
)
from midonet_lab.midonet5.store.errors import NotFound
from midonet_lab.midonet5.store.paths import Paths
from midonet_lab.midonet5.store.sequences import Sequences
from midonet_lab.midonet5.store.state_tables import StateTables
from midonet_lab.midonet5.store.transaction import Transaction
from midonet_lab.midonet5.topology.tables import Version
from midonet_lab.midonet5.topology.text_format import StoredObject, text_format


class Zoom:
    """The store below ``root``. Thread-safe; the client must be started and stays the caller's.

    Reads ask ZooKeeper each time: what another process wrote is seen at once.
    """

    def __init__(self, client: KazooClient, root: str, version: Version) -> None:
        self.client = client
        self.version: Version = version
        self.paths = Paths(root, version)
        self.text_format = text_format(version)
        self.cache = ObjectCache()
        self.tables = StateTables(self)
        self.sequences = Sequences(client, self.paths.sequence)

    @property
    def root(self) -> str:
        """The root key."""
        return self.paths.root

    def prepare(self) -> None:
        """What a process of 5.x does at start: class nodes, and the importer's marker if there is none."""
        below = [self.paths.below("zoom/0", name) for name in ("models", "state", "zoomlocks")]
        below += [self.paths.class_node(name) for name in class_names(self.version)]
        below += [self.paths.state_class("").rstrip("/")]
        below += [self.paths.state_class(name, NO_NAMESPACE) for name in class_names(self.version)]
        if self.version != "5.0.2":
            below += [self.paths.below("zoom/0/tables", name) for name in ("", *class_names(self.version))]
        parents = {path.rstrip("/").rpartition("/")[0] for path in below}
        for path in sorted(parents):
            self.client.ensure_path(path)
        for request in [self.client.create_async(path.rstrip("/")) for path in below]:
            _ignoring(request, NodeExistsError)
        marker = json.dumps({"id": STATE_ID, "lastProcessedTaskId": 0}, separators=(",", ":")).encode()
        _ignoring(
            self.client.create_async(self.paths.object_node(STATE_CLASS, STATE_ID), marker), NodeExistsError
        )

    def get(self, class_name: str, object_id: str) -> StoredObject:
        """An object, the caller's to change. Raises :class:`NotFound`."""
        found = self.find(class_name, object_id)
        if found is None:
            raise NotFound(class_name, object_id)
        return found

    def find(self, class_name: str, object_id: str) -> StoredObject | None:
        """An object, the caller's to change; None if there is no such object."""
        entry = self.read([(class_name, object_id)])[0]
        return None if entry is None else copy_of(entry.value)

    def all(self, class_name: str) -> list[StoredObject]:
        """All objects of a class, by id."""
        keys = [(class_name, object_id) for object_id in self.ids(class_name)]
        return [copy_of(entry.value) for entry in self.read(keys) if entry is not None]

    def ids(self, class_name: str) -> list[str]:
        """The ids of a class, sorted."""
        try:
            return sorted(self.client.get_children(self.paths.class_node(class_name)))
        except NoNodeError:
            return []

    def exists(self, class_name: str, object_id: str) -> bool:
        """Whether there is such an object."""
        return self.client.exists(self.paths.object_node(class_name, object_id)) is not None

    def transaction(self, *, read_own_writes: bool = False, trust_cache: bool = False) -> Transaction:
        """A new transaction. ``trust_cache``: it may read from the cache, and the commit tells if that held;
        who uses it must not change what it hands over.
        """
        return Transaction(self, read_own_writes=read_own_writes, trust_cache=trust_cache)

    def next_of_sequence(self, name: str) -> int:
        """The next number of a sequence. It is used up whatever becomes of its use (imp 5.1)."""
        return self.sequences.next(name)

    def read(self, keys: Iterable[tuple[str, str]]) -> list[Entry | None]:
        """The present state of objects, one round trip for all. The values are shared: copy to change."""
        wanted = list(keys)
        cached = [self.cache.get(key) for key in wanted]
        requests = [
            self.client.get_async(self.paths.object_node(*key))
            if entry is None or not entry.changed_at
            else self.client.exists_async(self.paths.object_node(*key))
            for key, entry in zip(wanted, cached, strict=True)
        ]
        return [
            self._answer(key, entry, request)
            for key, entry, request in zip(wanted, cached, requests, strict=True)
        ]

    def _answer(self, key: tuple[str, str], cached: Entry | None, request: Any) -> Entry | None:
        try:
            answer = request.get()
            if cached is not None and cached.changed_at:
                if answer is None:
                    raise NoNodeError
                if answer.mzxid == cached.changed_at:
                    return cached
                answer = self.client.get(self.paths.object_node(*key))
        except NoNodeError:
            if cached is None or cached.changed_at:
                self.cache.forget(key)
            return None
        data, stat = answer
        entry = Entry(self.parse(key[0], data), stat.version, stat.mzxid)
        self.cache.put_read(key, entry)
        return entry

    def parse(self, class_name: str, data: bytes) -> StoredObject:
        """An object from its node's content."""
        if class_name == STATE_CLASS:
            value: StoredObject = json.loads(data)
            return value
        return self.text_format.parse(class_name, data)

    def print(self, class_name: str, value: StoredObject) -> bytes:
        """The content of an object's node."""
        if class_name == STATE_CLASS:
            return json.dumps(value, separators=(",", ":")).encode()
        return self.text_format.print(class_name, value)


def _ignoring(request: Any, error: type[Exception]) -> None:
    with suppress(error):
        request.get()
