"""Layer-2 insertions (new 2.20). Their chains are made, the rules in them, which are for agents, are not."""

from __future__ import annotations

import uuid

from midonet_lab.midonet5.api.generic import (
    bean_of,
    convert,
    get,
    is_id,
    lister,
    plain_view,
    validate,
    with_id,
    with_id_of_path,
)
from midonet_lab.midonet5.api.replies import entity
from midonet_lab.midonet5.api.resource_paths import add_resource
from midonet_lab.midonet5.api.routing import Call, Created, Router
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import NotFound, Transaction

_INSERTION = ("L2Insertion", 1)


def add_insertions(router: Router, tables: Tables) -> None:
    """``/l2insertions``."""
    bean = tables["l2insertion"]
    filters = (("port", "port_id"), ("srv_port", "srv_port_id"))
    add_resource(
        router,
        "/l2insertions",
        _INSERTION,
        bean,
        create=_create,
        update=_update,
        delete=_delete,
        listing=lister("L2Insertion", plain_view(bean), *filters),
    )


def _create(call: Call) -> Created:
    bean = bean_of(call)
    values = with_id(call.body)
    validate(bean, values)
    port = get(call, "Port", values["portId"])
    get(call, "Port", values["srvPortId"])
    others = call.site.several("L2Insertion", port.get("insertion_ids", []))
    if any(other.get("srv_port_id") == values["srvPortId"] for other in others):
        careless = call.site.options.quirks.careless
        raise entity(500 if careless else 409, "Insertion for same port/srvPort pair already exists")
    transaction = call.zoom.transaction(read_own_writes=True)
    transaction.create("L2Insertion", convert(call, bean, values))
    for port_id in dict.fromkeys((values["portId"], values["srvPortId"])):
        _add_chains(call, transaction, port_id)
    transaction.commit()
    return Created(f"/l2insertions/{values['id']}")


def _add_chains(call: Call, transaction: Transaction, port_id: str) -> None:
    """The two redirect chains of a port, once."""
    port = get(call, "Port", port_id)
    if port.get("l2insertion_infilter_id") is not None:
        return
    names = {"l2insertion_infilter_id": "InboundRedirect", "l2insertion_outfilter_id": "OutboundRedirect"}
    chains = {field: str(uuid.uuid4()) for field in names}
    for field, name in names.items():
        transaction.create("Chain", {"id": chains[field], "name": name + port_id})
    insertions = transaction.get("Port", port_id)
    transaction.update("Port", insertions | chains)


def _update(call: Call) -> None:
    bean = bean_of(call)
    values = with_id_of_path(call, "L2Insertion")
    get(call, "L2Insertion", values["id"])
    validate(bean, values)
    transaction = call.zoom.transaction()
    transaction.update("L2Insertion", convert(call, bean, values))
    transaction.commit()


def _delete(call: Call) -> None:
    object_id = call.values[0]
    if not is_id(object_id) or call.site.find("L2Insertion", object_id) is None:
        if not call.site.options.quirks.careless:
            raise NotFound("L2Insertion", object_id)
        raise entity(500, f"Insertion {_halves(object_id)} doesn't exist")
    transaction = call.zoom.transaction()
    transaction.delete("L2Insertion", object_id)
    transaction.commit()


def _halves(object_id: str) -> str:
    """An id as the text form of its message."""
    try:
        number = uuid.UUID(object_id).int
    except ValueError:
        return object_id
    return f"msb: {number >> 64}\nlsb: {number & (2**64 - 1)}\n"
