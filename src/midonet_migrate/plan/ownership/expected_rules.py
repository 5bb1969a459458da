"""The rules that the 1.9 server makes for Neutron resources (old 4.4).

Pure recomputation: each function gives the rules of one chain in the server's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.derived_ids import non_header_rule_id, same_subnet_snat_rule_id
from midonet_migrate.plan.ownership.signatures import Signature, signature
from midonet_migrate.plan.ownership.values import METADATA_ADDRESS, fixed_addresses, is_v4, split_cidr

ETHERTYPE_V4, ETHERTYPE_V6, ETHERTYPE_ARP = 0x0800, 0x86DD, 0x0806
_PROTOCOLS = {"tcp": 6, "6": 6, "udp": 17, "17": 17, "icmp": 1, "1": 1, "icmpv6": 58, "58": 58}
_ICMP = frozenset({1, 58})

ANTI_SPOOF, RETURN_FLOW, JUMP, DROP_REST = "anti-spoof", "return-flow", "jump", "drop-rest"
GROUP_RULE, GROUP_FRAGMENT = "security-group-rule", "security-group-fragment"
GATEWAY_SNAT, INTERFACE_SNAT, FLOATING = "gateway-snat", "interface-snat", "floating-ip"


class ExpectedRule(NamedTuple):
    """A rule to look for.

    ``contents`` are the accepted contents, the usual one first; ``fields`` the usual one as the server
    shows it. ``id`` is set where the server derives it. ``owner`` is the Neutron resource it is for if that
    is not the one of the chain. ``group`` names rules that are only made together.
    """

    purpose: str
    fields: JsonObject
    contents: tuple[Signature, ...]
    id: str | None = None
    owner: tuple[str, str] | None = None
    group: str = ""


class RouterEnd(NamedTuple):
    """A router port and the address the server gave it."""

    port_id: str
    address: str


def _rule(
    purpose: str,
    fields: JsonObject,
    *variants: JsonObject,
    rule_id: str | None = None,
    owner: tuple[str, str] | None = None,
    group: str = "",
) -> ExpectedRule:
    contents = tuple(signature(item) for item in (fields, *variants))
    return ExpectedRule(purpose, fields, contents, rule_id, owner, group)


_RETURN_FLOW = _rule(
    RETURN_FLOW, {"type": "accept", "matchReturnFlow": True, "fragmentPolicy": "unfragmented"}
)
_DROP_REST = _rule(DROP_REST, {"type": "drop", "dlType": ETHERTYPE_ARP, "invDlType": True})


def port_inbound(port: JsonObject, jump_targets: Iterable[tuple[str, str]]) -> list[ExpectedRule]:
    """INBOUND chain of a VIF port: from the VM into the network. Targets are (chain id, chain name)."""
    rules = [
        _rule(
            ANTI_SPOOF,
            {
                "type": "drop",
                "invNwSrc": True,
                "nwSrcAddress": address,
                "nwSrcLength": 32 if is_v4(address) else 128,
                "dlType": ETHERTYPE_V4 if is_v4(address) else ETHERTYPE_V6,
            },
        )
        for address in fixed_addresses(port)
    ]
    rules.append(_rule(ANTI_SPOOF, {"type": "drop", "invDlSrc": True, "dlSrc": port["mac_address"]}))
    return [*rules, *port_outbound(jump_targets)]


def port_outbound(jump_targets: Iterable[tuple[str, str]]) -> list[ExpectedRule]:
    """OUTBOUND chain of a VIF port: from the network to the VM."""
    jumps = [
        _rule(JUMP, {"type": "jump", "jumpChainId": chain_id, "jumpChainName": name})
        for chain_id, name in jump_targets
    ]
    return [_RETURN_FLOW, *jumps, _DROP_REST]


def security_group(rules: Iterable[JsonObject], direction: str) -> list[ExpectedRule]:
    """INGRESS or EGRESS chain of a security group."""
    return [
        expected
        for rule in sorted(rules, key=lambda item: str(item["id"]))
        if rule["direction"] == direction
        for expected in _security_group_rule(rule)
    ]


def _security_group_rule(rule: JsonObject) -> Iterator[ExpectedRule]:
    egress = rule["direction"] == "egress"
    side = "Dst" if egress else "Src"
    base: JsonObject = {
        "type": "accept",
        "matchForwardFlow": egress,
        "dlType": ETHERTYPE_V6 if str(rule["ethertype"]).lower() == "ipv6" else ETHERTYPE_V4,
        "nwProto": _PROTOCOLS.get(str(rule.get("protocol")).lower(), 0),
    }
    if rule.get("remote_ip_prefix"):
        base[f"nw{side}Address"], base[f"nw{side}Length"] = split_cidr(rule["remote_ip_prefix"])
    if rule.get("remote_group_id"):
        base[f"ipAddrGroup{side}"] = rule["remote_group_id"]
    low, high = rule.get("port_range_min"), rule.get("port_range_max")
    owner = ("security_group_rules", rule["id"])
    if low is None and high is None:
        yield _rule(GROUP_RULE, base, rule_id=rule["id"], owner=owner)
        return
    is_icmp = base["nwProto"] in _ICMP
    ports = {**base, "fragmentPolicy": "header", "tpDst": {"start": high if is_icmp else low, "end": high}}
    # a type without a code leaves the server no range: it may fall back to a rule without one
    variants = [{**ports, "tpDst": {"start": low, "end": high}}, base] if is_icmp else []
    companion = {**base, "fragmentPolicy": "nonheader"}
    yield _rule(GROUP_RULE, ports, *variants, rule_id=rule["id"], owner=owner)
    yield _rule(GROUP_FRAGMENT, companion, rule_id=non_header_rule_id(rule["id"]), owner=owner)


def _nat(kind: str, target: str, ports: tuple[int, int], action: str, policy: str) -> JsonObject:
    return {
        "type": kind,
        "flowAction": action,
        "fragmentPolicy": policy,
        "natTargets": [
            {"addressFrom": target, "addressTo": target, "portFrom": ports[0], "portTo": ports[1]}
        ],
    }


_ALL_PORTS, _NO_PORTS = (1, 65535), (0, 0)


def router_post(
    chain_id: str,
    gateway: RouterEnd | None,
    snat: bool,
    interfaces: Iterable[RouterEnd],
    floating_ips: Iterable[JsonObject],
) -> list[ExpectedRule]:
    """POST_ROUTING chain of a router. Floating IPs count only together with a gateway."""
    rules: list[ExpectedRule] = []
    if gateway is not None:
        out = [gateway.port_id]
        for item in floating_ips:
            match = {"outPorts": out, "nwSrcAddress": item["fixed_ip_address"], "nwSrcLength": 32}
            rules.append(_floating(item, "snat", item["floating_ip_address"], match))
        if snat:
            translate = _nat("snat", gateway.address, _ALL_PORTS, "accept", "unfragmented")
            drop = {"type": "drop", "outPorts": out, "invNwSrc": True}
            drop |= {"nwSrcAddress": gateway.address, "nwSrcLength": 32}
            # releases differed in which of the two leaves the gateway's own address alone
            own = {name: value for name, value in drop.items() if name not in {"type", "outPorts"}}
            older = {"type": "drop", "outPorts": out}
            rules.append(
                _rule(GATEWAY_SNAT, {**translate, "outPorts": out}, {**translate, "outPorts": out, **own})
            )
            rules.append(_rule(GATEWAY_SNAT, drop, older))
    for end in interfaces:
        fields = _nat("snat", end.address, _ALL_PORTS, "return", "unfragmented")
        fields |= {"inPorts": [end.port_id], "outPorts": [end.port_id], "invNwDst": True}
        fields |= {"nwDstAddress": METADATA_ADDRESS, "nwDstLength": 32}
        rules.append(_interface(fields, chain_id, end))
    return rules


def router_pre(
    chain_id: str,
    gateway: RouterEnd | None,
    snat: bool,
    interfaces: Iterable[RouterEnd],
    floating_ips: Iterable[JsonObject],
) -> list[ExpectedRule]:
    """PRE_ROUTING chain of a router."""
    rules: list[ExpectedRule] = []
    if gateway is not None:
        for item in floating_ips:
            match = {
                "inPorts": [gateway.port_id],
                "nwDstAddress": item["floating_ip_address"],
                "nwDstLength": 32,
            }
            rules.append(_floating(item, "dnat", item["fixed_ip_address"], match))
    for end in interfaces:
        fields = _reverse_snat(end)
        rules.append(_interface(fields, chain_id, end))
    if gateway is not None and snat:
        drop = {"type": "drop", "invNwProto": True, "nwProto": 1, "fragmentPolicy": "unfragmented"}
        drop |= {"nwDstAddress": gateway.address, "nwDstLength": 32}
        rules.append(_rule(GATEWAY_SNAT, _reverse_snat(gateway)))
        rules.append(_rule(GATEWAY_SNAT, drop))
    return rules


def _reverse_snat(end: RouterEnd) -> JsonObject:
    return {
        "type": "rev_snat",
        "flowAction": "accept",
        "fragmentPolicy": "unfragmented",
        "inPorts": [end.port_id],
        "nwDstAddress": end.address,
        "nwDstLength": 32,
    }


def _interface(fields: JsonObject, chain_id: str, end: RouterEnd) -> ExpectedRule:
    rule_id = same_subnet_snat_rule_id(chain_id, end.port_id)
    return _rule(INTERFACE_SNAT, fields, rule_id=rule_id, group=end.port_id)


def _floating(item: JsonObject, kind: str, target: str, match: JsonObject) -> ExpectedRule:
    usual = {**_nat(kind, target, _NO_PORTS, "accept", "any"), **match}
    # associated again on the same router: the pair is made anew with another policy (old 4.4)
    again = {**usual, "fragmentPolicy": "unfragmented"}
    return _rule(FLOATING, usual, again, owner=("floating_ips", item["id"]))


RouterRules = Callable[
    [str, RouterEnd | None, bool, Iterable[RouterEnd], Iterable[JsonObject]], list[ExpectedRule]
]
"""Signature of :func:`router_pre` and :func:`router_post`."""
