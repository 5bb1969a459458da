"""Keeping a large site in memory: links go, and equal texts are kept once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from midonet_migrate.model.keys import JsonObject

LINKS = frozenset(
    [
        "adRoutes",
        "addrs",
        "arpTable",
        "bgp",
        "bgps",
        "bindings",
        "device",
        "dhcpSubnet6s",
        "dhcpSubnets",
        "healthMonitor",
        "host",
        "hostInterfacePort",
        "hosts",
        "inboundFilter",
        "interfaces",
        "ipAddrGroup",
        "link",
        "loadBalancer",
        "macPortTemplate",
        "macTable",
        "outboundFilter",
        "peer",
        "peerPorts",
        "pool",
        "poolMembers",
        "pools",
        "port",
        "portGroup",
        "portGroups",
        "ports",
        "router",
        "routes",
        "rules",
        "tunnelZone",
        "uri",
        "vips",
        "vlanMacPortTemplate",
        "vlanMacTableTemplate",
        "vtepBindingTemplate",
        "vxLanPort",
        "vxLanPorts",
    ]
)
"""Members that may hold a link (old 1.2, 3). Some names are also those of ids: only URLs are taken out."""

_LONGEST_SHARED = 64
"""Ids, addresses, types and names; longer texts are rarely equal."""


class Slimmer:
    """Rebuilds objects without links, sharing the texts that many of them have. Threads may share one.

    Links name the server's own base URI (old 0.3) and say nothing that the ids do not; everything else is
    kept exactly as served.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def slimmed(self, items: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """The objects, each a new dict."""
        for item in items:
            yield {name: self._value(value) for name, value in item.items() if not _is_link(name, value)}

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._texts.setdefault(value, value) if len(value) <= _LONGEST_SHARED else value
        if isinstance(value, list):
            return [self._value(one) for one in value] if value else value
        if isinstance(value, dict):
            return {name: self._value(one) for name, one in value.items() if not _is_link(name, one)}
        return value


def _is_link(name: str, value: Any) -> bool:
    if name not in LINKS:
        return False
    if isinstance(value, list):
        return bool(value) and all(_is_url(one) for one in value)
    return _is_url(value)


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))
