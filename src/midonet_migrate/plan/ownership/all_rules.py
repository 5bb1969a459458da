"""All rules of ownership, in the order in which they need each other."""

from __future__ import annotations

from midonet_migrate.errors import LedgerMismatch
from midonet_migrate.model.keys import object_key
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.ownership import Ownership
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.ownership.addresses import (
    classify_arp_tables,
    classify_ip_addr_groups,
    classify_mac_tables,
)
from midonet_migrate.plan.ownership.balancing import classify_load_balancing
from midonet_migrate.plan.ownership.chain_rules import classify_chains
from midonet_migrate.plan.ownership.chains import Chains
from midonet_migrate.plan.ownership.devices import classify_bridges, classify_routers, find_provider_router
from midonet_migrate.plan.ownership.dhcp import classify_dhcp
from midonet_migrate.plan.ownership.infrastructure import (
    classify_bgp,
    classify_hosts,
    classify_port_groups,
    classify_vteps_and_traces,
)
from midonet_migrate.plan.ownership.ports import classify_links, classify_ports
from midonet_migrate.plan.ownership.routes import classify_routes
from midonet_migrate.plan.ownership.site import Site
from midonet_migrate.plan.ownership.verdicts import Verdicts


def classify(snapshot: Snapshot) -> Ownership:
    """A verdict on every MidoNet object of ``snapshot``, and the changes to server-made ones.

    Pure and linear in the number of objects; ``snapshot`` is not changed, and the result refers to its
    objects. Modifications come in stable order. Raises ``LedgerMismatch`` if an object is left without a
    verdict.
    """
    site, verdicts = Site(snapshot), Verdicts()
    provider_router = find_provider_router(site)
    classify_bridges(site, verdicts)
    classify_routers(site, verdicts, provider_router)
    roles = classify_ports(site, verdicts, provider_router)
    classify_links(site, verdicts)
    classify_chains(site, verdicts, Chains(site, roles))
    classify_routes(site, verdicts, roles, provider_router)
    classify_dhcp(site, verdicts)
    classify_mac_tables(site, verdicts)
    classify_arp_tables(site, verdicts, roles)
    classify_ip_addr_groups(site, verdicts)
    classify_load_balancing(site, verdicts)
    classify_hosts(site, verdicts)
    classify_port_groups(site, verdicts)
    classify_bgp(site, verdicts)
    classify_vteps_and_traces(site, verdicts)
    _check_complete(snapshot, verdicts)
    return Ownership(verdicts.owners, verdicts.sorted_modifications(), provider_router)


def _check_complete(snapshot: Snapshot, verdicts: Verdicts) -> None:
    for kind in MIDONET_KINDS:
        for item in snapshot.midonet.get(kind, []):
            key = object_key(kind, item)
            if (kind, key) not in verdicts.owners:
                raise LedgerMismatch(
                    f"No rule of ownership covers {kind} {key}.",
                    why="The rules must give every object of the old site an owner.",
                    hint="Report this as a bug, with the snapshot.",
                )
