"""Address groups (new 2.14)."""

from __future__ import annotations

import contextlib
import time
from contextlib import AbstractContextManager
from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    creator,
    is_id,
)
from midonet_lab.midonet5.api.replies import entity, page
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import (
    Call,
    Created,
    Endpoint,
    Router,
    media_types,
)
from midonet_lab.midonet5.api.store_values import Inconvertible, ip_from_store, ip_to_store
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import ConcurrentModification, StoredObject

_IP_GROUP = ("IpAddrGroup", 1)


def add_address_groups(router: Router, tables: Tables) -> None:
    """``/ip_addr_groups``."""
    bean = tables["ip_addr_group"]
    add_resource(router, "/ip_addr_groups", _IP_GROUP, bean, create=creator("/ip_addr_groups"), json=False)
    _add_addresses(router, tables)


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
    named = call.values[0] if call.site.recent else group_id
    values = {"ipAddrGroupId": named, "version": call.body["version"], "addr": text}
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
