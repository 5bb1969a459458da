"""VTEPs, their ports and bindings (new 2.17), with the switches that the options describe."""

from __future__ import annotations

import time
import uuid
from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import (
    bean_of,
    convert,
    deleter,
    get,
    settable,
    validate,
    with_id,
)
from midonet_lab.midonet5.api.options import Switch
from midonet_lab.midonet5.api.replies import ApiError, entity, pending
from midonet_lab.midonet5.api.resource_paths import add_resource
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

_VTEP = ("VTEP", 2)
_MASKS = (0xFFFFFFFFFFFF0FFF << 64) | 0x3FFFFFFFFFFFFFFF


def add_vteps(router: Router, tables: Tables) -> None:
    """``/vteps``."""
    bean = tables["vtep"]
    add_resource(
        router,
        "/vteps",
        _VTEP,
        bean,
        create=_create,
        delete=deleter("Vtep", unknown=404, before=_refuse_bound),
        view=partial(_view, bean),
    )
    _add_bindings(router, tables["vtep_binding"])
    item, listed = media_types(("VTEPPort", 1), json=False)
    port = tables["vtep_port"]
    router.add(
        "/vteps/{}/ports", {"GET": Endpoint(handle=partial(_ports, port), offers=listed, annotated=True)}
    )
    router.add(
        "/vteps/{}/ports/{}", {"GET": Endpoint(handle=partial(_port, port), offers=item, annotated=True)}
    )


def _add_bindings(router: Router, bean: Bean) -> None:
    item, listed = media_types(("VTEPBinding", 2), json=True)
    router.add(
        "/vteps/{}/bindings",
        {
            "GET": Endpoint(handle=partial(_bindings, bean), offers=listed, annotated=True),
            "POST": Endpoint(handle=_bind, accepts=item, decode=decoder(bean), annotated=True),
        },
    )
    router.add(
        "/vteps/{}/bindings/{}/{}",
        {
            "GET": Endpoint(handle=partial(_binding, bean), offers=item, annotated=True),
            "DELETE": Endpoint(handle=_unbind, annotated=True),
        },
    )
    router.add(
        "/bridges/{}/ports/{}/vtep_bindings",
        {"GET": Endpoint(handle=partial(_bindings_of_port, bean), offers=listed, annotated=True)},
    )


def _address(vtep: StoredObject) -> str:
    return f"{vtep['management_ip']['address']}:{vtep.get('management_port', 0)}"


def _switch(call: Call, address: str) -> Switch | None:
    """The switch, if it can be reached now."""
    switch = call.site.switches.get(address)
    return switch if switch is not None and switch.state == "ready" else None


def _view(bean: Bean, call: Call, vtep: StoredObject) -> Values:
    values = bean.from_store(vtep)
    switch = _switch(call, _address(vtep))
    values |= {
        "name": switch.name if switch else None,
        "description": switch.description if switch else None,
        "connectionState": "connected" if switch else "disconnected",
        "tunnelIpAddrs": list(switch.tunnel_addresses) if switch else [],
    }
    return call.show(bean, values)


def _create(call: Call) -> Created:
    """The storage lock is held while the switch is asked (new 1.11)."""
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    zone = call.site.find("TunnelZone", values["tunnelZoneId"]) if values["tunnelZoneId"] else None
    if zone is None:
        raise entity(400, "Tunnel zone ID is not valid.")
    if zone.get("type") != "VTEP":
        raise entity(400, "Tunnel zone is not of type VTEP.")
    address = values["managementIp"]
    for other in call.site.several("Vtep", call.zoom.ids("Vtep")):
        if other["management_ip"]["address"] == address:
            raise entity(409, f"VTEP with management IP {address} already exists.")
    switch = _connect(call, f"{address}:{values['managementPort']}")
    for zone in call.site.several("TunnelZone", call.zoom.ids("TunnelZone")):
        for member in zone.get("hosts", []):
            if member["ip"]["address"] in {address, *switch.tunnel_addresses}:
                raise entity(409, f"The VTEP uses the address of host {member['host_id']}.")
    transaction = call.zoom.transaction()
    transaction.create("Vtep", settable(bean, convert(call, bean, values)))
    transaction.commit()
    return Created(f"/vteps/{values['id']}")


def _connect(call: Call, address: str) -> Switch:
    switch = call.site.switches.get(address)
    if switch is None or switch.state == "refuses":
        raise entity(500, f"VTEP {address} - VTEP {address} is not connected")
    if switch.state == "silent":
        time.sleep(call.site.options.read_seconds)
        raise pending("Resource read timeout" if call.site.recent else "Timeout")
    if switch.state == "no_physical_switch":
        raise pending(f"No physical switch is configured at VTEP {address}.")
    return switch


def _refuse_bound(_: Call, __: Transaction, vtep: StoredObject) -> None:
    if vtep.get("bindings"):
        raise entity(400, f"VTEP {vtep['id']} still has bindings.")


def _shown(bean: Bean, call: Call, vtep: StoredObject, binding: StoredObject) -> Values:
    return call.show(bean, bean.from_store(binding) | {"vtepId": vtep["id"]})


def _bindings(bean: Bean, call: Call) -> list[Values]:
    vtep = get(call, "Vtep", call.values[0])
    return [_shown(bean, call, vtep, binding) for binding in vtep.get("bindings", [])]


def _bindings_of_port(bean: Bean, call: Call) -> list[Values]:
    port = get(call, "Port", call.values[1])
    vtep = get(call, "Vtep", port.get("vtep_id", ""))
    wanted = call.values[0]
    return [
        _shown(bean, call, vtep, binding)
        for binding in vtep.get("bindings", [])
        if binding["network_id"] == wanted
    ]


def _is_named(call: Call, binding: StoredObject) -> bool:
    return binding["port_name"] == call.values[1] and str(binding.get("vlan_id", 0)) == call.values[2]


def _no_binding() -> ApiError:
    return entity(404, "The specified VTEP does not have the specified binding.")


def _binding(bean: Bean, call: Call) -> Values:
    vtep = get(call, "Vtep", call.values[0])
    for binding in vtep.get("bindings", []):
        if _is_named(call, binding):
            return _shown(bean, call, vtep, binding)
    raise _no_binding()


def _bind(call: Call) -> Created:
    bean = bean_of(call)
    validate(bean, call.body)
    vtep = call.site.find("Vtep", call.values[0])
    if vtep is None:
        raise entity(400, f"There is no Vtep with ID {call.values[0]}.")
    network_id, name, vlan = call.body["networkId"], call.body["portName"], call.body["vlanId"]
    bridge = call.site.find("Network", network_id)
    if bridge is None:
        raise entity(400, f"There is no Network with ID {network_id}.")
    switch = _connect(call, _address(vtep))
    if name not in switch.ports:
        raise entity(404, f"The VTEP has no physical port {name}.")
    values = call.body | {"vtepId": vtep["id"]}
    uri = next(link for link in bean.links if link.name == "uri").uri("", values)
    for binding in vtep.get("bindings", []):
        if binding["port_name"] == name and binding.get("vlan_id", 0) == vlan:
            if binding["network_id"] != network_id:
                raise entity(409, f"Port {name} and VLAN {vlan} are already bound to another bridge.")
            return Created(uri)
    transaction = call.zoom.transaction(read_own_writes=True)
    stored = bean.to_store(call.body)
    transaction.update("Vtep", vtep | {"bindings": [*vtep.get("bindings", []), stored]})
    port_id = vxlan_port_id(vtep["id"], network_id)
    if port_id not in bridge.get("vxlan_port_ids", []):
        if "vni" not in bridge:
            bridge = bridge | {"vni": call.zoom.next_of_sequence("vxgw_tunnel_key")}
        ids = [*bridge.get("vxlan_port_ids", []), port_id]
        transaction.update("Network", bridge | {"vxlan_port_ids": ids})
        port = {"id": port_id, "network_id": network_id, "vtep_id": vtep["id"], "admin_state_up": True}
        transaction.create("Port", port)
    transaction.commit()
    return Created(uri)


def _unbind(call: Call) -> None:
    """With the last binding of a bridge its VXLAN port goes too."""
    vtep = get(call, "Vtep", call.values[0])
    bindings = vtep.get("bindings", [])
    left = [binding for binding in bindings if not _is_named(call, binding)]
    if len(left) == len(bindings):
        raise _no_binding()
    network_id = next(binding["network_id"] for binding in bindings if _is_named(call, binding))
    transaction = call.zoom.transaction(read_own_writes=True)
    transaction.update("Vtep", vtep | {"bindings": left})
    if all(binding["network_id"] != network_id for binding in left):
        port_id = vxlan_port_id(vtep["id"], network_id)
        bridge = call.site.find("Network", network_id)
        if bridge is not None:
            ids = [other for other in bridge.get("vxlan_port_ids", []) if other != port_id]
            transaction.update("Network", bridge | {"vxlan_port_ids": ids})
        transaction.delete("Port", port_id, ignore_missing=True)
    transaction.commit()


def vxlan_port_id(vtep_id: str, bridge_id: str) -> str:
    """Derived, with version and variant bits of the VTEP's id (new 2.5)."""
    return str(uuid.UUID(int=uuid.UUID(vtep_id).int ^ (uuid.UUID(bridge_id).int & _MASKS)))


def _shown_port(bean: Bean, call: Call, vtep: StoredObject, name: str, switch: Switch) -> Values:
    values = {"name": name, "description": switch.ports[name], "vtepId": vtep["id"]}
    shown = call.show(bean, values)
    shown.pop("vtepId")
    return shown


def _ports(bean: Bean, call: Call) -> list[Values]:
    vtep = get(call, "Vtep", call.values[0])
    switch = _connect(call, _address(vtep))
    return [_shown_port(bean, call, vtep, name, switch) for name in switch.ports]


def _port(bean: Bean, call: Call) -> Values:
    vtep = get(call, "Vtep", call.values[0])
    switch = _connect(call, _address(vtep))
    if call.values[1] not in switch.ports:
        raise entity(404, f"The VTEP has no physical port {call.values[1]}.")
    return _shown_port(bean, call, vtep, call.values[1], switch)
