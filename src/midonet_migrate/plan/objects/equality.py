"""Whether an object read from 5.x is the one that was sent, field by field (new 3.12).

Pure. What 5.x shows otherwise than it was told, without meaning anything else, compares equal: null and the
empty list, forms of addresses, defaults. Everything else is a difference.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address
from typing import Any
from uuid import UUID

import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.objects.members import (
    CONDITION,
    MEMBERS,
    OF_TYPE,
    UNKNOWN_UNLESS_SENT,
)
from midonet_migrate.plan.objects.values import full_mac

_PORT_TYPES = {
    "ExteriorBridge": "Bridge",
    "InteriorBridge": "Bridge",
    "ExteriorRouter": "Router",
    "InteriorRouter": "Router",
}
_MACS = frozenset({"dlDst", "dlSrc", "mac", "macAddr", "portMac"})
_ADDRESSES = frozenset({"addr", "dnsServerAddrs", "fixedAddress", "ipAddr", "prefix"})
_SETS = frozenset(
    {
        "inPorts",
        "inboundMirrorIds",
        "outPorts",
        "outboundMirrorIds",
        "postInFilterMirrorIds",
        "preOutFilterMirrorIds",
    }
)
"""Lists whose order and repetitions mean nothing."""

_LISTS = _SETS | {"dnsServerAddrs", "extraDhcpOpts", "natTargets", "opt121Routes"}
_LENGTH_OF = {
    "icmpDataDstIpLength": "icmpDataDstIpAddress",
    "icmpDataSrcIpLength": "icmpDataSrcIpAddress",
    "nwDstLength": "nwDstAddress",
    "nwSrcLength": "nwSrcAddress",
}
_TARGET: JsonObject = {"addressFrom": None, "addressTo": None, "portFrom": 0, "portTo": 0}
_FORWARD_NAT = frozenset({"dnat", "snat"})
_BGP = frozenset({"ad_route", "bgp"})


class Difference(msgspec.Struct, frozen=True, order=True):
    """One member that is not as it should be; ``field`` is dotted for nested members."""

    field: str
    wanted: Any
    found: Any


def differences(
    kind: str, wanted: JsonObject, found: JsonObject, *, ignore: frozenset[str] = frozenset()
) -> list[Difference]:
    """Every member in which ``found``, as read from 5.x, differs from ``wanted``, as sent; sorted by field.

    ``kind`` is a 1.9 kind (``bgp`` a BgpPeer, ``ad_route`` a BgpNetwork). Members that ``wanted`` lacks count
    with what 5.x takes when they are absent, but for those that path, server or another request decide
    (``UNKNOWN_UNLESS_SENT``); put them into ``wanted`` to have them compared. Members that this version of
    5.x does not show at all are not compared unless something else than the default is wanted. Neither
    argument is changed. Raises ``KeyError`` for a kind that is never sent.
    """
    left, right = canonical(kind, wanted), canonical(kind, found)
    unknown = UNKNOWN_UNLESS_SENT.get(kind, frozenset())
    defaults = canonical(kind, {"type": left["type"]} if left.get("type") else {})
    result: list[Difference] = []
    for name, value in left.items():
        if name in ignore or (name in unknown and name not in wanted):
            continue
        if name not in found and name not in _from_elsewhere(kind):
            if value != defaults.get(name):
                result.append(Difference(name, value, None))
            continue
        if value == right.get(name):
            continue
        if isinstance(value, dict) and isinstance(right.get(name), dict):
            result += _nested(name, value, right[name], found[name])
        else:
            result.append(Difference(name, value, right.get(name)))
    return sorted(result, key=lambda difference: difference.field)


def missing_changes(kind: str, changes: JsonObject, found: JsonObject) -> list[Difference]:
    """The members of ``changes``, and no others, in which ``found`` differs: what a PUT has still to do."""
    return [
        item for item in differences(kind, {**found, **changes}, found) if item.field.split(".")[0] in changes
    ]


def _nested(name: str, wanted: JsonObject, found: JsonObject, shown: JsonObject) -> list[Difference]:
    return [
        Difference(f"{name}.{member}", value, found.get(member))
        for member, value in wanted.items()
        if value != found.get(member) and not (member not in shown and value == CONDITION.get(member))
    ]


def _from_elsewhere(kind: str) -> frozenset[str]:
    return frozenset({"routerId"}) if kind in _BGP else frozenset()


def canonical(kind: str, item: JsonObject) -> JsonObject:
    """The members of ``item`` that a client decides on, each in one form, absent ones with their defaults.

    Equal objects give equal results, whether they come from a body that is sent or from one that is read.
    """
    members = MEMBERS[kind]
    if kind in {"port", "rule"}:
        kind_type = _PORT_TYPES.get(str(item.get("type")), str(item.get("type")))
        members = {**members, **OF_TYPE.get(kind_type, {})}
    result = {name: _value(name, item.get(name, default), default) for name, default in members.items()}
    if kind == "port":
        result["type"] = _PORT_TYPES.get(str(result["type"]), result["type"])
    elif kind == "rule":
        _settle_condition(result, str(result["type"]))
    elif kind == "trace_request":
        condition = item.get("condition") or {}
        result["condition"] = {
            name: _value(name, condition.get(name, default), default) for name, default in CONDITION.items()
        }
        _settle_condition(result["condition"], "")
    elif kind == "dhcp_subnet":
        result["interfaceMTU"] = result["interfaceMTU"] or None  # 5.0.2 shows 0 for unset (new 1.10)
    elif kind in _BGP and result["routerId"] is None and item.get("router"):
        result["routerId"] = str(item["router"]).rpartition("/")[2]
    elif kind == "pool":
        result["protocol"] = "TCP"  # whatever was sent (new 2.16)
    return result


def _value(name: str, value: Any, default: Any) -> Any:
    if name in _LISTS:
        items = [_element(name, entry) for entry in value or []]
        return sorted(set(items)) if name in _SETS else items
    if value is None:
        return _for_null(default)
    if name in _MACS:
        return (full_mac(value) or str(value)).lower()
    if name in _ADDRESSES:
        return _address(value)
    return _lower_id(value) if isinstance(value, str) else value


def _element(name: str, entry: Any) -> Any:
    if name == "natTargets":
        return {member: entry.get(member, default) for member, default in _TARGET.items()}
    if isinstance(entry, dict):
        return {member: entry[member] for member in entry if entry[member] is not None}
    return _address(entry) if name in _ADDRESSES else _lower_id(str(entry))


def _for_null(default: Any) -> Any:
    """JSON null for a primitive is its zero value; a weight or a flag of a host is its default (new 1.6)."""
    if isinstance(default, bool):
        return False
    return 0 if isinstance(default, int) and default == 0 else default


def _address(value: Any) -> Any:
    try:
        return str(IPv6Address(value)) if isinstance(value, str) and ":" in value else value
    except AddressValueError:
        return value


def _lower_id(text: str) -> str:
    if len(text) != 36:
        return text
    try:
        UUID(text)
    except ValueError:
        return text
    return text.lower()


def _settle_condition(condition: JsonObject, rule_type: str) -> None:
    """Lengths without address count as 0, and the fragment policy has a default by its rule (new 2.13)."""
    for length, address in _LENGTH_OF.items():
        if condition[address] is None:
            condition[length] = 0
    if condition["fragmentPolicy"] is None:
        condition["fragmentPolicy"] = fragment_policy(condition, rule_type)


def fragment_policy(rule: JsonObject, rule_type: str) -> str:
    """The policy 5.x gives a rule that names none (new 2.13)."""
    has_ports = rule.get("tpSrc") is not None or rule.get("tpDst") is not None
    if rule_type in _FORWARD_NAT:
        return "any" if not has_ports and _is_floating(rule.get("natTargets") or []) else "unfragmented"
    return "header" if has_ports else "any"


def _is_floating(targets: list[JsonObject]) -> bool:
    if len(targets) != 1:
        return False
    target = targets[0]
    one_address = target.get("addressFrom") == target.get("addressTo")
    return one_address and not target.get("portFrom") and not target.get("portTo")
