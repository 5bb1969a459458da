"""Stored or learned: the two kinds of entries in a bridge's ARP table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from midonet_migrate.model.keys import JsonObject

_STORED_SUFFIX = 1
"""What follows address and MAC in the name of a stored pair's node (seen on a 1.9.8 server; learned: 0)."""


def mark_arp_pairs(pairs: Iterable[JsonObject], nodes: Mapping[str, Mapping[str, bool]]) -> None:
    """Set ``@persistent`` on ARP pairs from ZooKeeper.

    The API cannot tell: an item request is answered with 200 for learned and stored pairs alike. ``nodes``:
    bridge id -> name of each child of ``<root>/bridges/<id>/ip4_mac_map`` (``ip,mac,number``) -> whether
    that node is ephemeral. Ephemeral nodes are an agent's. A pair without node keeps what it has.
    """
    stored: dict[tuple[str, str, str], bool] = {}
    for bridge_id, names in nodes.items():
        for name, ephemeral in names.items():
            ip, _, rest = name.partition(",")
            mac, _, number = rest.partition(",")
            key = (bridge_id, ip, mac.lower())
            is_stored = not ephemeral and number.isdecimal() and int(number) == _STORED_SUFFIX
            stored[key] = stored.get(key, False) or is_stored
    for pair in pairs:
        key = (pair["@bridgeId"], pair["ip"], pair["macAddr"].lower())
        if key in stored:
            pair["@persistent"] = stored[key]
