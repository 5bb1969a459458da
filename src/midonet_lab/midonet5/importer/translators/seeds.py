"""Permanent entries of the MAC and ARP tables of networks (imp 3.5.1)."""

from __future__ import annotations

from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java_values import check_mac, parse_ipv4
from midonet_lab.midonet5.store.paths import entry_name
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id


def arp_node(context: Context, network: str, address: str, mac: str) -> str:
    """Path of the ARP entry of an IPv4 address. Raises for a bad MAC or an IPv6 address."""
    check_mac(mac)
    return f"{context.zoom.tables.arp_table(network)}/{entry_name(parse_ipv4(address), mac)}"


def mac_node(context: Context, port: StoredObject) -> str:
    """Path of a port's MAC entry; a remote site's leads to the gateway port. Raises for a bad MAC."""
    mac = port.get("mac_address", "")
    check_mac(mac)
    port_id = port["id"]
    if port.get("device_owner") == "REMOTE_SITE":
        port_id = derived_id(Derived.L2_GATEWAY_NETWORK_PORT, port["network_id"])
    return f"{context.zoom.tables.mac_table(port['network_id'])}/{entry_name(mac, port_id)}"


def first_address(port: StoredObject) -> str | None:
    """The address that is seeded: that of the first fixed ip."""
    if not port.get("fixed_ips"):
        return None
    address: str = port["fixed_ips"][0].get("ip_address", {}).get("address", "")
    return address


def seeds(context: Context, port: StoredObject) -> list[str]:
    """The entries of a port: MAC, and ARP if it has an address."""
    found = [mac_node(context, port)]
    address = first_address(port)
    if address is not None:
        found.append(arp_node(context, port["network_id"], address, port["mac_address"]))
    return found
