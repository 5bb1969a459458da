"""A set of hand-made objects: at least one of every kind that the 1.9 API can make (old 4.1)."""

from __future__ import annotations

from midonet_lab.sites.generator.by_hand import ByHand
from midonet_lab.sites.generator.ground_truth import user
from midonet_lab.sites.generator.hosts import Hosts
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.server_model.ports import IPV4
from midonet_lab.sites.generator.server_model.routing import nat_target
from midonet_lab.sites.generator.topology import Topology
from midonet_migrate.model.keys import JsonObject

_TCP = 6
_UDP = 17
_VLAN = 100
_FIRST_VNI = 10000
_V6_PREFIX = "2001:db8:0:0:0:0:0:0"


class UserSet:
    """One set. ``number`` keeps sets apart; ``host`` gets the bindings."""

    def __init__(
        self, topology: Topology, hosts: Hosts, identities: Identities, tenant: str, number: int
    ) -> None:
        self.hand = ByHand(topology, identities, tenant)
        self.hosts = hosts
        self.number = number
        self.suffix = "" if number == 1 else f"-{number}"

    def name(self, text: str) -> str:
        """A name of this set."""
        return text + self.suffix

    def build(self, host: str, other_host: str) -> JsonObject:
        """Make everything; returns the set's filter chain."""
        hand = self.hand
        lan = hand.make("bridge", "user bridge", name=self.name("legacy-lan"))
        trunk = hand.make("bridge", "user bridge", name=self.name("vlan-trunk"))
        router = hand.make("router", "user router", name=self.name("legacy-router"))
        vm_side = hand.bridge_port(lan, "exterior user bridge port")
        self.hosts.bind(vm_side, host, self.name("veth-lan"), user("binding of a user port"), active=False)
        outside = hand.router_port(router["id"], "192.168.60.0/30", "192.168.60.1", "exterior router port")
        self.hosts.bind(outside, other_host, self.name("veth-rtr"), user("binding of a user port"))
        inside = self._router_on(lan, router)
        self._vlan(lan, trunk, other_host)
        self._routes(router, inside, outside)
        self._dhcp(lan, vm_side)
        group = self._port_group([vm_side, outside])
        filter_chain = self._chains(vm_side, outside, group)
        filter_id = filter_chain["id"]
        hand.topology.change("router", router, "filter of the user router", inboundFilterId=filter_id)
        hand.topology.change("port", vm_side, "filter of a user port", outboundFilterId=filter_id)
        self._balancing(router)
        self._bgp(outside)
        self._vtep(lan)
        hand.trace(self.name("trace-router"), "ROUTER", router, "enabled trace", enabled=True)
        hand.trace(self.name("trace-trunk"), "BRIDGE", trunk, "enabled trace, no filter", enabled=True)
        hand.trace(self.name("trace-off"), "PORT", vm_side, "disabled trace", enabled=False)
        return filter_chain

    def _router_on(self, lan: JsonObject, router: JsonObject) -> JsonObject:
        bridge_side = self.hand.bridge_port(lan, "interior port towards the router")
        why = "router side of the LAN"
        mac = f"02:bb:00:00:00:{self.number:02x}"
        cidr, address = "192.168.50.0/24", "192.168.50.1"
        router_side = self.hand.router_port(router["id"], cidr, address, why, portMac=mac)
        self.hand.topology.link(bridge_side, router_side, user("bridge to router"))
        return router_side

    def _vlan(self, lan: JsonObject, trunk: JsonObject, host: str) -> None:
        hand = self.hand
        tagged = hand.bridge_port(trunk, "VLAN port", vlanId=_VLAN)
        access = hand.bridge_port(lan, f"access side of VLAN {_VLAN}")
        hand.topology.link(tagged, access, user("VLAN port to bridge"))
        trunk_port = hand.bridge_port(trunk, "trunk port", adminStateUp=self.number % 2 == 1)
        self.hosts.bind(trunk_port, host, self.name("trunk0"), user("binding of the trunk"), active=False)
        hand.mac_entry(tagged, "02:11:22:33:44:99", user(f"mac entry in VLAN {_VLAN}"), vlan=_VLAN)
        hand.mac_entry(trunk_port, "02:11:22:33:44:98", user("untagged entry on a bridge with VLANs"))

    def _routes(self, router: JsonObject, inside: JsonObject, outside: JsonObject) -> None:
        hand, gateway = self.hand, "192.168.60.2"
        hand.route(inside, "192.168.50.0/24", "user route")
        hand.route(outside, "0.0.0.0/0", "default route", nextHopGateway=gateway, weight=250)
        hand.route(
            outside, "10.68.0.0/16", "route with attributes", nextHopGateway=gateway, attributes="ticket-4711"
        )
        hand.dead_route(router["id"], "10.66.0.0/16", "BlackHole", "black hole")
        source = {"srcNetworkAddr": "192.168.50.0", "srcNetworkLength": 24}
        hand.dead_route(router["id"], "10.67.0.0/16", "Reject", "reject, with source", **source)

    def _dhcp(self, lan: JsonObject, port: JsonObject) -> None:
        hand, cidr, bridge = self.hand, "192.168.50.0/24", lan["id"]
        option = {"destinationPrefix": "10.99.0.0", "destinationLength": 16, "gatewayAddr": "192.168.50.254"}
        hand.topology.add(
            "dhcp_subnet",
            user("user DHCP subnet"),
            subnetPrefix="192.168.50.0",
            subnetLength=24,
            defaultGateway="192.168.50.1",
            serverAddr="192.168.50.2",
            dnsServerAddrs=["192.0.2.53"],
            interfaceMTU=1450,
            opt121Routes=[option],
            **{"@bridgeId": bridge},
        )
        macs = ("02:11:22:33:44:01", "02:11:22:33:44:02", "02:11:22:33:44:03")
        hand.dhcp_host(bridge, cidr, macs[0], "192.168.50.11", "user DHCP host", name="printer")
        hand.dhcp_host(bridge, cidr, macs[1], "192.168.50.12", "DHCP host with null name")
        options = [{"optName": "bootfile-name", "optValue": "x.0"}]
        hand.dhcp_host(
            bridge, cidr, macs[2], "192.168.50.13", "user DHCP host", name="pxe", extraDhcpOpts=options
        )
        place = {"@bridgeId": bridge}
        why = user("user DHCPv6 subnet")
        hand.topology.add("dhcp_v6_subnet", why, prefix=_V6_PREFIX, prefixLength=64, **place)
        members = {"clientId": f"00:03:00:01:{macs[0]}", "fixedAddress": "2001:db8:0:0:0:0:0:11"}
        place["@subnet"] = f"{_V6_PREFIX}_64"
        hand.topology.add("dhcp_v6_host", user("user DHCPv6 host"), name="printer6", **members, **place)
        hand.mac_entry(port, macs[0], user("user mac entry"))
        hand.arp_entry(bridge, "192.168.50.250", "02:11:22:33:44:fa", user("user arp entry"))

    def _port_group(self, ports: list[JsonObject]) -> JsonObject:
        group = self.hand.make("port_group", "user port group", name=self.name("legacy-ports"))
        for port in ports:
            members = {"portGroupId": group["id"], "portId": port["id"]}
            self.hand.topology.add("port_group_port", user("member"), **members)
        return group

    def _chains(self, inner: JsonObject, outer: JsonObject, group: JsonObject) -> JsonObject:
        """A filter chain and a NAT chain with rules of every type."""
        hand = self.hand
        blocked = hand.make("ip_addr_group", "user ip address group", name=self.name("blocked"))
        for address in ("192.0.2.66", "192.0.2.67"):
            truth = user("user address")
            hand.topology.add("ip_addr_group_addr", truth, ipAddrGroupId=blocked["id"], addr=address)
        nat = hand.make("chain", "user chain", name=self.name("user-nat"))
        chain = hand.make("chain", "user chain", name=self.name("user-filter"))
        ports = {"start": 1000, "end": 2000}
        rules: list[JsonObject] = [
            {"type": "drop", "ipAddrGroupSrc": blocked["id"]},
            {"type": "accept", "dlType": IPV4, "nwProto": _TCP, "tpDst": ports},
            {"type": "jump", "jumpChainId": nat["id"], "jumpChainName": nat["name"]},
            {"type": "jump", "jumpChainName": "a name and no id"},
            {"type": "drop", "inPorts": [inner["id"]], "invNwSrc": True, "dlType": IPV4}
            | {"nwSrcAddress": "192.168.50.0", "nwSrcLength": 24},
            {"type": "return", "dlType": IPV4, "nwProto": _UDP, "invNwProto": True}
            | {"portGroup": group["id"], "invPortGroup": True, "matchReturnFlow": True},
            {"type": "reject", "dlSrc": "02:11:22:00:00:00", "dlSrcMask": "ffff.ff00.0000"},
            {"type": "accept", "meterName": "meter-1", "nwTos": 46, "properties": {"owner": "net-ops"}},
            {"type": "accept"},
        ]
        for rule in rules:
            hand.rule(chain["id"], "user rule", **rule)
        translations: list[JsonObject] = [
            {"type": "dnat", "flowAction": "accept", "natTargets": nat_target("192.168.50.11", 8080, 8080)}
            | {"nwDstAddress": "192.168.60.1", "nwDstLength": 32, "dlType": IPV4, "nwProto": _TCP}
            | {"tpDst": {"start": 80, "end": 80}},
            {"type": "snat", "flowAction": "continue", "outPorts": [outer["id"]]}
            | {"natTargets": nat_target("192.168.60.1", 10000, 20000)}
            | {"nwSrcAddress": "192.168.50.0", "nwSrcLength": 24},
            {"type": "rev_snat", "flowAction": "accept", "inPorts": [outer["id"]]}
            | {"nwDstAddress": "192.168.60.1", "nwDstLength": 32},
            {"type": "rev_dnat", "flowAction": "return", "outPorts": [outer["id"]]},
        ]
        for rule in translations:
            hand.rule(nat["id"], "user NAT rule", **rule)
        return chain

    def _balancing(self, router: JsonObject) -> None:
        hand = self.hand
        balancer = hand.make("load_balancer", "user load balancer", routerId=router["id"])
        why = "load balancer on the user router"
        hand.topology.change("router", router, why, loadBalancerId=balancer["id"])
        monitor = hand.make("health_monitor", "user health monitor", delay=10, timeout=5, maxRetries=2)
        pool = hand.make("pool", "user pool", loadBalancerId=balancer["id"], healthMonitorId=monitor["id"])
        for number, address in enumerate(("192.168.50.11", "192.168.50.12")):
            members = {"address": address, "protocolPort": 8080, "adminStateUp": number == 0}
            hand.make("pool_member", "user pool member", poolId=pool["id"], **members)
        members = {"loadBalancerId": balancer["id"], "poolId": pool["id"], "address": "192.168.60.1"}
        hand.make("vip", "user vip", protocolPort=8443, sessionPersistence="SOURCE_IP", **members)

    def _bgp(self, port: JsonObject) -> None:
        """Two sessions on one port and a route advertised twice: the server takes both (old 3.10)."""
        for peer in ("192.168.60.2", "192.168.60.3"):
            members = {"localAS": 65101, "peerAS": 65100, "peerAddr": peer, "status": "DOWN"}
            session = self.hand.make("bgp", "BGP session on a user router", portId=port["id"], **members)
            for _ in range(2):
                members = {"nwPrefix": "192.168.50.0", "prefixLength": 24, "bgpId": session["id"]}
                self.hand.make("ad_route", "advertised route", **members)

    def _vtep(self, lan: JsonObject) -> None:
        # A loopback address: a switch that is looked for is looked for on this machine only.
        hand, address = self.hand, f"127.0.2.{199 + self.number}"
        zone = hand.make("tunnel_zone", "tunnel zone for the VTEP", name=self.name("tz-vtep"), type="vtep")
        members = {"managementIp": address, "managementPort": 6632, "tunnelZoneId": zone["id"]}
        hand.topology.add("vtep", user("VTEP"), **members)
        self.vxlan_port(lan, address, "swp1", 10)

    def vxlan_port(self, bridge: JsonObject, address: str, port_name: str, vlan: int) -> None:
        """A VTEP binding and the VXLAN port that the server adds to the bridge (old 3.12)."""
        hand = self.hand
        place = {"mgmtIp": address, "portName": port_name, "vlanId": vlan, "networkId": bridge["id"]}
        hand.topology.add("vtep_binding", user("VTEP binding"), **place)
        port = hand.topology.add(
            "port",
            user("VXLAN port that the server adds for the first VTEP binding of the bridge", implied=True),
            type="Vxlan",
            id=hand.identities.uuid(),
            deviceId=bridge["id"],
            mgmtIpAddr=address,
            mgmtPort=6632,
            vni=_FIRST_VNI + self.number,
        )
        ids = {"vxLanPortId": port["id"], "vxLanPortIds": [port["id"]]}
        hand.topology.change("bridge", bridge, "VTEP binding", **ids)
