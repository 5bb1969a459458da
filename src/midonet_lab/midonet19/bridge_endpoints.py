"""What exists only below a bridge: DHCP, MAC and ARP tables, VXLAN ports (old 3.3, 3.4, 3.12)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet19.errors import REQUESTED, check_ipv4_subnet, internal, missing, not_found
from midonet_lab.midonet19.negotiation import JSON, Offer
from midonet_lab.midonet19.resources import media_type
from midonet_lab.midonet19.routing import (
    Answer,
    Ask,
    Endpoint,
    Handler,
    Router,
    item_view,
    list_view,
    offers_of,
)
from midonet_lab.midonet19.store import Store
from midonet_migrate.model.keys import JsonObject

_MAC_LIST = tuple(Offer(media_type("collection.MacPort", version), version) for version in (2, 1))
_VXLAN = (Offer(media_type("Port", 1), 1), Offer(JSON, 1))


def add_bridge_endpoints(router: Router) -> None:
    """Serve everything below ``/bridges/{id}`` but ports."""
    lists: tuple[tuple[str, str, Handler], ...] = (
        ("/bridges/{}/dhcp", "dhcp_subnet", partial(_subnets, "dhcp_subnet")),
        ("/bridges/{}/dhcp/{}/hosts", "dhcp_host", partial(_hosts, "dhcp_subnet", "dhcp_host")),
        ("/bridges/{}/dhcpV6", "dhcp_v6_subnet", partial(_subnets, "dhcp_v6_subnet")),
        ("/bridges/{}/dhcpV6/{}/hostsV6", "dhcp_v6_host", partial(_hosts, "dhcp_v6_subnet", "dhcp_v6_host")),
        ("/bridges/{}/arp_table", "ip4_mac_pair", partial(_subnets, "ip4_mac_pair")),
    )
    for pattern, kind, handle in lists:
        offers = offers_of(list_view(kind))
        router.add(pattern, Endpoint(kind=kind, offers=offers, handle=handle, owner=True, uuids=(0,)))
    items: tuple[tuple[str, str, Handler], ...] = (
        ("/bridges/{}/dhcp/{}", "dhcp_subnet", partial(_subnet, "dhcp_subnet")),
        ("/bridges/{}/dhcp/{}/hosts/{}", "dhcp_host", partial(_host, "dhcp_host")),
        ("/bridges/{}/dhcpV6/{}", "dhcp_v6_subnet", partial(_subnet, "dhcp_v6_subnet")),
        ("/bridges/{}/dhcpV6/{}/hostsV6/{}", "dhcp_v6_host", partial(_host, "dhcp_v6_host")),
        ("/bridges/{}/arp_table/{}", "ip4_mac_pair", _arp_pair),
    )
    for pattern, kind, handle in items:
        offers = offers_of(item_view(kind))
        router.add(pattern, Endpoint(kind=kind, offers=offers, handle=handle, owner=True, uuids=(0,)))
    macs: tuple[tuple[str, tuple[Offer, ...], Handler], ...] = (
        ("/bridges/{}/mac_table", _MAC_LIST, _mac_table),
        ("/bridges/{}/vlans/{}/mac_table", _MAC_LIST[:1], _vlan_mac_table),
        ("/bridges/{}/mac_table/{}", (Offer(media_type("MacPort", 1), 1), Offer(JSON, 1)), _mac_entry),
        (
            "/bridges/{}/vlans/{}/mac_table/{}",
            (Offer(media_type("MacPort", 2), 2), Offer(JSON, 1)),
            _mac_entry,
        ),
    )
    for pattern, offers, handle in macs:
        endpoint = Endpoint(kind="mac_port", offers=offers, handle=handle, owner=True, uuids=(0,))
        router.add(pattern, endpoint)
    for pattern, handle in (
        ("/bridges/{}/vxlan_port", _vxlan_port),
        ("/bridges/{}/vxlan_ports", _vxlan_ports),
    ):
        router.add(pattern, Endpoint(kind="port", offers=_VXLAN, handle=handle, admin=True, uuids=(0,)))


def _subnets(kind: str, ask: Ask) -> Answer:
    if ask.store.find("bridge", ask.values[0]) is None:
        raise internal()
    return ask.store.below(kind, "@bridgeId", ask.values[0])


def _subnet(kind: str, ask: Ask) -> JsonObject:
    bridge_id, key = ask.values[:2]
    if kind == "dhcp_subnet":
        check_ipv4_subnet(key)
    found = ask.store.find(kind, f"{bridge_id}/{key}")
    if found is None:
        raise not_found(REQUESTED)
    return found


def _hosts(kind: str, child: str, ask: Ask) -> Answer:
    bridge_id, key = ask.values[:2]
    if ask.store.find("bridge", bridge_id) is None or ask.store.find(kind, f"{bridge_id}/{key}") is None:
        raise internal()
    return ask.store.dhcp_hosts(child, bridge_id, key)


def _host(kind: str, ask: Ask) -> Answer:
    bridge_id, key, name = ask.values
    found = ask.store.find(kind, f"{bridge_id}/{key}/{name.replace('-', ':')}")
    if found is None:
        raise not_found("Host was not found.")
    return found


def _bridge(store: Store, bridge_id: str) -> JsonObject:
    bridge = store.find("bridge", bridge_id)
    if bridge is None:
        raise missing("bridge", bridge_id)
    return bridge


def _mac_table(ask: Ask) -> Answer:
    """Version 1 shows untagged entries only (old 3.3)."""
    bridge = _bridge(ask.store, ask.values[0])
    entries = ask.store.below("mac_port", "@bridgeId", bridge["id"])
    return [entry for entry in entries if ask.offer.version > 1 or not entry["vlanId"]]


def _vlan_mac_table(ask: Ask) -> Answer:
    bridge_id, vlan = ask.values
    _bridge(ask.store, bridge_id)
    entries = ask.store.below("mac_port", "@bridgeId", bridge_id)
    found = [entry for entry in entries if str(entry["vlanId"]) == vlan]
    if not found and vlan != "0":
        raise not_found(f"The specified bridge has no ports assigned to VLAN {vlan}.")
    return found


def _mac_entry(ask: Ask) -> Answer:
    """Answered for stored entries only; learned ones count as missing (old 3.3)."""
    vlan = ask.values[1] if len(ask.values) == 3 else "0"
    _bridge(ask.store, ask.values[0])
    mac, _, port_id = ask.values[-1].partition("_")
    entry = ask.store.find("mac_port", f"{ask.values[0]}/{vlan}/{mac.replace('-', ':')}/{port_id}")
    if entry is None or entry.get("@persistent") is False:
        raise not_found("The specified bridge does not have the specified MAC-port mapping.")
    return entry


def _arp_pair(ask: Ask) -> Answer:
    """Answered for learned pairs too (seen on a 1.9.8 server)."""
    address, _, mac = ask.values[1].partition("_")
    pair = ask.store.find("ip4_mac_pair", f"{ask.values[0]}/{address}/{mac.replace('-', ':')}")
    if pair is None:
        raise not_found("The specified bridge does not have the specified ARP table entry.")
    return pair


def _vxlan_ports(ask: Ask) -> Answer:
    """500 for bridges made through the MidoNet API without VXLAN ports, 404 for Neutron's (old 1.6)."""
    bridge = _bridge(ask.store, ask.values[0])
    if bridge["vxLanPortIds"] is None and bridge["vxLanPortId"] is None:
        raise internal()
    return _vxlan_ports_of(ask.store, bridge)


def _vxlan_port(ask: Ask) -> Answer:
    return _vxlan_ports_of(ask.store, _bridge(ask.store, ask.values[0]))[0]


def _vxlan_ports_of(store: Store, bridge: JsonObject) -> list[JsonObject]:
    ports = [port for port in store.below("port", "deviceId", bridge["id"]) if port["type"] == "Vxlan"]
    if not ports:
        raise not_found("The specified bridge does not have any VXLAN port.")
    return ports
