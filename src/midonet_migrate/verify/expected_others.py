"""CONFIG, AGENTMEMBERSHIP, PORTBINDING (imp 3.11)."""

from __future__ import annotations

from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, Unordered


def create_config(site: Site, message: Object) -> None:
    """The zone that agents join by themselves."""
    key = message["id"]
    site.create("NeutronConfig", key, message)
    if site.find("TunnelZone", key) is None:
        kind = message.get("tunnel_protocol", "GRE")
        site.create("TunnelZone", key, {"name": "DEFAULT", "type": kind})


def create_membership(site: Site, message: Object) -> None:
    """A host in that zone."""
    site.create("AgentMembership", message["id"], message)
    for zone in site.all("NeutronConfig"):
        join_zone(site, zone, message["id"], message["ip_address"])


def join_zone(site: Site, zone: str, host: str, address: str) -> None:
    """Make a host a member of a tunnel zone."""
    fields = site.get("TunnelZone", zone)
    fields.setdefault("hosts", Unordered()).append({"host_id": host, "ip": address})
    fields.setdefault("host_ids", set()).add(host)


def create_binding(site: Site, message: Object) -> None:
    """A port on an interface of a host."""
    site.create("PortBinding", message["id"], message)
    port = site.get("Port", message["port_id"])
    port.update(host_id=message["host_id"], interface_name=message.get("interface_name", ""))
