"""More hand-made objects, each kind an option of its own (old 3)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from midonet_lab.sites.generator.by_hand import ByHand
from midonet_lab.sites.generator.ground_truth import user
from midonet_lab.sites.generator.hosts import Hosts
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.neutron_variety import AWKWARD_NAMES
from midonet_lab.sites.generator.population import Tenant
from midonet_lab.sites.generator.server_model import Server
from midonet_lab.sites.generator.user_chains import HandMadeChains
from midonet_migrate.model.keys import JsonObject

_PERCENT = 100


class UserVariety:
    """Adds the parts named in a specification's ``variety`` to the objects made by hand."""

    def __init__(self, server: Server, hosts: Hosts, identities: Identities, tenant: Tenant) -> None:
        self.server = server
        self.topology = server.topology
        self.hosts = hosts
        self.tenant = tenant
        self.hand = ByHand(server.topology, identities, tenant.id)
        self.random = identities.random

    def apply(self, names: tuple[str, ...]) -> None:
        """The parts that are named; names that are for Neutron's resources are left to them."""
        parts = {
            "hand_names": self.names,
            "devices": self.devices,
            "chains": HandMadeChains(self.server, self.hand, self.tenant).make,
            "groups": self.groups,
            "tables": self.tables,
            "routes": self.routes,
            "bgp": self.bgp,
            "balancers": self.balancers,
            "traces": self.traces,
        }
        for name, part in parts.items():
            if name in names:
                part()

    def _bridge(self, name: str | None, **members: Any) -> JsonObject:
        return self.hand.make("bridge", "user bridge", name=name, **members)

    def _router(self, name: str | None, **members: Any) -> JsonObject:
        return self.hand.make("router", "user router", name=name, **members)

    def _chain(self, name: str | None) -> JsonObject:
        return self.hand.make("chain", "user chain", name=name)

    def _vm(self) -> JsonObject:
        return self.topology.by_id["port"][self.tenant.vms[-1]["id"]]

    def names(self) -> None:
        """Awkward names and tenants on every kind that has them, the same name twice."""
        for name in self.random.sample(AWKWARD_NAMES, 6):
            tenant = self.random.choice((None, "admin project", "x" * 255, self.tenant.id))
            for _ in range(2):
                for kind in ("bridge", "router", "chain", "port_group"):
                    self.hand.make(kind, "awkward name", name=name, tenantId=tenant)
                self.hand.make("ip_addr_group", "awkward name", name=name)

    def devices(self) -> None:
        """Chains of bridges and routers, unplugged and disabled ports, VLAN numbers at their limits."""
        hand, link = self.hand, self.topology.link
        bridges = [self._bridge(f"chain-{number}", adminStateUp=number != 1) for number in range(4)]
        for one, other in pairwise(bridges):
            tagged = hand.bridge_port(one, "tagged", vlanId=self.random.choice((1, 4094)))
            link(tagged, hand.bridge_port(other, "access"), user("bridge to bridge"))
        routers = [self._router(f"hop-{number}", adminStateUp=number != 1) for number in range(3)]
        for number, (one, other) in enumerate(pairwise(routers)):
            cidr = f"169.254.{number}.0/30"
            ends = [
                hand.router_port(router["id"], cidr, f"169.254.{number}.{side}", "router to router")
                for side, router in enumerate((one, other), 1)
            ]
            link(ends[0], ends[1], user("router to router"))
        first, last = routers[0], routers[-1]
        hand.router_port(last["id"], "192.0.2.1/32", "192.0.2.1", "unplugged, a single address")
        down = hand.router_port(last["id"], "10.253.0.0/31", "10.253.0.0", "disabled", adminStateUp=False)
        for host in list(self.hosts.ids)[:1]:
            self.hosts.bind(down, host, "if-of-15-chars-", user("disabled and bound"))
        chain = self._chain("both-ways")
        both = {"inboundFilterId": chain["id"], "outboundFilterId": chain["id"]}
        port = hand.bridge_port(bridges[0], "filtered", adminStateUp=False)
        for kind, item in (("bridge", bridges[0]), ("router", first), ("port", port)):
            self.topology.change(kind, item, "the same chain both ways", **both)
        hand.bridge_port(bridges[3], "of an old Nova", vifId=hand.identities.uuid())
        self._bridge("open", disableAntiSpoof=True)

    def groups(self) -> None:
        """Port groups and address groups: empty, alike, with ports of every kind, with IPv6."""
        hand, add = self.hand, self.topology.add
        for stateful in (True, False, True):
            hand.make("port_group", "empty port group", name="same name", stateful=stateful)
        mixed = hand.make("port_group", "port group of every kind of port", name="", stateful=True)
        bridge = self._bridge("members")
        ports = [hand.bridge_port(bridge, "member") for _ in range(3)]
        ports += [self._vm(), self.topology.by_id["port"][self.tenant.interfaces[-1]["id"]]]
        ports.append(self.server.interface_peers[self.tenant.interfaces[-1]["id"]])
        for port in ports:
            add("port_group_port", user("member"), portGroupId=mixed["id"], portId=port["id"])
        chain = self._chain("by-group")
        hand.rule(chain["id"], "by port group", type="drop", portGroup=mixed["id"])
        for name in ("same name", "same name", ""):
            group = hand.make("ip_addr_group", "user ip address group", name=name)
            hand.rule(chain["id"], "by address group", type="drop", ipAddrGroupDst=group["id"])
            for address in ("10.0.0.1", "2001:db8:0:0:0:0:0:1", "fe80:0:0:0:0:0:0:1", "255.255.255.255"):
                add("ip_addr_group_addr", user("address"), ipAddrGroupId=group["id"], addr=address)
        for zone in ("tz-main", "\u7a7a", ""):
            kind = self.random.choice(("gre", "vxlan"))
            self.hosts.tunnel_zone(zone, kind, (), "tunnel zone without members")

    def tables(self) -> None:
        """Bridges with many table entries, several DHCP subnets with and without everything."""
        hand, add = self.hand, self.topology.add
        bridge = self._bridge("tables")
        ports = [hand.bridge_port(bridge, "untagged") for _ in range(2)]
        for number in range(40):
            mac = f"02:dd:00:00:00:{number:02x}"
            hand.mac_entry(ports[number % 2], mac, user("mac entry"))
            hand.arp_entry(bridge["id"], f"10.252.0.{number}", mac, user("arp entry"))
        bridge_id = bridge["id"]
        bare: JsonObject = {
            "defaultGateway": None,
            "serverAddr": None,
            "dnsServerAddrs": None,
            "enabled": False,
        }
        routes = [
            {"destinationPrefix": "0.0.0.0", "destinationLength": 0, "gatewayAddr": "10.252.2.1"},
            {"destinationPrefix": "10.9.8.7", "destinationLength": 32, "gatewayAddr": "0.0.0.0"},
        ]
        full: JsonObject = {
            "defaultGateway": "10.252.2.1",
            "serverAddr": "10.252.2.2",
            "opt121Routes": routes,
        }
        full |= {"dnsServerAddrs": ["192.0.2.3", "192.0.2.1", "192.0.2.3"], "interfaceMTU": 9000}
        for number, members in enumerate((bare, full, {})):
            place = {"subnetPrefix": f"10.252.{number + 1}.0", "subnetLength": 24, "@bridgeId": bridge_id}
            add("dhcp_subnet", user("DHCP subnet"), **place, **members)
        options = [{"optName": str(code), "optValue": "\u00fc" * 50} for code in (66, 67, 67, 252)]
        for number, name in enumerate((None, "", "same", "same", "\u30db\u30b9\u30c8")):
            mac = f"02:dd:00:00:01:{number:02x}"
            more: JsonObject = {"name": name, "extraDhcpOpts": options if number % 2 else []}
            hand.dhcp_host(bridge_id, "10.252.2.0/24", mac, f"10.252.2.{number + 10}", "DHCP host", **more)
        for number in range(2):
            prefix = f"2001:db8:{number}:0:0:0:0:0"
            v6: JsonObject = {"@bridgeId": bridge_id}
            add("dhcp_v6_subnet", user("DHCPv6 subnet"), prefix=prefix, prefixLength=64, **v6)
            v6["@subnet"] = f"{prefix}_64"
            for host in range(2):
                members = {"clientId": f"00:03:00:01:02:dd:00:00:02:{host:02x}", "name": None}
                address = f"2001:db8:{number}:0:0:0:0:{host + 10:x}"
                add("dhcp_v6_host", user("DHCPv6 host"), fixedAddress=address, **members, **v6)
        neutron = self.topology.by_id["bridge"][self.tenant.networks[-1]["id"]]
        hand.arp_entry(neutron["id"], "10.252.9.9", "02:dd:00:00:03:00", user("arp entry"))
        cidr = {"subnetPrefix": "10.252.9.0", "subnetLength": 24, "@bridgeId": neutron["id"]}
        add("dhcp_subnet", user("DHCP subnet on a Neutron bridge"), **cidr, defaultGateway="10.252.9.1")
        hand.dhcp_host(neutron["id"], "10.252.9.0/24", "02:dd:00:00:03:01", "10.252.9.8", "DHCP host")

    def routes(self) -> None:
        """Routes of every type and weight, doubled, with sources, through every kind of port."""
        hand = self.hand
        for router in (self._router("many-routes"), self.topology.by_id["router"][self.tenant.router["id"]]):
            number = _PERCENT + len(self.topology.objects["router"]) % _PERCENT
            port = hand.router_port(router["id"], f"10.251.{number}.0/24", f"10.251.{number}.1", "user port")
            hop = f"10.251.{number}.254"
            for weight in (0, 1, 100, 100, 65535):
                hand.route(port, "172.29.0.0/16", "weighted", nextHopGateway=hop, weight=weight)
            for cidr in ("0.0.0.0/0", "255.255.255.255/32", "224.0.0.0/4", "172.29.1.9/24"):
                hand.route(port, cidr, "destination", nextHopGateway=hop)
                hand.dead_route(router["id"], cidr, "Reject", "reject", weight=101)
                hand.dead_route(router["id"], cidr, "BlackHole", "black hole", weight=102)
            source: JsonObject = {"srcNetworkAddr": "10.0.0.1", "srcNetworkLength": 32}
            hand.route(port, "172.28.0.0/16", "no gateway", **source)
            hand.route(port, "172.28.0.0/16", "attributes", nextHopGateway=hop, attributes='it\'s "\u00fc"')

    def bgp(self) -> None:
        """Sessions with other AS numbers, without routes, of several ports to the same peer."""
        agreed, discordant = self._router("speaker"), self._router("two AS numbers")
        for number in range(4):
            place = f"10.250.{number}.0/30", f"10.250.{number}.1"
            router, own = (agreed, 64512) if number < 2 else (discordant, 64512 + number)
            port = self.hand.router_port(router["id"], *place, "port of a speaker")
            if number < 2:
                host = next(iter(self.hosts.ids))
                self.hosts.bind(port, host, f"veth-bgp{number}", user("binding of a speaker"))
            other = (65000, 1, 65000, 4200000000)[number]
            for peer in (f"10.250.{number}.2", "10.250.0.2"):
                members: JsonObject = {"localAS": own, "peerAS": other, "peerAddr": peer, "status": "DOWN"}
                session = self.hand.make("bgp", "BGP session", portId=port["id"], **members)
                for prefix, length in (("0.0.0.0", 0), ("10.250.9.1", 32), ("10.250.9.0", 24))[number:]:
                    place_of = {"nwPrefix": prefix, "prefixLength": length, "bgpId": session["id"]}
                    self.hand.make("ad_route", "advertised route", **place_of)

    def balancers(self) -> None:
        """Load balancers without router and without pools, disabled parts, pools shared by VIPs."""
        hand, change = self.hand, self.topology.change
        hand.make("load_balancer", "without router", routerId=None, adminStateUp=False)
        idle = self._router("idle")
        empty = hand.make("load_balancer", "without pools", routerId=idle["id"])
        change("router", idle, "its load balancer", loadBalancerId=empty["id"])
        router = self._router("balancing")
        balancer = hand.make("load_balancer", "user load balancer", routerId=router["id"])
        change("router", router, "its load balancer", loadBalancerId=balancer["id"])
        hand.make("health_monitor", "unused", delay=1, timeout=1, maxRetries=1)
        checks: JsonObject = {"delay": 9, "timeout": 3, "maxRetries": 9, "adminStateUp": False}
        for number in range(3):
            monitor = hand.make("health_monitor", "disabled", **checks) if number else {"id": None}
            more: JsonObject = {"healthMonitorId": monitor["id"], "adminStateUp": number != 1}
            pool = hand.make("pool", "user pool", loadBalancerId=balancer["id"], **more)
            for member in range(number):
                members = {
                    "address": f"10.249.{number}.{member}",
                    "protocolPort": 65535,
                    "weight": member * 255,
                }
                hand.make("pool_member", "user pool member", poolId=pool["id"], **members)
            for vip in range(2):
                members = {"loadBalancerId": balancer["id"], "poolId": pool["id"], "adminStateUp": vip == 0}
                members |= {"address": f"10.249.9.{number}", "protocolPort": 80 + vip}
                hand.make("vip", "user VIP", sessionPersistence=None, **members)

    def traces(self) -> None:
        """Several trace requests on a device, on Neutron's devices, with awkward names and limits."""
        bridge = self.topology.by_id["bridge"][self.tenant.networks[-1]["id"]]
        router = self.topology.by_id["router"][self.tenant.router["id"]]
        for kind, device in (("BRIDGE", bridge), ("ROUTER", router), ("PORT", self._vm())):
            for name in ("", "\u30c8\u30ec\u30fc\u30b9", "same"):
                self.hand.trace(name, kind, device, "one of several traces", enabled=name == "same")
