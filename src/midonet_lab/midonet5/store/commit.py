"""From merged operations to one ZooKeeper multi, and from its failure to the store's error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, Any

from kazoo.exceptions import (
    BadVersionError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
    RolledBackError,
    RuntimeInconsistency,
)
from kazoo.protocol.serialization import CheckVersion, Create, Delete, SetData
from kazoo.security import OPEN_ACL_UNSAFE

from midonet_lab.midonet5.store.cache import Entry, Key
from midonet_lab.midonet5.store.classes import table_names
from midonet_lab.midonet5.store.errors import (
    ConcurrentModification,
    ObjectExists,
    StorageError,
    StorageNodeExists,
    StorageNodeNotFound,
)
from midonet_lab.midonet5.topology.text_format import StoredObject

if TYPE_CHECKING:
    from midonet_lab.midonet5.store.transaction import Cell
    from midonet_lab.midonet5.store.zoom import Zoom

Sender = Callable[[Callable[[], list[Any]]], list[Any]]
"""Calls the request it is given, perhaps more than once."""

_ATTEMPTS = 20
_NOT_CACHED = frozenset({"Rule"})


class _Kind(Enum):
    CREATE = auto()
    SET = auto()
    DELETE = auto()
    CHECK = auto()
    DIRECTORY = auto()
    NODE = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class _Operation:
    kind: _Kind
    path: str
    data: bytes = b""
    version: int = -1
    key: Key | None = None


class Commit:
    """One commit. ``cells`` in the order they were touched; node paths are absolute."""

    def __init__(
        self,
        zoom: Zoom,
        cells: Mapping[Key, Cell],
        created_nodes: Sequence[tuple[str, bytes]],
        deleted_nodes: Mapping[str, bool],
    ) -> None:
        self._zoom = zoom
        self._cells = cells
        self._created = created_nodes
        self._deleted = deleted_nodes
        self._look_first = False

    def run(self, send: Sender | None = None) -> None:
        """Write. Raises a :class:`StorageError`; a lost connection passes as kazoo's error."""
        objects = list(self._object_operations())
        for _ in range(_ATTEMPTS):
            operations = [*objects, *self._removals(), *self._creations()]
            if not operations:
                return
            results = send(partial(self._send, operations)) if send else self._send(operations)
            failed = next(
                (
                    (operation, result)
                    for operation, result in zip(operations, results, strict=True)
                    if isinstance(result, Exception)
                    and not isinstance(result, RolledBackError | RuntimeInconsistency)
                ),
                None,
            )
            if failed is None:
                self._remember(operations, results)
                return
            # A parent made or emptied by somebody else meanwhile is no conflict: look again.
            self._zoom.cache.forget_paths()
            self._look_first = True
            error = self._error(*failed)
            if error is not None:
                raise error from failed[1]
        raise ConcurrentModification(operations[0].path)

    def _send(self, operations: Sequence[_Operation]) -> list[Any]:
        client = self._zoom.client
        multi = client.transaction()
        for operation in operations:
            # Not by the transaction's own methods: their checks of each path cost more than the rest.
            path = client.chroot + operation.path
            match operation.kind:
                case _Kind.CREATE | _Kind.DIRECTORY | _Kind.NODE:
                    request: Any = Create(path, operation.data, OPEN_ACL_UNSAFE, 0)
                case _Kind.SET:
                    request = SetData(path, operation.data, operation.version)
                case _Kind.DELETE | _Kind.REMOVE:
                    request = Delete(path, operation.version)
                case _Kind.CHECK:
                    request = CheckVersion(path, operation.version)
            multi.operations.append(request)
        results: list[Any] = multi.commit_async().get()
        return results

    def _object_operations(self) -> Iterator[_Operation]:
        for key, cell in self._cells.items():
            path = self._zoom.paths.object_node(*key)
            if not cell.changed:
                if cell.trusted:
                    yield _Operation(_Kind.CHECK, path, version=cell.version, key=key)
            elif cell.value is None:
                if cell.version >= 0:
                    yield _Operation(_Kind.DELETE, path, version=cell.version, key=key)
            else:
                data = self._zoom.print(key[0], cell.value)
                kind = _Kind.CREATE if cell.version < 0 else _Kind.SET
                yield _Operation(kind, path, data, cell.version, key)

    def _creations(self) -> Iterator[_Operation]:
        cache = self._zoom.cache
        planned: set[str] = set()

        def directories(paths: Iterable[str]) -> Iterator[_Operation]:
            new = [path for path in paths if path not in planned and not cache.knows_path(path)]
            for path, request in [(path, self._zoom.client.exists_async(path)) for path in new]:
                if request.get() is None:
                    planned.add(path)
                    yield _Operation(_Kind.DIRECTORY, path)
                else:
                    cache.add_path(path)

        for key, cell in self._cells.items():
            if cell.changed and cell.version < 0 and cell.value is not None:
                names = table_names(self._zoom.version, key[0])
                if not names:
                    continue
                top = self._zoom.paths.tables(*key)
                own = [top, *(f"{top}/{name}" for name in names)]
                if self._look_first:
                    yield from directories(own)
                else:  # only a left-over could be there, and then the multi says so
                    planned.update(own)
                    yield from (_Operation(_Kind.DIRECTORY, path) for path in own)
        for path, data in self._created:
            yield from directories(_parents(path, self._zoom.root))
            planned.add(path)
            yield _Operation(_Kind.NODE, path, data)

    def _removals(self) -> Iterator[_Operation]:
        for path, ignore_missing in self._deleted.items():
            yield from self._subtree(path, ignore_missing)
        for key, cell in self._cells.items():
            if cell.changed and cell.value is None and table_names(self._zoom.version, key[0]):
                yield from self._subtree(self._zoom.paths.tables(*key), True)

    def _subtree(self, top: str, ignore_missing: bool) -> Iterator[_Operation]:
        found: list[str] = []
        level = [top]
        while level:
            requests = [(path, self._zoom.client.get_children_async(path)) for path in level]
            level = []
            for path, request in requests:
                try:
                    children = request.get()
                except NoNodeError:
                    if path == top and not ignore_missing:
                        raise StorageNodeNotFound(path) from None
                    continue
                found.append(path)
                level += [f"{path}/{child}" for child in children]
        return (_Operation(_Kind.REMOVE, path) for path in reversed(found))

    def _error(self, operation: _Operation, error: Exception) -> StorageError | None:
        """The store's error; None: try again, with a fresh look at the plain nodes."""
        what = " with ID ".join(operation.key) if operation.key else operation.path
        match operation.kind, error:
            case _Kind.CREATE, NodeExistsError():
                assert operation.key is not None
                return ObjectExists(*operation.key)
            case _Kind.NODE, NodeExistsError():
                return StorageNodeExists(operation.path)
            case ((_Kind.SET | _Kind.DELETE | _Kind.CHECK), BadVersionError() | NoNodeError()):
                return ConcurrentModification(what)
            case (_Kind.DIRECTORY, NodeExistsError()) | (_Kind.NODE | _Kind.DIRECTORY, NoNodeError()):
                return None
            case _Kind.REMOVE, NoNodeError() | NotEmptyError():
                return None
            case _:
                return StorageError(f"{type(error).__name__}: {operation.path}")

    def _remember(self, operations: Sequence[_Operation], results: Sequence[Any]) -> None:
        # All nodes of one multi carry the same mzxid; only the answer to a set tells it.
        changed_at = next(
            (
                result.mzxid
                for operation, result in zip(operations, results, strict=True)
                if operation.kind is _Kind.SET
            ),
            0,
        )
        cache = self._zoom.cache
        for operation, result in zip(operations, results, strict=True):
            if operation.kind in {_Kind.DIRECTORY, _Kind.NODE}:
                if operation.kind is _Kind.DIRECTORY:
                    cache.add_path(operation.path)
            elif operation.kind is _Kind.REMOVE:
                cache.forget_paths()
            elif operation.key is not None and operation.kind is not _Kind.CHECK:
                value = self._cells[operation.key].value
                if value is None:
                    cache.forget(operation.key)
                elif operation.key[0] not in _NOT_CACHED:
                    version = 0 if operation.kind is _Kind.CREATE else result.version
                    cache.put(operation.key, Entry(_shared(value), version, changed_at))


def _shared(value: StoredObject) -> StoredObject:
    return {name: content for name, content in value.items() if content is not None and content != []}


def _parents(path: str, root: str) -> list[str]:
    parts = path[len(root) :].strip("/").split("/")[:-1]
    return ["/".join((root.rstrip("/"), *parts[: depth + 1])) for depth in range(len(parts))]
