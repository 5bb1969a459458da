"""Lists and items that exist only below a parent (old 1.6: what a missing parent looks like)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from midonet_lab.midonet19.errors import REQUESTED, ApiError, internal, missing, not_found
from midonet_lab.midonet19.negotiation import Offer
from midonet_lab.midonet19.resources import media_type
from midonet_lab.midonet19.routing import Answer, Ask, Endpoint, Router, item_view, list_view, offers_of


def _below(
    kind: str, member: str, parent_kind: str, otherwise: Callable[[str], ApiError] | None, ask: Ask
) -> Answer:
    """What hangs below a parent; ``otherwise`` is raised when the parent is missing, None = empty list."""
    parent = ask.values[0]
    if ask.store.find(parent_kind, parent) is None:
        if otherwise is None:
            return []
        raise otherwise(parent)
    return ask.store.below(kind, member, parent)


def _broken(_: str) -> ApiError:
    return internal()


def add_child_endpoints(router: Router) -> None:
    group_gone = partial(str.__add__, "IP address group does not exist: ")
    children: tuple[tuple[str, str, str, str, Callable[[str], ApiError] | None], ...] = (
        ("/chains/{}/rules", "rule", "chainId", "chain", None),
        ("/hosts/{}/interfaces", "interface", "hostId", "host", None),
        ("/hosts/{}/ports", "host_interface_port", "hostId", "host", None),
        ("/routers/{}/routes", "route", "routerId", "router", _broken),
        ("/port_groups/{}/ports", "port_group_port", "portGroupId", "port_group", _broken),
        ("/bgps/{}/ad_routes", "ad_route", "bgpId", "bgp", _broken),
        ("/load_balancers/{}/pools", "pool", "loadBalancerId", "load_balancer", _broken),
        ("/load_balancers/{}/vips", "vip", "loadBalancerId", "load_balancer", _broken),
        ("/pools/{}/pool_members", "pool_member", "poolId", "pool", partial(missing, "pool")),
        ("/pools/{}/vips", "vip", "poolId", "pool", partial(missing, "pool")),
        (
            "/health_monitors/{}/pools",
            "pool",
            "healthMonitorId",
            "health_monitor",
            partial(missing, "health_monitor"),
        ),
        (
            "/ip_addr_groups/{}/ip_addrs",
            "ip_addr_group_addr",
            "ipAddrGroupId",
            "ip_addr_group",
            lambda key: not_found(group_gone(key)),
        ),
        (
            "/tunnel_zones/{}/hosts",
            "tunnel_zone_host",
            "tunnelZoneId",
            "tunnel_zone",
            partial(missing, "tunnel_zone"),
        ),
    )
    for pattern, kind, member, parent_kind, otherwise in children:
        view = list_view(kind)
        offers = offers_of(view)
        if kind == "tunnel_zone_host":
            offers = (*offers, Offer(media_type("collection.GreTunnelZoneHost", 1)))
        endpoint = Endpoint(
            kind=kind,
            offers=offers,
            handle=partial(_below, kind, member, parent_kind, otherwise),
            admin=view.admin,
            ordered=kind == "rule",
            uuids=(0,),
        )
        router.add(pattern, endpoint)


def add_member_endpoints(router: Router) -> None:
    """Items that have no id of their own."""
    members = (
        ("/hosts/{}/interfaces/{}", "interface", REQUESTED, (0,)),
        ("/hosts/{}/ports/{}", "host_interface_port", "Mapping does not exist", (0, 1)),
        ("/port_groups/{}/ports/{}", "port_group_port", REQUESTED, (0, 1)),
        ("/tunnel_zones/{}/hosts/{}", "tunnel_zone_host", "The resource was not found", (0, 1)),
    )
    for pattern, kind, text, uuids in members:
        view = item_view(kind)
        offers = offers_of(view)
        if kind == "tunnel_zone_host":
            offers = (*offers, Offer(media_type("GreTunnelZoneHost", 1)))
        endpoint = Endpoint(
            kind=kind, offers=offers, handle=partial(_member, kind, text), admin=view.admin, uuids=uuids
        )
        router.add(pattern, endpoint)
    router.add(
        "/ip_addr_groups/{}/versions/{}/ip_addrs/{}",
        Endpoint(
            kind="ip_addr_group_addr",
            offers=offers_of(item_view("ip_addr_group_addr")),
            handle=_group_address,
            uuids=(0,),
        ),
    )


def _member(kind: str, text: str, ask: Ask) -> Answer:
    found = ask.store.find(kind, "/".join(ask.values))
    if found is None:
        raise not_found(text)
    return found


def _group_address(ask: Ask) -> Answer:
    """The version in the path is the true one, unlike the one in links (old 3.8)."""
    group, version, address = ask.values
    found = ask.store.find("ip_addr_group_addr", f"{group}/{address}")
    if found is None or version != ("6" if ":" in address else "4"):
        raise not_found(f"The IP address group does not contain the specified address: {address}")
    return found
