"""JSON values as the importer reads them into the fields of its messages (imp 2.2).

Ids become integers, addresses ``(version, integer)``, subnets ``(version, integer, prefix length)``.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from midonet_migrate.plan.tasks.refusal import Refused

Address = tuple[int, int]
Subnet = tuple[int, int, int]

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_UUID_GROUPS = re.compile(r"[0-9a-fA-F]{1,15}(-[0-9a-fA-F]{1,15}){4}")
_OCTETS = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+", re.ASCII)
_MAC = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")
_IPV4_BITS = 32
_IPV6_BITS = 128


def scalar_text(value: Any) -> str:
    """A JSON value as text: scalars as JSON writes them, objects and arrays as ``""``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return "" if isinstance(value, dict | list) else str(value)


def to_bool(value: Any) -> bool:
    """Only ``true``, non-zero numbers and the exact text ``true`` are true."""
    if isinstance(value, bool | int | float):
        return bool(value)
    return isinstance(value, str) and value == "true"


def to_int(value: Any) -> int:
    """Numbers lose their fraction, decimal text is parsed, everything else is 0."""
    if isinstance(value, bool | int | float):
        return int(value)
    return int(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else 0


def is_uuid(text: str) -> bool:
    """Whether an id is written in full, as every other server writes it."""
    return _UUID.fullmatch(text) is not None


def to_uuid(value: Any) -> int:
    """Five dash-separated hexadecimal groups, short ones zero-padded. Raises :class:`Refused`."""
    text = scalar_text(value)
    if _UUID.fullmatch(text):
        return int(text.replace("-", ""), 16)
    if not _UUID_GROUPS.fullmatch(text):
        raise Refused("invalid-value", f"Couldn't parse UUID: {text}", "transaction")
    first, second, third, fourth, fifth = (int(group, 16) for group in text.split("-"))
    high = (first << 32 | (second & 0xFFFF) << 16 | (third & 0xFFFF)) & 0xFFFF_FFFF_FFFF_FFFF
    low = (fourth << 48 | (fifth & 0xFFFF_FFFF_FFFF)) & 0xFFFF_FFFF_FFFF_FFFF
    return high << 64 | low


def _ipv4(text: str) -> int | None:
    match = _OCTETS.fullmatch(text)
    if match is None:
        return None
    result = 0
    for octet in match.groups():
        number = int(octet)
        if number > 255:
            return None
        result = result << 8 | number
    return result


def _ipv6(text: str) -> int | None:
    try:
        return int(IPv6Address(text))
    except ValueError:
        return None


def to_address(value: Any) -> Address:
    """An IPv4 or IPv6 address. Raises :class:`Refused`."""
    text = scalar_text(value)
    version, number = (6, _ipv6(text)) if ":" in text else (4, _ipv4(text))
    if number is None:
        raise Refused("invalid-value", f"Couldn't parse IP address: {text}", "transaction")
    return version, number


def to_subnet(value: Any) -> Subnet:
    """An address with optional prefix length; host bits are kept. Raises :class:`Refused`."""
    text = scalar_text(value)
    version, bits = (4, _IPV4_BITS) if "." in text else (6, _IPV6_BITS)
    address, slash, length = (text if version == 4 else text.replace("_", "/")).partition("/")
    number = _ipv4(address) if version == 4 else _ipv6(address)
    prefix = bits if not slash else int(length) if length.isdecimal() else -1
    if number is None or not 0 <= prefix <= bits:
        raise Refused("invalid-value", f"Couldn't parse IP subnet: {text}", "transaction")
    return version, number, prefix


def enum_name(value: Any, *, owner: bool) -> str:
    """The name looked up in an enum: after the last ``:``, ``-`` as ``_``, upper case (imp 2.2)."""
    text = scalar_text(value)
    if owner and text.startswith("compute:"):
        return "COMPUTE"
    return text.rpartition(":")[2].replace("-", "_").upper()


def is_mac(text: str) -> bool:
    """Six words of one or two hexadecimal digits joined with ``:``."""
    return _MAC.fullmatch(text) is not None


def contains(subnet: Subnet, address: Address) -> bool:
    """Whether ``address`` lies in ``subnet``, whatever host bits that has."""
    if subnet[0] != address[0]:
        return False
    shift = (_IPV4_BITS if subnet[0] == 4 else _IPV6_BITS) - subnet[2]
    return subnet[1] >> shift == address[1] >> shift


def address_text(address: Address) -> str:
    """For messages."""
    return str(IPv4Address(address[1]) if address[0] == 4 else IPv6Address(address[1]))
