"""DHCP subnets and hosts of Neutron networks (old 4.3)."""

from __future__ import annotations

from collections.abc import Iterable

from midonet_migrate.model.keys import JsonObject, subnet_key
from midonet_migrate.model.ownership import NeutronRef, OwnerRecord
from midonet_migrate.plan.ownership.site import Site, port_ref
from midonet_migrate.plan.ownership.values import (
    METADATA_ADDRESS,
    address_text,
    is_v4,
    mac_text,
    network_text,
    split_cidr,
)
from midonet_migrate.plan.ownership.verdicts import Verdicts, neutron, user

Subnets = dict[tuple[str, str], JsonObject]
"""(bridge id, subnet key) to the Neutron subnet."""

HostKey = tuple[str, str, str]
"""(bridge id, subnet key, MAC in lower case)."""


def classify_dhcp(site: Site, verdicts: Verdicts) -> None:
    """Owners of DHCP subnets and hosts, IPv4 and IPv6."""
    subnets = _subnets_by_key(site)
    _subnets(site, verdicts, subnets)
    ports = _ports_by_host_key(site, subnets)
    _hosts(site, verdicts, subnets, ports)
    _v6_hosts(site, verdicts, subnets, ports)


def _subnets_by_key(site: Site) -> Subnets:
    return {
        (subnet["network_id"], subnet_key(*split_cidr(subnet["cidr"]))): subnet
        for subnet in site.subnets.values()
    }


def _subnets(site: Site, verdicts: Verdicts, subnets: Subnets) -> None:
    left = dict(subnets)
    for kind, prefix, length in (
        ("dhcp_subnet", "subnetPrefix", "subnetLength"),
        ("dhcp_v6_subnet", "prefix", "prefixLength"),
    ):
        for item in site.midonet(kind):
            key = (item["@bridgeId"], subnet_key(address_text(item[prefix]), item[length]))
            subnet = left.pop(key, None)
            if subnet is not None:
                record = neutron("dhcp-subnet-neutron", NeutronRef("subnets", subnet["id"]))
                verdicts.set(kind, item, record)
                if kind == "dhcp_subnet":
                    _compare_subnet(site, verdicts, item, subnet)
            else:
                _by_hand(site, verdicts, kind, item, "its prefix is no subnet of the network")
    for (network_id, prefix_key), subnet in left.items():
        if site.is_external(network_id) and subnet["ip_version"] == 6:
            continue  # the 1.9 server refuses these
        if network_id in site.bridges and not {network_id, subnet["id"]} & site.raced:
            kind = "dhcp_subnet" if subnet["ip_version"] == 4 else "dhcp_v6_subnet"
            before = {"@bridgeId": network_id, "cidr": subnet["cidr"], "neutron": subnet["id"]}
            reason = "the Neutron subnet has no DHCP subnet"
            verdicts.deleted(kind, f"{network_id}/{prefix_key}", before, "removed-object", reason)


def _compare_subnet(site: Site, verdicts: Verdicts, item: JsonObject, subnet: JsonObject) -> None:
    """Order means nothing; the server address and the metadata route come and go together."""
    gateway = subnet.get("gateway_ip")
    servers = _dhcp_server_addresses(site, subnet)
    routes = {_route(item) for item in item.get("opt121Routes") or []}
    host_routes = {
        (*split_cidr(route["destination"]), route["nexthop"])
        for route in subnet.get("host_routes") or []
        if is_v4(route["destination"])
    }
    metadata = {(METADATA_ADDRESS, 32, address) for address in servers}
    expected: JsonObject = {
        "defaultGateway": gateway,
        "interfaceMTU": 0,
    }
    if item.get("enabled") is not None:  # a release that knew no switch; it counts as on
        expected["enabled"] = bool(subnet["enable_dhcp"])
    name_servers = [address for address in subnet.get("dns_nameservers") or [] if is_v4(address)]
    if sorted(item.get("dnsServerAddrs") or []) != sorted(name_servers):
        expected["dnsServerAddrs"] = name_servers
    server = item.get("serverAddr")
    # some releases left it empty when a DHCP port went
    if server not in {gateway, *servers, None}:
        expected["serverAddr"] = servers[0] if servers else gateway
    has_metadata = bool(routes & metadata)
    if routes - metadata != host_routes or (server in servers and not has_metadata):
        usual = [(METADATA_ADDRESS, 32, server)] if server in servers else []
        expected["opt121Routes"] = [_as_route(route) for route in sorted(host_routes) + usual]
    verdicts.compared("dhcp_subnet", item, expected, "changed-attribute")


def _dhcp_server_addresses(site: Site, subnet: JsonObject) -> list[str]:
    return [
        fixed["ip_address"]
        for port in site.dhcp_ports.get(subnet["network_id"], [])
        for fixed in port.get("fixed_ips") or []
        if fixed.get("subnet_id") == subnet["id"]
    ]


def _route(item: JsonObject) -> tuple[str, int, str]:
    length = item["destinationLength"]
    return network_text(item["destinationPrefix"], length), length, item["gatewayAddr"]


def _as_route(route: tuple[str, int, str]) -> JsonObject:
    return {"destinationPrefix": route[0], "destinationLength": route[1], "gatewayAddr": route[2]}


def _ports_by_host_key(site: Site, subnets: Subnets) -> dict[HostKey, JsonObject]:
    """An address in a subnet of another network than the port's explains no host: the server makes none."""
    places = {subnet["id"]: place for place, subnet in subnets.items()}
    return {
        (*places[fixed["subnet_id"]], mac_text(port["mac_address"])): port
        for port in site.vif_ports()
        for fixed in port.get("fixed_ips") or []
        if places.get(fixed.get("subnet_id") or "", ("", ""))[0] == port["network_id"]
    }


def _addresses_in(port: JsonObject, subnet: JsonObject) -> list[str]:
    return [
        address_text(fixed["ip_address"])
        for fixed in port.get("fixed_ips") or []
        if fixed.get("subnet_id") == subnet["id"]
    ]


def _options(items: Iterable[JsonObject], name: str, value: str) -> list[tuple[str, str]]:
    return sorted((str(item[name]), str(item[value])) for item in items)


def _hosts(site: Site, verdicts: Verdicts, subnets: Subnets, ports: dict[HostKey, JsonObject]) -> None:
    seen = set()
    for item in site.midonet("dhcp_host"):
        key = (item["@bridgeId"], item["@subnet"], mac_text(item["macAddr"]))
        port = ports.get(key)
        if port is None:
            _by_hand(site, verdicts, "dhcp_host", item, "no port of Neutron with that MAC in the subnet")
            continue
        seen.add(key)
        if item.get("name"):
            _by_hand(site, verdicts, "dhcp_host", item, "the server gives its DHCP hosts no name")
            continue
        verdicts.set("dhcp_host", item, _host_record(port))
        _compare_host(verdicts, item, port, subnets[key[:2]])
    for key, port in ports.items():
        if key not in seen and "." in key[1]:
            _missing_host(site, verdicts, "dhcp_host", key, port)


def _host_record(port: JsonObject) -> OwnerRecord:
    return neutron("dhcp-host-neutron", port_ref(port["id"]))


def _compare_host(verdicts: Verdicts, item: JsonObject, port: JsonObject, subnet: JsonObject) -> None:
    """One host per MAC: of several addresses in the subnet any will do (old 4.3)."""
    expected: JsonObject = {}
    addresses = _addresses_in(port, subnet)
    if item.get("ipAddr") not in addresses:
        expected["ipAddr"] = addresses[-1]
    options = port.get("extra_dhcp_opts") or []
    found = _options(item.get("extraDhcpOpts") or [], "optName", "optValue")
    for_v4 = [option for option in options if option.get("ip_version", 4) == 4]
    if found not in (_options(options, "opt_name", "opt_value"), _options(for_v4, "opt_name", "opt_value")):
        expected["extraDhcpOpts"] = [
            {"optName": option["opt_name"], "optValue": option["opt_value"]} for option in options
        ]
    verdicts.compared("dhcp_host", item, expected, "changed-attribute")


def _v6_hosts(site: Site, verdicts: Verdicts, subnets: Subnets, ports: dict[HostKey, JsonObject]) -> None:
    seen = set()
    for item in site.midonet("dhcp_v6_host"):
        prefix, _, length = item["@subnet"].partition("_")
        key = (item["@bridgeId"], subnet_key(address_text(prefix), int(length)), mac_text(item["clientId"]))
        port = ports.get(key)
        if port is None or item.get("name"):
            _by_hand(site, verdicts, "dhcp_v6_host", item, "not a DHCPv6 host that the server makes")
            continue
        seen.add(key)
        verdicts.set("dhcp_v6_host", item, _host_record(port))
        addresses = _addresses_in(port, subnets[key[:2]])
        if address_text(item.get("fixedAddress") or "") not in addresses:
            verdicts.compared("dhcp_v6_host", item, {"fixedAddress": addresses[-1]}, "changed-attribute")
    for key, port in ports.items():
        if key not in seen and ":" in key[1]:
            _missing_host(site, verdicts, "dhcp_v6_host", key, port)


def _missing_host(site: Site, verdicts: Verdicts, kind: str, key: HostKey, port: JsonObject) -> None:
    if port["id"] in site.ports and not {key[0], port["id"]} & site.raced:
        before = {
            "@bridgeId": key[0],
            "@subnet": key[1],
            "macAddr": port["mac_address"],
            "neutron": port["id"],
        }
        reason = "the Neutron port has no DHCP host"
        verdicts.deleted(kind, "/".join(key), before, "removed-object", reason)


def _by_hand(site: Site, verdicts: Verdicts, kind: str, item: JsonObject, reason: str) -> None:
    rule = "dhcp-subnet-user" if kind.endswith("subnet") else "dhcp-host-user"
    verdicts.set(kind, item, user(rule, reason))
    if item["@bridgeId"] in site.networks:
        verdicts.inserted(kind, item, "added-object", "DHCP data on a bridge of Neutron")
