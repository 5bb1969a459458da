"""Values the importer could not read, taken out of a dict by name before it is queued (imp C 5, C 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.tasks.messages import clean_key, deserialize, missing_fields
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import Field

RULE = "invalid-value"
_SHOWN = 60


def fit(fields: Mapping[str, Field], data: JsonObject) -> tuple[JsonObject, list[str]]:
    """``data`` without the optional values that the importer cannot read, and what was taken out.

    Unreadable elements are taken out of lists, unreadable scalars become null. Required fields are left
    as they are: their row is refused as a whole.
    """
    fitted = dict(data)
    actions = []
    for name, value in data.items():
        field = fields.get(clean_key(name))
        if field is None or not unreadable({name: field}, {name: value}, nested_only=True):
            continue
        if field.repeated and isinstance(value, list):
            lost = [each for each in value if unreadable({name: field}, {name: [each]}, nested_only=True)]
            fitted[name] = [each for each in value if each not in lost]
            actions.append(
                f"{name}: {len(lost)} of {len(value)} values left out, not readable: {_shown(lost)}"
            )
        elif not field.required:
            fitted[name] = None
            actions.append(f"{name}: {_shown(value)} -> null, not readable")
    return fitted, actions


def unreadable(fields: Mapping[str, Field], data: JsonObject, *, nested_only: bool = False) -> str:
    """Why the importer cannot read ``data``; empty when it can.

    With ``nested_only``, required fields count as missing only inside nested objects.
    """
    try:
        missing = missing_fields(fields, deserialize(fields, data))
    except Refused as refused:
        return refused.message
    missing = [path for path in missing if "." in path or not nested_only]
    return f"missing {', '.join(missing)}" if missing else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
