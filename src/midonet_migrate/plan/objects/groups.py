"""IP address groups with their addresses, port groups with their members (new 3.6)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import full_ipv6, is_ipv4


def plan_ip_addr_groups(draft: ObjectDraft, references: References) -> None:
    """Groups, then addresses; user addresses in the group of a security group too."""
    for key, group in list(draft.hand_made("ip_addr_group")):
        name = draft.name("ip_addr_group", key, group.get("name"))
        verdict = NOTHING if name else ("group-name", "named by its id: 5.x wants a name")
        body = {"id": key, "name": name or key}
        draft.create(Step.IP_ADDR_GROUPS, "ip_addr_group", key, "/ip_addr_groups", body, verdict=verdict)
    known: set[tuple[str, str]] = set()
    for key, item in list(draft.hand_made("ip_addr_group_addr")):
        _address(draft, references, key, item, known)


def _address(
    draft: ObjectDraft, references: References, key: str, item: JsonObject, known: set[tuple[str, str]]
) -> None:
    kind = "ip_addr_group_addr"
    group = references.resolve("ip_addr_group", item["ipAddrGroupId"])
    if isinstance(group, Missing):
        draft.leave_out(kind, key, *group)
        return
    body = _address_body(str(item.get("addr")), group)
    if body is None:
        reason = f"{item.get('addr')!r} is no IP address, and 5.x takes nothing else in a group"
        draft.leave_out(kind, key, Bucket.UNSUPPORTED, "group-address", reason)
        return
    if (group, body["addr"]) in known:
        draft.place(kind, key, Bucket.SKIPPED, "duplicate", f"the group has {body['addr']} already")
        return
    known.add((group, body["addr"]))
    if draft.fits("addresses of an IP group", group, kind, key):
        draft.create(Step.IP_ADDR_GROUP_ADDRS, kind, key, f"/ip_addr_groups/{group}/ip_addrs", body)


def _address_body(address: str, group: str) -> JsonObject | None:
    """1.9 shows the versions swapped, so the address itself decides; IPv6 in eight groups (new 2.14, 3.6)."""
    if is_ipv4(address):
        return {"addr": address, "version": 4, "ipAddrGroupId": group}
    try:
        return {"addr": full_ipv6(address), "version": 6, "ipAddrGroupId": group}
    except ValueError:
        return None


def plan_port_groups(draft: ObjectDraft) -> None:
    """Empty groups; the members come when the ports exist."""
    for key, group in list(draft.hand_made("port_group")):
        body = {
            "id": key,
            "tenantId": group.get("tenantId"),
            "name": draft.name("port_group", key, group.get("name")),
            "stateful": bool(group.get("stateful")),
        }
        draft.create(Step.PORT_GROUPS, "port_group", key, "/port_groups", body)


def plan_port_group_ports(draft: ObjectDraft, references: References) -> None:
    """Members, also ports of Neutron, but for those that would lose what the API hides (new 1.8.1)."""
    kind = "port_group_port"
    for key, member in list(draft.hand_made(kind)):
        group = references.resolve("port_group", member["portGroupId"])
        port = references.resolve("port", member["portId"])
        missing = next((found for found in (group, port) if isinstance(found, Missing)), None)
        if missing is not None:
            draft.leave_out(kind, key, *missing)
            continue
        if draft.imported.is_fragile(str(port), draft.owners["port", member["portId"]]):
            reason = (
                f"port {port} carries the gateway of a Neutron subnet or the uplink of a Neutron router: "
                "joining a group through the API would cut it off from Neutron"
            )
            draft.leave_out(kind, key, Bucket.UNSUPPORTED, "fragile-port", reason)
        elif draft.fits("members of a port group", str(group), kind, key):
            body = {"portId": port}
            draft.create(Step.PORT_GROUP_PORTS, kind, key, f"/port_groups/{group}/ports", body)
