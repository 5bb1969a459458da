"""MACs, addresses and listening ports out of what a host says; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_NOTHING = "00:00:00:00:00:00"
_ADDRESS = re.compile(r"[0-9a-fA-F:.]+/\d+")


def read_macs(lines: Iterable[str]) -> tuple[str, ...]:
    """MAC addresses, that of the loopback left out."""
    found = {line.strip().lower() for line in lines}
    return tuple(sorted(mac for mac in found if _MAC.fullmatch(mac) and mac != _NOTHING))


def read_addresses(lines: Iterable[str]) -> tuple[str, ...]:
    """Addresses with prefix length, in the order of interfaces; peers of links have none."""
    found = (line.strip() for line in lines)
    return tuple(dict.fromkeys(address for address in found if _ADDRESS.fullmatch(address)))


def read_sockets(protocol: str, lines: Iterable[str]) -> set[str]:
    """``tcp/8181`` out of the kernel's table, where an address is ``0100007F:1FF5``."""
    found = set()
    for line in lines:
        _, colon, port = line.strip().rpartition(":")
        if colon and re.fullmatch(r"[0-9A-Fa-f]{4}", port):
            found.add(f"{protocol.removesuffix('6')}/{int(port, 16)}")
    return found
