"""JSON as Jackson 2.5 reads it: one value, what follows is ignored; members in order, with duplicates."""

from __future__ import annotations

import json
import re
from typing import Any

from midonet_lab.midonet5.importer.java import DESERIALIZATION, JSON_PARSE, ImporterFailure

_BLANK = re.compile(r"[ \t\r\n]*")


class Members(list[tuple[str, Any]]):
    """The members of a JSON object, in order of appearance; keys may repeat."""


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=Members, parse_constant=_no_constant)


def parse_json(text: str) -> Any:
    """The first value of a text; objects are :class:`Members`. Raises ``Could not parse JSON.``"""
    start = _match_end(text, 0)
    try:
        return _DECODER.raw_decode(text, start)[0]
    except json.JSONDecodeError as error:
        reason = _reason(text, error)
    except (ValueError, RecursionError) as error:
        reason = f"Unrecognized token '{error}'"
    raise ImporterFailure(DESERIALIZATION, "Could not parse JSON.", ImporterFailure(JSON_PARSE, reason))


def _match_end(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position


def _reason(text: str, error: json.JSONDecodeError) -> str:
    position = _match_end(text, error.pos)
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    if position >= len(text):
        # Jackson counts the text it has read through once more at its end.
        what = " in FIELD_NAME" if text.rstrip().endswith(":") else ""
        return _at(text, f"Unexpected end-of-input{what}", line, column + len(text))
    character = text[position]
    unexpected = f"Unexpected character ('{character}' (code {ord(character)}))"
    if "property name" in error.msg:
        expected = "was expecting double-quote to start field name"
    elif "delimiter" in error.msg:
        expected = "was expecting comma to separate OBJECT entries"
    else:
        expected = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"
    return _at(text, f"{unexpected}: {expected}", line, column + 1)


def _at(text: str, what: str, line: int, column: int) -> str:
    return f"{what} at [Source: {text}; line: {line}, column: {column}]"
