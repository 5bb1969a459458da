"""Tunnel zones and their members (new 2.1)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    creator,
    deleter,
    get,
    updater,
    validate,
)
from midonet_lab.midonet5.api.replies import empty, entity
from midonet_lab.midonet5.api.resource_paths import add_resource, list_member
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

_ZONE = ("TunnelZone", 1)


def add_tunnel_zones(router: Router, tables: Tables) -> None:
    """``/tunnel_zones``."""
    bean = tables["tunnel_zone"]
    add_resource(
        router,
        "/tunnel_zones",
        _ZONE,
        bean,
        create=creator("/tunnel_zones", fix=_refuse_known_name),
        update=updater(bean, fix=lambda call, values, _: _refuse_known_name(call, values)),
        delete=deleter("TunnelZone", before=_refuse_used),
    )
    _add_members(router, tables["tunnel_zone_host"])


def _add_members(router: Router, bean: Bean) -> None:
    items, lists = _types()
    router.add(
        "/tunnel_zones/{}/hosts",
        {
            "GET": Endpoint(handle=partial(_members, bean), offers=lists, annotated=True),
            "POST": Endpoint(
                handle=_add_member, accepts=items, decode=decoder(bean), annotated=True, locked=True
            ),
        },
    )
    router.add(
        "/tunnel_zones/{}/hosts/{}",
        list_member(items, bean, read=partial(_member, bean), delete=_remove_member, annotated=True),
    )


def _types() -> tuple[tuple[str, ...], tuple[str, ...]]:
    own, alias = (media_types((name, 1), json=False) for name in ("TunnelZoneHost", "GreTunnelZoneHost"))
    return own[0] + alias[0], own[1] + alias[1]


def _refuse_known_name(call: Call, values: Values) -> None:
    """Exact match over all zones, on PUT the zone itself too."""
    for zone in call.site.several("TunnelZone", call.zoom.ids("TunnelZone")):
        if zone.get("name") == values["name"]:
            raise entity(409, "Tunnel zone name already exists.")


def _refuse_used(call: Call, _: Transaction, zone: StoredObject) -> None:
    for vtep in call.site.several("Vtep", call.zoom.ids("Vtep")):
        if vtep.get("tunnel_zone_id") == zone["id"]:
            raise entity(409, f"Tunnel zone {zone['id']} is used by VTEP {vtep['id']}.")


def _shown(call: Call, bean: Bean, zone: StoredObject, member: StoredObject) -> Values:
    return call.show(bean, bean.from_store(member) | {"tunnelZoneId": zone["id"]})


def _members(bean: Bean, call: Call) -> list[Values]:
    zone = get(call, "TunnelZone", call.values[0])
    return [_shown(call, bean, zone, member) for member in zone.get("hosts", [])]


def _member(bean: Bean, call: Call) -> Values:
    zone = get(call, "TunnelZone", call.values[0])
    for member in zone.get("hosts", []):
        if member["host_id"] == call.values[1]:
            return _shown(call, bean, zone, member)
    raise entity(404, "Resource not found")


def _add_member(call: Call) -> Created:
    bean = bean_of(call)
    validate(bean, call.body)
    zone = get(call, "TunnelZone", call.values[0])
    host_id = call.body["hostId"]
    if any(member["host_id"] == host_id for member in zone.get("hosts", [])):
        raise empty(409)
    transaction = call.zoom.transaction()
    changed = zone | {
        "hosts": [*zone.get("hosts", []), bean.to_store(call.body)],
        "host_ids": [*zone.get("host_ids", []), host_id],
    }
    transaction.update("TunnelZone", changed)
    transaction.commit()
    return Created(f"/tunnel_zones/{zone['id']}/hosts/{host_id}")


def _remove_member(call: Call) -> None:
    zone = get(call, "TunnelZone", call.values[0])
    hosts = zone.get("hosts", [])
    left = [member for member in hosts if member["host_id"] != call.values[1]]
    if len(left) == len(hosts):
        raise empty(404)
    transaction = call.zoom.transaction()
    ids = [host_id for host_id in zone.get("host_ids", []) if host_id != call.values[1]]
    transaction.update("TunnelZone", zone | {"hosts": left, "host_ids": ids})
    transaction.commit()
