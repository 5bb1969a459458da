"""From a classified snapshot to the object plan: each family after those that it refers to."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_migrate.model.keys import ObjectKey
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.ownership import Ownership
from midonet_migrate.model.plan import ObjectPlan, Outcome, PlanOptions, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.objects import (
    bgp,
    bindings,
    bridges,
    chains,
    dhcp,
    groups,
    hosts,
    load_balancers,
    ports,
    routers,
    routes,
    rules,
    server_made,
    tables,
    traces,
    vteps,
)
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.filters import plan_router_filters
from midonet_migrate.plan.objects.modifications import disposed
from midonet_migrate.plan.objects.places import Places
from midonet_migrate.plan.objects.references import References
from midonet_migrate.plan.objects.updates import plan_updates


def plan_objects(
    snapshot: Snapshot,
    ownership: Ownership,
    tasks: TaskPlan,
    options: PlanOptions,
    *,
    taken: Mapping[ObjectKey, Outcome],
) -> ObjectPlan:
    """What of the MidoNet side must be created through the 5.x API, in order, and what becomes of the rest.

    ``ownership`` and ``tasks`` are those of the same snapshot. ``taken`` holds objects that other conversions
    (edge router, extra routes, anti-spoofing) have decided on; their outcomes are passed on and they are not
    planned again. Without them what belongs to the Provider Router is unsupported or skipped, and user routes
    on routers of Neutron are created.

    ``objects`` follow (new 4.1). Those for which
    :func:`~midonet_migrate.plan.objects.order.before_import` holds are to be sent before the Neutron import,
    the rest after it. A POST creates; its body is whole. A PUT names only members to change: GET the object,
    replace these members, PUT all of it back, so that nothing is erased (new 1.8.1). ``kind`` and ``id`` are
    those of the ledger. On 5.0.2, which has no POST for hosts, the hosts are conversions of type
    ``host-in-store`` instead.

    ``outcomes`` has exactly one entry per MidoNet object, ``modifications`` are those of ``ownership`` with
    their dispositions. A conversion without requests is expressed by ``objects``. Linear in the number of
    objects; nothing depends on the order of input, and the arguments are not changed.
    """
    draft = ObjectDraft(snapshot, ownership, tasks, options, taken)
    references = References(draft)
    places = Places(draft)
    server_made.place_server_made(draft)
    hosts.plan_hosts(draft)
    hosts.plan_tunnel_zones(draft, references)
    bound = bindings.survey_bindings(draft, references)
    groups.plan_ip_addr_groups(draft, references)
    chains.plan_chains(draft)
    load_balancers.plan_balancers(draft)
    groups.plan_port_groups(draft)
    bridges.plan_bridges(draft, references)
    sessions = bgp.survey_sessions(draft)
    routers.plan_routers(draft, references, sessions)
    load_balancers.plan_pools(draft, references)
    dhcp.plan_dhcp(draft, references)
    ports.plan_ports(draft, references, bound)
    ports.plan_links(draft, references)
    groups.plan_port_group_ports(draft, references)
    routes.plan_routes(draft, references)
    jumps = plan_router_filters(draft, references, places)
    rules.plan_rules(draft, references, places)
    bgp.plan_bgp(draft, references, sessions)
    vteps.plan_vteps(draft, references)
    tables.plan_tables(draft, references)
    traces.plan_traces(draft, references)
    bindings.plan_bindings(draft, references, bound)
    applied = plan_updates(draft, references)
    return ObjectPlan(
        objects=draft.requests(),
        modifications=disposed(draft, {**applied, **jumps}),
        conversions=draft.conversions,
        outcomes=_complete(draft),
        findings=draft.findings,
    )


def _complete(draft: ObjectDraft) -> dict[ObjectKey, Outcome]:
    """The outcomes, one per object. Raises ``KeyError`` when an object has none."""
    count = 0
    for kind in MIDONET_KINDS:
        for key, _ in draft.items(kind):
            draft.outcomes[kind, key]
            count += 1
    if count == len(draft.outcomes):
        return draft.outcomes
    return {(kind, key): draft.outcomes[kind, key] for kind in MIDONET_KINDS for key, _ in draft.items(kind)}
