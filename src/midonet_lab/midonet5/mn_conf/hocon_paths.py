"""Paths in HOCON: ``a.b."c.d"``."""

from __future__ import annotations

from midonet_lab.midonet5.mn_conf.hocon_tokens import HoconError, Kind, Token, tokens


def split_path(text: str) -> tuple[str, ...]:
    """The elements of a path as ``get`` takes it: ``a.b."c.d"``. Raises ``HoconError``."""
    words = [token for token in tokens(text) if token.kind is not Kind.END]
    if not words or not all(token.is_simple for token in words):
        raise HoconError(f"path parameter: Invalid path '{text}'")
    return path_of(words)


def render_path(path: tuple[str, ...]) -> str:
    """A path as messages show it."""
    return ".".join(f'"{name}"' if _needs_quotes(name) else name for name in path)


def _needs_quotes(name: str) -> bool:
    return not name or not all(character.isalnum() or character in "-_" for character in name)


def path_of(words: list[Token]) -> tuple[str, ...]:
    """The elements of a path that was read as these tokens."""
    elements = [""]
    for index, token in enumerate(words):
        if index:
            elements[-1] += token.before
        if token.kind is Kind.QUOTED:
            elements[-1] += token.text
        else:
            first, *rest = token.text.split(".")
            elements[-1] += first
            elements.extend(rest)
    return tuple(elements)
