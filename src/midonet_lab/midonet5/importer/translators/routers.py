"""ROUTER (imp 3.6)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import INDEX, ImporterFailure, illegal_argument, illegal_state
from midonet_lab.midonet5.importer.java_values import parse_ipv4
from midonet_lab.midonet5.importer.object_text import halves, one_line
from midonet_lab.midonet5.importer.shapes import ANY_SUBNET, local_route, port_route, random_mac
from midonet_lab.midonet5.importer.subnets import contains
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.importer.translators.routing import create_gateway_rules, delete_gateway_rules
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    extra_route_id,
    forward_chain_id,
    in_chain_id,
    out_chain_id,
    tenant_gateway_port_id,
)


class RouterTranslator(Translator):
    """ROUTER."""

    message = "NeutronRouter"

    def create(self, context: Context, router: StoredObject) -> None:
        """Chains, the Router, port groups, the gateway; extra routes are ignored."""
        router_id, tenant = router["id"], router.get("tenant_id", "")
        chains = {
            in_chain_id(router_id): "PRE_ROUTING",
            out_chain_id(router_id): "POST_ROUTING",
            forward_chain_id(router_id): "FORWARD",
        }
        for chain, name in chains.items():
            context.create("Chain", id=chain, name=f"OS_{name}_{router_id}")
        context.create(
            "Router",
            id=router_id,
            tenant_id=router.get("tenant_id"),
            name=router.get("name"),
            admin_state_up=router.get("admin_state_up"),
            inbound_filter_id=in_chain_id(router_id),
            outbound_filter_id=out_chain_id(router_id),
            forward_chain_id=forward_chain_id(router_id),
        )
        group = derived_id(Derived.PORT_GROUP, router_id)
        context.create("PortGroup", id=group, name=f"OS_PORT_GROUP_{group}", tenant_id=tenant, stateful=True)
        if context.features.interface_port_group:
            create_interface_port_group(context, router_id, tenant)
        if "gw_port_id" in router:
            self._create_gateway(context, router)

    def update(self, context: Context, router: StoredObject) -> None:
        """Attributes, a new gateway or its SNAT, and the difference of the extra routes."""
        stored = context.get("Router", router["id"])
        old = context.find("NeutronRouter", router["id"]) or {}
        context.update(
            "Router",
            stored,
            tenant_id=router.get("tenant_id", ""),
            name=router.get("name", ""),
            admin_state_up=router.get("admin_state_up", False),
        )
        if "gw_port_id" in router:
            self._update_gateway(context, router)
        self._update_routes(context, router, stored, old)

    def delete(self, context: Context, router_id: str) -> None:
        """Chains, port groups, and the Router with its ports by the binding."""
        if context.find("NeutronRouter", router_id) is None:
            return
        for chain in (in_chain_id(router_id), out_chain_id(router_id), forward_chain_id(router_id)):
            context.delete("Chain", chain)
        context.delete("PortGroup", derived_id(Derived.PORT_GROUP, router_id))
        if context.features.interface_port_group:
            context.delete("PortGroup", derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, router_id))
        context.delete("Router", router_id)

    def _create_gateway(self, context: Context, router: StoredObject) -> None:
        gateway = context.get("NeutronPort", router["gw_port_id"])
        network_port = context.get("Port", router["gw_port_id"])
        if not gateway.get("fixed_ips"):
            raise ImporterFailure(INDEX, "Index: 0")
        fixed = gateway["fixed_ips"][0]
        subnet_id, address = fixed.get("subnet_id"), copied(fixed, "ip_address")
        dhcp = context.get("Dhcp", subnet_id)
        context.get("NeutronSubnet", subnet_id)
        if "peer_id" in network_port:
            raise illegal_state(
                f"Port {halves(network_port['id'])}already connected to {halves(network_port['peer_id'])}."
            )
        port = tenant_gateway_port_id(gateway["id"])
        subnet = copied(dhcp, "subnet_address")
        context.create(
            "Port",
            id=port,
            router_id=router["id"],
            admin_state_up=True,
            port_subnet=subnet,
            port_address=address,
            port_mac=gateway.get("mac_address") or random_mac(),
            peer_id=gateway["id"],
        )
        local_route(context, port, address)
        port_route(
            context,
            derived_id(Derived.GATEWAY_ROUTE, port),
            port,
            ANY_SUBNET,
            next_hop_gateway=dhcp.get("default_gateway"),
            gateway_dhcp_id=subnet_id,
        )
        port_route(context, derived_id(Derived.ROUTER_INTERFACE_ROUTE, port), port, subnet)
        if _snat_wanted(router) and not self._has_snat(context, router["id"]):
            create_gateway_rules(context, router["id"], port, address)

    def _update_gateway(self, context: Context, router: StoredObject) -> None:
        network_port = context.get("Port", router["gw_port_id"])
        if "peer_id" not in network_port:
            self._create_gateway(context, router)
            return
        tenant_port = context.find("Port", tenant_gateway_port_id(router["gw_port_id"]))
        wanted, present = _snat_wanted(router), self._has_snat(context, router["id"])
        if wanted and not present and tenant_port is not None:
            create_gateway_rules(
                context, router["id"], tenant_port["id"], copied(tenant_port, "port_address")
            )
        elif present and not wanted:
            delete_gateway_rules(context, router["id"])

    def _has_snat(self, context: Context, router_id: str) -> bool:
        return context.find("Rule", derived_id(Derived.OUT_SNAT_RULE, router_id)) is not None

    def _update_routes(
        self, context: Context, router: StoredObject, stored: StoredObject, old: StoredObject
    ) -> None:
        before, after = _routes(old), _routes(router)
        ports: list[StoredObject] | None = None
        for key, route in after.items():
            if key in before:
                continue
            destination, next_hop = copied(route, "destination"), copied(route, "nexthop")
            route_id = _route_id(router["id"], route)
            if ports is None:
                ids = stored.get("port_ids", [])
                context.prefetch([("Port", port_id) for port_id in ids])
                ports = [context.get("Port", port_id) for port_id in ids]
            port = next((port for port in ports if _reaches(port, _address(route, "nexthop"))), None)
            if port is None:
                text = one_line(context.zoom, "NeutronRoute", route)
                raise illegal_argument(f"No valid port was found to add route: {text}")
            port_route(context, route_id, port["id"], destination, next_hop_gateway=next_hop)
        for key, route in before.items():
            if key not in after:
                context.delete("Route", _route_id(router["id"], route))


def create_interface_port_group(context: Context, router_id: str, tenant: str) -> None:
    """The group of a router's interface ports (5.2)."""
    context.create(
        "PortGroup",
        id=derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, router_id),
        name=f"OS_PORT_GROUP_ROUTER_INTF_{router_id}",
        tenant_id=tenant,
        stateful=False,
    )


def _reaches(port: StoredObject, next_hop: str) -> bool:
    subnet, address = port.get("port_subnet"), port.get("port_address", {}).get("address")
    return subnet is not None and contains(subnet, next_hop) and address != next_hop


def _routes(router: StoredObject) -> dict[tuple[Any, ...], StoredObject]:
    """Routes by destination and next hop: equal ones are one."""
    return {
        (str(route.get("destination")), str(route.get("nexthop"))): route
        for route in router.get("routes", ())
    }


def _route_id(router_id: str, route: StoredObject) -> str:
    """Raises for IPv6, and for a route without destination or next hop."""
    return extra_route_id(
        router_id,
        parse_ipv4(_address(route, "destination")),
        route.get("destination", {}).get("prefix_length", 0),
        parse_ipv4(_address(route, "nexthop")),
    )


def _address(route: StoredObject, name: str) -> str:
    address: str = route.get(name, {}).get("address", "")
    return address


def _snat_wanted(router: StoredObject) -> bool:
    return bool(router.get("external_gateway_info", {}).get("enable_snat", False))
