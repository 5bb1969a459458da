"""From the JSON of a task to a stored object of its message (imp 2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from midonet_lab.midonet5.importer.java import (
    DESERIALIZATION,
    NO_SUCH_ELEMENT,
    NULL_POINTER,
    ImporterFailure,
)
from midonet_lab.midonet5.importer.java_values import parse_address, parse_subnet, parse_uuid
from midonet_lab.midonet5.importer.json_text import Members, parse_json
from midonet_lab.midonet5.topology.tables import Enumeration, Field, Schema
from midonet_lab.midonet5.topology.text_format import StoredObject

_NOT_DESERIALIZABLE = frozenset({"NeutronFirewall"})
_COMPUTE = "compute:"
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_BITS = 32


def deserialize(schema: Schema, message: str, data: str | None) -> StoredObject:
    """The object in the ``data`` of a row. Raises :class:`ImporterFailure`; missing fields are no failure."""
    if not data:
        raise ImporterFailure(NULL_POINTER, None)
    return _message(schema, message, parse_json(data))


def clean_key(key: str) -> str:
    """A member's field name: what follows the last colon, dashes as underscores."""
    parts = key.split(":")
    while len(parts) > 1 and not parts[-1]:  # Scala's split drops empty parts at the end
        parts.pop()
    if not parts[-1] and key:
        raise ImporterFailure(NO_SUCH_ELEMENT, "next on empty iterator")
    return parts[-1].replace("-", "_")


def _message(schema: Schema, name: str, value: Any) -> StoredObject:
    result: StoredObject = {}
    if not isinstance(value, Members):
        return result
    fields = schema.message(name).fields
    for key, content in value:
        if content is None or content == "":
            continue
        field = fields.get(clean_key(key))
        if field is None:
            continue
        if not field.repeated:
            result[field.name] = _value(schema, field, content)
        elif isinstance(content, Members | list):
            elements = [element for _, element in content] if isinstance(content, Members) else content
            converted = [_value(schema, field, element) for element in elements]
            if converted:
                result.setdefault(field.name, []).extend(converted)
    return result


def _value(schema: Schema, field: Field, value: Any) -> Any:
    if field.message is not None:
        if field.message in _NOT_DESERIALIZABLE:
            raise ImporterFailure(
                DESERIALIZATION, f"Don't know how to deserialize message type {field.message}"
            )
        return _message(schema, field.message, value)
    if field.enumeration is not None:
        return _enum(field.enumeration, _text(value))
    match field.kind:
        case "uuid":
            return _parsed("UUID", parse_uuid, _text(value))
        case "ip":
            return _parsed("IP address", parse_address, _text(value))
        case "subnet":
            return _parsed("IP subnet", parse_subnet, _text(value))
        case "bool":
            return _bool(value)
        case "string":
            return _text(value)
        case kind:
            number = _integer(value)
            return number & 0xFFFF_FFFF if kind == "uint32" else number


def _parsed(what: str, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ImporterFailure as failure:
        raise ImporterFailure(DESERIALIZATION, f"Couldn't parse {what}: {text}", failure) from failure


def _text(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return ""


def _bool(value: Any) -> bool:
    match value:
        case bool():
            return value
        case int() | float():
            return value != 0
        case _:
            return bool(value == "true")


def _integer(value: Any) -> int:
    match value:
        case bool():
            return int(value)
        case int():
            return _int32(value)
        case float():
            return max(-(1 << 31), min((1 << 31) - 1, int(value)))
        case str() if _INTEGER.fullmatch(value.strip()):
            number = int(value)
            return number if number == _int32(number) else 0
        case _:
            return 0


def _int32(number: int) -> int:
    low = number & 0xFFFF_FFFF
    return low - (1 << _BITS) if low >= 1 << (_BITS - 1) else low


def _enum(enumeration: Enumeration, text: str) -> str:
    if enumeration.name == "DeviceOwner" and text.startswith(_COMPUTE):
        return "COMPUTE"
    name = text.rpartition(":")[2].replace("-", "_").upper()
    if name not in enumeration.numbers:
        raise ImporterFailure(DESERIALIZATION, f"Value {name} not found in enum {enumeration.simple_name}.")
    return name
