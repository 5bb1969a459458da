"""Settings as mn-conf reads and writes them.

Written: one ``key : value`` per line, every text a JSON string, which HOCON reads back unchanged (imp 4.5).
Read: the form in which mn-conf's library renders a tree, exactly; pyhocon does not undo ``\\u`` escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

Scalar = str | bool | int | float
Settings = dict[str, Any]
"""Key -> value. A key is a path; an element of it that is no plain name stands in quotes."""

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_DIRECTIVE = "include"
"""A name that HOCON does not take for one unless it stands in quotes."""
_BARE_TEXT = re.compile(r"[^\W_][^\W_-]*(?:[^\W_]|-)*")


def _not_json(constant: str) -> Any:
    """``NaN`` and ``Infinity`` are bare words to mn-conf, which Python would read as numbers."""
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_not_json)


def settings_text(settings: Mapping[str, Any]) -> str:
    """The text for ``mn-conf set`` on standard input, keys in the order given."""
    return "".join(f"{key} : {json.dumps(value)}\n" for key, value in settings.items())


def flatten(tree: Mapping[str, Any], above: str = "") -> Settings:
    """Every setting of a tree by its path; empty objects vanish."""
    flat: Settings = {}
    for name, value in tree.items():
        plain = _PLAIN_NAME.fullmatch(name) and name != _DIRECTIVE
        element = name if plain else json.dumps(name)
        key = f"{above}.{element}" if above else element
        if isinstance(value, Mapping):
            flat.update(flatten(value, key))
        else:
            flat[key] = value
    return flat


def parse_rendered(text: str) -> dict[str, Any]:
    """The tree of a text as mn-conf stores or dumps it, comments included. Raises ``ValueError`` for any
    other text: hand-written HOCON has more forms."""
    return _Reader(text).members(closing="")


def parse_answer(key: str, output: str) -> Any:
    """The value that ``mn-conf get KEY`` printed, a text exactly as it is. Raises ``ValueError``."""
    prefix = f"{key} = "
    if not output.startswith(prefix):
        raise ValueError("not an answer to this question")
    reader = _Reader(output.removeprefix(prefix))
    value = reader.value()
    reader.require_end()
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def members(self, closing: str) -> dict[str, Any]:
        tree: dict[str, Any] = {}
        while True:
            self._blank_lines()
            if self._at >= len(self._text):
                if closing:
                    raise ValueError("the text ends inside an object")
                return tree
            if closing and self._text[self._at] == closing:
                self._at += 1
                return tree
            name = self._name()
            if self._text.startswith(" {", self._at):
                self._at += 2
                tree[name] = self.members("}")
            elif self._text.startswith("=", self._at):
                self._at += 1
                tree[name] = self.value()
            else:
                raise ValueError("a key without value")
            self._line_end()

    def value(self) -> Any:
        rest = self._text[self._at :]
        if rest.startswith("{}"):
            self._at += 2
            return {}
        if rest.startswith("{"):
            self._at += 1
            return self.members("}")
        if rest.startswith("["):
            self._at += 1
            return self._items()
        try:
            value, length = _DECODER.raw_decode(rest)
        except ValueError:
            return self._bare()
        if not isinstance(value, str) and (found := _BARE_TEXT.match(rest)) and found.end() > length:
            return self._bare()
        self._at += length
        return value

    def require_end(self) -> None:
        if self._text[self._at :].strip():
            raise ValueError("more than one value")

    def _items(self) -> list[Any]:
        items: list[Any] = []
        while True:
            self._blank_lines()
            if self._text.startswith("]", self._at):
                self._at += 1
                return items
            items.append(self.value())
            if self._text.startswith(",", self._at):
                self._at += 1

    def _name(self) -> str:
        if self._text.startswith('"', self._at):
            return str(self.value())
        return self._bare()

    def _bare(self) -> str:
        found = _BARE_TEXT.match(self._text, self._at)
        if found is None:
            raise ValueError("neither JSON nor a bare word")
        self._at = found.end()
        return found[0]

    def _blank_lines(self) -> None:
        while self._at < len(self._text):
            if self._text[self._at].isspace():
                self._at += 1
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                return

    def _line_end(self) -> None:
        end = self._text.find("\n", self._at)
        rest = self._text[self._at :] if end < 0 else self._text[self._at : end]
        if rest.strip():
            raise ValueError("more than one value in a line")
