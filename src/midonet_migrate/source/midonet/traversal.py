"""Which requests read a whole 1.9 site, and what each answer means.

One request per collection, then one per parent for what exists only below a parent (old 6.1, 6.2). Never
asked: lists of ports per device, and items that a list has already given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec

from midonet_migrate.errors import ApiUnreachable
from midonet_migrate.model.keys import JsonObject, subnet_key
from midonet_migrate.model.snapshot import Vanished
from midonet_migrate.source.midonet.client import Gone, ListBroken, MidonetClient
from midonet_migrate.source.midonet.jobs import Harvest, Job
from midonet_migrate.source.midonet.media_types import COLLECTION, ITEM
from midonet_migrate.source.midonet.slim import Slimmer

COLLECTION_PATHS = {
    "bridge": "/bridges",
    "chain": "/chains",
    "health_monitor": "/health_monitors",
    "host": "/hosts",
    "host_version": "/versions",
    "ip_addr_group": "/ip_addr_groups",
    "load_balancer": "/load_balancers",
    "pool": "/pools",
    "pool_member": "/pool_members",
    "port": "/ports",
    "port_group": "/port_groups",
    "router": "/routers",
    "trace_request": "/traces",
    "tunnel_zone": "/tunnel_zones",
    "vip": "/vips",
    "vtep": "/vteps",
}

_BELOW = {
    "chain": (("rule", "rules"),),
    "host": (("host_interface_port", "ports"),),
    "ip_addr_group": (("ip_addr_group_addr", "ip_addrs"),),
    "port_group": (("port_group_port", "ports"),),
    "router": (("route", "routes"),),
    "tunnel_zone": (("tunnel_zone_host", "hosts"),),
}
"""kind -> (kind of child, last segment of the path) for lists without further levels."""


class _Listing(msgspec.Struct, frozen=True):
    """One list below a parent: what it holds, where it is, and where its parent is.

    ``below`` goes into each of its items; ``follow`` says what to ask next about one; ``gone`` replaces
    the usual question whether the parent is still there.
    """

    kind: str
    path: str
    parent_kind: str
    parent: str
    below: dict[str, Any] = msgspec.field(default_factory=dict)
    follow: Callable[[JsonObject], list[Job]] | None = None
    gone: Callable[[], bool] | None = None


class Traversal:
    """Makes the jobs of one reading. ``macs``: port id -> the port's own MAC, as Neutron has it.

    The server stores a MAC entry for each Neutron VIF port itself (old 4.3); entries that ``macs`` explains
    are taken as stored, every other one costs a request of its own (old 3.3, 6.2). Objects come without
    links; jobs that follow an object write what they learn into that very object.
    """

    def __init__(self, client: MidonetClient, macs: Mapping[str, str]) -> None:
        self._client = client
        self._macs = {port_id: mac.lower() for port_id, mac in macs.items()}
        self._slimmer = Slimmer()

    def first_jobs(self) -> list[Job]:
        """One job per collection."""
        return [partial(self._collection, kind) for kind in COLLECTION_PATHS]

    def bgp_jobs(self, ports: Iterable[JsonObject]) -> list[Job]:
        """Jobs for the BGP sessions of these ports, and what they announce."""
        return [job for port in ports for job in self._bgps(port)]

    def _collection(self, kind: str) -> Harvest:
        items = self.collection(kind)
        return Harvest(
            kind=kind, items=items, jobs=[job for item in items for job in self._children(kind, item)]
        )

    def document(self, path: str, media_type: str) -> JsonObject:
        """A single document about the whole server, such as its system state."""
        return next(self._slimmer.slimmed([self._client.get(path, media_type)]))

    def collection(self, kind: str) -> list[JsonObject]:
        """Everything of a ``kind`` that has a global list."""
        path = COLLECTION_PATHS[kind]
        try:
            answer = self._client.get(path, COLLECTION[kind], patient=True)
        except Gone as error:
            raise ApiUnreachable(
                f"the MidoNet API at {self._client.shown} does not know {path}",
                hint="is this the API of MidoNet 1.9.8? The base URL ends in its path, usually /midonet-api",
            ) from error
        return list(self._slimmer.slimmed(_objects(answer, path)))

    def _children(self, kind: str, item: JsonObject) -> list[Job]:
        if kind == "bridge":
            return self._bridge(str(item["id"]))
        if kind == "port":
            return self._bgps(item)
        if kind == "vtep":
            path = f"/vteps/{item['managementIp']}"
            return [self._job(_Listing("vtep_binding", path + "/bindings", "vtep", path))]
        path = f"{COLLECTION_PATHS[kind]}/{item.get('id')}"
        return [
            self._job(_Listing(child, f"{path}/{segment}", kind, path))
            for child, segment in _BELOW.get(kind, ())
        ]

    def _bridge(self, bridge_id: str) -> list[Job]:
        path = f"/bridges/{bridge_id}"
        below = {"@bridgeId": bridge_id}
        # No request can tell stored ARP pairs from learned ones: their ``@persistent`` stays open.
        return [
            self._job(listing)
            for listing in (
                _Listing("dhcp_subnet", path + "/dhcp", "bridge", path, below, self._dhcp_hosts),
                _Listing("dhcp_v6_subnet", path + "/dhcpV6", "bridge", path, below, self._dhcp_v6_hosts),
                _Listing("mac_port", path + "/mac_table", "bridge", path, below, self._mac_check),
                _Listing("ip4_mac_pair", path + "/arp_table", "bridge", path, {**below, "@persistent": None}),
            )
        ]

    def _dhcp_hosts(self, subnet: JsonObject) -> list[Job]:
        key = subnet_key(subnet["subnetPrefix"], subnet["subnetLength"])
        path = f"/bridges/{subnet['@bridgeId']}/dhcp/{key}"
        below = {"@bridgeId": subnet["@bridgeId"], "@subnet": key}
        return [self._job(_Listing("dhcp_host", path + "/hosts", "dhcp_subnet", path, below))]

    def _dhcp_v6_hosts(self, subnet: JsonObject) -> list[Job]:
        key = subnet_key(subnet["prefix"], subnet["prefixLength"])
        path = f"/bridges/{subnet['@bridgeId']}/dhcpV6/{key}"
        below = {"@bridgeId": subnet["@bridgeId"], "@subnet": key}
        return [self._job(_Listing("dhcp_v6_host", path + "/hostsV6", "dhcp_v6_subnet", path, below))]

    def _mac_check(self, entry: JsonObject) -> list[Job]:
        known = self._macs.get(entry["portId"])
        if not entry.get("vlanId") and known is not None and known == entry["macAddr"].lower():
            entry["@persistent"] = True
            return []
        return [partial(self._find_stored, entry)]

    def _find_stored(self, entry: JsonObject) -> Harvest:
        """An item request is answered with 200 for stored entries, with 404 for learned ones (old 3.3)."""
        bridge = f"/bridges/{entry['@bridgeId']}"
        mac = entry["macAddr"].replace(":", "-")
        path = f"{bridge}/vlans/{entry.get('vlanId') or 0}/mac_table/{mac}_{entry['portId']}"
        try:
            self._client.get(path, ITEM["mac_port"], gone=partial(self._is_gone, "bridge", bridge), item=True)
        except Gone:
            entry["@persistent"] = False
        except ListBroken as error:
            raise error.final from error
        else:
            entry["@persistent"] = True
        return Harvest()

    def _bgps(self, port: JsonObject) -> list[Job]:
        """All router ports, bound or not: a session on an unplugged port is configuration too (old 6.2).

        Bridge ports must not be asked, they answer 500 (old 1.6).
        """
        if port["type"] != "Router":
            return []
        path = f"/ports/{port['id']}"
        return [self._job(_Listing("bgp", path + "/bgps", "port", path, follow=self._ad_routes))]

    def _ad_routes(self, bgp: JsonObject) -> list[Job]:
        path = f"/bgps/{bgp['id']}"
        gone = partial(self._is_bgp_gone, bgp)
        return [self._job(_Listing("ad_route", path + "/ad_routes", "bgp", path, gone=gone))]

    def _is_bgp_gone(self, bgp: JsonObject) -> bool:
        """A missing session shows as 500 like any failure (old 1.6): look into its port's list instead."""
        port = f"/ports/{bgp['portId']}"
        try:
            sessions = self._client.get(
                port + "/bgps", COLLECTION["bgp"], gone=partial(self._is_gone, "port", port)
            )
        except Gone:
            return True
        except ListBroken as error:
            raise error.final from error
        return all(session["id"] != bgp["id"] for session in sessions)

    def _is_gone(self, kind: str, path: str) -> bool:
        bridge = "/".join(path.split("/")[:3])
        if kind in {"dhcp_subnet", "dhcp_v6_subnet"} and self._is_gone("bridge", bridge):
            return True
        try:
            self._client.get(path, ITEM[kind])
        except Gone:
            return True
        return False

    def _job(self, listing: _Listing) -> Job:
        return partial(self._list, listing)

    def _list(self, listing: _Listing) -> Harvest:
        gone = listing.gone or partial(self._is_gone, listing.parent_kind, listing.parent)
        try:
            answer = self._client.get(listing.path, COLLECTION[listing.kind], gone=gone)
        except Gone as error:
            return Harvest(vanished=[Vanished(listing.parent_kind, listing.parent, error.status)])
        except ListBroken as error:
            if listing.kind != "rule":
                raise error.final from error
            return Harvest(findings=[_unreadable_rules(listing.parent)])
        if listing.kind == "rule":  # by far the most numerous, and complete as they are
            return Harvest(kind="rule", items=list(self._slimmer.compacted(_objects(answer, listing.path))))
        items = [item | listing.below for item in self._slimmer.slimmed(_objects(answer, listing.path))]
        follow = listing.follow or _nothing
        return Harvest(kind=listing.kind, items=items, jobs=[job for item in items for job in follow(item)])


def _nothing(_: JsonObject) -> list[Job]:
    return []


def _objects(answer: Any, path: str) -> list[JsonObject]:
    if isinstance(answer, list) and all(isinstance(item, dict) for item in answer):
        return answer
    raise ApiUnreachable(
        f"GET {path} was not answered with a list of objects",
        hint="is this the API of MidoNet 1.9.8?",
    )


def _unreadable_rules(chain_path: str) -> JsonObject:
    """A stored rule can break the whole list of its chain, for good (old 1.6)."""
    chain_id = chain_path.rpartition("/")[2]
    return {
        "rule": "source.rules-unreadable",
        "level": "error",
        "kind": "chain",
        "id": chain_id,
        "message": f"the API server cannot list the rules of chain {chain_id} (500): probably a NAT rule "
        "with ports or several addresses and a fragment policy other than unfragmented. They were not read.",
    }
