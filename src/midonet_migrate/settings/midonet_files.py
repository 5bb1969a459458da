"""MidoNet's own INI files, as its Java tools read them (host 2.6), and the order in which they count."""

from __future__ import annotations

import re

import msgspec

MIDONETRC = ".midonetrc"
MIDONET_CONF = "/etc/midonet/midonet.conf"
MIDOLMAN_CONF = "/etc/midolman/midolman.conf"

_COMMENT = "#;"
_QUOTES = "\"'"
_SEPARATORS = "=:"
_LINE_END = re.compile(r"\r\n|\r|\n")


class IniValue(msgspec.Struct, frozen=True):
    """One value and where it stands."""

    value: str
    line: int


def parse(text: str) -> dict[tuple[str, str], IniValue]:
    """``(section, key) -> value``: of a key given twice the first counts, unlike in Neutron's files.

    This is the reading of commons-configuration's ``HierarchicalINIConfiguration`` with list parsing off:
    blanks around lines do not matter, '#' and ';' begin a comment at the start of a line and after a blank,
    quotes protect, a backslash after a blank continues the line, a line without separator is a key without
    value. It has no syntax errors. Line ends may be those of any system.
    """
    values: dict[tuple[str, str], IniValue] = {}
    section = ""
    lines = _LINE_END.split(text)
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        if not line or line[0] in _COMMENT:
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        first = number
        separator = _find_separator(line)
        key, rest = (line, "") if separator < 0 else (line[:separator], line[separator + 1 :])
        value, continues = _value(rest)
        while continues and number < len(lines):
            more, continues = _value(lines[number])
            number += 1
            value = f"{value}\n{more}"
        values.setdefault((section, key.strip()), IniValue(value, first))
    return values


def _find_separator(line: str) -> int:
    quotes = [position for position in map(line.find, _QUOTES) if position >= 0]
    if quotes:
        before = line[: min(quotes)].rstrip()
        if before and before[-1] in _SEPARATORS:
            return len(before) - 1
    separators = [position for position in map(line.find, _SEPARATORS) if position >= 0]
    return min(separators, default=-1)


def _value(text: str) -> tuple[str, bool]:
    """A value without its quotes and comment, and whether it goes on in the next line."""
    text = text.strip()
    if text and text[0] in _QUOTES:
        return _quoted(text)
    for position, character in enumerate(text):
        if character in _COMMENT and position and text[position - 1].isspace():
            text = text[:position].strip()
            break
    if _continues(text):
        return text[:-1].strip(), True
    return text, False


def _quoted(text: str) -> tuple[str, bool]:
    quote = text[0]
    result: list[str] = []
    position = 1
    while position < len(text) and text[position] != quote:
        if text[position] == "\\" and text[position + 1 : position + 2] == quote:
            position += 1
        result.append(text[position])
        position += 1
    rest = text[position + 1 :]
    for comment in _COMMENT:
        rest = rest.partition(comment)[0]
    return "".join(result), _continues(rest.strip())


def _continues(text: str) -> bool:
    return text == "\\" or (len(text) > 2 and text.endswith("\\") and text[-2].isspace())
