"""Rows for the recorded experiments that were written down without theirs: built from what the record says.

A record names data type, object, what is wrong with it and, in the error, the values the importer met. The
rest of each row is a dict of a real Kilo site (``site-b``) of the same kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

Record = dict[str, Any]
Row = dict[str, Any]
Dicts = dict[str, list[dict[str, Any]]]

NETWORK, SUBNET = "e1d28ffb-d7fb-4bd4-9053-79d03d85f3c1", "62c36a1d-15a5-404f-8274-fbe054f33220"
EXTERNAL, EXTERNAL_SUBNET = "b3d6ce7f-4f64-43f7-be89-3e853265bd24", "58c039bb-c7a7-4104-8ef3-810989e223d3"
GROUP = "8c7c77f3-3369-42cd-8cde-95e2e8951fe1"
UPLINK, UPLINK_SUBNET = "262e06af-c633-4372-a188-327d209cd857", "324d4f67-f05c-4c51-914c-8e2b4e40cb9f"
UPLINK_ROUTER = "56a59fa7-894d-4234-b823-0e3c23569b6d"
LEFT_OUT_POOL = "0abfe627-34b8-4610-9d48-0e570c3d6318"
"""What the recorded rows of other experiments refer to, and the pool that other records say was left out."""

_SIZE = re.compile(r"SIZE SG with (?P<count>\d+) (?P<what>port rules|rules without ports)")
_MISSING = re.compile(r"There is no \w+ with ID (\S+)\.")
_ADDRESS = re.compile(r"but was ([0-9a-f:]+)$")


def with_rows(golden: Path, records: list[Record]) -> list[Record]:
    """The records, those among them that have no rows but tell what they were with rows."""
    dicts: Dicts = json.loads((golden / "site-b" / "neutron_dicts.json").read_text())
    return [record if record.get("rows") else _completed(record, dicts) for record in records]


def is_size(record: Record) -> bool:
    """Whether it is one of those that tried out how large a task may be."""
    return _SIZE.match(record["task"]) is not None


def _completed(record: Record, dicts: Dicts) -> Record:
    size = _SIZE.match(record["task"])
    if size is not None:
        return {**record, "rows": [_group_row(int(size["count"]), size["what"], record["version"], dicts)]}
    file, colon, what = record["task"].partition(": ")
    if not record["blocking"] or not colon or file != record["origin"]:
        return record
    build = next(build for beginning, build in _OBSTACLES.items() if what.startswith(beginning))
    rows = build(record, dicts)
    return {**record, "rows": rows, "executed_before_error": len(rows) - 1}


def _row(data_type: str, data: dict[str, Any]) -> Row:
    return {"type": "CREATE", "data_type": data_type, "resource_id": data["id"], "data": data}


def _any(dicts: Dicts, kind: str, **members: Any) -> dict[str, Any]:
    """The first object of a kind with these members, as it is in the recorded site."""
    return next(
        dict(item)
        for item in dicts[kind]
        if all(str(item.get(name)).startswith(value) for name, value in members.items())
    )


def _named(record: Record) -> str:
    """The id of what the importer did not find."""
    found = _MISSING.search(record["error_message"])
    assert found is not None, record
    return found[1]


def _group_row(count: int, what: str, version: str, dicts: Dicts) -> Row:
    identity = str(UUID(int=(0x512E << 112) + (int(version.replace(".", "")) << 96) + (8 << 60) + count))
    template = _any(dicts, "security_group_rules", protocol="tcp")
    rules = [
        {
            **template,
            "id": str(UUID(int=UUID(identity).int + (number << 20))),
            "security_group_id": identity,
            "remote_group_id": None,
            "port_range_min": number if what == "port rules" else None,
            "port_range_max": number if what == "port rules" else None,
        }
        for number in range(1, count + 1)
    ]
    group = {**_any(dicts, "security_groups"), "id": identity, "security_group_rules": rules}
    return _row("SECURITYGROUP", group)


def _numeric_protocols(record: Record, dicts: Dicts) -> list[Row]:
    """A group with rules of the protocol in the error, and of those that the remedy names."""
    identity = record["resource_id"]
    protocols = ["58", *re.findall(r'"(\d+)"', record["remedy"])]
    assert f"Value {protocols[0]} not found" in record["error_message"]
    template = _any(dicts, "security_group_rules", ethertype="IPv6")
    rules = [
        {
            **template,
            "id": str(UUID(int=UUID(identity).int + number)),
            "security_group_id": identity,
            "remote_group_id": None,
            "protocol": protocol,
        }
        for number, protocol in enumerate(protocols, 1)
    ]
    group = {**_any(dicts, "security_groups"), "id": identity, "security_group_rules": rules}
    return [_row("SECURITYGROUP", group)]


def _ipv6_subnet(record: Record, dicts: Dicts) -> list[Row]:
    external = record["task"].endswith("(external)")
    changes = {
        "id": record["resource_id"],
        "network_id": EXTERNAL if external else NETWORK,
        "ip_version": 6,
        "cidr": "2001:db8:ffff::/64" if external else "fd00:0:0:1::/64",
        "gateway_ip": "2001:db8:ffff::1" if external else "fd00:0:0:1::1",
        "allocation_pools": [],
        "dns_nameservers": [],
        "host_routes": [],
    }
    return [_row("SUBNET", {**_any(dicts, "subnets", ip_version="4"), **changes})]


def _port(record: Record, dicts: Dicts, owner: str, fixed_ips: list[tuple[str, str]], **members: Any) -> Row:
    identity = record["resource_id"]
    changes = {
        "id": identity,
        "network_id": NETWORK,
        "mac_address": "fa:16:3e:" + ":".join(identity[number : number + 2] for number in (0, 2, 4)),
        "fixed_ips": [{"ip_address": address, "subnet_id": subnet} for address, subnet in fixed_ips],
        "security_groups": [GROUP] if owner.startswith("compute:") else [],
        "allowed_address_pairs": [],
    }
    return _row("PORT", {**_any(dicts, "ports", device_owner=owner), **changes, **members})


def _two_stack_vif(record: Record, dicts: Dicts) -> list[Row]:
    """Its second address is on the subnet that the importer has no DHCP of."""
    number = int(record["resource_id"][:2], 16)
    fixed = [(f"10.0.0.{number}", SUBNET), (f"fd00:0:0:1::{number:x}", _named(record))]
    return [_port(record, dicts, "compute:", fixed)]


def _ipv6_dhcp(record: Record, dicts: Dicts) -> list[Row]:
    fixed = [("10.0.0.3", SUBNET), ("fd00:0:0:2::2", _named(record)), ("fd00:0:0:2::3", _named(record))]
    return [_port(record, dicts, "network:dhcp", fixed)]


def _ipv6_gateway(record: Record, dicts: Dicts) -> list[Row]:
    """The first address is the one in the error."""
    address = _ADDRESS.search(record["error_message"])
    assert address is not None
    fixed = [(address[1], "bca8caa1-0ef2-4ad8-a8a2-d1d47aa69ccc"), ("203.0.113.9", EXTERNAL_SUBNET)]
    return [_port(record, dicts, "network:router_gateway", fixed, network_id=EXTERNAL)]


def _ipv6_interface(record: Record, dicts: Dicts) -> list[Row]:
    address = _ADDRESS.search(record["error_message"])
    assert address is not None
    fixed = [(address[1], "9dddc7f4-b3ff-4b3d-8672-c59d0d65998b")]
    return [_port(record, dicts, "network:router_interface", fixed)]


def _pool_without_router(record: Record, dicts: Dicts) -> list[Row]:
    """Kilo has no router_id; whoever writes the task takes that of the subnet, which does not exist."""
    missing = "0e000000-0000-4000-8000-00000000dead"
    pool = {**_any(dicts, "pools"), "id": record["resource_id"], "subnet_id": missing, "members": []}
    return [_row("POOL", pool)]


def _vip_without_address(record: Record, dicts: Dicts) -> list[Row]:
    empty = {"address": None, "subnet_id": None, "port_id": None}
    vip = {**_any(dicts, "vips"), "id": record["resource_id"], "pool_id": LEFT_OUT_POOL, **empty}
    return [_row("VIP", vip)]


def _monitor_of_missing_pool(record: Record, dicts: Dicts) -> list[Row]:
    pools = [{"pool_id": _named(record), "status": "ACTIVE", "status_description": ""}]
    return [
        _row("HEALTHMONITOR", {**_any(dicts, "health_monitors"), "id": record["resource_id"], "pools": pools})
    ]


def _uplink_interface(record: Record, dicts: Dicts) -> list[Row]:
    """The port goes through; the interface meets the host that is not there."""
    port = {**record, "resource_id": "0e000000-6b1d-4f9c-8a2e-5d7c3b1a9f01"}
    binding = {"binding:host_id": _named(record), "binding:profile": {"interface_name": "eth9"}}
    made = _port(
        port,
        dicts,
        "network:router_interface",
        [("192.0.2.2", UPLINK_SUBNET)],
        network_id=UPLINK,
        device_id=UPLINK_ROUTER,
        **binding,
    )
    interface = {"id": UPLINK_ROUTER, "port_id": port["resource_id"], "subnet_id": UPLINK_SUBNET}
    return [made, _row("ROUTERINTERFACE", interface)]


_OBSTACLES: dict[str, Callable[[Record, Dicts], list[Row]]] = {
    "SECURITYGROUP with a rule of protocol": _numeric_protocols,
    "SUBNET ip_version 6": _ipv6_subnet,
    "PORT VIF with a second fixed ip on an IPv6 subnet": _two_stack_vif,
    "PORT DHCP with IPv6 fixed ips": _ipv6_dhcp,
    "PORT router gateway, first fixed ip IPv6": _ipv6_gateway,
    "PORT router interface with IPv6 addresses only": _ipv6_interface,
    "POOL whose subnet does not exist": _pool_without_router,
    "VIP without address and subnet": _vip_without_address,
    "HEALTHMONITOR with a pool that was left out": _monitor_of_missing_pool,
    "ROUTERINTERFACE on the uplink network": _uplink_interface,
}
"""Beginning of what a record of a real Kilo obstacle says, to what builds its rows."""
