"""PORT: ports of networks, what they seed, and what DHCP knows of them (imp 3.5)."""

from __future__ import annotations

from typing import Any, Final

from midonet_migrate.plan.derived_ids import Derived, derived_id
from midonet_migrate.verify.expected_networks import add_dhcp_host, is_uplink, remove_dhcp_host
from midonet_migrate.verify.expected_port_chains import add_port_chains, remove_port_chains
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import ANY_IPV4, METADATA, Object

VIF: Final = "COMPUTE"
DHCP: Final = "DHCP"
INTERFACE: Final = "ROUTER_INTERFACE"
GATEWAY: Final = "ROUTER_GATEWAY"
FLOATING_IP: Final = "FLOATINGIP"
VIP: Final = "LOADBALANCER"
_SEEDED: Final = frozenset({VIF, INTERFACE, GATEWAY})
ROUTE_WEIGHT: Final = 100


def owner_of(message: Object) -> str:
    """The kind of a Neutron port."""
    return str(message.get("device_owner", VIF))


def create_port(site: Site, message: Object) -> None:
    """The port of the network, its seeds, its chains and memberships, by its kind."""
    key, owner = message["id"], owner_of(message)
    site.create("NeutronPort", key, message)
    if owner == FLOATING_IP or (owner == VIP and not site.behaviour.vip_ports):
        return
    network = message["network_id"]
    if is_uplink(site, network):
        return
    if owner in _SEEDED:
        _seed(site, message)
    site.create(
        "Port",
        key,
        {
            "network_id": network,
            "admin_state_up": message.get("admin_state_up", False),
            **_binding(site, message),
        },
    )
    site.take_key(key)
    if owner in {VIF, VIP}:
        add_port_chains(site, message)
        _join_groups(site, message)
    if owner == VIF:
        _add_hosts(site, message)
    if owner == DHCP:
        _serve_dhcp(site, message)


def release_vif(site: Site, message: Object) -> None:
    """Take chains, memberships and DHCP hosts of a VIF port away (imp 3.7.3)."""
    key = message["id"]
    remove_port_chains(site, key)
    for group in message.get("security_groups", []):
        members = site.group_members.get(group, {})
        for address in _addresses(message):
            if key in members.get(address, ()):
                members[address].remove(key)  # the address stays, even without ports
    for ip in message.get("fixed_ips", []):
        remove_dhcp_host(site, ip["subnet_id"], message.get("mac_address", ""), ip["ip_address"])


def _addresses(message: Object) -> list[str]:
    return [ip["ip_address"] for ip in message.get("fixed_ips", [])]


def _binding(site: Site, message: Object) -> Object:
    host = message.get("host_id", "")
    interface = message.get("profile", {}).get("interface_name", "")
    if not (host and interface):
        return {}
    return {"host_id": site.host(host), "interface_name": interface}


def _seed(site: Site, message: Object) -> None:
    network, mac = message["network_id"], message.get("mac_address", "")
    site.seed_mac(network, mac, message["id"])
    for address in _addresses(message)[:1]:
        site.seed_arp(network, address, mac)


def _join_groups(site: Site, message: Object) -> None:
    for group in message.get("security_groups", []):
        site.get("IPAddrGroup", group)
        members = site.group_members.setdefault(group, {})
        for address in _addresses(message):
            members.setdefault(address, []).append(message["id"])


def _add_hosts(site: Site, message: Object) -> None:
    options: list[Object] = []
    if site.behaviour.dhcp_options:
        options = [_option(option) for option in message.get("extra_dhcp_opts", [])]
    for ip in message.get("fixed_ips", []):
        host: Object = {"mac": message.get("mac_address", ""), "ip_address": ip["ip_address"]}
        if options:
            host["extra_dhcp_opts"] = options
        add_dhcp_host(site, ip["subnet_id"], host)


def _option(option: Object) -> Object:
    return {"name": option.get("opt_name", ""), "value": option.get("opt_value", "")}


def _serve_dhcp(site: Site, message: Object) -> None:
    for number, ip in enumerate(message.get("fixed_ips", [])):
        address: Any = ip["ip_address"]
        dhcp = site.get("Dhcp", ip["subnet_id"])
        if ":" in address:
            continue
        dhcp["server_address"] = address
        route = {"dst_subnet": METADATA, "gateway": address}
        dhcp.setdefault("opt121_routes", []).append(route)
        if number == 0 and "router_if_port_id" in dhcp:
            add_metadata_route(site, dhcp["router_if_port_id"], dhcp, address)


def add_metadata_route(site: Site, router_port: str, dhcp: Object, gateway: str) -> None:
    """The way to the metadata service, by the DHCP port of the subnet (imp 3.5.3)."""
    key = derived_id(Derived.METADATA_SERVICE_ROUTE, router_port)
    add_route(site, key, router_port, METADATA, gateway, source=dhcp["subnet_address"])


def add_route(
    site: Site,
    key: str,
    port: str,
    destination: str,
    gateway: str | None = None,
    *,
    source: str = ANY_IPV4,
    next_hop: str = "PORT",
    dhcp: str | None = None,
) -> None:
    """A route of a router port."""
    fields = {
        "src_subnet": source,
        "dst_subnet": destination,
        "next_hop": next_hop,
        "next_hop_port_id": port,
        "weight": ROUTE_WEIGHT,
        "next_hop_gateway": gateway,
        "gateway_dhcp_id": dhcp,
    }
    site.create("Route", key, fields)
