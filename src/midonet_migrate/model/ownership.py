"""Who made an object of the old site."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from midonet_migrate.model.keys import ObjectKey
from midonet_migrate.model.plan import Modification


class Owner(StrEnum):
    """Owner classes. Decided by structure and recomputation, never by name alone (old 4)."""

    NEUTRON = "neutron"
    """The 1.9 server made it because of a Neutron request."""
    PROVIDER_ROUTER_INFRA = "provider_router_infra"
    """Provider Router, links of external subnets and their routes: also made by the server."""
    PROVIDER_ROUTER_UPLINK = "provider_router_uplink"
    """Operator's: uplink ports, bindings, BGP, routes and groups on the Provider Router."""
    HOST_INFRA = "host_infra"
    """Hosts, interfaces, tunnel zones, bindings of Neutron ports."""
    USER = "user"
    """Made by hand through the API."""
    RUNTIME = "runtime"
    """What agents write by themselves: learned routes, MACs, ARP, health monitor ports, traces' rules."""


class Role(StrEnum):
    """What a server-made object is for its Neutron resource; the key to its id in 5.x (imp B, new 4.3)."""

    BRIDGE = "bridge"
    ROUTER = "router"
    PORT = "port"
    """A port with the Neutron port's own id (on a bridge)."""
    GATEWAY_PORT = "gateway_port"
    """Provider Router side of a gateway link; id = Neutron gateway port."""
    GATEWAY_PEER = "gateway_peer"
    """Tenant router side of a gateway link; the reference is the Neutron gateway port."""
    INTERFACE_PEER = "interface_peer"
    """Router side of a router interface; the reference is the Neutron interface port."""
    EXTERNAL_LINK_BRIDGE_PORT = "external_link_bridge_port"
    EXTERNAL_LINK_ROUTER_PORT = "external_link_router_port"
    PORT_INBOUND_CHAIN = "port_inbound_chain"
    PORT_OUTBOUND_CHAIN = "port_outbound_chain"
    SECURITY_GROUP_INGRESS_CHAIN = "security_group_ingress_chain"
    SECURITY_GROUP_EGRESS_CHAIN = "security_group_egress_chain"
    ROUTER_PRE_CHAIN = "router_pre_chain"
    ROUTER_POST_CHAIN = "router_post_chain"
    IP_ADDR_GROUP = "ip_addr_group"
    LOAD_BALANCER = "load_balancer"
    """The reference is the Neutron router."""
    OTHER = "other"
    """Server-made, never referred to by id from outside."""


class NeutronRef(msgspec.Struct, frozen=True, gc=False):
    """A Neutron resource: kind as in :data:`~midonet_migrate.model.kinds.NEUTRON_KINDS`, and id."""

    kind: str
    id: str


class OwnerRecord(msgspec.Struct, frozen=True, gc=False):
    """Verdict on one object: ``rule`` is a stable rule id (``docs/rules.md``), ``reason`` is for people."""

    owner: Owner
    rule: str
    reason: str = ""
    neutron: NeutronRef | None = None
    role: Role = Role.OTHER


class Ownership(msgspec.Struct):
    """Verdicts on every MidoNet object of a snapshot, and what was changed on server-made objects.

    ``modifications`` holds only changes to objects whose owner is ``neutron`` or
    ``provider_router_infra``: deleted rules (``op=delete``), changed attributes (``op=update``).
    Objects *added* inside server-made ones (extra rules in a port chain, extra routes, ports, DHCP hosts)
    are objects of class ``user`` in ``owners`` and appear as ``op=insert`` too.
    """

    owners: dict[ObjectKey, OwnerRecord]
    modifications: list[Modification]
    provider_router: str | None = None
