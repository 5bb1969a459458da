"""Texts to values with the rules of the Java classes of 5.x (imp 2.2): UUIDs, addresses, CIDRs, MACs."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Any

from midonet_lab.midonet5.importer.java import (
    INVALID_MAC,
    NUMBER_FORMAT,
    ImporterFailure,
    illegal_argument,
)

_HEX = re.compile(r"[0-9A-Fa-f]+")
_OCTETS = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_IPV4_CIDR = re.compile(r"([0-9.]+)(?:/(\d{1,3}))?", re.ASCII)
_MAC = re.compile(r"[0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5}")
_LONG = (1 << 64) - 1
ZERO_UUID = "00000000-0000-0000-0000-000000000000"


def parse_uuid(text: str) -> str:
    """``java.util.UUID.fromString``: five groups of hex digits; short ones are padded, long ones cut."""
    groups = text.rstrip("-").split("-")  # Java drops empty groups at the end
    if len(groups) != 5:
        raise illegal_argument(f"Invalid UUID string: {text}")
    numbers = []
    for group in groups:
        if not _HEX.fullmatch(group) or int(group, 16) > _LONG >> 1:
            raise ImporterFailure(NUMBER_FORMAT, f'For input string: "{group}"')
        numbers.append(int(group, 16))
    high = ((numbers[0] << 32) | (numbers[1] << 16) | numbers[2]) & _LONG
    low = ((numbers[3] << 48) | numbers[4]) & _LONG
    whole = f"{high:016x}{low:016x}"
    return f"{whole[:8]}-{whole[8:12]}-{whole[12:16]}-{whole[16:20]}-{whole[20:]}"


def parse_ipv4(text: str) -> str:
    """Four decimal octets; the text without leading zeros."""
    match = _OCTETS.fullmatch(text)
    if match is None or any(int(octet) > 255 for octet in match.groups()):
        raise illegal_argument(
            f"IPv4 string must be 4 numbers between 0 and 255 joined with 3 '.' but was {text}"
        )
    return ".".join(str(int(octet)) for octet in match.groups())


def parse_ipv6(text: str) -> str:
    """Expanded, without leading zeros: ``2001:db8:0:0:0:0:0:1``."""
    try:
        number = int(IPv6Address(text.replace("%", ":::")))  # Java's addresses have no zones
    except ValueError as error:
        raise illegal_argument(f"{text} is not a valid IPv6 address") from error
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -1, -16))


def parse_address(text: str) -> dict[str, Any]:
    """An ``IPAddress``: what contains ``:`` is IPv6."""
    if ":" in text:
        return {"version": "V6", "address": parse_ipv6(text)}
    return {"version": "V4", "address": parse_ipv4(text)}


def parse_subnet(text: str) -> dict[str, Any]:
    """An ``IPSubnet``: host bits stay; without a length it is a single address."""
    if "." in text:
        match = _IPV4_CIDR.fullmatch(text)
        length = int(match[2] or 32) if match else 33
        if match is None or length > 32 or not _OCTETS.fullmatch(match[1]):
            raise illegal_argument(f"{text} is not a valid cidr")
        return {"version": "V4", "address": parse_ipv4(match[1]), "prefix_length": length}
    address, _, suffix = text.replace("_", "/").partition("/")
    if suffix and not (suffix.isascii() and suffix.isdigit() and int(suffix) <= 128):
        raise illegal_argument(f"{text} is not a valid cidr")
    return {"version": "V6", "address": parse_ipv6(address), "prefix_length": int(suffix or 128)}


def check_mac(text: str) -> None:
    """A MAC address as the tables take it: six words of one or two hex digits joined by ``:``."""
    if not _MAC.fullmatch(text):
        raise ImporterFailure(
            INVALID_MAC,
            f"MAC address string must be 6 words of 1 or 2 hex digits joined with 5 ':' but was {text}.",
        )
