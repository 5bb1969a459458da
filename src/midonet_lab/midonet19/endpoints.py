"""Every path of the 1.9 API and how it is answered, missing parents included (old 1.3, 1.6)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet19.bridge_endpoints import add_bridge_endpoints
from midonet_lab.midonet19.child_endpoints import add_child_endpoints, add_member_endpoints
from midonet_lab.midonet19.errors import internal, missing
from midonet_lab.midonet19.neutron_endpoints import add_neutron_endpoints
from midonet_lab.midonet19.port_endpoints import add_port_endpoints
from midonet_lab.midonet19.root_documents import add_root_documents
from midonet_lab.midonet19.routing import Answer, Ask, Endpoint, Router, item_view, list_view, offers_of
from midonet_lab.midonet19.vtep_endpoints import add_vtep_endpoints

_COLLECTIONS = (
    ("bridge", "bridges"),
    ("chain", "chains"),
    ("health_monitor", "health_monitors"),
    ("host", "hosts"),
    ("ip_addr_group", "ip_addr_groups"),
    ("load_balancer", "load_balancers"),
    ("pool", "pools"),
    ("pool_member", "pool_members"),
    ("router", "routers"),
    ("trace_request", "traces"),
    ("tunnel_zone", "tunnel_zones"),
    ("vip", "vips"),
)
_FILTERED = frozenset({"bridge", "chain", "router"})
_OWNED = frozenset({"bgp", "bridge", "chain", "route", "router", "rule", "trace_request"})
"""Items whose reader must be an admin or the owner."""


def build_router() -> Router:
    """All endpoints."""
    router = Router()
    for kind, path in _COLLECTIONS:
        view = list_view(kind)
        listing = partial(_filtered if kind in _FILTERED else _all, kind)
        router.add(f"/{path}", Endpoint(kind=kind, offers=offers_of(view), handle=listing, admin=view.admin))
        _add_item(router, f"/{path}/{{}}", kind)
    router.add("/rules", Endpoint(kind="rule"))
    router.add("/routes", Endpoint(kind="route"))
    router.add("/bgps", Endpoint(kind="bgp"))
    router.add("/ad_routes", Endpoint(kind="ad_route"))
    for kind, path in (("rule", "rules"), ("route", "routes"), ("ad_route", "ad_routes"), ("bgp", "bgps")):
        _add_item(router, f"/{path}/{{}}", kind)
    add_child_endpoints(router)
    add_member_endpoints(router)
    add_vtep_endpoints(router)
    add_neutron_endpoints(router)
    add_bridge_endpoints(router)
    add_port_endpoints(router)
    add_root_documents(router)
    return router


def _add_item(router: Router, pattern: str, kind: str) -> None:
    """``pattern`` names one object by its id."""
    view = item_view(kind)
    endpoint = Endpoint(
        kind=kind,
        offers=offers_of(view),
        handle=partial(_item, kind),
        admin=view.admin,
        owner=kind in _OWNED,
        uuids=(0,),
    )
    router.add(pattern, endpoint)


def _all(kind: str, ask: Ask) -> Answer:
    return ask.store.every(kind)


def _filtered(kind: str, ask: Ask) -> Answer:
    tenant = ask.query.get("tenant_id")
    return [item for item in ask.store.every(kind) if tenant is None or item["tenantId"] == tenant]


def _item(kind: str, ask: Ask) -> Answer:
    found = ask.store.find(kind, ask.values[0])
    if found is not None:
        return found
    if kind == "bgp":
        raise internal()
    raise missing(kind, ask.values[0])
