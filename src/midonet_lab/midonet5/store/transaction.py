"""A transaction: operations merged with what their bindings entail, then one ZooKeeper multi (imp 5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from midonet_lab.midonet5.store.bindings import Binding, OnDelete, bindings_of
from midonet_lab.midonet5.store.cache import Key, copy_of
from midonet_lab.midonet5.store.commit import Commit, PlainNodes, Sender, SentCommit
from midonet_lab.midonet5.store.errors import NotFound, ObjectExists, ObjectReferenced, ReferenceConflict
from midonet_lab.midonet5.topology.text_format import StoredObject

if TYPE_CHECKING:
    from midonet_lab.midonet5.store.zoom import Zoom


@dataclass(slots=True)
class Cell:
    """An object in a transaction: ``version`` of its node, -1 if it has none; ``value`` None: deleted.

    ``owned``: the value and its lists belong to the transaction and may be changed. ``trusted``: read
    from the cache without asking ZooKeeper.
    """

    value: StoredObject | None
    version: int
    before: StoredObject | None
    trusted: bool = False
    changed: bool = False
    owned: bool = False


class Transaction:
    """Operations on objects and plain nodes. Nothing is written before :meth:`commit`.

    Each operation raises at once what the real store raises while it merges them (:class:`NotFound` for a
    bound reference, :class:`ReferenceConflict`, ...); what only ZooKeeper can tell comes from the commit.
    """

    def __init__(self, zoom: Zoom, *, read_own_writes: bool, trust_cache: bool) -> None:
        self._zoom = zoom
        self._read_own_writes = read_own_writes
        self._trust_cache = trust_cache
        self._bindings = bindings_of(zoom.version)
        self._cells: dict[Key, Cell] = {}
        self._created_nodes: list[tuple[str, bytes]] = []
        self._deleted_nodes: dict[str, bool] = {}
        self._required: dict[str, int] = {}
        self.used_cache = False

    def get(self, class_name: str, object_id: str) -> StoredObject:
        """A copy of an object. Raises :class:`NotFound`."""
        found = self.find(class_name, object_id)
        if found is None:
            raise NotFound(class_name, object_id)
        return found

    def find(self, class_name: str, object_id: str) -> StoredObject | None:
        """A copy of an object or None; the state before this transaction unless ``read_own_writes``."""
        value = self.view(class_name, object_id)
        return None if value is None else copy_of(value)

    def view(self, class_name: str, object_id: str) -> StoredObject | None:
        """Like :meth:`find` without a copy: not to be changed."""
        cell = self._load((class_name, object_id))
        if cell is None:
            return None
        return cell.value if self._read_own_writes else cell.before

    def current(self, class_name: str, object_id: str) -> StoredObject:
        """An object with this transaction's operations, not to be changed. Raises :class:`NotFound`."""
        value = self._existing((class_name, object_id)).value
        assert value is not None
        return value

    def prefetch(self, keys: Iterable[Key]) -> None:
        """Read objects that will be needed, in one round trip."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._cells and not self._from_cache(key)]
        for key, entry in zip(missing, self._zoom.read(missing), strict=True):
            if entry is not None:
                self._cells[key] = Cell(entry.value, entry.version, entry.value)

    def create(self, class_name: str, value: StoredObject) -> None:
        """Create an object; the ids in its bound fields are entered on the other side."""
        value = self._own(value)
        object_id = value["id"]
        key = (class_name, object_id)
        cell = self._cells.get(key)
        if cell is None:
            self._cells[key] = Cell(value, -1, None, changed=True)
        elif cell.value is not None:
            raise ObjectExists(class_name, object_id)
        else:
            cell.value, cell.changed, cell.owned = value, True, False
        for binding in self._bindings.get(class_name, ()):
            for other_id in _references(value, binding):
                self._add_reference(binding, class_name, object_id, other_id)

    def update(self, class_name: str, value: StoredObject) -> None:
        """Replace an object as a whole. Raises :class:`NotFound`."""
        value = self._own(value)
        object_id = value["id"]
        cell = self._existing((class_name, object_id))
        old = cell.value or {}
        cell.value, cell.changed, cell.owned = value, True, False
        for binding in self._bindings.get(class_name, ()):
            before = _references(old, binding)
            after = _references(value, binding)
            if before == after:
                continue
            kept = set(before) & set(after)
            for other_id in before:
                if other_id not in kept:
                    self._clear_reference(binding, object_id, other_id)
            for other_id in after:
                if other_id not in kept:
                    self._add_reference(binding, class_name, object_id, other_id)

    def delete(self, class_name: str, object_id: str, ignore_missing: bool = False) -> None:
        """Delete an object; its bindings clear, cascade or refuse. Raises :class:`NotFound`."""
        try:
            cell = self._existing((class_name, object_id))
        except NotFound:
            if ignore_missing:
                return
            raise
        old = cell.value or {}
        cell.value, cell.changed = None, True
        for binding in self._bindings.get(class_name, ()):
            for other_id in _references(old, binding):
                if not self._alive((binding.other_class, other_id)):
                    continue
                if binding.on_delete is OnDelete.ERROR:
                    raise ObjectReferenced(class_name, object_id, binding.other_class, other_id)
                if binding.on_delete is OnDelete.CASCADE:
                    self.delete(binding.other_class, other_id)
                else:
                    self._clear_reference(binding, object_id, other_id)

    def set_json(
        self, class_name: str, object_id: str, value: StoredObject, *, version: int | None = None
    ) -> int:
        """Set a plain object that is kept as JSON (``C3POState``). Raises :class:`NotFound`.

        ``version``: the commit fails unless the node has it then, whatever was read or is remembered.
        Returns the version that the commit demands.
        """
        cell = self._existing((class_name, object_id))
        cell.value, cell.changed, cell.owned = self._own(value), True, False
        if version is not None:
            cell.version = version
        return cell.version

    def create_node(self, path: str, data: bytes = b"") -> None:
        """Create a plain node (absolute path) and its missing parents."""
        self._created_nodes.append((path, data))

    def delete_node(self, path: str, ignore_missing: bool = True) -> None:
        """Delete a plain node (absolute path) and everything below it."""
        self._deleted_nodes[path] = ignore_missing

    def require(self, path: str, version: int) -> None:
        """Commit only if a plain node then has this version; otherwise :class:`ConcurrentModification`."""
        self._required[path] = version
        self.used_cache = True

    def commit(self, send: Sender | None = None) -> None:
        """Write everything in one multi, or nothing. Raises a :class:`StorageError`.

        A lost connection passes as kazoo's error: whether the multi was executed is then unknown.
        ``send`` calls what it is given, and may do so again after such a loss.
        """
        self._commit().run(send)

    def send_ahead(self) -> SentCommit:
        """Like :meth:`commit` without waiting; later transactions may trust the cache to have its outcome.

        When it turns out to have failed, they fail too, and the cache must be cleared.
        """
        return self._commit().send_ahead()

    def _commit(self) -> Commit:
        plain = PlainNodes(self._created_nodes, self._deleted_nodes, self._required)
        return Commit(self._zoom, self._cells, plain)

    def forget(self) -> None:
        """Drop what the cache holds of the objects seen here: they may be out of date."""
        for key in self._cells:
            self._zoom.cache.forget(key)
        self._zoom.cache.forget_paths()

    def _own(self, value: StoredObject) -> StoredObject:
        # The value will be in the cache; who trusts the cache promises not to change what it hands over.
        return value if self._trust_cache else copy_of(value)

    def _from_cache(self, key: Key) -> bool:
        entry = self._zoom.cache.get(key) if self._trust_cache else None
        if entry is None:
            return False
        self.used_cache = True
        self._cells[key] = Cell(entry.value, entry.version, entry.value, trusted=True)
        return True

    def _load(self, key: Key) -> Cell | None:
        if key not in self._cells and not self._from_cache(key):
            entry = self._zoom.read([key])[0]
            if entry is None:
                return None
            self._cells[key] = Cell(entry.value, entry.version, entry.value)
        return self._cells[key]

    def _existing(self, key: Key) -> Cell:
        cell = self._load(key)
        if cell is None or cell.value is None:
            raise NotFound(*key)
        return cell

    def _alive(self, key: Key) -> bool:
        cell = self._load(key)
        return cell is not None and cell.value is not None

    def _changeable(self, key: Key) -> StoredObject:
        cell = self._existing(key)
        assert cell.value is not None
        if not cell.owned:
            cell.value = {
                name: list(content) if isinstance(content, list) else content
                for name, content in cell.value.items()
            }
            cell.owned = True
        cell.changed = True
        return cell.value

    def _add_reference(self, binding: Binding, class_name: str, object_id: str, other_id: str) -> None:
        key = (binding.other_class, other_id)
        if key == (class_name, object_id) and binding.field == binding.other_field:
            return  # a port linked to itself names itself already
        other = self._existing(key).value or {}
        if binding.other_repeated:
            if object_id not in other.get(binding.other_field, ()):
                self._changeable(key).setdefault(binding.other_field, []).append(object_id)
            return
        held = other.get(binding.other_field)
        if held is not None:  # even if it is this very object
            raise ReferenceConflict(*key, binding.other_field, class_name, held)
        self._changeable(key)[binding.other_field] = object_id

    def _clear_reference(self, binding: Binding, object_id: str, other_id: str) -> None:
        key = (binding.other_class, other_id)
        if not self._alive(key):
            return
        other = self._changeable(key)
        held = other.get(binding.other_field)
        if binding.other_repeated and held and object_id in held:
            held.remove(object_id)
            if not held:
                del other[binding.other_field]
        elif held == object_id:
            del other[binding.other_field]


def _references(value: StoredObject, binding: Binding) -> list[str]:
    held = value.get(binding.field)
    if not held:
        return []
    return list(dict.fromkeys(held)) if binding.repeated else [held]
