"""Comparable forms of addresses: how two spellings of one value are recognised as equal."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from midonet_migrate.model.keys import JsonObject

ANY_ADDRESS = str(IPv4Address(0))
"""The unspecified address, in routes and in the link of an external subnet without gateway."""

METADATA_ADDRESS = "169.254.169.254"


def is_v4(address: str) -> bool:
    """Whether a textual address is IPv4. Whatever the 1.9 server shows instead of one passes, null too."""
    return ":" not in str(address)


def address_text(address: str) -> str:
    """The form the 1.9 server writes: dotted quad, or eight groups without ``::`` (old 3)."""
    if is_v4(address):
        return address
    try:
        value = int(IPv6Address(address))
    except ValueError:
        return address  # what the server accepted without being an address is compared as it is
    return ":".join(f"{(value >> shift) & 0xFFFF:x}" for shift in range(112, -1, -16))


def network_text(address: str, length: int) -> str:
    """Network address of ``address/length`` as the server writes it; host bits cleared."""
    if length == (32 if is_v4(address) else 128):
        return address_text(address)
    try:
        return address_text(str(ip_network(f"{address}/{length}", strict=False).network_address))
    except ValueError:
        return address


def split_cidr(cidr: str | None) -> tuple[str, int]:
    """``10.0.0.0/24`` as (network address as the server writes it, prefix length).

    A text that is no address range equals nothing the server has: it comes back as it is, with length -1.
    """
    address, _, length = (cidr or "").partition("/")
    try:
        prefix = int(length) if length else int(ip_address(address).max_prefixlen)
    except ValueError:
        return cidr or "", -1
    return network_text(address, prefix), prefix


def mac_text(mac: str | None) -> str:
    """MAC addresses come in the case the client sent; compare in lower case (old 3)."""
    return (mac or "").lower()


def fixed_addresses(port: JsonObject) -> list[str]:
    """Addresses of a Neutron port, in its order, as the server writes them."""
    return [
        address_text(item["ip_address"]) for item in port.get("fixed_ips") or [] if item.get("ip_address")
    ]


def v4_only(addresses: Iterable[str]) -> list[str]:
    """The IPv4 ones."""
    return [address for address in addresses if is_v4(address)]
