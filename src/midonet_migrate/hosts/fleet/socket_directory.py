"""The directory where ssh's sockets are: ours alone, and swept up by a later run when ours was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "midonet-fleet-"
_LOCK = "lock"
_YOUNG_SECONDS = 60.0
"""One that is being made is not locked yet."""


class SocketDirectory:
    """A new directory (0700) in ``parent``, locked as long as this process lives."""

    def __init__(self, parent: str) -> None:
        """Make it, and take away those of runs that were killed. Raises ``OSError``."""
        sweep(parent)
        self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
        self._lock = os.open(f"{self.path}/{_LOCK}", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """It is not needed any more. Called twice it does no harm."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def sweep(parent: str, *, young_seconds: float = _YOUNG_SECONDS) -> None:
    """Delete the directories of this account that no process holds. What cannot be deleted stays."""
    for directory in Path(parent).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            look = directory.lstat()
            ours = stat.S_ISDIR(look.st_mode) and look.st_uid == os.geteuid()
            if not ours or time.time() - look.st_mtime < young_seconds:
                continue
            lock = os.open(directory / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(directory, ignore_errors=True)
            finally:
                os.close(lock)
