"""Values out of files in oslo.config's format, as oslo.config 1.9 reads them (host 2.1).

oslo.config's own parser reads the lines. Choosing among files and names and replacing ``$name`` is done here,
because ``ConfigOpts`` tells neither the line nor the name a value came from, and opens files as UTF-8 only
(docs/decisions/0010-reading-neutron-files.md). Tests hold both against each other.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from oslo_config import iniparser

from midonet_migrate.settings.filesystem import Problem, UnreadableFile


class Assignment(msgspec.Struct, frozen=True):
    """One ``key = value`` of a file, continuation lines joined by newlines, ``$name`` not yet replaced."""

    file: str
    line: int
    section: str
    """As written; compare normalised."""
    key: str
    raw: str

    def __repr__(self) -> str:
        return f"Assignment({self.origin})"

    @property
    def origin(self) -> str:
        """``file:line [section] key``."""
        return f"{self.file}:{self.line} [{self.section}] {self.key}"


class UnresolvedReference(Exception):
    """A ``$name`` refers to nothing or to itself. ``str()`` holds the name, never the value around it."""


def normalised(section: str) -> str:
    """Sections compare without case, except ``DEFAULT`` (host 2.1)."""
    return section if section == "DEFAULT" else section.lower()


class _Parser(iniparser.BaseParser):
    def __init__(self, file: str) -> None:
        self.file = file
        self.section = ""
        self.assignments: list[Assignment] = []
        self._first_line = 0

    def _split_key_value(self, line: str) -> tuple[str, list[str]]:
        # The assignment is reported after its last continuation line; it is known by its first.
        self._first_line = self.lineno
        return super()._split_key_value(line)

    def new_section(self, section: str) -> None:
        self.section = section

    def assignment(self, key: str, value: list[str]) -> None:
        if not self.section:
            raise iniparser.ParseError("Section must be started before assignment", self._first_line, "")
        found = Assignment(self.file, self._first_line, self.section, key, "\n".join(value))
        self.assignments.append(found)


def parse(text: str, file: str) -> list[Assignment]:
    """All assignments of one file in order. Raises ``UnreadableFile`` naming the line of a syntax error."""
    parser = _Parser(file)
    try:
        parser.parse(text.split("\n"))
    except iniparser.ParseError as error:
        # The line itself is left out: it may hold a password.
        raise UnreadableFile(Problem(f"{file}:{error.lineno}: {error.msg}")) from None
    return parser.assignments


class _Template(string.Template):
    idpattern = r"[_a-z][\._a-z0-9]*"


class OsloFiles:
    """Several files read as one configuration: the later file wins, in a file the last assignment."""

    def __init__(
        self,
        files: Iterable[Sequence[Assignment]],
        *,
        defaults: Mapping[str, str] | None = None,
    ) -> None:
        """``defaults``: options of ``[DEFAULT]`` that the program knows though no file sets them."""
        self._files: list[dict[tuple[str, str], Assignment]] = []
        for assignments in files:
            self._files.append({(normalised(item.section), item.key): item for item in assignments})
        self._defaults = dict(defaults or {})

    def find(self, *names: tuple[str, str]) -> Assignment | None:
        """The winning assignment among ``names`` (section, key): the last file that has any of them, in it
        the first name of the list, as oslo.config does with deprecated names."""
        for file in reversed(self._files):
            for section, key in names:
                found = file.get((normalised(section), key))
                if found is not None:
                    return found
        return None

    def value(self, assignment: Assignment) -> str:
        """The value with ``$name``, ``${name}`` and ``${section.name}`` replaced, and ``$$`` made ``$``.

        Raises ``UnresolvedReference``.
        """
        return self._value(assignment, ())

    def _value(self, assignment: Assignment, seen: tuple[Assignment, ...]) -> str:
        if assignment in seen:
            raise UnresolvedReference(f"${assignment.key}, which refers to itself")
        chain = (*seen, assignment)
        files = self

        class Names(dict[str, str]):
            def __missing__(self, name: str) -> str:
                return files._reference(name, assignment.section, chain)

        # "\$" is an escape for "$", as "$$" is.
        return _Template(assignment.raw.replace(r"\$", "$$")).safe_substitute(Names())

    def _reference(self, name: str, section: str, seen: tuple[Assignment, ...]) -> str:
        group, dot, option = name.partition(".")
        nearest = (group, option) if dot else (section, name)
        found = self.find(nearest) or self.find(("DEFAULT", name))
        if found is not None:
            return self._value(found, seen)
        if name in self._defaults:
            return self._defaults[name]
        raise UnresolvedReference(f"${name}, which no file that was read sets (a plain '$' is written '$$')")
