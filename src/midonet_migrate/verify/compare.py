"""Comparing one stored object with what it should be, field by field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from midonet_migrate.verify.values import ANYTHING, Object, Unordered

Differ = Callable[[str, Any, Any], None]
"""Called with the path of a field, what it should be (None: unset) and what it is."""

_DEFAULTS: Final[Mapping[tuple[str, str], Any]] = {
    ("Port", "admin_state_up"): True,
    ("Router", "as_number"): -1,
    ("Pool", "protocol"): "TCP",
    ("Pool", "lb_method"): "ROUND_ROBIN",
    ("Pool", "status"): "ACTIVE",
    ("Pool", "mapping_status"): "ACTIVE",
    ("PoolMember", "status"): "ACTIVE",
    ("PoolMember", "weight"): 1,
    ("HealthMonitor", "type"): "TCP",
    ("HealthMonitor", "status"): "ACTIVE",
    ("Host", "flooding_proxy_weight"): 1,
    ("Host", "container_weight"): 1,
    ("Host", "container_limit"): -1,
}
"""What an unset field means where that is not false or 0 (imp E, new 2.2)."""

_ZERO_MATCHES: Final = frozenset(
    {"nw_proto", "nw_tos", "vlan", "dl_type", "start", "end", "dl_src_mask", "dl_dst_mask"}
)
"""Fields of conditions where 0 is a value of its own, other than unset (new 2.13)."""


def compare_strictly(expected: Object, found: Object, differ: Differ, where: str = "") -> None:
    """Every field: what the importer writes is known to the bit. Linear in the size of both."""
    for field, value in expected.items():
        actual = found.get(field)
        if actual is not value and actual != value:
            _compare_value(value, actual, differ, where + field, None)
    if len(found) > len(expected) or found.keys() - expected.keys():
        for field, actual in found.items():
            if field not in expected:
                differ(where + field, None, actual)


def compare_leniently(name: str, expected: Object, found: Object, differ: Differ, where: str = "") -> None:
    """Every field of an object of class ``name``; unset equals the default, which the API writes out."""
    for field in {**expected, **found}:
        value, actual = expected.get(field), found.get(field)
        if actual != value:
            _compare_value(value, actual, differ, where + field, name)


def _compare_value(value: Any, actual: Any, differ: Differ, where: str, lenient: str | None) -> None:
    """Compare what is not equal at first sight."""
    if value is ANYTHING:
        if actual in (None, ""):
            differ(where, value, actual)
        return
    if lenient is not None and _same_by_default(lenient, where, value, actual):
        return
    if isinstance(value, dict) or (value is None and isinstance(actual, dict) and lenient is not None):
        if isinstance(actual, dict) or (actual is None and lenient is not None):
            inside = where + "."
            if lenient is None:
                compare_strictly(value or {}, actual or {}, differ, inside)
            else:
                compare_leniently(lenient, value or {}, actual or {}, differ, inside)
            return
    elif isinstance(value, list | set | frozenset):
        _compare_list(value, actual, differ, where, lenient)
        return
    differ(where, value, actual)


def _same_by_default(name: str, where: str, value: Any, actual: Any) -> bool:
    if value is not None and actual is not None:
        return False
    known = actual if value is None else value
    if isinstance(known, list | set | frozenset):
        return not known
    field = where.rpartition(".")[2]
    if field in _ZERO_MATCHES or isinstance(known, dict):
        return False
    return bool(known == _DEFAULTS.get((name, where), 0))


def _compare_list(value: Any, actual: Any, differ: Differ, where: str, lenient: str | None) -> None:
    found = [] if actual is None else actual if isinstance(actual, list) else [actual]
    if isinstance(value, set | frozenset):
        if (
            len(found) != len(value)
            or not all(isinstance(item, str) for item in found)
            or set(found) != value
        ):
            differ(where, value, actual)
    elif isinstance(value, Unordered):
        if Counter(map(frozen, value)) != Counter(map(frozen, found)):
            differ(where, value, actual)
    elif len(value) != len(found):
        differ(where, value, actual)
    else:
        for number, (one, other) in enumerate(zip(value, found, strict=True)):
            if one != other:
                _compare_value(one, other, differ, f"{where}[{number}]", lenient)


def frozen(value: Any) -> Hashable:
    """A value that can be counted; lists without order are equal in any."""
    if isinstance(value, dict):
        return frozenset((key, frozen(element)) for key, element in value.items())
    if isinstance(value, set | frozenset):
        return tuple(sorted(value))
    if isinstance(value, list):
        # Inside unordered messages lists of ids have no order either (members of an address group).
        elements = [frozen(element) for element in value]
        if all(isinstance(element, str) for element in elements):
            return tuple(sorted(str(element) for element in elements))
        return tuple(elements)
    return (type(value).__name__, value) if isinstance(value, bool) else value
