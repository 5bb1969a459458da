"""Bridges, routers, ports, links, bindings and port groups through the API (new 2.2 - 2.5, 2.14)."""

from __future__ import annotations

from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.verify.created_values import (
    DEVICE,
    HOST,
    PORT,
    PORT_GROUP,
    ROUTER,
    change,
    fields_of,
    last_of,
    make,
    make_or_change,
    parent_of,
    subnet_of,
)
from midonet_migrate.verify.expected_others import join_zone
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import ANY_IPV4, ANYTHING, Object, host_subnet, stored_address

_NO_GATEWAY = "255.255.255.255"


def host(site: Site, request: ObjectRequest) -> None:
    """A host, which agents and the importer find by its name; or its weights."""
    body = request.body or {}
    key = make_or_change(site, "Host", request, fields_of(HOST, body))
    if request.method == "POST" and body.get("name"):
        site.host_ids.setdefault(body["name"], key)


def tunnel_zone(site: Site, request: ObjectRequest) -> None:
    """A tunnel zone."""
    body = request.body or {}
    make(site, "TunnelZone", body["id"], {"name": body["name"], "type": str(body["type"]).upper()})


def tunnel_zone_host(site: Site, request: ObjectRequest) -> None:
    """A member of a tunnel zone."""
    body = request.body or {}
    zone = parent_of(request.path)
    join_zone(site, zone, body["hostId"], stored_address(body["ipAddress"]))
    site.touch("TunnelZone", zone)


def bridge(site: Site, request: ObjectRequest) -> None:
    """A bridge, or new values of its attributes."""
    fields = fields_of(DEVICE, request.body or {})
    make_or_change(site, "Network", request, fields, usual={"admin_state_up": True})


def router(site: Site, request: ObjectRequest) -> None:
    """A router, or new values of its attributes; its balancer is attached from here (new 2.10)."""
    body = request.body or {}
    usual: Object = {"admin_state_up": True, "as_number": 0}
    key = make_or_change(site, "Router", request, fields_of(ROUTER, body), usual=usual)
    if "loadBalancerId" in body:
        _attach_balancer(site, key, body["loadBalancerId"])


def _attach_balancer(site: Site, key: str, balancer: str | None) -> None:
    found = site.get("Router", key)
    before = found.pop("load_balancer_id", None)
    if before is not None:
        site.get("LoadBalancer", before).pop("router_id", None)
    if balancer is not None:
        found["load_balancer_id"] = balancer
        site.get("LoadBalancer", balancer)["router_id"] = key


def port(site: Site, request: ObjectRequest) -> None:
    """A port of a bridge or of a router, or new values of its attributes."""
    body = request.body or {}
    fields = fields_of(PORT, body)
    if "networkAddress" in body:
        fields["port_subnet"] = subnet_of(body["networkAddress"], body.get("networkLength"))
    if request.method == "PUT":
        change(site, "Port", last_of(request.path), fields)
        site.rewrite_port(last_of(request.path))
        return
    key, device = body["id"], parent_of(request.path)
    fields = {"admin_state_up": True, **fields}
    site.touch("Port", key)
    if request.path.startswith("/routers/"):
        fields["port_mac"] = body.get("portMac") or ANYTHING
        site.router_port(device, key, fields)
        site.local_routes[key] = _local_route(key, body["portAddress"])
    else:
        site.create("Port", key, {"network_id": device, **fields})
    if body.get("peerId"):
        site.link(key, body["peerId"])


def _local_route(key: str, address: str) -> Object:
    """The route to the port itself, which the server makes under a random id (new 2.5)."""
    return {
        "src_subnet": ANY_IPV4,
        "dst_subnet": host_subnet(stored_address(address)),
        "next_hop": "LOCAL",
        "next_hop_port_id": key,
        "next_hop_gateway": _NO_GATEWAY,
        "weight": 0,
    }


def port_link(site: Site, request: ObjectRequest) -> None:
    """Two ports made peers."""
    one, other = parent_of(request.path), (request.body or {})["peerId"]
    site.link(one, other)
    site.rewrite_port(one)
    site.rewrite_port(other)


def host_interface_port(site: Site, request: ObjectRequest) -> None:
    """A port on an interface of a host, by the host's list or in the port itself."""
    body = request.body or {}
    if request.method == "PUT":
        key, fields = last_of(request.path), fields_of(PORT, body)
    else:
        fields = {"host_id": parent_of(request.path), "interface_name": body["interfaceName"]}
        key = body["portId"]
    change(site, "Port", key, fields)
    site.rewrite_port(key)


def port_group(site: Site, request: ObjectRequest) -> None:
    """A port group, or new values of its attributes."""
    fields = fields_of(PORT_GROUP, request.body or {})
    make_or_change(site, "PortGroup", request, fields, usual={"stateful": False})


def port_group_port(site: Site, request: ObjectRequest) -> None:
    """A member of a port group."""
    group, key = parent_of(request.path), (request.body or {})["portId"]
    site.get("PortGroup", group)
    site.get("Port", key).setdefault("port_group_ids", set()).add(group)
    site.touch("PortGroup", group)
    site.rewrite_port(key)
