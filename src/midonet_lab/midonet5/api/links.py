"""URIs of an object: output only (new 1.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

_PLACE = re.compile(r"\{(@?\w+)(!?)\}")


class Link:
    """A property ``name`` with the URI ``template`` below the base.

    ``{property}`` is that property's value, ``{property!}`` percent-encoded; without value the link is
    null. ``{{`` and ``}}`` stand for braces of the answer.
    """

    def __init__(self, name: str, template: str) -> None:
        self.name = name
        safe = template.replace("{{", "\0").replace("}}", "\1")
        self._parts: list[tuple[str, str, bool]] = []
        position = 0
        for match in _PLACE.finditer(safe):
            self._parts.append((_plain(safe[position : match.start()]), match[1], bool(match[2])))
            position = match.end()
        self._rest = _plain(safe[position:])

    def uri(self, base: str, values: Mapping[str, Any]) -> str | None:
        """The URI; None when a value in it is null."""
        text = base
        for before, name, encoded in self._parts:
            value = values[name]
            if value is None:
                return None
            text += before + (quote(str(value), safe="") if encoded else str(value))
        return text + self._rest


def _plain(text: str) -> str:
    return text.replace("\0", "{").replace("\1", "}")


def links(**templates: str) -> tuple[Link, ...]:
    """Links by name."""
    return tuple(Link(name, template) for name, template in templates.items())
