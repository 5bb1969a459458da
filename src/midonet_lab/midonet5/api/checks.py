"""Bean validation: constraints of single properties and their texts (new 1.7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], str | None]
"""A Java value -> the violation's text, or None. Except for :func:`not_null`, null violates nothing."""

OCTET = r"([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
IPV4_PATTERN = rf"^({OCTET}\.){{3}}{OCTET}$"
MAC_PATTERN = r"^((([0-9]|[a-f]|[A-F]){2}):){5}([0-9]|[a-f]|[A-F]){2}$"
_IPV6_PATTERN = r"^([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}$"
_LOOSE_MAC_PATTERN = r"^[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}$"
_MASK_PATTERN = r"^[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}$"
INT_MAX = 2**31 - 1


def not_null(value: Any) -> str | None:
    """``@NotNull``."""
    return "may not be null" if value is None else None


def size(low: int, high: int) -> Check:
    """``@Size``: length of a text or list."""
    message = f"size must be between {low} and {high}"

    def check(value: Any) -> str | None:
        return message if value is not None and not low <= len(value) <= high else None

    return check


def at_least(low: int) -> Check:
    """``@Min``."""

    def check(value: Any) -> str | None:
        return f"must be greater than or equal to {low}" if value is not None and value < low else None

    return check


def at_most(high: int) -> Check:
    """``@Max``."""

    def check(value: Any) -> str | None:
        return f"must be less than or equal to {high}" if value is not None and value > high else None

    return check


def between(low: int, high: int) -> tuple[Check, Check]:
    """``@Min`` and ``@Max``."""
    return at_least(low), at_most(high)


def matches(pattern: str, message: str | None = None) -> Check:
    """``@Pattern``; without ``message`` its text shows the pattern."""
    compiled = re.compile(pattern)
    text = message or f'must match "{pattern}"'

    def check(value: Any) -> str | None:
        return text if value is not None and not compiled.fullmatch(value) else None

    return check


IPV4 = matches(IPV4_PATTERN, "is an invalid IP format")
IPV4_SUBNET = matches(IPV4_PATTERN, "is an invalid IPv4 format")
IPV6_SUBNET = matches(_IPV6_PATTERN, "is an invalid IPv6 format")
LOOSE_MAC = matches(
    _LOOSE_MAC_PATTERN, "MAC address string must be 6 words of 1 or 2 hex digits joined with 5 ':'"
)
MAC_MASK = matches(
    _MASK_PATTERN,
    "MAC mask must consist of three sets of four hexadecimal digits separated by periods, "
    'e.g. "ffff.ff00.0000".',
)
NAME = size(0, 255)
