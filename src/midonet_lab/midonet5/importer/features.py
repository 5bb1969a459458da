"""What the translators of one version do that those of another don't (imp 0)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from midonet_lab.midonet5.topology.tables import Version


@dataclass(frozen=True, slots=True)
class Features:
    """One version's ways.

    ``vip_ports``: LOADBALANCER ports get a MidoNet port and security chains. ``plain_tables``: MAC and ARP
    tables are plain nodes the translator makes. ``interface_range``: ports of same-subnet SNAT.
    """

    vip_ports: bool
    plain_tables: bool
    extra_dhcp_options: bool
    owner_changes_refused: bool
    interface_port_group: bool
    reverse_icmp_rule: bool
    interface_range: tuple[int, int]
    unknown_deletes_ignored: bool


@cache
def features_of(version: Version) -> Features:
    """The ways of a version."""
    recent = version != "5.0.2"
    return Features(
        vip_ports=recent,
        plain_tables=not recent,
        extra_dhcp_options=recent,
        owner_changes_refused=recent,
        interface_port_group=recent,
        reverse_icmp_rule=recent,
        interface_range=(1024, 65535) if recent else (1, 65535),
        unknown_deletes_ignored=recent,
    )
