"""Objects as the REST API makes them for somebody's request: other defaults than Neutron's (old 3.3, 3.7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from midonet_lab.sites.generator.addresses import split_cidr
from midonet_lab.sites.generator.ground_truth import Truth, user
from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.topology import Topology
from midonet_migrate.model.keys import JsonObject, subnet_key

_FORWARD_NAT = frozenset({"dnat", "snat"})

Owner = Callable[..., Truth]
"""``user`` or ``uplink``: makes the ground truth from a reason."""


class ByHand:
    """Makes objects in a topology; each is told apart by ``why``."""

    def __init__(self, topology: Topology, identities: Identities, tenant: str | None) -> None:
        self.topology = topology
        self.identities = identities
        self.tenant = tenant

    def make(self, kind: str, why: str, **members: Any) -> JsonObject:
        """An object of any kind that has an id; the tenant is filled in where the kind has one."""
        if kind in {"bridge", "router", "chain", "port_group"}:
            members = {"tenantId": self.tenant, **members}
        return self.topology.add(kind, user(why), **{"id": self.identities.uuid(), **members})

    def bridge_port(self, bridge: JsonObject, why: str, **members: Any) -> JsonObject:
        """A port of a bridge."""
        return self.make("port", why, type="Bridge", deviceId=bridge["id"], **members)

    def router_port(
        self, router_id: str, cidr: str, address: str, why: str, *, owner: Owner = user, **members: Any
    ) -> JsonObject:
        """A port of a router, with the local route that the server adds."""
        prefix, length = split_cidr(cidr)
        members = {"portMac": self.identities.midonet_mac(), **members}
        port = self.topology.add(
            "port",
            owner(why),
            type="Router",
            id=self.identities.uuid(),
            deviceId=router_id,
            networkAddress=prefix,
            networkLength=length,
            portAddress=address,
            **members,
        )
        truth = owner(f"local route that the server adds for port {port['id']}", implied=True)
        self.topology.add_local_route(self.identities.uuid(), truth, port)
        return port

    def rule(self, chain_id: str, why: str, *, at: int | None = None, **members: Any) -> JsonObject:
        """A rule with the defaults of the API for what is left out."""
        ports = members.get("tpSrc") or members.get("tpDst")
        policy = "header" if ports else "any"
        if members["type"] in _FORWARD_NAT:
            policy = "unfragmented"
        defaults = {"id": self.identities.uuid(), "inPorts": [], "outPorts": [], "fragmentPolicy": policy}
        return self.topology.add_rule(chain_id, user(why), at=at, **{**defaults, **members})

    def route(
        self, port: JsonObject, cidr: str, why: str, *, owner: Owner = user, **members: Any
    ) -> JsonObject:
        """A route through a port."""
        return self.topology.add_route(self.identities.uuid(), owner(why), port, cidr, **members)

    def dead_route(self, router_id: str, cidr: str, kind: str, why: str, **members: Any) -> JsonObject:
        """A BlackHole or Reject route: it has no next hop."""
        prefix, length = split_cidr(cidr)
        place = {"dstNetworkAddr": prefix, "dstNetworkLength": length}
        return self.make("route", why, routerId=router_id, type=kind, **place, **members)

    def dhcp_host(self, bridge_id: str, cidr: str, mac: str, address: str, why: str, **members: Any) -> None:
        """A DHCP host, and the ARP entry that the server adds for it (old 3.4)."""
        place = {"@bridgeId": bridge_id, "@subnet": subnet_key(*split_cidr(cidr))}
        members = {"extraDhcpOpts": [], **members}
        self.topology.add("dhcp_host", user(why), macAddr=mac, ipAddr=address, **place, **members)
        implied = user("ARP entry that the server adds for a DHCP host", implied=True)
        self.arp_entry(bridge_id, address, mac, implied)

    def arp_entry(self, bridge_id: str, address: str, mac: str, truth: Truth, *, stored: bool = True) -> None:
        """An entry of a bridge's ARP table, stored or learned."""
        entry = {"@bridgeId": bridge_id, "@persistent": stored}
        self.topology.add("ip4_mac_pair", truth, ip=address, macAddr=mac, mac=mac, **entry)

    def mac_entry(
        self, port: JsonObject, mac: str, truth: Truth, *, vlan: int = 0, stored: bool = True
    ) -> None:
        """An entry of a bridge's MAC table, stored or learned."""
        entry = {"@bridgeId": port["deviceId"], "@persistent": stored}
        self.topology.add("mac_port", truth, macAddr=mac, portId=port["id"], vlanId=vlan, **entry)

    def trace(self, name: str, device_type: str, device: JsonObject, why: str, *, enabled: bool) -> None:
        """A trace request; an enabled one puts a rule first into the device's inbound filter (old 4.4).

        A device without filter gets a chain for it.
        """
        request = self.make(
            "trace_request",
            why,
            name=name,
            deviceType=device_type,
            deviceId=device["id"],
            condition=_trace_condition(),
            creationTimestampMs=1441108800000 + self.identities.random.randrange(10**9),
            limit=9223372036854775807,
            enabled=enabled,
        )
        if not enabled:
            return
        made: Truth = {"class": "runtime", "phase": "user", "implied": True}
        if device["inboundFilterId"] is None:
            truth = {**made, "why": "chain that the server makes for an enabled trace request"}
            chain_name = f"TRACE_REQUEST_CHAIN_{request['id']}"
            chain = self.topology.add("chain", truth, id=self.identities.uuid(), name=chain_name)
            kind = device_type.lower()
            self.topology.change(kind, device, "enabled trace request", inboundFilterId=chain["id"])
        truth = {**made, "why": "made by the server for an enabled trace request"}
        self.topology.add_rule(
            device["inboundFilterId"],
            truth,
            at=0,
            id=self.identities.uuid(),
            type="trace",
            requestId=request["id"],
            limit=request["limit"],
            dlType=0x0800,
            nwProto=1,
            inPorts=[],
            outPorts=[],
        )


def _trace_condition() -> JsonObject:
    """The condition of a trace: a rule's of the first version, for ICMP over IPv4 (old 3.13)."""
    inverted = (
        "InPorts OutPorts PortGroup IpAddrGroupSrc IpAddrGroupDst TraversedDevice DlType DlSrc DlDst "
        "NwTos NwProto NwSrc NwDst TpSrc TpDst"
    )
    condition: JsonObject = {f"inv{name}": False for name in inverted.split()}
    unset = "nwDstAddress nwSrcAddress portGroup ipAddrGroupSrc ipAddrGroupDst traversedDevice dlSrc dlDst"
    condition |= dict.fromkeys(f"{unset} tpSrc tpDst uri".split())
    condition |= {"condInvert": False, "matchForwardFlow": False, "matchReturnFlow": False}
    condition |= {"inPorts": [], "outPorts": [], "nwDstLength": 0, "nwSrcLength": 0, "nwTos": 0}
    return condition | {"dlType": 0x0800, "nwProto": 1}
