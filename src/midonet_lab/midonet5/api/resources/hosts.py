"""Hosts, their interfaces and the bindings of ports to them (new 2.2)."""

from __future__ import annotations

from functools import partial
from typing import Any

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import ZERO_ID, bean_of, convert, deleter, get, rewritten, validate
from midonet_lab.midonet5.api.host_state import alive_hosts
from midonet_lab.midonet5.api.replies import ApiError, Reply, empty, entity, null_pointer
from midonet_lab.midonet5.api.resource_paths import add_resource, list_member
from midonet_lab.midonet5.api.resources.ports import lost_fields
from midonet_lab.midonet5.api.routing import (
    Call,
    Created,
    Endpoint,
    Router,
    decoder,
    media_types,
)
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StoredObject, Transaction

_HOST = ("Host", 3)
_WEIGHTS = (
    ("floodingProxyWeight", "Flooding proxy weight"),
    ("containerWeight", "Container weight"),
    ("containerLimit", "Container limit"),
    ("enforceContainerLimit", "Enforce container limit"),
)


def add_hosts(router: Router, tables: Tables) -> None:
    """``/hosts``; hosts can be created in 5.2.1 only."""
    bean = tables["host"]
    add_resource(
        router,
        "/hosts",
        _HOST,
        bean,
        create=_create if tables.recent else None,
        update=_update,
        delete=deleter("Host", unknown=404, before=_refuse_used, answer=200),
        listing=partial(_list, bean),
        read=partial(_read, bean),
    )
    _, listed = media_types(("Interface", 1), json=True)
    item, _ = media_types(("Interface", 1), json=True)
    router.add("/hosts/{}/interfaces", {"GET": Endpoint(handle=_interfaces, offers=listed)})
    router.add("/hosts/{}/interfaces/{}", {"GET": Endpoint(handle=_interface, offers=item)})
    _add_bindings(router, tables["host_interface_port"])


def _add_bindings(router: Router, bean: Bean) -> None:
    item, listed = media_types(("HostInterfacePort", 1), json=True)
    router.add(
        "/hosts/{}/ports",
        {
            "GET": Endpoint(handle=partial(_bindings, bean), offers=listed[:1]),
            "POST": Endpoint(handle=_bind, accepts=item, decode=decoder(bean), locked=True),
        },
    )
    router.add(
        "/hosts/{}/ports/{}",
        list_member(item, bean, read=partial(_binding, bean), delete=_unbind),
    )


def _view(call: Call, bean: Bean, host: StoredObject, alive: bool) -> Values:
    if host.get("id") in {None, ZERO_ID}:  # its URI cannot be built (new 1.11)
        raise empty(500, close=True)
    values = bean.from_store(host)
    values["alive"] = alive
    return call.show(bean, values)


def _list(bean: Bean, call: Call) -> list[Values]:
    hosts = call.site.several("Host", call.zoom.ids("Host"))
    alive = alive_hosts(call, [host["id"] for host in hosts])
    return [_view(call, bean, host, host["id"] in alive) for host in hosts]


def _read(bean: Bean, call: Call) -> Values:
    host = get(call, "Host", call.values[0])
    return _view(call, bean, host, bool(alive_hosts(call, [call.values[0]])))


def _create(call: Call) -> Created:
    bean = bean_of(call)
    validate(bean, call.body)
    stored = convert(call, bean, call.body)
    missing = "id" not in stored
    if missing and not call.site.options.quirks.poison:
        raise entity(400, "A host needs an ID.")
    transaction = call.zoom.transaction()
    transaction.create("Host", stored | {"id": stored.get("id", ZERO_ID)})
    transaction.commit()
    return Created(None if missing else f"/hosts/{stored['id']}")


def _update(call: Call) -> Reply:
    """Only the weights; ranges are not looked at."""
    bean = bean_of(call)
    old = get(call, "Host", call.values[0])
    new: dict[str, Any] = {}
    for name, text in _WEIGHTS:
        if name not in bean.properties:
            continue
        if call.body[name] is None:
            raise entity(400, f"{text} must not be null.")
        new[bean.properties[name].stored] = call.body[name]
    transaction = call.zoom.transaction()
    transaction.update("Host", rewritten(call, old, new, new, ("host_group_ids",)))
    transaction.commit()
    return Reply(status=200)


def _refuse_used(call: Call, transaction: Transaction, host: StoredObject) -> None:
    host_id = host.get("id", ZERO_ID)
    if alive_hosts(call, [host_id]):
        raise entity(403, f"Cannot delete host {host_id} because it is alive.")
    bound = len(host.get("port_ids", []))
    if bound:
        raise entity(403, f"Cannot delete host {host_id} because it has {bound} binding(s).")
    for zone in call.site.several("TunnelZone", host.get("tunnel_zone_ids", [])):
        left = [member for member in zone.get("hosts", []) if member["host_id"] != host_id]
        ids = [member for member in zone.get("host_ids", []) if member != host_id]
        transaction.update("TunnelZone", zone | {"hosts": left, "host_ids": ids})


def _interfaces(_: Call) -> list[Values]:
    """Agents report them; there is no check of the host."""
    return []


def _interface(_: Call) -> Values:
    raise entity(404, "Interface not found")


def _shown(call: Call, bean: Bean, port: StoredObject, host_id: str) -> Values:
    return call.show(bean, bean.from_store(port) | {"hostId": host_id})


def _bindings(bean: Bean, call: Call) -> list[Values]:
    host = get(call, "Host", call.values[0])
    ports = call.site.several("Port", host.get("port_ids", []))
    return [_shown(call, bean, port, host["id"]) for port in ports if port.get("interface_name") is not None]


def _binding(bean: Bean, call: Call) -> Values:
    port = get(call, "Port", call.values[1])
    if port.get("host_id") != call.values[0]:
        raise entity(404, "Resource not found")
    return _shown(call, bean, port, call.values[0])


def _conflict(call: Call, message: str) -> ApiError:
    return entity(409 if call.site.recent else 400, message)


def _bind(call: Call) -> Created:
    """Order of the checks: host, zone, port, port unbound, interface free (new 2.2)."""
    host = get(call, "Host", call.values[0])
    port_id, name = call.body["portId"], call.body["interfaceName"]
    if not host.get("tunnel_zone_ids"):
        raise _conflict(call, "The specified host is not in any tunnel zone.")
    if port_id is None:
        raise null_pointer(500 if call.site.options.quirks.careless else 400)
    port = get(call, "Port", port_id)
    if port.get("interface_name") is not None:
        raise _conflict(call, f"Port {port_id} is already bound to an interface")
    bound = call.site.several("Port", host.get("port_ids", []))
    if name is not None and any(other.get("interface_name") == name for other in bound):
        raise _conflict(call, f"Interface {name} is already bound to a port.")
    new = {"host_id": host["id"]} | ({} if name is None else {"interface_name": name})
    transaction = call.zoom.transaction()
    transaction.update("Port", rewritten(call, port, new, new, lost_fields(call)))
    transaction.commit()
    return Created(f"/hosts/{host['id']}/ports/{port_id}")


def _unbind(call: Call) -> None:
    """Whatever host it is bound to, if any."""
    port = get(call, "Port", call.values[1])
    transaction = call.zoom.transaction()
    transaction.update("Port", rewritten(call, port, {}, ("host_id", "interface_name"), lost_fields(call)))
    transaction.commit()
