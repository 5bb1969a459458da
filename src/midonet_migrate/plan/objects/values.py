"""Values as the 5.x API wants them (new 2, 3): addresses, MACs, names."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address
from typing import Any
from uuid import UUID

_MAC = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")
LONGEST_NAME = 255
BRIDGE_PORTS = frozenset({"Bridge", "ExteriorBridge", "InteriorBridge"})
"""Types of ports on bridges, in both versions of the 1.9 representation (new 3.3)."""

ROUTER_PORTS = frozenset({"Router", "ExteriorRouter", "InteriorRouter"})
"""Types of ports on routers."""


def is_ipv4(text: Any) -> bool:
    """A dotted quad without leading zeros: all that 5.x takes where it says address (new 2)."""
    if not isinstance(text, str):
        return False
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def ipv4_or_none(text: Any) -> str | None:
    """The address, or ``None`` for null and for the empty text, which 5.x refuses (new 3.9)."""
    return str(text) if text else None


def is_length(value: Any) -> bool:
    """Whether ``value`` is the prefix length of an IPv4 network."""
    return isinstance(value, int) and 0 <= value <= 32


def full_ipv6(text: str) -> str:
    """Eight groups without leading zeros: 5.x compares texts and takes no ``::`` (new 2.9, 2.14).

    Raises ``ValueError`` for anything that is no IPv6 address.
    """
    value = int(IPv6Address(text))
    return ":".join(f"{(value >> shift) & 0xFFFF:x}" for shift in range(112, -1, -16))


def in_network(address: str, network: str, length: int) -> bool:
    """Whether an IPv4 address lies in ``network/length``; host bits of the network do not matter."""
    try:
        return IPv4Address(address) in IPv4Network((network, length), strict=False)
    except ValueError:
        return False


def network_of(address: str, length: int) -> str:
    """``address/length`` with the host bits cleared; as it is where it is no IPv4 network."""
    try:
        return str(IPv4Network((address, length), strict=False))
    except ValueError:
        return f"{address}/{length}"


def full_mac(text: Any) -> str | None:
    """Six groups of exactly two digits, case kept (new 2.6); ``None`` if it is no MAC address."""
    if not isinstance(text, str) or not _MAC.fullmatch(text):
        return None
    return ":".join(group.zfill(2) for group in text.split(":"))


def is_uuid(text: Any) -> bool:
    """Whether ``text`` is an id that 5.x takes (new 1.6)."""
    return isinstance(text, str) and number_of(text) is not None


def number_of(text: str) -> int | None:
    """An id as the number it stands for; ``None`` if it is no UUID."""
    try:
        return UUID(text).int if len(text) == 36 else None
    except ValueError:
        return None
