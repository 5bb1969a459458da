"""DHCP subnets and hosts (new 2.8, 2.9)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Property, Subnet, Values
from midonet_lab.midonet5.api.checks import IPV4_SUBNET, IPV6_SUBNET, between, not_null
from midonet_lab.midonet5.api.json_types import Boolean, Elements, Integer, JsonType
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import ADDRESS, INT, TEXT, address, number, text


class Nested(JsonType):
    """An object within another."""

    def __init__(self, bean: Bean) -> None:
        self._bean = bean

    def decode(self, value: object) -> Values:
        return self._bean.decode(value)

    def to_store(self, value: Values) -> Values:
        return self._bean.to_store(value)

    def from_store(self, value: Values) -> Values:
        return self._bean.from_store(value)


_ROUTES = Elements(
    Nested(
        Bean(
            "DhcpOption121",
            "",
            [
                text("destinationPrefix"),
                number("destinationLength"),
                address("gatewayAddr", "gateway"),
            ],
            subnets=[Subnet("destinationPrefix", "destinationLength", "dst_subnet")],
        )
    )
)
_OPTIONS = Elements(
    Nested(
        Bean(
            "DhcpHost$ExtraDhcpOpt",
            "",
            [Property("optName", TEXT, "name"), Property("optValue", TEXT, "value")],
        )
    )
)


def dhcp_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: dhcp_subnet, dhcp_host, dhcpv6_subnet, dhcpv6_host. ``@bridge`` and ``@subnet`` serve links."""
    mtu = (
        Property("interfaceMTU", Integer(primitive=False), "interface_mtu", checks=between(0, 65536))
        if recent
        else Property("interfaceMTU", INT, "interface_mtu", default=0, checks=between(0, 65536))
    )
    return {
        "dhcp_subnet": Bean(
            "DhcpSubnet",
            "Dhcp",
            [
                text("subnetPrefix", "", not_null, IPV4_SUBNET),
                number("subnetLength", "", *between(0, 32)),
                address("defaultGateway", "default_gateway", IPV4_SUBNET),
                address("serverAddr", "server_address", IPV4_SUBNET),
                Property("dnsServerAddrs", Elements(ADDRESS, null_when_empty=True), "dns_server_address"),
                mtu,
                Property("opt121Routes", _ROUTES, "opt121_routes"),
                Property("enabled", Boolean(primitive=False), "enabled", default=True),
            ],
            subnets=[Subnet("subnetPrefix", "subnetLength", "subnet_address")],
            links=links(
                uri="/bridges/{@bridge}/dhcp/{subnetPrefix}_{subnetLength}",
                hosts="/bridges/{@bridge}/dhcp/{subnetPrefix}_{subnetLength}/hosts",
            ),
        ),
        "dhcp_host": Bean(
            "DhcpHost",
            "",
            [
                Property("macAddr", TEXT, "mac"),
                address("ipAddr", "ip_address"),
                text("name", "name"),
                Property("extraDhcpOpts", _OPTIONS, "extra_dhcp_opts"),
            ],
            links=links(uri="/bridges/{@bridge}/dhcp/{@subnet}/hosts/{macAddr}"),
        ),
        "dhcpv6_subnet": Bean(
            "DhcpSubnet6",
            "DhcpV6",
            [text("prefix", "", not_null, IPV6_SUBNET), number("prefixLength", "", *between(0, 128))],
            subnets=[Subnet("prefix", "prefixLength", "subnet_address")],
            links=links(
                uri="/bridges/{@bridge}/dhcpV6/{prefix}_{prefixLength}",
                hosts="/bridges/{@bridge}/dhcpV6/{prefix}_{prefixLength}/hostsV6",
            ),
        ),
        "dhcpv6_host": Bean(
            "DhcpV6Host",
            "",
            [
                Property("clientId", TEXT, "client_id"),
                address("fixedAddress", "ip_address"),
                text("name", "name"),
            ],
            links=links(uri="/bridges/{@bridge}/dhcpV6/{@subnet}/hostsV6/{@client}"),
        ),
    }
