"""pyinfra's connectors of ours: this machine, and the system's ``ssh``.

Both run framed commands (see :mod:`midonet_migrate.hosts.fleet.framing`), so that output is exact and every
way to fail can be told from the others; pyinfra's own ones read lines, ask for sudo's password on the
terminal, and know only a part of ssh_config.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine, make_unix_command_for_host

from midonet_migrate.hosts.fleet.child.master import Master, MasterFailed
from midonet_migrate.hosts.fleet.child.processes import FramedProcess, Outcome, ends_with_us
from midonet_migrate.hosts.fleet.framing import Frame, Framed, kill_script
from midonet_migrate.hosts.fleet.messages import Reason
from midonet_migrate.hosts.fleet.ssh_words import Ssh
from midonet_migrate.model.hosts import HostEntry

_KILL_TIMEOUT = 15.0
_SSH_FAILED = 255
_CONTROL_ARGUMENTS = ("_stdin", "_timeout", "_get_pty", "_success_exit_codes")


class NoResult(Exception):
    """A command has no exit status. ``reason`` says why, ``detail`` what was seen."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


class ExactOutput(CommandOutput):
    """What pyinfra expects, and the exact result beside it."""

    def __init__(self, status: int, framed: Framed) -> None:
        lines = [OutputLine("stdout", line) for line in _text(framed.stdout).splitlines()]
        lines += [OutputLine("stderr", line) for line in _text(framed.stderr).splitlines()]
        super().__init__(lines)
        self.status = status
        self.exact_stdout = _text(framed.stdout)
        self.exact_stderr = _text(framed.stderr)


class FramedConnector(BaseConnector):
    """What both have in common. Host data: ``entry``, the host of the inventory."""

    handles_execution = True

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """One host per name."""
        yield name, {}, []

    @property
    def entry(self) -> HostEntry:
        """The host as the inventory describes it."""
        entry = self.host.data.entry
        assert isinstance(entry, HostEntry)
        return entry

    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, ExactOutput]:
        """Run a command as pyinfra's operations and facts do. Raises ``NoResult``."""
        del print_output, print_input
        text = command.get_raw_value() if isinstance(command, StringCommand) else str(command)
        self.ensure_connected()
        output = self.execute(["sh", "-c", text], **arguments)
        return output.status in (arguments.get("_success_exit_codes") or [0]), output

    def execute(
        self, command: list[str], started: Callable[[FramedProcess], None] = lambda _: None, **arguments: Any
    ) -> ExactOutput:
        """Run a command without a shell of its own. ``started`` is given what :meth:`FramedProcess.stop` has.

        Raises ``NoResult``.
        """
        stdin, timeout = arguments.pop("_stdin", None) or b"", arguments.pop("_timeout", None)
        for name in _CONTROL_ARGUMENTS:
            arguments.pop(name, None)
        frame = Frame(secrets.token_hex(16))
        process = self.start(self._shell(frame.script(command), **arguments), frame, stdin)
        try:
            started(process)
            outcome = process.wait(timeout or 3600.0)
            if outcome.timed_out or outcome.stopped:
                self._kill(outcome, **arguments)
        finally:
            process.kill()
        return self._judge(outcome)

    def ensure_connected(self) -> None:
        """Connect unless it is connected; not to be called twice at a time. Raises ``ConnectError``."""
        self.host.connect(show_errors=False, raise_exceptions=True)

    def start(self, text: str, frame: Frame, stdin: bytes) -> FramedProcess:
        """Begin to run ``text`` by a shell of the host. Raises ``NoResult``."""
        raise NotImplementedError

    def put_file(self, *arguments: Any, **options: Any) -> bool:
        """Files go through standard input of commands."""
        raise NotImplementedError

    def get_file(self, *arguments: Any, **options: Any) -> bool:
        """Files come as output of commands."""
        raise NotImplementedError

    def _shell(self, script: str, **arguments: Any) -> str:
        """``sh -c`` with sudo and environment as pyinfra writes them."""
        arguments.setdefault("_sudo", self.entry.sudo)
        made = make_unix_command_for_host(self.state, self.host, StringCommand(script), **arguments)
        return made.get_raw_value()

    def _kill(self, outcome: Outcome, **arguments: Any) -> None:
        """End what still runs on the host."""
        if outcome.group is None:
            return
        frame = Frame(secrets.token_hex(16))
        script = frame.script(["sh", "-c", kill_script(outcome.group)])
        try:
            process = self.start(self._shell(script, **arguments), frame, b"")
        except (NoResult, OSError):
            return
        process.wait(_KILL_TIMEOUT)
        process.kill()

    def _judge(self, outcome: Outcome) -> ExactOutput:
        framed = outcome.framed
        if outcome.timed_out:
            raise NoResult(Reason.TIMEOUT, "" if framed.began else _text(framed.foreign_stderr))
        if outcome.stopped:
            raise NoResult(Reason.STOPPED)
        if framed.status is not None:
            return ExactOutput(framed.status, framed)
        said = _text(framed.foreign_stderr) or _text(framed.foreign_stdout)
        if framed.began:
            raise NoResult(Reason.CONNECTION_LOST, said)
        if self.entry.sudo and "sudo" in said:
            raise NoResult(Reason.SUDO, said)
        raise NoResult(self.reason_without_begin(outcome.status), said)

    def reason_without_begin(self, status: int | None) -> Reason:
        """Why a command did not even begin, when it was not sudo."""
        del status
        return Reason.NO_SHELL


class ThisMachine(FramedConnector):
    """Commands on this machine."""

    def start(self, text: str, frame: Frame, stdin: bytes) -> FramedProcess:
        """See :class:`FramedConnector`."""
        return FramedProcess(["sh", "-c", text], frame, stdin, None)


class SystemSsh(FramedConnector):
    """Commands over the system's ssh: one login per host, kept until :meth:`disconnect`.

    Host data: ``entry``; ``ssh``, an ``Ssh``; ``socket``, a path; ``login_timeout``, seconds.
    """

    _master: Master | None = None

    def connect(self) -> None:
        """Log in. Raises ``ConnectError`` from ``NoResult``."""
        data = self.host.data
        ssh: Ssh = data.ssh
        master = Master(ssh.master(self.entry, data.socket), Path(data.socket))
        try:
            master.open(data.login_timeout)
        except MasterFailed as failed:
            raise ConnectError(failed.said) from NoResult(failed.reason, failed.said)
        self._master = master

    def disconnect(self) -> None:
        """Log out."""
        if self._master is not None:
            self._master.close()
            self._master = None

    def start(self, text: str, frame: Frame, stdin: bytes) -> FramedProcess:
        """See :class:`FramedConnector`."""
        ssh: Ssh = self.host.data.ssh
        return FramedProcess(
            ssh.command(self.entry, self.host.data.socket, text), frame, stdin, ends_with_us()
        )

    def ensure_connected(self) -> None:
        """See :class:`FramedConnector`. A connection that broke meanwhile is made again."""
        if self._master is not None and not self._master.alive():
            self.host.disconnect()
        super().ensure_connected()

    def reason_without_begin(self, status: int | None) -> Reason:
        """ssh's own failures have status 255."""
        return Reason.NOT_CONNECTED if status == _SSH_FAILED else Reason.NO_SHELL


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
