"""The hosts of a site as runners: ``with Fleet(hosts) as fleet: fleet.runner("compute1").run([...])``."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import TracebackType

import msgspec

from midonet_migrate.errors import MigrateError, WrongState
from midonet_migrate.hosts.fleet.failures import error_of
from midonet_migrate.hosts.fleet.link import Link
from midonet_migrate.hosts.fleet.messages import Ended, Run, Start
from midonet_migrate.hosts.fleet.socket_directory import SocketDirectory
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed
from midonet_migrate.model.hosts import HostEntry

DEFAULT_PARALLEL = 50
DEFAULT_LOGIN_TIMEOUT = 30.0
LONGEST_COMMAND = 100_000
"""Characters: the kernel takes no word longer than 128 KiB, and ssh makes one of the whole command."""
_BACKSTOP = 90.0
"""Seconds after which an answer that the child owes will not come any more."""
_SOCKETS = "/tmp"  # noqa: S108 - there we make a directory of our own (0700); TMPDIR may be too long for sockets


class FleetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How hosts are reached. ``ssh_config``: a file instead of ssh's own; ``parallel``: hosts at a time."""

    ssh_config: str = ""
    parallel: int = DEFAULT_PARALLEL
    login_timeout: float = DEFAULT_LOGIN_TIMEOUT


class FleetStopped(BaseException):
    """The fleet is being stopped, and starts no command any more.

    No ``Exception``: work on a host must not take it for a failure of the host.
    """


class FleetRunner:
    """Runs commands on one host of a fleet; see :class:`~midonet_migrate.hosts.runner.Runner`.

    Every command runs with the rights of the login user, or with root's when the host says ``sudo``. Its
    words reach it as they are: no shell changes them. Logging in happens with the first command.
    """

    def __init__(self, fleet: Fleet, host: HostEntry) -> None:
        self._fleet = fleet
        self.host = host

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run ``command`` on the host and wait for its end, not for services that it starts.

        The time for logging in is not part of ``timeout``. A command that takes longer is killed there, too.
        Raises ``HostUnreachable`` (``HostKeyUnknown``, ``HostKeyChanged``, ``ConnectionLost``),
        ``LoginRefused``, ``SudoRefused``, ``NoShell``, ``CommandTimeout``, ``FleetBroken``; ``FleetStopped``
        when the fleet is stopped.
        """
        words = tuple(command)
        if not words or any("\0" in word for word in words):
            raise ValueError("not a command")
        if sum(map(len, words)) > LONGEST_COMMAND:
            raise ValueError("the command is too long: give long texts by standard input")
        return self._fleet.run(Run(0, self.host.name, words, stdin, dict(environment), timeout))

    def __repr__(self) -> str:
        return f"FleetRunner({self.host.name!r})"


class Fleet:
    """Hosts, driven by pyinfra in a child process of its own, which this one starts and ends.

    A context manager. Methods may be called from any thread. A child that died is not started again: every
    command raises ``FleetBroken``.
    """

    def __init__(self, hosts: Sequence[HostEntry], options: FleetOptions | None = None) -> None:
        """Nothing is started yet. Host names must be unique."""
        self.hosts = tuple(hosts)
        self.options = options if options is not None else FleetOptions()
        self._by_name = {host.name: host for host in hosts}
        if len(self._by_name) != len(self.hosts):
            raise ValueError("two hosts have the same name")
        self._link: Link | None = None
        self._sockets: SocketDirectory | None = None
        self.socket_directory = ""
        """Where ssh's sockets are while it runs."""
        self._stopping = threading.Event()

    def __enter__(self) -> Fleet:
        """Start the child; no host is spoken to yet.

        Raises ``FleetBroken``, and ``WrongState`` when /tmp cannot be written.
        """
        try:
            self._sockets = SocketDirectory(_SOCKETS)
        except OSError as error:
            raise WrongState(
                f"There is no room for ssh's sockets in {_SOCKETS}",
                why=error.strerror or str(error),
                hint=f"Make {_SOCKETS} writable (mode 1777), or free some space there.",
            ) from error
        self.socket_directory = self._sockets.path
        try:
            self._link = Link(
                Start(
                    hosts=self.hosts,
                    control_directory=self.socket_directory,
                    ssh_config=self.options.ssh_config,
                    logins=self.options.parallel,
                    login_timeout=self.options.login_timeout,
                )
            )
        except BaseException:
            self._forget_sockets()
            raise
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log out everywhere and end the child. Commands that still run are killed on their hosts."""
        self.stop()
        link = self._link
        try:
            if link is not None:
                link.close()
        finally:
            self._forget_sockets()

    @property
    def child(self) -> int:
        """Process id of the child."""
        return self._started().pid

    def runner(self, host: str) -> FleetRunner:
        """The runner of a host by its name. Raises ``KeyError``."""
        return FleetRunner(self, self._by_name[host])

    def halt(self) -> None:
        """Start no command any more: :meth:`FleetRunner.run` raises ``FleetStopped``."""
        self._stopping.set()

    def stop(self) -> None:
        """:meth:`halt`, and kill what runs on the hosts."""
        self.halt()
        if self._link is not None:
            self._link.stop_all()

    @property
    def stopping(self) -> bool:
        """Whether the fleet starts no command any more."""
        return self._stopping.is_set()

    def running(self) -> int:
        """How many commands run now."""
        return self._started().running()

    def run(self, order: Run) -> Completed:
        """See :meth:`FleetRunner.run`."""
        if self.stopping:
            raise FleetStopped
        link = self._started()
        waiting = link.send(order)
        if not waiting.wait(order.timeout + self.options.login_timeout + _BACKSTOP):
            link.kill()
            waiting.wait(_BACKSTOP)
        answer = waiting.answer
        if isinstance(answer, Ended):
            return Completed(answer.status, answer.stdout, answer.stderr)
        if self.stopping:
            raise FleetStopped
        if answer is None:
            raise link.error()
        error: MigrateError = error_of(
            answer, self._by_name[order.host], order.command, order.timeout, self.options.ssh_config
        )
        raise error

    def _started(self) -> Link:
        if self._link is None:
            raise RuntimeError("the fleet is not started: use it as a context manager")
        return self._link

    def _forget_sockets(self) -> None:
        if self._sockets is not None:
            self._sockets.remove()
