"""DHCP ports: server address, metadata routes and options (imp 3.5.3)."""

from __future__ import annotations

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.shapes import METADATA, metadata_route
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id


def serve(context: Context, port: StoredObject) -> None:
    """Make the port's addresses those of the DHCP servers of their subnets."""
    dhcps: dict[str | None, StoredObject] = {}
    for position, fixed in enumerate(port.get("fixed_ips", ())):
        subnet_id, address = fixed.get("subnet_id"), copied(fixed, "ip_address")
        dhcp = dhcps.get(subnet_id) or context.get("Dhcp", subnet_id)
        if dhcp.get("subnet_address", {}).get("version", "V4") == "V4":
            options = [*dhcp.get("opt121_routes", ()), {"dst_subnet": METADATA, "gateway": address}]
            dhcps[subnet_id] = context.update("Dhcp", dhcp, server_address=address, opt121_routes=options)
        router_port = dhcp.get("router_if_port_id")
        if position == 0 and router_port is not None:
            metadata_route(context, router_port, copied(dhcp, "subnet_address"), address)


def stop_serving(context: Context, port: StoredObject) -> None:
    """Give the subnets back to their gateways; one that is gone already does not matter."""
    dhcps: dict[str | None, StoredObject] = {}
    for position, fixed in enumerate(port.get("fixed_ips", ())):
        subnet_id, address = fixed.get("subnet_id"), fixed.get("ip_address")
        dhcp = dhcps.get(subnet_id) or context.find("Dhcp", subnet_id)
        if dhcp is None:
            continue
        if dhcp.get("subnet_address", {}).get("version", "V4") == "V4":
            options = [
                option
                for option in dhcp.get("opt121_routes", ())
                if (option.get("dst_subnet"), option.get("gateway")) != (METADATA, address)
            ]
            dhcps[subnet_id] = context.update(
                "Dhcp", dhcp, server_address=dhcp.get("default_gateway"), opt121_routes=options
            )
        if position == 0 and "router_if_port_id" in dhcp:
            _delete_metadata_route(context, dhcp["router_if_port_id"], address)


def _delete_metadata_route(context: Context, router_port: str, gateway: object) -> None:
    """Of several DHCP ports only the one that the route leads to takes it along."""
    route = context.find("Route", derived_id(Derived.METADATA_SERVICE_ROUTE, router_port))
    if route is not None and route.get("next_hop_gateway") == gateway:
        context.delete("Route", route["id"])
