"""The one way this program writes a file: temporary name, fsync, rename, fsync of the directory."""

from __future__ import annotations

import errno
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from midonet_migrate.errors import MigrateError, NoPermission, Recovery, WrongState

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700
TEMPORARY_SUFFIX = ".partial"
_GZIP_WINDOW = 31  # zlib's way to say: gzip framing; its header then carries no time and no name
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def file_error(error: OSError, path: Path) -> MigrateError:
    """The operator's version of an error of the file system."""
    why = error.strerror or str(error)
    if error.errno in _NO_ROOM:
        return WrongState(
            f"No room left to write {path}",
            why=why,
            hint="Free some space (or raise the quota) and run the same command again.",
            recovery=Recovery.RETRY,
        )
    if error.errno in _FORBIDDEN:
        return NoPermission(
            f"May not write {path}" if error.errno == errno.EROFS else f"May not use {path}",
            why=why,
            hint="Check owner and mode, or choose another directory with --data-dir.",
        )
    return WrongState(
        f"Cannot use {path}", why=why, hint="Choose another directory with --data-dir, or repair the disk."
    )


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn ``OSError`` into ``NoPermission`` or ``WrongState`` that name ``path``."""
    try:
        yield
    except OSError as error:
        raise file_error(error, path) from error


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; ``os.write`` alone may stop early."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` under ``path``, mode 0600: after a crash there is the old file or the new one.

    Raises ``NoPermission`` or ``WrongState`` (no room); the temporary file is removed then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    with file_errors(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_directory(path.parent)


def leftovers(directory: Path) -> list[Path]:
    """Temporary files that a killed run left behind."""
    return sorted(directory.glob(f".*{TEMPORARY_SUFFIX}"))


def json_bytes(value: Any, *, pretty: bool = True) -> bytes:
    """JSON of a model object or of plain data, the same bytes for the same value.

    Members of structs keep their order, keys of dicts are sorted. ``pretty`` gives one member a line, so
    that a file can be read and compared by eye.
    """
    encoded = msgspec.json.encode(value, order="deterministic")
    return msgspec.json.format(encoded, indent=1) + b"\n" if pretty else encoded


def gzip_bytes(data: bytes) -> bytes:
    """``data`` as a gzip file, the same bytes for the same data (no time, no name in the header)."""
    return zlib.compress(data, 6, _GZIP_WINDOW)


def gzip_pieces(pieces: Iterable[bytes]) -> bytes:
    """As :func:`gzip_bytes`, of pieces that need not be in memory together."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, _GZIP_WINDOW)
    packed = [compressor.compress(piece) for piece in pieces]
    return b"".join([*packed, compressor.flush()])


def gunzip_bytes(data: bytes) -> bytes:
    """The content of a gzip file. Raises ``ValueError`` when it is damaged or cut short."""
    decompressor = zlib.decompressobj(_GZIP_WINDOW)
    try:
        content = decompressor.decompress(data) + decompressor.flush()
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not decompressor.eof:
        raise ValueError("the file is cut short")
    return content
