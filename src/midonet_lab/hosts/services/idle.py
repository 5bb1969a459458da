"""Services that the migration only starts and stops: a process with the right command line."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import suppress

from midonet_lab.hosts.process_title import set_command_line


def run_idle(command_line: Sequence[str]) -> int:
    """Wait for SIGTERM."""
    set_command_line(command_line)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        while True:
            signal.pause()
    return 0
