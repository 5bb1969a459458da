"""How large a generated site is, and which parts it has."""

from __future__ import annotations

from typing import Literal

import msgspec

from midonet_lab.sites.variety import Variety

Size = Literal["small", "medium", "large"]
Flavour = Literal["v1", "legacy", "v2"]


class SiteSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Size and parts of a site.

    ``ports`` is the exact number of Neutron ports: what gateways, interfaces, DHCP, floating IPs and VIPs
    leave goes to VMs. ``flavour``: which plug-in's rows the database has (db 2.0): ``legacy`` adds extra
    routes and address pairs, ``v2`` port security as well; no ``midonet_*`` table in any (db 1.4).
    ``provider_router``: without it there is no external network, hence no gateway and no floating IP.
    ``user_sets``: how many times the set of hand-made objects (one of every kind) is there.
    ``runtime``: what agents write: learned routes and MACs, the health monitor's port, statuses.
    ``variety``: parts that come on top of ``ports``, in the first and last tenant.
    """

    name: str = "generated"
    ports: int
    tenants: int = 1
    networks_per_tenant: int = 1
    groups_per_tenant: int = 1
    rules_per_group: int = 4
    floating_ips_per_tenant: int = 1
    load_balanced_tenants: int = 1
    members_per_pool: int = 2
    compute_hosts: int = 2
    uplinks: int = 2
    provider_router: bool = True
    load_balancing: bool = True
    flavour: Flavour = "v1"
    user_sets: int = 1
    runtime: bool = True
    variety: tuple[Variety, ...] = ()

    def infrastructure_ports(self) -> int:
        """Neutron ports that are not VMs'."""
        each = 2 * self.networks_per_tenant
        if self.provider_router:
            each += 1 + self.floating_ips_per_tenant
        pools = min(self.load_balanced_tenants, self.tenants) if self.load_balancing else 0
        return each * self.tenants + pools


SIZES: dict[Size, SiteSpec] = {
    "small": SiteSpec(name="small", ports=7, groups_per_tenant=0, members_per_pool=1, compute_hosts=1),
    "medium": SiteSpec(
        name="medium",
        ports=2_000,
        tenants=20,
        networks_per_tenant=3,
        groups_per_tenant=3,
        rules_per_group=6,
        floating_ips_per_tenant=5,
        load_balanced_tenants=5,
        compute_hosts=20,
    ),
    "large": SiteSpec(
        name="large",
        ports=20_000,
        tenants=100,
        networks_per_tenant=4,
        groups_per_tenant=3,
        rules_per_group=6,
        floating_ips_per_tenant=8,
        load_balanced_tenants=20,
        compute_hosts=100,
        user_sets=3,
    ),
}
"""``small`` has fewer than 30 Neutron resources (all kinds of the getters, rules and interfaces counted)."""


def scaled(ports: int, *, name: str = "scaled") -> SiteSpec:
    """A site like ``large`` with this many Neutron ports: about 200 per tenant.

    Raises ``ValueError`` below 200 ports.
    """
    if ports < 200:
        raise ValueError(f"a scaled site has at least 200 ports, not {ports}")
    tenants = ports // 200
    return msgspec.structs.replace(
        SIZES["large"],
        name=name,
        ports=ports,
        tenants=tenants,
        load_balanced_tenants=max(1, tenants // 5),
        compute_hosts=max(2, tenants),
        user_sets=1,
    )
