"""Which classes the store of a version knows: each has nodes from process start on (imp 5.1)."""

from __future__ import annotations

from midonet_lab.midonet5.topology.tables import Version

STATE_CLASS = "C3POState"
STATE_ID = "00000000-0000-0000-0000-000000000001"
NO_NAMESPACE = "00000000-0000-0000-0000-000000000000"

_OF_5_0 = """
AgentMembership BgpNetwork BgpPeer C3POState Chain Dhcp DhcpV6 FloatingIp HealthMonitor Host
IPAddrGroup L2Insertion LoadBalancer Mirror Network NeutronConfig NeutronFirewall NeutronHealthMonitor
NeutronLoadBalancerPool NeutronLoadBalancerPoolMember NeutronNetwork NeutronPort NeutronRouter
NeutronRouterInterface NeutronSubnet NeutronVIP Pool PoolMember Port PortBinding PortGroup Route Router
Rule SecurityGroup SecurityGroupRule TraceRequest TunnelZone Vip Vtep
"""
_NEW_IN_5_2 = """
FirewallLog GatewayDevice HostGroup IPSecSiteConnection L2GatewayConnection LoggingResource
NeutronBgpPeer NeutronBgpSpeaker NeutronLoggingResource RemoteMacEntry RuleLogger ServiceContainer
ServiceContainerGroup TapFlow TapService VpnService
"""
_TABLES = {"Network": ("mac_table", "ip4_mac_table"), "Router": ("arp_table",), "Port": ("peering_table",)}


def class_names(version: Version) -> tuple[str, ...]:
    """All classes of a version, by name."""
    return tuple(sorted((_OF_5_0 if version == "5.0.2" else _OF_5_0 + _NEW_IN_5_2).split()))


def table_names(version: Version, class_name: str) -> tuple[str, ...]:
    """State tables the store makes together with an object of the class."""
    return () if version == "5.0.2" else _TABLES.get(class_name, ())
