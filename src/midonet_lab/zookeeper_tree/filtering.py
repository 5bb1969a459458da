"""Chains, rules, groups of ports and of addresses, trace requests (imp 5.3)."""

from __future__ import annotations

from midonet_lab.zookeeper_tree.switching import Objects
from midonet_lab.zookeeper_tree.tree import Tree
from midonet_lab.zookeeper_tree.values import LITERAL_ACTIONS, condition, tenant
from midonet_migrate.model.keys import JsonObject

_NO_ADDRESS = "0.0.0.0"


def add_chains(tree: Tree, objects: Objects) -> None:
    """Chains, each with its list of rules in order, and what refers to it."""
    rules: dict[str, list[JsonObject]] = {}
    for rule in objects["rule"]:
        rules.setdefault(rule["chainId"], []).append(rule)
    for chain in objects["chain"]:
        path = f"chains/{chain['id']}"
        own = sorted(rules.get(chain["id"], []), key=lambda rule: int(rule["position"]))
        tree.put(path, {"properties": tenant(chain), "name": chain["name"]})
        tree.put(f"{path}/rules", {"ruleList": [rule["id"] for rule in own]})
        tree.empty(f"{path}/refs")
    for rule in objects["rule"]:
        _add_rule(tree, rule)
    for kind in ("router", "bridge"):
        for device in objects[kind]:
            for name in ("inboundFilterId", "outboundFilterId"):
                if device[name] is not None:
                    tree.empty(f"chains/{device[name]}/refs/{kind}:{device['id']}")


def _add_rule(tree: Tree, rule: JsonObject) -> None:
    common = {"condition": condition(rule), "chainId": rule["chainId"], "properties": {}}
    path = f"rules/{rule['id']}"
    kind = rule["type"]
    if kind == "jump":
        target, name = rule["jumpChainId"], rule["jumpChainName"]
        own = {"type": "Jump", "action": None, "jumpToChainID": target, "jumpToChainName": name}
        if target is not None:
            tree.empty(f"chains/{target}/refs/rule:{rule['id']}")
    elif kind in {"dnat", "snat"}:
        own = _forward_nat(rule)
    elif kind in {"rev_dnat", "rev_snat"}:
        action = str(rule["flowAction"]).upper()
        own = {"type": "ReverseNat", "action": action, "dnat": kind == "rev_dnat"}
    elif kind == "trace":
        own = {"type": "Trace", "action": "CONTINUE", "requestId": rule["requestId"]}
        own |= {"limit": rule["limit"], "hits": 0}
    else:
        own = {"type": "Literal", "action": LITERAL_ACTIONS[kind]}
    tree.put(path, {**own, **common, "meterName": rule["meterName"]})
    if rule["portGroup"] is not None:
        tree.empty(f"port_groups/{rule['portGroup']}/rules/{rule['id']}")
    for name in ("ipAddrGroupSrc", "ipAddrGroupDst"):
        if rule[name] is not None:
            tree.empty(f"ip_addr_groups/{rule[name]}/rules/{rule['id']}")


def _forward_nat(rule: JsonObject) -> JsonObject:
    """A single address without ports is what 1.9 calls a floating IP."""
    targets = [
        {
            "nwStart": target["addressFrom"],
            "nwEnd": target["addressTo"],
            "tpStart": target["portFrom"],
            "tpEnd": target["portTo"],
        }
        for target in rule["natTargets"] or ()
    ]
    floating = len(targets) == 1 and targets[0] == {
        "nwStart": targets[0]["nwStart"],
        "nwEnd": targets[0]["nwStart"],
        "tpStart": 0,
        "tpEnd": 0,
    }
    return {
        "type": "ForwardNat",
        "action": str(rule["flowAction"]).upper(),
        "dnat": rule["type"] == "dnat",
        "floatingIp": floating,
        "floatingIpAddr": targets[0]["nwStart"] if floating else _NO_ADDRESS,
        "targetsArray": targets,
        "natTargets": targets,
    }


def add_groups(tree: Tree, objects: Objects) -> None:
    """Port groups and IP address groups with their members."""
    for group in objects["port_group"]:
        path = f"port_groups/{group['id']}"
        members = {"properties": tenant(group), "name": group["name"], "stateful": group["stateful"]}
        tree.put(path, members)
        tree.empty(f"{path}/rules", f"{path}/ports")
    for member in objects["port_group_port"]:
        tree.empty(f"port_groups/{member['portGroupId']}/ports/{member['portId']}")
    for group in objects["ip_addr_group"]:
        path = f"ip_addr_groups/{group['id']}"
        tree.put(path, {"properties": {}, "id": group["id"], "name": group["name"]})
        tree.empty(f"{path}/rules", f"{path}/addrs")
    for address in objects["ip_addr_group_addr"]:
        tree.empty(f"ip_addr_groups/{address['ipAddrGroupId']}/addrs/{address['addr']}")


def add_traces(tree: Tree, objects: Objects) -> None:
    """Trace requests; an enabled one names its rule."""
    enabled = {rule["requestId"]: rule["id"] for rule in objects["rule"] if rule["type"] == "trace"}
    for trace in objects["trace_request"]:
        members = {
            "name": trace["name"],
            "deviceType": trace["deviceType"],
            "deviceId": trace["deviceId"],
            "condition": condition(trace["condition"]),
            "creationTimestampMs": trace["creationTimestampMs"],
            "limit": trace["limit"],
            "enabledRule": enabled.get(trace["id"]),
        }
        tree.put(f"traces/{trace['id']}", members)
