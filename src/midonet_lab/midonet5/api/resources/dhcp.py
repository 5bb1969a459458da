"""DHCP for IPv4 (new 2.8); IPv6 works the same way with other words (new 2.9)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address

import msgspec

from midonet_lab.midonet5.api.beans import Bean, Values
from midonet_lab.midonet5.api.generic import bean_of, convert, get, inconvertible, rewritten, validate
from midonet_lab.midonet5.api.replies import ApiError, empty, entity
from midonet_lab.midonet5.api.routing import (
    Call,
    Created,
    Endpoint,
    Router,
    decoder,
    media_types,
)
from midonet_lab.midonet5.api.store_values import Inconvertible, long_ipv6, mac_number
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.store import StoredObject


class _Family(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between IPv4 and IPv6."""

    class_name: str
    listed_in: str
    """The bridge's field with the ids of its subnets."""
    segment: str
    hosts: str
    subnet: Bean
    host: Bean
    lost: tuple[str, ...]
    same_subnet: Callable[[StoredObject, str, int], bool]
    key: str
    """The host's property that tells hosts apart."""
    key_in_path: Callable[[str], str]
    same_key: Callable[[str | None, str], bool]


_LOST = ("router_if_port_id", "gateway_route_ids")


def add_dhcp(router: Router, tables: Tables) -> None:
    """``/bridges/{id}/dhcp`` and ``/bridges/{id}/dhcpV6``."""
    _add(
        router,
        _Family(
            class_name="Dhcp",
            listed_in="dhcp_ids",
            segment="dhcp",
            hosts="hosts",
            subnet=tables["dhcp_subnet"],
            host=tables["dhcp_host"],
            lost=_LOST,
            same_subnet=lambda stored, address, length: (
                stored["address"] == address and stored.get("prefix_length", 0) == length
            ),
            key="macAddr",
            key_in_path=lambda mac: mac,
            same_key=lambda stored, path: stored is not None and mac_number(stored) == mac_number(path),
        ),
        (("DhcpSubnet", 2), ("DhcpHost", 2)),
    )
    _add(
        router,
        _Family(
            class_name="DhcpV6",
            listed_in="dhcpv6_ids",
            segment="dhcpV6",
            hosts="hostsV6",
            subnet=tables["dhcpv6_subnet"],
            host=tables["dhcpv6_host"],
            lost=(),
            same_subnet=lambda stored, address, length: (
                _ipv6(stored["address"]) == _ipv6(address) and stored.get("prefix_length", 0) == length
            ),
            key="clientId",
            key_in_path=lambda client: client.replace(":", "-"),
            same_key=lambda stored, path: stored is not None and stored.replace(":", "-") == path,
        ),
        (("DhcpV6Subnet", 1), ("DhcpV6Host", 1)),
    )


def _ipv6(text: str) -> str:
    try:
        return long_ipv6(IPv6Address(text))
    except ValueError:
        return text


def _add(router: Router, family: _Family, names: tuple[tuple[str, int], tuple[str, int]]) -> None:
    top = f"/bridges/{{}}/{family.segment}"
    pieces = (
        (top, names[0], family.subnet, _subnets, _add_subnet, _subnet, _put_subnet, _delete_subnet),
        (
            f"{top}/{{}}/{family.hosts}",
            names[1],
            family.host,
            _hosts,
            _add_host,
            _host,
            _put_host,
            _delete_host,
        ),
    )
    for path, name, bean, listing, create, read, update, delete in pieces:
        item, listed = media_types(name, json=True)
        router.add(
            path,
            {
                "GET": Endpoint(handle=partial(listing, family), offers=listed[:1], annotated=True),
                "POST": Endpoint(
                    handle=partial(create, family), accepts=item, decode=decoder(bean), locked=True
                ),
            },
        )
        router.add(
            path + "/{}",
            {
                "GET": Endpoint(handle=partial(read, family), offers=item),
                "PUT": Endpoint(
                    handle=partial(update, family), accepts=item, decode=decoder(bean), locked=True
                ),
                "DELETE": Endpoint(handle=partial(delete, family), locked=True),
            },
        )


def _find(family: _Family, call: Call) -> StoredObject | None:
    """The subnet the path names: the first of several with the same address."""
    bridge = get(call, "Network", call.values[0])
    address, _, length = call.values[1].rpartition("_")
    if not length.isdigit():
        return None
    for stored in call.site.several(family.class_name, bridge.get(family.listed_in, [])):
        if family.same_subnet(stored["subnet_address"], address, int(length)):
            return stored
    return None


def _missing(call: Call, *, separator: str = "_") -> ApiError:
    shown = separator.join(call.values[1].rsplit("_", 1))
    return entity(404, f"Network {call.values[0]} does not have a subnet with address {shown}.")


def _shown_subnet(family: _Family, call: Call, stored: StoredObject) -> Values:
    return call.show(family.subnet, family.subnet.from_store(stored) | {"@bridge": call.values[0]})


def _subnets(family: _Family, call: Call) -> list[Values]:
    bridge = get(call, "Network", call.values[0])
    found = call.site.several(family.class_name, bridge.get(family.listed_in, []))
    return [_shown_subnet(family, call, stored) for stored in found]


def _subnet(family: _Family, call: Call) -> Values:
    stored = _find(family, call)
    if stored is None:
        raise empty(404)
    return _shown_subnet(family, call, stored)


def _add_subnet(family: _Family, call: Call) -> Created:
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


def _put_subnet(family: _Family, call: Call) -> None:
    """Keeps the hosts."""
    bean = bean_of(call)
    old = _find(family, call)
    if old is None:
        raise _missing(call)
    validate(bean, call.body)
    new = convert(call, bean, call.body)
    _write(family, call, rewritten(call, old, new, bean.fields, family.lost))


def _write(family: _Family, call: Call, stored: StoredObject) -> None:
    transaction = call.zoom.transaction()
    transaction.update(family.class_name, stored)
    transaction.commit()


def _delete_subnet(family: _Family, call: Call) -> None:
    stored = _find(family, call)
    if stored is None:
        raise _missing(call)
    transaction = call.zoom.transaction()
    transaction.delete(family.class_name, stored["id"])
    transaction.commit()


def _parent(family: _Family, call: Call) -> StoredObject:
    stored = _find(family, call)
    if stored is None:
        raise _missing(call, separator="/")
    return stored


def _position(family: _Family, subnet: StoredObject, key: str) -> int | None:
    field = family.host.properties[family.key].stored
    for position, host in enumerate(subnet.get("hosts", [])):
        if family.same_key(host.get(field), key):
            return position
    return None


def _named(family: _Family, call: Call) -> tuple[StoredObject, int]:
    subnet = _parent(family, call)
    position = _position(family, subnet, call.values[2])
    if position is None:
        raise _missing(call, separator="/")
    return subnet, position


def _shown_host(family: _Family, call: Call, host: StoredObject) -> Values:
    values = family.host.from_store(host)
    places = {"@bridge": call.values[0], "@subnet": call.values[1]}
    if family.key == "clientId":
        places["@client"] = family.key_in_path(values["clientId"] or "")
    return call.show(family.host, values | places)


def _hosts(family: _Family, call: Call) -> list[Values]:
    return [_shown_host(family, call, host) for host in _parent(family, call).get("hosts", [])]


def _host(family: _Family, call: Call) -> Values:
    try:
        subnet, position = _named(family, call)
    except Inconvertible as error:  # a MAC with dashes, say
        raise empty(500, close=True) from error
    return _shown_host(family, call, subnet["hosts"][position])


def _host_to_store(family: _Family, call: Call, subnet: StoredObject) -> StoredObject:
    try:
        return family.host.to_store(call.body)
    except Inconvertible as error:
        raise inconvertible(call, family.subnet, family.subnet.from_store(subnet), error) from error


def _add_host(family: _Family, call: Call) -> Created:
    subnet = _parent(family, call)
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


def _write_hosts(family: _Family, call: Call, subnet: StoredObject, hosts: list[StoredObject]) -> None:
    _write(family, call, rewritten(call, subnet, {"hosts": hosts}, ("hosts",), family.lost))


def _put_host(family: _Family, call: Call) -> None:
    subnet, position = _named_for_writing(family, call)
    hosts = list(subnet["hosts"])
    hosts[position] = _host_to_store(family, call, subnet)
    _write_hosts(family, call, subnet, hosts)


def _delete_host(family: _Family, call: Call) -> None:
    subnet, position = _named_for_writing(family, call)
    hosts = subnet["hosts"][:position] + subnet["hosts"][position + 1 :]
    _write_hosts(family, call, subnet, hosts)


def _named_for_writing(family: _Family, call: Call) -> tuple[StoredObject, int]:
    try:
        return _named(family, call)
    except Inconvertible as error:
        raise entity(500, str(error)) from error
