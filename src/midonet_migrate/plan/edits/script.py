"""Members of the object in midonet-manager's client.js (host 2.4): JSON, or JavaScript with comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from midonet_migrate.plan.edits.model import Unreadable

_TOKEN = re.compile(
    r"""(?P<comment>//[^\r\n]*|/\*.*?\*/) | (?P<blank>\s+)
    | (?P<text>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*') | (?P<word>[\w$][\w$.-]*) | (?P<sign>[^"'`])""",
    re.DOTALL | re.VERBOSE,
)
_CLOSING = {"}": "{", "]": "[", ")": "("}
_ESCAPED_SLASH = re.compile(r"\\/")


class Member(msgspec.Struct, frozen=True):
    """``key: "text"`` of the outermost object. The value's place includes its quotes."""

    key: str
    value_start: int
    value_end: int
    is_text: bool
    """Whether the value is one text, written out."""

    def __repr__(self) -> str:
        return f"Member({self.key} at {self.value_start})"


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int


def members(text: str) -> list[Member]:
    """Every member of the outermost object. Raises ``Unreadable`` for a text or a bracket without end."""
    tokens = list(_tokens(text))
    found: list[Member] = []
    open_brackets: list[str] = []
    for position, token in enumerate(tokens):
        if token.kind == "sign" and token.text in "{[(":
            open_brackets.append(token.text)
        elif token.kind == "sign" and token.text in _CLOSING:
            if not open_brackets or open_brackets.pop() != _CLOSING[token.text]:
                raise Unreadable(f"line {_line(text, token.start)}: '{token.text}' closes nothing")
        elif _is_key(tokens, position) and [item for item in open_brackets if item != "("] == ["{"]:
            value = tokens[position + 2] if position + 2 < len(tokens) else token
            after = tokens[position + 3].text if position + 3 < len(tokens) else ""
            is_text = value.kind == "text" and after in {",", "}"}
            key = token.text if token.kind == "word" else token.text[1:-1]
            found.append(Member(key, value.start, value.end, is_text))
    if open_brackets:
        raise Unreadable(f"a '{open_brackets[-1]}' is never closed")
    return found


def active(text: str, key: str) -> Member | None:
    """The last member of that name, which is the one that counts."""
    found = [member for member in members(text) if member.key == key]
    return found[-1] if found else None


def plain(value: str) -> str:
    """A text as written, with its quotes, but ``\\/`` read as ``/``."""
    return _ESCAPED_SLASH.sub("/", value)


def written(value: str, offset: int) -> int:
    """Where the character at ``offset`` of :func:`plain` stands in the text as written."""
    for match in _ESCAPED_SLASH.finditer(value):
        if match.start() >= offset:
            break
        offset += 1
    return offset


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise Unreadable(
                f"line {_line(text, position)}: a text has no end, or is of a kind not known here"
            )
        if match.lastgroup not in {"comment", "blank"}:
            yield _Token(match.lastgroup or "", match[0], position, match.end())
        position = match.end()


def _is_key(tokens: list[_Token], position: int) -> bool:
    before = tokens[position - 1].text if position else ""
    after = tokens[position + 1].text if position + 1 < len(tokens) else ""
    return tokens[position].kind in {"text", "word"} and before in {"{", ","} and after == ":"


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
