"""Conditions of rules and trace requests (new 2.13, 3.5)."""

from __future__ import annotations

from typing import Any, NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import is_ipv4

_COPIED = (
    "nwDstAddress",
    "nwDstLength",
    "nwSrcAddress",
    "nwSrcLength",
    "condInvert",
    "matchForwardFlow",
    "matchReturnFlow",
    "invInPorts",
    "invOutPorts",
    "invPortGroup",
    "invIpAddrGroupSrc",
    "invIpAddrGroupDst",
    "invTraversedDevice",
    "dlType",
    "invDlType",
    "dlSrc",
    "dlSrcMask",
    "invDlSrc",
    "dlDst",
    "dlDstMask",
    "invDlDst",
    "invNwTos",
    "invNwProto",
    "invNwSrc",
    "invNwDst",
    "fragmentPolicy",
    "invTpSrc",
    "invTpDst",
)
_ZERO_IS_UNSET = ("nwTos", "nwProto")
_RANGES = ("tpSrc", "tpDst")
_REFERENCES = {
    "inPorts": ("invInPorts", ("port",)),
    "outPorts": ("invOutPorts", ("port",)),
    "portGroup": ("invPortGroup", ("port_group",)),
    "ipAddrGroupSrc": ("invIpAddrGroupSrc", ("ip_addr_group",)),
    "ipAddrGroupDst": ("invIpAddrGroupDst", ("ip_addr_group",)),
    "traversedDevice": ("invTraversedDevice", ("router", "bridge", "port")),
}
"""Member to its flag and the kinds it may name."""

_LOWEST_ETHER_TYPE, _HIGHEST_ETHER_TYPE = 0x0600, 0xFFFF


class Converted(NamedTuple):
    """A condition for 5.x, and what was taken out of it."""

    body: JsonObject
    notes: list[str]


def convert_condition(references: References, source: JsonObject) -> Converted | Missing:
    """The members of 1.9 that are there, as 5.x wants them; ``Missing`` if 5.x cannot hold the condition.

    A reference that leads nowhere never matches in 1.9 either: it leaves a list, and a test that could never
    hold takes the rule with it, one that always held is dropped (no packet comes through a missing port).
    """
    problem = _unreadable(source)
    if problem is not None:
        return problem
    body = {name: source[name] for name in _COPIED if name in source}
    body |= {name: source[name] or None for name in _ZERO_IS_UNSET if name in source}
    for name in _RANGES:
        if name in source:
            body[name] = None if _is_open(source[name]) else source[name]
    notes: list[str] = []
    for name, (flag, kinds) in _REFERENCES.items():
        if name not in source:
            continue
        found = _resolve(references, source, name, kinds, notes)
        if isinstance(found, Missing):
            if not source.get(flag):
                return _never(source, found)
            if found.bucket is Bucket.UNSUPPORTED:
                return found
            body[flag] = False
            found = [] if isinstance(source[name], list) else None
        body[name] = found
    return Converted(body, notes)


def _never(source: JsonObject, missing: Missing) -> Missing:
    if source.get("condInvert"):
        return Missing(Bucket.UNSUPPORTED, missing.rule, f"{missing.reason}; inverted, it matches everything")
    return missing


def _resolve(
    references: References, source: JsonObject, name: str, kinds: tuple[str, ...], notes: list[str]
) -> Any:
    """The value of one member in 5.x; ``Missing`` if nothing of it is left."""
    value = source[name]
    if not isinstance(value, list):
        return references.any_of(kinds, value) if value else None
    kept: list[str] = []
    gone: list[Missing] = []
    for key in value:
        found = references.any_of(kinds, key)
        if isinstance(found, Missing):
            gone.append(found)
        else:
            kept.append(found)
    if gone and not kept:
        return next((found for found in gone if found.bucket is Bucket.UNSUPPORTED), gone[0])
    notes.extend(f"{name} without {found.reason.removeprefix('its ')}" for found in gone)
    return kept if value else value


def _is_open(bounds: Any) -> bool:
    """A range without bounds tests nothing in 1.9; in 5.x it would still change the fragment policy."""
    return not bounds or (bounds.get("start") is None and bounds.get("end") is None)


def _unreadable(source: JsonObject) -> Missing | None:
    for name in ("nwSrcAddress", "nwDstAddress"):
        address = source.get(name)
        if address and not is_ipv4(address):
            reason = f"{name} {address} is not IPv4, and 5.x takes no other in a rule"
            return Missing(Bucket.UNSUPPORTED, "rule-address", reason)
    ether_type = source.get("dlType")
    if ether_type is not None and not _LOWEST_ETHER_TYPE <= ether_type <= _HIGHEST_ETHER_TYPE:
        reason = f"dlType {ether_type} is out of the range that 5.x takes"
        return Missing(Bucket.UNSUPPORTED, "rule-ether-type", reason)
    for name in _RANGES:
        bounds = source.get(name) or {}
        start, end = bounds.get("start"), bounds.get("end")
        if start is not None and end is not None and start > end:
            reason = f"{name} {start}-{end} is reversed: it would make the whole chain unreadable in 5.x"
            return Missing(Bucket.UNSUPPORTED, "reversed-port-range", reason)
    return None
