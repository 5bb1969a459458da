"""Routes: those of (old 4.5) subtracted, local ones follow their port, the rest was made by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord
from midonet_migrate.plan.ownership.left_behind import LEFT_BEHIND, left_behind_route
from midonet_migrate.plan.ownership.port_roles import Interface, PortMap
from midonet_migrate.plan.ownership.site import Site, is_vif, port_ref
from midonet_migrate.plan.ownership.values import (
    ANY_ADDRESS,
    METADATA_ADDRESS,
    fixed_addresses,
    split_cidr,
    v4_only,
)
from midonet_migrate.plan.ownership.verdicts import Verdicts, neutron, user

_ANYWHERE = (ANY_ADDRESS, 0)
_LOCAL_WEIGHT, _WEIGHT = 0, 100


class Content(NamedTuple):
    """What a route does; its id says nothing."""

    source: tuple[str, int]
    destination: tuple[str, int]
    port: str
    gateway: str | None
    weight: int = _WEIGHT


class ExpectedRoute(NamedTuple):
    """A route that the server makes. ``optional``: its absence on an untouched site is normal."""

    content: Content
    record: OwnerRecord
    optional: bool = False


def classify_routes(site: Site, verdicts: Verdicts, roles: PortMap, provider_router: str | None) -> None:
    """Owners of all routes."""
    expected: defaultdict[str, list[ExpectedRoute]] = defaultdict(list)
    for router_id in site.neutron_routers:
        expected[router_id].extend(_router_routes(site, roles, router_id))
    if provider_router is not None:
        expected[provider_router].extend(_provider_router_routes(site, roles, provider_router))
    with_local: set[str] = set()
    for router_id, routes in site.routes_by_router.items():
        open_routes = _locals(site, verdicts, routes, with_local)
        left, missing = _subtract(verdicts, open_routes, expected.pop(router_id, []))
        for route in left:
            record = left_behind_route(site, roles, route, provider_router)
            verdicts.set("route", route, record or _leftover(site, verdicts, route, provider_router))
            if verdicts.owner("route", route["id"]) is Owner.USER and router_id in site.neutron_routers:
                verdicts.inserted("route", route, "added-object", "route on a router of Neutron")
        if router_id == provider_router:
            missing = _not_elsewhere(verdicts, left, missing)
        _report(site, verdicts, router_id, missing)
    for router_id, routes_missing in expected.items():
        if router_id in site.routers:
            _report(site, verdicts, router_id, routes_missing)
    _missing_locals(site, verdicts, with_local)


def _is_local(route: JsonObject, addresses: set[str | None]) -> bool:
    return (
        route["weight"] == _LOCAL_WEIGHT
        and route["type"] == "Normal"
        and not route.get("nextHopGateway")
        and not route.get("attributes")
        and route["dstNetworkLength"] == 32
        and route["dstNetworkAddr"] in addresses
        and (route["srcNetworkAddr"], route["srcNetworkLength"]) == _ANYWHERE
    )


def _locals(site: Site, verdicts: Verdicts, routes: list[JsonObject], seen: set[str]) -> list[JsonObject]:
    """Give each port's local route the owner of the port, and note the port; return the other routes."""
    rest = []
    for route in routes:
        port = site.ports.get(route.get("nextHopPort") or "")
        record = verdicts.owners.get(("port", port["id"])) if port else None
        if port is None or record is None or port["id"] in seen or port["deviceId"] != route["routerId"]:
            rest.append(route)
            continue
        if not _is_local(route, {port.get("portAddress"), _made_with(site, record)}):
            rest.append(route)
            continue
        seen.add(port["id"])
        reason = f"local route that the server adds for port {port['id']}"
        verdicts.set("route", route, OwnerRecord(record.owner, "route-local", reason, record.neutron))
    return rest


def _made_with(site: Site, record: OwnerRecord) -> str | None:
    """The address a Neutron interface was made with, if somebody changed that of the port."""
    resource = site.neutron_ports.get(record.neutron.id) if record.neutron else None
    addresses = v4_only(fixed_addresses(resource)) if resource else []
    return addresses[0] if addresses else None


def _content(route: JsonObject) -> Content | None:
    if route["type"] != "Normal" or route.get("attributes") or route.get("learned"):
        return None
    return Content(
        (route["srcNetworkAddr"], route["srcNetworkLength"]),
        (route["dstNetworkAddr"], route["dstNetworkLength"]),
        route.get("nextHopPort") or "",
        route.get("nextHopGateway"),
        route["weight"],
    )


def _subtract(
    verdicts: Verdicts, routes: list[JsonObject], expected: list[ExpectedRoute]
) -> tuple[list[JsonObject], list[ExpectedRoute]]:
    """Exact matches first; then no gateway and 0.0.0.0 count as equal."""
    left = routes
    missing = expected
    for lenient in (False, True):
        available: defaultdict[Content | None, list[JsonObject]] = defaultdict(list)
        for route in reversed(left):
            available[_loosened(_content(route), lenient)].append(route)
        unmatched = []
        for item in missing:
            same = available.get(_loosened(item.content, lenient))
            if same:
                verdicts.set("route", same.pop(), item.record)
            else:
                unmatched.append(item)
        missing = unmatched
        left = [route for route in left if verdicts.owner("route", route["id"]) is None]
    return left, missing


def _not_elsewhere(
    verdicts: Verdicts, left: list[JsonObject], missing: list[ExpectedRoute]
) -> list[ExpectedRoute]:
    """Without routes of floating IPs that the server left where they were: it made no other then."""
    records = [verdicts.owners["route", route["id"]] for route in left]
    moved = {record.neutron for record in records if record.rule == LEFT_BEHIND}
    return [item for item in missing if item.record.neutron not in moved]


def _loosened(content: Content | None, lenient: bool) -> Content | None:
    if lenient and content is not None and content.gateway == ANY_ADDRESS:
        return content._replace(gateway=None)
    return content


def _router_routes(site: Site, roles: PortMap, router_id: str) -> Iterator[ExpectedRoute]:
    for interface in roles.interfaces.get(router_id, []):
        record = neutron("route-interface", port_ref(interface.neutron_port["id"]))
        if interface.subnet is None:
            continue
        subnet = split_cidr(interface.subnet["cidr"])
        yield ExpectedRoute(Content(_ANYWHERE, subnet, interface.end.port_id, ANY_ADDRESS), record)
        yield from _metadata_routes(site, interface, subnet)
    gateway = roles.gateways.get(router_id)
    if gateway is not None:
        record = neutron("route-gateway", port_ref(gateway.neutron_port["id"]))
        yield ExpectedRoute(Content(_ANYWHERE, _ANYWHERE, gateway.end.port_id, None), record)


def _metadata_routes(site: Site, interface: Interface, subnet: tuple[str, int]) -> Iterator[ExpectedRoute]:
    """Made together with the DHCP port, through the gateway of its subnet alone, and only under conditions
    that Neutron's data do not show."""
    if interface.subnet is None or interface.end.address != interface.subnet.get("gateway_ip"):
        return
    network_id = interface.neutron_port["network_id"]
    for port in site.dhcp_ports.get(network_id, []):
        for address in v4_only(fixed_addresses(port)):
            found = site.subnet_of(port, address)
            if found is not None and found is interface.subnet:
                content = Content(subnet, (METADATA_ADDRESS, 32), interface.end.port_id, address)
                yield ExpectedRoute(content, neutron("route-metadata", port_ref(port["id"])), optional=True)


def _provider_router_routes(site: Site, roles: PortMap, provider_router: str) -> Iterator[ExpectedRoute]:
    gateways = {
        router_id: [
            port for port in ports if site.ports.get(port["id"], {}).get("deviceId") == provider_router
        ]
        for router_id, ports in site.gateway_ports.items()
    }
    for ports in gateways.values():
        for port in ports:
            record = neutron("route-gateway", port_ref(port["id"]))
            used = roles.gateways.get(port["device_id"])
            for address in v4_only(fixed_addresses(port)):
                optional = used is not None and used.end.address != address
                yield _to_host(address, port["id"], record, optional=optional)
    for item in site.floating_ips:
        record = neutron("route-floating-ip", NeutronRef("floating_ips", item["id"]))
        for port in gateways.get(item["router_id"], []):
            yield _to_host(item["floating_ip_address"], port["id"], record)
    for vip_id, vip in site.vips.items():
        vip_address = _external_address(site, site.neutron_vips.get(vip_id), vip)
        if vip_address is not None:
            record = neutron("route-vip", NeutronRef("vips", vip_id))
            for port in gateways.get(_router_of_pool(site, vip.get("poolId")) or "", []):
                yield _to_host(vip_address, port["id"], record)
    for network_id, links in roles.external_links.items():
        yield from _link_routes(site, network_id, [(subnet, port["id"]) for subnet, _, port in links])


def _to_host(address: str, port_id: str, record: OwnerRecord, *, optional: bool = False) -> ExpectedRoute:
    return ExpectedRoute(Content(_ANYWHERE, (address, 32), port_id, ANY_ADDRESS), record, optional)


def _external_address(site: Site, resource: JsonObject | None, vip: JsonObject) -> str | None:
    """The address that a Neutron VIP was made with, if it is on an external subnet (old 4.5)."""
    if resource is None:
        return None
    addresses = v4_only(site.vip_addresses(resource))
    port = site.neutron_ports.get(resource.get("port_id") or "", {})
    subnet = site.subnets.get(resource.get("subnet_id") or "", {})
    if not addresses or not site.is_external(port.get("network_id") or subnet.get("network_id") or ""):
        return None
    return vip["address"] if vip.get("address") in addresses else addresses[0]


def _router_of_pool(site: Site, pool_id: str | None) -> str | None:
    pool = site.pools.get(pool_id or "", {})
    balancer: JsonObject = site.load_balancers.get(pool.get("loadBalancerId") or "", {})
    router_id: str | None = balancer.get("routerId")
    return router_id


def _link_routes(site: Site, network_id: str, links: list[tuple[JsonObject, str]]) -> Iterator[ExpectedRoute]:
    """Routes of external subnets, and of VIF ports on them: these vanish when a link is made anew."""
    for subnet, port_id in links:
        ref = NeutronRef("subnets", subnet["id"])
        record = OwnerRecord(Owner.PROVIDER_ROUTER_INFRA, "route-external-subnet", neutron=ref)
        yield ExpectedRoute(Content(_ANYWHERE, split_cidr(subnet["cidr"]), port_id, ANY_ADDRESS), record)
    for port in site.ports_by_network.get(network_id, []):
        if not is_vif(port) or port["id"] in site.vip_port_ids:
            continue
        reason = "route to a port on an external network"
        record = OwnerRecord(Owner.PROVIDER_ROUTER_INFRA, "route-external-port", reason, port_ref(port["id"]))
        for address in v4_only(fixed_addresses(port)):
            for _, link in links:  # one of them exists, through whichever link
                yield _to_host(address, link, record, optional=True)


def _leftover(site: Site, verdicts: Verdicts, route: JsonObject, provider_router: str | None) -> OwnerRecord:
    port_id = route.get("nextHopPort") or ""
    if verdicts.owner("port", port_id) is Owner.RUNTIME:
        return OwnerRecord(Owner.RUNTIME, "route-health-monitor", "through the port of a health monitor")
    if route.get("learned") and port_id in site.bgp_ports:
        return OwnerRecord(Owner.RUNTIME, "route-learned", "learned by BGP")
    if route["routerId"] == provider_router:
        reason = "on the Provider Router, and not the server's"
        return OwnerRecord(Owner.PROVIDER_ROUTER_UPLINK, "route-uplink", reason)
    if route.get("learned"):
        return user("route-learned-by-hand", "marked as learned, but no BGP session on its port")
    return user("route-user", "not a route that the server makes")


def _report(site: Site, verdicts: Verdicts, router_id: str, missing: list[ExpectedRoute]) -> None:
    for item in missing:
        content = item.content
        if item.optional or {router_id, content.port} & site.raced:
            continue
        before = {
            "routerId": router_id,
            "type": "Normal",
            "srcNetworkAddr": content.source[0],
            "srcNetworkLength": content.source[1],
            "dstNetworkAddr": content.destination[0],
            "dstNetworkLength": content.destination[1],
            "nextHopPort": content.port,
            "nextHopGateway": content.gateway,
            "weight": content.weight,
        }
        key = f"{router_id}#{content.destination[0]}_{content.destination[1]}/{content.port}"
        verdicts.deleted("route", key, before, "removed-object", f"{item.record.rule} is gone")


def _missing_locals(site: Site, verdicts: Verdicts, present: set[str]) -> None:
    for port_id, port in site.ports.items():
        if port["type"] != "Router" or port_id in present or not verdicts.is_server_made("port", port_id):
            continue
        record = verdicts.owners["port", port_id]
        content = Content(
            _ANYWHERE, (port.get("portAddress") or ANY_ADDRESS, 32), port_id, None, _LOCAL_WEIGHT
        )
        local = OwnerRecord(record.owner, "route-local", neutron=record.neutron)
        _report(site, verdicts, port["deviceId"], [ExpectedRoute(content, local)])
