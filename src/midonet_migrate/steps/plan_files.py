"""Reading plans, and comparing two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from midonet_migrate.errors import AccessDenied, CorruptFile, WrongState
from midonet_migrate.model.codec import decode_plan, plan_checksum
from midonet_migrate.model.plan import PLAN_FORMAT, Plan
from midonet_migrate.model.snapshot import to_builtins

PLAN_FILE = "plan.json"


class PlanDifference(msgspec.Struct, kw_only=True, frozen=True):
    """One difference. ``change``: added, removed or changed; ``field`` only for changed."""

    part: str
    change: str
    kind: str
    id: str
    field: str = ""
    old: Any = None
    new: Any = None


def load_plan(path: Path) -> Plan:
    """A plan, checked to be whole.

    Raises ``WrongState`` when there is none, ``AccessDenied`` when it may not be read, ``CorruptFile`` when
    it is no plan, of another format, or was changed since it was written.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise WrongState(
            f"there is no plan {path}",
            hint="run 'midonet-migrate prepare' first, or name the run directory with --data-dir",
        ) from None
    except OSError as error:
        raise AccessDenied(
            f"{path} cannot be read", why=error.strerror or str(error), hint="run as the user who prepared"
        ) from error
    try:
        plan = decode_plan(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CorruptFile(
            f"{path} is not a plan",
            why=str(error),
            hint="restore it from a copy, or move it away and prepare again",
        ) from error
    if plan.meta.format != PLAN_FORMAT:
        raise CorruptFile(
            f"{path} is of format {plan.meta.format}, this program reads {PLAN_FORMAT}",
            hint="use the version that wrote it, or move it away and prepare again",
        )
    if plan_checksum(plan) != plan.meta.checksum:
        raise CorruptFile(
            f"{path} was changed since it was written",
            why="its checksum does not fit its content",
            hint="restore it from a copy, or move it away and prepare again",
        )
    return plan


class _TaskId(msgspec.Struct):
    resource_id: str


class _LedgerId(msgspec.Struct):
    id: str


class _Ids(msgspec.Struct):
    tasks: list[_TaskId]
    ledger: list[_LedgerId]


def planned_ids(path: Path) -> frozenset[str]:
    """The ids of all objects that a plan accounts for; none when there is no plan that can be read."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Ids)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return frozenset()
    return frozenset(task.resource_id for task in found.tasks) | {entry.id for entry in found.ledger}


def compare_plans(old: Plan, new: Plan) -> list[PlanDifference]:
    """Every difference, part by part, each in order of kind and id."""
    found: list[PlanDifference] = []
    for part in ("tasks", "objects", "modifications", "conversions", "ledger"):
        found += _compare(part, _keyed(getattr(old, part)), _keyed(getattr(new, part)))
    return found


def _keyed(items: list[Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    keyed: dict[tuple[str, str, str], dict[str, Any]] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    for item in items:
        row: dict[str, Any] = to_builtins(item)
        if "data_type" in row:  # a task: its id is a number that another run may give anew
            key = (row["data_type"], row["resource_id"], row["type"])
        elif "source" in row:
            key = (row["source"]["kind"], row["source"]["id"], row["type"])
        else:
            key = (row["kind"], row["id"], row.get("method", row.get("op", "")) + row.get("field", ""))
        seen[key] += 1
        if seen[key] > 1:  # several requests for one object, such as a POST and its rules
            key = (key[0], key[1], f"{key[2]}#{seen[key]}")
        keyed[key] = row
    return keyed


def _compare(
    part: str,
    old: Mapping[tuple[str, str, str], dict[str, Any]],
    new: Mapping[tuple[str, str, str], dict[str, Any]],
) -> Iterator[PlanDifference]:
    for key in sorted(old.keys() | new.keys()):
        kind, identity, _ = key
        before, after = old.get(key), new.get(key)
        if before is None or after is None:
            change = "added" if before is None else "removed"
            yield PlanDifference(part=part, change=change, kind=kind, id=identity)
            continue
        for field in sorted(before.keys() | after.keys()):
            if before.get(field) != after.get(field):
                yield PlanDifference(
                    part=part,
                    change="changed",
                    kind=kind,
                    id=identity,
                    field=field,
                    old=before.get(field),
                    new=after.get(field),
                )
