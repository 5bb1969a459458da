"""A hypothesis strategy for whole Neutron sites: a sound part, and around it whatever a database may hold."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from neutron_builders import (
    HOST,
    floating_ip,
    group,
    identity,
    interface,
    member,
    monitor,
    network,
    pool,
    port,
    router,
    rule,
    subnet,
    vip,
)


class _Site:
    """One random site: mostly sound, every reference and value sometimes odd."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.number = 0
        self.related = random.random() < 0.2
        """Ids that differ in few bits, so that derived ids collide."""
        self.kinds: dict[str, list[JsonObject]] = {kind: [] for kind in NEUTRON_KINDS}
        self.profiles: dict[str, JsonObject] = {}

    def odd(self, chance: float = 0.12) -> bool:
        return self.random.random() < chance

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def new(self, kind: str, item: JsonObject) -> JsonObject:
        self.number += 1
        bits = self.random.getrandbits(112) << 16 | self.number
        item["id"] = identity(self.number) if self.related else str(UUID(int=bits, version=4))
        if "admin_state_up" in item and self.odd(0.05):
            item["admin_state_up"] = self.pick(None, False)
        self.kinds[kind].append(item)
        return item

    def ref(self, kind: str) -> Any:
        """The id of some resource, sometimes of none."""
        known = [item["id"] for item in self.kinds[kind]]
        if not known or self.odd(0.06):
            return self.pick(identity(9_999), None, "", "not-a-uuid")
        return self.random.choice(known)

    def groups(self) -> None:
        for _ in range(self.random.randrange(3)):
            of = self.new("security_groups", group(0))
            for _ in range(self.random.randrange(5)):
                each = self.new("security_group_rules", self.rule(of["id"]))
                of["security_group_rules"].append(each)
        if self.odd() and self.kinds["security_groups"]:
            self.new("security_group_rules", rule(0, identity(9_998)))

    def rule(self, of: str) -> JsonObject:
        protocols = (None, "tcp", "udp", "icmp", "icmpv6", "6", "58", "47", "112", "0", "300", "vrrp", "any")
        low, high = self.pick((None, None), (80, 90), (8, 0), (128, 0), (22, None), (None, 5), (90, 80))
        prefix = self.pick(None, None, "10.0.0.0/8", "10.0.0.1/32", "2001:db8::/32", "10.0.0.0/99", "")
        return rule(
            0,
            identity(9_997) if self.odd(0.04) else of,
            protocol=self.pick(*protocols),
            port_range_min=low,
            port_range_max=high,
            remote_ip_prefix=prefix,
            remote_group_id=self.pick(None, of, identity(9_996)),
            direction=self.pick("ingress", "egress"),
            ethertype=self.pick("IPv4", "IPv4", "IPv6", None, "IPv7" if self.odd() else "IPv4"),
        )

    def networks(self) -> None:
        for index in range(1 + self.random.randrange(4)):
            of = self.new("networks", network(0, **{"router:external": index == 0 or self.odd()}))
            if self.odd(0.2):
                of["provider:network_type"] = self.pick("uplink", "midonet", "vxlan", "", None, "local")
            for _ in range(self.random.randrange(3)):
                self.subnet(of["id"])
        self.new("subnetpools", {"name": "pool"})
        if self.odd():
            self.subnet(identity(9_995))

    def subnet(self, of: str) -> None:
        item = self.new("subnets", subnet(0, of, self.random.randrange(3)))
        if self.odd(0.25):
            item.update(ip_version=6, cidr="2001:db8::/64", gateway_ip="2001:db8::1")
        if self.odd():
            item["gateway_ip"] = self.pick(None, "10.0.0.256", "")
        if self.odd():
            item["dns_nameservers"] = ["8.8.8.8", self.pick("dns.example.com", None, "2001:db8::1")]
        if self.odd():
            item["host_routes"] = [
                self.pick({"destination": "1.1.1.0/24"}, {"destination": "x", "nexthop": "y"})
            ]
        if self.odd(0.05):
            item["cidr"] = self.pick(None, "10.0.0.0/33")

    def address(self, of: JsonObject | None) -> str:
        if of is not None and str(of.get("cidr")).startswith("2001"):
            return f"2001:db8::{self.random.randrange(2, 40):x}"
        third = str(of["cidr"]).split(".")[2] if of is not None and of.get("cidr") else "0"
        return f"10.0.{third}.{self.random.randrange(1, 12)}"

    def ports(self) -> None:
        owners = ["compute:nova", "compute:None", "", "network:dhcp", "network:floatingip"]
        owners += ["neutron:LOADBALANCER", "network:router_interface", "network:router_interface"]
        owners += ["network:router_gateway", "baremetal:none", "network:remote_site"]
        for _ in range(self.random.randrange(1, 12)):
            self.port(self.pick(*owners))

    def port(self, owner: str) -> JsonObject:
        of = self.ref("networks")
        own = [item for item in self.kinds["subnets"] if item["network_id"] == of]
        chosen = self.random.sample(own, self.random.randrange(len(own) + 1)) if own else []
        fixed_ips = {self.address(item): item["id"] for item in chosen}
        if self.odd(0.06):
            fixed_ips["10.0.9.9"] = self.ref("subnets")
        item = self.new("ports", port(0, of, fixed_ips, device_owner=owner))
        if owner.startswith("network:router"):
            item["device_id"] = self.ref("routers")
        elif item["device_owner"].startswith("compute") or owner == "":
            item["security_groups"] = [self.ref("security_groups") for _ in range(self.random.randrange(2))]
        item["binding:host_id"] = self.pick(None, HOST, "unknown-host")
        if self.odd():
            item["mac_address"] = self.pick("FA-16-3E-00-00-01", "fa163e000001", "zz", None, "fa:16:3e:0:0:1")
        if self.odd():
            item["extra_dhcp_opts"] = [
                {"opt_name": "x", "opt_value": "y", "ip_version": version} for version in (4, 6)
            ]
        if self.odd():
            item["allowed_address_pairs"] = [self.pick({"mac_address": "x"}, {"ip_address": "10.0.0.0/24"})]
        if self.odd(0.3):
            self.profiles[item["id"]] = {"interface_name": self.pick("eth1", "")}
        if self.odd(0.04):
            item["binding:profile"] = {"interface_name": "tap1"}
        return item

    def routers(self) -> None:
        for _ in range(self.random.randrange(3)):
            self.new("routers", router(0))

    def connect(self) -> None:
        """Gateways and extra routes, once the ports are known."""
        gateways = [item for item in self.kinds["ports"] if item["device_owner"] == "network:router_gateway"]
        for item in self.kinds["routers"]:
            own = [each["id"] for each in gateways if each["device_id"] == item["id"] and not self.odd(0.05)]
            item["gw_port_id"] = own[0] if own else self.ref("ports") if self.odd() else None
            if item["gw_port_id"]:
                item["external_gateway_info"] = {"enable_snat": self.pick(True, True, False, None)}
            if self.odd(0.4):
                hops = ("10.0.0.5", "10.0.1.1", "10.0.1.7", "10.0.200.9", "192.0.2.9", "2001:db8::9", None)
                item["routes"] = [
                    {"destination": self.pick("10.9.0.0/16", "0.0.0.0/0", "x"), "nexthop": self.pick(*hops)}
                    for _ in range(self.random.randrange(3))
                ]
        self.kinds["router_interfaces"] = [
            interface(item)
            for item in self.kinds["ports"]
            if item["device_owner"] == "network:router_interface"
        ]

    def floating_ips(self) -> None:
        for _ in range(self.random.randrange(4)):
            item = self.new("floating_ips", floating_ip(0, f"10.0.0.{self.random.randrange(1, 12)}"))
            item["floating_network_id"] = self.ref("networks")
            if self.odd(0.7):
                item.update(port_id=self.ref("ports"), router_id=self.ref("routers"))
                item["fixed_ip_address"] = self.pick("10.0.1.5", "10.0.0.3", None)

    def load_balancing(self) -> None:
        states = ("ACTIVE", "ACTIVE", "ACTIVE", "ERROR", "PENDING_DELETE", None)
        for _ in range(self.random.randrange(3)):
            item = self.new("pools", pool(0, self.ref("subnets"), status=self.pick(*states)))
            item["admin_state_up"] = self.pick(True, False, None)
            item["lb_method"] = self.pick("ROUND_ROBIN", "LEAST_CONNECTIONS")
        for _ in range(self.random.randrange(4)):
            address = self.pick("10.0.0.9", "2001:db8::5", "host-name", None)
            item = self.new("members", member(0, self.ref("pools"), address=address))
            item.update(status=self.pick(*states), weight=self.pick(1, 0, None))
        for _ in range(self.random.randrange(3)):
            address = self.pick("10.0.0.9", "2001:db8::5", None)
            item = self.new("vips", vip(0, self.ref("pools"), address, self.ref("subnets")))
            item.update(port_id=self.ref("ports"), status=self.pick(*states))
            kinds = ("SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE", "OTHER")
            item["session_persistence"] = self.pick(None, {"type": self.pick(*kinds)}, {})
        for _ in range(self.random.randrange(3)):
            item = self.new("health_monitors", monitor(0, type=self.pick("TCP", "HTTP", "PING")))
            item["pools"] = [
                {"pool_id": each, "status": self.pick("ACTIVE", "ACTIVE", "PENDING_DELETE")}
                for each in sorted({str(self.ref("pools")) for _ in range(self.random.randrange(3))})
            ]

    def core(self) -> None:
        """A sound part: routers with gateway and interfaces, VMs, floating IPs and a load balancer."""
        outside = self.new("networks", network(0, **{"router:external": True}))["id"]
        outside_subnet = self.new("subnets", subnet(0, outside, 200))["id"]
        own = self.new("security_groups", group(0))
        own["security_group_rules"].append(self.new("security_group_rules", rule(0, own["id"])))
        for third in range(1, 2 + self.random.randrange(2)):
            first = self.new("routers", router(0))
            for of, number in ((first, third), (first, third + 10)):
                self.tenant_network(of["id"], number, own["id"])
            gateway = self.new("ports", port(0, outside, {f"10.0.200.{third}": outside_subnet}))
            gateway.update(device_owner="network:router_gateway", device_id=first["id"], security_groups=[])
            vms = [item for item in self.kinds["ports"] if item["device_owner"] == "compute:nova"]
            for vm in self.random.sample(vms, min(2, len(vms))):
                address = f"10.0.200.{len(self.kinds['floating_ips']) + 50}"
                item = self.new("floating_ips", floating_ip(0, address, floating_network_id=outside))
                item.update(port_id=vm["id"], router_id=first["id"])
                item["fixed_ip_address"] = vm["fixed_ips"][0]["ip_address"]

    def tenant_network(self, router_id: str, third: int, group_id: str) -> None:
        """Subnet, DHCP port, interface, VIP port, VMs, and pools on it."""
        of = self.new("networks", network(0))["id"]
        on = self.new("subnets", subnet(0, of, third))["id"]
        for owner, host in (
            ("network:dhcp", 2),
            ("network:router_interface", 1),
            ("neutron:LOADBALANCER", 9),
        ):
            item = self.new("ports", port(0, of, {f"10.0.{third}.{host}": on}, device_owner=owner))
            item["device_id"] = router_id if host == 1 else "dhcp"
        vip_port = self.kinds["ports"][-1]["id"]
        for host in range(20, 20 + self.random.randrange(1, 4)):
            item = self.new("ports", port(0, of, {f"10.0.{third}.{host}": on}))
            item["security_groups"] = [group_id]
        for _ in range(self.random.randrange(3)):
            of_pool = self.new("pools", pool(0, on, admin_state_up=self.pick(True, False)))["id"]
            self.new("members", member(0, of_pool, address=f"10.0.{third}.20"))
            self.new("vips", vip(0, of_pool, f"10.0.{third}.9", on, port_id=vip_port))
            self.new("health_monitors", monitor(0, of_pool))

    def snapshot(self) -> Snapshot:
        if self.random.random() < 0.8:
            self.core()
        for step in (
            self.groups,
            self.networks,
            self.routers,
            self.ports,
            self.connect,
            self.floating_ips,
            self.load_balancing,
        ):
            step()
        hosts = [{"id": identity(9_000), "name": HOST}]
        if self.odd():
            hosts.append({"id": identity(9_001), "name": HOST})
        bridges = [{"id": item["id"], "adminStateUp": True} for item in self.kinds["networks"]]
        return Snapshot(
            neutron=self.kinds,
            midonet={"host": hosts, "bridge": bridges},
            meta=SnapshotMeta(port_profiles=self.profiles),
        )


def sites() -> st.SearchStrategy[Snapshot]:
    """Random small sites, most of them with dangling references and values the importer cannot take.

    Drawn from a seed: hundreds of draws per site would make a test of 100 sites last minutes.
    """
    return st.integers(0, 2**32).map(lambda seed: _Site(Random(seed)).snapshot())
