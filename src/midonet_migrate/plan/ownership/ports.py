"""Ports and links: first match of the rules of (old 4.5) wins."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, OwnerRecord, Role
from midonet_migrate.plan.ownership.expected_rules import RouterEnd
from midonet_migrate.plan.ownership.external_links import classify_external_links
from midonet_migrate.plan.ownership.port_roles import Interface, PortMap
from midonet_migrate.plan.ownership.site import (
    DHCP,
    ROUTER_GATEWAY,
    ROUTER_INTERFACE,
    Site,
    is_vif,
    port_address,
    port_ref,
)
from midonet_migrate.plan.ownership.values import fixed_addresses, split_cidr, v4_only
from midonet_migrate.plan.ownership.verdicts import SERVER_MADE, Verdicts, neutron, user

HEALTH_MONITOR_PORT = ("169.254.17.43", 30, "169.254.17.44")
HEALTH_MONITOR_SUFFIX = "_hm_dp"
GATEWAY_NETWORK, GATEWAY_LENGTH, GATEWAY_ADDRESS = "169.254.255.0", 30, "169.254.255.1"


def classify_ports(site: Site, verdicts: Verdicts, provider_router: str | None) -> PortMap:
    """Give every port its owner and return what the server-made ones are for."""
    roles = PortMap()
    for port_id, port in site.ports.items():
        if port_id in site.neutron_ports:
            _neutron_port(site, verdicts, port)
    _peers(site, verdicts, roles)
    classify_external_links(site, verdicts, roles, provider_router)
    for port in site.ports.values():
        if verdicts.owner("port", port["id"]) is None:
            _other_port(site, verdicts, port, provider_router)
    for port_id, neutron_port in site.neutron_ports.items():
        if port_id not in site.ports and port_id not in site.raced and _needs_port(neutron_port):
            before = {"id": port_id, "deviceId": neutron_port["network_id"]}
            verdicts.deleted("port", port_id, before, "removed-object", "the Neutron port has no port")
    return roles


def _needs_port(port: JsonObject) -> bool:
    return is_vif(port) or port["device_owner"] in {DHCP, ROUTER_INTERFACE, ROUTER_GATEWAY}


def _neutron_port(site: Site, verdicts: Verdicts, port: JsonObject) -> None:
    resource = site.neutron_ports[port["id"]]
    ref = port_ref(port["id"])
    if resource.get("device_owner") == ROUTER_GATEWAY:
        verdicts.set("port", port, neutron("port-gateway", ref, Role.GATEWAY_PORT))
        expected: JsonObject = {
            "networkAddress": GATEWAY_NETWORK,
            "networkLength": GATEWAY_LENGTH,
            "portAddress": GATEWAY_ADDRESS,
        }
        if resource.get("admin_state_up"):
            verdicts.compared_up("port", port)
    else:
        verdicts.set("port", port, neutron("port-neutron", ref, Role.PORT))
        expected = {"deviceId": resource["network_id"], "vlanId": None}
        expected["adminStateUp"] = bool(resource["admin_state_up"])
    verdicts.compared("port", port, expected, "changed-attribute")


def _peers(site: Site, verdicts: Verdicts, roles: PortMap) -> None:
    for router_id, ports in site.interface_ports.items():
        for resource in ports:
            addresses = v4_only(fixed_addresses(resource))
            peer = _peer(site, verdicts, resource["id"], router_id, expected=bool(addresses))
            if peer is None:
                continue
            record = neutron("port-interface-peer", port_ref(resource["id"]), Role.INTERFACE_PEER)
            verdicts.set("port", peer, record)
            verdicts.compared_up("port", peer)
            interface = _interface(site, resource, peer, addresses)
            if interface is not None:
                roles.interfaces.setdefault(router_id, []).append(interface)
                _compare_interface(verdicts, peer, interface)
    for router_id, ports in site.gateway_ports.items():
        for resource in ports:
            peer = _peer(site, verdicts, resource["id"], router_id, expected=True)
            if peer is None:
                continue
            record = neutron("port-gateway-peer", port_ref(resource["id"]), Role.GATEWAY_PEER)
            verdicts.set("port", peer, record)
            verdicts.compared_up("port", peer)
            addresses = v4_only(fixed_addresses(resource))
            if addresses:
                found = str(peer.get("portAddress"))
                address = found if found in addresses else addresses[0]
                roles.gateways[router_id] = Interface(resource, RouterEnd(peer["id"], address), None)
                link = {"networkAddress": GATEWAY_NETWORK, "networkLength": GATEWAY_LENGTH}
                verdicts.compared("port", peer, {**link, "portAddress": address}, "changed-attribute")


def _peer(
    site: Site, verdicts: Verdicts, port_id: str, router_id: str, *, expected: bool
) -> JsonObject | None:
    """The router port at the other end of an interface or gateway, if it is on the right router."""
    port = site.ports.get(port_id)
    if port is None:
        return None
    peer = site.ports.get(port.get("peerId") or "")
    if peer is not None and peer["deviceId"] == router_id and peer["id"] not in site.neutron_ports:
        return peer
    raced = {port_id, port.get("peerId"), router_id} & site.raced
    if expected and not raced and router_id in site.neutron_routers:
        ends = ("a port of router " + router_id, port.get("peerId"))
        verdicts.updated("port", port_id, "peerId", ends, "changed-link")
    return None


def _interface(site: Site, resource: JsonObject, peer: JsonObject, addresses: list[str]) -> Interface | None:
    """The address is a fixed IP of the port or the gateway of a subnet of it (old 4.5)."""
    subnets = {address: site.subnet_of(resource, address) for address in addresses}
    accepted = dict(subnets)
    for subnet in subnets.values():
        if subnet is not None and subnet.get("gateway_ip"):
            accepted.setdefault(subnet["gateway_ip"], subnet)
    if not accepted:
        return None
    found = str(peer.get("portAddress"))
    address = found if found in accepted else addresses[0]
    return Interface(resource, RouterEnd(peer["id"], address), accepted[address])


def _compare_interface(verdicts: Verdicts, peer: JsonObject, interface: Interface) -> None:
    expected: JsonObject = {"portAddress": interface.end.address}
    if interface.subnet is not None:
        expected["networkAddress"], expected["networkLength"] = split_cidr(interface.subnet["cidr"])
    verdicts.compared("port", peer, expected, "changed-attribute")


def is_health_monitor_port(site: Site, port: JsonObject) -> bool:
    """The leading agent's port: its fixed address, or ``<8 characters of a pool id>_hm_dp`` (old 4.5).

    A port with that address that is linked, or bound to an interface of another name, is somebody's own.
    """
    if port["type"] != "Router" or port.get("peerId"):
        return False
    name = port.get("interfaceName") or ""
    named = name.endswith(HEALTH_MONITOR_SUFFIX)
    if named and name.removesuffix(HEALTH_MONITOR_SUFFIX) in site.pool_prefixes:
        return True
    at_address = port_address(port) == HEALTH_MONITOR_PORT
    return at_address and (named or not name)


def _other_port(site: Site, verdicts: Verdicts, port: JsonObject, provider_router: str | None) -> None:
    if is_health_monitor_port(site, port):
        reason = "port of a health monitor, made by the agent that leads"
        verdicts.set("port", port, OwnerRecord(Owner.RUNTIME, "port-health-monitor", reason))
        return
    if port["deviceId"] == provider_router:
        reason = "on the Provider Router, and not the server's"
        verdicts.set("port", port, OwnerRecord(Owner.PROVIDER_ROUTER_UPLINK, "port-uplink", reason))
        return
    if port["type"] == "Vxlan":
        verdicts.set("port", port, user("port-vxlan", "belongs to a VTEP binding"))
    else:
        verdicts.set("port", port, user("port-user", "no Neutron port, nor the other end of one"))
    kind = "router" if port["type"] == "Router" else "bridge"
    if verdicts.is_server_made(kind, port["deviceId"]):
        verdicts.inserted("port", port, "added-object", f"port on a {kind} of Neutron")


def classify_links(site: Site, verdicts: Verdicts) -> None:
    """A link is the server's if both ends are, and belong together; else whoever made an end made it."""
    for link in site.midonet("port_link"):
        ends = [verdicts.owners.get(("port", link[member])) for member in ("portId", "peerId")]
        first, second = ends
        classes = {end.owner for end in ends if end is not None}
        if first and second and first.neutron == second.neutron and _belong_together(first, second):
            rule = "link-neutron" if first.owner is Owner.NEUTRON else "link-external"
            record = OwnerRecord(first.owner, rule, "", first.neutron)
            verdicts.set("port_link", link, record)
        elif Owner.PROVIDER_ROUTER_UPLINK in classes:
            record = OwnerRecord(
                Owner.PROVIDER_ROUTER_UPLINK,
                "link-uplink",
                "an end is the operator's, on the Provider Router",
            )
            verdicts.set("port_link", link, record)
        else:
            verdicts.set("port_link", link, user("link-user", "not a link that the server makes"))
            if classes & SERVER_MADE:
                verdicts.inserted("port_link", link, "added-object", "linked to a port of Neutron")


def _belong_together(first: OwnerRecord, second: OwnerRecord) -> bool:
    return first.owner in SERVER_MADE and first.owner == second.owner and first.role != second.role
