"""What the doctor is told about a site whose import stands still, and what it answers. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from midonet_migrate.model.plan import Task
from midonet_migrate.plan.diagnosis.executed import ExecutedRows
from midonet_migrate.plan.tasks.refusal import Scope
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.validate import TaskRow

Cause = Literal[
    "row",
    "task",
    "topology",
    "request-size",
    "configuration",
    "database",
    "marker",
    "no-leader",
    "rows-lost",
    "rows-skipped",
    "unknown",
]
"""``row``: it cannot be read; ``task``: the importer refuses it; ``topology``: what is in ZooKeeper stands in
its way, or is missing there; ``rows-lost``: tasks of the plan are not in the table; ``rows-skipped``: they
are, at or below the marker, and were never imported (imp 1.7)."""


class Topology(Protocol):
    """The 5.x objects as they are in ZooKeeper now. ``class_name`` is that of the store (imp 5.1)."""

    def has(self, class_name: str, identity: str) -> bool:
        """Whether the object exists."""

    def size(self, class_name: str, identity: str) -> int:
        """Bytes of the object's node; 0 if it does not exist."""

    def has_node(self, path: str) -> bool:
        """Whether there is a node at ``path``, given below the root key without a leading slash."""


class SiteFacts(msgspec.Struct, kw_only=True, frozen=True):
    """The task table and what belongs to it, read at one moment.

    ``rows`` are all rows in order of their ids, ``data`` as the text in the table; with ``executed`` given,
    those that it has executed may be missing, but for a FLUSH row 1. ``plan`` holds the tasks of the plan by
    id. ``hosts`` are the Hosts in ZooKeeper, name -> id. ``request_limit`` is what the operator says of the
    servers' ``jute.maxbuffer``, in bytes.
    """

    version: TargetVersion
    marker: int | None
    rows: tuple[TaskRow, ...]
    plan: Mapping[int, Task]
    hosts: Mapping[str, str]
    request_limit: int
    executed: ExecutedRows | None = None


class ShownTask(msgspec.Struct, kw_only=True, frozen=True):
    """A row for people: ``json`` is its data, readable, with secrets masked. ``ours``: it is of the plan."""

    id: int
    type: str
    data_type: str
    resource_id: str
    transaction_id: str
    name: str
    json: str
    ours: bool

    def __str__(self) -> str:
        """One line that names the task and its object."""
        called = f" '{self.name}'" if self.name else ""
        foreign = "" if self.ours else ", which is not of this plan"
        return f"task {self.id}, {self.type} {self.data_type} {self.resource_id}{called}{foreign}"


class Diagnosis(msgspec.Struct, kw_only=True, frozen=True):
    """Why the importer stands still. ``rule`` is a stable id of ``docs/rules.md``.

    ``what`` is one sentence, ``why`` the importer's rule or the missing precondition in an operator's words,
    ``remedy`` what helps, ``evidence`` what else was noticed. ``log`` is what midonet-cluster.log says
    meanwhile, as far as it can be foretold. ``certain`` is false for a mere suspicion. ``held_back`` counts
    the rows that wait. ``restart`` means: after the repair midonet-cluster must be restarted too.
    """

    cause: Cause
    rule: str
    what: str
    why: str
    remedy: str
    task: ShownTask | None = None
    scope: Scope | None = None
    log: str = ""
    evidence: tuple[str, ...] = ()
    certain: bool = True
    held_back: int = 0
    restart: bool = False

    @property
    def can_be_quarantined(self) -> bool:
        """Whether taking the task out lets the import go on: it must be ours, and the only obstacle."""
        return (
            self.task is not None
            and self.task.ours
            and self.cause in {"row", "task", "topology", "request-size"}
        )
