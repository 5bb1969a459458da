"""What the 1.9 server leaves behind when Neutron's resources move on: its own work, and nobody's wish.

It updates some objects in place and forgets where they were before: the NAT pair and the route of a floating
IP that went straight to another router, the metadata route of a DHCP port that is gone, rules and routes for
a former address of a gateway or of a port on an external network. Carried over as if made by hand, they would
work against what the importer makes. Each needs the form that only the server gives (old 3.5, 3.7, 4.4, 4.5).
"""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord
from midonet_migrate.plan.derived_ids import same_subnet_snat_rule_id
from midonet_migrate.plan.ownership.chain_names import POST, ChainName
from midonet_migrate.plan.ownership.expected_rules import ExpectedRule, RouterEnd, router_post, router_pre
from midonet_migrate.plan.ownership.port_roles import PortMap
from midonet_migrate.plan.ownership.signatures import looks_server_made, signature
from midonet_migrate.plan.ownership.site import ROUTER_GATEWAY, Site, port_ref
from midonet_migrate.plan.ownership.values import (
    ANY_ADDRESS,
    METADATA_ADDRESS,
    fixed_addresses,
    network_text,
    split_cidr,
)
from midonet_migrate.plan.ownership.verdicts import neutron

LEFT_BEHIND = "left-behind"
_WEIGHT = 100


def left_behind_rule(
    site: Site, roles: PortMap, chain_id: str, name: ChainName, rule: JsonObject
) -> OwnerRecord | None:
    """The verdict on a rule that is not among the expected ones of a chain of Neutron, if the server wrote it
    for a floating IP that is elsewhere now, an interface that is gone, or a former address of the gateway."""
    if name.kind != "routers" or not looks_server_made(rule):
        return None
    ports = rule.get("outPorts" if name.side == POST else "inPorts") or []
    port = ports[0] if ports else ""
    is_gone = port != "" and port not in site.ports
    if is_gone and rule["id"] == same_subnet_snat_rule_id(chain_id, port):
        reason = "for an interface that is gone"
        return neutron(LEFT_BEHIND, NeutronRef("routers", name.id), reason=reason)
    if port and (floating_ip := _floating_ip_of(site, name, port, rule)) is not None:
        reason = "the floating IP is elsewhere now; the server forgot this when it moved"
        return neutron(LEFT_BEHIND, NeutronRef("floating_ips", floating_ip), reason=reason)
    address = _former_gateway_address(site, roles, name, rule, port)
    if address is None or not _is_among(rule, _build(name, RouterEnd(port, address), snat=True)):
        return None
    reason = f"for {address}, a former address of the gateway"
    return neutron(LEFT_BEHIND, NeutronRef("routers", name.id), reason=reason)


def _build(
    name: ChainName, end: RouterEnd, *floating_ips: JsonObject, snat: bool = False
) -> list[ExpectedRule]:
    return (router_post if name.side == POST else router_pre)("", end, snat, (), floating_ips)


def _is_among(rule: JsonObject, expected: list[ExpectedRule]) -> bool:
    content = signature(rule)
    return any(content in item.contents for item in expected)


def _floating_ip_of(site: Site, name: ChainName, port: str, rule: JsonObject) -> str | None:
    """The floating IP that a NAT rule was for.

    A rule for the association of today is no remainder but somebody's copy.
    """
    target = (rule.get("natTargets") or [{}])[0].get("addressFrom")
    if name.side == POST:
        outside, fixed = target, rule.get("nwSrcAddress")
    else:
        outside, fixed = rule.get("nwDstAddress"), target
    for item in site.floating_ips_at.get(outside or "", []) if fixed else ():
        is_todays = (item.get("router_id"), item.get("fixed_ip_address")) == (name.id, fixed)
        then = {**item, "fixed_ip_address": fixed}
        if not is_todays and _is_among(rule, _build(name, RouterEnd(port, ""), then)):
            return str(item["id"])
    return None


def _former_gateway_address(
    site: Site, roles: PortMap, name: ChainName, rule: JsonObject, port: str
) -> str | None:
    """The address outside that a rule is about, if a gateway there may have been and is not that of today."""
    gateway = roles.gateways.get(name.id)
    own = fixed_addresses(gateway.neutron_port) if gateway else []
    if port in site.ports and (gateway is None or port != gateway.end.port_id):
        return None
    target = (rule.get("natTargets") or [{}])[0].get("addressFrom")
    address: str | None = target or rule.get("nwDstAddress") or rule.get("nwSrcAddress")
    outside = (subnet for key in site.networks if site.is_external(key) for subnet in site.v4_subnets(key))
    return address if address not in own and any(_is_in(address, subnet) for subnet in outside) else None


def left_behind_route(
    site: Site, roles: PortMap, route: JsonObject, provider_router: str | None
) -> OwnerRecord | None:
    """The verdict on a route that is not among the expected ones, if the server made it for what is gone."""
    is_plain = route["type"] == "Normal" and not route.get("learned") and not route.get("attributes")
    if not is_plain or route["weight"] != _WEIGHT or route["dstNetworkLength"] != 32:
        return None
    if route["dstNetworkAddr"] == METADATA_ADDRESS:
        return _metadata_route(site, roles, route)
    if route["routerId"] == provider_router and route.get("nextHopGateway") == ANY_ADDRESS:
        return _moved_address_route(site, route) or _external_route(roles, route)
    return None


def _metadata_route(site: Site, roles: PortMap, route: JsonObject) -> OwnerRecord | None:
    """Through the gateway of a subnet to a DHCP port of its network, in whichever subnet: the importer makes
    one, too. Or, in the exact form of the server, to an address of the network that no port has any more."""
    subnet = _subnet_through(roles, route)
    if subnet is None:
        return None
    source = (route["srcNetworkAddr"], route["srcNetworkLength"])
    of_subnet = source == split_cidr(subnet["cidr"])
    if not of_subnet and source != (ANY_ADDRESS, 0):
        return None
    network_id, gateway = subnet["network_id"], route.get("nextHopGateway")
    own_address = site.ports.get(route["nextHopPort"], {}).get("portAddress")
    for port in site.dhcp_ports.get(network_id, []):
        if gateway in fixed_addresses(port) and own_address == subnet.get("gateway_ip"):
            reason = "to a DHCP port: the importer makes its own route to the metadata service"
            return neutron("route-metadata", port_ref(port["id"]), reason=reason)
    ports = site.ports_by_network.get(network_id, [])
    if not of_subnet or any(gateway in fixed_addresses(port) for port in ports):
        return None
    if not any(_is_in(gateway, other) for other in site.v4_subnets(network_id)):
        return None
    reason = f"to {gateway}, where a DHCP port was once"
    return neutron(LEFT_BEHIND, NeutronRef("subnets", subnet["id"]), reason=reason)


def _subnet_through(roles: PortMap, route: JsonObject) -> JsonObject | None:
    """The subnet that the next hop port of a route is the router's end of, as the server made it."""
    port_id = route.get("nextHopPort")
    for interface in roles.interfaces.get(route["routerId"], []):
        if interface.end.port_id == port_id:
            return interface.subnet
    return _external_subnet(roles, port_id)


def _external_subnet(roles: PortMap, port_id: str | None) -> JsonObject | None:
    for links in roles.external_links.values():
        for subnet, _, port in links:
            if port["id"] == port_id:
                return subnet
    return None


def _moved_address_route(site: Site, route: JsonObject) -> OwnerRecord | None:
    """Through the gateway of a router that the floating IP, or the VIP with its pool, is not on."""
    port = site.neutron_ports.get(route.get("nextHopPort") or "", {})
    if port.get("device_owner") != ROUTER_GATEWAY or not _is_from_anywhere(route):
        return None
    address, network_id = route["dstNetworkAddr"], port["network_id"]
    end = site.ports.get(site.ports.get(port["id"], {}).get("peerId") or "", {})
    if end.get("portAddress") == address and address not in fixed_addresses(port):
        return neutron(LEFT_BEHIND, port_ref(port["id"]), reason="to a former address of the gateway")
    for item in site.floating_ips_at.get(address, []):
        if item.get("floating_network_id") == network_id:
            reason = "the floating IP is not on that router; the server forgot this when it moved"
            return neutron(LEFT_BEHIND, NeutronRef("floating_ips", item["id"]), reason=reason)
    for item in site.neutron_vips.values():
        own = site.neutron_ports.get(item.get("port_id") or "", {})
        if own.get("network_id") == network_id and address in site.vip_addresses(item):
            reason = "the pool of the VIP is not on that router; the server forgot this when it moved"
            return neutron(LEFT_BEHIND, NeutronRef("vips", item["id"]), reason=reason)
    return None


def _external_route(roles: PortMap, route: JsonObject) -> OwnerRecord | None:
    """To a former address of a port on an external network: in the subnet that the link reaches anyway."""
    subnet = _external_subnet(roles, route.get("nextHopPort"))
    if subnet is None or not _is_from_anywhere(route) or not _is_in(route["dstNetworkAddr"], subnet):
        return None
    reason = "to an address of the external subnet that its port no longer has"
    ref = NeutronRef("subnets", subnet["id"])
    return OwnerRecord(Owner.PROVIDER_ROUTER_INFRA, "route-external-port", reason, ref)


def _is_from_anywhere(route: JsonObject) -> bool:
    return (route["srcNetworkAddr"], route["srcNetworkLength"]) == (ANY_ADDRESS, 0)


def _is_in(address: str | None, subnet: JsonObject) -> bool:
    network, length = split_cidr(subnet["cidr"])
    return bool(address) and length >= 0 and network_text(str(address), length) == network
