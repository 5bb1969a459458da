"""What became of each request of the plan."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.equality import Difference


class State(StrEnum):
    """Where a request of the plan stands. The same however often the run was interrupted."""

    PENDING = "pending"
    """Not done yet."""
    CREATED = "created"
    """Made here, in this run or an earlier one."""
    CHANGED = "changed"
    """Members of an object that was there have been set, in this run or an earlier one."""
    ADOPTED = "adopted"
    """It was there already, made by somebody else, and is as planned."""
    CONFLICT = "conflict"
    """Something else is there under its id or key; nothing was done."""
    FAILED = "failed"
    """The server refuses it, or it must not be sent."""
    SKIPPED = "skipped"
    """It depends on something that is not there, or was left out by an option."""


UNFINISHED = frozenset({State.PENDING, State.CONFLICT, State.FAILED, State.SKIPPED})
DONE = frozenset({State.CREATED, State.CHANGED, State.ADOPTED})


class Result(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request; ``kind`` and ``id`` are those of the ledger."""

    kind: str
    id: str
    method: str
    path: str
    state: State
    reason: str = ""
    differences: list[Difference] = msgspec.field(default_factory=list)
    """Of a conflict: each member, as planned and as found."""


def result_of(
    request: ObjectRequest, state: State, reason: str = "", differences: list[Difference] | None = None
) -> Result:
    """The result of a request."""
    return Result(
        kind=request.kind,
        id=request.id,
        method=request.method,
        path=request.path,
        state=state,
        reason=reason,
        differences=differences or [],
    )


def done_state(request: ObjectRequest) -> State:
    """What a request is called that took effect."""
    return State.CHANGED if request.method == "PUT" else State.CREATED


def shown(difference: Difference) -> str:
    """One line for people."""
    return f"{difference.field}: planned {_text(difference.wanted)}, found {_text(difference.found)}"


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
