"""How 1.9 writes parts of its objects into ZooKeeper."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from typing import Any

from midonet_migrate.model.keys import JsonObject

LITERAL_ACTIONS = {"accept": "ACCEPT", "drop": "DROP", "return": "RETURN", "reject": "REJECT"}
_ANY_MASK = -1


def tenant(item: Mapping[str, Any]) -> JsonObject:
    """The ``properties`` of an object that may belong to a tenant."""
    return {"tenant_id": item["tenantId"]} if item.get("tenantId") else {}


def subnet_v4(address: str, length: int) -> JsonObject:
    """An IPv4 prefix; Java's signed integer stands beside the text."""
    number = int(ipaddress.IPv4Address(address))
    signed = number - (1 << 32) if number >= 1 << 31 else number
    return {"type": "IPv4", "address": address, "prefixLen": length, "intAddress": signed}


def prefix(address: str | None, length: int) -> JsonObject | None:
    """A prefix of either version; None for no condition."""
    if address is None:
        return None
    if ":" in address:
        return {"type": "IPv6", "address": address, "prefixLen": length}
    return subnet_v4(address, length)


def hardware_address(text: str) -> str:
    """A MAC as the bytes of an interface's description."""
    return base64.b64encode(bytes.fromhex(text.replace(":", ""))).decode()


def plain_address(text: str) -> str:
    """An address without what Java's ``InetAddress`` writes before the slash (old 3.1)."""
    return text.rpartition("/")[2]


def condition(item: Mapping[str, Any]) -> JsonObject:
    """The condition of a rule or trace request; 0 on the wire means *any* for protocol and TOS (old 3.7)."""
    return {
        "conjunctionInv": item["condInvert"],
        "matchForwardFlow": item["matchForwardFlow"],
        "matchReturnFlow": item["matchReturnFlow"],
        "inPortIds": item["inPorts"],
        "inPortInv": item["invInPorts"],
        "outPortIds": item["outPorts"],
        "outPortInv": item["invOutPorts"],
        "portGroup": item["portGroup"],
        "invPortGroup": item["invPortGroup"],
        "ipAddrGroupIdSrc": item["ipAddrGroupSrc"],
        "invIpAddrGroupIdSrc": item["invIpAddrGroupSrc"],
        "ipAddrGroupIdDst": item["ipAddrGroupDst"],
        "invIpAddrGroupIdDst": item["invIpAddrGroupDst"],
        "etherType": item["dlType"],
        "invDlType": item["invDlType"],
        "ethSrc": item["dlSrc"],
        "ethSrcMask": _mask(item.get("dlSrcMask")),
        "invDlSrc": item["invDlSrc"],
        "ethDst": item["dlDst"],
        "dlDstMask": _mask(item.get("dlDstMask")),
        "invDlDst": item["invDlDst"],
        "nwTos": item["nwTos"] or None,
        "nwTosInv": item["invNwTos"],
        "nwProto": item["nwProto"] or None,
        "nwProtoInv": item["invNwProto"],
        "nwSrcIp": prefix(item["nwSrcAddress"], item["nwSrcLength"]),
        "nwDstIp": prefix(item["nwDstAddress"], item["nwDstLength"]),
        "tpSrc": _range(item["tpSrc"]),
        "tpDst": _range(item["tpDst"]),
        "nwSrcInv": item["invNwSrc"],
        "nwDstInv": item["invNwDst"],
        "tpSrcInv": item["invTpSrc"],
        "tpDstInv": item["invTpDst"],
        "traversedDevice": item["traversedDevice"],
        "traversedDeviceInv": item["invTraversedDevice"],
        "fragmentPolicy": str(item.get("fragmentPolicy") or "any").upper(),
    }


def _mask(text: str | None) -> int:
    return _ANY_MASK if text is None else int(text.replace(".", ""), 16)


def _range(ports: Mapping[str, int] | None) -> JsonObject | None:
    return None if ports is None else {"start": ports["start"], "end": ports["end"]}
