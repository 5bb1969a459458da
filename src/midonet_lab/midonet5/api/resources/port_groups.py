"""Port groups and their members (new 2.14)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    creator,
    deleter,
    get,
    is_id,
    plain_view,
    reader,
    rewritten,
    updater,
    validate,
)
from midonet_lab.midonet5.api.replies import empty, entity
from midonet_lab.midonet5.api.resource_paths import list_member
from midonet_lab.midonet5.api.resources.ports import lost_fields
from midonet_lab.midonet5.api.routing import (
    Call,
    Created,
    Endpoint,
    Router,
    collection,
    decoder,
    media_types,
    single,
)
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StoredObject

_PORT_GROUP = ("PortGroup", 1)
_GROUP_LOST = ("service_group_ids",)


def add_port_groups(router: Router, tables: Tables) -> None:
    """``/port_groups``."""
    _add_groups(router, tables["port_group"])
    _add_members(router, tables["port_group_port"])


def _add_groups(router: Router, bean: Bean) -> None:
    view = plain_view(bean)
    router.add(
        "/port_groups",
        collection(
            _PORT_GROUP,
            read=partial(_port_groups, bean),
            create=creator("/port_groups"),
            decode=decoder(bean),
        ),
    )
    methods = single(
        _PORT_GROUP,
        read=reader("PortGroup", view),
        update=updater(bean, lost=_GROUP_LOST),
        delete=deleter("PortGroup"),
        decode=decoder(bean),
    )
    methods["GET"] = Endpoint(handle=reader("PortGroup", view), offers=methods["GET"].offers[:1])
    router.add("/port_groups/{}", methods)


def _port_groups(bean: Bean, call: Call) -> list[Values]:
    port_id = call.query.get("port_id")
    if port_id is not None:
        ids = get(call, "Port", port_id).get("port_group_ids", [])
    else:
        ids = call.zoom.ids("PortGroup")
    tenant = call.query.get("tenant_id")
    return [
        call.show(bean, bean.from_store(group))
        for group in call.site.several("PortGroup", ids)
        if tenant is None or group.get("tenant_id") == tenant
    ]


def _add_members(router: Router, bean: Bean) -> None:
    item, listed = media_types(("PortGroupPort", 1), json=True)
    router.add(
        "/port_groups/{}/ports",
        {
            "GET": Endpoint(handle=partial(_members, bean), offers=listed),
            "POST": Endpoint(handle=_add_member, accepts=item, decode=decoder(bean), locked=True),
        },
    )
    router.add(
        "/port_groups/{}/ports/{}",
        list_member(item, bean, read=partial(_member, bean), delete=_remove_member),
    )
    router.add(
        "/ports/{}/port_groups", {"GET": Endpoint(handle=partial(_groups_of, bean), offers=listed[:1])}
    )


def _shown_member(bean: Bean, call: Call, group_id: str, port_id: str) -> Values:
    return call.show(bean, {"portGroupId": group_id, "portId": port_id})


def _members(bean: Bean, call: Call) -> list[Values]:
    group = get(call, "PortGroup", call.values[0])
    return [_shown_member(bean, call, group["id"], port_id) for port_id in group.get("port_ids", [])]


def _groups_of(bean: Bean, call: Call) -> list[Values]:
    port = get(call, "Port", call.values[0])
    return [_shown_member(bean, call, group_id, port["id"]) for group_id in port.get("port_group_ids", [])]


def _member(bean: Bean, call: Call) -> Values:
    group = get(call, "PortGroup", call.values[0])
    if call.values[1] not in group.get("port_ids", []):
        raise entity(404, "Resource not found")
    return _shown_member(bean, call, group["id"], call.values[1])


def _add_member(call: Call) -> Created:
    validate(bean_of(call), call.body)
    port_id = call.body["portId"]
    group = get(call, "PortGroup", call.values[0])
    port = get(call, "Port", port_id)
    if port_id in group.get("port_ids", []):
        raise empty(409)
    groups = {"port_group_ids": [*port.get("port_group_ids", []), group["id"]]}
    _rewrite(call, port, groups)
    return Created(f"/port_groups/{group['id']}/ports/{port_id}")


def _rewrite(call: Call, port: StoredObject, groups: dict[str, list[str]]) -> None:
    transaction = call.zoom.transaction()
    transaction.update("Port", rewritten(call, port, groups, groups, lost_fields(call)))
    transaction.commit()


def _remove_member(call: Call) -> None:
    group = get(call, "PortGroup", call.values[0])
    port = call.site.find("Port", call.values[1]) if is_id(call.values[1]) else None
    if port is None or call.values[1] not in group.get("port_ids", []):
        raise empty(404)
    left = [group_id for group_id in port.get("port_group_ids", []) if group_id != group["id"]]
    _rewrite(call, port, {"port_group_ids": left})
