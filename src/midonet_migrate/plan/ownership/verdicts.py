"""Where the rules of ownership write their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from midonet_migrate.model.keys import JsonObject, ObjectKey, object_key
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord, Role
from midonet_migrate.model.plan import Modification

SERVER_MADE = frozenset({Owner.NEUTRON, Owner.PROVIDER_ROUTER_INFRA})


def neutron(
    rule: str, ref: NeutronRef | None = None, role: Role = Role.OTHER, reason: str = ""
) -> OwnerRecord:
    """A record of class ``neutron``."""
    return OwnerRecord(Owner.NEUTRON, rule, reason, ref, role)


def user(rule: str, reason: str) -> OwnerRecord:
    """A record of class ``user``."""
    return OwnerRecord(Owner.USER, rule, reason)


class Verdicts:
    """Collects the owner of every object, and the changes found on server-made ones."""

    def __init__(self) -> None:
        self.owners: dict[ObjectKey, OwnerRecord] = {}
        self.modifications: list[Modification] = []

    def set(self, kind: str, item: Mapping[str, Any], record: OwnerRecord) -> None:
        """The verdict on one object."""
        self.owners[kind, object_key(kind, item)] = record

    def owner(self, kind: str, key: str | None) -> Owner | None:
        """The class decided for an object, if it was decided yet."""
        record = self.owners.get((kind, key or ""))
        return record.owner if record else None

    def is_server_made(self, kind: str, key: str | None) -> bool:
        """Whether an object is of a class that modifications are reported for."""
        return self.owner(kind, key) in SERVER_MADE

    def inserted(self, kind: str, item: JsonObject, rule: str, reason: str, after: Any = None) -> None:
        """Something was added inside a server-made object. ``after`` is the object unless given."""
        self.modifications.append(
            Modification(
                kind=kind,
                id=object_key(kind, item),
                op="insert",
                field="",
                before=None,
                after=dict(item) if after is None else after,
                rule=rule,
                reason=reason,
            )
        )

    def deleted(self, kind: str, key: str, before: JsonObject, rule: str, reason: str) -> None:
        """Something the server makes is not there."""
        self.modifications.append(
            Modification(
                kind=kind, id=key, op="delete", field="", before=before, after=None, rule=rule, reason=reason
            )
        )

    def updated(self, kind: str, key: str, field: str, values: tuple[Any, Any], rule: str) -> None:
        """An attribute differs: ``values`` are the one the server writes, and the one found."""
        before, after = values
        self.modifications.append(
            Modification(kind=kind, id=key, op="update", field=field, before=before, after=after, rule=rule)
        )

    def compared(self, kind: str, item: Mapping[str, Any], expected: Mapping[str, Any], rule: str) -> None:
        """Report every member of ``expected`` whose value in ``item`` differs; all unset values are alike."""
        key = object_key(kind, item)
        for field, value in expected.items():
            found = item.get(field)
            if found != value and (found or value):
                self.updated(kind, key, field, (value, found), rule)

    def compared_up(self, kind: str, item: Mapping[str, Any]) -> None:
        """Report what the server makes admin up and somebody put down."""
        if item.get("adminStateUp") is False:
            self.updated(kind, object_key(kind, item), "adminStateUp", (True, False), "changed-attribute")

    def sorted_modifications(self) -> list[Modification]:
        """In stable order."""
        return sorted(self.modifications, key=lambda item: (item.kind, item.id, item.op, item.field))
