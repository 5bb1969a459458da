"""ROUTER: the router, its chains and groups, its gateway and its extra routes (imp 3.6)."""

from __future__ import annotations

from midonet_migrate.errors import IntegrityFailed
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    extra_route_id,
    forward_chain_id,
    in_chain_id,
    out_chain_id,
    tenant_gateway_port_id,
)
from midonet_migrate.verify.expected_ports import add_route
from midonet_migrate.verify.expected_rules import ICMP, back_translation, literal, translation
from midonet_migrate.verify.site import FIRST_PORT, LAST_PORT, Site
from midonet_migrate.verify.values import ANY_IPV4, ANYTHING, Object, host_subnet, in_subnet

_ANY_PORT = (FIRST_PORT, LAST_PORT)


def create_router(site: Site, message: Object) -> None:
    """The router with everything that belongs to it; ``routes`` are only retained."""
    key, tenant = message["id"], message.get("tenant_id")
    site.create("NeutronRouter", key, message)
    inbound, outbound, forward = in_chain_id(key), out_chain_id(key), forward_chain_id(key)
    site.chain(inbound, f"OS_PRE_ROUTING_{key}")
    site.chain(outbound, f"OS_POST_ROUTING_{key}")
    site.chain(forward, f"OS_FORWARD_{key}")
    site.create(
        "Router",
        key,
        {
            "tenant_id": tenant,
            "name": message.get("name"),
            "admin_state_up": message.get("admin_state_up"),
            "inbound_filter_id": inbound,
            "outbound_filter_id": outbound,
            "forward_chain_id": forward,
        },
    )
    # An unset tenant reads as the empty text, which the groups then have, unlike the router.
    group, owner = derived_id(Derived.PORT_GROUP, key), tenant or ""
    name = f"OS_PORT_GROUP_{group}"
    site.create("PortGroup", group, {"name": name, "tenant_id": owner, "stateful": True})
    if site.behaviour.interface_port_group:
        name = f"OS_PORT_GROUP_ROUTER_INTF_{key}"
        group = derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, key)
        site.create("PortGroup", group, {"name": name, "tenant_id": owner, "stateful": False})
    if "gw_port_id" in message:
        _connect(site, message)


def update_router(site: Site, message: Object) -> None:
    """Attributes, gateway, SNAT, and the routes that were not retained before."""
    key = message["id"]
    before = _routes(site.get("NeutronRouter", key))
    site.all("NeutronRouter")[key] = message
    router = site.get("Router", key)
    # Unlike a CREATE an UPDATE sets what is unset, too: to the empty text, and to down.
    router |= {"tenant_id": "", "name": "", "admin_state_up": False}
    router |= {field: message[field] for field in ("tenant_id", "name", "admin_state_up") if field in message}
    if "gw_port_id" in message:
        if "peer_id" in site.get("Port", message["gw_port_id"]):
            _set_snat(site, message)
        else:
            _connect(site, message)
    after = _routes(message)
    for destination, next_hop in after:
        if (destination, next_hop) not in before:
            _add_extra_route(site, key, destination, next_hop)
    for destination, next_hop in before:
        if (destination, next_hop) not in after:
            site.remove("Route", _extra_route(key, destination, next_hop))


def _routes(message: Object) -> dict[tuple[str, str], None]:
    return {(route["destination"], route["nexthop"]): None for route in message.get("routes", [])}


def _extra_route(router: str, destination: str, next_hop: str) -> str:
    address, _, length = destination.partition("/")
    return extra_route_id(router, address, int(length), next_hop)


def _add_extra_route(site: Site, router: str, destination: str, next_hop: str) -> None:
    for port, fields in site.ports_of(router):
        subnet = fields.get("port_subnet")
        if subnet and fields.get("port_address") != next_hop and in_subnet(subnet, next_hop):
            add_route(site, _extra_route(router, destination, next_hop), port, destination, next_hop)
            return
    raise IntegrityFailed(
        f"No port of router {router} reaches {next_hop}, the next hop of the route to {destination}",
        why="The importer would refuse the task (imp 3.6).",
        hint="Prepare again; if it happens again, report it.",
    )


def _connect(site: Site, message: Object) -> None:
    key, gateway = message["id"], message["gw_port_id"]
    neutron_port = site.get("NeutronPort", gateway)
    first = neutron_port["fixed_ips"][0]
    address, subnet = first["ip_address"], first["subnet_id"]
    dhcp = site.get("Dhcp", subnet)
    port = tenant_gateway_port_id(gateway)
    site.router_port(
        key,
        port,
        {
            "admin_state_up": True,
            "port_subnet": dhcp["subnet_address"],
            "port_address": address,
            "port_mac": neutron_port.get("mac_address", ANYTHING),
        },
    )
    site.keyless.add(port)
    site.link(port, gateway)
    local, default = derived_id(Derived.LOCAL_ROUTE, port), derived_id(Derived.GATEWAY_ROUTE, port)
    add_route(site, local, port, host_subnet(address), next_hop="LOCAL")
    add_route(site, default, port, ANY_IPV4, dhcp.get("default_gateway"), dhcp=subnet)
    add_route(site, derived_id(Derived.ROUTER_INTERFACE_ROUTE, port), port, dhcp["subnet_address"])
    _set_snat(site, message)


def _set_snat(site: Site, message: Object) -> None:
    key, gateway = message["id"], message["gw_port_id"]
    wanted = message.get("external_gateway_info", {}).get("enable_snat", False)
    snat = derived_id(Derived.OUT_SNAT_RULE, key)
    fragments = derived_id(Derived.OUT_DROP_UNMATCHED_FRAGMENTS_RULE, key)
    reverse = derived_id(Derived.IN_REVERSE_SNAT_RULE, key)
    wrong = derived_id(Derived.IN_DROP_WRONG_PORT_TRAFFIC_RULE, key)
    exists = site.find("Rule", snat) is not None
    if exists and not wanted:
        for rule in (snat, fragments, reverse, wrong):
            site.remove_rule(rule)
    if exists or not wanted:
        return
    port = tenant_gateway_port_id(gateway)
    address = site.get("NeutronPort", gateway)["fixed_ips"][0]["ip_address"]
    own = host_subnet(address)
    leaving = {"out_port_ids": [port], "nw_src_ip": own, "nw_src_inv": True}
    inbound, outbound = in_chain_id(key), out_chain_id(key)
    site.rule(outbound, snat, translation("ACCEPT", leaving, address, _ANY_PORT))
    site.rule(outbound, fragments, literal("DROP", {**leaving, "fragment_policy": "ANY"}))
    site.rule(inbound, reverse, back_translation({"in_port_ids": [port], "nw_dst_ip": own}))
    site.rule(inbound, wrong, literal("DROP", {"nw_dst_ip": own, "nw_proto": ICMP, "nw_proto_inv": True}))
