"""Routers, their interfaces, and floating IPs (db 2.4, 2.5)."""

from __future__ import annotations

from collections.abc import Collection

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings
from midonet_migrate.source.neutron.order import by, by_id, in_order
from midonet_migrate.source.neutron.rows import Rows

INTERFACE_OWNER = "network:router_interface"


def read_routers(
    rows: Rows,
    flavour: PluginFlavour,
    findings: Findings,
    *,
    ports: dict[str, JsonObject],
    routes: dict[str, list[JsonObject]],
) -> dict[str, JsonObject]:
    """Routers by id. A gateway port that does not exist leaves no gateway to show, but its id."""
    routers: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.ROUTERS):
        key, gateway = item["id"], item["gw_port_id"]
        enable_snat = item.pop("enable_snat")
        item["external_gateway_info"] = None
        if gateway is not None and gateway in ports:
            port = ports[gateway]
            item["external_gateway_info"] = {
                "network_id": port["network_id"],
                "enable_snat": enable_snat,
                "external_fixed_ips": [dict(fixed_ip) for fixed_ip in port["fixed_ips"]],
            }
        findings.dangling("gateway port", "routers", key, gateway, ports)
        extra = routes.pop(key, [])
        if flavour is not PluginFlavour.V1:
            item["routes"] = in_order(extra, by("destination", "nexthop"))
        routers[key] = item
    findings.orphans("routers", "an extra route", routes, routers)
    return by_id(routers)


def read_interfaces(
    rows: Rows, findings: Findings, ports: dict[str, JsonObject], routers: Collection[str]
) -> list[JsonObject]:
    """One entry per port owned by a router interface, as the classic procedure derives them.

    ``subnet_id`` is that of the first address; null, with a finding, where there is no address.
    ``routerports`` is only compared: the port itself says whose interface it is.
    """
    interfaces = []
    registered = {(row.router_id, row.port_id) for row in rows.of(tables.ROUTER_PORTS)}
    for key, port in ports.items():
        if port["device_owner"] != INTERFACE_OWNER:
            continue
        router, fixed_ips = port["device_id"], port["fixed_ips"]
        subnet = fixed_ips[0]["subnet_id"] if fixed_ips else None
        interfaces.append({"id": key, "router_id": router, "port_id": key, "subnet_id": subnet})
        findings.dangling("router", "router_interfaces", key, router, routers)
        if not fixed_ips:
            findings.add("interface-without-address", "router_interfaces", key, "its port has no address")
        elif len(subnets := {fixed_ip["subnet_id"] for fixed_ip in fixed_ips}) > 1:
            message = f"its port has addresses in {len(subnets)} subnets; the first one is shown"
            findings.add("interface-several-subnets", "router_interfaces", key, message)
        if router in routers and (router, key) not in registered:
            message = f"routerports does not have it as an interface of router {router}"
            findings.add("interface-unregistered", "router_interfaces", key, message)
    for router, key in sorted(registered):
        findings.dangling("router", "ports", key, router, routers)
        findings.dangling("port", "routers", router, key, ports)
    return interfaces


def read_floating_ips(
    rows: Rows,
    findings: Findings,
    *,
    networks: Collection[str],
    ports: Collection[str],
    routers: Collection[str],
) -> dict[str, JsonObject]:
    """Floating IPs by id; ``port_id`` is the port of the fixed address."""
    found: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.FLOATING_IPS):
        key, own_port = item["id"], item.pop("floating_port_id")
        item["port_id"] = item.pop("fixed_port_id")
        found[key] = item
        network = item["floating_network_id"]
        findings.dangling("network", "floating_ips", key, network, networks)
        findings.dangling("port", "floating_ips", key, item["port_id"], ports)
        findings.dangling("floating port", "floating_ips", key, own_port, ports)
        findings.dangling("router", "floating_ips", key, item["router_id"], routers)
    return by_id(found)
