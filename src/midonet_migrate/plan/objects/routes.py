"""Routes (new 3.4). Those of Neutron routers that Neutron can hold are another conversion's."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Role
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft, Verdict
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import ROUTER_PORTS, in_network, is_ipv4

NO_GATEWAY = "255.255.255.255"
"""How the store of 1.9 writes that a route has no gateway."""

_GATEWAY_LINK = ("169.254.255.0", 30)
"""Network between a tenant router and the Provider Router; gone in 5.x (old 4.5)."""


def plan_routes(draft: ObjectDraft, references: References) -> None:
    """All but local routes, which come with their port."""
    for key, route in list(draft.hand_made("route")):
        if draft.owners["route", key].rule == "route-local":
            _place_local(draft, references, key, route)
        else:
            _plan_route(draft, references, key, route)


def _place_local(draft: ObjectDraft, references: References, key: str, route: JsonObject) -> None:
    port = references.resolve("port", route.get("nextHopPort"))
    if isinstance(port, Missing):
        draft.place("route", key, Bucket.SKIPPED, port.rule, f"goes with its port: {port.reason}")
    else:
        reason = "MidoNet 5 makes the local route of a port together with the port"
        draft.place("route", key, Bucket.CARRIED, "route-local", reason)


def _plan_route(draft: ObjectDraft, references: References, key: str, route: JsonObject) -> None:
    router = references.resolve("router", route["routerId"])
    if isinstance(router, Missing):
        draft.leave_out("route", key, *router)
        return
    problem = _problem(draft, references, route)
    if problem is not None:
        draft.leave_out("route", key, *problem)
        return
    body, verdict = _route_body(draft, references, key, route)
    draft.create(Step.ROUTES, "route", key, f"/routers/{router}/routes", body, verdict=verdict)


def _problem(draft: ObjectDraft, references: References, route: JsonObject) -> Missing | None:
    for member in ("dstNetworkAddr", "srcNetworkAddr"):
        if not is_ipv4(route.get(member)):
            return Missing(Bucket.UNSUPPORTED, "route-address", f"{member} {route.get(member)!r} is not IPv4")
    gateway = route.get("nextHopGateway")
    if gateway and not is_ipv4(gateway):
        return Missing(Bucket.UNSUPPORTED, "route-address", f"nextHopGateway {gateway!r} is not IPv4")
    if route["type"] != "Normal":
        return None
    port = references.resolve("port", route.get("nextHopPort"))
    if isinstance(port, Missing):
        return port
    item = draft.by_id("port")[str(route["nextHopPort"])]
    if item["type"] not in ROUTER_PORTS or item["deviceId"] != route["routerId"]:
        reason = f"its next hop port {port} is on another device, which 5.x refuses"
        return Missing(Bucket.UNSUPPORTED, "route-next-hop", reason)
    return None


def _route_body(
    draft: ObjectDraft, references: References, key: str, route: JsonObject
) -> tuple[JsonObject, Verdict]:
    verdict = NOTHING
    gateway = route.get("nextHopGateway")
    gateway = None if gateway in {NO_GATEWAY, ""} else gateway
    port = references.optional("port", route.get("nextHopPort"))
    record = draft.owner("port", str(route.get("nextHopPort")))
    if route["type"] == "Normal" and record is not None and record.role is Role.GATEWAY_PEER:
        gateway, verdict = _through_gateway(draft, key, gateway, record.neutron.id if record.neutron else "")
    if route.get("learned"):
        reason = "marked as learned, but no BGP session explains it: a static route in 5.x"
        verdict = ("route-learned-by-hand", reason)
        draft.note("route", key, *verdict)
    body = {
        "id": key,
        "type": route["type"],
        "nextHopPort": None if isinstance(port, Missing) else port,
        "nextHopGateway": gateway,
        "attributes": route.get("attributes"),
        "dstNetworkAddr": route["dstNetworkAddr"],
        "dstNetworkLength": route["dstNetworkLength"],
        "srcNetworkAddr": route["srcNetworkAddr"],
        "srcNetworkLength": route["srcNetworkLength"],
        "weight": route["weight"],
    }
    return body, verdict


def _through_gateway(
    draft: ObjectDraft, key: str, gateway: str | None, gateway_port: str
) -> tuple[str | None, Verdict]:
    """In 1.9 the Provider Router is at the other end of a link of its own; in 5.x the port is on the external
    network, and the gateway of its subnet is the next hop."""
    if gateway is not None and not in_network(gateway, *_GATEWAY_LINK):
        return gateway, NOTHING
    found = draft.imported.gateway_of(gateway_port)
    verdict = ("route-through-gateway", f"next hop {gateway} -> {found}, the gateway of the external subnet")
    draft.note("route", key, *verdict)
    return found, verdict
