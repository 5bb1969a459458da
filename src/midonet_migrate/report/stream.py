"""Writing to standard output so that a reader who goes away is no accident."""

from __future__ import annotations

from typing import TextIO

from midonet_migrate.errors import MigrateError


class OutputClosed(Exception):
    """Whoever read standard output has closed it (``… | head``)."""


def write(stream: TextIO, text: str) -> None:
    """Write and flush. Raises ``OutputClosed`` on a closed pipe, ``MigrateError`` when the disk is full."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError as error:
        raise OutputClosed from error
    except OSError as error:
        raise MigrateError("The output cannot be written", why=error.strerror or str(error)) from error
