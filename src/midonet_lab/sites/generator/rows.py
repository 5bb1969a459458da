"""The rows of a Neutron database from the getters' dicts (db 1): a Kilo site's tables, none of MidoNet's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from midonet_lab.sites.generator.getters import INTERFACE, free_ranges
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.neutron_site import NeutronSite
from midonet_migrate.model.keys import JsonObject

Rows = dict[str, list[JsonObject]]

_TIME = "2015-09-01 12:00:00"
_NETWORK = ("id", "tenant_id", "name", "status", "mtu")
_SUBNET = ("id", "tenant_id", "name", "network_id", "ip_version", "cidr", "gateway_ip")
_SUBNET_V6 = ("ipv6_ra_mode", "ipv6_address_mode", "subnetpool_id")
_PORT = ("id", "tenant_id", "name", "network_id", "mac_address", "status", "device_id", "device_owner")
_RULE = ("id", "tenant_id", "security_group_id", "remote_group_id", "direction", "ethertype", "protocol")
_RULE_MATCH = ("port_range_min", "port_range_max", "remote_ip_prefix")
_FLOATING = ("id", "tenant_id", "floating_ip_address", "floating_network_id", "fixed_ip_address")
_STATE = ("id", "tenant_id", "status", "status_description")
_VIP = ("name", "description", "port_id", "protocol_port", "protocol", "pool_id", "connection_limit")
_POOL = ("vip_id", "name", "description", "subnet_id", "protocol", "lb_method")
_MEMBER = ("pool_id", "address", "protocol_port", "weight")
_MONITOR = ("id", "tenant_id", "type", "delay", "timeout", "max_retries")
_HTTP = {"http_method": "GET", "url_path": "/", "expected_codes": "200"}
_SUBNETPOOL = ("id", "tenant_id", "name", "ip_version", "default_quota")
_PREFIX_LENGTHS = ("default_prefixlen", "min_prefixlen", "max_prefixlen")
"""Numbers in the table, text in the dicts (db 1.1)."""


def database_rows(
    dicts: Mapping[str, list[JsonObject]], site: NeutronSite, identities: Identities, agents: Iterable[str]
) -> Rows:
    """Rows by table, tables in an order that foreign keys allow. ``agents``: hosts with a DHCP agent.

    ``site`` adds what the dicts do not show: default groups, providers, allocations without port.
    """
    rows: Rows = {"alembic_version": [{"version_num": "kilo"}]}
    _networks(rows, dicts, site, identities)
    _ports(rows, dicts, identities)
    _groups(rows, dicts, site)
    _routers(rows, dicts)
    _agents(rows, dicts, identities, agents)
    rows["alembic_version_lbaas"] = [{"version_num": "kilo"}]
    _balancing(rows, dicts)
    rows["ipallocations"] += site.unowned_allocations
    return {table: items for table, items in rows.items() if items}


def _row(item: JsonObject, *columns: str, flags: tuple[str, ...] = ()) -> JsonObject:
    row: JsonObject = {column: item[column] for column in columns}
    return row | {column: None if item[column] is None else int(item[column]) for column in flags}


def _networks(
    rows: Rows, dicts: Mapping[str, list[JsonObject]], site: NeutronSite, identities: Identities
) -> None:
    networks, subnets = dicts["networks"], dicts["subnets"]
    flags = ("admin_state_up", "shared", "vlan_transparent")
    rows["networks"] = [_row(network, *_NETWORK, flags=flags) for network in networks]
    rows["externalnetworks"] = [
        {"network_id": network["id"]} for network in networks if network["router:external"]
    ]
    rows["networksecuritybindings"] = [
        {"network_id": network["id"], "port_security_enabled": int(network["port_security_enabled"])}
        for network in networks
        if "port_security_enabled" in network
    ]
    pools = dicts["subnetpools"]
    rows["subnetpools"] = [_row(pool, *_SUBNETPOOL, flags=("shared", *_PREFIX_LENGTHS)) for pool in pools]
    rows["subnetpoolprefixes"] = [
        {"cidr": cidr, "subnetpool_id": pool["id"]} for pool in pools for cidr in pool["prefixes"]
    ]
    rows["subnets"] = [
        _row(subnet, *_SUBNET, *_SUBNET_V6, flags=("enable_dhcp", "shared")) for subnet in subnets
    ]
    rows["ipallocationpools"], rows["ipavailabilityranges"] = [], []
    taken: dict[str, set[str]] = {}
    for port in dicts["ports"]:
        for fixed in port["fixed_ips"]:
            taken.setdefault(fixed["subnet_id"], set()).add(fixed["ip_address"])
    for row in site.unowned_allocations:
        taken.setdefault(row["subnet_id"], set()).add(row["ip_address"])
    for subnet in subnets:
        free = free_ranges(subnet, taken.get(subnet["id"], set()))
        # The getters list pools by row id (db 2.2), so ids must ascend with the list.
        ids = sorted(identities.uuid() for _ in free)
        for pool_id, pool, ranges in zip(ids, subnet["allocation_pools"], free, strict=True):
            row = {"id": pool_id, "subnet_id": subnet["id"]}
            rows["ipallocationpools"].append({**row, "first_ip": pool["start"], "last_ip": pool["end"]})
            rows["ipavailabilityranges"] += [
                {"allocation_pool_id": pool_id, "first_ip": first, "last_ip": last} for first, last in ranges
            ]
    rows["subnetroutes"] = [
        {**route, "subnet_id": subnet["id"]} for subnet in subnets for route in subnet["host_routes"]
    ]
    rows["dnsnameservers"] = [
        {"address": address, "subnet_id": subnet["id"]}
        for subnet in subnets
        for address in subnet["dns_nameservers"]
    ]


def _ports(rows: Rows, dicts: Mapping[str, list[JsonObject]], identities: Identities) -> None:
    ports = dicts["ports"]
    rows["ports"] = [_row(port, *_PORT, flags=("admin_state_up",)) for port in ports]
    rows["ipallocations"] = [
        {**fixed, "port_id": port["id"], "network_id": port["network_id"]}
        for port in ports
        for fixed in port["fixed_ips"]
    ]
    rows["extradhcpopts"] = [
        {"id": identities.uuid(), "port_id": port["id"], **option}
        for port in ports
        for option in port["extra_dhcp_opts"]
    ]
    rows["portbindingports"] = [
        {"port_id": port["id"], "host": port["binding:host_id"]}
        for port in ports
        if port["binding:host_id"] is not None
    ]
    rows["allowedaddresspairs"] = [
        {"port_id": port["id"], **pair} for port in ports for pair in port.get("allowed_address_pairs", [])
    ]
    rows["portsecuritybindings"] = [
        {"port_id": port["id"], "port_security_enabled": int(port["port_security_enabled"])}
        for port in ports
        if "port_security_enabled" in port
    ]


def _groups(rows: Rows, dicts: Mapping[str, list[JsonObject]], site: NeutronSite) -> None:
    rows["securitygroups"] = [
        _row(group, "id", "tenant_id", "name", "description") for group in dicts["security_groups"]
    ]
    rows["default_security_group"] = [
        {"tenant_id": tenant, "security_group_id": group_id}
        for tenant, group_id in site.default_groups.items()
    ]
    rows["securitygrouprules"] = [_row(rule, *_RULE, *_RULE_MATCH) for rule in dicts["security_group_rules"]]
    rows["securitygroupportbindings"] = [
        {"port_id": port["id"], "security_group_id": group_id}
        for port in dicts["ports"]
        for group_id in port["security_groups"]
    ]


def _routers(rows: Rows, dicts: Mapping[str, list[JsonObject]]) -> None:
    routers, ports = dicts["routers"], dicts["ports"]
    rows["routers"] = [
        {
            **_row(router, "id", "tenant_id", "name", "status", "gw_port_id", flags=("admin_state_up",)),
            "enable_snat": int((router["external_gateway_info"] or {"enable_snat": True})["enable_snat"]),
        }
        for router in routers
    ]
    known = {router["id"] for router in routers}
    rows["routerports"] = [
        {"router_id": port["device_id"], "port_id": port["id"], "port_type": port["device_owner"]}
        for port in ports
        if port["device_owner"] in {INTERFACE, "network:router_gateway"} and port["device_id"] in known
    ]
    rows["routerroutes"] = [
        {**route, "router_id": router["id"]} for router in routers for route in router.get("routes", [])
    ]
    floating_ports = {
        port["device_id"]: port["id"] for port in ports if port["device_owner"] == "network:floatingip"
    }
    rows["floatingips"] = [
        {
            **_row(floating, *_FLOATING, "router_id", "status"),
            "floating_port_id": floating_ports[floating["id"]],
            "fixed_port_id": floating["port_id"],
            "last_known_router_id": None,
        }
        for floating in dicts["floating_ips"]
    ]


def _agents(
    rows: Rows, dicts: Mapping[str, list[JsonObject]], identities: Identities, hosts: Iterable[str]
) -> None:
    ids = {host: identities.uuid() for host in hosts}
    rows["agents"] = [
        {
            "id": agent_id,
            "agent_type": "DHCP agent",
            "binary": "neutron-dhcp-agent",
            "topic": "dhcp_agent",
            "host": host,
            "admin_state_up": 1,
            "created_at": _TIME,
            "started_at": _TIME,
            "heartbeat_timestamp": _TIME,
            "description": None,
            "configurations": "{}",
            "load": 0,
        }
        for host, agent_id in ids.items()
    ]
    rows["networkdhcpagentbindings"] = [
        {"network_id": port["network_id"], "dhcp_agent_id": ids[port["binding:host_id"]]}
        for port in dicts["ports"]
        if port["device_owner"] == "network:dhcp" and port["binding:host_id"] in ids
    ]


def _balancing(rows: Rows, dicts: Mapping[str, list[JsonObject]]) -> None:
    up: dict[str, Any] = {"flags": ("admin_state_up",)}
    pools, vips, monitors = dicts["pools"], dicts["vips"], dicts["health_monitors"]
    rows["vips"] = [_row(vip, *_STATE, *_VIP, **up) for vip in vips]
    rows["sessionpersistences"] = [
        {"vip_id": vip["id"], "cookie_name": None, **vip["session_persistence"]}
        for vip in vips
        if vip["session_persistence"]
    ]
    rows["pools"] = [_row(pool, *_STATE, *_POOL, **up) for pool in pools]
    zero = {"bytes_in": 0, "bytes_out": 0, "active_connections": 0, "total_connections": 0}
    rows["poolstatisticss"] = [{"pool_id": pool["id"], **zero} for pool in pools]
    rows["members"] = [_row(member, *_STATE, *_MEMBER, **up) for member in dicts["members"]]
    rows["healthmonitors"] = [
        {**_HTTP, **_row(monitor, *_MONITOR, **up), **{key: monitor[key] for key in _HTTP if key in monitor}}
        for monitor in monitors
    ]
    rows["poolmonitorassociations"] = [
        {"monitor_id": monitor["id"], **pool} for monitor in monitors for pool in monitor["pools"]
    ]
    rows["providerresourceassociations"] = [
        {"provider_name": pool["provider"], "resource_id": pool["id"]} for pool in pools if pool["provider"]
    ]
