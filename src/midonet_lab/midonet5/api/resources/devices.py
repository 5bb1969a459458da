"""Bridges and routers (new 2.3, 2.10)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    convert,
    deleter,
    lister,
    plain_view,
    settable,
    updater,
    validate,
    with_id,
)
from midonet_lab.midonet5.api.replies import entity
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import Call, Created, Router
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StoredObject, Transaction

_VXLAN = (
    "VXLAN port ID cannot be set directly. The VXLAN port is created or deleted in response to the creation "
    "or deletion of VTEP bindings."
)
_BRIDGE = ("Bridge", 4)
_ROUTER = ("Router", 3)
_TENANT = ("tenant_id", "tenant_id")
_OLD_TABLES = {
    "Network": ("bridges", ("mac_ports", "ip4_mac_map")),
    "Router": ("routers", ("routing_table",)),
}
"""5.0.2 makes these nodes and never removes them (new 1.10)."""


def add_devices(router: Router, tables: Tables) -> None:
    """``/bridges`` and ``/routers``."""
    bridge, routers = tables["bridge"], tables["router"]
    add_resource(
        router,
        "/bridges",
        _BRIDGE,
        bridge,
        create=_create,
        update=updater(bridge, lost=("vni", "dhcpv6_ids"), fix=_check_vxlan),
        delete=deleter("Network", unknown=404, before=_refuse_vxlan),
        listing=lister("Network", plain_view(bridge), _TENANT),
    )
    add_resource(
        router,
        "/routers",
        _ROUTER,
        routers,
        create=_create,
        update=updater(routers, lost=("vpn_service_ids",)),
        listing=lister("Router", plain_view(routers), _TENANT),
    )


def _create(call: Call) -> Created:
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    if values.get("vxLanPortIds") is not None:
        raise entity(400, _VXLAN)
    stored = settable(bean, convert(call, bean, values))
    top, names = _OLD_TABLES[bean.stored_class]
    transaction = call.zoom.transaction()
    transaction.create(bean.stored_class, stored)
    for name in () if call.site.recent else names:
        transaction.create_node(call.zoom.paths.below(top, values["id"], name))
    transaction.commit()
    return Created(f"/{top}/{values['id']}")


def _check_vxlan(_: Call, values: Values, old: StoredObject) -> None:
    ids = values["vxLanPortIds"]
    if ids is not None and sorted(ids) != sorted(old.get("vxlan_port_ids", [])):
        raise entity(400, _VXLAN)


def _refuse_vxlan(_: Call, __: Transaction, bridge: StoredObject) -> None:
    if bridge.get("vxlan_port_ids"):
        raise entity(409, "Cannot delete a bridge that has VTEP bindings.")
