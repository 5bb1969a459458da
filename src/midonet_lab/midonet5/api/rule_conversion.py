"""Rules between DTO and store: the type decides which data a rule has (new 2.13, imp Appendix E)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.store_values import ip_from_store, ip_to_store
from midonet_lab.midonet5.store import StoredObject

_LITERAL = {"accept": "ACCEPT", "drop": "DROP", "reject": "REJECT", "return": "RETURN"}
_KINDS = {action: kind for kind, action in _LITERAL.items()}


def rule_kind(rule: StoredObject) -> str:
    """The discriminator of a stored rule."""
    match rule.get("type"):
        case "JUMP_RULE":
            return "jump"
        case "TRACE_RULE":
            return "trace"
        case "L2TRANSFORM_RULE":
            return "l2_transform"
        case "NAT_RULE":
            data = rule.get("nat_rule_data", {})
            return ("rev_" if data.get("reverse") else "") + ("dnat" if data.get("dnat") else "snat")
        case _:
            return _KINDS.get(rule.get("action", ""), "return")


def has_reversed_range(values: Values) -> bool:
    """Whether a condition's DTO has a range that Java cannot make: its start is greater than its end."""
    for name in ("tpSrc", "tpDst"):
        bounds = values[name] or {}
        start, end = bounds.get("start"), bounds.get("end")
        if start is not None and end is not None and start > end:
            return True
    return False


def rule_to_store(condition: Bean, values: Values) -> StoredObject:
    """Without its chain. Raises ``Inconvertible``."""
    kind = values["type"]
    rule: StoredObject = {"id": values["id"], "condition": condition.to_store(values)}
    if kind in _LITERAL:
        return rule | {"type": "LITERAL_RULE", "action": _LITERAL[kind]}
    if kind == "jump":
        data = {"jump_chain_id": values["jumpChainId"], "jump_chain_name": values["jumpChainName"]}
        return rule | {"type": "JUMP_RULE", "action": "JUMP", "jump_rule_data": _present(data)}
    if kind == "trace":  # its data is not stored
        return rule | {"type": "TRACE_RULE", "action": "CONTINUE"}
    action = values["flowAction"].upper()
    if kind == "l2_transform":
        data = {
            "pop_vlan": values["popVlan"],
            "push_vlan": values["pushVlan"],
            "target_port_id": values["targetPortId"],
            "ingress": values["ingress"],
            "fail_open": values["failOpen"],
        }
        return rule | {"type": "L2TRANSFORM_RULE", "action": action, "transform_rule_data": _present(data)}
    nat: dict[str, Any] = {"dnat": kind.endswith("dnat"), "reverse": kind.startswith("rev_")}
    if "natTargets" in values:
        nat["nat_targets"] = [_target_to_store(target) for target in values["natTargets"]]
    return rule | {"type": "NAT_RULE", "action": action, "nat_rule_data": nat}


def rule_from_store(bean: Bean, condition: Bean, rule: StoredObject) -> Values:
    """Position and links left open. Without a stored condition its lists are null, not empty."""
    values = bean.new()
    if "condition" in rule:
        values |= condition.from_store(rule["condition"])
    kind = rule_kind(rule)
    values |= {"id": rule["id"], "type": kind, "chainId": rule.get("chain_id")}
    if kind == "jump":
        data = rule.get("jump_rule_data", {})
        values |= {
            "jumpChainId": data.get("jump_chain_id"),
            "jumpChainName": data.get("jump_chain_name"),
        }
    elif kind == "trace":
        data = rule.get("trace_rule_data", {})
        values |= {"requestId": data.get("trace_request_id"), "limit": data.get("limit", 0)}
    elif kind == "l2_transform":
        data = rule.get("transform_rule_data", {})
        values |= {
            "popVlan": data.get("pop_vlan", False),
            "pushVlan": data.get("push_vlan", 0),
            "targetPortId": data.get("target_port_id"),
            "ingress": data.get("ingress", False),
            "failOpen": data.get("fail_open", False),
        }
    elif kind not in _LITERAL and "natTargets" in bean.properties:
        targets = rule.get("nat_rule_data", {}).get("nat_targets", [])
        values["natTargets"] = [_target_from_store(target) for target in targets]
    if "flowAction" in bean.properties:
        values["flowAction"] = rule.get("action", "ACCEPT").lower()
    return values


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _target_to_store(target: Values) -> dict[str, Any]:
    stored: dict[str, Any] = {"tp_start": target["portFrom"] % 2**32, "tp_end": target["portTo"] % 2**32}
    for name, field in (("addressFrom", "nw_start"), ("addressTo", "nw_end")):
        if target[name] is not None:
            stored[field] = ip_to_store(target[name])
    return stored


def _target_from_store(target: dict[str, Any]) -> Values:
    start, end = target.get("nw_start"), target.get("nw_end")
    return {
        "addressFrom": None if start is None else ip_from_store(start),
        "addressTo": None if end is None else ip_from_store(end),
        "portFrom": _signed(target.get("tp_start", 0)),
        "portTo": _signed(target.get("tp_end", 0)),
    }


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
