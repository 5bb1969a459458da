"""A small hand-made 1.9 site with one of nearly everything, for tests that need no recording."""

from __future__ import annotations

from midonet_lab.sites.site import Site
from midonet_migrate.source.midonet.arrange import port_links


def uuid(number: int) -> str:
    """A readable UUID."""
    return f"00000000-0000-4000-8000-{number:012d}"


BRIDGE, OTHER_BRIDGE, ROUTER = uuid(1), uuid(2), uuid(3)
BRIDGE_PORT, LINKED_PORT, ROUTER_PORT, UPLINK = uuid(11), uuid(12), uuid(13), uuid(14)
CHAIN, EMPTY_CHAIN = uuid(21), uuid(22)
RULES = [uuid(30 + position) for position in range(1, 6)]
HOST, ZONE, GROUP, PORT_GROUP, BGP, AD_ROUTE = uuid(41), uuid(42), uuid(43), uuid(44), uuid(45), uuid(46)
TENANT = "0123456789abcdef0123456789abcdef"
MAC, LEARNED_MAC = "02:AB:cd:EF:00:01", "02:cc:00:00:00:01"
SUBNET, SUBNET_V6 = "10.0.0.0_24", "2001:db8:0:0:0:0:0:0_64"


def sample_site() -> Site:
    """Members that are left out get their defaults from the stand-in."""
    ports = [
        {"id": BRIDGE_PORT, "type": "Bridge", "deviceId": BRIDGE, "hostId": HOST, "interfaceName": "tap0"},
        {"id": LINKED_PORT, "type": "Bridge", "deviceId": BRIDGE, "peerId": ROUTER_PORT},
        {"id": ROUTER_PORT, "type": "Router", "deviceId": ROUTER, "peerId": LINKED_PORT},
        {"id": UPLINK, "type": "Router", "deviceId": ROUTER},
    ]
    in_subnet = {"@bridgeId": BRIDGE, "@subnet": SUBNET}
    in_subnet_v6 = {"@bridgeId": BRIDGE, "@subnet": SUBNET_V6}
    learned = {"macAddr": LEARNED_MAC, "portId": BRIDGE_PORT, "vlanId": 0}
    tagged = {"macAddr": MAC, "portId": LINKED_PORT, "vlanId": 7}
    site = Site(
        name="sample",
        midonet={
            "ad_route": [{"id": AD_ROUTE, "bgpId": BGP, "nwPrefix": "203.0.113.0", "prefixLength": 24}],
            "bgp": [{"id": BGP, "portId": UPLINK, "localAS": 1, "peerAS": 2, "peerAddr": "192.0.2.1"}],
            "bridge": [
                {"id": BRIDGE, "name": "one", "tenantId": TENANT, "vxLanPortIds": []},
                {"id": OTHER_BRIDGE, "name": "two", "tenantId": "somebody"},
            ],
            "chain": [{"id": CHAIN, "name": "c"}, {"id": EMPTY_CHAIN, "name": "empty"}],
            "dhcp_host": [{**in_subnet, "macAddr": MAC, "ipAddr": "10.0.0.5"}],
            "dhcp_subnet": [{"@bridgeId": BRIDGE, "subnetPrefix": "10.0.0.0", "subnetLength": 24}],
            "dhcp_v6_host": [{**in_subnet_v6, "clientId": "00:03", "fixedAddress": "2001:db8:0:0:0:0:0:5"}],
            "dhcp_v6_subnet": [{"@bridgeId": BRIDGE, "prefix": "2001:db8:0:0:0:0:0:0", "prefixLength": 64}],
            "host": [{"id": HOST, "name": "compute", "addresses": ["/192.0.2.11"]}],
            "host_interface_port": [{"hostId": HOST, "portId": BRIDGE_PORT, "interfaceName": "tap0"}],
            "interface": [{"hostId": HOST, "name": "tap0", "mac": MAC, "mtu": 1500, "status": 3}],
            "ip4_mac_pair": [{"@bridgeId": BRIDGE, "ip": "10.0.0.5", "macAddr": MAC, "@persistent": None}],
            "ip_addr_group": [{"id": GROUP, "name": "group"}],
            "ip_addr_group_addr": [
                {"ipAddrGroupId": GROUP, "addr": "10.0.0.5"},
                {"ipAddrGroupId": GROUP, "addr": "2001:db8:0:0:0:0:0:5"},
            ],
            "mac_port": [
                {
                    "@bridgeId": BRIDGE,
                    "macAddr": MAC,
                    "portId": BRIDGE_PORT,
                    "vlanId": 0,
                    "@persistent": True,
                },
                {"@bridgeId": BRIDGE, **learned, "@persistent": False},
                {"@bridgeId": BRIDGE, **tagged, "@persistent": True},
            ],
            "port": ports,
            "port_group": [{"id": PORT_GROUP, "name": "group", "tenantId": TENANT}],
            "port_group_port": [{"portGroupId": PORT_GROUP, "portId": UPLINK}],
            "port_link": port_links(ports),
            "route": [{"id": uuid(50 + number), "routerId": ROUTER} for number in range(4)],
            "router": [{"id": ROUTER, "name": "router", "tenantId": TENANT}],
            "rule": [
                {"id": rule_id, "chainId": CHAIN, "type": "accept", "position": position}
                for position, rule_id in enumerate(RULES, 1)
            ],
            "tunnel_zone": [{"id": ZONE, "name": "zone", "type": "vxlan"}],
            "tunnel_zone_host": [{"tunnelZoneId": ZONE, "hostId": HOST, "ipAddress": "192.0.2.11"}],
            "host_version": [{"hostId": HOST, "version": "1.9"}],
        },
    )
    site.sort()
    return site
