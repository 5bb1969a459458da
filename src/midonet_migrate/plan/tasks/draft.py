"""The task plan while it grows: every planner of a kind writes into one :class:`Draft`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID, uuid5

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import Bucket, Conversion, Finding, Outcome, PlanOptions, Rewrite, Task
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.tasks.fit import fit
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import data_types
from midonet_migrate.plan.tasks.simulation.importer import SimulatedImporter
from midonet_migrate.plan.tasks.size import SizeEstimate
from midonet_migrate.plan.tasks.values import is_uuid, to_uuid

_TRANSACTIONS = UUID("6d6f5e2a-8b0b-5c0e-9a41-2f1d7c3b5e90")
_MIDONET_KIND = {
    "networks": "bridge",
    "ports": "port",
    "routers": "router",
    "pools": "pool",
    "members": "pool_member",
    "vips": "vip",
    "health_monitors": "health_monitor",
}
_PLACED = frozenset({Bucket.TASK, Bucket.CONVERTED})


class Draft:
    """Tasks so far, the simulated importer after them, and the verdict on each resource."""

    def __init__(self, snapshot: Snapshot, options: PlanOptions) -> None:
        self.snapshot = snapshot
        self.options = options
        self.hosts, self.ambiguous_hosts = _hosts(snapshot)
        self.importer = SimulatedImporter(options.target_version, self.hosts)
        self.behaviour = self.importer.behaviour
        self.size = SizeEstimate(options.target_version, options.request_limit)
        self.tasks: list[Task] = []
        self.outcomes: dict[ObjectKey, Outcome] = {}
        self.rewrites: list[Rewrite] = []
        self.findings: list[Finding] = []
        self.conversions: list[Conversion] = []
        self.sent: dict[ObjectKey, JsonObject] = {}
        """The dict as queued, for what later kinds need of it."""
        self._midonet: dict[str, dict[str, JsonObject]] = {}

    def items(self, kind: str) -> list[JsonObject]:
        """The Neutron resources of a kind, sorted by id: no plan depends on the order of input."""
        return sorted(self.snapshot.neutron.get(kind, []), key=lambda item: str(item.get("id")))

    def midonet(self, kind: str) -> dict[str, JsonObject]:
        """The 1.9 objects of the MidoNet counterpart of a Neutron kind, by id."""
        if kind not in self._midonet:
            self._midonet[kind] = self.snapshot.midonet_by_id(_MIDONET_KIND[kind])
        return self._midonet[kind]

    def queue(self, key: ObjectKey, data_type: str, data: JsonObject) -> bool:
        """Append a CREATE if the importer would execute it; otherwise leave the resource out, and say why.

        Returns whether it was queued.
        """
        refused = self.attempt(key, data_type, data)
        if refused is not None:
            self.leave_out(key, Bucket.UNSUPPORTED, f"importer-{refused.rule}", refused.message)
        return refused is None

    def attempt(self, key: ObjectKey, data_type: str, data: JsonObject) -> Refused | None:
        """Append a CREATE, if need be without values that cannot be read; otherwise say why not."""
        refused = self.trial(key, "CREATE", data_type, data)
        if refused is not None and refused.rule in {"invalid-value", "required-field"}:
            fields = data_types(self.options.target_version)[data_type].fields or {}
            data, actions = fit(fields, data)
            for action in actions:
                self.reduce(key, "invalid-value", action)
            refused = self.trial(key, "CREATE", data_type, data) if actions else refused
        if refused is None:
            self.outcomes.setdefault(key, Outcome(Bucket.TASK))
            self.sent[key] = data
        return refused

    def trial(
        self, key: ObjectKey, type_: Literal["CREATE", "UPDATE"], data_type: str, data: JsonObject
    ) -> Refused | None:
        """Append a task if the importer would execute it; otherwise say why not, and change nothing."""
        resource = str(data["id"])
        if not is_uuid(resource):
            return Refused("invalid-value", f"the id {resource!r} is not a UUID")
        task = Task(
            id=self.options.first_task_id + len(self.tasks),
            type=type_,
            data_type=data_type,
            resource_id=resource,
            transaction_id=f"req-{uuid5(_TRANSACTIONS, f'{type_} {data_type} {key[0]} {key[1]}')}",
            data=data,
        )
        try:
            self.importer.execute(task)
        except Refused as refused:
            return refused
        self.tasks.append(task)
        self.size.add(data_type, resource, data, in_topology=self._in_topology(data_type, resource))
        return None

    def _in_topology(self, data_type: str, resource: str) -> bool:
        return data_type != "PORT" or self.importer.store.has("Port", to_uuid(resource))

    def place(self, key: ObjectKey, bucket: Bucket, rule: str = "", reason: str = "") -> None:
        """Decide on a resource without further notice."""
        self.outcomes[key] = Outcome(bucket, rule, reason)

    def leave_out(self, key: ObjectKey, bucket: Bucket, rule: str, reason: str, remedy: str = "") -> None:
        """Decide that a resource gets no task, and tell the operator."""
        self.place(key, bucket, rule, reason)
        self.warn(key, rule, f"left out: {reason}", remedy)

    def rewrite(self, key: ObjectKey, rule: str, action: str) -> None:
        """Name a change made to a dict."""
        self.rewrites.append(Rewrite(kind=key[0], id=key[1], rule=rule, action=action))

    def reduce(self, key: ObjectKey, rule: str, action: str, remedy: str = "") -> None:
        """Name a change that loses something: it stands in the outcome and is a warning too."""
        self.rewrite(key, rule, action)
        before = self.outcomes.get(key)
        reason = action if before is None or not before.reason else f"{before.reason}; {action}"
        self.place(key, Bucket.TASK, rule if before is None or not before.rule else before.rule, reason)
        self.warn(key, rule, action, remedy)

    def warn(self, key: ObjectKey, rule: str, message: str, remedy: str = "") -> None:
        """A finding that gives exit status 1."""
        self.findings.append(
            Finding(level="warning", rule=rule, kind=key[0], id=key[1], message=message, remedy=remedy)
        )

    def note(self, kind: str, rule: str, message: str, remedy: str = "") -> None:
        """A finding about many resources of a kind at once, for information."""
        self.findings.append(
            Finding(level="info", rule=rule, kind=kind, id="", message=message, remedy=remedy)
        )

    def queued(self, kind: str, key: object) -> bool:
        """Whether the resource has a task."""
        return (kind, str(key)) in self.sent

    def absence(self, kind: str, key: object) -> str:
        """Why a resource that another one names has no task, as half a sentence."""
        noun = kind.removesuffix("s").replace("_", " ")
        outcome = self.outcomes.get((kind, str(key)))
        if key is None or key == "":
            return f"it names no {noun}"
        if outcome is None or outcome.bucket in _PLACED:
            return f"its {noun} {key} does not exist"
        return f"its {noun} {key} was left out ({outcome.rule})"

    def admin_state(self, key: ObjectKey, data: JsonObject) -> JsonObject:
        """``admin_state_up`` as a real boolean: NULL would silently mean down (imp 8.1, 2.4).

        What the 1.9 server made of the NULL counts; without its object: down, as both servers read NULL.
        """
        if isinstance(data.get("admin_state_up"), bool):
            return data
        state = self.midonet(key[0]).get(key[1], {}).get("adminStateUp") is True
        self.rewrite(
            key, "admin-state-null", f"admin_state_up null -> {str(state).lower()}, as in MidoNet 1.9"
        )
        return {**data, "admin_state_up": state}


def _hosts(snapshot: Snapshot) -> tuple[dict[str, str], frozenset[str]]:
    names: dict[str, str] = {}
    twice = set()
    for host in snapshot.midonet.get("host", []):
        name = str(host.get("name") or "")
        if name in names:
            twice.add(name)
        names.setdefault(name, str(host.get("id")))
    return {name: host for name, host in names.items() if name and name not in twice}, frozenset(twice)


def without(data: Mapping[str, object], *names: str) -> JsonObject:
    """A copy of ``data`` that lacks some keys."""
    return {name: value for name, value in data.items() if name not in names}
