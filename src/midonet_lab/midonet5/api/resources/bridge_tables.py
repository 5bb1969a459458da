"""MAC and ARP tables of bridges (new 2.6, 2.7). These writes take no lock."""

from __future__ import annotations

from functools import partial

from kazoo.exceptions import NoNodeError

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import bean_of, get, is_id, validate
from midonet_lab.midonet5.api.replies import ApiError, empty, entity, page
from midonet_lab.midonet5.api.resource_paths import add_table
from midonet_lab.midonet5.api.resources.links import NODE_EXISTS
from midonet_lab.midonet5.api.routing import Call, Created, Router, media_types
from midonet_lab.midonet5.api.store_values import Inconvertible, mac_number
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StorageNodeExists, TableEntry

_NO_NODE = NODE_EXISTS.replace("NodeExists", "NoNode")


def add_bridge_tables(router: Router, tables: Tables) -> None:
    """``mac_table``, also below ``vlans/{vlan}``, and ``arp_table``."""
    bean = tables["mac_port"]
    item, listed = media_types(("MacPort", 2), json=True)
    for middle in ("", "/vlans/{}"):
        add_table(
            router,
            f"/bridges/{{}}{middle}/mac_table",
            bean,
            lists=listed,
            items=item,
            accepts=item,
            listing=partial(_macs, bean),
            add=_add_mac,
            read=partial(_mac, bean),
            remove=_remove_mac,
        )
    bean = tables["ip4_mac"]
    item, listed = media_types(("IP4Mac", 1), json=True)
    add_table(
        router,
        "/bridges/{}/arp_table",
        bean,
        lists=listed,
        items=item,
        accepts=item[:1],
        listing=partial(_arps, bean),
        add=_add_arp,
        read=partial(_arp, bean),
        remove=_remove_arp,
    )


def _number(text: str) -> int | None:
    try:
        return mac_number(text)
    except Inconvertible:
        return None


def _bridge_id(call: Call) -> str:
    if not is_id(call.values[0]):
        raise entity(404, f"There is no Network with ID {call.values[0]}.")
    return call.values[0]


def _path_vlan(call: Call, length: int) -> int | None:
    """The VLAN of the path; None when the path has none. ``length``: values of the path without it."""
    if len(call.values) == length:
        return None
    if not call.values[1].lstrip("-").isdigit():
        raise empty(404)
    return int(call.values[1])


def _vlans(call: Call, bridge_id: str) -> list[int]:
    """VLANs that have a table, untagged first."""
    paths = call.zoom.paths
    if call.site.recent:
        top, others = paths.mac_table(bridge_id, 0).rpartition("/")[0], []
    else:
        top, others = paths.below("bridges", bridge_id, "vlans"), [0]
    try:
        names = call.zoom.client.get_children(top)
    except NoNodeError:
        names = []
    return sorted([*others, *(int(name) for name in names if name.isdigit())])


def _no_vlan(call: Call, bridge_id: str, vlan: int) -> ApiError:
    if call.site.recent:
        return entity(404, f"The specified bridge has no ports assigned to VLAN {vlan}.")
    return entity(404, f"Bridge {bridge_id} has no ports with vlan {vlan}")


def _tables_asked_for(call: Call, length: int) -> list[tuple[int, str]]:
    bridge_id = _bridge_id(call)
    wanted = _path_vlan(call, length)
    vlans = _vlans(call, bridge_id)
    if wanted is not None:
        if wanted not in vlans:
            raise _no_vlan(call, bridge_id, wanted)
        vlans = [wanted]
    return [(vlan, call.zoom.tables.mac_table(bridge_id, vlan)) for vlan in vlans]


def _mac_path(bridge_id: str, vlan: int, mac: str, port_id: str) -> str:
    middle = f"/vlans/{vlan}" if vlan else ""
    return f"/bridges/{bridge_id}{middle}/mac_table/{mac.replace(':', '-')}_{port_id}"


def _shown_mac(bean: Bean, call: Call, vlan: int, entry: TableEntry) -> Values:
    values = {"macAddr": entry.key, "portId": entry.value, "vlanId": vlan}
    uri = call.base + _mac_path(call.values[0], vlan, entry.key, entry.value)
    return call.show(bean, values) | {"uri": uri}


def _macs(bean: Bean, call: Call) -> list[Values]:
    get(call, "Network", _bridge_id(call))
    return [
        _shown_mac(bean, call, vlan, entry)
        for vlan, path in _tables_asked_for(call, 1)
        for entry in call.zoom.tables.entries(path)
    ]


def _mac(bean: Bean, call: Call) -> Values:
    mac, _, port_id = call.values[-1].partition("_")
    wanted = _number(mac.replace("-", ":"))
    path_vlan = _path_vlan(call, 2)
    for vlan, path in _tables_asked_for(call, 2):
        if vlan != (path_vlan or 0):
            continue
        for entry in call.zoom.tables.entries(path):
            if entry.value == port_id and _number(entry.key) == wanted and not _is_denied(call, port_id):
                return _shown_mac(bean, call, vlan, entry)
    raise entity(404, "The specified bridge does not have the specified MAC-port mapping.")


def _is_denied(call: Call, port_id: str) -> bool:
    """5.0.2 denies the single entries that its importer has seeded, although its lists show them; those made
    through the API it shows. So the real server was seen to do; why is not known."""
    return call.zoom.version == "5.0.2" and call.zoom.exists("NeutronPort", port_id)


def _add_mac(call: Call) -> Created:
    """Order of the checks: constraints, port, its bridge, its VLAN (new 2.6)."""
    validate(bean_of(call), call.body)
    bridge_id = _bridge_id(call)
    mac, port_id = call.body["macAddr"], call.body["portId"]
    vlan = _path_vlan(call, 1)
    if vlan is None:
        vlan = call.body["vlanId"] or 0
    _check_port(call, bridge_id, port_id, vlan)
    tables = call.zoom.tables
    path = tables.mac_table(bridge_id, vlan)
    for entry in tables.entries(path) if call.site.recent else ():  # 5.0.2 keeps both
        if _number(entry.key) == _number(mac) and entry.value != port_id:
            tables.remove(path, entry.key, entry.value)
    _put(call, path, mac, port_id)
    return Created(_mac_path(bridge_id, vlan, mac, port_id))


def _check_port(call: Call, bridge_id: str, port_id: str, vlan: int) -> None:
    port = call.site.find("Port", port_id)
    recent = call.site.recent
    if not recent and (port is None or call.site.find("Network", bridge_id) is None):
        raise entity(400, f"Port {port_id} doesn't exist")
    if port is None:
        raise entity(404, f"There is no Port with ID {port_id}.")
    if port.get("network_id") != bridge_id:
        name = "MAC" if recent else "mac"
        raise entity(400, f"The port must belong to the bridge that owns the {name} table.")
    own = port.get("vlan_id", 0)
    if own and own != vlan:
        raise entity(400, f"The specified port handles traffic only for VLAN {own}.")


def _put(call: Call, path: str, key: str, value: str) -> None:
    """Add an entry; one that exists gives 500 in 5.2.1 and nothing in 5.0.2 (new 1.10)."""
    try:
        call.zoom.tables.add(path, key, value)
    except StorageNodeExists as error:
        if not call.site.recent:
            return
        if not call.site.options.quirks.careless:
            raise entity(409, str(error)) from error
        raise page(NODE_EXISTS + error.path) from error


def _remove_mac(call: Call) -> None:
    mac, _, port_id = call.values[-1].partition("_")
    wanted = _number(mac.replace("-", ":"))
    path_vlan = _path_vlan(call, 2)
    for vlan, path in _tables_asked_for(call, 2):
        if vlan == (path_vlan or 0):
            for entry in call.zoom.tables.entries(path):
                if entry.value == port_id and _number(entry.key) == wanted:
                    call.zoom.tables.remove(path, entry.key, entry.value)


def _arp_table(call: Call) -> str:
    """Path of the table. 5.2.1 has none for an unknown bridge."""
    return call.zoom.tables.arp_table(_bridge_id(call))


def _arp_path(bridge_id: str, address: str, mac: str) -> str:
    return f"/bridges/{bridge_id}/arp_table/{address}_{mac.replace(':', '-')}"


def _shown_arp(bean: Bean, call: Call, entry: TableEntry) -> Values:
    uri = call.base + _arp_path(call.values[0], entry.key, entry.value)
    return call.show(bean, {"ip": entry.key, "mac": entry.value}) | {"uri": uri}


def _arps(bean: Bean, call: Call) -> list[Values]:
    path = _arp_table(call)
    if call.site.recent and not call.zoom.tables.exists(path):
        raise empty(500, close=True)
    return [_shown_arp(bean, call, entry) for entry in call.zoom.tables.entries(path)]


def _find_arp(call: Call) -> TableEntry | None:
    address, _, mac = call.values[1].partition("_")
    wanted = _number(mac.replace("-", ":"))
    for entry in call.zoom.tables.entries(_arp_table(call)):
        if entry.key == address and _number(entry.value) == wanted:
            return entry
    return None


def _arp(bean: Bean, call: Call) -> Values:
    found = _find_arp(call)
    if found is None:
        raise entity(404, "The specified bridge does not have the specified IP-MAC mapping.")
    return _shown_arp(bean, call, found)


def _add_arp(call: Call) -> Created:
    validate(bean_of(call), call.body)
    path = _arp_table(call)
    address, mac = call.body["ip"], call.body["mac"]
    tables = call.zoom.tables
    if call.site.recent and not tables.exists(path):
        if not call.site.options.quirks.careless:
            raise entity(404, f"There is no Network with ID {call.values[0]}.")
        raise page(f"{_NO_NODE}{path}/{address},{mac},2147483647")
    for entry in tables.entries(path):
        if entry.key == address and _number(entry.value) != _number(mac):
            tables.remove(path, entry.key, entry.value)
    _put(call, path, address, mac)
    return Created(_arp_path(call.values[0], address, mac))


def _remove_arp(call: Call) -> None:
    found = _find_arp(call)
    if found is not None:
        call.zoom.tables.remove(_arp_table(call), found.key, found.value)
