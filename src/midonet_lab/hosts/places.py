"""Names below the directory of a host."""

from __future__ import annotations

ROOT = "root"
"""The host's root directory. ``root/usr`` holds what differs from the machine's ``/usr``."""
WORK = "work"
"""What the overlay needs beside it."""
INIT_PID_FILE = "init.pid"
"""Its process 1, as seen from outside."""
READY_FILE = "ready"
STARTED_WITH_HOST = "MIDONET_LAB_STARTED_WITH_HOST"
"""In the environment of services that start because the host does."""
