"""The fingerprint of a site: equal exactly when planning it again would give the same plan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from midonet_migrate.model.codec import canonical
from midonet_migrate.model.keys import object_key
from midonet_migrate.model.kinds import MIDONET_KINDS, NEUTRON_KINDS
from midonet_migrate.model.ownership import Owner, Ownership
from midonet_migrate.model.snapshot import Snapshot

_VOLATILE: dict[str, frozenset[str]] = {
    "bgp": frozenset({"status"}),
    "host": frozenset({"alive", "addresses", "hostInterfaces"}),
    "pool_member": frozenset({"status"}),
    "port": frozenset({"active"}),
    "trace_request": frozenset({"creationTimestampMs"}),
    "vtep": frozenset({"connectionState", "description", "name", "tunnelIpAddrs"}),
}
"""Members that agents and switches write at any time, and that no plan depends on (old 3)."""

_VOLATILE_KINDS = frozenset({"interface"})


def _stable(kind: str, item: Mapping[str, Any]) -> Mapping[str, Any]:
    volatile = _VOLATILE.get(kind)
    return {name: value for name, value in item.items() if name not in volatile} if volatile else item


def fingerprint(snapshot: Snapshot, ownership: Ownership) -> str:
    """sha256 over every object of the site, without what agents change by themselves.

    Objects of owner ``runtime`` and volatile members are left out, so a site whose agents keep running has
    the same fingerprint as long as nobody changes its configuration. Flavour and port profiles count.
    """
    total = hashlib.sha256()
    total.update(canonical([snapshot.meta.plugin_flavour, snapshot.meta.port_profiles]))
    for kind in NEUTRON_KINDS:
        for item in snapshot.neutron.get(kind, []):
            total.update(canonical([kind, item]))
    for kind in MIDONET_KINDS:
        if kind in _VOLATILE_KINDS:
            continue
        for item in snapshot.midonet.get(kind, []):
            if ownership.owners[kind, object_key(kind, item)].owner is not Owner.RUNTIME:
                total.update(canonical([kind, _stable(kind, item)]))
    return total.hexdigest()
