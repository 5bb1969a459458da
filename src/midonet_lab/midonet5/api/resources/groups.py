"""Address groups and port groups (new 2.14)."""

from __future__ import annotations

import contextlib
import time
from contextlib import AbstractContextManager
from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    creator,
    deleter,
    get,
    is_id,
    lister,
    plain_view,
    reader,
    rewritten,
    updater,
    validate,
)
from midonet_lab.midonet5.api.replies import empty, entity, page
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
from midonet_lab.midonet5.api.store_values import Inconvertible, ip_from_store, ip_to_store
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import ConcurrentModification, StoredObject

_IP_GROUP = ("IpAddrGroup", 1)
_PORT_GROUP = ("PortGroup", 1)
_GROUP_LOST = ("service_group_ids",)


def add_groups(router: Router, tables: Tables) -> None:
    """``/ip_addr_groups`` and ``/port_groups``."""
    bean = tables["ip_addr_group"]
    view = plain_view(bean)
    router.add(
        "/ip_addr_groups",
        collection(
            _IP_GROUP,
            read=lister("IPAddrGroup", view),
            create=creator("/ip_addr_groups"),
            decode=decoder(bean),
            json=False,
        ),
    )
    router.add(
        "/ip_addr_groups/{}",
        single(
            _IP_GROUP,
            read=reader("IPAddrGroup", view),
            delete=deleter("IPAddrGroup"),
            decode=decoder(bean),
            json=False,
        ),
    )
    _add_addresses(router, tables)
    _add_port_groups(router, tables["port_group"])
    _add_members(router, tables["port_group_port"])


def _add_addresses(router: Router, tables: Tables) -> None:
    bean = tables["ip_addr_group_addr"]
    item, listed = media_types(("IpAddrGroupAddr", 1), json=False)
    router.add(
        "/ip_addr_groups/{}/ip_addrs",
        {
            "GET": Endpoint(handle=partial(_addresses, bean), offers=listed, annotated=True),
            "POST": Endpoint(
                handle=partial(_add_address, bean),
                accepts=item,
                decode=tables.group_addresses.decode,
                annotated=True,
            ),
        },
    )
    router.add(
        "/ip_addr_groups/{}/versions/{}/ip_addrs/{}",
        {
            "GET": Endpoint(handle=partial(_address, bean), offers=item, annotated=True),
            "DELETE": Endpoint(handle=_remove_address, annotated=True),
        },
    )


def _group(call: Call) -> StoredObject:
    group = call.site.find("IPAddrGroup", call.values[0]) if is_id(call.values[0]) else None
    if group is None:
        raise entity(404, f"IP addr group not found: {call.values[0]}")
    return group


def _shown(bean: Bean, call: Call, stored: StoredObject) -> Values:
    address = stored["ip_address"]
    version = 6 if address.get("version") == "V6" else 4
    values = {"addr": ip_from_store(address), "ipAddrGroupId": call.values[0], "version": version}
    return call.show(bean, values)


def _addresses(bean: Bean, call: Call) -> list[Values]:
    return [_shown(bean, call, stored) for stored in _group(call).get("ip_addr_ports", [])]


def _canonical(text: str) -> str | None:
    try:
        return ip_from_store(ip_to_store(text))
    except Inconvertible:
        return None


def _address(bean: Bean, call: Call) -> Values:
    wanted = _canonical(call.values[2])
    for stored in _group(call).get("ip_addr_ports", []):
        if ip_from_store(stored["ip_address"]) == wanted:
            return _shown(bean, call, stored)
    raise entity(404, f"The IP address group does not contain the specified address {call.values[2]}")


def _add_address(bean: Bean, call: Call) -> Created:
    """Read, change, write back without lock: two writers lose addresses (new 1.8)."""
    text = call.body["addr"]
    careless = call.site.options.quirks.careless
    if text is None:
        raise page("java.lang.NullPointerException") if careless else entity(400, None)
    try:
        address = ip_to_store(text)
    except Inconvertible as error:
        raise entity(400, str(error)) from error
    with _guard(call):
        group = _group(call)
        entries = group.get("ip_addr_ports", [])
        time.sleep(call.site.faults.group_window)
        if not any(ip_from_store(stored["ip_address"]) == text for stored in entries):
            _write(call, group | {"ip_addr_ports": [*entries, {"ip_address": address}]})
    group_id = call.body["ipAddrGroupId"]
    if group_id is None and not call.site.recent:  # stored; its Location cannot be built (new 1.10)
        raise page("java.lang.IllegalArgumentException: URI parameter is null")
    values = {"ipAddrGroupId": call.values[0], "version": call.body["version"], "addr": text}
    path = next(link for link in bean.links if link.name == "uri")
    return Created(path.uri("", values))


def _guard(call: Call) -> AbstractContextManager[object]:
    """The storage lock, which these writes only take when the stand-in is to be better than the real one."""
    return contextlib.nullcontext() if call.site.options.quirks.unsafe_groups else call.site.lock


def _write(call: Call, group: StoredObject) -> None:
    """What was read is not compared with what is there, only a collision at the very end is noticed."""
    transaction = call.zoom.transaction()
    try:
        transaction.update("IPAddrGroup", group)
        transaction.commit()
    except ConcurrentModification as error:
        raise page(f"java.util.ConcurrentModificationException: {error}") from error


def _remove_address(call: Call) -> None:
    with _guard(call):
        group = _group(call)
        wanted = _canonical(call.values[2])
        entries = group.get("ip_addr_ports", [])
        left = [stored for stored in entries if ip_from_store(stored["ip_address"]) != wanted]
        time.sleep(call.site.faults.group_window)
        if len(left) != len(entries):
            _write(call, group | {"ip_addr_ports": left})


def _add_port_groups(router: Router, bean: Bean) -> None:
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
        {
            "GET": Endpoint(handle=partial(_member, bean), offers=item),
            "PUT": Endpoint(accepts=item, decode=decoder(bean)),
            "DELETE": Endpoint(handle=_remove_member, locked=True),
        },
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
