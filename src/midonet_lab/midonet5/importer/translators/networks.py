"""NETWORK and SUBNET (imp 3.3, 3.4)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import illegal_argument
from midonet_lab.midonet5.importer.shapes import METADATA
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.topology.text_format import StoredObject


def is_uplink(network: StoredObject) -> bool:
    """Whether nothing of the network, its subnets and ports is in the topology."""
    return network.get("network_type") == "UPLINK"


class NetworkTranslator(Translator):
    """NETWORK."""

    message = "NeutronNetwork"

    def create(self, context: Context, network: StoredObject) -> None:
        """The Network, and in 5.0 the nodes of its tables."""
        if is_uplink(network):
            return
        context.create(
            "Network",
            id=network["id"],
            tenant_id=network.get("tenant_id", ""),
            name=network.get("name", ""),
            admin_state_up=network.get("admin_state_up", False),
        )
        if context.features.plain_tables:
            for path in _plain_tables(context, network["id"]):
                context.create_node(path)

    def update(self, context: Context, network: StoredObject) -> None:
        """Name and admin state."""
        if is_uplink(network):
            return
        context.update(
            "Network",
            context.get("Network", network["id"]),
            name=network.get("name", ""),
            admin_state_up=network.get("admin_state_up", False),
        )

    def delete(self, context: Context, network_id: str) -> None:
        """The Network, with ports and Dhcps by its bindings."""
        if context.features.unknown_deletes_ignored:
            network = context.find("NeutronNetwork", network_id)
        else:
            network = context.get("NeutronNetwork", network_id)
        if network is None or is_uplink(network):
            return
        context.delete("Network", network_id)
        if context.features.plain_tables:
            for path in _plain_tables(context, network_id):
                context.delete_node(path)


class SubnetTranslator(Translator):
    """SUBNET."""

    message = "NeutronSubnet"

    def create(self, context: Context, subnet: StoredObject) -> None:
        """The Dhcp."""
        if self._not_translated(context, subnet):
            return
        gateway = subnet.get("gateway_ip")
        context.create(
            "Dhcp",
            id=subnet["id"],
            network_id=subnet["network_id"],
            default_gateway=gateway,
            server_address=gateway,
            subnet_address=subnet.get("cidr"),
            enabled=subnet.get("enable_dhcp"),
            dns_server_address=subnet.get("dns_nameservers"),
            opt121_routes=_host_routes(subnet),
        )

    def update(self, context: Context, subnet: StoredObject) -> None:
        """Address, flags, lists; a new gateway also reaches the default routes through the subnet."""
        if self._not_translated(context, subnet):
            return
        dhcp = context.get("Dhcp", subnet["id"])
        gateway = subnet.get("gateway_ip")
        routes = _host_routes(subnet)
        server = _dhcp_server(context, dhcp)
        if server is not None:
            routes.append({"dst_subnet": METADATA, "gateway": server})
        context.update(
            "Dhcp",
            dhcp,
            enabled=subnet.get("enable_dhcp", False),
            subnet_address=copied(subnet, "cidr"),
            dns_server_address=subnet.get("dns_nameservers"),
            opt121_routes=routes,
            default_gateway=gateway,
        )
        if gateway != dhcp.get("default_gateway"):
            for route_id in dhcp.get("gateway_route_ids", ()):
                context.update("Route", context.get("Route", route_id), next_hop_gateway=gateway)

    def delete(self, context: Context, subnet_id: str) -> None:
        """The Dhcp, with the default routes through it by its binding."""
        context.delete("Dhcp", subnet_id)

    def _not_translated(self, context: Context, subnet: StoredObject) -> bool:
        if is_uplink(context.get("NeutronNetwork", subnet.get("network_id"))):
            return True
        if subnet.get("ip_version") == 6:
            raise illegal_argument("IPv6 Subnets are not supported in this version of Midonet.")
        return False


def _host_routes(subnet: StoredObject) -> list[dict[str, Any]]:
    return [
        {"dst_subnet": copied(route, "destination"), "gateway": copied(route, "nexthop")}
        for route in subnet.get("host_routes", ())
    ]


def _dhcp_server(context: Context, dhcp: StoredObject) -> Any:
    """First address of the first DHCP port of the network, whatever its subnet."""
    network = context.find("Network", dhcp.get("network_id")) or {}
    for port_id in network.get("port_ids", ()):
        port = context.find("NeutronPort", port_id)
        if port is not None and port.get("device_owner") == "DHCP":
            return port["fixed_ips"][0].get("ip_address") if port.get("fixed_ips") else None
    return None


def _plain_tables(context: Context, network_id: str) -> list[str]:
    return [
        context.zoom.paths.below("bridges", network_id, name)
        for name in ("ip4_mac_map", "mac_ports", "vlans")
    ]
