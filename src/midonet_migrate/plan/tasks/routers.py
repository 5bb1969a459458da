"""Routers, their interfaces and their extra routes (orig 2.3, imp 3.6, 3.7)."""

from __future__ import annotations

from typing import Any

from midonet_migrate.model.keys import JsonObject, ObjectKey, object_key
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.tasks.draft import Draft, without
from midonet_migrate.plan.tasks.networks import is_uplink
from midonet_migrate.plan.tasks.ports import PORTS, ROUTERS, kind_of
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.ports import GATEWAY
from midonet_migrate.plan.tasks.simulation.routers import reach
from midonet_migrate.plan.tasks.values import to_address, to_subnet, to_uuid

INTERFACES = "router_interfaces"
_GATEWAY_INFO = "external_gateway_info"


def plan_routers(draft: Draft) -> None:
    """A CREATE per router, without routes: those of a CREATE would never be made (imp 3.6)."""
    used: dict[str, str] = {}
    for router in draft.items(ROUTERS):
        key = (ROUTERS, str(router["id"]))
        data = without(_snat(draft, key, draft.admin_state(key, router)), "routes")
        problem = _gateway_problem(draft, data, used)
        if not problem:
            refused = draft.attempt(key, "ROUTER", data)
            problem = refused.message if refused is not None else ""
        if problem and data.get("gw_port_id"):
            draft.queue(key, "ROUTER", _drop_gateway(draft, key, data, problem))
        elif problem:
            draft.leave_out(key, Bucket.UNSUPPORTED, "importer-refused", problem)
        gateway = draft.sent.get(key, {}).get("gw_port_id")
        if gateway:
            used[str(gateway)] = key[1]
            _check_outside(draft, key, str(gateway))


def plan_interfaces(draft: Draft) -> None:
    """A ROUTERINTERFACE per interface port; its ``id`` is that of the router."""
    interfaces = draft.snapshot.neutron.get(INTERFACES, [])
    for interface in sorted(interfaces, key=lambda item: (str(item.get("router_id")), str(item["port_id"]))):
        key = (INTERFACES, object_key(INTERFACES, interface))
        port, router = draft.sent.get((PORTS, key[1])), interface.get("router_id")
        if port is None:
            bucket, rule, why = _port_left_out(draft, key[1])
            draft.place(key, bucket, rule, why)
        elif not draft.queued(ROUTERS, router):
            draft.leave_out(key, Bucket.SKIPPED, "dangling-router", draft.absence(ROUTERS, router))
        else:
            _plan_interface(draft, key, interface, port)


def plan_routes(draft: Draft) -> None:
    """An UPDATE per router with extra routes, with the whole dict: an UPDATE replaces everything."""
    for router in draft.items(ROUTERS):
        key = (ROUTERS, str(router["id"]))
        routes = router.get("routes") or []
        if not routes or key not in draft.sent:
            continue
        kept = [route for route in routes if _route_kept(draft, key, route)]
        if not kept:
            continue
        refused = draft.trial(key, "UPDATE", "ROUTER", {**draft.sent[key], "routes": kept})
        if refused is not None:
            draft.reduce(key, "routes-left-out", f"all extra routes left out: {refused.message}")


def _snat(draft: Draft, key: ObjectKey, data: JsonObject) -> JsonObject:
    info = data.get(_GATEWAY_INFO)
    if not isinstance(info, dict) or isinstance(info.get("enable_snat"), bool):
        return data
    draft.rewrite(key, "snat-null", "enable_snat null -> true, Neutron's default")
    return {**data, _GATEWAY_INFO: {**info, "enable_snat": True}}


def _gateway_problem(draft: Draft, data: JsonObject, used: dict[str, str]) -> str:
    gateway = data.get("gw_port_id")
    if not gateway:
        return ""
    port = draft.sent.get((PORTS, str(gateway)))
    if port is None:
        return draft.absence(PORTS, gateway)
    if kind_of(draft, port) != GATEWAY:
        return f"its gateway port {gateway} is owned by {port.get('device_owner')!r}"
    if str(gateway) in used:
        return f"its gateway port {gateway} is that of router {used[str(gateway)]}"
    return ""


def _check_outside(draft: Draft, key: ObjectKey, gateway: str) -> None:
    """The importer takes the first address of the gateway port in the order of Kilo's dicts, MidoNet 1.9 took
    the first of those that Neutron sent: with several subnets outside they may differ (imp 3.6, db 2.0)."""
    addresses = [str(ip.get("ip_address")) for ip in draft.sent[PORTS, gateway].get("fixed_ips") or []]
    if draft.behaviour.ipv6 or len(addresses) < 2:
        return
    ports = draft.midonet(PORTS)
    before = ports.get(str(ports.get(gateway, {}).get("peerId")), {}).get("portAddress")
    message = (
        f"of its addresses outside the importer uses {addresses[0]} only, not {', '.join(addresses[1:])}"
    )
    if before in addresses[1:]:
        message += f"; MidoNet 1.9 uses {before}"
    remedy = "tell the peers of the new address, or set the router's gateway again in Neutron afterwards"
    draft.warn(key, "gateway-addresses", message, remedy)


def _drop_gateway(draft: Draft, key: ObjectKey, data: JsonObject, why: str) -> JsonObject:
    action = f"gw_port_id and {_GATEWAY_INFO} -> null: {why}"
    draft.reduce(key, "gateway-left-out", action, "set the router's gateway in Neutron after the migration")
    return {**data, "gw_port_id": None, _GATEWAY_INFO: None}


def _port_left_out(draft: Draft, port: str) -> tuple[Bucket, str, str]:
    """An interface goes the way of its port."""
    outcome = draft.outcomes.get((PORTS, port))
    if outcome is None:
        return Bucket.SKIPPED, "dangling-port", f"its port {port} does not exist"
    return outcome.bucket, outcome.rule, f"its port was left out: {outcome.reason}"


def _plan_interface(draft: Draft, key: ObjectKey, interface: JsonObject, port: JsonObject) -> None:
    router = str(interface["router_id"])
    if is_uplink(draft, port.get("network_id")) and not _uplink_bound(draft, key, port):
        return
    fixed_ips: list[dict[str, Any]] = port.get("fixed_ips") or []
    if not fixed_ips:
        reason = "a router interface without an address that could be kept"
        draft.leave_out(key, Bucket.SKIPPED, "router-port-without-address", reason)
        return
    subnets = _subnets(fixed_ips)
    data: JsonObject = {"id": router, "port_id": key[1], "subnet_id": subnets[0]}
    if draft.behaviour.router_subnet_ids:
        data["subnet_ids"] = subnets
    if interface.get("subnet_id") != subnets[0]:
        action = f"subnet_id {interface.get('subnet_id')} -> {subnets[0]}: that of the first address kept"
        draft.rewrite(key, "interface-subnet", action)
    ignored = [fixed_ip for fixed_ip in fixed_ips[1:] if ":" not in str(fixed_ip.get("ip_address"))]
    if draft.queue(key, "ROUTERINTERFACE", data) and ignored:
        addresses = ", ".join(str(fixed_ip.get("ip_address")) for fixed_ip in ignored)
        draft.warn(key, "interface-addresses", f"the importer uses the first address only, not {addresses}")


def _subnets(fixed_ips: list[dict[str, Any]]) -> list[str]:
    """The subnet of the first IPv4 address, else of the first; then those of IPv6 addresses."""
    first = next((ip for ip in fixed_ips if ":" not in str(ip.get("ip_address"))), fixed_ips[0])
    subnets = [str(first["subnet_id"])]
    for fixed_ip in fixed_ips:
        subnet = str(fixed_ip["subnet_id"])
        if ":" in str(fixed_ip.get("ip_address")) and subnet not in subnets:
            subnets.append(subnet)
    return subnets


def _uplink_bound(draft: Draft, key: ObjectKey, port: JsonObject) -> bool:
    """Host and interface must both be known, or the import stops, or binds to no interface (imp 3.7)."""
    host = str(port.get("binding:host_id") or "")
    profile = port.get("binding:profile") or {}
    if host not in draft.hosts:
        several = "several hosts have" if host in draft.ambiguous_hosts else "no host of MidoNet has"
        reason = f'an uplink interface on host "{host}": {several} this name'
        draft.leave_out(key, Bucket.SKIPPED, "uplink-host", reason, "repair binding:host_id in Neutron")
        return False
    if not profile.get("interface_name"):
        reason = "an uplink interface without interface_name: it would be bound to nothing"
        draft.leave_out(key, Bucket.SKIPPED, "uplink-profile", reason)
        return False
    message = f'port {key[1]} is bound during the import: host "{host}" must exist in MidoNet 5 before that'
    draft.note(INTERFACES, "uplink-host", message, "create the hosts before the importer is enabled")
    return True


def _route_kept(draft: Draft, key: ObjectKey, route: JsonObject) -> bool:
    router = draft.importer.store.get("NeutronRouter", to_uuid(key[1]))
    try:
        hop = to_address(route.get("nexthop"))
        reach(draft.importer.store, router, to_subnet(route.get("destination")), hop)
    except Refused as refused:
        rule = {"ipv6": "ipv6-route", "route": "route-unreachable"}.get(refused.rule, "invalid-value")
        shown = f"{route.get('destination')} via {route.get('nexthop')}"
        draft.reduce(key, rule, f"extra route {shown} left out: {refused.message}")
        return False
    return True
