"""The object plan while it grows: every planner of a family writes into one :class:`ObjectDraft`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from midonet_migrate.model.keys import JsonObject, ObjectKey, object_key
from midonet_migrate.model.ownership import Owner, OwnerRecord, Ownership
from midonet_migrate.model.plan import (
    Bucket,
    Conversion,
    Finding,
    ObjectRequest,
    Outcome,
    PlanOptions,
    Source,
    TaskPlan,
)
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.objects.imported import Imported
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.sizes import Sizes
from midonet_migrate.plan.objects.values import LONGEST_NAME, ROUTER_PORTS

HAND_MADE = frozenset({Owner.USER, Owner.HOST_INFRA})
"""Owners whose objects are planned here; all others follow their Neutron resource or their agent."""

Verdict = tuple[str, str]
"""Rule and reason; both empty where nothing needs to be said."""

NOTHING: Verdict = ("", "")


class ObjectDraft:
    """Requests so far, and the verdict on each object."""

    def __init__(
        self,
        snapshot: Snapshot,
        ownership: Ownership,
        tasks: TaskPlan,
        options: PlanOptions,
        taken: Mapping[ObjectKey, Outcome],
    ) -> None:
        self.snapshot = snapshot
        self.owners = ownership.owners
        self.provider_router = ownership.provider_router
        self.modifications = ownership.modifications
        self.tasks = tasks
        self.options = options
        self.imported = Imported(snapshot, tasks, options)
        self.sizes = Sizes(options.request_limit)
        self.taken = taken
        self.adopted = _adopted(snapshot, taken)
        self.outcomes: dict[ObjectKey, Outcome] = dict(taken)
        self.findings: list[Finding] = []
        self.conversions: list[Conversion] = []
        self.raced = " ".join(vanished.path.lower() for vanished in snapshot.meta.vanished)
        self._requests: list[tuple[Step, int, ObjectRequest]] = []
        self._updates: dict[ObjectKey, tuple[Step, JsonObject]] = {}
        self._items: dict[str, list[tuple[str, JsonObject]]] = {}
        self._neutron: dict[str, dict[str, JsonObject]] = {}
        self._router_ports: dict[str, list[tuple[str, JsonObject]]] | None = None
        self._by_id: dict[str, dict[str, JsonObject]] = {}

    def items(self, kind: str) -> list[tuple[str, JsonObject]]:
        """All objects of a kind with their keys, sorted by key: no plan depends on the order of input."""
        if kind not in self._items:
            keyed = [(object_key(kind, item), item) for item in self.snapshot.midonet.get(kind, [])]
            self._items[kind] = sorted(keyed, key=lambda pair: pair[0])
        return self._items[kind]

    def hand_made(self, kind: str) -> Iterator[tuple[str, JsonObject]]:
        """The objects of a kind that are to be planned here and are not decided on yet."""
        for key, item in self.items(kind):
            if (kind, key) not in self.outcomes and self.is_hand_made(kind, key):
                yield key, item

    def is_hand_made(self, kind: str, key: str) -> bool:
        """Whether an object is to be planned here at all."""
        return self.owners[kind, key].owner in HAND_MADE or (kind, key) in self.adopted

    def by_id(self, kind: str) -> dict[str, JsonObject]:
        """The objects of a kind by key."""
        if kind not in self._by_id:
            self._by_id[kind] = dict(self.items(kind))
        return self._by_id[kind]

    def neutron(self, kind: str) -> dict[str, JsonObject]:
        """The Neutron resources of a kind by id."""
        if kind not in self._neutron:
            self._neutron[kind] = self.snapshot.neutron_by_id(kind)
        return self._neutron[kind]

    def ports_of_router(self, router: str) -> list[tuple[str, JsonObject]]:
        """The 1.9 ports of a router, sorted by id."""
        if self._router_ports is None:
            self._router_ports = {}
            for key, port in self.items("port"):
                if port["type"] in ROUTER_PORTS:
                    self._router_ports.setdefault(port["deviceId"], []).append((key, port))
        return self._router_ports.get(router, [])

    def owner(self, kind: str, key: str) -> OwnerRecord | None:
        """The verdict of ownership on an object; ``None`` if there is no such object."""
        return self.owners.get((kind, key))

    def create(
        self, step: Step, kind: str, key: str, path: str, body: JsonObject, *, verdict: Verdict = NOTHING
    ) -> None:
        """Plan the POST that re-creates an object, and account for it."""
        self.post(step, kind, key, path, body)
        self.place(kind, key, Bucket.CREATED, *verdict)

    def post(self, step: Step, kind: str, key: str, path: str, body: JsonObject) -> None:
        """Plan a POST; ``kind`` and ``key`` are those of the ledger."""
        self._request(
            step,
            ObjectRequest(
                method="POST", path=path, media_type=media_type(kind), body=body, kind=kind, id=key
            ),
        )

    def put(self, step: Step, kind: str, key: str, path: str, body: JsonObject, *, media: str = "") -> None:
        """Plan a PUT of the members in ``body``; ``media`` where the path is that of another kind."""
        used = media or media_type(kind)
        self._request(
            step, ObjectRequest(method="PUT", path=path, media_type=used, body=body, kind=kind, id=key)
        )

    def _request(self, step: Step, made: ObjectRequest) -> None:
        self._requests.append((step, len(self._requests), made))

    def update(self, step: Step, kind: str, key: str, path: str, fields: JsonObject) -> None:
        """Set fields of an object that the importer makes; all changes to one object make one PUT."""
        if (kind, path) not in self._updates:
            body: JsonObject = {}
            self._updates[kind, path] = (step, body)
            self.put(step, kind, key, path, body)
        self._updates[kind, path][1].update(fields)

    def updated(self, kind: str, path: str) -> JsonObject:
        """The fields that the PUT of an object sets so far."""
        return self._updates[kind, path][1] if (kind, path) in self._updates else {}

    def requests(self) -> list[ObjectRequest]:
        """All requests in the order of creation."""
        return [made for _, _, made in sorted(self._requests, key=lambda entry: entry[:2])]

    def place(self, kind: str, key: str, bucket: Bucket, rule: str = "", reason: str = "") -> None:
        """Decide on an object without further notice."""
        self.outcomes[kind, key] = Outcome(bucket, rule, reason)

    def leave_out(
        self, kind: str, key: str, bucket: Bucket, rule: str, reason: str, *, remedy: str = ""
    ) -> None:
        """Decide that an object is not re-created, and tell the operator."""
        self.place(kind, key, bucket, rule, reason)
        self.warn(kind, key, rule, f"left out: {reason}", remedy)

    def convert(self, kind: str, key: str, type_: str, rule: str, reason: str) -> None:
        """Decide that requests of this plan express an object in another form."""
        self.place(kind, key, Bucket.CONVERTED, rule, reason)
        self.conversions.append(
            Conversion(type=type_, source=Source(kind, key), requests=[], rule=rule, reason=reason)
        )

    def warn(self, kind: str, key: str, rule: str, message: str, remedy: str = "") -> None:
        """A finding that gives exit status 1."""
        self.findings.append(
            Finding(level="warning", rule=rule, kind=kind, id=key, message=message, remedy=remedy)
        )

    def note(self, kind: str, key: str, rule: str, message: str, remedy: str = "") -> None:
        """A finding for information."""
        self.findings.append(
            Finding(level="info", rule=rule, kind=kind, id=key, message=message, remedy=remedy)
        )

    def fits(self, what: str, parent: str, kind: str, key: str) -> bool:
        """Whether one more element fits into its parent; if not, the object is left out (new 1.11)."""
        if self.sizes.add(what, parent):
            return True
        reason = (
            f"{self.sizes.limit(what)} {what} is all that one object of {parent} can hold: "
            "a larger write would hang the new cluster"
        )
        remedy = "raise jute.maxbuffer, and plan again"
        self.leave_out(kind, key, Bucket.UNSUPPORTED, "size-limit", reason, remedy=remedy)
        return False

    def name(self, kind: str, key: str, name: Any) -> str | None:
        """A name 5.x takes: at most 255 characters, null stays null (new 2)."""
        if name is None or len(str(name)) <= LONGEST_NAME:
            return None if name is None else str(name)
        self.note(kind, key, "name-cut", f"its name is longer than {LONGEST_NAME} characters and is cut")
        return str(name)[:LONGEST_NAME]


def _adopted(snapshot: Snapshot, taken: Mapping[ObjectKey, Outcome]) -> set[ObjectKey]:
    """Port groups of uplinks that a conversion fills but does not make: they are created with the others."""
    return {
        ("port_group", item["portGroupId"])
        for item in snapshot.midonet.get("port_group_port", [])
        if _is_converted(taken, object_key("port_group_port", item))
        and ("port_group", item["portGroupId"]) not in taken
    }


def _is_converted(taken: Mapping[ObjectKey, Outcome], member: str) -> bool:
    outcome = taken.get(("port_group_port", member))
    return outcome is not None and outcome.bucket is Bucket.CONVERTED
