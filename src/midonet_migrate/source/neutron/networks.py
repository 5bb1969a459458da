"""Networks, subnets and subnet pools (db 2.1, 2.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings
from midonet_migrate.source.neutron.order import by, by_id, in_order
from midonet_migrate.source.neutron.rows import Rows


def read_networks(
    rows: Rows,
    flavour: PluginFlavour,
    findings: Findings,
    *,
    port_security: dict[str, Any],
    network_types: dict[str, str],
) -> dict[str, JsonObject]:
    """Networks by id; their ``subnets`` are filled by :func:`read_subnets`."""
    external = {row.network_id: True for row in rows.of(tables.EXTERNAL_NETWORKS)}
    networks: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.NETWORKS):
        key = item["id"]
        item["subnets"] = []
        item["router:external"] = external.pop(key, False)
        security = port_security.pop(key, True)
        if flavour is PluginFlavour.V2:
            item["port_security_enabled"] = security
        network_type = network_types.pop(key, None)
        if flavour is not PluginFlavour.V1 and network_type is not None:
            item["provider:network_type"] = network_type
        networks[key] = item
    findings.orphans("networks", "a row of externalnetworks", external, networks)
    findings.orphans("networks", "a row of networksecuritybindings", port_security, networks)
    findings.orphans("networks", "a row of midonet_network_bindings", network_types, networks)
    return by_id(networks)


def read_subnets(
    rows: Rows, findings: Findings, networks: dict[str, JsonObject], pools: Collection[str]
) -> dict[str, JsonObject]:
    """Subnets by id; each is entered into its network's ``subnets``."""
    ranges = rows.grouped(tables.ALLOCATION_POOLS, "subnet_id", tuple)
    servers = rows.grouped(tables.NAME_SERVERS, "subnet_id", lambda row: row.address)
    routes = rows.grouped(tables.HOST_ROUTES, "subnet_id", route)
    subnets: dict[str, JsonObject] = {}
    of_network: dict[str, list[str]] = {}
    for item in rows.dicts(tables.SUBNETS):
        key = item["id"]
        pairs = in_order(ranges.pop(key, []), lambda pair: pair[:1])
        item["allocation_pools"] = [{"start": first, "end": last} for _id, _subnet, first, last in pairs]
        item["dns_nameservers"] = in_order(servers.pop(key, []), lambda address: (address,))
        item["host_routes"] = in_order(routes.pop(key, []), by("destination", "nexthop"))
        subnets[key] = item
        if item["network_id"] is None:
            findings.add("dangling-network", "subnets", key, "belongs to no network")
        findings.dangling("network", "subnets", key, item["network_id"], networks)
        findings.dangling("subnet pool", "subnets", key, item["subnetpool_id"], pools)
        of_network.setdefault(item["network_id"], []).append(key)
    for network, keys in of_network.items():
        if network in networks:
            networks[network]["subnets"] = in_order(keys, lambda key: (key,))
    for what, left_over in (("allocation pool", ranges), ("name server", servers), ("host route", routes)):
        findings.orphans("subnets", f"a {what}", left_over, subnets)
    return by_id(subnets)


def read_subnet_pools(rows: Rows, findings: Findings) -> dict[str, JsonObject]:
    """Subnet pools by id; their prefix lengths are text, as Kilo shows them."""
    prefixes = rows.grouped(tables.SUBNET_POOL_PREFIXES, "subnetpool_id", lambda row: row.cidr)
    pools: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.SUBNET_POOLS):
        item["prefixes"] = in_order(prefixes.pop(item["id"], []), lambda cidr: (cidr,))
        for name in ("default_prefixlen", "min_prefixlen", "max_prefixlen"):
            item[name] = str(item[name])
        pools[item["id"]] = item
    findings.orphans("subnetpools", "a prefix", prefixes, pools)
    return by_id(pools)


def route(row: Any) -> JsonObject:
    """A route as Neutron shows it."""
    return {"destination": row.destination, "nexthop": row.nexthop}
