"""Routes on the Provider Router, made by the server or by hand (new 6, step 5)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, Role
from midonet_migrate.model.plan import Bucket, ConversionRequest, Outcome, Source
from midonet_migrate.plan.conversions.edge_router_parts import Edge, vendor
from midonet_migrate.plan.conversions.old_site import destination, extra_route_obstacle, is_local_route

LOCAL_RULE = "edge-router-local-route"
ROUTE_RULE = "edge-router-route"


def convert_routes(edge: Edge) -> None:
    """Decide every route on the Provider Router that is neither Neutron's nor learned."""
    ports = {port["id"]: port for port in edge.ports}
    extra: list[JsonObject] = []
    routes = [
        route
        for route in edge.site.snapshot.midonet.get("route", [])
        if route["routerId"] == edge.router["id"]
        and edge.site.owner("route", route).owner not in {Owner.NEUTRON, Owner.RUNTIME}
    ]
    for route in sorted(routes, key=lambda item: str(item["id"])):
        port = ports.get(route.get("nextHopPort") or "")
        infra = edge.site.owner("route", route).owner is Owner.PROVIDER_ROUTER_INFRA
        if infra or is_local_route(route, port):
            reason = "the server makes it with the interface that takes its port's place"
            edge.convert("edge-router-route", Source("route", route["id"]), [], LOCAL_RULE, reason)
            edge.decide("route", route["id"], LOCAL_RULE, reason)
            continue
        held = _through_tenant(edge, route)
        if not extra_route_obstacle(held, edge.networks, edge.own_addresses):
            _convert_to_extra_route(edge, held, extra)
        else:
            _create_route(edge, route)


def _through_tenant(edge: Edge, route: JsonObject) -> JsonObject:
    """A route through the link to a tenant router, as 5.x has it: there the two meet on the external network,
    and the next hop is the tenant router's address on it (old 4.5, new 6). Any other route as it is."""
    port = edge.site.ports.get(route.get("nextHopPort") or "")
    if port is None or edge.site.owner("port", port).role is not Role.GATEWAY_PORT:
        return route
    resource = edge.site.neutron_ports.get(port["id"], {})
    addresses = [str(fixed["ip_address"]) for fixed in resource.get("fixed_ips") or []]
    outside = next((address for address in addresses if ":" not in address), None)
    imported = edge.site.queued("ports", port["id"]) and edge.site.queued(
        "routers", str(resource.get("device_id"))
    )
    return {**route, "nextHopGateway": outside} if imported else route


def _convert_to_extra_route(edge: Edge, route: JsonObject, extra: list[JsonObject]) -> None:
    entry = {"destination": destination(route), "nexthop": route["nextHopGateway"]}
    if entry not in extra:
        extra.append(entry)
    reason = "a static route of the Provider Router; an extra route of the edge router takes its place"
    request = ConversionRequest(
        api="neutron",
        method="PUT",
        path=f"/v2.0/routers/${{{edge.LABEL}}}.json",
        body={"router": {"routes": list(extra)}},
    )
    edge.convert("edge-router-route", Source("route", route["id"]), [request], ROUTE_RULE, reason)
    edge.decide("route", route["id"], ROUTE_RULE, reason)


def _create_route(edge: Edge, route: JsonObject) -> None:
    """Neutron cannot hold it: the same route on the edge router, through the MidoNet API."""
    next_hop = route.get("nextHopPort")
    port = edge.new_port(next_hop) if next_hop else None
    if route["type"] == "Normal" and port is None:
        edge.plan.outcomes["route", route["id"]] = Outcome(
            Bucket.UNSUPPORTED, ROUTE_RULE, "its next-hop port has no counterpart on the edge router"
        )
        return
    members = (
        "id",
        "type",
        "srcNetworkAddr",
        "srcNetworkLength",
        "dstNetworkAddr",
        "dstNetworkLength",
        "weight",
        "attributes",
    )
    gateway = route.get("nextHopGateway")
    body = {
        **{member: route.get(member) for member in members},
        "nextHopPort": port,
        "nextHopGateway": None if gateway in ("", "0.0.0.0", "255.255.255.255") else gateway,  # noqa: S104
    }
    request = ConversionRequest(
        api="midonet",
        method="POST",
        path=f"/routers/${{{edge.LABEL}}}/routes",
        body=body,
        media_type=vendor("Route-v1"),
    )
    reason = "Neutron cannot express this route; the edge router gets it through the MidoNet API"
    edge.convert("edge-router-route", Source("route", route["id"]), [request], ROUTE_RULE, reason)
    edge.decide("route", route["id"], ROUTE_RULE, reason)
