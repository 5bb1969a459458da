"""Objects as they appear inside error texts."""

from __future__ import annotations

from midonet_lab.midonet5.store import StoredObject, Zoom

_LOW = (1 << 64) - 1


def one_line(zoom: Zoom, message: str, value: StoredObject) -> str:
    """The text form of a message with its lines joined."""
    return " ".join(zoom.text_format.print(message, value).decode("ascii").split())


def halves(object_id: str) -> str:
    """A UUID message on one line: ``msb: 1 lsb: 2``, with the blank the real text has behind it."""
    number = int(object_id.replace("-", ""), 16)
    return f"msb: {number >> 64} lsb: {number & _LOW} "
