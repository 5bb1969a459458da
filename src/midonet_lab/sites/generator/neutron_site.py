"""Neutron resources under construction, as the dicts of the Kilo getters (db 2)."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.specification import Flavour
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import NEUTRON_KINDS

ANY: JsonObject = {
    "protocol": None,
    "port_range_min": None,
    "port_range_max": None,
    "remote_ip_prefix": None,
    "remote_group_id": None,
}
"""Members of a security group rule that allows everything."""


class NeutronSite:
    """Makes resources the way Kilo's plug-in does: defaults, implied ports and groups, addresses.

    both live in tables of their own. ``unowned_allocations``: allocation rows without port (db 1.1).
    """

    def __init__(self, identities: Identities, flavour: Flavour) -> None:
        self.identities = identities
        self.flavour = flavour
        self.dicts: dict[str, list[JsonObject]] = {kind: [] for kind in NEUTRON_KINDS}
        self.default_groups: dict[str, str] = {}
        self.unowned_allocations: list[JsonObject] = []
        self.subnets: dict[str, JsonObject] = {}
        self.networks: dict[str, JsonObject] = {}
        self._free: dict[str, Iterator[str]] = {}
        self._taken: dict[str, set[str]] = {}

    def make(self, kind: str, **members: Any) -> JsonObject:
        """A resource of a kind with exactly these members and a new id."""
        item: JsonObject = {"id": self.identities.uuid(), **members}
        self.dicts[kind].append(item)
        return item

    # -- security groups

    def default_group(self, tenant: str) -> str:
        """The tenant's default group; made at the first use, as Neutron does (db 2.6)."""
        if tenant not in self.default_groups:
            group = self.add_group(tenant, "default", "Default security group")
            self.default_groups[tenant] = group["id"]
            for ethertype in ("IPv4", "IPv6"):
                self.add_rule(group, "ingress", ethertype, remote_group_id=group["id"])
        return self.default_groups[tenant]

    def add_group(self, tenant: str | None, name: str | None, description: str | None = "") -> JsonObject:
        """A group with the two egress rules every group starts with."""
        members = {"name": name, "tenant_id": tenant, "description": description}
        group = self.make("security_groups", **members, security_group_rules=[])
        for ethertype in ("IPv4", "IPv6"):
            self.add_rule(group, "egress", ethertype)
        return group

    def add_rule(
        self, group: JsonObject, direction: str, ethertype: str | None = "IPv4", **condition: Any
    ) -> JsonObject:
        """A rule; what ``condition`` leaves out is not limited."""
        rule = self.make("security_group_rules", tenant_id=group["tenant_id"], direction=direction)
        rule |= {**ANY, **condition, "ethertype": ethertype, "security_group_id": group["id"]}
        group["security_group_rules"].append(rule)
        return rule

    # -- networks

    def add_network(
        self, tenant: str | None, name: str | None, *, external: bool = False, **more: Any
    ) -> JsonObject:
        """A network; ``more``: members that differ from the defaults."""
        members = {"admin_state_up": True, "mtu": 0, "shared": False, "status": "ACTIVE", "subnets": []}
        members |= {"name": name, "tenant_id": tenant, "router:external": external, "vlan_transparent": None}
        network = self.make("networks", **{**members, **more})
        self.networks[network["id"]] = network
        return network

    def add_subnet(
        self,
        network: JsonObject,
        cidr: str,
        *,
        gateway: str | None = "first",
        **more: Any,
    ) -> JsonObject:
        """A subnet; ``gateway``: an address, None, or ``first`` for the first address."""
        whole = ipaddress.ip_network(cidr)
        first, last = whole[1], whole[-2]
        gateway_ip = str(first) if gateway == "first" else gateway
        start = whole[2] if gateway_ip == str(first) else first
        members: JsonObject = {
            "name": f"{network['name']}-v{whole.version}",
            "network_id": network["id"],
            "tenant_id": network["tenant_id"],
            "cidr": cidr,
            "ip_version": whole.version,
            "gateway_ip": gateway_ip,
            "enable_dhcp": True,
            "dns_nameservers": [],
            "host_routes": [],
            "allocation_pools": [{"start": str(start), "end": str(last)}],
            "shared": network["shared"],
            "subnetpool_id": None,
            "ipv6_ra_mode": None,
            "ipv6_address_mode": None,
        }
        subnet = self.make("subnets", **{**members, **more})
        self.subnets[subnet["id"]] = subnet
        network["subnets"].append(subnet["id"])
        pools = subnet["allocation_pools"]
        self._free[subnet["id"]] = (address for pool in pools for address in _range(pool))
        self._taken[subnet["id"]] = {gateway_ip} if gateway_ip else set()
        return subnet

    def take(self, subnet: JsonObject, address: str | None = None) -> JsonObject:
        """An entry of ``fixed_ips``: this address, or the next free one of the allocation pools."""
        taken = self._taken[subnet["id"]]
        if address is None:
            address = next(text for text in self._free[subnet["id"]] if text not in taken)
        taken.add(address)
        return {"subnet_id": subnet["id"], "ip_address": address}

    # -- ports

    def add_port(
        self,
        network: JsonObject,
        owner: str,
        fixed_ips: Iterable[JsonObject],
        *,
        tenant: str | None,
        device_id: str = "",
        host: str | None = None,
        groups: Iterable[str] = (),
        **more: Any,
    ) -> JsonObject:
        """A port; ``more``: members that differ from the defaults."""
        members: JsonObject = {
            "name": "",
            "status": "ACTIVE",
            "admin_state_up": True,
            "mac_address": self.identities.neutron_mac(),
            "extra_dhcp_opts": [],
            "binding:vif_type": "midonet",
            "binding:vnic_type": "normal",
            "binding:vif_details": {"port_filter": True},
        }
        members |= {"network_id": network["id"], "tenant_id": tenant, "binding:host_id": host}
        members |= {"device_id": device_id, "device_owner": owner, "security_groups": sorted(groups)}
        members["fixed_ips"] = sorted(fixed_ips, key=lambda fixed: str(fixed["ip_address"]))
        if self.flavour != "v1":
            members["allowed_address_pairs"] = []
        if self.flavour == "v2":
            members["port_security_enabled"] = not owner.startswith("network:")
        return self.make("ports", **{**members, **more})

    def add_vm_port(
        self, network: JsonObject, subnets: Iterable[JsonObject], host: str, **more: Any
    ) -> JsonObject:
        """The port of a VM on the next free address of each subnet, in its tenant's default group."""
        groups = more.pop("groups", None) or [self.default_group(network["tenant_id"])]
        fixed = [self.take(subnet) for subnet in subnets]
        more = {"tenant": network["tenant_id"], "device_id": self.identities.uuid(), **more}
        return self.add_port(network, "compute:nova", fixed, host=host, groups=groups, **more)

    def add_dhcp_port(self, network: JsonObject, subnets: Iterable[JsonObject], host: str) -> JsonObject:
        """The DHCP agent's port on a network."""
        agent = uuid.uuid5(uuid.NAMESPACE_DNS, host)
        return self.add_port(
            network,
            "network:dhcp",
            [self.take(subnet) for subnet in subnets],
            tenant=network["tenant_id"],
            device_id=f"dhcp{agent}-{network['id']}",
            host=host,
        )

    # -- routers

    def add_router(self, tenant: str | None, name: str | None, **more: Any) -> JsonObject:
        """A router without gateway and interfaces."""
        members: JsonObject = {"tenant_id": tenant, "name": name, "status": "ACTIVE", "admin_state_up": True}
        members |= {"gw_port_id": None, "external_gateway_info": None}
        if self.flavour != "v1":
            members["routes"] = []
        return self.make("routers", **{**members, **more})

    def set_gateway(
        self, router: JsonObject, network: JsonObject, subnet: JsonObject, *, snat: bool = True
    ) -> JsonObject:
        """A gateway port on an external network."""
        fixed = [self.take(subnet)]
        owner = "network:router_gateway"
        port = self.add_port(network, owner, fixed, tenant="", device_id=router["id"])
        router["gw_port_id"] = port["id"]
        info = {"network_id": network["id"], "enable_snat": snat, "external_fixed_ips": port["fixed_ips"]}
        router["external_gateway_info"] = info
        return port

    def add_interface(self, router: JsonObject, subnet: JsonObject, address: str | None = None) -> JsonObject:
        """An interface at the subnet's gateway address, or at another one."""
        network = self.networks[subnet["network_id"]]
        fixed = [self.take(subnet, address or subnet["gateway_ip"])]
        tenant = subnet["tenant_id"]
        return self.add_port(
            network, "network:router_interface", fixed, tenant=tenant, device_id=router["id"]
        )

    def add_floating_ip(
        self, tenant: str, network: JsonObject, subnet: JsonObject, **target: Any
    ) -> JsonObject:
        """A floating IP with its port; ``target``: port_id, fixed_ip_address, router_id when associated."""
        fixed = self.take(subnet)
        floating = self.make("floating_ips", tenant_id=tenant, floating_network_id=network["id"])
        floating |= {"floating_ip_address": fixed["ip_address"], "status": "ACTIVE"}
        floating |= {"port_id": None, "fixed_ip_address": None, "router_id": None, **target}
        owner = "network:floatingip"
        self.add_port(network, owner, [fixed], tenant="", device_id=floating["id"], status="N/A")
        return floating


def _range(pool: JsonObject) -> Iterator[str]:
    start, end = ipaddress.ip_address(pool["start"]), ipaddress.ip_address(pool["end"])
    return (str(type(start)(number)) for number in range(int(start), int(end) + 1))
