"""Objects that nobody re-creates: the importer's, the Provider Router's, the agents' (new 3.14, 4.2)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.ownership import Owner, OwnerRecord
from midonet_migrate.model.plan import Bucket, Outcome
from midonet_migrate.plan.derived_ids import in_chain_id
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.imported import CLASSES, derived_id_of
from midonet_migrate.plan.objects.parts import left_out_part
from midonet_migrate.plan.objects.references import NEEDS_EDGE_ROUTER
from midonet_migrate.plan.objects.values import BRIDGE_PORTS

_IMPORTED = frozenset({Bucket.TASK, Bucket.DERIVED})
_UPLINK = Outcome(Bucket.UNSUPPORTED, NEEDS_EDGE_ROUTER, "needs the edge-router conversion")
_LINK = Outcome(Bucket.SKIPPED, NEEDS_EDGE_ROUTER, "made by the 1.9 server; needs the edge-router conversion")
_LOCAL_ROUTE = "route-local"
_REMAINDERS = frozenset({"address-stale", "left-behind"})
"""Of the server, but for what is no longer so: nothing of Neutron's calls for them."""


def place_server_made(draft: ObjectDraft) -> None:
    """Outcomes of all objects that are neither made by hand nor of the hosts."""
    derived: dict[str, Outcome] = {}
    for kind in MIDONET_KINDS:
        for key, item in draft.items(kind):
            if (kind, key) in draft.outcomes or draft.is_hand_made(kind, key):
                continue
            record = draft.owners[kind, key]
            if record.owner is Owner.NEUTRON:
                outcome = _of_neutron(draft, kind, key, item, record)
                if outcome is None:
                    outcome = derived.setdefault(record.rule, Outcome(Bucket.DERIVED, record.rule))
                    _count(draft, kind, item)
                draft.outcomes[kind, key] = outcome
            elif record.owner is Owner.PROVIDER_ROUTER_UPLINK:
                draft.outcomes[kind, key] = _LINK if record.rule == _LOCAL_ROUTE else _UPLINK
            elif record.owner is Owner.PROVIDER_ROUTER_INFRA:
                draft.outcomes[kind, key] = _UPLINK if kind == "router" else _LINK
            elif record.owner is Owner.RUNTIME:
                reason = record.reason or "written by an agent: made again by itself"
                draft.outcomes[kind, key] = Outcome(Bucket.CARRIED, record.rule, reason)


def _of_neutron(
    draft: ObjectDraft, kind: str, key: str, item: JsonObject, record: OwnerRecord
) -> Outcome | None:
    """``None`` if the importer makes the object, else what becomes of it."""
    ref = record.neutron
    if record.rule in _REMAINDERS:
        return Outcome(Bucket.SKIPPED, record.rule, record.reason)
    if ref is None:
        return None
    noun = ref.kind.removesuffix("s").replace("_", " ")
    outcome = draft.tasks.outcomes.get((ref.kind, ref.id))
    if outcome is None:
        reason = f"its Neutron {noun} {ref.id} does not exist"
        return Outcome(Bucket.SKIPPED, "not-imported", reason)
    if outcome.bucket not in _IMPORTED:
        return Outcome(outcome.bucket, outcome.rule, f"as its Neutron {noun} {ref.id}: {outcome.reason}")
    if _is_made(draft, kind, key, item, record):
        return left_out_part(draft, kind, item, ref)
    why = f": {outcome.reason}" if outcome.reason else ""
    reason = f"the importer does not make it for {noun} {ref.id}{why}"
    return Outcome(Bucket.SKIPPED, outcome.rule or "not-imported", reason)


def _is_made(draft: ObjectDraft, kind: str, key: str, item: JsonObject, record: OwnerRecord) -> bool:
    """Whether the importer makes the very object; trusted where it leaves nothing to look up."""
    imported, ref = draft.imported, record.neutron
    if ref is None:
        return True
    if ref.kind == "floating_ips":
        return imported.is_associated(ref.id)
    if kind == "rule" and ref.kind == "security_group_rules":
        return imported.has("rule", ref.id)
    if kind in {"dhcp_subnet", "dhcp_v6_subnet"}:
        return imported.has_class("Dhcp", ref.id)
    if kind == "port_link":
        return any(
            port is not None and port.peer is not None
            for port in (imported.port(ref.id), imported.port(item["portId"]))
        )
    made = derived_id_of(record.role, ref)
    if made is not None or kind in {"pool", "pool_member", "vip", "health_monitor"}:
        return kind not in CLASSES or imported.has(kind, made or key)
    if ref.kind != "ports":
        return True
    return imported.has("chain", in_chain_id(ref.id)) if kind == "rule" else imported.has("port", ref.id)


def _count(draft: ObjectDraft, kind: str, item: JsonObject) -> None:
    """What the importer makes fills its parents too."""
    if kind == "port" and item.get("type") in BRIDGE_PORTS:
        draft.sizes.add("ports of a bridge", item["deviceId"])
    elif kind == "ip_addr_group_addr":
        draft.sizes.add("addresses of an IP group", item["ipAddrGroupId"])
