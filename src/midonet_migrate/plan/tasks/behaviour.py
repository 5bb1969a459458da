"""In what the importers of the target versions differ (imp 0, 3.15)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.tasks.schema import TargetVersion


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the feature matrix (imp 0) that matters for rows this program writes or meets."""

    vip_ports: bool
    """Ports of VIPs become MidoNet ports with security chains."""
    dhcp_options: bool
    """``extra_dhcp_opts`` reach the topology."""
    interface_port_group: bool
    reverse_dnat_rule: bool
    owner_updates_checked: bool
    deletes_tolerant: bool
    """DELETE of an unknown NETWORK or VIP is ignored, as it is for all other data types."""
    ipv6: bool
    """IPv6 subnets are accepted; seeding skips IPv6 addresses instead of failing."""
    router_subnet_ids: bool
    """ROUTERINTERFACE names its subnets in ``subnet_ids``; FLOATINGIP looks at networks, not addresses."""
    vip_floating_ips: bool
    """A floating IP may be associated to the port of an LBaaS v1 VIP."""
    keeps_network_subnets: bool
    """The importer itself maintains the subnets of a network: they must not be sent."""
    reads_own_writes: bool
    """Translators see what the same task has written already."""


_BEHAVIOURS: dict[str, Behaviour] = {
    "5.0.2": Behaviour(
        vip_ports=False,
        dhcp_options=False,
        interface_port_group=False,
        reverse_dnat_rule=False,
        owner_updates_checked=False,
        deletes_tolerant=False,
        ipv6=False,
        router_subnet_ids=False,
        vip_floating_ips=False,
        keeps_network_subnets=False,
        reads_own_writes=False,
    ),
    "5.2.1": Behaviour(
        vip_ports=True,
        dhcp_options=True,
        interface_port_group=True,
        reverse_dnat_rule=True,
        owner_updates_checked=True,
        deletes_tolerant=True,
        ipv6=False,
        router_subnet_ids=False,
        vip_floating_ips=True,
        keeps_network_subnets=False,
        reads_own_writes=False,
    ),
    "5.4.6": Behaviour(
        vip_ports=True,
        dhcp_options=True,
        interface_port_group=True,
        reverse_dnat_rule=False,
        owner_updates_checked=True,
        deletes_tolerant=True,
        ipv6=True,
        router_subnet_ids=True,
        vip_floating_ips=False,
        keeps_network_subnets=True,
        reads_own_writes=True,
    ),
}


def behaviour_of(version: TargetVersion) -> Behaviour:
    """The behaviour of the importer of ``version``."""
    return _BEHAVIOURS[version]
