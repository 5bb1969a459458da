"""VTEPs and their bindings (new 2.17, 3.10)."""

from __future__ import annotations

from uuid import NAMESPACE_DNS, uuid5

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import is_ipv4

_REACHABLE = "CONNECTED"
_LARGEST_VLAN = 4095


def vtep_id(management_ip: str) -> str:
    """The id of a VTEP, which 1.9 knows by its address only (new 3.10)."""
    return str(uuid5(NAMESPACE_DNS, management_ip))


def plan_vteps(draft: ObjectDraft, references: References) -> None:
    """Late, and one at a time: each POST connects to the switch and blocks other writes (new 1.11)."""
    addresses = _host_addresses(draft)
    for key, vtep in list(draft.hand_made("vtep")):
        _vtep(draft, references, key, vtep, addresses)
    for key, binding in list(draft.hand_made("vtep_binding")):
        _binding(draft, references, key, binding)


def _host_addresses(draft: ObjectDraft) -> set[str]:
    """1.9 writes a slash, and maybe a name, before each address (old 3.1)."""
    found = {str(item.get("ipAddress")) for _, item in draft.items("tunnel_zone_host")}
    for _, host in draft.items("host"):
        found |= {str(text).rpartition("/")[2] for text in host.get("addresses") or []}
    return found


def _vtep(
    draft: ObjectDraft, references: References, key: str, vtep: JsonObject, addresses: set[str]
) -> None:
    zone = references.resolve("tunnel_zone", vtep.get("tunnelZoneId"))
    if isinstance(zone, Missing):
        draft.leave_out("vtep", key, *zone)
        return
    address, port = vtep["managementIp"], vtep.get("managementPort") or 0
    kind = str(draft.by_id("tunnel_zone")[zone]["type"]).lower()
    problem = ""
    if kind != "vtep":
        problem = f"its tunnel zone {zone} is of type {kind}, and 5.x wants vtep"
    elif not is_ipv4(address) or not 1 <= port <= 65535:
        problem = f"its address {address}:{port} cannot be used"
    elif address in addresses:
        problem = f"its address {address} is that of a host, which 5.x refuses"
    if problem:
        draft.leave_out("vtep", key, Bucket.UNSUPPORTED, "vtep-refused", problem)
        return
    if vtep.get("connectionState") != _REACHABLE:
        message = (
            f"its switch was {vtep.get('connectionState')} in 1.9; 5.x creates a VTEP only while it answers"
        )
        remedy = "bring the switch up before the import; a silent one blocks all writes for 30 seconds"
        draft.warn("vtep", key, "vtep-unreachable", message, remedy)
    body = {
        "id": vtep_id(address),
        "managementIp": address,
        "managementPort": port,
        "tunnelZoneId": zone,
    }
    reason = "known by an id in 5.x, made from its address"
    draft.create(Step.VTEPS, "vtep", key, "/vteps", body, verdict=("vtep-id", reason))


def _binding(draft: ObjectDraft, references: References, key: str, binding: JsonObject) -> None:
    vtep = references.resolve("vtep", binding["mgmtIp"])
    bridge = references.resolve("bridge", binding["networkId"])
    missing = next((found for found in (vtep, bridge) if isinstance(found, Missing)), None)
    if missing is not None:
        draft.leave_out("vtep_binding", key, *missing)
        return
    vlan = binding.get("vlanId") or 0
    if not binding.get("portName") or not 0 <= vlan <= _LARGEST_VLAN:
        reason = f"port {binding.get('portName')!r} or VLAN {vlan} is none that 5.x takes"
        draft.leave_out("vtep_binding", key, Bucket.UNSUPPORTED, "vtep-refused", reason)
        return
    body = {"portName": binding["portName"], "vlanId": vlan, "networkId": bridge}
    path = f"/vteps/{vtep_id(binding['mgmtIp'])}/bindings"
    draft.create(Step.VTEP_BINDINGS, "vtep_binding", key, path, body)
