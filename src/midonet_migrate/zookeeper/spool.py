"""Lines set aside on disk until it is their turn in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from midonet_migrate.run.atomic import file_errors

_BUFFER = 64 * 1024


class LineSpool:
    """Lines in an unnamed temporary file (a context manager: it goes with the block).

    Raises ``WrongState`` (no room) or ``NoPermission``.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> Self:
        with file_errors(self._directory):
            self._file = tempfile.TemporaryFile(dir=self._directory, buffering=_BUFFER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # what could not be written is of no use any more
            self._file.close()

    def add(self, line: bytes) -> None:
        """One more line, without its end."""
        with file_errors(self._directory):
            self._file.write(line + b"\n")

    def __iter__(self) -> Iterator[bytes]:
        with file_errors(self._directory):
            self._file.seek(0)
            for line in self._file:
                yield line[:-1]
