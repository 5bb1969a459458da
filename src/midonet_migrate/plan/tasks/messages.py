"""Rows into messages: JSON objects as the importer deserialises them (imp 2.1-2.4).

A message is a dict of the fields that are *set*, by normalised name; absent means unset.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from midonet_migrate.plan.tasks import values
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import Field

Message = dict[str, Any]

_DECODER = json.JSONDecoder()
_CONVERT: dict[str, Callable[[Any], Any]] = {
    "bool": values.to_bool,
    "int32": values.to_int,
    "uint32": values.to_int,
    "string": values.scalar_text,
    "uuid": values.to_uuid,
    "ip_address": values.to_address,
    "ip_subnet": values.to_subnet,
}


def clean_key(key: str) -> str:
    """The importer's spelling of a JSON key: after the last ``:``, ``-`` as ``_``."""
    return key.rpartition(":")[2].replace("-", "_")


def parse_data(data: Any) -> Mapping[str, Any]:
    """The members of the first JSON value of a row's ``data``; other roots than objects have none.

    Raises :class:`Refused` for NULL, empty and malformed text.
    """
    if isinstance(data, Mapping):
        return data
    if data is None or data == "":
        raise Refused("data-missing", "the row has no data", "transaction")
    try:
        value, _ = _DECODER.raw_decode(data.lstrip())
    except ValueError as error:
        raise Refused("data-malformed", f"the data is not JSON: {error}", "transaction") from error
    return value if isinstance(value, dict) else {}


def deserialize(fields: Mapping[str, Field], members: Mapping[str, Any]) -> Message:
    """The message of a JSON object. Raises :class:`Refused` for a value that the importer cannot read."""
    message: Message = {}
    for key, value in members.items():
        if value is None or value == "":
            continue
        name = key if key in fields else clean_key(key)
        field = fields.get(name)
        if field is None:
            continue
        try:
            if field.repeated:
                elements = [_convert(field, element) for element in _elements(value)]
                message[name] = message.get(name, []) + elements
            else:
                message[name] = _convert(field, value)
        except Refused as refused:
            raise Refused(refused.rule, f"{name}: {refused.message}", refused.scope) from None
    return message


def missing_fields(fields: Mapping[str, Field], message: Message, where: str = "") -> list[str]:
    """Required fields that are unset, also inside nested messages, as paths."""
    missing = []
    for name, field in fields.items():
        value = message.get(name)
        if value is None or (field.repeated and value == []):
            if field.required:
                missing.append(f"{where}{name}")
        elif field.nested:
            for element in value if field.repeated else [value]:
                missing += missing_fields(field.nested, element, f"{where}{name}.")
    return missing


def _elements(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def _convert(field: Field, value: Any) -> Any:
    if field.type == "object":
        if not field.deserializable:
            raise Refused("invalid-value", "Don't know how to deserialize message type", "transaction")
        return deserialize(field.nested, value if isinstance(value, dict) else {})
    if field.type == "enum":
        name = values.enum_name(value, owner="ROUTER_GATEWAY" in field.enum)
        if name not in field.enum:
            raise Refused("invalid-value", f"Value {name} not found in enum", "transaction")
        return name
    return _CONVERT[field.type](value)
