"""The lock of yum: a file with the process id of who holds it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FILE = Path("/var/run/yum.pid")


class Locked(Exception):
    """Somebody else holds it, and we were told not to wait."""


@contextmanager
def held(exit_on_lock: bool) -> Iterator[None]:
    """Hold the lock meanwhile. Waits without end, or raises ``Locked``; says so as yum does."""
    said = ""
    while True:
        owner = _take()
        if owner is None:
            break
        message = f"Existing lock {FILE}: another copy is running as pid {owner}."
        if message != said:
            print(message, file=sys.stderr)
            said = message
        if exit_on_lock:
            print(
                "Another app is currently holding the yum lock; exiting as configured by exit_on_lock",
                file=sys.stderr,
            )
            raise Locked
        print(
            "Another app is currently holding the yum lock; waiting for it to exit...",
            file=sys.stderr,
            flush=True,
        )
        time.sleep(0.5)
    try:
        yield
    finally:
        FILE.unlink(missing_ok=True)


def _take() -> int | None:
    """None: it is ours now. Otherwise who holds it."""
    while True:
        with suppress(FileExistsError):
            handle = os.open(FILE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(str(os.getpid()))
            return None
        try:
            owner = int(FILE.read_text(encoding="ascii") or "0")
            if owner > 0:
                os.kill(owner, 0)
                return owner
        except (FileNotFoundError, ProcessLookupError, ValueError):
            pass
        # Left by a process that is gone.
        FILE.unlink(missing_ok=True)
