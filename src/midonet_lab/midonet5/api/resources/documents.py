"""The root document, tenants and the system state (new 1.2, 2.22)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.replies import Reply, empty, entity
from midonet_lab.midonet5.api.routing import Call, Endpoint, Router, media_types
from midonet_lab.midonet5.api.tables import Tables

_RESOURCES = (
    ("bridges", "bridges", "bridgeTemplate"),
    ("chains", "chains", "chainTemplate"),
    ("healthMonitors", "health_monitors", "healthMonitorTemplate"),
    ("hosts", "hosts", "hostTemplate"),
    ("ipAddrGroups", "ip_addr_groups", "ipAddrGroupTemplate"),
    ("l2insertions", "l2insertions", "l2InsertionTemplate"),
    ("loadBalancers", "load_balancers", "loadBalancerTemplate"),
    ("mirrors", "mirrors", "mirrorTemplate"),
    ("neutron", "neutron", ""),
    ("poolMembers", "pool_members", "poolMemberTemplate"),
    ("pools", "pools", "poolTemplate"),
    ("portGroups", "port_groups", "portGroupTemplate"),
    ("ports", "ports", "portTemplate"),
    ("routers", "routers", "routerTemplate"),
    ("serviceContainerGroups", "service_container_groups", "serviceContainerGroupTemplate"),
    ("serviceContainers", "service_containers", "serviceContainerTemplate"),
    ("systemState", "system_state", ""),
    ("tenants", "tenants", "tenantTemplate"),
    ("traceRequests", "traces", "traceRequestTemplate"),
    ("tunnelZones", "tunnel_zones", "tunnelZoneTemplate"),
    ("vips", "vips", "vipTemplate"),
    ("vteps", "vteps", "vtepTemplate"),
)
_ONLY_ITEMS = (
    ("bgpNetworkTemplate", "bgp_networks"),
    ("bgpPeerTemplate", "bgp_peers"),
    ("routeTemplate", "routes"),
    ("ruleTemplate", "rules"),
)
_STATE = {"state": "ACTIVE", "availability": "READWRITE", "version": "5.0.0", "information": None}
_TENANT_WRITE = "Tenants cannot be created, updated or deleted via the REST API."


def add_documents(router: Router, tables: Tables) -> None:
    """``/``, ``/tenants``, ``/system_state``."""
    root, _ = media_types(("Application", 5), json=True)
    plain_first = tuple(reversed(root))
    router.add("/", {"GET": Endpoint(handle=_root, offers=plain_first, annotated=True)})
    state, _ = media_types(("SystemState", 2), json=True)
    router.add(
        "/system_state",
        {"GET": Endpoint(handle=lambda _: dict(_STATE), offers=state, annotated=True)},
    )
    bean = tables["tenant"]
    item, listed = media_types(("Tenant", 2), json=False)
    refuse = {
        method: Endpoint(handle=_refuse, accepts=(), annotated=True) for method in ("POST", "PUT", "DELETE")
    }
    router.add(
        "/tenants",
        {"GET": Endpoint(handle=partial(_tenants, bean), offers=listed, annotated=True), **refuse},
    )
    router.add(
        "/tenants/{}",
        {"GET": Endpoint(handle=partial(_tenant, bean), offers=item, annotated=True), **refuse},
    )


def _root(call: Call) -> Values:
    base = call.base
    document: Values = {"uri": f"{base}/", "version": "v5.0"}
    for name, path in _ONLY_ITEMS:
        document[name] = f"{base}/{path}/{{id}}"
    for name, path, template in _RESOURCES:
        if path.startswith("service_container") and not call.site.recent:
            continue
        document[name] = f"{base}/{path}"
        if template:
            document[template] = f"{base}/{path}/{{id}}"
    return document


def _refuse(_: Call) -> Reply:
    raise entity(405, _TENANT_WRITE)


def _tenants(bean: Bean, call: Call) -> list[Values]:
    return [
        call.show(
            bean,
            {
                "id": tenant.id,
                "name": tenant.name,
                "description": tenant.description,
                "enabled": tenant.enabled,
            },
        )
        for tenant in call.site.options.tenants
    ]


def _tenant(bean: Bean, call: Call) -> Values:
    for shown in _tenants(bean, call):
        if shown["id"] == call.values[0]:
            return shown
    raise empty(404)
