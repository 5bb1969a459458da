"""Where a floating ip is attached: the router port and the network port it is reached through (imp 3.8)."""

from __future__ import annotations

from dataclasses import dataclass

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import UNINITIALIZED, ImporterFailure, illegal_state
from midonet_lab.midonet5.importer.subnets import contains
from midonet_lab.midonet5.importer.translators.seeds import arp_node
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import interface_peer_id, tenant_gateway_port_id


@dataclass(frozen=True, slots=True)
class Attachment:
    """The Neutron port on the network's side, and the id of the router's port."""

    network_port: StoredObject
    router_port: str


def attachment(context: Context, floating_ip: StoredObject) -> Attachment:
    """The gateway, or else an interface, whose subnet has the address. Raises if none has."""
    router_id = floating_ip.get("router_id")
    router = context.get("NeutronRouter", router_id)
    address = floating_ip.get("floating_ip_address", {}).get("address")
    if address is None:
        raise ImporterFailure(UNINITIALIZED, "Message missing required fields: version, address")
    gateway = router.get("gw_port_id")
    if gateway is not None:
        tenant_port = context.find("Port", tenant_gateway_port_id(gateway))
        if tenant_port is not None and _has(tenant_port, address):
            return Attachment(context.get("NeutronPort", gateway), tenant_port["id"])
    ids = (context.find("Router", router_id) or {}).get("port_ids", [])
    context.prefetch([("Port", port_id) for port_id in ids])
    for port_id in ids:
        port = context.find("Port", port_id)
        if port is not None and _has(port, address):
            network_port = context.find("NeutronPort", interface_peer_id(port_id))
            if network_port is not None:
                return Attachment(network_port, port_id)
    # No blank between the last words: so in the real text.
    raise illegal_state(f"Router {router_id} has no port whose subnetcontains {address}.")


def arp_node_of(context: Context, floating_ip: StoredObject, place: Attachment) -> str:
    """The ARP entry of a floating ip, on the network it is reached through."""
    port = place.network_port
    address = copied(floating_ip, "floating_ip_address")["address"]
    return arp_node(context, port["network_id"], address, port.get("mac_address", ""))


def _has(port: StoredObject, address: str) -> bool:
    return "port_subnet" in port and contains(port["port_subnet"], address)
