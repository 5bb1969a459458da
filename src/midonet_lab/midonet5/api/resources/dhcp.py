"""DHCP for IPv4 (new 2.8); IPv6 works the same way with other words (new 2.9)."""

from __future__ import annotations

from functools import partial
from ipaddress import IPv6Address

from midonet_lab.midonet5.api.resources.dhcp_family import Family
from midonet_lab.midonet5.api.resources.dhcp_hosts import (
    add_host,
    delete_host,
    list_hosts,
    read_host,
    replace_host,
)
from midonet_lab.midonet5.api.resources.dhcp_subnets import (
    add_subnet,
    delete_subnet,
    list_subnets,
    read_subnet,
    replace_subnet,
)
from midonet_lab.midonet5.api.routing import (
    Endpoint,
    Router,
    decoder,
    media_types,
)
from midonet_lab.midonet5.api.store_values import long_ipv6, mac_number
from midonet_lab.midonet5.api.tables import Tables

_LOST = ("router_if_port_id", "gateway_route_ids")


def add_dhcp(router: Router, tables: Tables) -> None:
    """``/bridges/{id}/dhcp`` and ``/bridges/{id}/dhcpV6``."""
    _add(
        router,
        Family(
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
        Family(
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


def _add(router: Router, family: Family, names: tuple[tuple[str, int], tuple[str, int]]) -> None:
    top = f"/bridges/{{}}/{family.segment}"
    pieces = (
        (top, names[0], family.subnet, list_subnets, add_subnet, read_subnet, replace_subnet, delete_subnet),
        (
            f"{top}/{{}}/{family.hosts}",
            names[1],
            family.host,
            list_hosts,
            add_host,
            read_host,
            replace_host,
            delete_host,
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
