"""Where things stand in INI files, byte by byte, as the programs that read them see it.

The readers of :mod:`midonet_migrate.settings` say what a file means; these say where it is written. Tests
hold both against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from midonet_migrate.plan.edits.model import Dialect, Unreadable

BLANKS = " \t\n\r\x0b\x0c"
"""What Python 2 strips off a byte string. (In Latin-1 Python 3 would strip more.)"""
BYTE_ORDER_MARK = "\xef\xbb\xbf"

_ANY_LINE_END = re.compile(r"\r\n|\r|\n")
_CLIENT_SECTION = re.compile(r"\[(?P<header>[^]]+)\]")
_CLIENT_OPTION = re.compile(r"(?P<key>[^:=\s][^:=]*)\s*(?P<separator>[:=])[ \t]*(?P<value>.*)", re.DOTALL)


class Assignment(msgspec.Struct, frozen=True):
    """A ``key = value``: offsets of its lines (the last one's end included) and of its value (no blanks)."""

    section: str
    key: str
    start: int
    end: int
    value_start: int
    value_end: int

    def __repr__(self) -> str:
        return f"Assignment([{self.section}] {self.key} at {self.start})"


class Section(msgspec.Struct):
    """A section's header, and the end of its last assignment (of the header when there is none)."""

    name: str
    start: int
    end: int
    """Of the header's line."""
    last: int


class Ini(msgspec.Struct, frozen=True):
    """A file's assignments and sections in their order."""

    text: str
    dialect: Dialect
    assignments: Sequence[Assignment]
    sections: Sequence[Section]

    def all_of(self, section: str, key: str) -> list[Assignment]:
        """Every assignment of a key."""
        wanted = self.normalised(section)
        return [
            item for item in self.assignments if item.key == key and self.normalised(item.section) == wanted
        ]

    def active(self, section: str, key: str) -> Assignment | None:
        """The one that counts: the last; for MidoNet's own programs the first."""
        found = self.all_of(section, key)
        return found[0 if self.dialect is Dialect.MIDONET else -1] if found else None

    def section(self, name: str) -> Section | None:
        """The last section of that name."""
        wanted = self.normalised(name)
        found = [section for section in self.sections if self.normalised(section.name) == wanted]
        return found[-1] if found else None

    def value(self, assignment: Assignment) -> str:
        """A value as it is written, quotes and line ends included."""
        return self.text[assignment.value_start : assignment.value_end]

    def line(self, offset: int) -> int:
        """The number of the line in which an offset lies, from 1."""
        return len(_ANY_LINE_END.findall(self.text, 0, offset)) + 1

    def normalised(self, section: str) -> str:
        """What sections are compared by: in Neutron's files without case, but for ``DEFAULT`` (host 2.1)."""
        return section.lower() if self.dialect is Dialect.OSLO and section != "DEFAULT" else section


def parse(text: str, dialect: Dialect) -> Ini:
    """Find everything. Raises ``Unreadable`` naming the line that the file's program would stop at."""
    ini = Ini(text, dialect, [], [])
    reader = {Dialect.OSLO: _Oslo, Dialect.CLIENT: _Client, Dialect.MIDONET: _Midonet}[dialect](ini)
    start = len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    for number, (begin, end) in enumerate(_lines(text, start, dialect), 1):
        reader.line(number, begin, end)
    reader.finish()
    return Ini(text, dialect, tuple(reader.assignments), tuple(reader.sections))


def _lines(text: str, start: int, dialect: Dialect) -> Iterator[tuple[int, int]]:
    """Begin and end of each line, its line end included. Java ends lines at a single CR, too."""
    ends = _ANY_LINE_END if dialect is Dialect.MIDONET else re.compile("\n")
    for match in ends.finditer(text, start):
        yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def strip(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of ``text[start:end]`` without blanks around; of blanks alone the place where they begin."""
    part = text[start:end]
    left = len(part) - len(part.lstrip(BLANKS))
    if left == len(part):
        return start, start
    return start + left, start + len(part.rstrip(BLANKS))


class _Reader:
    """Common to the dialects: the assignment under way, and where sections end."""

    def __init__(self, ini: Ini) -> None:
        self.text = ini.text
        self.assignments: list[Assignment] = []
        self.sections: list[Section] = []
        self._open: Assignment | None = None

    @property
    def _section(self) -> str | None:
        return self.sections[-1].name if self.sections else None

    def line(self, number: int, start: int, end: int) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """The file is over."""
        self._flush()

    def _begin_section(self, name: str, start: int, end: int) -> None:
        self._flush()
        self.sections.append(Section(name, start, end, end))

    def _begin(self, key: str, start: int, end: int, value: tuple[int, int]) -> None:
        self._flush()
        self._open = Assignment(self._section or "", key, start, end, *value)
        self._reach(end)

    def _continue(self, end: int, value_end: int) -> None:
        if self._open is not None:
            self._open = msgspec.structs.replace(self._open, end=end, value_end=value_end)
            self._reach(end)

    def _flush(self) -> None:
        if self._open is not None:
            self.assignments.append(self._open)
            self._open = None

    def _reach(self, end: int) -> None:
        if self.sections:
            self.sections[-1].last = end


class _Oslo(_Reader):
    """As oslo.config 1.9: comments only in column 1, a line that begins with a blank goes on, no inline
    comments, the first of ``=`` and ``:`` separates."""

    def line(self, number: int, start: int, end: int) -> None:
        content = self.text[start:end].rstrip(BLANKS)
        if not content:
            self._flush()
        elif content[0] in " \t":
            if self._open is None:
                raise Unreadable(f"line {number} continues a value, but there is none")
            self._continue(end, start + len(content))
        elif content[0] in "#;":
            self._flush()
        elif content[0] == "[":
            if not content.endswith("]") or len(content) <= 2:
                raise Unreadable(f"line {number} is no section header")
            self._begin_section(content[1:-1], start, end)
        else:
            self._assignment(number, start, end, content)

    def _assignment(self, number: int, start: int, end: int, content: str) -> None:
        positions = [position for position in map(content.find, "=:") if position >= 0]
        key = content[: min(positions, default=0)].strip(BLANKS)
        if not positions or not key:
            raise Unreadable(f"line {number} is no assignment")
        if self._section is None:
            raise Unreadable(f"line {number} stands before the first section")
        self._begin(key, start, end, strip(self.text, start + min(positions) + 1, start + len(content)))


class _Client(_Reader):
    """As Python 2's ConfigParser: keys in lower case, comments after ``;`` and a blank, values that go on
    after empty lines and comments."""

    def line(self, number: int, start: int, end: int) -> None:
        content = self.text[start:end]
        if not content.strip(BLANKS) or content[0] in "#;":
            return
        if content.split(None, 1)[0].lower() == "rem" and content[0] in "rR":
            return
        if content[0] in BLANKS and self._open is not None:
            self._continue(end, strip(self.text, start, end)[1])
            return
        header = _CLIENT_SECTION.match(content)
        option = _CLIENT_OPTION.match(content)
        if header:
            self._begin_section(header["header"], start, end)
        elif self._section is None:
            raise Unreadable(f"line {number} stands before the first section")
        elif option is None:
            raise Unreadable(f"line {number} is no assignment")
        else:
            value = option["value"]
            comment = value.find(";")
            if comment > 0 and value[comment - 1] in BLANKS:
                value = value[:comment]
            where = start + option.start("value")
            key = option["key"].rstrip(BLANKS).lower()
            self._begin(key, start, end, strip(self.text, where, where + len(value)))


class _Midonet(_Reader):
    """As commons-configuration: blanks around lines do not matter, comments after a blank, quotes protect,
    a backslash after a blank goes on in the next line, a line without separator is a key without value."""

    def __init__(self, ini: Ini) -> None:
        super().__init__(ini)
        self._continues = False

    def line(self, number: int, start: int, end: int) -> None:
        del number  # this dialect has no syntax errors
        begin, stop = strip(self.text, start, end)
        if self._continues:
            _, value_end, self._continues = _midonet_value(self.text, start, end)
            self._continue(end, value_end)
            return
        content = self.text[begin:stop]
        if not content or content[0] in "#;":
            return
        if content[0] == "[" and content[-1] == "]":
            self._begin_section(content[1:-1], start, end)
        else:
            separator = _midonet_separator(content)
            key = content if separator < 0 else content[:separator]
            where = stop if separator < 0 else begin + separator + 1
            first, last, self._continues = _midonet_value(self.text, where, stop)
            self._begin(key.strip(BLANKS), start, end, (first, last))


def _midonet_separator(line: str) -> int:
    quotes = [position for position in map(line.find, "\"'") if position >= 0]
    if quotes:
        before = line[: min(quotes)].rstrip(BLANKS)
        if before and before[-1] in "=:":
            return len(before) - 1
    return min((position for position in map(line.find, "=:") if position >= 0), default=-1)


def _midonet_value(text: str, start: int, end: int) -> tuple[int, int, bool]:
    """Where the value in this part of a line begins and ends, and whether it goes on in the next line."""
    begin, stop = strip(text, start, end)
    value = text[begin:stop]
    if value and value[0] in "\"'":
        length = _quoted_length(value)
        rest = re.split("[#;]", value[length:], maxsplit=1)[0].strip(BLANKS)
        return begin, begin + length, _goes_on(rest)
    for position, character in enumerate(value):
        if character in "#;" and position and value[position - 1] in BLANKS:
            value = value[:position].rstrip(BLANKS)
            break
    return begin, begin + len(value), _goes_on(value)


def _quoted_length(value: str) -> int:
    position = 1
    while position < len(value) and value[position] != value[0]:
        escaped = value[position] == "\\" and value[position + 1 : position + 2] == value[0]
        position += 2 if escaped else 1
    return min(position + 1, len(value))


def _goes_on(text: str) -> bool:
    return text == "\\" or (len(text) > 2 and text.endswith("\\") and text[-2] in BLANKS)
