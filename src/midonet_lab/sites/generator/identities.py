"""Ids, MAC addresses and the like: random to look at, the same for the same seed."""

from __future__ import annotations

import random
import uuid

INTERFACE_SNAT = uuid.UUID("3bcf2eb6-4be2-11e5-84ae-0242ac110003")
"""Constant in the ids of the rules that the server makes for a router interface (old 4.4)."""

NONHEADER = uuid.UUID("933733b5-db0f-5cce-eaa6-31e8b0b34cef")
"""Constant in the id of the second rule of a security group rule with a port range (old 4.4)."""

_HIGH = 0xFFFFFFFFFFFF0FFF
_LOW = 0x3FFFFFFFFFFFFFFF
_HALF = 0xFFFFFFFFFFFFFFFF


class Identities:
    """A stream of ids. Streams with other names do not disturb each other."""

    def __init__(self, seed: int, stream: str) -> None:
        self.random = random.Random(f"{seed}/{stream}")
        self._macs: set[tuple[str, int]] = set()

    def uuid(self) -> str:
        """A version-4 UUID."""
        bits = self.random.getrandbits(128)
        bits = bits & ~(0xF << 76) | 4 << 76
        bits = bits & ~(0x3 << 62) | 2 << 62
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def tenant(self) -> str:
        """A Keystone project id: 32 hexadecimal digits."""
        return f"{self.random.getrandbits(128):032x}"

    def neutron_mac(self) -> str:
        """A MAC as Neutron gives its ports."""
        return self._mac("fa:16:3e")

    def midonet_mac(self) -> str:
        """A MAC as the 1.9 server gives router ports."""
        return self._mac("ac:ca:ba")

    def _mac(self, vendor: str) -> str:
        """Never twice: Neutron lets no two ports of a network have the same, and a large site would."""
        bits = self.random.getrandbits(24)
        while (vendor, bits) in self._macs:
            bits = self.random.getrandbits(24)
        self._macs.add((vendor, bits))
        return f"{vendor}:{bits >> 16:02x}:{bits >> 8 & 0xFF:02x}:{bits & 0xFF:02x}"


def derived_id(first: str, *others: uuid.UUID) -> str:
    """MidoNet's UUID xor: keeps the version and the variant of ``first`` (old 4.4)."""
    number = uuid.UUID(first).int
    high, low = number >> 64, number & _HALF
    for other in others:
        high ^= (other.int >> 64) & _HIGH
        low ^= (other.int & _HALF) & _LOW
    return str(uuid.UUID(int=(high << 64) | low))
