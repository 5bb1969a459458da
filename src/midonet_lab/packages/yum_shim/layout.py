"""Columns as yum lays them out on 80 characters: a field that is too long breaks its line."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 80
_UNITS = ("", "k", "M", "G", "T")
_SIZE = 5


def number(size: int) -> str:
    """``834 k``, ``1.2 M``."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    shown = f"{value:.1f}" if unit and value < 9.95 else f"{value:.0f}"
    return f"{shown} {_UNITS[unit]}" if unit else f"{shown}  "


def line(fields: Sequence[str], widths: Sequence[int], start: str = "") -> str:
    """One row; the last field is right-aligned when its width is positive, all others stand left."""
    text, position = start, len(start)
    for field, width in zip(fields[:-1], widths[:-1], strict=True):
        position += width + 1
        text += f"{field.ljust(width)} " if len(field) <= width else f"{field}\n{' ' * position}"
    last = fields[-1]
    return text + (last.rjust(widths[-1]) if widths[-1] > 0 else last)


def table(rows: Sequence[Sequence[str]]) -> tuple[list[int], str]:
    """Widths for rows of name, architecture, version, repository, size, and the head of the table."""
    head = ("Package", "Arch", "Version", "Repository", "Size")
    longest = [max(len(row[column]) for row in (head, *rows)) for column in range(4)]
    room = WIDTH - 2 - 4 - _SIZE
    widths = _fitted(longest, room)
    rule = "=" * WIDTH
    return [*widths, _SIZE], f"\n{rule}\n{line(head, [*widths, _SIZE], ' ')}\n{rule}\n"


def listing(rows: Sequence[Sequence[str]]) -> str:
    """Rows of ``yum list``: name.arch, version, repository."""
    longest = [max(len(row[column]) for row in rows) for column in range(2)]
    widths = [max(wide, least) for wide, least in zip(_fitted(longest, 60), (33, 26), strict=True)]
    return "".join(f"{line(row, [*widths, 0])}\n" for row in rows)


def _fitted(longest: Sequence[int], room: int) -> list[int]:
    """Column widths of at most ``room`` together: the longest give way."""
    widths = list(longest)
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths
