"""All conversions together."""

from __future__ import annotations

from midonet_migrate.model.ownership import Ownership
from midonet_migrate.model.plan import ConversionPlan, PlanOptions, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.conversions.anti_spoofing import convert_anti_spoofing
from midonet_migrate.plan.conversions.edge_router import convert_provider_router
from midonet_migrate.plan.conversions.extra_routes import convert_extra_routes
from midonet_migrate.plan.conversions.old_site import OldSite


def plan_conversions(
    snapshot: Snapshot, ownership: Ownership, tasks: TaskPlan, options: PlanOptions
) -> ConversionPlan:
    """Plan the edge router, the extra routes and the anti-spoofing, in this order.

    The result decides (``outcomes``) the objects that are converted; all others are left to the planner of
    objects. Requests are in the order in which they must be sent.
    """
    site = OldSite(snapshot, ownership, tasks)
    plan = ConversionPlan()
    convert_provider_router(site, options, plan)
    convert_extra_routes(site, plan)
    convert_anti_spoofing(site, plan)
    return plan
