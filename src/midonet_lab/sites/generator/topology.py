"""The 1.9 objects of a site under construction, with the ground truth of each."""

from __future__ import annotations

from functools import cache
from typing import Any

from midonet_lab.midonet19.complete import complete_members
from midonet_lab.sites.generator.ground_truth import Truth
from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS

_LINK = "port_link"
_COMPUTED = frozenset({"ip4_mac_pair", "ip_addr_group_addr"})
"""Kinds with members that follow from others; so are those of NAT rules."""
_NAT = frozenset({"dnat", "snat", "rev_dnat", "rev_snat"})


@cache
def _template(kind: str, type_name: str | None) -> JsonObject:
    return complete_members(kind, {"type": type_name} if type_name else {})


def whole_object(kind: str, **members: Any) -> JsonObject:
    """An object of ``kind`` with every member of the highest media type; links excepted (old 0.4, 3)."""
    if kind == _LINK:
        return members
    if kind in _COMPUTED or (kind == "rule" and members["type"] in _NAT):
        return complete_members(kind, members)
    item = _template(kind, members["type"] if kind in {"port", "rule"} else None).copy()
    for name, value in item.items():
        if value in ([], {}):
            item[name] = type(value)()
    item.update(members)
    return item


class Topology:
    """Objects by kind; every one is added with its ground truth."""

    def __init__(self) -> None:
        self.objects: dict[str, list[JsonObject]] = {kind: [] for kind in MIDONET_KINDS if kind != "rule"}
        self.ownership: dict[str, dict[str, Truth]] = {kind: {} for kind in MIDONET_KINDS}
        self.modifications: list[JsonObject] = []
        self.by_id: dict[str, dict[str, JsonObject]] = {kind: {} for kind in MIDONET_KINDS}
        self.chain_rules: dict[str, list[JsonObject]] = {}

    def add(self, kind: str, truth: Truth, **members: Any) -> JsonObject:
        """Add a whole object; members that are not named have their defaults."""
        item = whole_object(kind, **members)
        self.ownership[kind][object_key(kind, item)] = truth
        self.objects[kind].append(item)
        if "id" in item:
            self.by_id[kind][item["id"]] = item
        if kind == "chain":
            self.chain_rules[item["id"]] = []
        return item

    def add_rule(self, chain_id: str, truth: Truth, *, at: int | None = None, **members: Any) -> JsonObject:
        """Add a rule at index ``at`` of a chain, else at its end; positions are set by :meth:`finish`."""
        rule = whole_object("rule", chainId=chain_id, **members)
        rules = self.chain_rules[chain_id]
        rules.insert(len(rules) if at is None else at, rule)
        self.ownership["rule"][rule["id"]] = truth
        return rule

    def delete_rule(self, rule: JsonObject, why: str) -> None:
        """Take a server-made rule away, as somebody did by hand."""
        rules = self.chain_rules[rule["chainId"]]
        was = {**rule, "position": rules.index(rule) + 1}
        rules.remove(rule)
        del self.ownership["rule"][rule["id"]]
        self.modifications.append({"id": rule["id"], "kind": "rule", "op": "delete", "was": was, "why": why})

    def change(self, kind: str, item: JsonObject, why: str, **after: Any) -> None:
        """Change attributes of an object and write down what they were."""
        before = {name: item[name] for name in after}
        item.update(after)
        entry = {"id": object_key(kind, item), "kind": kind, "op": "update", "before": before}
        self.modifications.append({**entry, "after": after, "why": why})

    def link(self, one: JsonObject, other: JsonObject, truth: Truth) -> None:
        """Link two ports: each carries the other's id (old 3.6)."""
        one["peerId"], other["peerId"] = other["id"], one["id"]
        lower, higher = sorted((one["id"], other["id"]))
        self.add("port_link", truth, portId=lower, peerId=higher)

    def add_route(
        self, route_id: str, truth: Truth, port: JsonObject, cidr: str, **members: Any
    ) -> JsonObject:
        """A route of ``port``'s router to ``cidr`` through ``port``."""
        prefix, length = cidr.split("/")
        return self.add(
            "route",
            truth,
            id=route_id,
            routerId=port["deviceId"],
            nextHopPort=port["id"],
            dstNetworkAddr=prefix,
            dstNetworkLength=int(length),
            **members,
        )

    def add_local_route(self, route_id: str, truth: Truth, port: JsonObject) -> None:
        """The route to a router port's own address, which the server adds to every one (old 4.5)."""
        self.add_route(route_id, truth, port, f"{port['portAddress']}/32", weight=0)

    def finish(self) -> dict[str, list[JsonObject]]:
        """All objects by kind, with the positions of rules: dense, from 1 (old 3.7)."""
        rules: list[JsonObject] = []
        for chain in self.chain_rules.values():
            for position, rule in enumerate(chain, 1):
                rule["position"] = position
            rules.extend(chain)
        return {**self.objects, "rule": rules}
