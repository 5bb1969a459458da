"""Protobuf text format, as MidoNet 5 stores its objects in ZooKeeper (imp 5.2).

No schema is needed. What all of its messages are made of is folded on the way, so that values stay small and
can be compared and shown as they are: ids, addresses and subnets become text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

Message = dict[str, Any]
"""Field name -> value: text (also enum names), int, float, bool, a nested message, or a list of these."""

_TOKENS: Final = re.compile(
    r"""[A-Za-z_][A-Za-z0-9_.]*|[-+]?\.?[0-9][A-Za-z0-9_.+-]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|\S"""
)
_ESCAPES: Final = re.compile(rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_SIMPLE: Final = {
    b"n": b"\n",
    b"t": b"\t",
    b"r": b"\r",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
    b"\\": b"\\",
    b"'": b"'",
    b'"': b'"',
    b"?": b"?",
}
_CLOSING: Final = {"{": "}", "<": ">"}
_BOOLEANS: Final = {"true": True, "false": False}
_UUID_FIELDS: Final = {"msb", "lsb"}
_LONG: Final = 1 << 64


class TextFormatError(ValueError):
    """The text is not in protobuf text format; the message says what was met where."""


def parse_message(data: bytes, repeated: Collection[str] = frozenset()) -> Message:
    """The message in ``data``.

    A field of a name in ``repeated`` is always a list, others are one when they occur more than once.
    Messages of ``msb`` and ``lsb`` become the UUID's lower-case text, those of ``version`` and ``address``
    the address or, with ``prefix_length``, ``address/length`` -- with the version in front when it does not
    fit the address. Linear in the size of the text.

    Raises :class:`TextFormatError`.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise TextFormatError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    return _Parser(text, repeated).message()


def uuid_of(high: int, low: int) -> str:
    """The text of a UUID given in halves, signed or unsigned."""
    text = f"{high % _LONG:016x}{low % _LONG:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class _Parser:
    def __init__(self, text: str, repeated: Collection[str]) -> None:
        self._words: list[str] = _TOKENS.findall(text)
        if "#" in text:
            self._words = [word for word in self._words if word[0] != "#"]
        self._repeated = repeated

    def message(self) -> Message:
        words, repeated = self._words, self._repeated
        end = len(words)
        current: Message = {}
        above: list[tuple[Message, str, str]] = []
        closing = ""
        at = 0
        while at < end:
            name = words[at]
            at += 1
            if name == closing:
                value: Any = folded(current)
                current, name, closing = above.pop()
            elif name in ",;":
                continue
            elif not (name[0].isalpha() or name[0] == "_"):
                raise TextFormatError(f"a field name should stand instead of {_shown(name)}")
            else:
                if at == end:
                    raise TextFormatError(f"field {name} has no value")
                word = words[at]
                at += 1
                if word == ":":
                    if at == end:
                        raise TextFormatError(f"field {name} has no value")
                    word = words[at]
                    at += 1
                    if word == "[":
                        at = self._list(current, name, at)
                        continue
                elif word not in _CLOSING:
                    raise TextFormatError(f"a colon should stand behind {name} instead of {_shown(word)}")
                if word in _CLOSING:
                    above.append((current, name, closing))
                    current, closing = {}, _CLOSING[word]
                    continue
                if word[0] in "\"'":
                    value, at = self._text(word, at)
                else:
                    value = scalar(word)
            _add(current, name, value, repeated)
        if above:
            raise TextFormatError(f"the message {above[-1][1]} is not closed")
        return current

    def _text(self, word: str, at: int) -> tuple[str, int]:
        """A text, and any that follow it: they belong together."""
        words = self._words
        parts = [_unquoted(word)]
        while at < len(words) and words[at][0] in "\"'":
            parts.append(_unquoted(words[at]))
            at += 1
        try:
            return b"".join(parts).decode(), at
        except UnicodeDecodeError:
            return b"".join(parts).decode(errors="backslashreplace"), at

    def _list(self, message: Message, name: str, at: int) -> int:
        """The short form ``name: [1, 2]``, for scalars."""
        words = self._words
        values: list[Any] = []
        while at < len(words):
            word = words[at]
            at += 1
            if word == "]":
                message.setdefault(name, [])
                message[name] += values
                return at
            if word == ",":
                continue
            if word[0] in "\"'":
                value, at = self._text(word, at)
                values.append(value)
            else:
                values.append(scalar(word))
        raise TextFormatError(f"the list {name} is not closed")


def _add(message: Message, name: str, value: Any, repeated: Collection[str]) -> None:
    if name in message:
        before = message[name]
        if isinstance(before, list):
            before.append(value)
        else:
            message[name] = [before, value]
    else:
        message[name] = [value] if name in repeated else value


def folded(message: Message) -> Any:
    """Ids, addresses and subnets as text; any other message as it is."""
    if len(message) == 2 and message.keys() == _UUID_FIELDS:
        high, low = message["msb"], message["lsb"]
        return uuid_of(high, low) if isinstance(high, int) and isinstance(low, int) else message
    address = message.get("address")
    if isinstance(address, str) and "version" in message and not message.keys() - _ADDRESS_FIELDS:
        version = "V6" if ":" in address else "V4"
        text = address if message["version"] == version else f"{message['version']} {address}"
        return f"{text}/{message['prefix_length']}" if "prefix_length" in message else text
    return message


_ADDRESS_FIELDS: Final = {"version", "address", "prefix_length"}


def scalar(word: str) -> Any:
    """The value of a word that is no text: a bool, a number, or else the name of an enum value."""
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    first = word[0]
    if first.isalpha() or first == "_":
        return word
    try:
        return int(word)
    except ValueError:
        pass
    try:
        return int(word, 0) if word[:3].lower().lstrip("+-").startswith("0x") else float(word.rstrip("fF"))
    except ValueError:
        raise TextFormatError(f"a value should stand instead of {_shown(word)}") from None


def _unquoted(word: str) -> bytes:
    if len(word) < 2:
        raise TextFormatError("a text is not closed")
    inside = word[1:-1].encode()
    return _ESCAPES.sub(_unescaped, inside) if b"\\" in inside else inside


def _unescaped(found: re.Match[bytes]) -> bytes:
    octal, hexadecimal, simple = found.groups()
    if octal is not None:
        return bytes([int(octal, 8) & 0xFF])
    if hexadecimal is not None:
        return bytes([int(hexadecimal, 16)])
    if simple not in _SIMPLE:
        raise TextFormatError(f"unknown escape \\{simple.decode(errors='replace')}")
    return _SIMPLE[simple]


def _shown(word: str) -> str:
    return repr(word[:40])
