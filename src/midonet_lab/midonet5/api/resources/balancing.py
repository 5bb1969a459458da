"""Layer-4 load balancing (new 2.16)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    View,
    bean_of,
    children,
    convert,
    creator,
    deleter,
    get,
    lister,
    plain_view,
    settable,
    updater,
    validate,
    with_id,
)
from midonet_lab.midonet5.api.replies import empty, entity, null_pointer, pending
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import Call, Created, Router, collection, decoder
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StoredObject, Transaction

_BALANCER, _POOL, _MEMBER = ("LoadBalancer", 1), ("Pool", 1), ("PoolMember", 1)
_VIP, _MONITOR = ("VIP", 1), ("HealthMonitor", 1)
_SETTLED = frozenset({None, "ACTIVE", "INACTIVE", "ERROR"})
_ROUTER_ON_CREATION = (
    "A load balancer's router ID must be null at creation. To associate a router with a load balancer, first "
    "create the load balancer with null router ID and then update the router's load balancer ID."
)


def add_balancing(router: Router, tables: Tables) -> None:
    """Balancers, pools, members, VIPs and health monitors."""
    pool, member, vip = tables["pool"], tables["pool_member"], tables["vip"]
    pool_view, member_view = plain_view(pool), plain_view(member)
    vip_view = partial(_vip_view, vip)
    _add_balancers(router, tables["load_balancer"])
    _add_monitors(router, tables["health_monitor"])
    _add_pools(router, pool, pool_view)
    add_resource(
        router,
        "/pool_members",
        _MEMBER,
        member,
        create=partial(_create, "/pool_members"),
        update=updater(member, fix=_keep_member),
    )
    add_resource(
        router,
        "/vips",
        _VIP,
        vip,
        create=_create_vip,
        update=updater(vip, lost=("gateway_port_id",), fix=_check_pool_of_vip),
        view=vip_view,
    )
    nested = children("Pool", "pool_member_ids", "PoolMember", member_view)
    create_member = partial(_create, "/pool_members")
    router.add(
        "/pools/{}/pool_members",
        collection(_MEMBER, read=nested, create=create_member, decode=decoder(member)),
    )
    router.add(
        "/load_balancers/{}/pools/{}/pool_members",
        collection(
            _MEMBER, read=partial(_members_below, member_view), create=create_member, decode=decoder(member)
        ),
    )
    router.add(
        "/pools/{}/vips",
        collection(
            _VIP, read=children("Pool", "vip_ids", "Vip", vip_view), create=_create_vip, decode=decoder(vip)
        ),
    )
    router.add(
        "/load_balancers/{}/vips",
        collection(_VIP, read=partial(_vips_of_balancer, vip_view), create=_refuse_vip, decode=decoder(vip)),
    )


def _add_balancers(router: Router, bean: Bean) -> None:
    add_resource(
        router,
        "/load_balancers",
        _BALANCER,
        bean,
        create=creator("/load_balancers", fix=_refuse_router),
        update=updater(bean, fix=_keep_router),
    )


def _add_monitors(router: Router, bean: Bean) -> None:
    add_resource(
        router,
        "/health_monitors",
        _MONITOR,
        bean,
        create=partial(_create, "/health_monitors"),
        update=updater(bean),
    )


def _add_pools(router: Router, bean: Bean, view: View) -> None:
    add_resource(
        router,
        "/pools",
        _POOL,
        bean,
        create=_create_pool,
        update=_update_pool,
        delete=deleter("Pool", before=_refuse_pending_deletion),
        listing=lister("Pool", view, ("hm_id", "health_monitor_id")),
    )
    for parent, path in (("LoadBalancer", "/load_balancers"), ("HealthMonitor", "/health_monitors")):
        router.add(
            path + "/{}/pools",
            collection(
                _POOL,
                read=children(parent, "pool_ids", "Pool", view),
                create=_create_pool if parent == "LoadBalancer" else None,
                decode=decoder(bean),
            ),
        )


def _refuse_router(_: Call, values: Values) -> None:
    if values["routerId"] is not None:
        raise entity(400, _ROUTER_ON_CREATION)


def _keep_router(_: Call, values: Values, old: StoredObject) -> None:
    if values["routerId"] != old.get("router_id"):
        raise entity(400, "Router cannot be modified")


def _create(path: str, call: Call) -> Created:
    """Members and health monitors: up and active whatever the body says."""
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    stored = settable(bean, convert(call, bean, values)) | {"admin_state_up": True, "status": "ACTIVE"}
    _store(call, bean.stored_class, stored)
    return Created(f"{path}/{values['id']}")


def _store(call: Call, class_name: str, stored: StoredObject) -> None:
    transaction = call.zoom.transaction()
    transaction.create(class_name, stored)
    transaction.commit()


def _keep_member(_: Call, values: Values, old: StoredObject) -> None:
    """Address and port cannot be changed."""
    values["address"] = old["address"]["address"]
    values["protocolPort"] = old.get("protocol_port", 0)


def _create_pool(call: Call) -> Created:
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    values["protocol"] = "TCP"
    stored = settable(bean, convert(call, bean, values)) | {"status": "ACTIVE"}
    stored["mapping_status"] = "ACTIVE" if values["healthMonitorId"] is None else "PENDING_CREATE"
    _store(call, "Pool", stored)
    return Created(f"/pools/{values['id']}")


def _refuse_pending(pool: StoredObject) -> None:
    status = pool.get("mapping_status")
    if status not in _SETTLED:
        raise pending(f"The mapping between the health monitor and the pool is being processed ({status}).")


def _refuse_pending_deletion(_: Call, __: Transaction, pool: StoredObject) -> None:
    _refuse_pending(pool)


def _update_pool(call: Call) -> None:
    """A change of the health monitor locks the pool until an agent has seen it."""
    bean = bean_of(call)
    old = get(call, "Pool", call.values[0])
    values = {**call.body, "id": call.values[0], "protocol": "TCP"}
    validate(bean, values)
    _refuse_pending(old)
    new = settable(bean, convert(call, bean, values))
    before, after = old.get("health_monitor_id"), values["healthMonitorId"]
    status = old.get("mapping_status", "ACTIVE")
    if before != after:
        status = "PENDING_CREATE" if before is None else "PENDING_UPDATE" if after else "PENDING_DELETE"
    kept = {field: value for field, value in old.items() if field not in bean.fields or field == "status"}
    transaction = call.zoom.transaction()
    transaction.update("Pool", kept | new | {"mapping_status": status})
    transaction.commit()


def _vip_view(bean: Bean, call: Call, vip: StoredObject) -> Values:
    values = bean.from_store(vip)
    pool = call.site.find("Pool", vip["pool_id"]) if vip.get("pool_id") else None
    values["loadBalancerId"] = None if pool is None else pool.get("load_balancer_id")
    return call.show(bean, values)


def _create_vip(call: Call) -> Created:
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    _check_pool_of_vip(call, values, {})
    _store(call, "Vip", settable(bean, convert(call, bean, values)))
    return Created(f"/vips/{values['id']}")


def _refuse_vip(_: Call) -> Created:
    """Refused in both versions, unlike other methods that are not offered."""
    raise empty(405)


def _check_pool_of_vip(call: Call, values: Values, _: StoredObject) -> None:
    if call.site.find("Pool", values["poolId"]) is None:
        raise null_pointer(400)


def _members_below(view: View, call: Call) -> list[Values]:
    pool = get(call, "Pool", call.values[1])
    return [view(call, member) for member in call.site.several("PoolMember", pool.get("pool_member_ids", []))]


def _vips_of_balancer(view: View, call: Call) -> list[Values]:
    balancer = get(call, "LoadBalancer", call.values[0])
    ids: list[str] = []
    for pool in call.site.several("Pool", balancer.get("pool_ids", [])):
        ids += pool.get("vip_ids", [])
    return [view(call, vip) for vip in call.site.several("Vip", ids)]
