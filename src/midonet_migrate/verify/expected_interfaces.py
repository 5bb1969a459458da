"""ROUTERINTERFACE: the router's side of an interface, linked or, on an uplink, bound (imp 3.7)."""

from __future__ import annotations

from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    in_chain_id,
    interface_peer_id,
    out_chain_id,
    same_subnet_snat_rule_id,
)
from midonet_migrate.verify.expected_networks import is_uplink
from midonet_migrate.verify.expected_ports import (
    INTERFACE,
    VIF,
    add_metadata_route,
    add_route,
    owner_of,
    release_vif,
)
from midonet_migrate.verify.expected_rules import back_translation, translation
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import ANYTHING, METADATA, Object, host_subnet


def create_interface(site: Site, message: Object) -> None:
    """The router port of an interface with its routes and, inside, its SNAT rules."""
    router, neutron_key, subnet_key = message["id"], message["port_id"], message["subnet_id"]
    neutron_port = site.get("NeutronPort", neutron_key)
    subnet = site.get("NeutronSubnet", subnet_key)
    uplink = is_uplink(site, neutron_port["network_id"])
    fixed_ips = neutron_port.get("fixed_ips", [])
    address = fixed_ips[0]["ip_address"] if fixed_ips else subnet["gateway_ip"]
    port = interface_peer_id(neutron_key)
    fields = {
        "admin_state_up": True,
        "port_subnet": subnet["cidr"],
        "port_address": address,
        "port_mac": neutron_port.get("mac_address", ANYTHING),
    }
    site.get("Router", router)
    made = site.router_port(router, port, fields)
    if uplink:
        made["port_group_ids"] = {derived_id(Derived.PORT_GROUP, router)}
        made["host_id"] = site.host(neutron_port.get("host_id", ""))
        made["interface_name"] = neutron_port.get("profile", {}).get("interface_name", "")
        site.take_key(port)
    else:
        site.keyless.add(port)
        site.link(port, neutron_key)
        if site.behaviour.interface_port_group:
            made["port_group_ids"] = {derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, router)}
    _convert_owner(site, neutron_port, router, uplink=uplink)
    if not uplink:
        if address == subnet.get("gateway_ip"):
            _own_gateway(site, subnet_key, port)
        _add_snat(site, router, port, address)
    add_route(site, derived_id(Derived.ROUTER_INTERFACE_ROUTE, port), port, subnet["cidr"])
    local = derived_id(Derived.LOCAL_ROUTE, port)
    add_route(site, local, port, host_subnet(address), next_hop="LOCAL")


def _convert_owner(site: Site, neutron_port: Object, router: str, *, uplink: bool) -> None:
    owner = owner_of(neutron_port)
    if owner == INTERFACE:
        return
    if owner == VIF and not uplink:
        release_vif(site, neutron_port)
    neutron_port.update(device_owner=INTERFACE, device_id=router)


def _own_gateway(site: Site, subnet: str, port: str) -> None:
    dhcp = site.get("Dhcp", subnet)
    dhcp["router_if_port_id"] = port
    site.get("Port", port)["dhcp_id"] = subnet
    server = dhcp.get("server_address")
    if server is not None and server != dhcp.get("default_gateway"):
        add_metadata_route(site, port, dhcp, server)


def _add_snat(site: Site, router: str, port: str, address: str) -> None:
    inbound, outbound = in_chain_id(router), out_chain_id(router)
    turning = {
        "match_forward_flow": True,
        "in_port_ids": [port],
        "out_port_ids": [port],
        "nw_dst_ip": METADATA,
        "nw_dst_inv": True,
    }
    returning = {"match_return_flow": True, "in_port_ids": [port], "nw_dst_ip": host_subnet(address)}
    site.rule(
        outbound,
        same_subnet_snat_rule_id(outbound, port),
        translation("ACCEPT", turning, address, site.same_subnet_ports),
    )
    site.rule(inbound, same_subnet_snat_rule_id(inbound, port), back_translation(returning))
