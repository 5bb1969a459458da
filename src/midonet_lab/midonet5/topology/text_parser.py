"""A parser of protobuf's text form that knows no message: fields in order of appearance."""

from __future__ import annotations

import re
from typing import Any

Parsed = list[tuple[str, Any]]
"""Fields: a nested message is a :data:`Parsed`, a text ``bytes``, anything else the bare word (``str``)."""

_TOKEN = re.compile(
    r"""[\s,;]*(?:\#[^\n]*\n?[\s,;]*)*
    (?: (?P<word>[A-Za-z0-9_.+-]+)
      | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<mark>[{}<>:\[\]])
      | $ )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|(.))")
_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34, "?": 63}
_CLOSING = {"{": "}", "<": ">"}


def parse_text(text: str) -> Parsed:
    """The fields of a text. Raises ``ValueError`` where it is malformed."""
    tokens = _tokens(text)
    position = 0

    def message(end: str) -> Parsed:
        nonlocal position
        fields: Parsed = []
        while True:
            kind, found = tokens[position]
            position += 1
            if kind == "mark" and found == end:
                return fields
            if kind == "end" and not end:
                return fields
            if kind != "word":
                raise ValueError(f"expected a field, found {found!r}")
            fields.extend((found, value) for value in values())

    def values() -> list[Any]:
        nonlocal position
        kind, found = tokens[position]
        colon = kind == "mark" and found == ":"
        if colon:
            position += 1
            kind, found = tokens[position]
        position += 1
        if kind == "mark" and found in _CLOSING:
            return [message(_CLOSING[found])]
        if kind == "mark" and found == "[":
            return listed()
        if not colon:
            raise ValueError(f"expected ':' or '{{', found {found!r}")
        if kind == "word":
            return [found]
        if kind == "text":
            return [texts(found)]
        raise ValueError(f"expected a value, found {found!r}")

    def listed() -> list[Any]:
        nonlocal position
        items: list[Any] = []
        while True:
            kind, found = tokens[position]
            position += 1
            if kind == "mark" and found == "]":
                return items
            if kind == "mark" and found in _CLOSING:
                items.append(message(_CLOSING[found]))
            elif kind in {"word", "text"}:
                items.append(unescape(found) if kind == "text" else found)
            else:
                raise ValueError(f"expected a value, found {found!r}")

    def texts(first: str) -> bytes:
        nonlocal position
        whole = unescape(first)
        while tokens[position][0] == "text":  # adjacent texts are one
            whole += unescape(tokens[position][1])
            position += 1
        return whole

    return message("")


def unescape(quoted: str) -> bytes:
    """The bytes of a quoted text."""
    body = quoted[1:-1]
    if "\\" not in body:
        return body.encode("utf-8")
    result = bytearray()
    position = 0
    for match in _ESCAPE.finditer(body):
        result += body[position : match.start()].encode("utf-8")
        octal, hexadecimal, letter = match.groups()
        if octal:
            result.append(int(octal, 8) & 0xFF)
        elif hexadecimal:
            result.append(int(hexadecimal, 16))
        elif letter in _SIMPLE:
            result.append(_SIMPLE[letter])
        else:
            raise ValueError(f"invalid escape sequence '\\{letter}'")
        position = match.end()
    return bytes(result + body[position:].encode("utf-8"))


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"unreadable at {text[position : position + 20]!r}")
        kind = match.lastgroup
        if kind is None:
            return [*found, ("end", "")]
        found.append((kind, match[kind]))
        position = match.end()
