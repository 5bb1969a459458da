"""Protobuf's text form of 5.x objects, byte for byte as the real store writes it (imp 5.2).

A :data:`StoredObject` maps field names to values; a field that is absent is not set. UUIDs are lower-case
text; ``ip`` is ``{"version": "V4", "address": "10.0.0.1"}``, ``subnet`` the same with ``prefix_length``;
enums are names, nested messages are stored objects, repeated fields are lists.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from midonet_lab.midonet5.topology.tables import INTEGERS, Field, Message, Version, schema_of
from midonet_lab.midonet5.topology.text_parser import Parsed, parse_text

StoredObject = dict[str, Any]
_Print = Callable[[Any, str, list[str]], None]
_LOW = (1 << 64) - 1
_ESCAPES = {
    0x07: "\\a",
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0B: "\\v",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x27: "\\'",
    0x5C: "\\\\",
}
_UUID_CACHE = 200_000


class UnreadableObject(ValueError):
    """A node's text is no message of the class: broken, or with a field the version doesn't know."""


class TextFormat:
    """Prints and parses objects of one version."""

    def __init__(self, version: Version) -> None:
        self._schema = schema_of(version)
        self._tolerant = version != "5.0.2"
        self._printers: dict[str, tuple[dict[str, int], dict[str, _Print]]] = {}

    def has(self, message: str) -> bool:
        """Whether this version has such a message."""
        return message in self._schema.messages

    def print(self, message: str, value: StoredObject) -> bytes:
        """The text of an object, fields by number. Raises ``ValueError`` for a field the message hasn't."""
        lines: list[str] = []
        self._print_message(message, value, "", lines)
        return "".join(lines).encode("ascii")

    def parse(self, message: str, text: bytes) -> StoredObject:
        """The object in a text. Unknown fields: an error in 5.0.2, ignored from 5.2 (imp 5.2)."""
        try:
            return self._object(self._schema.message(message), parse_text(text.decode("utf-8")))
        except (ValueError, LookupError, TypeError) as error:
            raise UnreadableObject(f"no {message}: {error}") from error

    def _print_message(self, message: str, value: StoredObject, indent: str, lines: list[str]) -> None:
        built = self._printers.get(message)
        if built is None:
            built = self._printers[message] = self._build(message)
        numbers, printers = built
        try:
            names = sorted(value, key=numbers.__getitem__)
        except KeyError as unknown:
            raise ValueError(f"{message} has no field {unknown} in {self._schema.version}") from unknown
        for name in names:
            content = value[name]
            if content is not None:
                printers[name](content, indent, lines)

    def _build(self, message: str) -> tuple[dict[str, int], dict[str, _Print]]:
        fields = self._schema.message(message).fields
        return (
            {name: field.number for name, field in fields.items()},
            {name: self._field_printer(field) for name, field in fields.items()},
        )

    def _field_printer(self, field: Field) -> _Print:
        one = self._value_printer(field)
        if not field.repeated:
            return one

        def every(values: Any, indent: str, lines: list[str]) -> None:
            for value in values:
                one(value, indent, lines)

        return every

    def _value_printer(self, field: Field) -> _Print:
        name = field.name
        if field.message is not None:
            nested = field.message

            def message(value: Any, indent: str, lines: list[str]) -> None:
                lines.append(f"{indent}{name} {{\n")
                self._print_message(nested, value, indent + "  ", lines)
                lines.append(f"{indent}}}\n")

            return message
        if field.kind == "uuid":
            return lambda value, indent, lines: lines.append(_uuid_text(name, value, indent))
        if field.kind in {"ip", "subnet"}:
            return lambda value, indent, lines: lines.append(
                _address_text(
                    name, value["version"], value.get("address"), value.get("prefix_length"), indent
                )
            )
        if field.kind == "string":
            return lambda value, indent, lines: lines.append(f'{indent}{name}: "{escape(value)}"\n')
        if field.kind == "bool":
            return lambda value, indent, lines: lines.append(
                f"{indent}{name}: {'true' if value else 'false'}\n"
            )
        return lambda value, indent, lines: lines.append(f"{indent}{name}: {value}\n")

    def _object(self, message: Message, parsed: Parsed) -> StoredObject:
        result: StoredObject = {}
        for name, raw in parsed:
            field = message.fields.get(name)
            if field is None:
                if self._tolerant:
                    continue
                raise ValueError(f'Message type "{message.name}" has no field named "{name}".')
            value = self._value(field, raw)
            if field.repeated:
                result.setdefault(name, []).append(value)
            else:
                result[name] = value
        return result

    def _value(self, field: Field, raw: Any) -> Any:
        if field.message is not None:
            return self._object(self._schema.message(field.message), _nested(field, raw))
        if field.kind == "uuid":
            halves = dict(_nested(field, raw))
            return str(UUID(int=(int(halves["msb"], 0) & _LOW) << 64 | int(halves["lsb"], 0) & _LOW))
        if field.kind in {"ip", "subnet"}:
            address: dict[str, Any] = {}
            for name, value in _nested(field, raw):
                address[name] = int(value) if name == "prefix_length" else _plain(value)
            return address
        if isinstance(raw, list):
            raise ValueError(f"{field.name} is no message")
        if field.kind == "string":
            if not isinstance(raw, bytes):
                raise ValueError(f"{field.name} is no text")
            return raw.decode("utf-8")
        if isinstance(raw, bytes):
            raise ValueError(f"{field.name} is a text")
        if field.kind == "bool":
            return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}[raw]
        if field.kind in INTEGERS:
            return int(raw, 0)
        if field.enumeration is not None and raw not in field.enumeration.numbers:
            raise ValueError(f"Enum type {field.enumeration.name} has no value named {raw}")
        return raw


@cache
def text_format(version: Version) -> TextFormat:
    """The printer and parser of a version (one per process)."""
    return TextFormat(version)


def escape(text: str) -> str:
    """A text the way protobuf 2.6 escapes its UTF-8 bytes: octal from 0x80 on and for control characters."""
    if text.isascii() and text.isprintable() and not ("\\" in text or '"' in text or "'" in text):
        return text
    return "".join(
        _ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x80 else f"\\{byte:03o}")
        for byte in text.encode("utf-8")
    )


@lru_cache(maxsize=_UUID_CACHE)
def _halves(value: str) -> tuple[int, int]:
    number = int(value.replace("-", ""), 16)
    return number >> 64, number & _LOW


def _uuid_text(name: str, value: str, indent: str) -> str:
    high, low = _halves(value)
    return f"{indent}{name} {{\n{indent}  msb: {high}\n{indent}  lsb: {low}\n{indent}}}\n"


def _address_text(name: str, version: str, address: str | None, length: int | None, indent: str) -> str:
    lines = f"{indent}{name} {{\n{indent}  version: {version}\n"
    if address is not None:
        lines += f'{indent}  address: "{escape(address)}"\n'
    if length is not None:
        lines += f"{indent}  prefix_length: {length}\n"
    return lines + f"{indent}}}\n"


def _nested(field: Field, raw: Any) -> Parsed:
    if not isinstance(raw, list):
        raise ValueError(f"{field.name} is a message")
    return raw


def _plain(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)
