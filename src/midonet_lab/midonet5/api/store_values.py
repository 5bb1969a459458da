"""Addresses, networks and masks as the store keeps them (contract of the store; imp Appendix E)."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Any

_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_MAC = re.compile(r"[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}")
_MASK = re.compile(r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}")


class Inconvertible(ValueError):
    """A text that cannot be converted; ``str`` is the server's text."""


def ip_to_store(text: str) -> dict[str, Any]:
    """``10.0.0.1`` -> ``{"version": "V4", ...}``; IPv6 in eight groups. Raises :class:`Inconvertible`."""
    if ":" in text:
        try:
            parsed = IPv6Address(text)
        except ValueError:
            raise Inconvertible(f"IPv6 string is not valid: {text}") from None
        return {"version": "V6", "address": long_ipv6(parsed)}
    match = _IPV4.fullmatch(text)
    if match is None or any(int(octet) > 255 for octet in match.groups()):
        raise Inconvertible(
            f"IPv4 string must be 4 numbers between 0 and 255 joined with 3 '.' but was {text}"
        )
    return {"version": "V4", "address": ".".join(str(int(octet)) for octet in match.groups())}


def long_ipv6(address: IPv6Address) -> str:
    """Eight groups without leading zeros (new 2.14)."""
    number = int(address)
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))


def ip_from_store(value: dict[str, Any]) -> str | None:
    """The address as text; IPv6 in eight groups whatever is stored."""
    text = value.get("address")
    if value.get("version") == "V6" and text:
        try:
            return long_ipv6(IPv6Address(text))
        except ValueError:
            return str(text)
    return text


def subnet_to_store(address: str, length: int) -> dict[str, Any]:
    """Host bits are kept. Raises :class:`Inconvertible`."""
    return {**ip_to_store(address), "prefix_length": length}


def mac_number(text: str | None) -> int:
    """A MAC's number. Raises :class:`Inconvertible`."""
    if text is None or not _MAC.fullmatch(text):
        raise Inconvertible(
            "MAC address string must be 6 words of 1 or 2 hex digits joined with 5 ':' but was "
            f"{'null' if text is None else text}."
        )
    return int("".join(group.zfill(2) for group in text.split(":")), 16)


def mask_to_store(text: str) -> int:
    """``ffff.ff00.0000`` -> its number. Raises :class:`Inconvertible`."""
    if not _MASK.fullmatch(text):
        raise Inconvertible(f"Not a MAC mask: {text}")
    return int(text.replace(".", ""), 16)


def mask_from_store(number: int) -> str:
    """A mask's text; the store may have all 64 bits set."""
    digits = f"{number & 0xFFFFFFFFFFFF:012x}"
    return ".".join((digits[:4], digits[4:8], digits[8:]))
