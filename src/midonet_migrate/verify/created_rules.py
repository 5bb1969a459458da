"""Chains, rules and routes through the API (new 2.11 - 2.13)."""

from __future__ import annotations

from typing import Any, Final

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.verify.created_values import make, parent_of, subnet_of
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, stored_address

_CONDITION: Final = {
    "condInvert": "conjunction_inv",
    "matchForwardFlow": "match_forward_flow",
    "matchReturnFlow": "match_return_flow",
    "inPorts": "in_port_ids",
    "invInPorts": "in_port_inv",
    "outPorts": "out_port_ids",
    "invOutPorts": "out_port_inv",
    "portGroup": "port_group_id",
    "invPortGroup": "inv_port_group",
    "inPortGroup": "in_port_group_id",
    "invInPortGroup": "inv_in_port_group",
    "outPortGroup": "out_port_group_id",
    "invOutPortGroup": "inv_out_port_group",
    "ipAddrGroupSrc": "ip_addr_group_id_src",
    "invIpAddrGroupSrc": "inv_ip_addr_group_id_src",
    "ipAddrGroupDst": "ip_addr_group_id_dst",
    "invIpAddrGroupDst": "inv_ip_addr_group_id_dst",
    "traversedDevice": "traversed_device",
    "invTraversedDevice": "traversed_device_inv",
    "noVlan": "no_vlan",
    "vlan": "vlan",
    "dlType": "dl_type",
    "invDlType": "inv_dl_type",
    "dlSrc": "dl_src",
    "invDlSrc": "inv_dl_src",
    "dlDst": "dl_dst",
    "invDlDst": "inv_dl_dst",
    "nwTos": "nw_tos",
    "invNwTos": "nw_tos_inv",
    "nwProto": "nw_proto",
    "invNwProto": "nw_proto_inv",
    "invNwSrc": "nw_src_inv",
    "invNwDst": "nw_dst_inv",
    "invTpSrc": "tp_src_inv",
    "invTpDst": "tp_dst_inv",
    "invIcmpDataSrcIp": "icmp_data_src_ip_inv",
    "invIcmpDataDstIp": "icmp_data_dst_ip_inv",
}
_SUBNETS: Final = {
    "nwSrc": "nw_src_ip",
    "nwDst": "nw_dst_ip",
    "icmpDataSrcIp": "icmp_data_src_ip",
    "icmpDataDstIp": "icmp_data_dst_ip",
}
_RANGES: Final = {"tpSrc": "tp_src", "tpDst": "tp_dst"}
_MASKS: Final = {"dlSrcMask": "dl_src_mask", "dlDstMask": "dl_dst_mask"}
_LITERAL: Final = frozenset({"accept", "drop", "reject", "return"})
_NEXT_HOPS: Final = {"Normal": "PORT", "BlackHole": "BLACKHOLE", "Reject": "REJECT", "Local": "LOCAL"}


def chain(site: Site, request: ObjectRequest) -> None:
    """An empty chain."""
    body = request.body or {}
    site.touch("Chain", body["id"])
    site.chain(body["id"], body.get("name"), body.get("tenantId"))


def rule(site: Site, request: ObjectRequest) -> None:
    """A rule at its position; those at and behind it move down (new 2.13)."""
    body = request.body or {}
    place = parent_of(request.path)
    make(site, "Rule", body["id"], {"chain_id": place, **_content(body)})
    rules = site.rules_of(place)
    rules.insert(max(int(body.get("position") or 1), 1) - 1, body["id"])
    site.touch("Chain", place)
    target = body.get("jumpChainId")
    if target is not None:
        site.jumps.setdefault(target, set()).add(body["id"])


def _content(body: JsonObject) -> Object:
    kind = str(body["type"])
    fields: Object = {"condition": _condition(body)}
    if kind in _LITERAL:
        return {**fields, "type": "LITERAL_RULE", "action": kind.upper()}
    if kind == "jump":
        data = {"jump_chain_id": body["jumpChainId"]}
        if body.get("jumpChainName") is not None:
            data["jump_chain_name"] = body["jumpChainName"]
        return {**fields, "type": "JUMP_RULE", "action": "JUMP", "jump_rule_data": data}
    action = str(body.get("flowAction")).upper()
    nat: Object = {"dnat": kind.endswith("dnat"), "reverse": kind.startswith("rev_")}
    targets = [_target(target) for target in body.get("natTargets") or []]
    if targets and not nat["reverse"]:
        nat["nat_targets"] = targets
    return {**fields, "type": "NAT_RULE", "action": action, "nat_rule_data": nat}


def _target(target: JsonObject) -> Object:
    fields = {
        "nw_start": target.get("addressFrom"),
        "nw_end": target.get("addressTo"),
        "tp_start": target.get("portFrom"),
        "tp_end": target.get("portTo"),
    }
    return {field: value for field, value in fields.items() if value is not None}


def _condition(body: JsonObject) -> Object:
    condition: Object = {}
    for name, field in _CONDITION.items():
        value = body.get(name)
        if value is not None and value != []:
            condition[field] = value
    for name, field in _SUBNETS.items():
        subnet = subnet_of(body.get(f"{name}Address"), body.get(f"{name}Length"))
        if subnet is not None:
            condition[field] = subnet
    for name, field in _RANGES.items():
        if body.get(name) is not None:
            condition[field] = {bound: end for bound, end in body[name].items() if end is not None}
    for name, field in _MASKS.items():
        if body.get(name) is not None:
            condition[field] = int(str(body[name]).replace(".", ""), 16)
    condition["fragment_policy"] = str(body.get("fragmentPolicy") or _fragments(body)).upper()
    return condition


def _fragments(body: JsonObject) -> str:
    """The policy that the server gives to a rule without one (new 2.13)."""
    layer4 = body.get("tpSrc") is not None or body.get("tpDst") is not None
    if body.get("type") in {"dnat", "snat"}:
        targets: list[Any] = body.get("natTargets") or []
        static = len(targets) == 1 and not layer4 and not _chooses(targets[0])
        return "any" if static else "unfragmented"
    return "header" if layer4 else "any"


def _chooses(target: JsonObject) -> bool:
    """Whether a target leaves a choice of addresses or ports."""
    ports = (target.get("portFrom") or 0, target.get("portTo") or 0)
    return target.get("addressFrom") != target.get("addressTo") or ports != (0, 0)


def route(site: Site, request: ObjectRequest) -> None:
    """A route: of a port, or, where it leads nowhere, of the router itself (new 2.11)."""
    body = request.body or {}
    next_hop = _NEXT_HOPS[str(body["type"])]
    gateway = body.get("nextHopGateway")
    make(
        site,
        "Route",
        body["id"],
        {
            "router_id": parent_of(request.path) if next_hop in {"BLACKHOLE", "REJECT"} else None,
            "src_subnet": subnet_of(body["srcNetworkAddr"], body.get("srcNetworkLength")),
            "dst_subnet": subnet_of(body["dstNetworkAddr"], body.get("dstNetworkLength")),
            "next_hop": next_hop,
            "next_hop_port_id": body.get("nextHopPort"),
            "next_hop_gateway": stored_address(gateway) if gateway else None,
            "attributes": body.get("attributes"),
            "weight": body.get("weight") or 0,
        },
    )
