"""NETWORK and SUBNET: networks, and subnets as DHCP objects (imp 3.3, 3.4)."""

from __future__ import annotations

from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, Unordered


def is_uplink(site: Site, network: str) -> bool:
    """Whether a Neutron network is the outside of a gateway: then nothing of it is in the topology."""
    return bool(site.get("NeutronNetwork", network).get("network_type") == "UPLINK")


def create_network(site: Site, message: Object) -> None:
    """The network, unless it is an uplink."""
    key = message["id"]
    site.create("NeutronNetwork", key, message)
    if not is_uplink(site, key):
        site.create("Network", key, _network(message))


def update_network(site: Site, message: Object) -> None:
    """Name and admin state; the Neutron object is replaced."""
    key = message["id"]
    was_uplink = is_uplink(site, key)
    site.all("NeutronNetwork")[key] = message
    if not was_uplink and not is_uplink(site, key):
        fields = _network(message)
        site.get("Network", key).update(name=fields["name"], admin_state_up=fields["admin_state_up"])


def _network(message: Object) -> Object:
    return {
        "tenant_id": message.get("tenant_id", ""),
        "name": message.get("name", ""),
        "admin_state_up": message.get("admin_state_up", False),
    }


def create_subnet(site: Site, message: Object) -> None:
    """The DHCP object, unless the network is an uplink."""
    site.create("NeutronSubnet", message["id"], message)
    if is_uplink(site, message["network_id"]):
        return
    gateway = message.get("gateway_ip")
    site.create(
        "Dhcp",
        message["id"],
        {
            "network_id": message["network_id"],
            "subnet_address": message.get("cidr"),
            "server_address": gateway,
            "default_gateway": gateway,
            "dns_server_address": message.get("dns_nameservers"),
            "opt121_routes": _routes(message) or None,
            "enabled": message.get("enable_dhcp"),
        },
    )


def _routes(message: Object) -> list[Object]:
    return [
        {"dst_subnet": route["destination"], "gateway": route["nexthop"]}
        for route in message.get("host_routes", [])
    ]


def add_dhcp_host(site: Site, subnet: str, host: Object) -> None:
    """An address that DHCP gives to a MAC."""
    site.get("Dhcp", subnet).setdefault("hosts", Unordered()).append(host)


def remove_dhcp_host(site: Site, subnet: str, mac: str, address: str) -> None:
    """Take such an address away."""
    dhcp = site.get("Dhcp", subnet)
    kept = [host for host in dhcp.pop("hosts", ()) if (host["mac"], host["ip_address"]) != (mac, address)]
    if kept:
        dhcp["hosts"] = Unordered(kept)
