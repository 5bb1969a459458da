"""Taking single changes back, also in a file that was changed since (host 2.5, last paragraph)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from midonet_migrate.plan.edits import script
from midonet_migrate.plan.edits.ini import BLANKS, Assignment, Ini, Section, parse
from midonet_migrate.plan.edits.ini_changes import line_at, line_end_of
from midonet_migrate.plan.edits.lines import find_line
from midonet_migrate.plan.edits.model import Action, Change, Dialect, Unreadable, bytes_of, text_of
from midonet_migrate.plan.edits.url_port import find_url

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")


class Reversal(msgspec.Struct, kw_only=True, frozen=True):
    """A file with our changes taken back as far as they are still there."""

    data: bytes
    undone: tuple[Change, ...] = ()
    left: tuple[tuple[Change, str], ...] = ()
    """What cannot be taken back, and why."""

    def __repr__(self) -> str:
        return f"Reversal({len(self.undone)} undone, {len(self.left)} left)"


class _NotThere(Exception):
    """The change is not in the file as we made it; ``str()`` says what is there instead."""


def reverse(data: bytes, changes: Sequence[Change]) -> Reversal:
    """Take ``changes`` back, the last first: each where the key's active assignment is, if that is ours.

    Nothing else is touched. In a file that nobody changed since, the result is what it was, byte for byte.
    """
    undone: list[Change] = []
    left: list[tuple[Change, str]] = []
    try:
        text = text_of(data)
    except Unreadable as error:
        return Reversal(data=data, left=tuple((change, str(error)) for change in changes))
    for change in reversed(changes):
        try:
            text = _reversed(text, change, undone)
            undone.append(change)
        except (_NotThere, Unreadable) as error:
            left.append((change, str(error)))
    return Reversal(data=bytes_of(text), undone=tuple(undone), left=tuple(left))


def _reversed(text: str, change: Change, undone: Sequence[Change]) -> str:
    if change.dialect is Dialect.LINES:
        try:
            start = find_line(text, change)
        except LookupError as error:
            raise _NotThere(str(error)) from None
        return f"{text[:start]}{change.before}{text[start + len(change.after) :]}"
    if change.dialect is Dialect.SCRIPT:
        start, value = _script_value(text, change)
        return _put(text, start, value, change)
    ini = parse(text, change.dialect)
    active = ini.active(change.section, change.key)
    if change.action is Action.REMOVE:
        ours = any((item.section, item.key) == (change.section, change.key) for item in undone)
        if active is not None and not ours:
            raise _NotThere("it is set again")
        return _put_back(ini, change)
    if active is None:
        raise _NotThere("it is not set any more")
    if change.action is Action.INSERT:
        return _take_out(ini, active, change)
    return _put(text, active.value_start, ini.value(active), change)


def _script_value(text: str, change: Change) -> tuple[int, str]:
    member = script.active(text, change.key)
    if member is None:
        raise _NotThere("it is not set any more")
    return member.value_start, text[member.value_start : member.value_end]


def _put(text: str, start: int, value: str, change: Change) -> str:
    """The old value, or the old port, back into a value that begins at ``start``."""
    if change.action is Action.VALUE:
        end = start + len(value)
        begin = end - len(change.after)
        # What was put before a value that was empty (a blank, a separator) is part of the change.
        if not value or not change.after.endswith(value) or text[begin:end] != change.after:
            raise _NotThere("it has another value")
        return f"{text[:begin]}{change.before}{text[end:]}"
    try:
        url = find_url(script.plain(value) if change.dialect is Dialect.SCRIPT else value)
    except ValueError as error:
        raise _NotThere(str(error)) from None
    begin, end = url.start, url.end
    if change.dialect is Dialect.SCRIPT:
        begin, end = script.written(value, begin), script.written(value, end)
    if value[begin:end] != change.after:
        raise _NotThere("its port is another one")
    return f"{text[: start + begin]}{change.before}{text[start + end :]}"


def _take_out(ini: Ini, active: Assignment, change: Change) -> str:
    """The file without the line that was put in; without our section header too, if it has nothing else."""
    text, block = ini.text, change.after
    line = block.strip("\r\n").rpartition("\n")[2]
    if text[active.start : active.end].rstrip(BLANKS) != line:
        raise _NotThere("it has another value")
    start = active.start - block.rindex(line)
    whole = start >= 0 and text[start : start + len(block)] == block
    with_header = block.strip("\r\n") != line
    if whole and (not with_header or _section_is_ours(ini, active)):
        return text[:start] + text[start + len(block) :]
    return text[: active.start] + text[active.end :]


def _section_is_ours(ini: Ini, active: Assignment) -> bool:
    """Whether nothing follows our line in its section, comments included."""
    end = min((item.start for item in ini.sections if item.start > active.start), default=len(ini.text))
    return not ini.text[active.end : end].strip(BLANKS)


def _put_back(ini: Ini, change: Change) -> str:
    """The removed lines below the line that they stood under, in their section: best where the line that
    followed them follows, nearest to the old place as counted from either end of the file; below the
    section's header when that line is gone."""
    text, before = ini.text, change.before
    sections = [item for item in ini.sections if ini.normalised(item.name) == ini.normalised(change.section)]
    if not sections:
        raise _NotThere(f"there is no section [{change.section}] any more")
    # Lines from the end of a file without a newline there begin with a line end instead.
    leading = before[:1] in {"\r", "\n"}
    places = [
        match.end(1) if leading else match.end()
        for section in sections
        for match in _LINE.finditer(text, section.start, _end_of(ini, section))
        if match[1] == change.above and (leading or match.start() < len(text))
    ]
    below_header = sections[-1].end

    def distance(found: int) -> tuple[bool, int]:
        from_end = abs(len(text) - found - change.rest)
        return line_at(text, found) != change.below, min(abs(found - change.offset), from_end)

    place = min(places, key=distance, default=below_header)
    if not leading and place and text[place - 1] not in "\r\n":
        before = line_end_of(text) + before.rstrip("\r\n")
    elif leading and not places:
        before = before.lstrip("\r\n") + line_end_of(text)
    return text[:place] + before + text[place:]


def _end_of(ini: Ini, section: Section) -> int:
    return min((item.start for item in ini.sections if item.start > section.start), default=len(ini.text))
