"""Everything read from the old site, at one point in time."""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_migrate.model.keys import JsonObject


class Vanished(msgspec.Struct, frozen=True):
    """An object that a list named and that was gone when it was asked for."""

    kind: str
    path: str
    status: int


class SnapshotMeta(msgspec.Struct, kw_only=True):
    """Where a snapshot comes from. Times are UTC, ISO 8601; no secret ever stands here."""

    format: int = 1
    tool_version: str = ""
    fingerprint: str = ""
    """sha256 over the canonical JSON of ``neutron`` and ``midonet``; volatile members left out."""
    site: JsonObject = msgspec.field(default_factory=dict)
    """Identity of the source: database server uuid or URL without credentials, ZooKeeper root, API URL."""
    plugin_flavour: str = "v1"
    neutron_release: str = "kilo"
    midonet_version: str = ""
    midonet_tables: JsonObject = msgspec.field(default_factory=dict)
    """State of the ``midonet_*`` tables found (db 1.4)."""
    port_profiles: dict[str, JsonObject] = msgspec.field(default_factory=dict)
    """port id -> ``binding:profile`` from ``midonet_port_bindings`` (db 2.3)."""
    vanished: list[Vanished] = msgspec.field(default_factory=list)
    findings: list[JsonObject] = msgspec.field(default_factory=list)
    """Oddities noticed while reading: ``{rule, kind, id, message}``, from the 1.9 API with ``level`` too."""


class Snapshot(msgspec.Struct, kw_only=True):
    """``neutron``: the Kilo getters' dicts by kind (db 2); ``midonet``: the 1.9 API's objects by kind.

    MidoNet objects are kept exactly as served (highest media type) but for links, plus the ``@`` members of
    :mod:`midonet_migrate.model.keys`. ``port_link`` is derived from the ports:
    ``{"portId": lower id, "peerId": higher id}``. ``interface`` comes from the hosts. Singletons
    (``system_state``, ``write_version``) and ``host_version`` are kept beside the kinds of the ledger.
    Every list is sorted by key, except the rules, which keep chain id and position order.
    """

    neutron: dict[str, list[JsonObject]]
    midonet: dict[str, list[JsonObject]]
    meta: SnapshotMeta

    def neutron_by_id(self, kind: str) -> dict[str, JsonObject]:
        """The Neutron resources of one kind by id."""
        return {str(item["id"]): item for item in self.neutron.get(kind, [])}

    def midonet_by_id(self, kind: str) -> dict[str, JsonObject]:
        """The MidoNet objects of one kind that have an id, by id."""
        return {str(item["id"]): item for item in self.midonet.get(kind, [])}


def to_builtins(value: object) -> Any:
    """Plain lists, dicts and scalars of any model object, for JSON and YAML."""
    return msgspec.to_builtins(value)
