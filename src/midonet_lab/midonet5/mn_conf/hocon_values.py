"""Trees of HOCON: values with the line that each came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, Union

import msgspec

Scalar: TypeAlias = str | bool | int | float | None
Data: TypeAlias = Union["dict[str, Value]", "list[Value]", Scalar, "Unresolved"]


class Value(msgspec.Struct):
    """A value and where it stands."""

    data: Data
    origin: str = ""
    line: int = 0


class Reference(msgspec.Struct, frozen=True):
    """``${path}`` or ``${?path}``; ``shown`` as it stands there."""

    path: tuple[str, ...]
    shown: str
    optional: bool


class Unresolved(msgspec.Struct):
    """A value with references in it: texts, values and references, one after the other."""

    parts: list[Value | Reference | str]


def find(tree: Mapping[str, Value], path: tuple[str, ...]) -> Value | None:
    """The value at a path; None when there is none, or it is null."""
    value: Value | None = None
    level: Data = dict(tree)
    for name in path:
        if not isinstance(level, dict) or name not in level:
            return None
        value = level[name]
        level = value.data
    return None if value is None or value.data is None else value


def merged(over: Mapping[str, Value], under: Mapping[str, Value]) -> dict[str, Value]:
    """``over`` with what only ``under`` has; objects are merged, a null hides what is below it."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if below is not None and isinstance(value.data, dict) and isinstance(below.data, dict):
            result[key] = Value(merged(value.data, below.data), value.origin, value.line)
        else:
            result[key] = value
    return result
