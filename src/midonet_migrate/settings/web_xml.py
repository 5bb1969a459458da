"""The 1.9 API's parameters, from Tomcat's ``web.xml`` (host 2.8)."""

from __future__ import annotations

import re
from xml.parsers import expat

import msgspec

from midonet_migrate.settings.filesystem import Problem, UnreadableFile

WEB_XML = "/usr/share/midonet-api/WEB-INF/web.xml"

_SECRET = re.compile("pass|token|secret|api_key", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a parameter's value must not show, by its name (``keystone-admin_token`` and the like)."""
    return _SECRET.search(name) is not None


class Parameter(msgspec.Struct, frozen=True):
    """One ``context-param``: its value without surrounding blanks, and the line its name stands in."""

    value: str
    line: int


class _Reader:
    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self._parser = expat.ParserCreate("utf-8")
        self._path: list[str] = []
        self._text: list[str] = []
        self._name = ""
        self._value: str | None = None
        self._line = 0
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.EntityDeclHandler = self._entity

    def read(self, text: str) -> None:
        self._parser.Parse(text.encode(), True)

    def _entity(self, *_declaration: object) -> None:
        raise ValueError("declares XML entities, which a web.xml of MidoNet does not")

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._path.append(tag)
        self._text.clear()
        if tag == "context-param":
            self._name, self._value, self._line = "", None, self._parser.CurrentLineNumber

    def _end(self, tag: str) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        self._path.pop()
        if self._path[-1:] == ["context-param"]:
            if tag == "param-name":
                self._name, self._line = text, self._parser.CurrentLineNumber
            elif tag == "param-value":
                self._value = text
        elif tag == "context-param" and self._name and self._value is not None:
            # Tomcat refuses a second parameter of the same name; the first one is kept.
            self.parameters.setdefault(self._name, Parameter(self._value, self._line))


def parse(text: str, file: str) -> dict[str, Parameter]:
    """All context parameters by name; what is commented out does not count. Raises ``UnreadableFile``."""
    reader = _Reader()
    try:
        reader.read(text)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise UnreadableFile(Problem(f"{file}:{error.lineno}: not well-formed XML ({reason})")) from None
    except ValueError as error:
        raise UnreadableFile(Problem(f"{file}: {error}")) from None
    return reader.parameters
