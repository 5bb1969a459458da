"""Bringing generated and recorded 1.9 objects into a form in which they can be compared.

Random ids and random MACs become names made of what the object is for; links of the API go away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from golden_snapshot import midonet_objects
from midonet_migrate.model.keys import JsonObject

_LINKS = re.compile(r"https?://")


def recorded_objects(folder: Path, recording: str) -> dict[str, list[JsonObject]]:
    """The objects of a recording by kind, without links."""
    found = midonet_objects(folder / recording)
    return {kind: [without_links(item) for item in items] for kind, items in found.items()}


def recorded_dicts(folder: Path) -> dict[str, list[JsonObject]]:
    """The Neutron dicts of a recorded site."""
    dicts: dict[str, list[JsonObject]] = msgspec.json.decode((folder / "neutron_dicts.json").read_bytes())
    return dicts


def without_links(item: JsonObject) -> JsonObject:
    """An object without its links: members that hold a URI, and those that do when they are set."""
    names = {"inboundFilter", "outboundFilter", "vxLanPort", "vxLanPorts", "loadBalancer", "healthMonitor"}
    names |= {"host", "hostInterfacePort", "bgps", "peer", "router", "bindings"}
    return {
        name: value
        for name, value in item.items()
        if name not in names and not (isinstance(value, str) and _LINKS.match(value))
    }


class Naming:
    """Names for random ids, learned from the objects themselves."""

    def __init__(self, objects: Mapping[str, list[JsonObject]]) -> None:
        self.names: dict[str, str] = {}
        for chain in objects["chain"]:
            self.names[chain["id"]] = f"chain {chain['name']}"
        for router in objects["router"]:
            if router["tenantId"] is None:
                self.names[router["id"]] = "the Provider Router"
        for balancer in objects["load_balancer"]:
            self.names[balancer["id"]] = f"balancer of {balancer['routerId']}"
        for port in objects["port"]:
            if port["type"] == "Router":
                address = f"{port['portAddress']}/{port['networkLength']} to {port['peerId']}"
                self._name(port, address if _on_external(port, objects) else f"peer of {port['peerId']}")

    def _name(self, port: JsonObject, text: str) -> None:
        if port["portAddress"] == "169.254.255.1":  # this one has the id of a Neutron port
            text = port["id"]
        else:
            self.names[port["id"]] = text
        self.names[port["portMac"]] = f"mac of {text}"


def _on_external(port: JsonObject, objects: Mapping[str, list[JsonObject]]) -> bool:
    provider = {router["id"] for router in objects["router"] if router["tenantId"] is None}
    return port["deviceId"] in provider and port["networkAddress"] != "169.254.255.0"


def comparable(objects: Mapping[str, list[JsonObject]]) -> dict[str, list[str]]:
    """Every object as text, sorted, with names for random ids and without what depends on order of creation.

    Positions stay in the chains of ports, whose order is fixed but for the jumps to security groups.
    """
    names = Naming(objects).names
    links = {}
    for port in objects["port"]:
        peer = names.get(port["peerId"] or "", "")
        if port["type"] == "Bridge" and " to " in peer:
            links[port["id"]] = f"external link to {peer.split(' to ')[0]}"
    for port_id, name in list(names.items()):
        names[port_id] = name.split(" to ")[0]
    names |= links
    chains = {chain["id"]: chain["name"] for chain in objects["chain"]}
    result: dict[str, list[str]] = {}
    for kind, items in objects.items():
        texts = []
        for item in items:
            whole = {name: value for name, value in item.items() if name != "@persistent"}
            if kind == "rule":
                chain = chains[item["chainId"]]
                if "OS_PORT" not in chain or item["type"] == "jump":
                    del whole["position"]
                if "OS_SG" not in chain:
                    del whole["id"]
            if kind == "route":
                del whole["id"]
            if kind == "port_link":
                whole = {"ends": sorted(names.get(end, end) for end in item.values())}
            if kind == "dhcp_host":
                whole["extraDhcpOpts"] = sorted(whole["extraDhcpOpts"], key=str)
            texts.append(_text(_renamed(whole, names)))
        result[kind] = sorted(texts)
    return result


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(item, names) for name, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
