"""PORT (imp 3.5)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import Dhcp, NeutronNetwork, NeutronPort, Port, Store
from midonet_migrate.plan.tasks.values import Address, is_mac, to_uuid

IPV4 = 4
VIF, DHCP, INTERFACE, GATEWAY = "COMPUTE", "DHCP", "ROUTER_INTERFACE", "ROUTER_GATEWAY"
FLOATING_IP, VIP, REMOTE_SITE = "FLOATINGIP", "LOADBALANCER", "REMOTE_SITE"
SEEDED = frozenset({VIF, INTERFACE, GATEWAY, REMOTE_SITE})
UNTRUSTED = frozenset({VIF, VIP})
"""Have security chains; ports of VIPs only where they are MidoNet ports at all."""


def retained(message: Message) -> NeutronPort:
    """The Neutron port as the importer keeps it."""
    return NeutronPort(
        kind=message.get("device_owner", VIF),
        network=message.get("network_id", 0),
        mac=message.get("mac_address", ""),
        fixed_ips=tuple(
            (ip["ip_address"], ip["subnet_id"])
            for ip in message.get("fixed_ips", [])
            if ip.keys() >= {"ip_address", "subnet_id"}
        ),
        host=message.get("host_id", ""),
        interface=message.get("profile", {}).get("interface_name", ""),
        device=message.get("device_id", ""),
        groups=tuple(message.get("security_groups", ())),
    )


def is_retained_only(message: Message, behaviour: Behaviour) -> bool:
    """Whether a port of this kind is kept as it is, before anything is looked up for it (imp 3.5.1)."""
    kind = message.get("device_owner", VIF)
    return kind == FLOATING_IP or (kind == VIP and not behaviour.vip_ports)


def create_port(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The Neutron port, and by its kind a MidoNet port, seeds, chains, DHCP hosts (imp 3.5)."""
    port_id = message["id"]
    port = retained(message)
    store.create("NeutronPort", port_id, port)
    if is_retained_only(message, behaviour):
        return
    network: NeutronNetwork = store.get("NeutronNetwork", port.network)
    if network.uplink:
        return
    if port.kind in SEEDED:
        _seed(store, behaviour, port)
    if port.kind != REMOTE_SITE:
        bound = bool(port.host and port.interface)
        if bound:
            store.host(port.host)
        store.create("Port", port_id, Port(network=port.network, bound=bound))
    if port.kind in {VIF, VIP}:
        _secure(store, port_id, message)
    if port.kind == VIF:
        for _, subnet in port.fixed_ips:
            store.get("Dhcp", subnet)
    if port.kind == DHCP:
        _serve_dhcp(store, port)


def _seed(store: Store, behaviour: Behaviour, port: NeutronPort) -> None:
    _check_mac(port)
    addresses = [address for address, _ in port.fixed_ips]
    if behaviour.ipv6:
        addresses = [address for address in addresses if address[0] == IPV4]
    elif addresses and addresses[0][0] != IPV4:
        raise Refused("ipv6", "the first fixed IP of the port is IPv6")
    else:
        addresses = addresses[:1]
    for address in addresses:
        store.seed(port.network, address, port.mac)


def _secure(store: Store, port_id: int, message: Message) -> None:
    for group in message.get("security_groups", []):
        store.get("IPAddrGroup", group)
    for chain in (Derived.IN_CHAIN, Derived.OUT_CHAIN, Derived.ANTI_SPOOF_CHAIN):
        store.create("Chain", derive(chain, port_id))
    if message.get("port_security_enabled", True):
        store.create("Rule", derive(Derived.ANTI_SPOOF_JUMP_RULE, port_id))


def _serve_dhcp(store: Store, port: NeutronPort) -> None:
    for _, subnet in port.fixed_ips:
        store.get("Dhcp", subnet)  # what is missing is met first, what is there twice when it is written
    for index, (address, subnet) in enumerate(port.fixed_ips):
        dhcp: Dhcp = store.get("Dhcp", subnet)
        if address[0] != IPV4:
            continue
        if index == 0 and dhcp.router_port is not None:
            route = derive(Derived.METADATA_SERVICE_ROUTE, dhcp.router_port)
            if store.has("Route", route):
                raise Refused(
                    "dhcp-port-order", "the subnet has a router interface and a metadata route already"
                )
            store.create("Route", route, address)
        store.put("Dhcp", subnet, msgspec.structs.replace(dhcp, server=address))


def update_port(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Existence, change of owner, and what an update reads (imp 3.5.5)."""
    before: NeutronPort = store.get("NeutronPort", message["id"])
    after = retained({"network_id": before.network, **message})
    if not store.has("Port", message["id"]):
        store.put("NeutronPort", message["id"], after)
        return
    if behaviour.owner_updates_checked:
        if before.kind != after.kind and {before.kind, after.kind} != {VIF, INTERFACE}:
            raise Refused(
                "update", f"device_owner update from {before.kind} to {after.kind} is not supported"
            )
        if after.kind == GATEWAY:
            store.get("Router", device_of(after))
    moved = (after.host, after.interface) != (before.host, before.interface)
    if after.kind == INTERFACE and moved and after.host and after.interface:
        store.host(after.host)
    _require_addresses(message, after.kind)
    if before.kind in SEEDED and after.kind in SEEDED and not behaviour.ipv6:
        _seed_again(store, before, after)
    if before.kind in UNTRUSTED and after.kind in UNTRUSTED:
        for group in (*before.groups, *after.groups):
            store.get("IPAddrGroup", group)
        for _, subnet in (*before.fixed_ips, *after.fixed_ips) if after.kind == VIF else ():
            store.get("Dhcp", subnet)
    store.put("NeutronPort", message["id"], after)


def _require_addresses(message: Message, kind: str) -> None:
    """What chains, groups and DHCP are made of: nothing else asks for it in an update."""
    wanted = []
    if kind in UNTRUSTED:
        wanted.append(("fixed_ips", "ip_address"))
    if kind == VIF:
        wanted.append(("fixed_ips", "subnet_id"))
    if kind in UNTRUSTED and message.get("port_security_enabled", True):
        wanted.append(("allowed_address_pairs", "ip_address"))
    for name, member in wanted:
        if any(member not in element for element in message.get(name, [])):
            raise Refused("required-field", f"Message missing required fields: {name}.{member}")


def _seed_again(store: Store, before: NeutronPort, after: NeutronPort) -> None:
    """A new MAC alone does not reach the ARP entry (imp 3.5.5)."""
    if before.mac != after.mac:
        _check_mac(after)
    old, new = _first_address(before), _first_address(after)
    if old == new:
        return
    if old is not None:
        store.remove("ARP entry", (before.network, old, before.mac))
    if new is not None:
        if new[0] != IPV4:
            raise Refused("ipv6", "the first fixed IP of the port is IPv6")
        store.seed(before.network, new, after.mac)


def _first_address(port: NeutronPort) -> Address | None:
    return port.fixed_ips[0][0] if port.fixed_ips else None


def _check_mac(port: NeutronPort) -> None:
    if not is_mac(port.mac):
        raise Refused("mac-address", f"MAC address {port.mac!r} is not six hexadecimal words joined with ':'")


def require_places(store: Store, port: NeutronPort) -> None:
    """Raises :class:`Refused` unless a port that leaves its groups, and as a VIF its DHCP, finds them."""
    for group in port.groups:
        store.get("IPAddrGroup", group)
    for _, subnet in port.fixed_ips if port.kind == VIF else ():
        store.get("Dhcp", subnet)


def device_of(port: NeutronPort) -> int:
    """The router of a gateway or an interface, as its ``device_id`` has it. Raises :class:`Refused`."""
    try:
        return to_uuid(port.device)
    except Refused as refused:
        raise Refused(refused.rule, f"device_id: {refused.message}") from None
