"""Filters of users on what the importer gives filters of its own: routers and VIF ports (new 4.4)."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord, Role
from midonet_migrate.model.plan import Modification
from midonet_migrate.plan.derived_ids import in_chain_id, out_chain_id
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.places import Places
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.rules import plan_jump

Disposition = Literal["", "applied", "converted", "lost", "rebuilt"]
Decision = tuple[Disposition, str]
Decisions = dict[tuple[str, str, str, str], Decision]
"""Kind, id, operation and field of a modification to what becomes of it, and why."""

_SIDES = {
    ("router", "inboundFilterId"): Role.ROUTER_PRE_CHAIN,
    ("router", "outboundFilterId"): Role.ROUTER_POST_CHAIN,
    ("port", "inboundFilterId"): Role.PORT_INBOUND_CHAIN,
    ("port", "outboundFilterId"): Role.PORT_OUTBOUND_CHAIN,
}
_NEUTRON_KINDS = {"router": "routers", "port": "ports"}


def key_of(change: Modification) -> tuple[str, str, str, str]:
    """What names a modification."""
    return (change.kind, change.id, change.op, change.field)


def plan_router_filters(draft: ObjectDraft, references: References, places: Places) -> Decisions:
    """A jump to the user's chain, in front of the importer's chain, which must stay the filter.

    The importer's own rules follow when the user's chain returns; in 1.9 they were out of force.
    """
    decisions: Decisions = {}
    changes = [change for change in draft.modifications if _concerns(draft, change)]
    jumps = _jumps(draft) if changes else {}
    for change in changes:
        decisions[key_of(change)] = _decide(draft, references, places, jumps, change)
    return decisions


def has_own_filters(draft: ObjectDraft, kind: str, key: str, record: OwnerRecord) -> bool:
    """Whether the importer gives this router or port filters of its own, which must stay (new 4.4)."""
    if kind not in _NEUTRON_KINDS or record.owner is not Owner.NEUTRON:
        return False
    return record.role in {Role.ROUTER, Role.PORT} and draft.imported.has("chain", in_chain_id(key))


def _concerns(draft: ObjectDraft, change: Modification) -> bool:
    record = draft.owner(change.kind, change.id)
    if change.op != "update" or (change.kind, change.field) not in _SIDES or record is None:
        return False
    return has_own_filters(draft, change.kind, change.id, record)


def _jumps(draft: ObjectDraft) -> dict[str, list[str]]:
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for _, rule in draft.items("rule"):
        if rule["type"] == "jump" and rule.get("jumpChainId"):
            targets[rule["chainId"]].append(rule["jumpChainId"])
    return targets


def _decide(
    draft: ObjectDraft,
    references: References,
    places: Places,
    jumps: dict[str, list[str]],
    change: Modification,
) -> Decision:
    inbound = change.field == "inboundFilterId"
    chain = in_chain_id(change.id) if inbound else out_chain_id(change.id)
    if not change.after:
        return "rebuilt", "the importer puts its own filter in place"
    target = references.resolve("chain", change.after)
    if isinstance(target, Missing):
        return "lost", target.reason
    if target == chain:
        return "rebuilt", "it is the importer's own filter"
    if _reaches(references, jumps, change.after, chain):
        return "lost", "the chain jumps into the importer's: put in front of it, packets would go in circles"
    role = _SIDES[change.kind, change.field]
    ref = NeutronRef(_NEUTRON_KINDS[change.kind], change.id)
    plan_jump(draft, places, chain, OwnerRecord(Owner.NEUTRON, "", neutron=ref, role=role), target)
    reason = f"a jump to {target} in front of the importer's chain {chain}, whose rules follow now"
    if change.kind == "port":
        reason += "; gone when Neutron next updates the port"
    return "converted", reason


def _reaches(references: References, jumps: dict[str, list[str]], start: str, chain: str) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for target in jumps.get(waiting.pop(), []):
            if references.resolve("chain", target) == chain:
                return True
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return False


def changed_fields(change: Modification) -> JsonObject:
    """The body of a PUT that makes the same change."""
    return {change.field: change.after}
