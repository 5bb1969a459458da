"""Commands on a host, wherever it is. One protocol in front of local processes, SSH and the lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from midonet_migrate.errors import HostsFailed

NOT_FOUND = 127
"""Status of a command that does not exist, as a shell says it."""
NOT_EXECUTABLE = 126
DEFAULT_TIMEOUT = 120.0
"""Seconds. mn-conf starts a JVM for each call."""


class Completed(msgspec.Struct, frozen=True):
    """How a command ended: its exit status (128 + number for a signal), and what it wrote."""

    status: int
    stdout: str = ""
    stderr: str = ""

    def __repr__(self) -> str:
        # Output of mn-conf may hold a password.
        return f"Completed(status={self.status}, {len(self.stdout)} + {len(self.stderr)} characters)"


class Runner(Protocol):
    """Runs commands on one host. Secrets go in by ``stdin`` alone: arguments and environment are readable."""

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run ``command`` without a shell, ``environment`` added to the host's own, and wait for its end.

        A command that is missing or may not be executed completes with 127 or 126, like one in a shell.
        Raises ``CommandTimeout``, and ``Unreachable`` when the host cannot be reached.
        """


class CommandTimeout(HostsFailed):
    """A command did not end in time; it was killed, and what it did until then is not known."""

    code = "command-timeout"
