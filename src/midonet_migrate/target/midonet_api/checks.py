"""What must never be sent: inputs that 5.x accepts and then chokes on (new 1.11, 8). Pure."""

from __future__ import annotations

from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.sizes import BYTES_PER_ELEMENT
from midonet_migrate.plan.objects.values import full_mac

_CHILDREN = {
    "dhcp_host": "hosts of a DHCP subnet",
    "host_interface_port": "ports bound to a host",
    "ip_addr_group_addr": "addresses of an IP group",
    "port_group_port": "members of a port group",
    "rule": "rules of a chain",
}
_OWN_ID = frozenset({"id"})
_MACS = ("dlDst", "dlSrc", "mac", "macAddr", "portMac")
_RANGES = ("tpDst", "tpSrc")
_NOT_IDS = frozenset(
    {"tenantId", "vifId", "name", "interfaceName", "clientId", "attributes", "jumpChainName"}
)
_ID_LENGTH = 36


def poison(request: ObjectRequest) -> str:
    """Why a request must not be sent; empty if it may.

    A host without id breaks the list of hosts, a reversed range its whole chain, a MAC is stored unchecked,
    and ids in capitals are found by nobody.
    """
    body = request.body
    if request.method != "POST" or body is None:
        return ""
    if request.kind == "host" and not body.get("id"):
        return "a host without id would make the list of hosts unreadable"
    if request.path != request.path.lower() and _has_capital_id(request.path):
        return f"an id in capitals in {request.path} is found by nobody"
    return _body_poison(body)


def _has_capital_id(path: str) -> bool:
    return any(
        len(part) == _ID_LENGTH and part.count("-") == 4 and part != part.lower() for part in path.split("/")
    )


def _body_poison(body: JsonObject) -> str:
    for name in _MACS:
        mac = body.get(name)
        if mac is not None and full_mac(mac) is None:
            return f"{name} {mac!r} is no MAC address, and 5.x would store it"
    for name in _RANGES:
        bounds = body.get(name) or {}
        start, end = bounds.get("start"), bounds.get("end")
        if start is not None and end is not None and start > end:
            return f"{name} {start}-{end} is reversed: it would make its whole chain unreadable"
    condition = body.get("condition")
    return _body_poison(condition) if isinstance(condition, dict) else ""


def children_of(request: ObjectRequest, device_kind: str = "") -> str:
    """What one more of makes the parent of a POST grow; empty if its parent holds no list of it.

    ``device_kind`` is ``bridge`` or ``router`` for ports.
    """
    if request.kind == "port":
        return f"ports of a {device_kind}" if device_kind else ""
    return _CHILDREN.get(request.kind, "")


def limit_of(what: str, request_limit: int) -> int:
    """How many children one object of the store can hold (new 1.11)."""
    return int(request_limit / BYTES_PER_ELEMENT[what])


def too_many_in_condition(body: JsonObject, request_limit: int) -> str:
    """Why a condition is too large to be stored; empty if it is not."""
    limit = limit_of("ports in a condition", request_limit)
    count = sum(len(body.get(name) or []) for name in ("inPorts", "outPorts"))
    return f"{count} ports in one condition, and the store can hold {limit}" if count > limit else ""


def references(request: ObjectRequest) -> frozenset[str]:
    """Every id that a request names, in its path and body, but for that of what it makes: what it needs."""
    found = {part for part in request.path.split("/") if _is_id(part)}
    _collect(request.body or {}, found, _OWN_ID)
    return frozenset(found)


def _collect(value: Any, found: set[str], skipped: frozenset[str] = frozenset()) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in skipped and name not in _NOT_IDS:
                _collect(member, found)
    elif isinstance(value, list):
        for member in value:
            _collect(member, found)
    elif isinstance(value, str) and _is_id(value):
        found.add(value.lower())


def _is_id(text: str) -> bool:
    return len(text) == _ID_LENGTH and text.count("-") == 4
