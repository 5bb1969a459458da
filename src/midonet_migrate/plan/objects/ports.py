"""Ports made by hand, on bridges and routers of anybody, and their links (new 3.3)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.bindings import Binding, bind_in_body
from midonet_migrate.plan.objects.chains import filters_of
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import BRIDGE_PORTS, ROUTER_PORTS, is_ipv4

_LARGEST_VLAN = 32767


def plan_ports(draft: ObjectDraft, references: References, bindings: dict[str, Binding]) -> None:
    """Ports without peers: links follow when both ends exist."""
    bound = {item["networkId"] for _, item in draft.items("vtep_binding")}
    for key, port in list(draft.hand_made("port")):
        if port["type"] in BRIDGE_PORTS | ROUTER_PORTS:
            _plan_port(draft, references, key, port, bindings.get(key))
        elif port["type"] == "Vxlan" and port["deviceId"] in bound:
            reason = "the VTEP bindings of its bridge make it again, with another id and VNI"
            draft.place("port", key, Bucket.CARRIED, "vxlan-port", reason)
        else:
            reason = f"a port of type {port['type']} without VTEP binding"
            draft.leave_out("port", key, Bucket.SKIPPED, "vxlan-port", reason)


def _plan_port(
    draft: ObjectDraft, references: References, key: str, port: JsonObject, binding: Binding | None
) -> None:
    device_kind = "router" if port["type"] in ROUTER_PORTS else "bridge"
    device = references.resolve(device_kind, port["deviceId"])
    if isinstance(device, Missing):
        draft.leave_out("port", key, *device)
        return
    if draft.imported.has("port", key):
        reason = "the importer makes a port with its id"
        draft.leave_out("port", key, Bucket.SKIPPED, "id-taken", reason)
        return
    if device_kind == "router" and not (is_ipv4(port["networkAddress"]) and is_ipv4(port["portAddress"])):
        reason = f"address {port['portAddress']} or network {port['networkAddress']} is not IPv4"
        draft.leave_out("port", key, Bucket.UNSUPPORTED, "port-address", reason)
        return
    if not draft.fits(f"ports of a {device_kind}", device, "port", key):
        return
    filters, verdict = filters_of(draft, references, "port", key, port)
    body: JsonObject = {
        "id": key,
        "adminStateUp": port["adminStateUp"] is not False,
        "vifId": port.get("vifId"),
        **filters,
        "type": device_kind.capitalize(),
    }
    if device_kind == "bridge":
        vlan = port.get("vlanId") or 0
        body["vlanId"] = vlan if 0 <= vlan <= _LARGEST_VLAN else 0
    else:
        for member in ("networkAddress", "networkLength", "portAddress", "portMac"):
            body[member] = port[member]
    bind_in_body(draft, key, binding, body)
    draft.create(Step.PORTS, "port", key, f"/{device_kind}s/{device}/ports", body, verdict=verdict)


def plan_links(draft: ObjectDraft, references: References) -> None:
    """Each link once, from its router side if it has one; a port has one peer (new 2.5)."""
    linked: set[str] = set()
    for key, link in list(draft.hand_made("port_link")):
        ends = [references.resolve("port", link[member]) for member in ("portId", "peerId")]
        missing = next((end for end in ends if isinstance(end, Missing)), None)
        if missing is not None:
            draft.leave_out("port_link", key, *missing)
            continue
        one, other = str(ends[0]), str(ends[1])
        busy = next((end for end in (one, other) if end in linked or _has_peer(draft, end)), None)
        if busy is not None:
            reason = f"port {busy} has another peer in MidoNet 5"
            draft.leave_out("port_link", key, Bucket.UNSUPPORTED, "link-taken", reason)
            continue
        linked |= {one, other}
        types = [draft.by_id("port")[link[member]]["type"] for member in ("portId", "peerId")]
        if types[0] in BRIDGE_PORTS and types[1] in ROUTER_PORTS:
            one, other = other, one
        draft.create(Step.PORT_LINKS, "port_link", key, f"/ports/{one}/link", {"peerId": other})


def _has_peer(draft: ObjectDraft, port: str) -> bool:
    made = draft.imported.port(port)
    return made is not None and made.peer is not None
