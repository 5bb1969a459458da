"""Rows as an operator may see them: readable, named, without secrets (I9)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from midonet_migrate.model.plan import Task
from midonet_migrate.plan.diagnosis.model import ShownTask
from midonet_migrate.plan.tasks.validate import TaskRow

MASK = "***"
_SECRET_KEY = re.compile(r"pass|secret|token|credential|psk|private", re.IGNORECASE)
_SECRET_IN_TEXT = re.compile(
    r"""(["']?[\w.:-]*(?:pass|secret|token|credential|psk|private)[\w.:-]*["']?\s*[:=]\s*)"""
    r"""("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s,}]+)""",
    re.IGNORECASE,
)


def shown_task(row: TaskRow, plan: Mapping[int, Task]) -> ShownTask:
    """The row, with the name of its object and its data for reading."""
    data = _decoded(row.data)
    name = data.get("name") if isinstance(data, dict) else None
    return ShownTask(
        id=row.id,
        type=_text(row.type),
        data_type=_text(row.data_type),
        resource_id=_text(row.resource_id),
        transaction_id=row.transaction_id,
        name=name if isinstance(name, str) else "",
        json=_readable(row.data, data),
        ours=is_ours(row, plan),
    )


def is_ours(row: TaskRow, plan: Mapping[int, Task]) -> bool:
    """Whether a row stands where the plan has a task for the same resource, whatever its data is now."""
    task = plan.get(row.id)
    if task is None:
        return False
    # Somebody may have spoilt one column of a row of ours: two of the three tell whose it is.
    same = (task.type == row.type, task.data_type == row.data_type, task.resource_id == row.resource_id)
    return sum(same) >= 2


def is_changed(row: TaskRow, plan: Mapping[int, Task]) -> bool:
    """Whether a row of ours is not as it was planned."""
    task = plan[row.id]
    return (task.type, task.data_type, task.resource_id, task.data) != (
        row.type,
        row.data_type,
        row.resource_id,
        _decoded(row.data),
    )


def _decoded(data: Any) -> Any:
    if not isinstance(data, str):
        return data
    try:
        return json.loads(data)
    except ValueError:
        return None


def _readable(data: Any, decoded: Any) -> str:
    if data is None:
        return "NULL"
    if decoded is None and data != "null":
        return _SECRET_IN_TEXT.sub(rf"\g<1>{MASK}", str(data))
    return json.dumps(_masked(decoded), indent=1, sort_keys=True, ensure_ascii=False)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if _SECRET_KEY.search(key) and isinstance(item, str | int | float) else _masked(item)
            for key, item in value.items()
        }
    return [_masked(item) for item in value] if isinstance(value, list) else value


def _text(value: str | None) -> str:
    return "NULL" if value is None else value
