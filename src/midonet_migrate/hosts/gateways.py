"""Which hosts are gateways, by the ports that 1.9 has bound to them (host 6.1); pure."""

from __future__ import annotations

from collections.abc import Sequence

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.ownership.devices import PROVIDER_ROUTER_NAME

_HEALTH_MONITOR_SUFFIX = "_hm_dp"
"""Interfaces that an agent binds by itself for a health monitor."""


def find_gateways(
    hosts: Sequence[JsonObject],
    routers: Sequence[JsonObject],
    ports: Sequence[JsonObject],
    bgps: Sequence[JsonObject],
) -> tuple[set[str], list[str]]:
    """Ids of hosts with a bound port of the Provider Router, or with BGP; and what is not clear about others.

    The Provider Router has no tenant, which no router made through the API can have (old 4.6).
    """
    provider = {
        router["id"]
        for router in routers
        if router.get("name") == PROVIDER_ROUTER_NAME and not router.get("tenantId")
    }
    router_names = {router["id"]: router.get("name") or router["id"] for router in routers}
    host_names = {host["id"]: host.get("name") for host in hosts}
    with_bgp = {bgp.get("portId") for bgp in bgps}
    gateways, remarks = set(), []
    for port in ports:
        host = port.get("hostId")
        if not host or port.get("type") != "Router":
            continue
        if port.get("deviceId") in provider or port["id"] in with_bgp:
            gateways.add(str(host))
        elif not str(port.get("interfaceName") or "").endswith(_HEALTH_MONITOR_SUFFIX):
            remarks.append(
                f"{host_names.get(host, host)} has a port of router {router_names.get(port.get('deviceId'))} "
                f"({port['id']}), which is neither the Provider Router's nor has BGP: if it leads outside, "
                "give the host the role gateway"
            )
    return gateways, sorted(remarks)
