"""Which translator a data type has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from midonet_lab.midonet5.importer.translators.balancing import (
    HealthMonitorTranslator,
    MemberTranslator,
    PoolTranslator,
    VipTranslator,
)
from midonet_lab.midonet5.importer.translators.base import RetainingTranslator, Translator
from midonet_lab.midonet5.importer.translators.firewalls import FirewallTranslator
from midonet_lab.midonet5.importer.translators.floating_ips import FloatingIpTranslator
from midonet_lab.midonet5.importer.translators.groups import (
    SecurityGroupRuleTranslator,
    SecurityGroupTranslator,
)
from midonet_lab.midonet5.importer.translators.hosts import (
    AgentMembershipTranslator,
    ConfigTranslator,
    PortBindingTranslator,
)
from midonet_lab.midonet5.importer.translators.interfaces import RouterInterfaceTranslator
from midonet_lab.midonet5.importer.translators.networks import NetworkTranslator, SubnetTranslator
from midonet_lab.midonet5.importer.translators.ports import PortTranslator
from midonet_lab.midonet5.importer.translators.routers import RouterTranslator

_THROWING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "BGPSPEAKER": frozenset({"create", "delete"}),
        "LOGGINGRESOURCE": frozenset({"create"}),
        "REMOTEMACENTRY": frozenset({"update"}),
    }
)
TRANSLATORS: Mapping[str, Translator] = MappingProxyType(
    {
        "NETWORK": NetworkTranslator(),
        "SUBNET": SubnetTranslator(),
        "PORT": PortTranslator(),
        "ROUTER": RouterTranslator(),
        "ROUTERINTERFACE": RouterInterfaceTranslator(),
        "FLOATINGIP": FloatingIpTranslator(),
        "SECURITYGROUP": SecurityGroupTranslator(),
        "SECURITYGROUPRULE": SecurityGroupRuleTranslator(),
        "POOL": PoolTranslator(),
        "MEMBER": MemberTranslator(),
        "VIP": VipTranslator(),
        "HEALTHMONITOR": HealthMonitorTranslator(),
        "CONFIG": ConfigTranslator(),
        "AGENTMEMBERSHIP": AgentMembershipTranslator(),
        "PORTBINDING": PortBindingTranslator(),
        "FIREWALL": FirewallTranslator(),
    }
)


def translator_of(data_type: str, message: str) -> Translator:
    """The translator of a data type."""
    own = TRANSLATORS.get(data_type)
    return own or RetainingTranslator(message, _THROWING.get(data_type, frozenset()))
