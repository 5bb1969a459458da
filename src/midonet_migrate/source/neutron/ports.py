"""Ports (db 2.3)."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.settings.values import PluginFlavour
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings
from midonet_migrate.source.neutron.order import by, by_id, in_order
from midonet_migrate.source.neutron.rows import Rows

_REPEATED = ("network_id", "tenant_id", "status", "device_owner")
"""Members whose values many ports share: kept in memory once."""

_SCANNED_ROWS = 6
"""MariaDB joins a table of so few rows by scanning it, which shows in the order of the options (db 2.0)."""


def shared(value: str | None) -> str | None:
    """The one copy of a text that many objects hold."""
    return None if value is None else sys.intern(value)


def read_ports(
    rows: Rows,
    flavour: PluginFlavour,
    findings: Findings,
    *,
    networks: Collection[str],
    subnets: Collection[str],
    groups: Collection[str],
    port_security: dict[str, Any],
    address_pairs: dict[str, list[JsonObject]],
) -> dict[str, JsonObject]:
    """Ports by id."""
    addresses = rows.grouped(
        tables.ALLOCATIONS,
        "port_id",
        lambda row: {"subnet_id": shared(row.subnet_id), "ip_address": row.ip_address},
    )
    hosts = rows.mapping(tables.PORT_HOSTS, "port_id", "host")
    options = rows.grouped(tables.DHCP_OPTIONS, "port_id", tuple)
    few_options = sum(map(len, options.values())) <= _SCANNED_ROWS
    of_port = rows.grouped(tables.PORT_GROUPS, "port_id", lambda row: shared(row.security_group_id))
    ports: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.PORTS):
        key = item["id"]
        for name in _REPEATED:
            item[name] = shared(item[name])
        item["fixed_ips"] = in_order(addresses.pop(key, []), by("ip_address", "subnet_id"))
        item["security_groups"] = in_order(of_port.pop(key, []), lambda group: (group,))
        item["extra_dhcp_opts"] = _options(options.pop(key, []), by_row=few_options)
        item["binding:host_id"] = shared(hosts.pop(key, None))
        item["binding:vif_type"] = "midonet"
        item["binding:vnic_type"] = "normal"
        item["binding:vif_details"] = {"port_filter": True}
        pairs = address_pairs.pop(key, [])
        if flavour is not PluginFlavour.V1:
            item["allowed_address_pairs"] = in_order(pairs, by("mac_address", "ip_address"))
        security = port_security.pop(key, True)
        if flavour is PluginFlavour.V2:
            item["port_security_enabled"] = security
        ports[key] = item
        findings.dangling("network", "ports", key, item["network_id"], networks)
        for fixed_ip in item["fixed_ips"]:
            findings.dangling("subnet", "ports", key, fixed_ip["subnet_id"], subnets)
        for group in item["security_groups"]:
            findings.dangling("security group", "ports", key, group, groups)
    for what, left_over in (
        ("an address", addresses),
        ("a host binding", hosts),
        ("a DHCP option", options),
        ("a security group binding", of_port),
        ("an allowed address pair", address_pairs),
        ("a row of portsecuritybindings", port_security),
    ):
        findings.orphans("ports", what, left_over, ports)
    return by_id(ports)


def _options(found: list[tuple[Any, ...]], *, by_row: bool) -> list[JsonObject]:
    """DHCP options as Kilo shows them: in the order of the index, or of the rows' ids."""
    ordered = in_order(found, lambda row: row[:1] if by_row else (row[2], row[4]))
    return [
        {"opt_name": name, "opt_value": value, "ip_version": version}
        for _id, _port, name, value, version in ordered
    ]


def read_profiles(rows: Rows, findings: Findings, ports: Collection[str]) -> dict[str, JsonObject]:
    """``binding:profile`` by port id: no getter shows it, tasks carry it (db 2.3)."""
    interfaces = rows.mapping(tables.PORT_INTERFACES, "port_id", "interface_name")
    found = {key: {"interface_name": interfaces[key]} for key in sorted(interfaces)}
    gone = {key: profile for key, profile in found.items() if key not in ports}
    findings.orphans("ports", "a row of midonet_port_bindings", gone, ports)
    return {key: profile for key, profile in found.items() if key not in gone}
