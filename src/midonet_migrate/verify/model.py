"""The result of verifying: how much was looked at, and every difference."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """One thing that is not as promised.

    ``kind`` is a class of MidoNet 5's storage (``Port``, ``NeutronPort``, ...), ``mac entry``, ``arp entry``,
    ``task``, ``importer``, or ``api`` and a resource of the API. ``field`` is the path of the field inside
    the object, and empty when the whole object is missing (``found`` is None) or was promised by nobody
    (``expected`` is None). ``old`` is the value in the 1.9 site, None where there is none to compare with.
    """

    kind: str
    id: str
    field: str
    old: Any = None
    expected: Any = None
    found: Any = None


class Findings:
    """Collects differences and counts."""

    def __init__(self) -> None:
        self.checked: Counter[str] = Counter()
        self.differences: list[Difference] = []

    def differ(self, kind: str, key: str, field: str, expected: Any, found: Any) -> None:
        """Note a difference."""
        self.differences.append(
            Difference(kind=kind, id=key, field=field, expected=plain(expected), found=plain(found))
        )


def plain(value: Any) -> Any:
    """A value as JSON can show it: what has no order is sorted."""
    if isinstance(value, set | frozenset):
        return sorted(plain(element) for element in value)
    if isinstance(value, dict):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return repr(value)
