"""Rules compared by content: what they match and do, not who numbered them (old 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.ownership.values import mac_text, network_text

Signature = frozenset[tuple[str, Any]]
"""The members of a rule that are set, in comparable form. Unset, null, 0, [] and "any" are alike."""

IGNORED = frozenset(
    {
        "id",
        "chainId",
        "position",
        "properties",
        "uri",
        "natFlowAction",
        "andValidateFragmentPolicy",
        "jumpChainName",  # never checked by the server, the id decides (old 3.7)
        "nwSrcLength",
        "nwDstLength",
    }
)

SERVER_DEFAULTS: JsonObject = {
    "condInvert": False,
    "dlDst": None,
    "dlDstMask": None,
    "dlSrc": None,
    "dlSrcMask": None,
    "dlType": None,
    "fragmentPolicy": "any",
    "inPorts": None,
    "invDlDst": False,
    "invDlSrc": False,
    "invDlType": False,
    "invInPorts": False,
    "invIpAddrGroupDst": False,
    "invIpAddrGroupSrc": False,
    "invNwDst": False,
    "invNwProto": False,
    "invNwSrc": False,
    "invNwTos": False,
    "invOutPorts": False,
    "invPortGroup": False,
    "invTpDst": False,
    "invTpSrc": False,
    "invTraversedDevice": False,
    "ipAddrGroupDst": None,
    "ipAddrGroupSrc": None,
    "matchForwardFlow": False,
    "matchReturnFlow": False,
    "meterName": None,
    "nwDstAddress": None,
    "nwDstLength": 0,
    "nwProto": 0,
    "nwSrcAddress": None,
    "nwSrcLength": 0,
    "nwTos": 0,
    "outPorts": None,
    "portGroup": None,
    "properties": {},
    "tpDst": None,
    "tpSrc": None,
    "traversedDevice": None,
}
"""What the server shows for members that Neutron's rules leave unset (old 3.7)."""


def signature(rule: Mapping[str, Any]) -> Signature:
    """The comparable content of a rule, whether served, compacted or computed."""
    return frozenset(
        (name, _comparable(name, value, rule))
        for name, value in rule.items()
        if value and name not in IGNORED and not _says_nothing(name, value, rule)
    )


def without_fragment_policy(content: Signature) -> Signature:
    """The same rule as releases before fragment policies wrote it (old 8, point 6)."""
    return frozenset(pair for pair in content if pair[0] != "fragmentPolicy")


def fragment_policy(content: Signature) -> str:
    """The fragment policy of a signature; ``any`` if none is set."""
    return next((value for name, value in content if name == "fragmentPolicy"), "any")


def looks_server_made(rule: Mapping[str, Any]) -> bool:
    """Neutron's rules show null for unset port lists, those made through the API [] (old 3.7).

    Only a hint to choose between rules of equal content.
    """
    return rule.get("inPorts") != [] and rule.get("outPorts") != []


def as_served(fields: Mapping[str, Any], chain_id: str, position: int, rule_id: str | None) -> JsonObject:
    """A computed rule with all members the server would show, but links."""
    body = {**SERVER_DEFAULTS, **fields, "id": rule_id, "chainId": chain_id, "position": position}
    if "flowAction" in body:
        body["natFlowAction"] = body["flowAction"].upper()
    if "natTargets" in body:
        body["andValidateFragmentPolicy"] = body["fragmentPolicy"].upper()
    return body


def _says_nothing(name: str, value: Any, rule: Mapping[str, Any]) -> bool:
    if name == "fragmentPolicy":
        return bool(value == "any")
    if name == "nwSrcAddress":
        return not rule.get("nwSrcLength")
    if name == "nwDstAddress":
        return not rule.get("nwDstLength")
    if name in {"tpSrc", "tpDst"}:
        return value.get("start") is None and value.get("end") is None
    return False


def _comparable(name: str, value: Any, rule: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        if name == "nwSrcAddress":
            return (network_text(value, rule["nwSrcLength"]), rule["nwSrcLength"])
        if name == "nwDstAddress":
            return (network_text(value, rule["nwDstLength"]), rule["nwDstLength"])
        return mac_text(value) if name in {"dlSrc", "dlDst"} else value
    if isinstance(value, list):
        if name == "natTargets":
            return tuple(tuple(sorted(target.items())) for target in value)
        return frozenset(value)
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    return value
