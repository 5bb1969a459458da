"""Routes made by hand on Neutron routers become Neutron extra routes where Neutron can hold them (orig 5.1).

The others are created as they are through the 5.x API, by the planner of objects.
"""

from __future__ import annotations

from collections import defaultdict
from ipaddress import IPv4Network

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import (
    Bucket,
    Conversion,
    ConversionPlan,
    ConversionRequest,
    Disposition,
    Finding,
    Outcome,
    Source,
)
from midonet_migrate.plan.conversions.old_site import (
    OldSite,
    destination,
    extra_route_obstacle,
    is_local_route,
    network_of,
)

RULE = "extra-route"
DEFAULT_MAX_ROUTES = 30
"""Neutron's own default of ``max_routes``: more are refused (orig B-34)."""


def convert_extra_routes(site: OldSite, plan: ConversionPlan) -> None:
    """Add a conversion for every hand-made route that Neutron can hold.

    Neutron replaces the whole list at each update, so each request carries the routes of the ones before it:
    sent in order, every prefix of them is a valid state.
    """
    routers = site.snapshot.neutron_by_id("routers")
    by_router: dict[str, list[JsonObject]] = defaultdict(list)
    for route in site.snapshot.midonet.get("route", []):
        if route["routerId"] in routers and site.owner("route", route).owner is Owner.USER:
            by_router[route["routerId"]].append(route)
    for router_id in sorted(by_router):
        if site.queued("routers", router_id):
            _convert_router(site, routers[router_id], by_router[router_id], plan)


def _convert_router(
    site: OldSite, router: JsonObject, candidates: list[JsonObject], plan: ConversionPlan
) -> None:
    networks, own = _reachable(site, router["id"])
    routes = [dict(route) for route in router.get("routes") or []]
    for route in sorted(candidates, key=lambda item: str(item["id"])):
        if is_local_route(route, site.ports.get(route.get("nextHopPort") or "")):
            continue
        if extra_route_obstacle(route, networks, own):
            continue
        entry = {"destination": destination(route), "nexthop": route["nextHopGateway"]}
        if entry not in routes:
            routes.append(entry)
        reason = "made by hand on a Neutron router; Neutron's extra routes hold it in 5.x"
        plan.conversions.append(
            Conversion(
                type="extra-routes",
                source=Source("route", route["id"]),
                requests=[
                    ConversionRequest(
                        api="neutron",
                        method="PUT",
                        path=f"/v2.0/routers/{router['id']}.json",
                        body={"router": {"routes": list(routes)}},
                    )
                ],
                rule=RULE,
                reason=reason,
            )
        )
        plan.outcomes["route", route["id"]] = Outcome(Bucket.CONVERTED, RULE, reason)
        plan.dispositions["route", route["id"]] = Disposition("converted", reason)
    if len(routes) > DEFAULT_MAX_ROUTES:
        plan.findings.append(
            Finding(
                level="warning",
                rule="extra-routes-limit",
                kind="routers",
                id=router["id"],
                message=f"{len(routes)} extra routes are more than Neutron's default limit of "
                f"{DEFAULT_MAX_ROUTES}",
                remedy="raise max_routes in neutron.conf before the conversion",
            )
        )


def _reachable(site: OldSite, router_id: str) -> tuple[list[IPv4Network], set[str]]:
    networks: list[IPv4Network] = []
    own: set[str] = set()
    for port in site.neutron_ports_by_device.get(router_id, []):
        for fixed in port.get("fixed_ips") or []:
            own.add(str(fixed["ip_address"]))
            subnet = site.subnets.get(fixed["subnet_id"])
            address, _, length = str((subnet or {}).get("cidr") or "").partition("/")
            network = network_of(address, length)
            if network is not None:
                networks.append(network)
    return networks, own
