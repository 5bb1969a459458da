"""The shapes of the rules that the importer writes (imp 3.1). Those without parameters are shared."""

from __future__ import annotations

from typing import Any, Final

from midonet_migrate.verify.values import Object

ARP: Final = 2054
ICMP: Final = 1

RETURN_FLOW: Final[Object] = {
    "type": "LITERAL_RULE",
    "action": "ACCEPT",
    "condition": {"match_return_flow": True},
}
DROP_ALL_BUT_ARP: Final[Object] = {
    "type": "LITERAL_RULE",
    "action": "DROP",
    "condition": {"dl_type": ARP, "inv_dl_type": True, "fragment_policy": "ANY"},
}
DROP_ALL: Final[Object] = {
    "type": "LITERAL_RULE",
    "action": "DROP",
    "condition": {"fragment_policy": "ANY"},
}
ALLOW_DHCP: Final[Object] = {
    "type": "LITERAL_RULE",
    "action": "RETURN",
    "condition": {
        "tp_src": {"start": 68, "end": 68},
        "tp_dst": {"start": 67, "end": 67},
        "fragment_policy": "ANY",
    },
}


def literal(action: str, condition: Object) -> Object:
    """A rule that decides."""
    return {"type": "LITERAL_RULE", "action": action, "condition": condition}


def jump(chain: str) -> Object:
    """A rule that jumps to a chain."""
    return {"type": "JUMP_RULE", "action": "JUMP", "jump_rule_data": {"jump_chain_id": chain}}


def translation(
    action: str,
    condition: Object,
    address: str,
    ports: tuple[int, int],
    *,
    destination: bool = False,
    fip_port: str | None = None,
) -> Object:
    """A rule that translates to one address; ports ``(0, 0)`` are static."""
    target = {"nw_start": address, "nw_end": address, "tp_start": ports[0], "tp_end": ports[1]}
    return {
        "type": "NAT_RULE",
        "action": action,
        "condition": condition,
        "fip_port_id": fip_port,
        "nat_rule_data": {"nat_targets": [target], "dnat": destination},
    }


def back_translation(condition: Object, *, destination: bool = False) -> Object:
    """A rule that undoes a translation."""
    data: dict[str, Any] = {"dnat": destination, "reverse": True}
    return {"type": "NAT_RULE", "action": "ACCEPT", "condition": condition, "nat_rule_data": data}
