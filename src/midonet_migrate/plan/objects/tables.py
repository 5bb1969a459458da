"""Static entries of MAC and ARP tables (new 2.6, 2.7, 3.2)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft, Verdict
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import full_mac, is_ipv4


def plan_tables(draft: ObjectDraft, references: References) -> None:
    """Stored entries, on bridges of anybody."""
    macs: set[tuple[str, int, str]] = set()
    for key, entry in list(draft.hand_made("mac_port")):
        _mac_entry(draft, references, key, entry, macs)
    addresses: set[tuple[str, str]] = set()
    for key, entry in list(draft.hand_made("ip4_mac_pair")):
        _arp_entry(draft, references, key, entry, addresses)


def _mac_entry(
    draft: ObjectDraft,
    references: References,
    key: str,
    entry: JsonObject,
    seen: set[tuple[str, int, str]],
) -> None:
    bridge_id = entry["@bridgeId"] if "@bridgeId" in entry else entry["bridgeId"]
    bridge = references.resolve("bridge", bridge_id)
    port = references.resolve("port", entry["portId"])
    missing = next((found for found in (bridge, port) if isinstance(found, Missing)), None)
    if missing is not None:
        draft.leave_out("mac_port", key, *missing)
        return
    mac, vlan = full_mac(entry.get("macAddr")), entry.get("vlanId") or 0
    problem = _mac_problem(draft.by_id("port")[entry["portId"]], bridge_id, mac, vlan)
    if problem or mac is None:
        draft.leave_out("mac_port", key, Bucket.UNSUPPORTED, "mac-entry", problem)
        return
    place = (str(bridge), vlan, mac.lower())
    if place in seen:
        reason = "the table has an entry for this MAC and VLAN already, and holds one"
        draft.leave_out("mac_port", key, Bucket.SKIPPED, "duplicate", reason)
        return
    seen.add(place)
    body = {"macAddr": mac, "portId": port, "vlanId": vlan}
    draft.create(Step.MAC_TABLES, "mac_port", key, f"/bridges/{bridge}/mac_table", body)


def _mac_problem(port: JsonObject, bridge: str, mac: str | None, vlan: int) -> str:
    if mac is None:
        return "its MAC cannot be read"
    if port["deviceId"] != bridge:
        return f"its port {port['id']} is not on the bridge"
    port_vlan = port.get("vlanId") or 0
    if port_vlan > 0 and port_vlan != vlan:
        return f"its port {port['id']} is in VLAN {port_vlan}, the entry in {vlan}"
    return ""


def _arp_entry(
    draft: ObjectDraft,
    references: References,
    key: str,
    entry: JsonObject,
    seen: set[tuple[str, str]],
) -> None:
    """What the importer seeds already is left to it; another MAC for the same address replaces its entry."""
    kind = "ip4_mac_pair"
    bridge = references.resolve("bridge", entry["@bridgeId"])
    if isinstance(bridge, Missing):
        draft.leave_out(kind, key, *bridge)
        return
    mac, address = full_mac(entry.get("macAddr") or entry.get("mac")), entry.get("ip")
    if mac is None or not is_ipv4(address):
        reason = f"address {address!r} or its MAC cannot be read"
        draft.leave_out(kind, key, Bucket.UNSUPPORTED, "arp-entry", reason)
        return
    seeded = draft.imported.seeded_macs(bridge, str(address))
    if mac.lower() in seeded:
        draft.place(kind, key, Bucket.CARRIED, "arp-seeded", "the importer writes this very entry")
        return
    if (bridge, str(address)) in seen:
        reason = "the table has an entry for this address already, and holds one"
        draft.leave_out(kind, key, Bucket.SKIPPED, "duplicate", reason)
        return
    seen.add((bridge, str(address)))
    verdict: Verdict = NOTHING
    if seeded:
        verdict = ("arp-replaces", f"replaces the importer's entry for {address}, as it did in 1.9")
        draft.note(kind, key, *verdict)
    body = {"ip": address, "mac": mac}
    draft.create(Step.ARP_TABLES, kind, key, f"/bridges/{bridge}/arp_table", body, verdict=verdict)
