"""Building topology messages the way translators do: copying an unset reference fails at the build."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.java import UNINITIALIZED, ImporterFailure
from midonet_lab.midonet5.topology.tables import Field, Schema
from midonet_lab.midonet5.topology.text_format import StoredObject

_REQUIRED = {"uuid": ("msb", "lsb"), "ip": ("version", "address"), "subnet": ("version",)}


class Unset:
    """Stands for the default instance of a message field that was copied though it was not set."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


def copied(value: StoredObject, name: str) -> Any:
    """A reference or address to copy into another message; :data:`UNSET` if it is not there."""
    return value.get(name, UNSET)


def build(schema: Schema, message: str, **fields: Any) -> StoredObject:
    """A message of these fields; None means not set. Raises for an :data:`UNSET` anywhere in it."""
    result = {name: content for name, content in fields.items() if content is not None and content != []}
    if _has_unset(result):
        missing = _missing(schema, message, result, "")
        raise ImporterFailure(UNINITIALIZED, f"Message missing required fields: {', '.join(missing)}")
    return result


def _has_unset(value: StoredObject) -> bool:
    for content in value.values():
        if content is UNSET:
            return True
        if type(content) is dict:
            if _has_unset(content):
                return True
        elif type(content) is list:
            for element in content:
                if element is UNSET or (type(element) is dict and _has_unset(element)):
                    return True
    return False


def _missing(schema: Schema, message: str, value: StoredObject, prefix: str) -> list[str]:
    found: list[str] = []
    for field in schema.message(message).fields.values():
        if field.name not in value:
            continue
        content = value[field.name]
        if field.repeated:
            for position, element in enumerate(content):
                found += _missing_in(schema, field, element, f"{prefix}{field.name}[{position}].")
        else:
            found += _missing_in(schema, field, content, f"{prefix}{field.name}.")
    return found


def _missing_in(schema: Schema, field: Field, value: Any, prefix: str) -> list[str]:
    if isinstance(value, Unset):
        return [prefix + name for name in _REQUIRED.get(field.kind, ())]
    if field.message is not None:
        return _missing(schema, field.message, value, prefix)
    return []
