"""Sizes of objects that grow with their children: too large a write hangs the new cluster (new 1.11)."""

from __future__ import annotations

from collections import Counter

BYTES_PER_ELEMENT = {
    "ports of a bridge": 68.5,
    "ports of a router": 68.5,
    "ports bound to a host": 68.5,
    "members of a port group": 69.0,
    "rules of a chain": 68.5,
    "addresses of an IP group": 78.8,
    "ports in a condition": 79.4,
    "hosts of a DHCP subnet": 111.0,
}
"""Measured bytes that one element adds to the stored object (new 1.11), rounded up."""


class Sizes:
    """Counts the elements of every parent and says when one more would not fit."""

    def __init__(self, request_limit: int) -> None:
        self._request_limit = request_limit
        self._elements: Counter[tuple[str, str]] = Counter()

    def limit(self, what: str) -> int:
        """How many elements fit."""
        return int(self._request_limit / BYTES_PER_ELEMENT[what])

    def add(self, what: str, parent: str) -> bool:
        """Count one more element of ``parent``; ``False`` if it does not fit, and then it is not counted."""
        if self._elements[what, parent] >= self.limit(what):
            return False
        self._elements[what, parent] += 1
        return True
