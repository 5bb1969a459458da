"""Whether an address lies in a subnet."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any


def contains(subnet: dict[str, Any], address: str) -> bool:
    """Whether a stored subnet (host bits allowed) contains an address; never across IP versions."""
    if "address" not in subnet:
        return False
    network = ip_network((subnet["address"], subnet.get("prefix_length", 0)), strict=False)
    found = ip_address(address)
    return found.version == network.version and found in network
