"""Routers (new 3.4)."""

from __future__ import annotations

from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.bgp import Sessions, local_as
from midonet_migrate.plan.objects.chains import filters_of
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References


def plan_routers(draft: ObjectDraft, references: References, sessions: Sessions) -> None:
    """With filters, load balancer and AS number, so that no later PUT is needed (new 1.8.1)."""
    balancers: dict[str, str] = {}
    for key, router in list(draft.hand_made("router")):
        filters, verdict = filters_of(draft, references, "router", key, router)
        balancer = references.optional("load_balancer", router.get("loadBalancerId"))
        if isinstance(balancer, str) and balancer in balancers:
            reason = f"load balancer {balancer} is on router {balancers[balancer]} already"
            balancer = Missing(Bucket.SKIPPED, "balancer-taken", reason)
        if isinstance(balancer, Missing):
            verdict = ("balancer-dropped", f"without load balancer: {balancer.reason}")
            draft.warn("router", key, *verdict)
            balancer = None
        if balancer is not None:
            balancers[balancer] = key
        body = {
            "id": key,
            "tenantId": router.get("tenantId"),
            "name": draft.name("router", key, router.get("name")),
            "adminStateUp": router.get("adminStateUp") is not False,
            **filters,
            "loadBalancerId": balancer,
            "asNumber": local_as(sessions, key),
        }
        draft.create(Step.ROUTERS, "router", key, "/routers", body, verdict=verdict)
