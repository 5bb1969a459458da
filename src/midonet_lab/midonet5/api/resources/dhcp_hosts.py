"""The hosts of a subnet, of either family: the addresses that single machines get."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Values
from midonet_lab.midonet5.api.generic import inconvertible, rewritten
from midonet_lab.midonet5.api.replies import empty, entity
from midonet_lab.midonet5.api.resources.dhcp_family import Family, find_subnet, missing_subnet, write_subnet
from midonet_lab.midonet5.api.routing import Call, Created
from midonet_lab.midonet5.api.store_values import Inconvertible, mac_number
from midonet_lab.midonet5.store import StoredObject


def _subnet(family: Family, call: Call) -> StoredObject:
    stored = find_subnet(family, call)
    if stored is None:
        raise missing_subnet(call, separator="/")
    return stored


def _position(family: Family, subnet: StoredObject, key: str) -> int | None:
    field = family.host.properties[family.key].stored
    for position, host in enumerate(subnet.get("hosts", [])):
        if family.same_key(host.get(field), key):
            return position
    return None


def _named(family: Family, call: Call) -> tuple[StoredObject, int]:
    subnet = _subnet(family, call)
    position = _position(family, subnet, call.values[2])
    if position is None:
        raise missing_subnet(call, separator="/")
    return subnet, position


def _shown_host(family: Family, call: Call, host: StoredObject) -> Values:
    values = family.host.from_store(host)
    places = {"@bridge": call.values[0], "@subnet": call.values[1]}
    if family.key == "clientId":
        places["@client"] = family.key_in_path(values["clientId"] or "")
    return call.show(family.host, values | places)


def list_hosts(family: Family, call: Call) -> list[Values]:
    """All of the subnet."""
    return [_shown_host(family, call, host) for host in _subnet(family, call).get("hosts", [])]


def read_host(family: Family, call: Call) -> Values:
    """One of them."""
    try:
        subnet, position = _named(family, call)
    except Inconvertible as error:  # a MAC with dashes, say
        raise empty(500, close=True) from error
    return _shown_host(family, call, subnet["hosts"][position])


def _host_to_store(family: Family, call: Call, subnet: StoredObject) -> StoredObject:
    try:
        return family.host.to_store(call.body)
    except Inconvertible as error:
        raise inconvertible(call, family.subnet, family.subnet.from_store(subnet), error) from error


def add_host(family: Family, call: Call) -> Created:
    """One more."""
    subnet = _subnet(family, call)
    key = call.body[family.key]
    careless = 500 if call.site.options.quirks.careless else 400
    if key is None and family.key == "clientId":
        raise entity(careless, None)
    try:
        taken = _position(family, subnet, family.key_in_path(key))
        if family.key == "macAddr":
            mac_number(key)
    except Inconvertible as error:
        raise entity(careless, str(error)) from error
    if taken is not None:
        shown = "/".join(call.values[1].rsplit("_", 1))
        named = call.body["fixedAddress"] if family.key == "clientId" else key
        raise entity(
            409,
            f"Subnet {shown} on bridge {call.values[0]} already has a host with MAC address {named}.",
        )
    hosts = [*subnet.get("hosts", []), _host_to_store(family, call, subnet)]
    _write_hosts(family, call, subnet, hosts)
    path = f"/bridges/{call.values[0]}/{family.segment}/{call.values[1]}/{family.hosts}"
    return Created(f"{path}/{family.key_in_path(key)}")


def _write_hosts(family: Family, call: Call, subnet: StoredObject, hosts: list[StoredObject]) -> None:
    write_subnet(family, call, rewritten(call, subnet, {"hosts": hosts}, ("hosts",), family.lost))


def replace_host(family: Family, call: Call) -> None:
    """Another in its place."""
    subnet, position = _named_for_writing(family, call)
    hosts = list(subnet["hosts"])
    hosts[position] = _host_to_store(family, call, subnet)
    _write_hosts(family, call, subnet, hosts)


def delete_host(family: Family, call: Call) -> None:
    """One less."""
    subnet, position = _named_for_writing(family, call)
    hosts = subnet["hosts"][:position] + subnet["hosts"][position + 1 :]
    _write_hosts(family, call, subnet, hosts)


def _named_for_writing(family: Family, call: Call) -> tuple[StoredObject, int]:
    try:
        return _named(family, call)
    except Inconvertible as error:
        raise entity(500, str(error)) from error
