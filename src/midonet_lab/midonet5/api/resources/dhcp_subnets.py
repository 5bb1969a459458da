"""The subnets of a bridge, of either family."""

from __future__ import annotations

import uuid

from midonet_lab.midonet5.api.beans import Values
from midonet_lab.midonet5.api.generic import bean_of, convert, get, rewritten, validate
from midonet_lab.midonet5.api.replies import empty
from midonet_lab.midonet5.api.resources.dhcp_family import Family, find_subnet, missing_subnet, write_subnet
from midonet_lab.midonet5.api.routing import Call, Created
from midonet_lab.midonet5.store import StoredObject


def _shown_subnet(family: Family, call: Call, stored: StoredObject) -> Values:
    return call.show(family.subnet, family.subnet.from_store(stored) | {"@bridge": call.values[0]})


def list_subnets(family: Family, call: Call) -> list[Values]:
    """All of the bridge."""
    bridge = get(call, "Network", call.values[0])
    found = call.site.several(family.class_name, bridge.get(family.listed_in, []))
    return [_shown_subnet(family, call, stored) for stored in found]


def read_subnet(family: Family, call: Call) -> Values:
    """One of them."""
    stored = find_subnet(family, call)
    if stored is None:
        raise empty(404)
    return _shown_subnet(family, call, stored)


def add_subnet(family: Family, call: Call) -> Created:
    """One more, with an id that nobody sees."""
    bean = bean_of(call)
    validate(bean, call.body)
    get(call, "Network", call.values[0])
    stored = convert(call, bean, call.body)
    transaction = call.zoom.transaction()
    transaction.create(family.class_name, stored | {"id": str(uuid.uuid4()), "network_id": call.values[0]})
    transaction.commit()
    names = list(bean.properties)[:2]
    subnet = "_".join(str(call.body[name]) for name in names)
    return Created(f"/bridges/{call.values[0]}/{family.segment}/{subnet}")


def replace_subnet(family: Family, call: Call) -> None:
    """Keeps the hosts."""
    bean = bean_of(call)
    old = find_subnet(family, call)
    if old is None:
        raise missing_subnet(call)
    validate(bean, call.body)
    new = convert(call, bean, call.body)
    write_subnet(family, call, rewritten(call, old, new, bean.fields, family.lost))


def delete_subnet(family: Family, call: Call) -> None:
    """One less, with its hosts."""
    stored = find_subnet(family, call)
    if stored is None:
        raise missing_subnet(call)
    transaction = call.zoom.transaction()
    transaction.delete(family.class_name, stored["id"])
    transaction.commit()
