"""Ids that MidoNet computes from others: by the 5.x importer (imp B, new 4.2), a few by 1.9 (old 4.4).

All are an XOR of an id with constants that leaves its version and variant bits alone. The XOR is its own
inverse. UUIDs go in and come out as lower case text, the way every other id of a snapshot is written.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address
from uuid import UUID

_KEPT_HIGH = 0xFFFF_FFFF_FFFF_0FFF
_KEPT_LOW = 0x3FFF_FFFF_FFFF_FFFF
_LOW = 0xFFFF_FFFF_FFFF_FFFF

SAME_SUBNET_SNAT = UUID("3bcf2eb6-4be2-11e5-84ae-0242ac110003")
"""Constant of the SNAT pair of a router interface, in 1.9 and 5.x alike (old 4.4, imp B)."""

NON_HEADER = UUID("933733b5-db0f-5cce-eaa6-31e8b0b34cef")
"""Constant of the rule for later fragments of a security group rule with ports, in 1.9 and 5.x alike."""


class Derived(Enum):
    """Kinds of derived ids; the value is the pair of constants, the comment says of what (imp B).

    In 5.4 the ids of ``LOCAL_ROUTE``, ``GATEWAY_ROUTE``, ``ROUTER_INTERFACE_ROUTE`` and
    ``METADATA_SERVICE_ROUTE`` also depend on the address of the port: these constants give those of 5.0
    and 5.2 only.
    """

    IN_CHAIN = (0xC84DB1F73554442B, 0x8E7B38F2C703EE6A)  # of a device/SG/port/router
    OUT_CHAIN = (0x020940FB2CAC401E, 0x9FFAF9C05D04B524)  # of a device/SG/port/router
    FORWARD_CHAIN = (0xD90B1CEEBD1BF51E, 0xB5E5DAB5476ADB8A)  # of a router or firewall
    ANTI_SPOOF_CHAIN = (0x0A7B611CFE7334FE, 0xBBAC78CFE412AD35)  # of a port
    ANTI_SPOOF_JUMP_RULE = (0x4BCEF582EEAE45AC, 0xB0304FC7E7B3BA0D)  # of a port
    ROUTER_INTERFACE_PORT_PEER = (0x9C30300EC91F4F19, 0x88449D37E61B60F0)  # of a Neutron port
    TENANT_GATEWAY_PORT = (0xD3A45084502F4366, 0x9FD7D26CC7566972)  # of a Neutron gateway port
    PORT_GROUP = (0x3FB30E769F5041F1, 0xA50C3C4FB09A6A18)  # of a router
    ROUTER_INTERFACE_PORT_GROUP = (0x77E7C2E6ED0DBAB5, 0x245499DBAE09AA26)  # of a router (>=5.2)
    LOCAL_ROUTE = (0x13BD079B6C0E43FB, 0x80FE647E6E718B72)  # of a router port
    GATEWAY_ROUTE = (0x6BA5DF84B8A44AB4, 0x90ADB3F665E7850D)  # of a tenant gateway router port
    NETWORK_ROUTE = (0xCABC4841093B4E81, 0xB794DAC757BCD523)  # of a port
    ROUTER_INTERFACE_ROUTE = (0xB288ABE0C5744762, 0xB3A04B12442BB179)  # of a router port
    METADATA_SERVICE_ROUTE = (0xA0132E5A1583461C, 0xA752D8609A517A6C)  # of a router port
    FLOATING_IP_SNAT_RULE = (0xF515A8FD119A4B82, 0x81E9B793D68A3B9E)  # of a floating ip
    FLOATING_IP_DNAT_RULE = (0xE40C77C188694AC0, 0x9A8E6C1863E2232E)  # of a floating ip
    FLOATING_IP_REVERSE_DNAT_RULE = (0x9A8E6C1863E2232E, 0xE40C77C188694AC0)  # of a floating ip
    OUT_SNAT_RULE = (0x68FD6D8BBD3343D8, 0x9909AA4AD4B691D8)  # of a router
    OUT_DROP_UNMATCHED_FRAGMENTS_RULE = (0xBAC97789E63E4663, 0xA00989D341C8636F)  # of a router
    IN_REVERSE_SNAT_RULE = (0x928EB605E3E04119, 0x8C40E4CA90769CF4)  # of a router
    IN_DROP_WRONG_PORT_TRAFFIC_RULE = (0xB807509D2FA04B9E, 0x96B1F45A04E6D128)  # of a router
    NON_HEADER_RULE = (0x933733B5DB0F5CCE, 0xEAA631E8B0B34CEF)  # of a SG rule
    LOAD_BALANCER = (0xAAB2C5DEA7BC8DEA, 0x2AC7BB0371EEE6D7)  # of a router
    FORWARD_CHAIN_FIREWALL_JUMP_RULE = (0x36FEB6F6FD9211E5, 0x98A00242AC110001)  # of a router
    IN_CHAIN_FIREWALL_JUMP_RULE = (0xC309E08C3EAF11E5, 0xAF410242AC110002)  # of a router (old)
    OUT_CHAIN_FIREWALL_JUMP_RULE = (0x1B4B62CA3EB011E5, 0x91260242AC110002)  # of a router (old)
    L2_GATEWAY_NETWORK_PORT = (0x0AF59914959D45F8, 0xB1B028DE11F2EE4E)  # of a network (>=5.1)
    L2_GATEWAY_ROUTER_PORT = (0x5AD1C08827CB459E, 0x80042EE7006A8210)  # of a network (>=5.1)
    QUAGGA_PORT = (0xFF498A4C22390AE3, 0x3E3EC848BAFF217D)  # of a router (>=5.2)
    QUAGGA_CONTAINER = (0x645A41FB3E1641A3, 0x90D28456127BEE31)  # of a router (>=5.2)
    QUAGGA_CONTAINER_GROUP = (0x7D263D2D55DA46D2, 0xB53951E91EBA3A1F)  # of a router (>=5.2)
    BGP_NETWORK = (0x39C62A620C7049A9, 0xBC9C1ACB80E516FC)  # of a Neutron port or extra route (>=5.2)
    FLOATING_IP_SNAT_EXACT_RULE = (0xFABA87A8B7A850AC, 0x52C748D4A902F277)  # of a floating ip (5.4)
    FLOATING_IP_SKIP_SNAT_OUT_RULE = (0x30EDDC1FEDE9B578, 0x1DF21B732ECF45AF)  # of a floating ip (5.4)
    FLOATING_IP_SKIP_SNAT_IN_RULE = (0x7B37ACA83867E33A, 0xC52B8965E7D9CF14)  # of a floating ip (5.4)
    DST_REWRITTEN_SNAT_RULE = (0xF5D39101F0431A3E, 0xDD7A9236BF83A3E7)  # of a router (5.4)
    SKIP_SNAT_OUT_GATEWAY_PORT_RULE = (0x6F90386F458E12FF, 0x6EC14164BDE7CEE6)  # of a router (5.4)
    SKIP_SNAT_IN_GATEWAY_PORT_RULE = (0x6A68EACAEC7E7075, 0xA21D868B7315973B)  # of a router (5.4)
    SKIP_SNAT_ACCEPT_RULE = (0x9483A5A98A0098FB, 0xB6FA7A44027C7FAA)  # of a router (5.4)
    FLOAT_SNAT_EXACT_CHAIN = (0xBF4BA34A4EFDBF71, 0x590E41534B131C9B)  # of a router (5.4)
    FLOAT_SNAT_CHAIN = (0xBA661B9DBBA322AF, 0x5EFF18F9C1DE2512)  # of a router (5.4)
    SKIP_SNAT_CHAIN = (0x77E52B9EA61AAE18, 0xCF5E9A5F30DEB1FB)  # of a router (5.4)
    FLOAT_NAT64_CHAIN = (0x46DA815F6C664A20, 0x0042FF946A15ADDA)  # of a router or router port (5.4)


def xor_halves(base: UUID, high: int, low: int) -> UUID:
    """``base`` XOR the two 64-bit halves; version and variant bits of ``base`` stay (imp B)."""
    return UUID(int=base.int ^ ((high & _KEPT_HIGH) << 64) ^ (low & _KEPT_LOW))


def midonet_xor(first: UUID, *others: UUID) -> UUID:
    """Left fold of MidoNet's XOR over UUIDs (old 4.4): the kind of ``first`` is kept."""
    result = first
    for other in others:
        result = xor_halves(result, other.int >> 64, other.int & _LOW)
    return result


def derived_id(what: Derived, base: str) -> str:
    """The id of ``what`` that belongs to ``base``. Raises ``ValueError`` if ``base`` is no UUID."""
    high, low = what.value
    return str(xor_halves(UUID(base), high, low))


def same_subnet_snat_rule_id(chain: str, router_port: str) -> str:
    """Id of the SNAT rule of an interface (POST chain), or its reverse (PRE chain) (old 4.4, imp B)."""
    return str(midonet_xor(UUID(chain), UUID(router_port), SAME_SUBNET_SNAT))


def non_header_rule_id(security_group_rule: str) -> str:
    """Id of the companion rule for later fragments (old 4.4, imp B)."""
    return str(midonet_xor(UUID(security_group_rule), NON_HEADER))


def extra_route_id(router: str, destination: str, prefix_length: int, next_hop: str) -> str:
    """Id of a Neutron extra route in 5.0 and 5.2 (imp B). IPv4 only; the destination is taken unmasked.

    The next hop is sign-extended to 64 bits. Raises ``ValueError`` for anything that is not IPv4.
    """
    high = (int(IPv4Address(destination)) << 32) | prefix_length
    hop = int(IPv4Address(next_hop))
    low = hop | (0xFFFF_FFFF_0000_0000 if hop & 0x8000_0000 else 0)
    return str(xor_halves(UUID(router), high, low))


def in_chain_id(owner: str) -> str:
    """Inbound chain of a port; PRE chain of a router; EGRESS chain of a security group."""
    return derived_id(Derived.IN_CHAIN, owner)


def out_chain_id(owner: str) -> str:
    """Outbound chain of a port; POST chain of a router; INGRESS chain of a security group."""
    return derived_id(Derived.OUT_CHAIN, owner)


def forward_chain_id(router: str) -> str:
    """FORWARD chain of a router."""
    return derived_id(Derived.FORWARD_CHAIN, router)


def interface_peer_id(port: str) -> str:
    """Router side of the router interface with Neutron port ``port``; the function is its own inverse."""
    return derived_id(Derived.ROUTER_INTERFACE_PORT_PEER, port)


def tenant_gateway_port_id(gateway_port: str) -> str:
    """Tenant router side of the gateway with Neutron port ``gateway_port``."""
    return derived_id(Derived.TENANT_GATEWAY_PORT, gateway_port)


def load_balancer_id(router: str) -> str:
    """Load balancer that the importer makes for the first pool on a router."""
    return derived_id(Derived.LOAD_BALANCER, router)
