"""One run per run directory (I10): an flock, released by the kernel however the process ends."""

from __future__ import annotations

import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from midonet_migrate.errors import LockHeld
from midonet_migrate.run.atomic import FILE_MODE, file_errors, write_all

LOCK_FILE = ".lock"


class Holder(msgspec.Struct, kw_only=True):
    """Who holds a lock."""

    pid: int = 0
    host: str = ""
    since: str = ""

    def __str__(self) -> str:
        """For people: process, host and start."""
        if not self.pid:
            return "an unknown process"
        return f"process {self.pid} on {self.host}, since {self.since}"


def this_process() -> Holder:
    """This process as a holder; the time is UTC."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Holder(pid=os.getpid(), host=socket.gethostname(), since=now)


def decode_holder(content: bytes) -> Holder:
    """What a lock's content says; an unknown holder when it says nothing that can be read."""
    try:
        return msgspec.json.decode(content, type=Holder)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Holder()


class FileLock:
    """Exclusive lock on a directory, as a context manager.

    Raises ``LockHeld`` (75) on entry, naming process, host and start of the holder. With ``dry_run`` nothing
    is created: a lock that somebody holds is still found, but none is taken.
    """

    def __init__(self, directory: Path, *, dry_run: bool = False) -> None:
        self._path = directory / LOCK_FILE
        self._dry_run = dry_run
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        if self._dry_run and not self._path.exists():
            return self
        with file_errors(self._path):
            flags = os.O_RDONLY if self._dry_run else os.O_RDWR | os.O_CREAT
            descriptor = os.open(self._path, flags, FILE_MODE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = decode_holder(os.pread(descriptor, 4096, 0))
                os.close(descriptor)
                raise LockHeld(
                    f"Another run uses {self._path.parent}",
                    why=f"The lock is held by {holder}.",
                    hint="Wait for it to end. The lock goes with its process; never delete the lock file.",
                ) from None
            except BaseException:
                os.close(descriptor)
                raise
            if self._dry_run:
                os.close(descriptor)
                return self
            self._descriptor = descriptor
            os.ftruncate(descriptor, 0)
            write_all(descriptor, msgspec.json.encode(this_process()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            # The file stays, since deleting it would race with a waiting run; empty, as before the run.
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
