"""Names of the importer's data types and classes that operators know."""

from __future__ import annotations

_DATA_TYPES = {
    "NETWORK": "network",
    "SUBNET": "subnet",
    "PORT": "port",
    "ROUTER": "router",
    "ROUTERINTERFACE": "router interface",
    "FLOATINGIP": "floating IP",
    "SECURITYGROUP": "security group",
    "SECURITYGROUPRULE": "security group rule",
    "POOL": "pool",
    "MEMBER": "pool member",
    "VIP": "VIP",
    "HEALTHMONITOR": "health monitor",
    "PORTBINDING": "port binding",
    "AGENTMEMBERSHIP": "agent membership",
    "CONFIG": "plug-in configuration",
    "FIREWALL": "firewall",
}
_CLASSES = {
    "AgentMembership": "agent membership",
    "Chain": "rule chain",
    "Dhcp": "DHCP subnet",
    "FloatingIp": "floating IP",
    "HealthMonitor": "health monitor",
    "Host": "host",
    "IPAddrGroup": "security group",
    "LoadBalancer": "load balancer",
    "Network": "network",
    "NeutronConfig": "plug-in configuration",
    "NeutronFirewall": "firewall",
    "NeutronNetwork": "network",
    "NeutronPort": "port",
    "NeutronRouter": "router",
    "NeutronSubnet": "subnet",
    "Pool": "pool",
    "PoolMember": "pool member",
    "Port": "port",
    "PortBinding": "port binding",
    "PortGroup": "port group",
    "Route": "route",
    "Router": "router",
    "Rule": "rule",
    "SecurityGroup": "security group",
    "SecurityGroupRule": "security group rule",
    "Vip": "VIP",
}
STORED_AS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in _CLASSES if name != "Host"},
    "HealthMonitor": ("NeutronHealthMonitor", "HealthMonitor"),
    "Pool": ("NeutronLoadBalancerPool", "Pool"),
    "PoolMember": ("NeutronLoadBalancerPoolMember", "PoolMember"),
    "Vip": ("NeutronVIP", "Vip"),
}
"""Class of the simulated store -> classes in ZooKeeper (imp 3.1, 3.10)."""

RETAINED_AS = {
    "NETWORK": "NeutronNetwork",
    "SUBNET": "NeutronSubnet",
    "PORT": "NeutronPort",
    "ROUTER": "NeutronRouter",
    "FLOATINGIP": "FloatingIp",
    "SECURITYGROUP": "SecurityGroup",
    "SECURITYGROUPRULE": "SecurityGroupRule",
    "POOL": "NeutronLoadBalancerPool",
    "MEMBER": "NeutronLoadBalancerPoolMember",
    "VIP": "NeutronVIP",
    "HEALTHMONITOR": "NeutronHealthMonitor",
}
"""Data type -> class under which the importer keeps the Neutron object with its own id (imp 3.1)."""


def noun_of_type(data_type: str | None) -> str:
    """What a row of this data type is about."""
    return _DATA_TYPES.get(data_type or "", f"{data_type or 'NULL'} resource")


def noun_of_class(name: str) -> str:
    """What an object of this class is."""
    return _CLASSES.get(name, name)
