"""Changes of INI files: of a value, of a URL's port, a new line, a line less."""

from __future__ import annotations

import re

from midonet_migrate.plan.edits.ini import BLANKS, BYTE_ORDER_MARK, Assignment, Ini
from midonet_migrate.plan.edits.model import Action, Change, Dialect

_LINE_END = re.compile(r"(\r\n|\n)\Z")
_ANY_LINE_END = re.compile(r"(\r\n|\r|\n)\Z")


def _line_end_before(ini: Ini, offset: int) -> str:
    """The line end right before ``offset``, as the file's program sees it; empty without one."""
    ends = _ANY_LINE_END if ini.dialect is Dialect.MIDONET else _LINE_END
    found = ends.search(ini.text[:offset])
    return found[0] if found else ""


def line_end_of(text: str) -> str:
    """The line end that a file uses: that of its first line; a new file's is a newline."""
    found = re.search(r"\r\n|\n", text)
    return found[0] if found else "\n"


def place_of(path: str, ini: Ini, assignment: Assignment) -> str:
    """``path:line [section] key``."""
    return f"{path}:{ini.line(assignment.start)} [{assignment.section}] {assignment.key}"


def set_part(ini: Ini, item: Assignment, action: Action, span: tuple[int, int], after: str) -> Change:
    """Another text in place of a part of a value; ``span`` is counted from the value's begin."""
    start, end = item.value_start + span[0], item.value_start + span[1]
    return Change(
        dialect=ini.dialect,
        action=action,
        section=item.section,
        key=item.key,
        offset=start,
        before=ini.text[start:end],
        after=after,
    )


def set_value(ini: Ini, item: Assignment, value: str) -> Change:
    """Another value; before one that was empty a blank is put, and the separator if there is none."""
    length = item.value_end - item.value_start
    if not length:
        separated = ini.text[item.value_start - 1 : item.value_start] in {"=", ":"}
        value = f" {value}" if separated else f" = {value}"
    return set_part(ini, item, Action.VALUE, (0, length), value)


def insert(ini: Ini, section: str, key: str, value: str) -> Change:
    """A new line at the end of the section's assignments; without such a section one at the file's end.

    A file that ends without a newline goes on to.
    """
    there = ini.section(section)
    text, new_line = ini.text, line_end_of(ini.text)
    line = f"{key} = {value}"
    if there is not None:
        # A value that ends with a backslash at the end of the file would go on in our line.
        goes_on = ini.text[: there.last].rstrip(BLANKS).endswith("\\")
        offset = there.end if goes_on else there.last
        return _inserted(ini, there.name, key, offset, _beside(ini, offset, line))
    if text in {"", BYTE_ORDER_MARK}:
        return _inserted(ini, section, key, len(text), f"[{section}]{new_line}{line}{new_line}")
    ended = _line_end_before(ini, len(text)) != ""
    blank = new_line if ended else new_line * 2
    return _inserted(
        ini, section, key, len(text), f"{blank}[{section}]{new_line}{line}{new_line if ended else ''}"
    )


def _beside(ini: Ini, offset: int, line: str) -> str:
    """The new line with its line end: after what is above, or before it at the end of an unended file."""
    end = _line_end_before(ini, offset)
    return f"{line}{end}" if end else f"{line_end_of(ini.text)}{line}"


def _inserted(ini: Ini, section: str, key: str, offset: int, after: str) -> Change:
    return Change(
        dialect=ini.dialect, action=Action.INSERT, section=section, key=key, offset=offset, after=after
    )


def remove(ini: Ini, item: Assignment) -> Change:
    """The assignment's lines gone. The last line of an unended file takes the line end before it along."""
    start, end = item.start, item.end
    if not _line_end_before(ini, end):
        start -= len(_line_end_before(ini, start))
    return Change(
        dialect=ini.dialect,
        action=Action.REMOVE,
        section=item.section,
        key=item.key,
        offset=start,
        before=ini.text[start:end],
        above=_line_above(ini.text, item.start),
        below=line_at(ini.text, end),
        rest=len(ini.text) - end,
    )


def line_at(text: str, start: int) -> str:
    """The line that begins at ``start``, without its line end."""
    return re.split(r"[\r\n]", text[start:], maxsplit=1)[0]


def _line_above(text: str, start: int) -> str:
    """The line before the one that begins at ``start``, without its line end."""
    above = _ANY_LINE_END.sub("", text[:start]).removeprefix(BYTE_ORDER_MARK)
    return re.split(r"\r\n|\r|\n", above)[-1]
