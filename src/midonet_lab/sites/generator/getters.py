"""The dicts of a finished site, as the getters of the Kilo plug-in return them (db 2)."""

from __future__ import annotations

import ipaddress

from midonet_lab.sites.generator.neutron_site import NeutronSite
from midonet_migrate.model.keys import JsonObject

INTERFACE = "network:router_interface"


def getter_dicts(site: NeutronSite) -> dict[str, list[JsonObject]]:
    """Every list in the getters' order; nested lists too. The site's own dicts are brought in order."""
    for network in site.dicts["networks"]:
        network["subnets"].sort()
        if site.flavour == "v2":
            network.setdefault("port_security_enabled", True)
    for subnet in site.dicts["subnets"]:
        subnet["dns_nameservers"].sort()
        subnet["host_routes"].sort(key=_route)
    for router in site.dicts["routers"]:
        router.get("routes", []).sort(key=_route)
    for group in site.dicts["security_groups"]:
        group["security_group_rules"].sort(key=_id)
    _sort_balancing(site.dicts)
    site.dicts["router_interfaces"] = [
        {
            "id": port["id"],
            "router_id": port["device_id"],
            "port_id": port["id"],
            "subnet_id": port["fixed_ips"][0]["subnet_id"] if port["fixed_ips"] else None,
        }
        for port in site.dicts["ports"]
        if port["device_owner"] == INTERFACE
    ]
    return {kind: sorted(items, key=_id) for kind, items in site.dicts.items()}


def _sort_balancing(dicts: dict[str, list[JsonObject]]) -> None:
    members = {member["id"]: member for member in dicts["members"]}
    for pool in dicts["pools"]:
        pool["members"].sort(key=lambda each: (members[each]["address"], members[each]["protocol_port"]))
        pool["health_monitors"].sort()
        pool["health_monitors_status"].sort(key=lambda each: str(each["monitor_id"]))
    for monitor in dicts["health_monitors"]:
        monitor["pools"].sort(key=lambda each: str(each["pool_id"]))


def _id(item: JsonObject) -> str:
    return str(item["id"])


def _route(route: JsonObject) -> tuple[str, str]:
    return route["destination"], route["nexthop"]


def free_ranges(subnet: JsonObject, taken: set[str]) -> list[list[tuple[str, str]]]:
    """Per allocation pool, the ranges that are not allocated: Neutron's allocator keeps them in a table."""
    used = sorted({int(ipaddress.ip_address(address)) for address in taken})
    ranges = []
    for pool in subnet["allocation_pools"]:
        first, last = (int(ipaddress.ip_address(pool[end])) for end in ("start", "end"))
        free, start = [], first
        for number in [each for each in used if first <= each <= last] + [last + 1]:
            if number > start:
                free.append((_text(start, pool), _text(number - 1, pool)))
            start = number + 1
        ranges.append(free)
    return ranges


def _text(number: int, pool: JsonObject) -> str:
    return str(type(ipaddress.ip_address(pool["start"]))(number))
