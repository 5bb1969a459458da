"""Ports (new 2.4, 2.5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Family, Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    convert,
    deleter,
    get,
    is_id,
    reader,
    rewritten,
    settable,
    validate,
    with_id,
)
from midonet_lab.midonet5.api.host_state import active_ports
from midonet_lab.midonet5.api.replies import entity, page
from midonet_lab.midonet5.api.routing import Call, Created, Router, collection, single
from midonet_lab.midonet5.api.store_values import Inconvertible, mac_number
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import NotFound, StoredObject, Transaction

PORT = ("Port", 3)
PORT_LOST = ("dhcp_id", "vip_ids", "tunnel_ip", "remote_mac_entry_ids")
"""Fields the DTO lacks (new 1.8.1); 5.0.2 lacks ``fip_nat_rule_ids`` too."""
_ONCE_SET = {"hostId": "host_id", "interfaceName": "interface_name", "peerId": "peer_id"}
"""Neither cleared nor changed by PUT once they are set."""
_MODELS = "org.midonet.cluster.rest_api.models."


def lost_fields(call: Call) -> tuple[str, ...]:
    """What a write through the DTO clears in this version."""
    return PORT_LOST if call.site.recent else (*PORT_LOST, "fip_nat_rule_ids")


def port_kind(port: StoredObject) -> str:
    """Which class of DTO a stored port has."""
    if port.get("vtep_id") is not None:
        return "Vxlan"
    return "Router" if port.get("router_id") is not None else "Bridge"


def port_view(call: Call, port: StoredObject) -> Values:
    """A port as it is shown."""
    return port_views(call, [port])[0]


def port_views(call: Call, ports: Sequence[StoredObject]) -> list[Values]:
    """Ports as they are shown."""
    active = active_ports(call, ports)
    shown = []
    for port in ports:
        kind = port_kind(port)
        bean = call.site.tables.ports.members[kind]
        values = bean.from_store(port)
        values["type"] = kind
        values["active"] = port.get("id") in active
        shown.append(call.show(bean, values))
    return shown


def add_ports(router: Router, tables: Tables) -> None:
    """``/ports`` and the ports of devices."""
    family = tables.ports
    router.add("/ports", collection(PORT, read=_all_ports, decode=family.decode))
    router.add(
        "/ports/{}",
        single(
            PORT,
            read=reader("Port", port_view),
            update=partial(_update, family),
            delete=deleter("Port", unknown=404, before=_refuse_vxlan),
            decode=family.decode,
        ),
    )
    for path, parent in (("/bridges", "Network"), ("/routers", "Router")):
        router.add(
            path + "/{}/ports",
            collection(
                PORT,
                read=partial(_ports_of, parent),
                create=_create_bridge_port if parent == "Network" else _create_router_port,
                decode=family.decode,
            ),
        )
        router.add(path + "/{}/peer_ports", collection(PORT, read=partial(_peers_of, parent)))
    router.add("/bridges/{}/vxlan_ports", collection(PORT, read=_vxlan_ports))


def _all_ports(call: Call) -> list[Values]:
    return port_views(call, call.site.several("Port", call.zoom.ids("Port")))


def _ports_of(parent: str, call: Call) -> list[Values]:
    owner = get(call, parent, call.values[0])
    return port_views(call, call.site.several("Port", owner.get("port_ids", [])))


def _peers_of(parent: str, call: Call) -> list[Values]:
    owner = get(call, parent, call.values[0])
    ports = call.site.several("Port", owner.get("port_ids", []))
    peers = [port["peer_id"] for port in ports if port.get("peer_id") is not None]
    return port_views(call, call.site.several("Port", peers))


def _vxlan_ports(call: Call) -> list[Values]:
    bridge = get(call, "Network", call.values[0])
    return port_views(call, call.site.several("Port", bridge.get("vxlan_port_ids", [])))


def _create_bridge_port(call: Call) -> Created:
    bean = bean_of(call)
    if bean.name != "BridgePort":
        raise entity(400, "Not a bridge port.")
    port, transaction = _create(call, bean, "network_id", "Network")
    transaction.commit()
    return Created(f"/ports/{port['id']}")


def _create_router_port(call: Call) -> Created:
    bean = bean_of(call)
    if bean.name != "RouterPort":
        raise page(
            f"java.lang.IllegalArgumentException: Class {_MODELS}{bean.name} is not assignable to "
            f"{_MODELS}RouterPort"
        )
    if call.body["portMac"] is None:
        octets = [0xAC, 0xCA, 0xBA, *(call.site.random.randrange(256) for _ in range(3))]
        call.body["portMac"] = ":".join(f"{octet:02x}" for octet in octets)
    port, transaction = _create(call, bean, "router_id", "Router")
    transaction.create("Route", _local_route(port))
    transaction.commit()
    return Created(f"/ports/{port['id']}")


def _create(call: Call, bean: Bean, owner: str, parent: str) -> tuple[StoredObject, Transaction]:
    values = with_id(call.body)
    validate(bean, values)
    _check_mac(call, values)
    stored = settable(bean, convert(call, bean, values)) | {owner: call.values[0]}
    stored["tunnel_key"] = call.zoom.next_of_sequence("overlay_tunnel_key")
    if not is_id(call.values[0]):
        raise NotFound(parent, call.values[0])
    transaction = call.zoom.transaction()
    transaction.create("Port", stored)
    return stored, transaction


def _check_mac(call: Call, values: Values) -> None:
    """The real server stores whatever is sent (new 1.11)."""
    mac = values.get("portMac")
    if mac is not None and not call.site.options.quirks.poison:
        try:
            mac_number(mac)
        except Inconvertible as error:
            raise entity(400, str(error)) from error


def _local_route(port: StoredObject) -> StoredObject:
    """Made with a router port; does not follow later changes of its address."""
    return {
        "id": str(uuid.uuid4()),
        "src_subnet": {"version": "V4", "address": "0.0.0.0", "prefix_length": 0},
        "dst_subnet": port["port_address"] | {"prefix_length": 32},
        "next_hop": "LOCAL",
        "next_hop_port_id": port["id"],
        "next_hop_gateway": {"version": "V4", "address": "255.255.255.255"},
        "weight": 0,
    }


def _update(family: Family, call: Call) -> None:
    bean = bean_of(call)
    old = get(call, "Port", call.values[0])
    stored_bean = family.members[port_kind(old)]
    if bean is not stored_bean:
        raise entity(500, f"{_MODELS}{stored_bean.name} cannot be cast to {_MODELS}{bean.name}")
    values = {**call.body, "id": call.values[0]}
    validate(bean, values)
    _check_mac(call, values)
    own = {prop.stored for prop in bean.properties.values() if not prop.settable}
    new = settable(bean, convert(call, bean, values))
    for field in _ONCE_SET.values():
        if old.get(field) is not None:
            new[field] = old[field]
    transaction = call.zoom.transaction()
    transaction.update("Port", rewritten(call, old, new, bean.fields - own, lost_fields(call)))
    transaction.commit()


def _refuse_vxlan(_: Call, __: Transaction, port: StoredObject) -> None:
    if port_kind(port) == "Vxlan":
        raise entity(409, "VXLAN ports are deleted with their VTEP bindings.")
