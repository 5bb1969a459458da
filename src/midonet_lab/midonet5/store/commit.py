"""From merged operations to one ZooKeeper multi, and from its failure to the store's error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError, NotEmptyError

from midonet_lab.midonet5.store.cache import Entry, Key
from midonet_lab.midonet5.store.classes import table_names
from midonet_lab.midonet5.store.errors import (
    ConcurrentModification,
    ObjectExists,
    StorageError,
    StorageNodeExists,
    StorageNodeNotFound,
)
from midonet_lab.midonet5.store.multi import Kind, Operation, failed, send
from midonet_lab.midonet5.topology.text_format import StoredObject

if TYPE_CHECKING:
    from midonet_lab.midonet5.store.transaction import Cell
    from midonet_lab.midonet5.store.zoom import Zoom

Sender = Callable[[Callable[[], list[Any]]], list[Any]]
"""Calls the request it is given, perhaps more than once."""

_ATTEMPTS = 20
_NOT_CACHED = frozenset({"Rule"})


@dataclass(frozen=True, slots=True)
class PlainNodes:
    """Operations on plain nodes, by absolute path: data; whether absence is no error; required version."""

    created: Sequence[tuple[str, bytes]]
    deleted: Mapping[str, bool]
    required: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SentCommit:
    """A commit whose answer is outstanding."""

    operations: Sequence[Operation]
    request: Any

    def succeeded(self) -> bool:
        """Wait for the answer. A lost connection passes as kazoo's error."""
        return failed(self.operations, self.request.get()) is None


class Commit:
    """One commit. ``cells`` in the order they were touched."""

    def __init__(self, zoom: Zoom, cells: Mapping[Key, Cell], plain: PlainNodes) -> None:
        self._zoom = zoom
        self._cells = cells
        self._plain = plain
        self._look_first = False

    def run(self, send_with: Sender | None = None) -> None:
        """Write. Raises a :class:`StorageError`; a lost connection passes as kazoo's error."""
        for attempt in range(_ATTEMPTS):
            operations = self._operations(look_first=attempt > 0)
            if not operations:
                return
            request = partial(self._results, operations)
            results = send_with(request) if send_with else request()
            failure = failed(operations, results)
            if failure is None:
                self._remember(operations, results)
                return
            # A parent made or emptied by somebody else meanwhile is no conflict: look again.
            self._zoom.cache.forget_paths()
            error = self._error(*failure)
            if error is not None:
                raise error from failure[1]
        raise ConcurrentModification(operations[0].path)

    def send_ahead(self) -> SentCommit:
        """Send without waiting. The cache has the new state at once: what is sent later builds on it.

        Should the commit fail, then so does all that was built on it, and the cache must be cleared.
        """
        operations = self._operations(look_first=False)
        request = send(self._zoom.client, operations)
        self._remember(operations, None)
        return SentCommit(operations, request)

    def _operations(self, *, look_first: bool) -> list[Operation]:
        self._look_first = look_first
        required = [
            Operation(Kind.CHECK, path, version=version) for path, version in self._plain.required.items()
        ]
        return [*required, *self._object_operations(), *self._removals(), *self._creations()]

    def _results(self, operations: Sequence[Operation]) -> list[Any]:
        results: list[Any] = send(self._zoom.client, operations).get()
        return results

    def _object_operations(self) -> Iterator[Operation]:
        for key, cell in self._cells.items():
            path = self._zoom.paths.object_node(*key)
            if not cell.changed:
                if cell.trusted:
                    yield Operation(Kind.CHECK, path, version=cell.version, key=key)
            elif cell.value is None:
                if cell.version >= 0:
                    yield Operation(Kind.DELETE, path, version=cell.version, key=key)
            else:
                data = self._zoom.print(key[0], cell.value)
                kind = Kind.CREATE if cell.version < 0 else Kind.SET
                yield Operation(kind, path, data, cell.version, key)

    def _creations(self) -> Iterator[Operation]:
        cache = self._zoom.cache
        planned: set[str] = set()

        def directories(paths: Iterable[str]) -> Iterator[Operation]:
            new = [path for path in paths if path not in planned and not cache.knows_path(path)]
            for path, request in [(path, self._zoom.client.exists_async(path)) for path in new]:
                if request.get() is None:
                    planned.add(path)
                    yield Operation(Kind.DIRECTORY, path)
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
                    yield from (Operation(Kind.DIRECTORY, path) for path in own)
        for path, data in self._plain.created:
            yield from directories(_parents(path, self._zoom.root))
            planned.add(path)
            yield Operation(Kind.NODE, path, data)

    def _removals(self) -> Iterator[Operation]:
        for path, ignore_missing in self._plain.deleted.items():
            yield from self._subtree(path, ignore_missing)
        for key, cell in self._cells.items():
            if cell.changed and cell.value is None and table_names(self._zoom.version, key[0]):
                yield from self._subtree(self._zoom.paths.tables(*key), True)

    def _subtree(self, top: str, ignore_missing: bool) -> Iterator[Operation]:
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
        return (Operation(Kind.REMOVE, path) for path in reversed(found))

    def _error(self, operation: Operation, error: Exception) -> StorageError | None:
        """The store's error; None: try again, with a fresh look at the plain nodes."""
        what = " with ID ".join(operation.key) if operation.key else operation.path
        match operation.kind, error:
            case Kind.CREATE, NodeExistsError():
                assert operation.key is not None
                return ObjectExists(*operation.key)
            case Kind.NODE, NodeExistsError():
                return StorageNodeExists(operation.path)
            case ((Kind.SET | Kind.DELETE | Kind.CHECK), BadVersionError() | NoNodeError()):
                return ConcurrentModification(what)
            case (Kind.DIRECTORY, NodeExistsError()) | (Kind.NODE | Kind.DIRECTORY, NoNodeError()):
                return None
            case Kind.REMOVE, NoNodeError() | NotEmptyError():
                return None
            case _:
                return StorageError(f"{type(error).__name__}: {operation.path}")

    def _remember(self, operations: Sequence[Operation], results: Sequence[Any] | None) -> None:
        """Put the new state into the cache; without results, as it will be."""
        # All nodes of one multi carry the same mzxid; only the answer to a set tells it.
        answers = [
            result
            for operation, result in zip(operations, results or (), strict=bool(results))
            if operation.kind is Kind.SET
        ]
        changed_at = answers[0].mzxid if answers else 0
        cache = self._zoom.cache
        for operation in operations:
            if operation.kind is Kind.DIRECTORY:
                cache.add_path(operation.path)
            elif operation.kind is Kind.REMOVE:
                cache.forget_paths()
            elif operation.key is not None and operation.kind is not Kind.CHECK:
                value = self._cells[operation.key].value
                if value is None:
                    cache.forget(operation.key)
                elif operation.key[0] not in _NOT_CACHED:
                    # A new node has version 0, a set one the next; -1 is a new node's before.
                    cache.put(operation.key, Entry(_shared(value), operation.version + 1, changed_at))


def _shared(value: StoredObject) -> StoredObject:
    return {name: content for name, content in value.items() if content is not None and content != []}


def _parents(path: str, root: str) -> list[str]:
    parts = path[len(root) :].strip("/").split("/")[:-1]
    return ["/".join((root.rstrip("/"), *parts[: depth + 1])) for depth in range(len(parts))]
