"""Making one consistent whole of answers that were given at different moments (old 6.3: no snapshot)."""

from __future__ import annotations

from collections.abc import Iterator

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.snapshot import Vanished

_PARENT_MEMBERS = (
    ("dhcp_subnet", "@bridgeId"),
    ("dhcp_host", "@bridgeId"),
    ("dhcp_v6_subnet", "@bridgeId"),
    ("dhcp_v6_host", "@bridgeId"),
    ("mac_port", "@bridgeId"),
    ("ip4_mac_pair", "@bridgeId"),
    ("port", "deviceId"),
    ("route", "routerId"),
    ("rule", "chainId"),
    ("ip_addr_group_addr", "ipAddrGroupId"),
    ("port_group_port", "portGroupId"),
    ("port_group_port", "portId"),
    ("tunnel_zone_host", "tunnelZoneId"),
    ("host_interface_port", "portId"),
    ("host_interface_port", "hostId"),
    ("bgp", "portId"),
    ("ad_route", "bgpId"),
    ("vtep_binding", "mgmtIp"),
)
"""Parents before children: (kind, member that names the parent)."""


def drop_vanished(objects: dict[str, list[JsonObject]], vanished: list[Vanished]) -> list[Vanished]:
    """Take out every vanished object and all that hung below it; return one record for each vanished one."""
    found = {(record.kind, record.path): record for record in vanished}
    records = [found[key] for key in sorted(found)]
    gone: dict[str, str] = {}
    subnets = set()
    for record in records:
        name = record.path.rpartition("/")[2]
        if record.kind in {"dhcp_subnet", "dhcp_v6_subnet"}:
            subnets.add((record.path.split("/")[2], name))
        else:
            gone[name] = record.kind
    for kind, items in objects.items():
        member = "managementIp" if kind == "vtep" else "id"
        if kind in gone.values():
            objects[kind] = [item for item in items if gone.get(item[member]) != kind]
    for kind, member in _PARENT_MEMBERS:
        kept = [item for item in objects[kind] if item[member] not in gone]
        if len(kept) != len(objects[kind]):
            gone.update({item["id"]: kind for item in objects[kind] if item[member] in gone and "id" in item})
            objects[kind] = kept
    if subnets:
        for kind in ("dhcp_subnet", "dhcp_v6_subnet", "dhcp_host", "dhcp_v6_host"):
            objects[kind] = [
                item for item in objects[kind] if (item["@bridgeId"], _subnet_of(kind, item)) not in subnets
            ]
    return records


def _subnet_of(kind: str, item: JsonObject) -> str:
    return str(item["@subnet"]) if "@subnet" in item else object_key(kind, item).rpartition("/")[2]


def drop_repeated(objects: dict[str, list[JsonObject]]) -> list[JsonObject]:
    """Keep one object per key; a finding for each that the server listed again."""
    findings = []
    for kind, items in objects.items():
        if kind in {"system_state", "write_version", "host_version"}:
            continue
        kept: dict[str, JsonObject] = {}
        for item in items:
            key = object_key(kind, item)
            if key in kept:
                findings.append(_finding("source.listed-twice", kind, key, "the API lists this object twice"))
            kept[key] = item
        objects[kind] = list(kept.values())
    return findings


def check_consistency(objects: dict[str, list[JsonObject]]) -> list[JsonObject]:
    """Findings about records that contradict each other; nothing is changed."""
    return [*_one_sided_links(objects), *_differing_bindings(objects), *_state(objects)]


def _one_sided_links(objects: dict[str, list[JsonObject]]) -> Iterator[JsonObject]:
    """Both ends of a link carry each other's id (old 3.6)."""
    ports = {port["id"]: port for port in objects["port"]}
    for port in objects["port"]:
        peer_id = port.get("peerId")
        if peer_id and (peer_id not in ports or ports[peer_id].get("peerId") != port["id"]):
            text = "which does not exist" if peer_id not in ports else "which does not name it in return"
            yield _finding(
                "source.link-one-sided", "port", port["id"], f"is linked to port {peer_id}, {text}"
            )


def _differing_bindings(objects: dict[str, list[JsonObject]]) -> Iterator[JsonObject]:
    """A binding is kept in two places that may diverge after a live migration (old 5)."""
    of_port = {
        port["id"]: (port["hostId"], port["interfaceName"]) for port in objects["port"] if port.get("hostId")
    }
    of_host: dict[str, set[tuple[str, str]]] = {}
    for binding in objects["host_interface_port"]:
        where = (binding["hostId"], binding["interfaceName"])
        of_host.setdefault(binding["portId"], set()).add(where)
    for port_id in sorted(of_port.keys() | of_host.keys()):
        here, there = of_port.get(port_id), of_host.get(port_id, set())
        if there != ({here} if here else set()):
            hosts_say = ", ".join(map(_place, sorted(there))) or "nothing"
            text = f"the port says {_place(here)}, the hosts say {hosts_say}"
            yield _finding("source.binding-differs", "port", port_id, text)


def _place(where: tuple[str, str] | None) -> str:
    return f"interface {where[1]} of host {where[0]}" if where else "nothing"


def _state(objects: dict[str, list[JsonObject]]) -> Iterator[JsonObject]:
    state = objects["system_state"][0].get("state")
    if state != "ACTIVE":
        yield _finding("source.not-active", "system_state", "", f"the API server's state is {state}")


def _finding(rule: str, kind: str, key: str, message: str) -> JsonObject:
    return {"rule": rule, "level": "warning", "kind": kind, "id": key, "message": message}
