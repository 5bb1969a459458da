"""References between objects: ids of server-made objects change in 5.x (new 4.3), some objects are gone."""

from __future__ import annotations

from typing import NamedTuple

from midonet_migrate.errors import Bug
from midonet_migrate.model.ownership import Owner, Role
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.objects.draft import ObjectDraft
from midonet_migrate.plan.objects.imported import derived_id_of

NEEDS_EDGE_ROUTER = "needs-edge-router"
_EXISTS = frozenset({Bucket.CREATED, Bucket.CONVERTED})


class Missing(NamedTuple):
    """A reference that leads nowhere in 5.x: what that makes of whoever refers, and why."""

    bucket: Bucket
    rule: str
    reason: str


class References:
    """Resolves the 1.9 ids that the objects of a draft name."""

    def __init__(self, draft: ObjectDraft) -> None:
        self._draft = draft

    def resolve(self, kind: str, key: str | None) -> str | Missing:
        """The id of an object in 5.x, or why it has none.

        ``kind`` is a 1.9 kind. Objects made by hand must have been decided on before. Raises ``Bug`` if not.
        """
        noun = kind.replace("_", " ")
        record = self._draft.owner(kind, key) if key else None
        if not key:
            return Missing(Bucket.SKIPPED, "dangling-reference", f"it names no {noun}")
        if record is None:
            gone = " any more: it vanished while the site was read" if key in self._draft.raced else ""
            return Missing(Bucket.SKIPPED, "dangling-reference", f"its {noun} {key} does not exist{gone}")
        if (kind, key) in self._draft.taken:
            rule = self._draft.taken[kind, key].rule
            reason = f"its {noun} {key} is expressed differently in MidoNet 5 ({rule})"
            return Missing(Bucket.UNSUPPORTED, "converted-reference", reason)
        if self._draft.is_hand_made(kind, key):
            return self._hand_made(kind, key, noun)
        if record.owner is Owner.RUNTIME:
            return Missing(
                Bucket.SKIPPED, "runtime-reference", f"its {noun} {key} is an agent's: it goes away"
            )
        if record.owner is not Owner.NEUTRON:
            reason = f"its {noun} {key} belongs to the Provider Router: needs the edge-router conversion"
            return Missing(Bucket.UNSUPPORTED, NEEDS_EDGE_ROUTER, reason)
        if record.role is Role.GATEWAY_PORT:
            reason = (
                f"its port {key} is on the Provider Router in 1.9 and on the external network in MidoNet 5"
            )
            return Missing(Bucket.UNSUPPORTED, "gateway-port-moved", reason)
        found = derived_id_of(record.role, record.neutron) or key
        if self._draft.imported.has(kind, found):
            return found
        return Missing(
            Bucket.SKIPPED, "reference-not-imported", f"its {noun} {key} is not made by the importer"
        )

    def optional(self, kind: str, key: str | None) -> str | Missing | None:
        """The same, where no reference is no fault."""
        return self.resolve(kind, key) if key else None

    def any_of(self, kinds: tuple[str, ...], key: str) -> str | Missing:
        """The same for a reference that may name objects of several kinds."""
        kind = next((name for name in kinds if self._draft.owner(name, key) is not None), kinds[0])
        return self.resolve(kind, key)

    def _hand_made(self, kind: str, key: str, noun: str) -> str | Missing:
        outcome = self._draft.outcomes.get((kind, key))
        if outcome is None:
            raise Bug(f"{kind} {key} is referred to before it was decided on")
        if outcome.bucket in _EXISTS:
            return key
        bucket = outcome.bucket if outcome.bucket is Bucket.UNSUPPORTED else Bucket.SKIPPED
        return Missing(bucket, "reference-left-out", f"its {noun} {key} was left out ({outcome.rule})")
