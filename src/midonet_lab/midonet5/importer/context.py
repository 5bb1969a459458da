"""What a translator has at hand: the store before the task, and the list of operations it makes (imp 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from midonet_lab.midonet5.importer.building import Unset, build
from midonet_lab.midonet5.importer.features import Features, features_of
from midonet_lab.midonet5.importer.java_values import ZERO_UUID
from midonet_lab.midonet5.store import NotFound, Transaction, Zoom
from midonet_lab.midonet5.store.sequences import PendingNumber
from midonet_lab.midonet5.topology.tables import schema_of
from midonet_lab.midonet5.topology.text_format import StoredObject

TUNNEL_KEYS = "overlay_tunnel_key"
Apply = Callable[[Transaction], None]


@dataclass(slots=True)
class TunnelKeys:
    """Tunnel keys of one attempt at a task: a second look at the store does not use up new ones.

    The first look does not wait for them. ZooKeeper executes requests in their order, so it is enough
    that the commit requires the counter to be where they put it.
    """

    zoom: Zoom
    pending: list[PendingNumber] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    used: int = 0

    def next(self, transaction: Transaction) -> int:
        """The next key."""
        if self.used == len(self.taken):
            pending = self.zoom.sequences.ask(TUNNEL_KEYS)
            self.pending.append(pending)
            self.taken.append(pending.number)
            transaction.require(pending.path, pending.version)
        self.used += 1
        return self.taken[self.used - 1]

    def look_again(self) -> None:
        """Make sure of the keys, and hand out the same ones again."""
        for position, pending in enumerate(self.pending):
            if not pending.confirmed():
                self.zoom.sequences.forget(TUNNEL_KEYS)
                self.taken[position] = self.zoom.next_of_sequence(TUNNEL_KEYS)
        self.used = 0


class HostNames:
    """Which host has a name: a scan of all hosts, remembered until it proves wrong."""

    def __init__(self, zoom: Zoom) -> None:
        self._zoom = zoom
        self._known: dict[str, str] = {}

    def id_of(self, name: str, transaction: Transaction) -> str:
        """The first host of that name. Raises :class:`NotFound` with the name for an id."""
        known = self._known.get(name)
        if known is not None:
            host = transaction.view("Host", known)
            if host is not None and host.get("name", "") == name:
                return known
        for host in self._zoom.all("Host"):
            if host.get("name", "") == name:
                self._known[name] = host["id"]
                return str(host["id"])
        raise NotFound("Host", name)


class Context:
    """One task's translation. Reads see the state before the task; operations are applied afterwards."""

    def __init__(self, zoom: Zoom, transaction: Transaction, keys: TunnelKeys, hosts: HostNames) -> None:
        self.zoom = zoom
        self.schema = schema_of(zoom.version)
        self.features: Features = features_of(zoom.version)
        self.operations: list[Apply] = []
        self._transaction = transaction
        self._keys = keys
        self._hosts = hosts

    def find(self, class_name: str, object_id: str | Unset | None) -> StoredObject | None:
        """An object, not to be changed; an id that is not set is the zero UUID."""
        return self._transaction.view(class_name, _id(object_id))

    def get(self, class_name: str, object_id: str | Unset | None) -> StoredObject:
        """Like :meth:`find`. Raises :class:`NotFound`."""
        found = self.find(class_name, object_id)
        if found is None:
            raise NotFound(class_name, _id(object_id))
        return found

    def prefetch(self, keys: Sequence[tuple[str, str]]) -> None:
        """Read what will be needed in one round trip."""
        self._transaction.prefetch(keys)

    def ids(self, class_name: str) -> list[str]:
        """All ids of a class."""
        return self.zoom.ids(class_name)

    def host_id(self, name: str) -> str:
        """The id of the host of that name. Raises :class:`NotFound`."""
        return self._hosts.id_of(name, self._transaction)

    def next_tunnel_key(self) -> int:
        """A tunnel key; used up even if the task fails."""
        return self._keys.next(self._transaction)

    def build(self, message: str, **fields: Any) -> StoredObject:
        """A nested message."""
        return build(self.schema, message, **fields)

    def create(self, class_name: str, **fields: Any) -> StoredObject:
        """Create an object of these fields."""
        value = build(self.schema, class_name, **fields)
        self.operations.append(lambda transaction: transaction.create(class_name, value))
        return value

    def update(self, class_name: str, value: StoredObject, **fields: Any) -> StoredObject:
        """Replace an object by ``value`` with these fields changed; None clears one."""
        changed = build(self.schema, class_name, **fields)
        new = {name: content for name, content in value.items() if name not in fields} | changed
        self.operations.append(lambda transaction: transaction.update(class_name, new))
        return new

    def delete(self, class_name: str, object_id: str) -> None:
        """Delete an object if it is there."""
        self.operations.append(lambda transaction: transaction.delete(class_name, object_id, True))

    def prepend_rules(self, chain_id: str, rules: list[str]) -> None:
        """Enter rules at the head of a chain as it is then; the binding sets their ``chain_id``."""
        self.get("Chain", chain_id)

        def apply(transaction: Transaction) -> None:
            chain = transaction.current("Chain", chain_id)
            others = [rule for rule in chain.get("rule_ids", ()) if rule not in rules]
            transaction.update("Chain", {**chain, "rule_ids": [*rules, *others]})

        self.operations.append(apply)

    def create_node(self, path: str) -> None:
        """Create a plain node."""
        self.operations.append(lambda transaction: transaction.create_node(path))

    def delete_node(self, path: str) -> None:
        """Delete a plain node if it is there."""
        self.operations.append(lambda transaction: transaction.delete_node(path))


def random_id() -> str:
    """A random UUID."""
    return str(uuid4())


def _id(object_id: str | Unset | None) -> str:
    return object_id if isinstance(object_id, str) else ZERO_UUID
