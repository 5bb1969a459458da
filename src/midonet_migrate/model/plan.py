"""The plan: what will be queued, created, changed and converted, and the ledger that accounts for all."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

import msgspec

from midonet_migrate.model.keys import JsonObject, ObjectKey

PLAN_FORMAT = 1


class Bucket(StrEnum):
    """Where an object of the old site ends up. Each object is in exactly one (D5)."""

    TASK = "task"
    """Queued in ``midonet_tasks`` as (part of) a task of its own resource."""
    DERIVED = "derived"
    """Made by the importer as a consequence of tasks."""
    CREATED = "created"
    """Created through the 5.x API, or changed there on an object the importer made."""
    CONVERTED = "converted"
    """Expressed differently in 5.x."""
    CARRIED = "carried"
    """Runtime state or data kept elsewhere: rebuilds itself, nothing to do."""
    UNSUPPORTED = "unsupported"
    """5.x cannot hold it."""
    SKIPPED = "skipped"
    """Left out on purpose: a left-over, a duplicate, something that depends on what is left out."""


NEEDS_REASON = frozenset({Bucket.CONVERTED, Bucket.CARRIED, Bucket.UNSUPPORTED, Bucket.SKIPPED})
"""Buckets whose entries must name a rule and a reason."""


class Task(msgspec.Struct, kw_only=True):
    """One row of ``midonet_tasks`` (db 3). ``data`` is the Neutron dict, written as ASCII JSON."""

    id: int
    type: Literal["CREATE", "UPDATE", "DELETE"]
    data_type: str
    resource_id: str
    transaction_id: str
    data: JsonObject


class ObjectRequest(msgspec.Struct, kw_only=True):
    """One request to the 5.x API. ``path`` is relative to the API's base, e.g. ``/bridges/<id>/ports``."""

    method: Literal["POST", "PUT", "DELETE"]
    path: str
    media_type: str
    body: JsonObject | None
    kind: str
    id: str


class Modification(msgspec.Struct, kw_only=True):
    """A change somebody made to an object that the 1.9 server made for Neutron.

    ``field`` names the attribute for ``update`` and is empty for ``delete`` and ``insert``, where
    ``before`` or ``after`` hold the object itself. ``disposition`` says what becomes of the change in 5.x.
    """

    kind: str
    id: str
    op: Literal["update", "delete", "insert"]
    field: str
    before: Any
    after: Any
    rule: str
    disposition: Literal["", "applied", "converted", "lost", "rebuilt"] = ""
    reason: str = ""


class Source(msgspec.Struct, frozen=True):
    """The object a conversion starts from."""

    kind: str
    id: str


class ConversionRequest(msgspec.Struct, kw_only=True):
    """A request of a conversion; ``api`` says to whom: Neutron's v2.0 API, the MidoNet 5 API, or its store.

    ``store`` is for what no API offers: ``path`` is a znode below the target's root key, and ``body["text"]``
    is what to write there.

    Neutron chooses the ids of what it creates. ``saves`` names a label under which the answer's id (for
    ``add_router_interface`` its ``port_id``) is kept; later requests write ``${label}`` for it, in paths too,
    and ``${label:interface-peer}``, ``${label:pre-chain}``, ``${label:post-chain}`` for the ids that 5.x
    derives from it (imp B). A PUT to MidoNet holds the changed members only: the sender reads the object,
    merges and writes it whole (new 1.8.1).
    """

    api: Literal["neutron", "midonet", "store"]
    method: Literal["POST", "PUT", "DELETE"]
    path: str
    body: JsonObject | None
    media_type: str = ""
    saves: str = ""


class Conversion(msgspec.Struct, kw_only=True):
    """Something 5.x expresses differently: ``type`` is e.g. ``edge-router``, ``extra-routes``, ``bgp``."""

    type: str
    source: Source
    requests: list[ConversionRequest]
    rule: str
    reason: str


class LedgerEntry(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """The account of one object."""

    kind: str
    id: str
    name: str
    owner: str
    bucket: Bucket
    rule: str
    reason: str


class Rewrite(msgspec.Struct, kw_only=True, frozen=True):
    """A change made to a Neutron dict so that the importer takes it (imp 8.1): named, never silent."""

    kind: str
    id: str
    rule: str
    action: str


class Finding(msgspec.Struct, kw_only=True, frozen=True):
    """Something the operator must know. ``level``: ``error`` stops the run, ``warning`` gives exit 1."""

    level: Literal["error", "warning", "info"]
    rule: str
    kind: str
    id: str
    message: str
    remedy: str = ""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """A planner's verdict on one object: its bucket, and why."""

    bucket: Bucket
    rule: str = ""
    reason: str = ""


class PlanOptions(msgspec.Struct, kw_only=True, frozen=True):
    """What the planner needs besides the snapshot. Pure values only."""

    target_version: Literal["5.0.2", "5.2.1", "5.4.6"] = "5.2.1"
    first_task_id: int = 1
    admin_tenant: str = ""
    """Tenant that owns what the edge-router conversion creates; empty = decided at conversion time."""
    request_limit: int = 1_048_575
    """Largest ZooKeeper request of the target in bytes: ``jute.maxbuffer`` of its servers (imp 8.2)."""


class TaskPlan(msgspec.Struct, kw_only=True):
    """Result of planning the Neutron side. ``outcomes`` has an entry for *every* Neutron resource."""

    tasks: list[Task]
    outcomes: dict[ObjectKey, Outcome]
    rewrites: list[Rewrite]
    findings: list[Finding]
    conversions: list[Conversion]
    """Follow-ups for what the importer cannot express, e.g. security group rules with protocol numbers."""
    expected_seconds: float


class ObjectPlan(msgspec.Struct, kw_only=True):
    """Result of planning the MidoNet side. ``outcomes`` has an entry for *every* MidoNet object."""

    objects: list[ObjectRequest]
    """In order of creation (new 4.1)."""
    modifications: list[Modification]
    conversions: list[Conversion]
    outcomes: dict[ObjectKey, Outcome]
    findings: list[Finding]


class Disposition(msgspec.Struct, frozen=True):
    """What becomes of a modification, and why."""

    disposition: Literal["applied", "converted", "lost", "rebuilt"]
    reason: str


class ConversionPlan(msgspec.Struct, kw_only=True):
    """Result of planning what 5.x expresses differently. ``outcomes`` holds only the objects it decides."""

    conversions: list[Conversion] = msgspec.field(default_factory=list)
    outcomes: dict[ObjectKey, Outcome] = msgspec.field(default_factory=dict)
    dispositions: dict[ObjectKey, Disposition] = msgspec.field(default_factory=dict)
    """(kind, id) of a modification -> what becomes of it."""
    findings: list[Finding] = msgspec.field(default_factory=list)


class PlanMeta(msgspec.Struct, kw_only=True):
    """Where a plan comes from; nothing here changes when the same site is planned again."""

    format: int = PLAN_FORMAT
    tool_version: str = ""
    target_version: str = ""
    plugin_flavour: str = ""
    snapshot_fingerprint: str = ""
    site: JsonObject = msgspec.field(default_factory=dict)
    expected_import_seconds: float = 0.0
    rewrites: list[Rewrite] = msgspec.field(default_factory=list)
    findings: list[Finding] = msgspec.field(default_factory=list)
    checksum: str = ""
    """sha256 over the canonical JSON of the plan with this member empty."""


class Plan(msgspec.Struct, kw_only=True):
    """The whole plan: readable, diffable, in stable order."""

    tasks: list[Task]
    objects: list[ObjectRequest]
    modifications: list[Modification]
    conversions: list[Conversion]
    ledger: list[LedgerEntry]
    meta: PlanMeta
