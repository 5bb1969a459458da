"""What becomes of each change that somebody made to a server-made object (new 4.4)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import Bucket, Modification
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.filters import Decision, Decisions, key_of

_ANTI_SPOOF = frozenset({"removed-anti-spoof-rule", "bridge-without-anti-spoof"})
_OF_PROVIDER_ROUTER = frozenset({Owner.PROVIDER_ROUTER_INFRA, Owner.PROVIDER_ROUTER_UPLINK})
_NEEDS_EDGE_ROUTER: Decision = ("lost", "on the Provider Router: needs the edge-router conversion")
_NEEDS_ANTI_SPOOF: Decision = (
    "rebuilt",
    "the importer makes anti-spoofing rules of its own: needs the anti-spoofing conversion",
)
_MADE_AGAIN: Decision = ("rebuilt", "the importer makes it again")


def disposed(draft: ObjectDraft, decisions: Decisions) -> list[Modification]:
    """The modifications with disposition and reason; what is lost or made again is a finding too.

    Changes that a conversion has decided on keep what it said.
    """
    result = []
    for change in draft.modifications:
        if change.disposition:
            result.append(change)
            continue
        disposition, reason = _decide(draft, decisions, change)
        shown = f"{change.reason}: {reason}" if change.reason else reason
        result.append(msgspec.structs.replace(change, disposition=disposition, reason=shown))
        if change.op != "insert" and disposition in {"lost", "rebuilt"}:
            what = change.field or change.rule
            draft.warn(change.kind, change.id, f"modification-{disposition}", f"{what}: {reason}")
    return result


def _decide(
    draft: ObjectDraft, decisions: Mapping[tuple[str, str, str, str], Decision], change: Modification
) -> Decision:
    taken = draft.taken.get((change.kind, change.id))
    if taken is not None:
        return ("lost" if taken.bucket in {Bucket.UNSUPPORTED, Bucket.SKIPPED} else "converted"), taken.reason
    record = draft.owner(change.kind, change.id)
    if change.op == "insert":
        return _inserted(draft, change)
    if (record is not None and record.owner in _OF_PROVIDER_ROUTER) or _is_on_provider_router(draft, change):
        return _NEEDS_EDGE_ROUTER
    if change.rule in _ANTI_SPOOF:
        return _NEEDS_ANTI_SPOOF
    return decisions.get(key_of(change), _MADE_AGAIN)


def _is_on_provider_router(draft: ObjectDraft, change: Modification) -> bool:
    before = change.before if isinstance(change.before, dict) else {}
    return draft.provider_router is not None and draft.provider_router in {
        before.get("routerId"),
        before.get("deviceId"),
    }


def _inserted(draft: ObjectDraft, change: Modification) -> Decision:
    outcome = draft.outcomes[change.kind, change.id]
    if outcome.bucket is Bucket.CREATED:
        return "applied", outcome.reason or "re-created in MidoNet 5"
    if outcome.bucket in {Bucket.CONVERTED, Bucket.CARRIED}:
        return "converted", outcome.reason
    return "lost", outcome.reason
