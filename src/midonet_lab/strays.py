"""Processes that a killed ``up`` left behind before it could write down their numbers."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_WAIT_SECONDS = 30.0


def end_strays(directories: list[Path]) -> int:
    """Kill every process that was started as a server of these directories, or by one; how many there were.

    They are known by their environment: each server is started with ``TMPDIR`` set to its own directory,
    which nobody else has. A handle, not a number, is signalled, so that it cannot be another process.
    Looks again until there is none: one may start another just before it ends.
    """
    marks = {f"TMPDIR={directory}".encode() for directory in directories}
    total = 0
    while ended := sum(_end(handle) for handle in _marked(marks)):
        total += ended
    return total


def _end(handle: int) -> bool:
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], _WAIT_SECONDS)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def _marked(marks: set[bytes]) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        pid = int(process.name)
        if pid == os.getpid():
            continue
        with suppress(OSError):
            handle = os.pidfd_open(pid)
            try:
                found = marks.intersection((process / "environ").read_bytes().split(b"\0"))
            except OSError:
                found = set()
            if found:
                yield handle
            else:
                os.close(handle)
