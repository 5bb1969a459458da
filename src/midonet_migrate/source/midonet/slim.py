"""Keeping a large site in memory: links go, and equal texts are kept once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from midonet_migrate.model.compact import Compactor
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

_URL = ("http://", "https://")

_LONGEST_SHARED = 64
"""Ids, addresses, types and names; longer texts are rarely equal."""


class Slimmer:
    """Rebuilds objects without links, sharing the texts that many of them have. Threads may share one.

    Links name the server's own base URI (old 0.3) and say nothing that the ids do not; everything else is
    kept exactly as served.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._compactor = Compactor()

    def slimmed(self, items: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """The objects, each a new dict."""
        return map(self._object, items)

    def compacted(self, items: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """The objects, to be read only: see :class:`~midonet_migrate.model.compact.CompactObject`."""
        return map(self._compactor.compacted, self.slimmed(items))

    def _object(self, item: JsonObject) -> JsonObject:
        """One loop over the members, without calls for most: a large site has millions of them."""
        slim: JsonObject = {}
        shared = self._texts.setdefault
        for name, value in item.items():
            if isinstance(value, str):
                if name in LINKS and value.startswith(_URL):
                    continue
                slim[name] = shared(value, value) if len(value) <= _LONGEST_SHARED else value
            elif isinstance(value, dict):
                slim[name] = self._object(value)
            elif isinstance(value, list) and value:
                if name not in LINKS or not all(_is_url(one) for one in value):
                    slim[name] = [self._element(one) for one in value]
            else:
                slim[name] = value
        return slim

    def _element(self, value: Any) -> Any:
        return self._object({"": value})[""]


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_URL)
