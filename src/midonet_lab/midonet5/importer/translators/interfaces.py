"""ROUTERINTERFACE (imp 3.7): its ``id`` is the router's."""

from __future__ import annotations

from midonet_lab.midonet5.importer.building import UNSET, copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java_values import ZERO_UUID
from midonet_lab.midonet5.importer.shapes import local_route, metadata_route, port_route
from midonet_lab.midonet5.importer.translators import port_kinds
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.importer.translators.networks import is_uplink
from midonet_lab.midonet5.importer.translators.port_security import (
    change_dhcp_hosts,
    change_membership,
    delete_chains,
)
from midonet_lab.midonet5.importer.translators.routers import create_interface_port_group
from midonet_lab.midonet5.importer.translators.routing import create_interface_rules
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id, interface_peer_id


class RouterInterfaceTranslator(Translator):
    """ROUTERINTERFACE."""

    message = "NeutronRouterInterface"

    def create(self, context: Context, interface: StoredObject) -> None:
        """The router's port with routes and SNAT; on an uplink network a bound one without peer."""
        port = context.get("NeutronPort", interface.get("port_id"))
        network = context.get("NeutronNetwork", port.get("network_id"))
        subnet = context.get("NeutronSubnet", interface.get("subnet_id"))
        uplink = is_uplink(network)
        # On an uplink it is not read: only its bindings demand it, when the task is committed.
        router_id = interface.get("id", ZERO_UUID)
        router = {"id": router_id} if uplink else context.get("Router", router_id)
        self._create_port(context, router, port, subnet, uplink)
        if port_kinds.owner_of(port) != port_kinds.INTERFACE:
            self._convert(context, router, port, uplink)
        router_port = interface_peer_id(port["id"])
        address = _address(port, subnet)
        if not uplink:
            if address == subnet.get("gateway_ip"):
                self._create_metadata_route(context, router_port, subnet)
            create_interface_rules(context, router, router_port, address)
        port_route(
            context,
            derived_id(Derived.ROUTER_INTERFACE_ROUTE, router_port),
            router_port,
            copied(subnet, "cidr"),
        )
        local_route(context, router_port, address)

    def delete(self, context: Context, interface_id: str) -> None:
        """Nothing: the interface disappears with its PORT."""

    def _create_port(
        self,
        context: Context,
        router: StoredObject,
        port: StoredObject,
        subnet: StoredObject,
        uplink: bool,
    ) -> None:
        address = _address(port, subnet)
        fields: dict[str, object] = {
            "router_id": router["id"],
            "admin_state_up": True,
            "port_subnet": copied(subnet, "cidr"),
            "port_address": address,
            "port_mac": port.get("mac_address", ""),
        }
        if uplink:
            fields["tunnel_key"] = context.next_tunnel_key()
            fields["port_group_ids"] = [derived_id(Derived.PORT_GROUP, router["id"])]
            fields["host_id"] = context.host_id(port.get("host_id", ""))
            fields["interface_name"] = port.get("profile", {}).get("interface_name", "")
        else:
            fields["peer_id"] = port["id"]
            if address == subnet.get("gateway_ip"):
                fields["dhcp_id"] = subnet["id"]
            if context.features.interface_port_group:
                fields["port_group_ids"] = [self._port_group(context, router)]
        context.create("Port", id=interface_peer_id(port["id"]), **fields)

    def _port_group(self, context: Context, router: StoredObject) -> str:
        group = derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, router["id"])
        if context.find("PortGroup", group) is None:
            create_interface_port_group(context, router["id"], router.get("tenant_id", ""))
        return group

    def _convert(self, context: Context, router: StoredObject, port: StoredObject, uplink: bool) -> None:
        """A VIF becomes an interface: it loses what protects VIFs."""
        context.update("NeutronPort", port, device_owner=port_kinds.INTERFACE, device_id=router["id"])
        if port_kinds.owner_of(port) == port_kinds.COMPUTE and not uplink:
            delete_chains(context, port["id"])
            change_membership(context, port, None)
            change_dhcp_hosts(context, port, None)

    def _create_metadata_route(self, context: Context, router_port: str, subnet: StoredObject) -> None:
        dhcp = context.get("Dhcp", subnet["id"])
        server = dhcp.get("server_address")
        if server is not None and server != dhcp.get("default_gateway"):
            metadata_route(context, router_port, copied(dhcp, "subnet_address"), server)


def _address(port: StoredObject, subnet: StoredObject) -> object:
    """First fixed ip of the port, else the gateway of the subnet."""
    if port.get("fixed_ips"):
        return port["fixed_ips"][0].get("ip_address", UNSET)
    return copied(subnet, "gateway_ip")
