"""Floating IPs (orig 2.3, imp 3.8)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.ports import PORTS, ROUTERS

FLOATING_IPS = "floating_ips"
_ASSOCIATION = ("port_id", "router_id", "fixed_ip_address")


def plan_floating_ips(draft: Draft) -> None:
    """A task per floating IP. An association the importer cannot make is dropped, the address is kept."""
    vip_ports = {str(vip.get("port_id")) for vip in draft.items("vips")}
    for floating_ip in draft.items(FLOATING_IPS):
        key = (FLOATING_IPS, str(floating_ip["id"]))
        if not floating_ip.get("port_id"):
            draft.queue(key, "FLOATINGIP", floating_ip)
            continue
        problem = _problem(draft, floating_ip, vip_ports)
        if not problem:
            refused = draft.attempt(key, "FLOATINGIP", floating_ip)
            problem = refused.message if refused is not None else ""
        if problem:
            draft.queue(key, "FLOATINGIP", _release(draft, key, floating_ip, problem))


def _problem(draft: Draft, data: JsonObject, vip_ports: set[str]) -> str:
    port = data.get("port_id")
    if not draft.queued(PORTS, port):
        return draft.absence(PORTS, port)
    if not draft.queued(ROUTERS, data.get("router_id")):
        return draft.absence(ROUTERS, data.get("router_id"))
    if str(port) in vip_ports and not draft.behaviour.vip_floating_ips:
        return f"MidoNet {draft.options.target_version} takes no floating IP for a load balancer's VIP"
    return ""


def _release(draft: Draft, key: ObjectKey, data: JsonObject, why: str) -> JsonObject:
    action = f"imported without association to port {data.get('port_id')}: {why}"
    remedy = "take the association away in Neutron, or make it again after the migration"
    draft.reduce(key, "floating-ip-unassociated", action, remedy)
    return {**data, **dict.fromkeys(_ASSOCIATION)}
