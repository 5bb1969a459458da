"""Routes and BGP (new 2.11, 2.15)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    children,
    convert,
    creator,
    deleter,
    get,
    plain_view,
    reader,
    settable,
    updater,
    validate,
    with_id,
)
from midonet_lab.midonet5.api.replies import entity
from midonet_lab.midonet5.api.routing import Call, Created, Handler, Router, collection, decoder, single
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import NotFound, StoredObject

_ROUTE = ("Route", 1)
_HOPS = {"Normal": "PORT", "BlackHole": "BLACKHOLE", "Reject": "REJECT", "Local": "LOCAL"}
_TYPES = {hop: name for name, hop in _HOPS.items()}
_SAME_ROUTER = "This type of route requires a next hop port that is a port on the same router."


def add_routes(router: Router, tables: Tables) -> None:
    """``/routes``, ``/bgp_peers``, ``/bgp_networks`` and the lists of routers."""
    bean = tables["route"]
    view = partial(_view, bean)
    router.add("/routes", collection(_ROUTE, decode=decoder(bean)))
    router.add(
        "/routes/{}",
        single(_ROUTE, read=reader("Route", view), delete=deleter("Route"), decode=decoder(bean)),
    )
    router.add(
        "/routers/{}/routes",
        collection(_ROUTE, read=partial(_routes, bean), create=_create, decode=decoder(bean)),
    )
    peer, network = tables["bgp_peer"], tables["bgp_network"]
    _add_bgp(router, ("BgpPeer", 1), "bgp_peers", "bgp_peer_ids", peer, updater(peer))
    _add_bgp(router, ("BgpNetwork", 1), "bgp_networks", "bgp_network_ids", network, None)


def _add_bgp(
    router: Router, name: tuple[str, int], path: str, field: str, bean: Bean, update: Handler | None
) -> None:
    view = plain_view(bean)
    class_name = bean.stored_class
    router.add(f"/{path}", collection(name, decode=decoder(bean)))
    router.add(
        f"/{path}/{{}}",
        single(
            name,
            read=reader(class_name, view),
            update=update,
            delete=deleter(class_name),
            decode=decoder(bean),
        ),
    )
    router.add(
        f"/routers/{{}}/{path}",
        collection(
            name,
            read=children("Router", field, class_name, view),
            create=creator(f"/{path}", owner="router_id"),
            decode=decoder(bean),
        ),
    )


def _view(bean: Bean, call: Call, route: StoredObject, router_id: str | None = None) -> Values:
    values = bean.from_store(route)
    values["type"] = _TYPES.get(route.get("next_hop", ""))
    if values["routerId"] is None:
        if router_id is None and route.get("next_hop_port_id") is not None:
            port = call.site.find("Port", route["next_hop_port_id"]) or {}
            router_id = port.get("router_id")
        values["routerId"] = router_id
    return call.show(bean, values)


def _routes(bean: Bean, call: Call) -> list[Values]:
    """Those of the router and those of its ports."""
    router = get(call, "Router", call.values[0])
    ids = list(router.get("route_ids", []))
    for port in call.site.several("Port", router.get("port_ids", [])):
        ids += port.get("route_ids", [])
    found = call.site.several("Route", dict.fromkeys(ids))
    return [_view(bean, call, route, router["id"]) for route in found]


def _create(call: Call) -> Created:
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    kind, port_id = values["type"], values["nextHopPort"]
    if kind not in _HOPS:
        raise entity(400, "This type of route is invalid.")
    if kind == "Normal":
        port = call.site.find("Port", port_id) if port_id else None
        if port is None or port.get("router_id") != call.values[0]:
            raise entity(400, _SAME_ROUTER)
    stored = settable(bean, convert(call, bean, values))
    stored.pop("learned", None)
    stored["next_hop"] = _HOPS[kind]
    if kind in {"BlackHole", "Reject"}:
        stored["router_id"] = call.values[0]
    elif call.site.find("Router", call.values[0]) is None:
        raise NotFound("Router", call.values[0])
    transaction = call.zoom.transaction()
    transaction.create("Route", stored)
    transaction.commit()
    return Created(f"/routes/{values['id']}")
