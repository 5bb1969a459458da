"""Chains, empty: all of them before the first rule (new 4.1). Filters of devices."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft, Verdict
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References

FILTERS = ("inboundFilterId", "outboundFilterId")


def plan_chains(draft: ObjectDraft) -> None:
    """Every chain made by hand, also those that are only named like Neutron's."""
    for key, chain in list(draft.hand_made("chain")):
        name = draft.name("chain", key, chain.get("name"))
        verdict = NOTHING
        if draft.owners["chain", key].rule == "chain-name-only":
            verdict = ("chain-name-only", f"named {name!r} like a chain of Neutron, which it is not")
            draft.note("chain", key, *verdict, remedy="delete it in MidoNet 5 if it is a left-over")
        body = {"id": key, "tenantId": chain.get("tenantId"), "name": name}
        draft.create(Step.CHAINS, "chain", key, "/chains", body, verdict=verdict)


def filters_of(
    draft: ObjectDraft, references: References, kind: str, key: str, item: JsonObject
) -> tuple[JsonObject, Verdict]:
    """The two filters of a device or port made by hand, as members of its body.

    A filter that leads nowhere becomes null: 5.x refuses the object otherwise. That opens the object, so it
    is said, unless it is the chain of a trace.
    """
    body: JsonObject = {}
    verdict = NOTHING
    for member in FILTERS:
        found = references.optional("chain", item.get(member))
        if isinstance(found, Missing):
            record = draft.owner("chain", str(item[member]))
            if record is None or record.owner is not Owner.RUNTIME:
                verdict = ("filter-dropped", f"{member} {item[member]} -> null: {found.reason}")
                remedy = "put a filter in place, or delete the object, before traffic reaches it"
                draft.warn(kind, key, *verdict, remedy=remedy)
            found = None
        body[member] = found
    return body, verdict
