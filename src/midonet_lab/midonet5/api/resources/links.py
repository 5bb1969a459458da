"""Links between ports, and the peering tables of router ports (new 2.5)."""

from __future__ import annotations

from functools import partial

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import bean_of, get, rewritten, validate
from midonet_lab.midonet5.api.replies import entity, null_pointer, page
from midonet_lab.midonet5.api.resource_paths import add_table
from midonet_lab.midonet5.api.resources.ports import lost_fields
from midonet_lab.midonet5.api.routing import Call, Created, Endpoint, Router, decoder, media_types
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StorageNodeExists, TableEntry

NODE_EXISTS = (
    "javax.servlet.ServletException: org.midonet.cluster.backend.zookeeper.StateAccessException: "
    "org.apache.zookeeper.KeeperException$NodeExistsException: KeeperErrorCode = NodeExists for "
)


def add_links(router: Router, tables: Tables) -> None:
    """``/ports/{id}/link``, and in 5.2.1 ``/routers/{id}/ports/{id}/peering_table``."""
    item, _ = media_types(("PortLink", 1), json=True)
    router.add(
        "/ports/{}/link",
        {
            "POST": Endpoint(
                handle=_link, accepts=item, decode=decoder(tables["port_link"]), annotated=True, locked=True
            ),
            "DELETE": Endpoint(handle=_unlink, annotated=True, locked=True),
        },
    )
    if not tables.recent:
        return
    bean = tables["mac_ip"]
    item, _ = media_types(("MacIp", 1), json=True)
    add_table(
        router,
        "/routers/{}/ports/{}/peering_table",
        bean,
        lists=item,
        items=item,
        accepts=item[:1],
        listing=partial(_peerings, bean),
        add=_add_peering,
        read=partial(_peering, bean),
        remove=_remove_peering,
    )


def _link(call: Call) -> Created:
    port_id, peer_id = call.values[0], call.body["peerId"]
    if call.body["portId"] is not None:
        raise entity(500 if call.site.options.quirks.careless else 400, "URI parameter is null")
    port = get(call, "Port", port_id)
    if peer_id is None:
        raise null_pointer(500 if call.site.options.quirks.careless else 400)
    peer = get(call, "Port", peer_id)
    if port.get("peer_id") is not None or peer.get("peer_id") is not None:
        raise entity(409 if call.site.recent else 400, "Ports are not linkable.")
    transaction = call.zoom.transaction()
    new = {"peer_id": peer_id}
    transaction.update("Port", rewritten(call, port, new, new, lost_fields(call)))
    transaction.commit()
    return Created()


def _unlink(call: Call) -> None:
    port = get(call, "Port", call.values[0])
    transaction = call.zoom.transaction()
    transaction.update("Port", rewritten(call, port, {}, ("peer_id",), lost_fields(call)))
    transaction.commit()


def _table(call: Call) -> str:
    get(call, "Port", call.values[1])
    return call.zoom.tables.table("Port", call.values[1], "peering_table")


def _shown(bean: Bean, call: Call, entry: TableEntry) -> Values:
    """The table maps MACs to addresses."""
    values = bean.new() | {"ip": entry.value, "mac": entry.key}
    return call.show(bean, values) | {"uri": call.base + _path(call, values)}


def _path(call: Call, values: Values) -> str:
    router_id, port_id = call.values[:2]
    key = f"{values['ip']}_{values['mac'].replace(':', '-')}"
    return f"/routers/{router_id}/ports/{port_id}/peering_table/{key}"


def _peerings(bean: Bean, call: Call) -> list[Values]:
    return [_shown(bean, call, entry) for entry in call.zoom.tables.entries(_table(call))]


def _peering(bean: Bean, call: Call) -> Values:
    address, _, mac = call.values[2].partition("_")
    for entry in call.zoom.tables.entries(_table(call)):
        if entry.value == address and entry.key == mac.replace("-", ":"):
            return _shown(bean, call, entry)
    raise entity(404, "The specified port does not have the specified MAC-IP mapping.")


def _add_peering(call: Call) -> Created:
    validate(bean_of(call), call.body)
    try:
        call.zoom.tables.add(_table(call), call.body["mac"], call.body["ip"])
    except StorageNodeExists as error:
        raise page(NODE_EXISTS + error.path) from error
    return Created(_path(call, call.body))


def _remove_peering(call: Call) -> None:
    address, _, mac = call.values[2].partition("_")
    call.zoom.tables.remove(_table(call), mac.replace("-", ":"), address)
