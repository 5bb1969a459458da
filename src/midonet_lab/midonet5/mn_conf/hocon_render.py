"""Writing values and trees as mn-conf's library renders them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from midonet_lab.midonet5.mn_conf.hocon_values import Data, Value

_INDENT = "    "
_LITERAL_STARTS = ("include", "true", "false", "null")


def json_text(text: str) -> str:
    """A text in quotes; only control characters are escaped by number."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character) == "Cc" else character
        for character in quoted
    )


def plain_text(text: str) -> str:
    """A text, in quotes only where HOCON might read it as something else."""
    if (
        not text
        or text[0].isdigit()
        or text[0] == "-"
        or text.startswith(_LITERAL_STARTS)
        or not all(ord(c) < 0x10000 and (c.isalpha() or c.isdigit() or c == "-") for c in text)
    ):
        return json_text(text)
    return text


def scalar(data: Data, *, as_json: bool) -> str:
    """A value that is neither object nor list."""
    if isinstance(data, str):
        return json_text(data) if as_json else plain_text(data)
    if isinstance(data, bool) or data is None:
        return {True: "true", False: "false", None: "null"}[data]
    return str(data)


def render(value: Value, *, as_json: bool = False, comments: bool = False, depth: int = 0) -> str:
    """A value over several lines if it is an object or a list; ``comments`` name each value's origin."""
    if isinstance(value.data, dict):
        inner = render_tree(value.data, as_json=as_json, comments=comments, depth=depth + 1)
        return "{\n" + inner + _INDENT * depth + "}" if inner else "{}"
    if isinstance(value.data, list):
        if not value.data:
            return "[]"
        pad = _INDENT * (depth + 1)
        lines = []
        for item in value.data:
            if comments:
                lines.append(f"{pad}# {item.origin}: {item.line}\n")
            lines.append(pad + render(item, as_json=as_json, comments=comments, depth=depth + 1))
            lines.append(",\n" if item is not value.data[-1] else "\n")
        return "[\n" + "".join(lines) + _INDENT * depth + "]"
    return scalar(value.data, as_json=as_json)


def render_tree(
    tree: Mapping[str, Value], *, as_json: bool = False, comments: bool = False, depth: int = 0
) -> str:
    """The lines of an object without its braces, keys in order."""
    pad = _INDENT * depth
    lines = []
    keys = sorted(tree)
    for key in keys:
        value = tree[key]
        if comments:
            lines.append(f"{pad}# {value.origin}: {value.line}\n")
        name = json_text(key) if as_json else plain_text(key)
        between = " : " if as_json else (" " if isinstance(value.data, dict) else "=")
        text = render(value, as_json=as_json, comments=comments, depth=depth)
        comma = "," if as_json and key != keys[-1] else ""
        lines.append(f"{pad}{name}{between}{text}{comma}\n")
    return "".join(lines)


def document(tree: Mapping[str, Value], *, as_json: bool) -> str:
    """The text that is stored: JSON from 5.2 on, before that HOCON (imp 4.3)."""
    inner = render_tree(tree, as_json=as_json, depth=1 if as_json else 0)
    if as_json:
        return "{\n" + inner + "}\n" if inner else "{}\n"
    return inner


def plain(tree: Mapping[str, Value]) -> dict[str, Any]:
    """Ordinary objects, without nulls."""

    def convert(data: Data) -> Any:
        if isinstance(data, dict):
            return plain(data)
        if isinstance(data, list):
            return [convert(item.data) for item in data]
        return data

    return {key: convert(value.data) for key, value in tree.items() if value.data is not None}
