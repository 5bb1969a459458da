"""What users did to the objects that the server made for Neutron: oddity by oddity (old 4.2-4.6)."""

from __future__ import annotations

from midonet_lab.sites.generator.ground_truth import uplink, user
from midonet_lab.sites.generator.hosts import Hosts
from midonet_lab.sites.generator.population import Tenant
from midonet_lab.sites.generator.server_model import Server
from midonet_lab.sites.generator.server_model.ports import IPV4
from midonet_lab.sites.generator.server_model.switching import PROVIDER_ROUTER_NAME
from midonet_lab.sites.generator.user_objects import UserSet
from midonet_migrate.model.keys import JsonObject

_TCP = 6


class Changes:
    """Changes to the site of one tenant.

    ``chain``: a user's chain to use as a filter. ``open_network``: a Neutron network whose bridge loses its
    anti-spoofing; its ports were written before, so they keep their rules (old 4.4).
    """

    def __init__(
        self,
        server: Server,
        hosts: Hosts,
        user_set: UserSet,
        tenant: Tenant,
        *,
        chain: JsonObject,
        open_network: str,
    ) -> None:
        self.server = server
        self.topology = server.topology
        self.hosts = hosts
        self.hand = user_set.hand
        self.user_set = user_set
        self.tenant = tenant
        self.chain = chain
        self.open_network = open_network

    def apply(self) -> None:
        """All of them."""
        self.rules_in_port_chains()
        self.anti_spoofing_removed()
        self.rules_in_other_chains()
        self.bridges()
        self.ports()
        self.tables()
        self.routers()
        self.misleading_names()
        self.balancing()
        if self.server.provider_router is not None:
            self.provider_router(self.server.provider_router)

    def _port(self, port: JsonObject) -> JsonObject:
        return self.topology.by_id["port"][port["id"]]

    def _bridge(self) -> JsonObject:
        return self.topology.by_id["bridge"][self.tenant.networks[0]["id"]]

    def _router(self) -> JsonObject:
        return self.topology.by_id["router"][self.tenant.router["id"]]

    def rules_in_port_chains(self) -> None:
        """First, in the middle, last; a trace request puts its own first."""
        port = self._port(self.tenant.vms[0])
        mail = {"dlType": IPV4, "nwProto": _TCP, "tpDst": {"start": 25, "end": 25}}
        inbound, outbound = port["inboundFilterId"], port["outboundFilterId"]
        self.hand.rule(inbound, "user rule first in a port chain", at=0, type="drop", **mail)
        self.hand.rule(
            outbound,
            "user rule in the middle of a port chain",
            at=1,
            type="accept",
            dlType=IPV4,
            nwSrcAddress="192.0.2.0",
            nwSrcLength=24,
        )
        why = "user rule last in a port chain"
        target = {"jumpChainId": self.chain["id"], "jumpChainName": self.chain["name"]}
        self.hand.rule(outbound, why, type="jump", **target)
        self.hand.trace("debug-vm", "PORT", port, "trace inside a Neutron chain", enabled=True)

    def anti_spoofing_removed(self) -> None:
        """Both rules of one port, only the MAC rule of another."""
        for vm, kept in zip(self.tenant.vms[1:3], (0, 1), strict=False):
            rules = self.topology.chain_rules[self._port(vm)["inboundFilterId"]]
            spoofing = [rule for rule in rules if rule["invNwSrc"] or rule["invDlSrc"]]
            for rule in spoofing[kept:]:
                self.topology.delete_rule(rule, "anti-spoofing removed")

    def rules_in_other_chains(self) -> None:
        """Rules in a security group's and a router's chains, one naming ports of server-made links."""
        ingress, _ = self.server.group_chains[self.tenant.vms[0]["security_groups"][0]]
        why = "user rule in the chain of a security group"
        self.hand.rule(ingress["id"], why, type="accept", nwSrcAddress="192.0.2.99", nwSrcLength=32)
        pre, post = self.server.router_chains[self.tenant.router["id"]]
        self.hand.rule(pre["id"], "user rule in the middle of a router chain", at=1, type="drop", nwProto=132)
        peer = self.server.interface_peers[self.tenant.interfaces[0]["id"]]
        ends: JsonObject = {"outPorts": [peer["id"]], "inPorts": [self.tenant.interfaces[0]["id"]]}
        self.hand.rule(post["id"], "user rule that names ports of server-made links", type="drop", **ends)

    def bridges(self) -> None:
        """Filters, anti-spoofing switched off, a VXLAN port on a Neutron bridge."""
        bridge = self._bridge()
        why = "user chain as filter of a Neutron bridge"
        self.topology.change("bridge", bridge, why, inboundFilterId=self.chain["id"])
        opened = self.topology.by_id["bridge"][self.open_network]
        self.topology.change("bridge", opened, "anti-spoofing switched off", disableAntiSpoof=True)
        if self.topology.objects["vtep"]:
            address = self.topology.objects["vtep"][0]["managementIp"]
            self.user_set.vxlan_port(bridge, address, "swp2", 20)
        self.hand.trace("debug-net", "BRIDGE", bridge, "trace on a filtered bridge", enabled=True)

    def ports(self) -> None:
        """Filters on Neutron ports without chains; extra, VLAN and linked ports on a Neutron bridge."""
        hand, bridge = self.hand, self._bridge()
        dhcp = self._port(self.tenant.dhcp_ports[0])
        why = "user chain as filter of a DHCP port"
        self.topology.change("port", dhcp, why, inboundFilterId=self.chain["id"])
        peer = self.server.interface_peers[self.tenant.interfaces[0]["id"]]
        why = "user chain as filter of an interface's router port"
        self.topology.change("port", peer, why, outboundFilterId=self.chain["id"])
        names = list(self.hosts.ids)
        for host in names[:2]:
            port = hand.bridge_port(bridge, "user port on a Neutron bridge")
            self.hosts.bind(port, host, "eth9", user("the same interface name on several hosts"))
        tagged = hand.bridge_port(bridge, "VLAN port on a Neutron bridge", vlanId=200)
        other = hand.make("bridge", "user bridge", name="vlan-200")
        access = hand.bridge_port(other, "access side of VLAN 200")
        self.topology.link(tagged, access, user("VLAN port of a Neutron bridge to a user bridge"))
        group = hand.make("port_group", "port group with a Neutron port", name="pinned")
        members = {"portGroupId": group["id"], "portId": self.tenant.vms[0]["id"]}
        self.topology.add("port_group_port", user("a Neutron port as member"), **members)

    def tables(self) -> None:
        """DHCP hosts and entries on a Neutron network; a stale address; changed DHCP attributes."""
        hand, bridge, subnet = self.hand, self._bridge(), self.tenant.subnets[0]
        base = subnet["cidr"].rsplit(".", 1)[0]
        mac = "02:11:22:33:55:01"
        hand.dhcp_host(bridge["id"], subnet["cidr"], mac, f"{base}.3", "user DHCP host", name="appliance")
        port = self._port(self.tenant.vms[0])
        hand.mac_entry(port, "02:11:22:33:55:02", user("user mac entry on a Neutron bridge"))
        dhcp = self.server.dhcp_subnets[subnet["id"]]
        self.topology.change("dhcp_subnet", dhcp, "MTU set by hand", interfaceMTU=1400)
        group_id = self.tenant.vms[0]["security_groups"][0]
        truth = user("address that no port of the group has")
        self.topology.add("ip_addr_group_addr", truth, ipAddrGroupId=group_id, addr="10.255.255.1")

    def routers(self) -> None:
        """Routes on a Neutron router; a user's router linked to a Neutron bridge."""
        hand, router = self.hand, self._router()
        hand.dead_route(router["id"], "10.66.0.0/16", "BlackHole", "user black hole on a Neutron router")
        peer = self.server.interface_peers[self.tenant.interfaces[0]["id"]]
        gateway = self.tenant.subnets[0]["cidr"].rsplit(".", 1)[0] + ".254"
        why = "user static route on a Neutron router through a Neutron interface"
        hand.route(peer, "172.30.0.0/16", why, nextHopGateway=gateway)
        hand.dead_route(router["id"], "198.51.100.0/28", "Reject", "user reject route on a Neutron router")
        why = "user port on a Neutron router"
        extra = hand.router_port(router["id"], "192.168.70.0/30", "192.168.70.1", why)
        self.hosts.bind(extra, next(iter(self.hosts.ids)), "veth-extra", user("binding of a user port"))
        hand.route(extra, "192.168.71.0/24", "user route", nextHopGateway="192.168.70.2")
        up = not router["adminStateUp"]
        self.topology.change("router", router, "state changed by hand", adminStateUp=up)

    def misleading_names(self) -> None:
        """Names like the server's on objects that are a user's (old 4.4, 4.6)."""
        hand, port_id = self.hand, self.tenant.vms[0]["id"]
        group_id = self.tenant.vms[0]["security_groups"][0]
        for name in (
            "OS_SG_mine",
            f"OS_PORT_{port_id}_INBOUND",
            f"OS_SG_{group_id}_INGRESS",
            f"OS_PRE_ROUTING_{hand.identities.uuid()}",
        ):
            chain = hand.make("chain", "user chain named like one of the server's", name=name)
            hand.rule(chain["id"], "user rule", type="accept", matchReturnFlow=True)
        router = hand.make("router", "user router named like the Provider Router", name=PROVIDER_ROUTER_NAME)
        # Its link ends at a Neutron port that nothing uses: the link is a user's (old 4.5).
        for port in self.tenant.unbound:
            why = "router port linked to a Neutron port"
            own = hand.router_port(router["id"], "192.168.80.0/24", "192.168.80.1", why)
            self.topology.link(own, self._port(port), user("link of a user's router to a Neutron port"))

    def balancing(self) -> None:
        """A user's pool and VIP on Neutron's load balancer: a mixed one (old 4.7)."""
        balancer = self.server.load_balancers.get(self.tenant.router["id"])
        if balancer is None:
            return
        why = "user pool on Neutron's load balancer"
        pool = self.hand.make("pool", why, loadBalancerId=balancer["id"])
        members = {"poolId": pool["id"], "address": "192.168.70.2", "protocolPort": 81}
        self.hand.make("pool_member", "user pool member", **members)
        members = {"poolId": pool["id"], "loadBalancerId": balancer["id"], "address": "192.168.70.3"}
        self.hand.make("vip", "user vip on Neutron's load balancer", protocolPort=81, **members)

    def provider_router(self, router_id: str) -> None:
        """Routes, a filter and a port of the operator's on the Provider Router."""
        hand = self.hand
        prefix = {"dstNetworkAddr": "10.0.0.0", "dstNetworkLength": 8}
        members = {"id": hand.identities.uuid(), "routerId": router_id, "type": "BlackHole", **prefix}
        self.topology.add("route", uplink("black hole on the Provider Router"), **members)
        uplinks = [port for port in self.topology.objects["port"] if port["portMac"] == "02:aa:00:00:00:01"]
        for port in uplinks:
            why = "static route through an uplink"
            hand.route(port, "192.0.2.128/25", why, owner=uplink, nextHopGateway="172.16.1.1")
            gateway_peer = self.server.gateway_ports.get(self.tenant.router["id"])
            if gateway_peer is not None:
                why = "user rule that names ports of the Provider Router"
                ends: JsonObject = {"inPorts": [port["id"]], "outPorts": [gateway_peer["id"]]}
                self.hand.rule(self.chain["id"], why, type="drop", **ends)
        router = self.topology.by_id["router"][router_id]
        why = "user chain as filter of the Provider Router"
        self.topology.change("router", router, why, inboundFilterId=self.chain["id"])
