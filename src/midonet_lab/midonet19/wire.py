"""From an object to the bytes the real server sends: versions, old type names, keys that stand twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from midonet_lab.midonet19.links import links_of
from midonet_lab.midonet19.negotiation import Offer
from midonet_lab.midonet19.resources import resource_table
from midonet_migrate.model.keys import JsonObject


def encode(kind: str, item: Mapping[str, Any], offer: Offer, base_uri: str) -> bytes:
    """JSON of one object, reduced to what ``offer`` shows (old 1.4)."""
    since = resource_table()[kind].since if kind in resource_table() else {}
    whole: JsonObject = {**item, **links_of(kind, item, base_uri)}
    shown = {
        name: value
        for name, value in whole.items()
        if not name.startswith("@") and since.get(name, 0) <= offer.version
    }
    if kind == "host" and "hostInterfaces" in shown:
        shown["hostInterfaces"] = [
            {**interface, **links_of("interface", interface, base_uri)}
            for interface in item["hostInterfaces"]
        ]
    if kind == "port" and offer.old_port_types:
        shown["type"] = _old_port_type(item)
    data = msgspec.json.encode(shown)
    if kind in {"port", "rule"}:
        return b'{"type":' + msgspec.json.encode(shown["type"]) + b"," + data[1:]
    if kind == "ip_addr_group_addr":
        return b'{"version":"%d",' % shown["version"] + data[1:]
    return data


def _old_port_type(port: Mapping[str, Any]) -> str:
    """Exterior = bound to an interface; unplugged ports count as interior (old 3.6)."""
    if port["type"] == "Vxlan":
        return "Vxlan"
    return ("Exterior" if port["hostId"] and port["interfaceName"] else "Interior") + str(port["type"])
