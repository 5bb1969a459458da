"""The order in which Kilo's getters return things on tables of production size (db 2.0)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.neutron.findings import unified

T = TypeVar("T")


def in_order(items: Iterable[T], key: Callable[[T], Iterable[Any]]) -> list[T]:
    """Sorted as an index over the columns ``key`` is: text without case; exact text where that is equal."""

    def collated(item: T) -> tuple[list[Any], list[str]]:
        parts = list(key(item))
        return [unified(part) if isinstance(part, str) else part for part in parts], [str(p) for p in parts]

    found = list(items)
    if len(found) > 1:
        found.sort(key=collated)
    return found


def by(*names: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    """A key for :func:`in_order`: these members."""
    return lambda item: [item[name] for name in names]


def by_id(items: dict[str, JsonObject]) -> dict[str, JsonObject]:
    """The same dict with its keys in order."""
    return {key: items[key] for key in sorted(items)}
