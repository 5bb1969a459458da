"""Routers whose BGP sessions advertised different networks, which 5.x cannot do (orig A, new 3.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from enum import StrEnum

from midonet_migrate.model.keys import ObjectKey
from midonet_migrate.model.plan import Plan

_RULE = "bgp-widened"


class BgpPolicy(StrEnum):
    """What to do with such a router."""

    MERGE = "merge-ad-routes"
    """Advertise the union of all networks to every peer: what the plan says."""
    SKIP_ROUTES = "skip-ad-routes"
    """Make the peers and advertise nothing, until somebody says what."""
    SKIP = "skip-bgp"
    """Leave out its peers and networks."""


Ask = Callable[[str, Sequence[str]], BgpPolicy]
"""Id of the router, and of its sessions that would advertise more than before: what to do with it."""


def bgp_left_out(plan: Plan, policy: BgpPolicy | Ask) -> dict[ObjectKey, str]:
    """The BGP objects that the policy leaves out, with the reason."""
    widened = {finding.id for finding in plan.meta.findings if finding.rule == _RULE}
    sessions: defaultdict[str, list[str]] = defaultdict(list)
    for request in plan.objects:
        if request.kind == "bgp" and request.id in widened:
            sessions[request.path.split("/")[2]].append(request.id)
    result: dict[ObjectKey, str] = {}
    for router, ids in sorted(sessions.items()):
        chosen = policy if isinstance(policy, BgpPolicy) else policy(router, ids)
        if chosen is BgpPolicy.MERGE:
            continue
        kinds = {"ad_route"} if chosen is BgpPolicy.SKIP_ROUTES else {"ad_route", "bgp"}
        reason = f"left out by {chosen.value}: the sessions of router {router} advertised different networks"
        for request in plan.objects:
            if request.kind in kinds and request.path.startswith(f"/routers/{router}/bgp_"):
                result[request.kind, request.id] = reason
    return result
