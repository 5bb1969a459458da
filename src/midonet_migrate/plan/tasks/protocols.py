"""IP protocols of security group rules: what the importer's enum can say, and what it cannot (imp 2.5)."""

from __future__ import annotations

from typing import Any

NAMED = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""The four protocols with a name in the importer."""

_NUMBERS = {
    "hopopt": 0,
    "igmp": 2,
    "ipip": 4,
    "ipencap": 4,
    "egp": 8,
    "dccp": 33,
    "rsvp": 46,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "icmp6": 58,
    "icmp-v6": 58,
    "ospf": 89,
    "vrrp": 112,
    "pgm": 113,
    "sctp": 132,
    "udplite": 136,
}
"""Other names that may stand in a database, with their IANA numbers."""

_LAST = 255


def protocol_number(value: Any) -> int | None:
    """The number of a protocol that is given as number or name; ``None`` for anything else."""
    text = str(value).strip().lower()
    if text.isascii() and text.isdecimal():
        number = int(text)
        return number if number <= _LAST else None
    return _NUMBERS.get(text)
