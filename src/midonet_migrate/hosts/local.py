"""Commands on this machine."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import IO

from midonet_migrate.errors import Recovery
from midonet_migrate.hosts.runner import (
    DEFAULT_TIMEOUT,
    NOT_EXECUTABLE,
    NOT_FOUND,
    CommandTimeout,
    Completed,
)

_OWN_VARIABLES = ("MIDO_", "MIDONET_MIGRATE_", "OS_")
"""They may hold passwords, and mean something else to the commands."""


def inherited_environment() -> dict[str, str]:
    """Our environment without what is meant for us alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OWN_VARIABLES)}


class LocalRunner:
    """Runs commands as processes of this machine, each in a session of its own."""

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """See :class:`~midonet_migrate.hosts.runner.Runner`.

        Only the command itself is waited for: a service that it starts may keep its output open.
        """
        with ExitStack() as stack:
            given, stdout, stderr = (stack.enter_context(_memory(name)) for name in ("in", "out", "err"))
            given.write(stdin.encode())
            given.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - the operator's own command, without a shell
                    list(command),
                    stdin=given,
                    stdout=stdout,
                    stderr=stderr,
                    env={**inherited_environment(), **environment},
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                return Completed(NOT_FOUND, stderr=f"{error.filename}: not found")
            except OSError as error:
                return Completed(NOT_EXECUTABLE, stderr=f"{error.filename}: {error.strerror}")
            try:
                status = process.wait(timeout)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise _too_slow(command, timeout) from error
                raise
            return Completed(
                status if status >= 0 else 128 - status, stdout=_text(stdout), stderr=_text(stderr)
            )


def _memory(name: str) -> IO[bytes]:
    """A file that is in memory alone: what goes through it may be secret."""
    return os.fdopen(os.memfd_create(f"command-std{name}"), "w+b")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _too_slow(command: Sequence[str], timeout: float) -> CommandTimeout:
    return CommandTimeout(
        f"{shlex.join(command)} did not end within {timeout:g} seconds",
        why="It was killed; what it did until then is not known.",
        hint="Find out why it hangs (run it by hand), then run the same command again.",
        recovery=Recovery.RETRY,
    )
