"""A new site in memory: the nodes that MidoNet 5 would hold, to be compared, changed, put into ZooKeeper."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID, uuid5

from midonet_lab.midonet5.topology.tables import Message, schema_of
from midonet_lab.midonet5.topology.text_format import text_format
from midonet_migrate.model.plan import Plan, PlanMeta, Task
from midonet_migrate.target.zoom import REPEATED, permanent
from midonet_migrate.verify.comparison import FIRST_CLASSES, Comparison
from midonet_migrate.verify.expected import promised_site
from midonet_migrate.verify.model import Difference, Findings
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import ANYTHING
from midonet_migrate.zookeeper.protobuf_text import TextFormatError, parse_message

Version = Literal["5.0.2", "5.2.1"]
Tree = dict[str, bytes]
"""Path below the root key -> data."""
MODELS = "/zoom/0/models"
_NAMESPACE = UUID("7d1c8f6e-6b0f-4f7e-9f50-7f3e6f0d6c11")
_RANDOM_MAC = "ac:ca:ba:00:00:01"


def golden_plan(golden: Path, version: Version) -> Plan:
    """The tasks of a recorded import as a plan."""
    rows = json.loads((golden / "importer" / version / "tasks.json").read_text())["rows"]
    tasks = [
        Task(
            id=row["id"],
            type=row["type"],
            data_type=row["data_type"],
            resource_id=row["resource_id"] or "",
            transaction_id=row["transaction_id"],
            data=row["data"],
        )
        for row in rows
    ]
    return plan_of_tasks(tasks, version)


def plan_of_tasks(tasks: list[Task], version: Version) -> Plan:
    """A plan of tasks only."""
    meta = PlanMeta(target_version=version)
    return Plan(tasks=tasks, objects=[], modifications=[], conversions=[], ledger=[], meta=meta)


def golden_tree(golden: Path, version: Version) -> Tree:
    """What a recorded import left in ZooKeeper."""
    nodes = json.loads((golden / "importer" / version / "zoom.json").read_text())
    return {
        path: bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()
        for path, text in nodes.items()
    }


def compare_tree(plan: Plan, tree: Tree) -> list[Difference]:
    """The differences between a plan and a tree, as ``verify`` finds them in ZooKeeper."""
    findings = Findings()
    comparison = Comparison(promised_site(plan), findings)
    objects = [
        (parts[4], parts[5], data)
        for path, data in tree.items()
        if len(parts := path.split("/")) == 6 and path.startswith(MODELS)
    ]
    for name, key, data in sorted(objects, key=lambda item: item[0] not in FIRST_CLASSES):
        if name == "C3POState":
            continue
        try:
            comparison.found(name, key, parse_message(data, REPEATED))
        except TextFormatError as error:
            comparison.unreadable(name, key, str(error))
    for path in tree:
        entry = permanent(path.rpartition("/")[2])
        parts = path.split("/")
        if entry is None:
            continue
        if path.startswith("/zoom/0/tables/Network/"):
            if parts[6] == "ip4_mac_table":
                comparison.arp_entry(parts[5], *entry)
            else:
                comparison.mac_entry(parts[5], int(parts[7]), *entry)
        elif parts[3] == "ip4_mac_map":
            comparison.arp_entry(parts[2], *entry)
        else:
            comparison.mac_entry(parts[2], int(parts[4]) if parts[3] == "vlans" else 0, *entry)
    (last_key,) = struct.unpack(">i", tree["/sequences/overlay_tunnel_key"])
    comparison.finish(last_key)
    return findings.differences


def tree_of(site: Site) -> Tree:
    """The nodes of a site that is just as promised; ids and keys that MidoNet chooses are chosen here."""
    version: Version = "5.0.2" if site.version == "5.0.2" else "5.2.1"
    tree: Tree = {}
    keys = {port: number for number, port in enumerate(site.keyed, start=2)}
    for port in site.objects.get("Port", {}):
        if port not in keys and port not in site.keyless and site.is_by_api("Port", port):
            keys[port] = len(keys) + 2
    printer, schema = text_format(version), schema_of(version)

    def put(name: str, fields: dict[str, Any]) -> None:
        tree[f"{MODELS}/{name}/{fields['id']}"] = printer.print(
            name, stored(schema.messages, schema.message(name), fields)
        )

    for name, key, fields in _objects(site):
        put(name, {**fields, "tunnel_key": keys[key]} if name == "Port" and key in keys else fields)
    tree["/sequences/overlay_tunnel_key"] = struct.pack(">i", len(keys) + 1)
    tree[f"{MODELS}/C3POState/00000000-0000-0000-0000-000000000001"] = b"{}"
    for network, macs in site.mac_entries.items():
        for vlan, mac, port in macs:
            place = (
                f"/zoom/0/tables/Network/{network}/mac_table/{vlan}"
                if version != "5.0.2"
                else f"/bridges/{network}/vlans/{vlan}/mac_ports"
                if vlan
                else f"/bridges/{network}/mac_ports"
            )
            tree[f"{place}/{mac},{port},2147483647"] = b""
    for network, addresses in site.arp_entries.items():
        table = "zoom/0/tables/Network/{}/ip4_mac_table" if version != "5.0.2" else "bridges/{}/ip4_mac_map"
        for address, mac in addresses:
            tree[f"/{table.format(network)}/{address},{mac},2147483647"] = b""
    return tree


def _objects(site: Site) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every object, those of random ids with ids that are made up."""
    made: dict[str, list[str]] = {}
    for chain, rules in site.rules.items():
        made[chain] = []
        for number, rule in enumerate(rules):
            key = rule if isinstance(rule, str) else _made_up(chain, number)
            made[chain].append(key)
            if not isinstance(rule, str):
                yield "Rule", key, {"id": key, "chain_id": chain, **rule}
    routes: dict[str, set[str]] = {}
    for port, route in site.local_routes.items():
        key = _made_up(port, "local")
        routes[port] = {key}
        yield "Route", key, {"id": key, **route}
    subnets: dict[str, set[str]] = {}
    for (network, subnet), fields in site.dhcp_subnets.items():
        key = _made_up(network, subnet)
        subnets.setdefault(network, set()).add(key)
        yield "Dhcp", key, {"id": key, **fields}
    v6 = {
        network: {_made_up(network, "v6", n) for n in range(count)} for network, count in site.dhcp_v6.items()
    }
    for network, keys in v6.items():
        for key in keys:
            yield "DhcpV6", key, {"id": key, "network_id": network}
    for port, network in site.vxlan_ports.items():
        yield "Port", port, {"id": port, "network_id": network}
    for name, objects in site.objects.items():
        for key, fields in objects.items():
            extra: dict[str, Any] = {}
            if name == "Chain":
                extra["rule_ids"] = made[key]
            if name == "Port" and key in routes:
                extra["route_ids"] = fields.get("route_ids", set()) | routes[key]
            if name == "Network" and key in subnets:
                extra["dhcp_ids"] = fields.get("dhcp_ids", set()) | subnets[key]
            if name == "Network" and key in v6:
                extra["dhcpv6_ids"] = v6[key]
            yield name, key, {**fields, **extra}


def _made_up(*parts: object) -> str:
    return str(uuid5(_NAMESPACE, "/".join(map(str, parts))))


def stored(messages: Any, message: Message, fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as the lab's store takes them."""
    result = {}
    for name, value in fields.items():
        field = message.fields[name]
        if field.repeated:
            elements: Iterable[Any] = sorted(value) if isinstance(value, set) else value
            result[name] = [_value(messages, field, element) for element in elements]
        else:
            result[name] = _value(messages, field, value)
    return result


def _value(messages: Any, field: Any, value: Any) -> Any:
    if value is ANYTHING:
        return _RANDOM_MAC
    if field.message is not None:
        return stored(messages, messages[field.message], value)
    if field.kind in {"ip", "subnet"}:
        address, _, length = str(value).partition("/")
        result: dict[str, Any] = {"version": "V6" if ":" in address else "V4", "address": address}
        if length:
            result["prefix_length"] = int(length)
        return result
    return value
