"""The root documents and the objects that exist once (old 1.2, 3.13, 3.14)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet19.errors import not_found
from midonet_lab.midonet19.negotiation import Offer
from midonet_lab.midonet19.resources import media_type
from midonet_lab.midonet19.routing import Answer, Ask, Endpoint, Router, item_view, list_view, offers_of
from midonet_migrate.model.keys import JsonObject

_COLLECTIONS = {
    "hosts": "hosts",
    "tenants": "tenants",
    "tunnelZones": "tunnel_zones",
    "bridges": "bridges",
    "loadBalancers": "load_balancers",
    "healthMonitors": "health_monitors",
    "poolMembers": "pool_members",
    "pools": "pools",
    "ports": "ports",
    "vips": "vips",
    "chains": "chains",
    "portGroups": "port_groups",
    "ipAddrGroups": "ip_addr_groups",
    "routers": "routers",
    "vteps": "vteps",
    "writeVersion": "write_version",
    "systemState": "system_state",
    "hostVersions": "versions",
    "traceRequests": "traces",
    "neutron": "neutron",
}
_TEMPLATES = {
    "adRoute": "ad_routes",
    "bgp": "bgps",
    "bridge": "bridges",
    "healthMonitor": "health_monitors",
    "loadBalancer": "load_balancers",
    "poolMember": "pool_members",
    "pool": "pools",
    "vip": "vips",
    "chain": "chains",
    "host": "hosts",
    "port": "ports",
    "portGroup": "port_groups",
    "ipAddrGroup": "ip_addr_groups",
    "route": "routes",
    "router": "routers",
    "rule": "rules",
    "tenant": "tenants",
    "tunnelZone": "tunnel_zones",
}
_NEUTRON = ("network", "subnet", "port", "router", "floating_ip", "security_group", "security_group_rule")
_BALANCING = ("pool", "member", "vip", "health_monitor")


def root_document(base_uri: str) -> JsonObject:
    """The Application entity; its own link ends with a slash."""
    return {
        "version": "v1.9",
        **{name: f"{base_uri}/{path}" for name, path in _COLLECTIONS.items()},
        **{f"{name}Template": f"{base_uri}/{path}/{{id}}" for name, path in _TEMPLATES.items()},
        "vtepTemplate": f"{base_uri}/vteps/{{ipAddr}}",
        "licenses": None,
        "licenseTemplate": None,
        "licenseStatus": None,
        "uri": base_uri + "/",
    }


def neutron_document(base_uri: str) -> JsonObject:
    """The root of ``/neutron``."""
    root = f"{base_uri}/neutron"
    return {
        "uri": root,
        **{f"{name}s": f"{root}/{name}s" for name in _NEUTRON},
        **{f"{name}_template": f"{root}/{name}s/{{id}}" for name in _NEUTRON},
        "add_router_interface_template": f"{root}/routers/{{id}}/add_router_interface",
        "remove_router_interface_template": f"{root}/routers/{{id}}/remove_router_interface",
        "load_balancer": {
            **{f"{name}s": f"{root}/lb/{name}s" for name in _BALANCING},
            **{f"{name}_template": f"{root}/lb/{name}s/{{id}}" for name in _BALANCING},
            "pool_health_monitor": f"{root}/lb/pool_health_monitor",
        },
    }


def add_root_documents(router: Router) -> None:
    """Serve everything that is neither a collection nor below one."""
    for pattern, kind in (("/", "application"), ("/neutron", "neutron_root")):
        view = item_view(kind)
        router.add(pattern, Endpoint(kind=kind, offers=offers_of(view), handle=_nothing, admin=view.admin))
    for pattern, kind in (("/system_state", "system_state"), ("/write_version", "write_version")):
        offers = offers_of(item_view(kind))
        router.add(pattern, Endpoint(kind=kind, offers=offers, handle=partial(_singleton, kind), admin=True))
    versions = list_view("host_version")
    router.add(
        "/versions",
        Endpoint(
            kind="host_version",
            offers=(Offer(media_type(versions.type, 1)), *offers_of(versions)[1:]),
            handle=_host_versions,
            admin=True,
        ),
    )
    router.add(
        "/tenants",
        Endpoint(kind="tenant", offers=offers_of(list_view("tenant")), handle=_tenants, admin=True),
    )
    router.add("/tenants/{}", Endpoint(kind="tenant", offers=offers_of(item_view("tenant")), handle=_tenant))


def _nothing(_: Ask) -> Answer:
    """Root documents consist of links alone; the server makes them."""
    return {}


def _singleton(kind: str, ask: Ask) -> Answer:
    return ask.store.system_state if kind == "system_state" else ask.store.write_version


def _host_versions(ask: Ask) -> Answer:
    return ask.store.host_versions


def _tenants(ask: Ask) -> Answer:
    return list(ask.store.tenants.values())


def _tenant(ask: Ask) -> Answer:
    """With mock authentication every id names a tenant (old 1.6)."""
    tenant_id = ask.values[0]
    tenant = ask.store.tenants.get(tenant_id)
    if tenant is None:
        if not ask.store.any_tenant:
            raise not_found(f"No tenant with ID {tenant_id} exists.")
        return {"id": tenant_id, "name": tenant_id}
    return tenant
