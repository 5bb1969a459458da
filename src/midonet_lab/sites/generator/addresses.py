"""Addresses the way the 1.9 server writes them."""

from __future__ import annotations

import ipaddress


def is_v6(text: str) -> bool:
    """Whether an address or CIDR is IPv6."""
    return ":" in text


def server_text(address: str) -> str:
    """IPv4 as it is, IPv6 as eight groups without ``::`` (old 3)."""
    if not is_v6(address):
        return address
    number = int(ipaddress.IPv6Address(address))
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))


def split_cidr(cidr: str) -> tuple[str, int]:
    """Prefix and length of a CIDR, the prefix as the server writes it."""
    prefix, length = cidr.split("/")
    return server_text(prefix), int(length)
