"""Both halves of a site under construction."""

from __future__ import annotations

import random
import uuid
from functools import partial
from typing import Any

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS, NEUTRON_KINDS
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta, Vanished

TENANT = "7d3c1a5e9b2f4860a1c4e6f8b0d2a311"
ANYWHERE = ("0.0.0.0", 0)


class Objects:
    """Both halves of a site, and objects made by hand."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._macs = 0
        self.neutron: dict[str, list[JsonObject]] = {kind: [] for kind in NEUTRON_KINDS}
        self.midonet: dict[str, list[JsonObject]] = {kind: [] for kind in MIDONET_KINDS}
        self.provider_router: JsonObject | None = None
        self._group_chains: dict[tuple[str, str], JsonObject] = {}
        self._dhcp_port: dict[str, JsonObject] = {}
        self._rules: dict[str, list[JsonObject]] = {}
        self.vanished: list[Vanished] = []

    def id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def mac(self, prefix: str) -> str:
        """A MAC address that no other port has."""
        self._macs += 1
        return prefix + "".join(f":{byte:02x}" for byte in self._macs.to_bytes(3, "big"))

    def add(self, kind: str, **members: Any) -> JsonObject:
        """A MidoNet object; ``id`` is made up where the kind has ids and none is given."""
        if kind not in {
            "dhcp_host",
            "dhcp_subnet",
            "dhcp_v6_host",
            "dhcp_v6_subnet",
            "ip4_mac_pair",
            "mac_port",
            "ip_addr_group_addr",
            "port_link",
            "host_interface_port",
            "interface",
            "port_group_port",
            "tunnel_zone_host",
            "vtep",
            "vtep_binding",
        }:
            members.setdefault("id", self.id())
        self.midonet[kind].append(members)
        return members

    def remove(self, kind: str, item: JsonObject) -> None:
        self.midonet[kind].remove(item)
        if kind == "rule":
            self._rules[item["chainId"]].remove(item)

    def chain(self, name: str, tenant: str | None = TENANT) -> JsonObject:
        return self.add("chain", name=name, tenantId=tenant)

    def rule(self, chain: JsonObject, at: int | None = None, **members: Any) -> JsonObject:
        """A rule at a 0-based place, else at the end. Server-made unless the port lists say otherwise."""
        rules = self._rules.setdefault(chain["id"], [])
        members.setdefault("inPorts", None)
        members.setdefault("outPorts", None)
        rule = self.add("rule", chainId=chain["id"], **members)
        rules.insert(len(rules) if at is None else at, rule)
        return rule

    def hand_rule(self, chain: JsonObject, at: int | None = None, **members: Any) -> JsonObject:
        """A rule posted through the API: it shows [] for unset port lists."""
        return self.rule(chain, at, **{"inPorts": [], "outPorts": [], "fragmentPolicy": "any", **members})

    def rules_of(self, chain: JsonObject) -> list[JsonObject]:
        return list(self._rules.get(chain["id"], []))

    def find(self, kind: str, **members: Any) -> JsonObject:
        """The only object with these members."""
        (found,) = [
            item
            for item in self.midonet[kind]
            if all(item.get(name) == value for name, value in members.items())
        ]
        return found

    def route(self, router: str, dst: tuple[str, int], port: str | None, **members: Any) -> JsonObject:
        body = {
            "routerId": router,
            "dstNetworkAddr": dst[0],
            "dstNetworkLength": dst[1],
            "nextHopPort": port,
            "srcNetworkAddr": "0.0.0.0",
            "srcNetworkLength": 0,
            "nextHopGateway": None,
            "weight": 100,
            "type": "Normal",
            "learned": False,
            "attributes": None,
        }
        return self.add("route", **(body | members))

    def bridge_port(self, bridge: str, **members: Any) -> JsonObject:
        body = {
            "type": "Bridge",
            "deviceId": bridge,
            "adminStateUp": True,
            "vlanId": None,
            "peerId": None,
            "inboundFilterId": None,
            "outboundFilterId": None,
            "hostId": None,
            "interfaceName": None,
            "networkAddress": None,
            "networkLength": -1,
            "portAddress": None,
            "portMac": None,
        }
        return self.add("port", **(body | members))

    def router_port(self, router: str, cidr: str, address: str, **members: Any) -> JsonObject:
        """A router port and the local route that the server adds with every one."""
        network, _, length = cidr.partition("/")
        mac = self.mac("ac:ca:ba")
        body = {
            "type": "Router",
            "vlanId": -1,
            "networkAddress": network,
            "networkLength": int(length),
            "portAddress": address,
            "portMac": mac,
        }
        port = self.bridge_port(router, **(body | members))
        self.route(router, (address, 32), port["id"], weight=0)
        return port

    def link(self, one: JsonObject, other: JsonObject) -> None:
        one["peerId"], other["peerId"] = other["id"], one["id"]
        low, high = sorted((one["id"], other["id"]))
        self.add("port_link", portId=low, peerId=high)

    def snapshot(self) -> Snapshot:
        """The site as the readers would give it."""
        midonet = dict(self.midonet)
        midonet["rule"] = []
        for rules in self._rules.values():
            for position, rule in enumerate(rules, 1):
                rule["position"] = position
                midonet["rule"].append(rule)
        for kind, items in midonet.items():
            if kind != "rule":
                midonet[kind] = sorted(items, key=partial(object_key, kind))
        midonet["rule"].sort(key=lambda rule: (rule["chainId"], rule["position"]))
        return Snapshot(neutron=self.neutron, midonet=midonet, meta=SnapshotMeta(vanished=self.vanished))
