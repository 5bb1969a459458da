"""What the API makes of a plan's requests (new 2), added to what the importer makes of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from midonet_migrate.errors import IntegrityFailed
from midonet_migrate.model.plan import Conversion, ObjectRequest
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.verify import created_devices, created_rules, created_services
from midonet_migrate.verify.site import Site
from midonet_migrate.zookeeper.protobuf_text import parse_message

HOST_IN_STORE: Final = "host-in-store"

_KINDS: Final[Mapping[str, Callable[[Site, ObjectRequest], None]]] = {
    "ad_route": created_services.bgp_network,
    "bgp": created_services.bgp_peer,
    "bridge": created_devices.bridge,
    "chain": created_rules.chain,
    "dhcp_host": created_services.dhcp_host,
    "dhcp_subnet": created_services.dhcp_subnet,
    "dhcp_v6_host": created_services.by_api_only,
    "dhcp_v6_subnet": created_services.dhcp_v6_subnet,
    "health_monitor": created_services.health_monitor,
    "host": created_devices.host,
    "host_interface_port": created_devices.host_interface_port,
    "ip4_mac_pair": created_services.ip4_mac_pair,
    "ip_addr_group": created_services.ip_addr_group,
    "ip_addr_group_addr": created_services.ip_addr_group_addr,
    "load_balancer": created_services.load_balancer,
    "mac_port": created_services.mac_port,
    "pool": created_services.pool,
    "pool_member": created_services.pool_member,
    "port": created_devices.port,
    "port_group": created_devices.port_group,
    "port_group_port": created_devices.port_group_port,
    "port_link": created_devices.port_link,
    "route": created_rules.route,
    "router": created_devices.router,
    "rule": created_rules.rule,
    "trace_request": created_services.trace_request,
    "tunnel_zone": created_devices.tunnel_zone,
    "tunnel_zone_host": created_devices.tunnel_zone_host,
    "vip": created_services.vip,
    "vtep": created_services.vtep,
    "vtep_binding": created_services.vtep_binding,
}


def follow_requests(site: Site, requests: Iterable[ObjectRequest]) -> None:
    """Add what the API makes of ``requests``, in their order.

    Raises ``IntegrityFailed`` for a request that the API could not execute, or of a kind that no plan has.
    """
    for request in requests:
        follow = _KINDS.get(request.kind)
        if follow is None or request.method == "DELETE":
            raise _impossible(request, "no plan has requests of this kind")
        try:
            follow(site, request)
        except Refused as refused:
            raise _impossible(request, refused.message) from refused
        except KeyError as missing:
            raise _impossible(request, f"it lacks {missing}") from missing


def follow_hosts_in_store(site: Site, conversions: Iterable[Conversion]) -> None:
    """Add the hosts that go into the store itself, because 5.0.2 makes none by its API (new 1.10)."""
    for conversion in conversions:
        if conversion.type != HOST_IN_STORE:
            continue
        for request in conversion.requests:
            fields = parse_message(str((request.body or {})["text"]).encode())
            key = fields.pop("id")
            site.touch("Host", key)
            site.create("Host", key, fields)
            site.host_ids.setdefault(fields.get("name", ""), key)


def _impossible(request: ObjectRequest, why: str) -> IntegrityFailed:
    return IntegrityFailed(
        f"Request {request.method} {request.path} of the plan cannot be followed",
        why=why,
        hint="Prepare again; if it happens again, report it.",
    )
