"""Indexes over a snapshot: built once, in linear time, holding references only."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.ownership.values import ANY_ADDRESS, address_text, fixed_addresses, split_cidr

DHCP = "network:dhcp"
FLOATING_IP = "network:floatingip"
ROUTER_INTERFACE = "network:router_interface"
ROUTER_GATEWAY = "network:router_gateway"
_NOT_VIF = frozenset({DHCP, FLOATING_IP, ROUTER_INTERFACE, ROUTER_GATEWAY})
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def grouped(items: Iterable[JsonObject], member: str) -> dict[str, list[JsonObject]]:
    """Items by the value of one member, in their order."""
    groups: defaultdict[str, list[JsonObject]] = defaultdict(list)
    for item in items:
        groups[item[member]].append(item)
    return dict(groups)


class Site:
    """Both halves of a snapshot by id and by parent.

    Neutron resources keep their Kilo dicts, MidoNet objects their API bodies. ``raced`` holds the ids that
    appear in the paths of objects that vanished while they were read: nothing is called missing there.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.networks = snapshot.neutron_by_id("networks")
        self.subnets = snapshot.neutron_by_id("subnets")
        self.neutron_ports = snapshot.neutron_by_id("ports")
        self.neutron_routers = snapshot.neutron_by_id("routers")
        self.security_groups = snapshot.neutron_by_id("security_groups")
        self.neutron_pools = snapshot.neutron_by_id("pools")
        self.neutron_vips = snapshot.neutron_by_id("vips")
        self.floating_ips = [
            item
            for item in self.neutron("floating_ips")
            if item.get("port_id") and item.get("router_id") and item.get("fixed_ip_address")
        ]
        self.floating_ips_at = grouped(
            (item for item in self.neutron("floating_ips") if item.get("floating_ip_address")),
            "floating_ip_address",
        )
        self.subnets_by_network = grouped(self.subnets.values(), "network_id")
        self.ports_by_network = grouped(self.neutron_ports.values(), "network_id")
        self.dhcp_ports = grouped(self._owned(DHCP), "network_id")
        self.interface_ports = grouped(self._owned(ROUTER_INTERFACE), "device_id")
        self.gateway_ports = grouped(self._owned(ROUTER_GATEWAY), "device_id")
        self.floating_ips_by_router = grouped(self.floating_ips, "router_id")
        self.bridges = snapshot.midonet_by_id("bridge")
        self.routers = snapshot.midonet_by_id("router")
        self.ports = snapshot.midonet_by_id("port")
        self.chains = snapshot.midonet_by_id("chain")
        self.load_balancers = snapshot.midonet_by_id("load_balancer")
        self.pools = snapshot.midonet_by_id("pool")
        self.rules_by_chain = grouped(self.midonet("rule"), "chainId")
        self.routes_by_router = grouped(self.midonet("route"), "routerId")
        self.routes = snapshot.midonet_by_id("route")
        self.traces = snapshot.midonet_by_id("trace_request")
        self.vips = snapshot.midonet_by_id("vip")
        self.vip_port_ids = {
            item["port_id"]
            for item in self.neutron_vips.values()
            if item.get("port_id") and item["id"] in self.vips
        }
        self.pool_prefixes = {pool_id[:8] for pool_id in self.pools} | {
            pool_id[:8] for pool_id in self.neutron_pools
        }
        self.monitor_ids = {item["id"] for item in self.midonet("health_monitor")}
        self.neutron_monitors = snapshot.neutron_by_id("health_monitors")
        self.monitors_in_use = {pool.get("healthMonitorId") for pool in self.pools.values()}
        self.bgp_ports = {item["portId"] for item in self.midonet("bgp")}
        self.raced = {
            found for vanished in snapshot.meta.vanished for found in _UUID.findall(vanished.path.lower())
        }

    def neutron(self, kind: str) -> list[JsonObject]:
        """All Neutron resources of a kind."""
        return self.snapshot.neutron.get(kind, [])

    def midonet(self, kind: str) -> list[JsonObject]:
        """All MidoNet objects of a kind."""
        return self.snapshot.midonet.get(kind, [])

    def vif_ports(self) -> Iterable[JsonObject]:
        """Neutron ports that get chains, MAC and DHCP entries: every owner but four (old 4.1)."""
        return (port for port in self.neutron_ports.values() if is_vif(port))

    def is_external(self, network_id: str) -> bool:
        """Whether a network is external."""
        return bool(self.networks.get(network_id, {}).get("router:external"))

    def v4_subnets(self, network_id: str) -> list[JsonObject]:
        """IPv4 subnets of a network."""
        return [item for item in self.subnets_by_network.get(network_id, []) if item["ip_version"] == 4]

    def subnet_of(self, port: JsonObject, address: str) -> JsonObject | None:
        """The subnet that a fixed IP of a Neutron port is in."""
        for item in port.get("fixed_ips") or []:
            if item.get("ip_address") == address:
                return self.subnets.get(item.get("subnet_id") or "")
        return None

    def vip_addresses(self, vip: JsonObject) -> list[str]:
        """Addresses a VIP may have: Neutron shows the first of its port, not what was asked for (db 2.7)."""
        port = self.neutron_ports.get(vip.get("port_id") or "")
        addresses = fixed_addresses(port) if port else []
        return addresses or [address_text(vip["address"])] if vip.get("address") else addresses

    def _owned(self, device_owner: str) -> list[JsonObject]:
        return [port for port in self.neutron_ports.values() if port.get("device_owner") == device_owner]


def is_vif(port: JsonObject) -> bool:
    """Whether a Neutron port is a VIF port for the 1.9 server; unknown owners are (old 4.1)."""
    return port.get("device_owner") not in _NOT_VIF


def port_ref(port_id: str) -> NeutronRef:
    """Reference to a Neutron port."""
    return NeutronRef("ports", port_id)


def external_address(subnet: JsonObject) -> tuple[str, int, str]:
    """Network, length and port address of the link of an external subnet (old 4.5)."""
    network, length = split_cidr(subnet["cidr"])
    return network, length, subnet.get("gateway_ip") or ANY_ADDRESS


def port_address(port: JsonObject) -> tuple[str | None, int | None, str | None]:
    """Network, length and address of a router port."""
    return port.get("networkAddress"), port.get("networkLength"), port.get("portAddress")
