"""Whole lines put in the place of others, and found again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from midonet_migrate.plan.edits.ini_changes import line_at
from midonet_migrate.plan.edits.model import Action, Change, Dialect


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Where each line begins, and what it says without its line end."""
    for match in re.finditer(r"[^\n]*\n|[^\n]+\Z", text):
        yield match.start(), match[0].rstrip("\r\n")


def replace_line(text: str, start: int, after: str) -> Change:
    """Another line in the place of the one that begins at ``start``; its line end stays."""
    before = line_at(text, start)
    return Change(
        dialect=Dialect.LINES,
        action=Action.VALUE,
        section="",
        key="",
        offset=start,
        before=before,
        after=after,
        above=_above(text, start),
        below=_below(text, start),
    )


def find_line(text: str, change: Change) -> int:
    """Where the line that ``change`` made stands now: the only one of these words, or the one between the
    same lines as then. Raises ``LookupError`` saying why it cannot be told."""
    places = [start for start, line in lines_of(text) if line == change.after]
    if len(places) > 1:
        places = [
            start
            for start in places
            if (_above(text, start), _below(text, start)) == (change.above, change.below)
        ]
        if len(places) != 1:
            raise LookupError("the same line stands there more than once")
    if not places:
        raise LookupError("the line is another one, or gone")
    return places[0]


def _above(text: str, start: int) -> str:
    return text[:start].rstrip("\n").rpartition("\n")[2].rstrip("\r") if start else ""


def _below(text: str, start: int) -> str:
    end = text.find("\n", start)
    return line_at(text, end + 1) if end >= 0 else ""
