"""Words of HOCON, read as strictly as mn-conf's library does: what must be quoted and is not, is refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from enum import Enum

import msgspec

_RESERVED = '$"{}[]:=,+#`^?!@*&\\'
_NUMBER_START = "0123456789-"
_NUMBER = "0123456789eE+-."
_MARKS = {":": "':'", ",": "','", "=": "'='", "{": "'{'", "}": "'}'", "[": "'['", "]": "']'"}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}


class HoconError(Exception):
    """A text is not HOCON. ``str()`` is the message as mn-conf shows it, with source and line."""


class Kind(Enum):
    """What a word is."""

    MARK = "mark"
    NEWLINE = "newline"
    END = "end of file"
    QUOTED = "quoted"
    UNQUOTED = "unquoted"
    NUMBER = "number"
    LITERAL = "literal"
    SUBSTITUTION = "substitution"
    PROBLEM = "problem"


class Token(msgspec.Struct, kw_only=True):
    """A word. ``text`` as written (without quotes), ``value`` what it stands for; ``before``: blanks.

    ``shown`` is how messages name it. A problem has its message in ``text``; ``suggest_quotes`` tells
    whether quotes would have helped.
    """

    kind: Kind
    line: int
    text: str = ""
    value: str | bool | int | float | None = None
    before: str = ""
    shown: str = ""
    suggest_quotes: bool = False
    optional: bool = False

    @property
    def is_simple(self) -> bool:
        """Whether it can be part of a key or of a value written as text."""
        return self.kind in {Kind.QUOTED, Kind.UNQUOTED, Kind.NUMBER, Kind.LITERAL}


def tokens(text: str) -> Iterator[Token]:
    """The words of a text, an END last. A word that is wrong is a PROBLEM, and the last one."""
    return _Reader(text).read()


def _named(character: str) -> str:
    if character == "":
        return "end of file"
    if character == "\n":
        return "newline"
    if character == "\t":
        return "tab"
    if unicodedata.category(character) == "Cc":
        return f"control character 0x{ord(character):x}"
    return character


def _blank(character: str) -> bool:
    return character != "\n" and (character.isspace() or character == "\ufeff")


class _Problem(Exception):
    def __init__(self, what: str, message: str, *, suggest_quotes: bool = False) -> None:
        super().__init__(message)
        self.what = what
        self.message = message
        self.suggest_quotes = suggest_quotes


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def read(self) -> Iterator[Token]:
        while True:
            before = self._blanks()
            if self._at >= len(self._text):
                yield Token(kind=Kind.END, line=self._line, shown="end of file")
                return
            line = self._line
            try:
                token = self._next()
            except _Problem as problem:
                shown = f"'{problem.what}' ({problem.message})" if problem.what else f"({problem.message})"
                yield Token(
                    kind=Kind.PROBLEM,
                    line=line,
                    text=problem.message,
                    shown=shown,
                    suggest_quotes=problem.suggest_quotes,
                )
                return
            if token is not None:
                token.before = before
                yield token

    def _blanks(self) -> str:
        start = self._at
        while self._at < len(self._text) and _blank(self._text[self._at]):
            self._at += 1
        return self._text[start : self._at]

    def _peek(self, ahead: int = 0) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _take(self) -> str:
        character = self._peek()
        self._at += len(character)
        if character == "\n":
            self._line += 1
        return character

    def _next(self) -> Token | None:
        character = self._peek()
        if character == "\n":
            line = self._line
            self._take()
            return Token(kind=Kind.NEWLINE, line=line, shown="newline")
        if self._comment_begins():
            while self._peek() not in {"\n", ""}:
                self._take()
            return None
        if character == '"':
            return self._quoted()
        if character in _MARKS:
            self._take()
            return Token(kind=Kind.MARK, line=self._line, text=character, shown=_MARKS[character])
        if character == "$":
            return self._substitution()
        if character == "+":
            return self._plus_equals()
        if character in _NUMBER_START:
            return self._number()
        if character in _RESERVED:
            message = f"Reserved character '{character}' is not allowed outside quotes"
            raise _Problem(character, message, suggest_quotes=True)
        return self._unquoted()

    def _comment_begins(self) -> bool:
        return self._peek() == "#" or (self._peek() == "/" and self._peek(1) == "/")

    def _plus_equals(self) -> Token:
        self._take()
        following = self._peek()
        if following != "=":
            name = _named(following)
            message = f"'+' not followed by =, '{name}' not allowed after '+'"
            raise _Problem(name, message, suggest_quotes=True)
        self._take()
        return Token(kind=Kind.MARK, line=self._line, text="+=", shown="'+='")

    def _substitution(self) -> Token:
        self._take()
        following = self._peek()
        if following != "{":
            name = _named(following)
            message = f"'$' not followed by {{, '{name}' not allowed after '$'"
            raise _Problem(name, message, suggest_quotes=True)
        self._take()
        optional = self._peek() == "?"
        if optional:
            self._take()
        start = self._at
        while self._peek() != "}":
            if not self._take():
                raise _Problem("end of file", "Substitution ${ was not closed with a }")
        name = self._text[start : self._at].strip()
        self._take()
        shown = f"${{{'?' if optional else ''}{name}}}"
        return Token(
            kind=Kind.SUBSTITUTION, line=self._line, text=name, optional=optional, shown=f"'{shown}'"
        )

    def _number(self) -> Token:
        start = self._at
        while self._peek() and self._peek() in _NUMBER:
            self._take()
        text = self._text[start : self._at]
        value: int | float
        try:
            value = float(text) if set(text) & set(".eE") else int(text)
        except ValueError:
            if "+" in text:
                message = "Reserved character '+' is not allowed outside quotes"
                raise _Problem("+", message, suggest_quotes=True) from None
            return self._text_token(text)
        return Token(kind=Kind.NUMBER, line=self._line, text=text, value=value, shown=f"'{text}'")

    def _unquoted(self) -> Token:
        start = self._at
        while True:
            character = self._peek()
            if not character or character in _RESERVED or character.isspace() or self._comment_begins():
                break
            self._take()
            word = self._text[start : self._at]
            if word in _WORDS:
                value = _WORDS[word]
                return Token(kind=Kind.LITERAL, line=self._line, text=word, value=value, shown=f"'{word}'")
        return self._text_token(self._text[start : self._at])

    def _text_token(self, text: str) -> Token:
        return Token(kind=Kind.UNQUOTED, line=self._line, text=text, value=text, shown=f"'{text}'")

    def _quoted(self) -> Token:
        line = self._line
        if self._text.startswith('"""', self._at):
            return self._triple_quoted()
        self._take()
        parts: list[str] = []
        while (character := self._take()) != '"':
            if character == "":
                raise _Problem("", "End of input but string quote was still open")
            if character == "\\":
                parts.append(self._escape())
            elif unicodedata.category(character) == "Cc":
                name = _named(character)
                raise _Problem(
                    name, f"JSON does not allow unescaped {name} in quoted strings, use a backslash escape"
                )
            else:
                parts.append(character)
        return self._quoted_token("".join(parts), line)

    def _triple_quoted(self) -> Token:
        line = self._line
        end = self._text.find('"""', self._at + 3)
        if end < 0:
            raise _Problem("", "End of input but triple-quoted string was still open")
        while self._text[end + 3 : end + 4] == '"':
            end += 1  # further quotes belong to the text
        value = self._text[self._at + 3 : end]
        self._line += value.count("\n")
        self._at = end + 3
        return self._quoted_token(value, line)

    def _quoted_token(self, value: str, line: int) -> Token:
        return Token(kind=Kind.QUOTED, line=line, text=value, value=value, shown=f"'{value}'")

    def _escape(self) -> str:
        character = self._take()
        if character == "u":
            digits = self._text[self._at : self._at + 4]
            self._at += len(digits)
            try:
                unit = int(digits.encode(), 16) if len(digits) == 4 else None
            except ValueError:
                unit = None
            if unit is None:
                raise _Problem(digits, f"Malformed hex digits after \\u escape in string: '{digits}'")
            return self._joined(unit)
        if character not in _ESCAPES:
            raise _Problem(
                _named(character),
                f"backslash followed by '{_named(character)}', this is not a valid escape sequence (quoted"
                " strings use JSON escaping, so use double-backslash \\\\ for literal backslash)",
            )
        return _ESCAPES[character]

    def _joined(self, unit: int) -> str:
        """A character; two escapes that are halves of one are read together."""
        following = self._text[self._at : self._at + 6]
        if 0xD800 <= unit < 0xDC00 and following.startswith("\\u"):
            try:
                second = int(following[2:].encode(), 16)
            except ValueError:
                return chr(unit)
            if 0xDC00 <= second < 0xE000:
                self._at += 6
                return chr(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00))
        return chr(unit)
