"""VIF and DHCP ports with their chains, table entries and DHCP hosts (old 4.1, 4.3, 4.4)."""

from __future__ import annotations

from typing import Any

from midonet_lab.sites.generator.addresses import is_v6, server_text, split_cidr
from midonet_lab.sites.generator.ground_truth import INFRASTRUCTURE_ON_PROVIDER_ROUTER, Truth, neutron
from midonet_lab.sites.generator.ground_truth import NEUTRON as MADE
from midonet_lab.sites.generator.server_model.state import Server
from midonet_lab.sites.generator.server_model.switching import NO_GATEWAY, opt121_route
from midonet_migrate.model.keys import JsonObject, subnet_key

ARP = 0x0806
IPV4 = 0x0800
IPV6 = 0x86DD
METADATA = "169.254.169.254/32"


def create_bridge_port(server: Server, port: JsonObject) -> JsonObject:
    """The bridge port with the Neutron port's id."""
    return server.topology.add(
        "port",
        neutron("port", port["id"]),
        type="Bridge",
        id=port["id"],
        deviceId=port["network_id"],
        adminStateUp=bool(port["admin_state_up"]),
    )


def create_vif_port(server: Server, port: JsonObject) -> None:
    """A port of a VM, a VIP or an owner the server does not know."""
    topology = server.topology
    bridge_port = create_bridge_port(server, port)
    bridge_port["inboundFilterId"] = _inbound_chain(server, port)["id"]
    bridge_port["outboundFilterId"] = _outbound_chain(server, port)["id"]
    truth = neutron("network", port["network_id"])
    entry = {"@bridgeId": port["network_id"], "@persistent": True}
    topology.add("mac_port", truth, macAddr=port["mac_address"], portId=port["id"], **entry)
    _dhcp_hosts(server, port, truth)
    join_address_groups(server, port)
    links = server.external_links.get(port["network_id"], {})
    if port["id"] not in server.vip_port_ids and port["network_id"] not in server.history.relinked:
        for fixed in server.v4_addresses(port):
            if fixed["subnet_id"] in links:
                topology.add_route(
                    server.random_id(),
                    INFRASTRUCTURE_ON_PROVIDER_ROUTER,
                    links[fixed["subnet_id"]],
                    f"{fixed['ip_address']}/32",
                    nextHopGateway=NO_GATEWAY,
                )


def join_address_groups(server: Server, port: JsonObject) -> None:
    """Enter a port's addresses into the address groups of its security groups, each address once."""
    for group_id in port["security_groups"]:
        known = server.topology.ownership["ip_addr_group_addr"]
        for fixed in port["fixed_ips"]:
            address = server_text(fixed["ip_address"])
            if f"{group_id}/{address}" not in known:
                truth = neutron("security_group", group_id)
                server.topology.add("ip_addr_group_addr", truth, ipAddrGroupId=group_id, addr=address)


def create_dhcp_port(server: Server, port: JsonObject) -> None:
    """A bridge port without chains; it becomes the DHCP server of its IPv4 subnets."""
    create_bridge_port(server, port)
    addresses = server.v4_addresses(port)
    for fixed in addresses:
        dhcp = server.dhcp_subnets[fixed["subnet_id"]]
        dhcp["serverAddr"] = fixed["ip_address"]
        dhcp["opt121Routes"].append(opt121_route(METADATA, fixed["ip_address"]))
    if addresses and addresses[0] is port["fixed_ips"][0]:
        server.dhcp_ports[addresses[0]["subnet_id"]] = port


def _dhcp_hosts(server: Server, port: JsonObject, truth: Truth) -> None:
    """One host per MAC and IPv4 subnet: the last address wins; IPv6 hosts go by client id (old 4.3)."""
    options = [
        {"optName": option["opt_name"], "optValue": option["opt_value"]} for option in port["extra_dhcp_opts"]
    ]
    hosts: dict[str, str] = {}
    for fixed in port["fixed_ips"]:
        hosts[fixed["subnet_id"]] = fixed["ip_address"]
    for subnet_id, address in hosts.items():
        place = {"@bridgeId": port["network_id"], "@subnet": subnet_key(*_cidr(server, subnet_id))}
        if is_v6(address):
            members = {"clientId": port["mac_address"], "fixedAddress": server_text(address)}
            server.topology.add("dhcp_v6_host", truth, **members, **place)
        else:
            members = {"macAddr": port["mac_address"], "ipAddr": address}
            server.topology.add("dhcp_host", truth, extraDhcpOpts=list(options), **members, **place)


def _cidr(server: Server, subnet_id: str) -> tuple[str, int]:
    return split_cidr(server.subnets[subnet_id]["cidr"])


def _inbound_chain(server: Server, port: JsonObject) -> JsonObject:
    """From the port into the network: anti-spoofing, return flows, the groups' egress chains, drop."""
    chain = _chain(server, port, "INBOUND")
    rule = _Rules(server, chain["id"])
    for fixed in port["fixed_ips"]:
        v6 = is_v6(fixed["ip_address"])
        rule.add(
            type="drop",
            invNwSrc=True,
            nwSrcAddress=server_text(fixed["ip_address"]),
            nwSrcLength=128 if v6 else 32,
            dlType=IPV6 if v6 else IPV4,
        )
    rule.add(type="drop", invDlSrc=True, dlSrc=port["mac_address"])
    _filter(server, port, rule, 1)
    return chain


def _outbound_chain(server: Server, port: JsonObject) -> JsonObject:
    """From the network to the port: return flows, the groups' ingress chains, drop."""
    chain = _chain(server, port, "OUTBOUND")
    _filter(server, port, _Rules(server, chain["id"]), 0)
    return chain


def _filter(server: Server, port: JsonObject, rule: _Rules, side: int) -> None:
    rule.add(type="accept", matchReturnFlow=True, fragmentPolicy="unfragmented")
    groups: list[str] = server.history.group_order.get(port["id"]) or port["security_groups"]
    for group_id in groups:
        target = server.group_chains[group_id][side]
        rule.add(type="jump", jumpChainId=target["id"], jumpChainName=target["name"])
    rule.add(type="drop", invDlType=True, dlType=ARP)


class _Rules:
    def __init__(self, server: Server, chain_id: str) -> None:
        self._server = server
        self._chain_id = chain_id

    def add(self, **members: Any) -> None:
        self._server.topology.add_rule(self._chain_id, MADE, id=self._server.random_id(), **members)


def _chain(server: Server, port: JsonObject, direction: str) -> JsonObject:
    return server.topology.add(
        "chain",
        neutron("port", port["id"]),
        id=server.random_id(),
        name=f"OS_PORT_{port['id']}_{direction}",
        tenantId=port["tenant_id"],
    )
