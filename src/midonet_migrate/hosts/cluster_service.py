"""The service midonet-cluster on a host: start, stop, restart (host 1.3, 3.3)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from midonet_migrate.errors import HostsFailed, MigrateError, Recovery, WrongState
from midonet_migrate.hosts.runner import NOT_EXECUTABLE, NOT_FOUND, Completed, Runner
from midonet_migrate.settings.redaction import redact

Verb = Literal["start", "stop", "restart"]
SERVICE_TIMEOUT_SECONDS = 300.0
_LOG_LINES = 20


class ServiceCommands(msgspec.Struct, frozen=True, kw_only=True):
    """The command of each verb, and the service's log on its host."""

    start: tuple[str, ...]
    stop: tuple[str, ...]
    restart: tuple[str, ...]
    log_file: str = "/var/log/midonet-cluster/midonet-cluster.log"


class ClusterService:
    """midonet-cluster on one host. That a command succeeds does not mean that the service lives: a crashing
    one looks started for a while (host 1.3), so its API must be asked afterwards."""

    def __init__(self, runner: Runner, commands: ServiceCommands, *, secrets: Iterable[str] = ()) -> None:
        self._runner = runner
        self._commands = commands
        self._secrets = tuple(secrets)

    def start(self) -> None:
        """Start it. Raises ``HostsFailed`` with the end of its log, ``WrongState`` if it is not installed."""
        self._run("start", self._commands.start)

    def stop(self) -> None:
        """Stop it. Raises as :meth:`start`."""
        self._run("stop", self._commands.stop)

    def restart(self) -> None:
        """Stop and start it, so that it reads its settings anew. Raises as :meth:`start`."""
        self._run("restart", self._commands.restart)

    def command_of(self, verb: Verb) -> str:
        """A command as an operator would type it."""
        commands = {"start": self._commands.start, "stop": self._commands.stop}
        return shlex.join(commands.get(verb, self._commands.restart))

    def log_tail(self, lines: int = _LOG_LINES) -> list[str]:
        """The last lines of its log, secrets masked; none when it cannot be read."""
        done = self._runner.run(["tail", "-n", str(lines), self._commands.log_file])
        return [redact(line, self._secrets) for line in done.stdout.splitlines()] if not done.status else []

    def not_started(self, what: str, why: str) -> HostsFailed:
        """The error for a service that does not come up, with the end of its log."""
        return HostsFailed(
            what,
            why=why,
            hint=f"Read {self._commands.log_file} on its host, correct what it names, then run again.",
            problems=self.log_tail(),
            recovery=Recovery.RETRY,
        )

    def _run(self, verb: Verb, command: Sequence[str]) -> None:
        done = self._runner.run(command, timeout=SERVICE_TIMEOUT_SECONDS)
        if done.status:
            raise self._error(verb, command, done)

    def _error(self, verb: Verb, command: Sequence[str], done: Completed) -> MigrateError:
        said = redact(done.stderr.strip() or done.stdout.strip(), self._secrets)
        if done.status in {NOT_FOUND, NOT_EXECUTABLE}:
            return WrongState(
                f"The command {command[0]} cannot be run on this host",
                why=said,
                hint=f"Set cluster_{verb}_command to what {verb}s midonet-cluster here.",
            )
        return self.not_started(f"'{shlex.join(command)}' ended with status {done.status}", said)
