"""Groups of addresses, DHCP, balancing, BGP, VTEPs, traces, table entries (new 2.6 - 2.9, 2.14 - 2.19)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.derived_ids import midonet_xor
from midonet_migrate.verify.created_values import (
    LOAD_BALANCER,
    MEMBER,
    MONITOR,
    POOL,
    VIP,
    fields_of,
    make,
    make_or_change,
    parent_of,
    subnet_of,
)
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, Unordered, stored_address, stored_subnet

_MEMBER_KEY: Final = frozenset({"address", "protocol_port"})
_TRACED: Final = {"PORT": "port_id", "BRIDGE": "network_id", "ROUTER": "router_id"}


def ip_addr_group(site: Site, request: ObjectRequest) -> None:
    """An empty group of addresses."""
    body = request.body or {}
    make(site, "IPAddrGroup", body["id"], {"name": body["name"]})


def ip_addr_group_addr(site: Site, request: ObjectRequest) -> None:
    """An address of a group; one that is there stays as it is."""
    group = parent_of(request.path)
    site.get("IPAddrGroup", group)
    site.touch("IPAddrGroup", group)
    address = stored_address(str((request.body or {})["addr"]))
    site.group_members.setdefault(group, {}).setdefault(address, [])


def load_balancer(site: Site, request: ObjectRequest) -> None:
    """A load balancer without router, or its admin state."""
    fields = fields_of(LOAD_BALANCER, request.body or {})
    make_or_change(site, "LoadBalancer", request, fields, usual={"admin_state_up": True})


def health_monitor(site: Site, request: ObjectRequest) -> None:
    """A monitor; new ones are up whatever is asked (new 2.16)."""
    fields = fields_of(MONITOR, request.body or {})
    make_or_change(site, "HealthMonitor", request, fields, fixed={"admin_state_up": True})


def pool(site: Site, request: ObjectRequest) -> None:
    """A pool; with a monitor its mapping waits for an agent."""
    body = request.body or {}
    fields = fields_of(POOL, body)
    if body.get("healthMonitorId"):
        fields["mapping_status"] = "PENDING_CREATE"
    fixed: Object = {"protocol": "TCP", "status": "ACTIVE"}
    make_or_change(site, "Pool", request, fields, usual={"admin_state_up": True}, fixed=fixed)


def pool_member(site: Site, request: ObjectRequest) -> None:
    """A member; new ones are up whatever is asked, and address and port stay (new 2.16)."""
    fields = fields_of(MEMBER, request.body or {})
    if request.method == "PUT":
        fields = {name: value for name, value in fields.items() if name not in _MEMBER_KEY}
    fixed: Object = {"admin_state_up": True, "status": "ACTIVE"}
    make_or_change(site, "PoolMember", request, fields, usual={"weight": 1}, fixed=fixed)


def vip(site: Site, request: ObjectRequest) -> None:
    """A VIP, or new values of its attributes."""
    fields = fields_of(VIP, request.body or {})
    make_or_change(site, "Vip", request, fields, usual={"admin_state_up": True})


def dhcp_subnet(site: Site, request: ObjectRequest) -> None:
    """A DHCP subnet, which the server gives a random id."""
    body = request.body or {}
    bridge = parent_of(request.path)
    site.get("Network", bridge)
    subnet = subnet_of(body["subnetPrefix"], body.get("subnetLength"))
    fields: Object = {
        "network_id": bridge,
        "subnet_address": subnet,
        "default_gateway": _address(body.get("defaultGateway")),
        "server_address": _address(body.get("serverAddr")),
        "dns_server_address": [stored_address(text) for text in body.get("dnsServerAddrs") or []] or None,
        "interface_mtu": body.get("interfaceMTU"),
        "opt121_routes": [_opt121(route) for route in body.get("opt121Routes") or []] or None,
        "enabled": body.get("enabled", True),
    }
    kept = {field: value for field, value in fields.items() if value is not None}
    site.dhcp_subnets[bridge, str(subnet)] = kept


def _address(text: str | None) -> str | None:
    return None if text is None else stored_address(text)


def _opt121(route: JsonObject) -> Object:
    """A route of option 121; the server takes one without either member (new 2.8)."""
    fields = {
        "dst_subnet": subnet_of(route.get("destinationPrefix"), route.get("destinationLength")),
        "gateway": _address(route.get("gatewayAddr")),
    }
    return {field: value for field, value in fields.items() if value is not None}


def dhcp_host(site: Site, request: ObjectRequest) -> None:
    """A host of a DHCP subnet."""
    body = request.body or {}
    parts = request.path.split("/")
    subnet = stored_subnet(parts[4].replace("_", "/"))
    found = site.dhcp_subnets[parts[2], subnet]
    options = [_option(option) for option in body.get("extraDhcpOpts") or []]
    fields = {
        "mac": body["macAddr"],
        "ip_address": _address(body.get("ipAddr")),
        "name": body.get("name"),
        "extra_dhcp_opts": options or None,
    }
    host = {field: value for field, value in fields.items() if value is not None}
    found.setdefault("hosts", Unordered()).append(host)


def _option(option: JsonObject) -> Object:
    fields = {"name": option.get("optName"), "value": option.get("optValue")}
    return {field: value for field, value in fields.items() if value is not None}


def dhcp_v6_subnet(site: Site, request: ObjectRequest) -> None:
    """A DHCPv6 subnet, which the server gives a random id."""
    site.dhcp_v6[parent_of(request.path)] += 1


def bgp_peer(site: Site, request: ObjectRequest) -> None:
    """A BGP peer of a router."""
    make(site, "BgpPeer", (request.body or {})["id"], {"router_id": parent_of(request.path)})


def bgp_network(site: Site, request: ObjectRequest) -> None:
    """A prefix that a router announces."""
    make(site, "BgpNetwork", (request.body or {})["id"], {"router_id": parent_of(request.path)})


def vtep(site: Site, request: ObjectRequest) -> None:
    """A VTEP."""
    make(site, "Vtep", (request.body or {})["id"], {})


def vtep_binding(site: Site, request: ObjectRequest) -> None:
    """A port and VLAN of a VTEP; the first of a bridge makes a VXLAN port (new 2.5, 2.17)."""
    network, key = (request.body or {})["networkId"], parent_of(request.path)
    site.vxlan_ports[str(midonet_xor(UUID(key), UUID(network)))] = network


def trace_request(site: Site, request: ObjectRequest) -> None:
    """A trace request of a device."""
    body = request.body or {}
    make(site, "TraceRequest", body["id"], {_TRACED[body["deviceType"]]: body["deviceId"]})


def mac_port(site: Site, request: ObjectRequest) -> None:
    """A static MAC: it replaces another port's of the same VLAN (new 2.6)."""
    body = request.body or {}
    network, mac, vlan = parent_of(request.path), str(body["macAddr"]), body.get("vlanId") or 0
    entries = site.mac_entries.setdefault(network, set())
    for entry in [entry for entry in entries if (entry[0], entry[1].lower()) == (vlan, mac.lower())]:
        entries.remove(entry)
    site.seed_mac(network, mac, body["portId"], vlan)


def ip4_mac_pair(site: Site, request: ObjectRequest) -> None:
    """A static ARP entry: it replaces another MAC of the address (new 2.7)."""
    body = request.body or {}
    network, address = parent_of(request.path), stored_address(body["ip"])
    entries = site.arp_entries.setdefault(network, set())
    for entry in [entry for entry in entries if entry[0] == address]:
        entries.remove(entry)
    site.seed_arp(network, address, body["mac"])


def by_api_only(site: Site, request: ObjectRequest) -> None:
    """Nothing that could be looked for in ZooKeeper: the API's answers alone are compared."""
    del site, request
