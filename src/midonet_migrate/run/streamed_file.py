"""Writing a file that is too large for memory, as safely as ``write_atomically`` writes a small one."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from midonet_migrate.run.atomic import FILE_MODE, TEMPORARY_SUFFIX, file_errors, sync_directory, write_all

_BUFFER = 256 * 1024


class StreamedFile:
    """A file that gets its name only with :meth:`commit`. Left without it, nothing remains.

    Raises ``NoPermission`` or ``WrongState`` (no room).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
        self._digest = hashlib.sha256()
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._descriptor = -1
        self.size = 0

    def __enter__(self) -> Self:
        with file_errors(self._path):
            self._descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            with suppress(OSError):
                self._temporary.unlink()

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._buffer.append(data)
        self._buffered += len(data)
        if self._buffered >= _BUFFER:
            self._flush()

    def finish(self) -> str:
        """Put everything on the disk, still under the temporary name. Returns the sha256."""
        self._flush()
        with file_errors(self._path):
            os.fsync(self._descriptor)
        return self._digest.hexdigest()

    def commit(self) -> None:
        """Give the finished file its name."""
        with file_errors(self._path):
            self._temporary.replace(self._path)
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
            sync_directory(self._path.parent)

    def _flush(self) -> None:
        data = b"".join(self._buffer)
        self._buffer.clear()
        self._buffered = 0
        self._digest.update(data)
        self.size += len(data)
        with file_errors(self._path):
            write_all(self._descriptor, data)
