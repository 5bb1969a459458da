"""Writes that would erase what the API does not show, on objects that the importer made (new 1.8.1)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.derived_ids import interface_peer_id, tenant_gateway_port_id
from midonet_migrate.plan.objects.locations import kind_at
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.objects.values import is_uuid
from midonet_migrate.target.midonet_api.client import MidonetApi, Unreadable
from midonet_migrate.target.midonet_api.lookup import field

_COLLECTION = "application/vnd.org.midonet.collection."
_PORTS = f"{_COLLECTION}Port-v3+json"
_DHCP = f"{_COLLECTION}DhcpSubnet-v2+json"
_DHCP_V6 = f"{_COLLECTION}DhcpV6Subnet-v1+json"


class Guard:
    """Says why a request must not be sent. Objects that the plan makes have nothing hidden."""

    def __init__(self, api: MidonetApi, made_here: frozenset[str]) -> None:
        """``made_here``: ids and item paths of everything that the plan creates."""
        self._api = api
        self._made_here = made_here

    def problem(self, request: ObjectRequest, current: JsonObject | None) -> str:
        """Empty if the request erases nothing. ``current`` is the object that a PUT changes."""
        try:
            if request.method == "PUT":
                return self._put(request, current or {})
            return self._post(request)
        except Unreadable as error:
            return f"it cannot be seen whether this would erase anything: {error.reason}"

    def _post(self, request: ObjectRequest) -> str:
        body = request.body or {}
        match request.kind:
            case "port_link":
                ports = [request.path.split("/")[2], field(body, "peerId")]
            case "port_group_port" | "host_interface_port":
                ports = [field(body, "portId")]
            case "dhcp_host":
                subnet = request.path.removesuffix("/hosts")
                if subnet in self._made_here:
                    return ""
                return f"a host added to {subnet}, which is Neutron's, would cut it off from its router"
            case _:
                return ""
        return next((problem for port in ports if (problem := self._port(port))), "")

    def _put(self, request: ObjectRequest, current: JsonObject) -> str:
        match kind_at(request.path):
            case "port":
                return self._port(request.path.rpartition("/")[2], current)
            case "bridge":
                return self._bridge(request.path, current)
            case "vip":
                return self._vip(current)
            case _:
                return ""

    def _bridge(self, path: str, current: JsonObject) -> str:
        if current.get("vxLanPortIds"):
            return "the bridge is bound to a VTEP: a PUT would erase its VNI"
        if self._api.get(f"{path}/dhcpV6", _DHCP_V6):
            return "a PUT would erase the bridge's DHCPv6 subnets"
        return ""

    def _port(self, port_id: str, current: JsonObject | None = None) -> str:
        if port_id in self._made_here:
            return ""
        port = current if current is not None else self._get("port", f"/ports/{port_id}")
        peer = field(port, "peerId")
        if port is None or port.get("type") != "Router" or not is_uuid(peer):
            return ""
        if tenant_gateway_port_id(peer) == port_id:
            return "the port is a Neutron router's gateway: floating IPs and VIPs hang on it"
        if interface_peer_id(peer) != port_id:
            return ""
        bridge = field(self._get("port", f"/ports/{peer}"), "deviceId")
        subnets = self._api.get(f"/bridges/{bridge}/dhcp", _DHCP) if bridge else None
        if any(field(subnet, "defaultGateway") == port.get("portAddress") for subnet in subnets or []):
            return "the port carries the gateway address of a Neutron subnet, which would be cut off from it"
        return ""

    def _vip(self, vip: JsonObject) -> str:
        """A VIP on an external network is tied to the gateway port of its router (new 1.8.1)."""
        if field(vip, "id") in self._made_here:
            return ""
        balancer = self._get("load_balancer", f"/load_balancers/{field(vip, 'loadBalancerId')}")
        router = field(balancer, "routerId")
        ports = self._api.get(f"/routers/{router}/ports", _PORTS) if router else None
        if any(_is_gateway_for(port, field(vip, "address")) for port in ports or []):
            return "the VIP is on an external network: a PUT would cut it off from its gateway"
        return ""

    def _get(self, kind: str, path: str) -> Any:
        return self._api.get(path, media_type(kind))


def _is_gateway_for(port: JsonObject, address: str) -> bool:
    peer = field(port, "peerId")
    if not is_uuid(peer) or tenant_gateway_port_id(peer) != port.get("id"):
        return False
    try:
        network = IPv4Network(f"{port.get('networkAddress')}/{port.get('networkLength')}", strict=False)
        return IPv4Address(address) in network
    except ValueError:
        return False
