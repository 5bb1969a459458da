"""The data types a version knows, and what it does with their messages (imp 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from midonet_lab.midonet5.topology.tables import Version

CREATE, UPDATE, DELETE, FLUSH = "CREATE", "UPDATE", "DELETE", "FLUSH"
OPERATIONS = (CREATE, UPDATE, DELETE, FLUSH)
NULL = "NULL"
"""The data type of a FLUSH."""

_MESSAGES = """
NETWORK NeutronNetwork
SUBNET NeutronSubnet
PORT NeutronPort
ROUTER NeutronRouter
ROUTERINTERFACE NeutronRouterInterface not-retained
FLOATINGIP FloatingIp
SECURITYGROUP SecurityGroup
SECURITYGROUPRULE SecurityGroupRule
POOL NeutronLoadBalancerPool
MEMBER NeutronLoadBalancerPoolMember
VIP NeutronVIP
HEALTHMONITOR NeutronHealthMonitor
PORTBINDING PortBinding
AGENTMEMBERSHIP AgentMembership
CONFIG NeutronConfig
FIREWALL NeutronFirewall
GATEWAYDEVICE GatewayDevice 5.2
IPSECSITECON IPSecSiteConnection 5.2
L2GATEWAYCONNECTION L2GatewayConnection 5.2
REMOTEMACENTRY RemoteMacEntry 5.2
VPNSERVICE VpnService 5.2
BGPPEER NeutronBgpPeer 5.2
BGPSPEAKER NeutronBgpSpeaker 5.2 not-retained
FIREWALLLOG FirewallLog 5.2 not-retained
LOGGINGRESOURCE NeutronLoggingResource 5.2 not-retained
TAPFLOW TapFlow 5.2
TAPSERVICE TapService 5.2
"""


@dataclass(frozen=True, slots=True)
class DataType:
    """A data type: its message, and whether the message itself is kept in the store."""

    name: str
    message: str
    retained: bool


@cache
def data_types(version: Version) -> Mapping[str, DataType]:
    """The data types of a version by name; ``NULL`` is not among them."""
    found = {}
    for line in _MESSAGES.splitlines():
        if line:
            name, message, *marks = line.split()
            if version != "5.0.2" or "5.2" not in marks:
                found[name] = DataType(name, message, "not-retained" not in marks)
    return found
