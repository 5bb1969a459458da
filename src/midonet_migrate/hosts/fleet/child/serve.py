"""What the child does: reads commands, has pyinfra run them on their hosts side by side, writes results."""

from __future__ import annotations

import logging
import os
import resource
import shutil
import subprocess
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent
from gevent.fileobject import FileObjectPosix
from gevent.lock import BoundedSemaphore
from pyinfra.api.config import Config
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.version import __version__ as pyinfra_version

from midonet_migrate.hosts.fleet.child.connectors import (
    ExactOutput,
    FramedConnector,
    NoResult,
    SystemSsh,
    ThisMachine,
)
from midonet_migrate.hosts.fleet.child.logins import Logins
from midonet_migrate.hosts.fleet.child.processes import FramedProcess
from midonet_migrate.hosts.fleet.messages import (
    Ended,
    Failed,
    FromChild,
    Ready,
    Reason,
    Run,
    Start,
    Stop,
    decode_to_child,
    encode,
)
from midonet_migrate.hosts.fleet.ssh_words import Ssh, version_of
from midonet_migrate.model.hosts import Connection

_CONNECTORS: dict[Connection, type[FramedConnector]] = {
    Connection.LOCAL: ThisMachine,
    Connection.SSH: SystemSsh,
}
_KILLING = 10.0


class OurInventory(Inventory):
    """Hosts with our connectors, without loading every connector that pyinfra knows."""

    def make_hosts_and_groups(self, names: list[tuple[str, dict[str, Any]]], groups: dict[str, Any]) -> None:
        """``names``: pairs of name and data; the data's ``entry`` says how the host is reached."""
        del groups
        self.hosts = {}
        for name, data in names:
            self.host_data[name] = data
            connector = _CONNECTORS[data["entry"].connection]
            self.hosts[name] = Host(name, inventory=self, groups=[], connector_cls=connector)


class Server:
    """Runs what it is told until its input ends."""

    def __init__(self, start: Start, answers: FileObjectPosix) -> None:
        ssh = Ssh(_ssh_version(), start.ssh_config)
        names = [
            (
                entry.name,
                {
                    "entry": entry,
                    "ssh": ssh,
                    "socket": str(Path(start.control_directory, str(number))),
                    "login_timeout": start.login_timeout,
                },
            )
            for number, entry in enumerate(start.hosts)
        ]
        self._inventory = OurInventory((names, {}))  # type: ignore[no-untyped-call]
        config = Config(PARALLEL=max(1, len(names)))  # type: ignore[no-untyped-call]
        self._state = State(self._inventory, config)
        self._logins = Logins(
            self._inventory.hosts,
            start.logins,
            lambda name: self._connector(name).ensure_connected(),
            lambda name: self._inventory.get_host(name).disconnect(),
        )
        self._running: dict[int, FramedProcess | None] = {}
        self._greenlets: dict[int, gevent.Greenlet] = {}
        self._stopped: list[gevent.Greenlet] = []
        self._answers = answers
        self._writing = BoundedSemaphore(1)

    def handle(self, message: Run | Stop) -> None:
        """Begin a command, or end one. Returns at once."""
        if isinstance(message, Run):
            self._running[message.number] = None
            self._greenlets[message.number] = gevent.spawn(self._run, message)
        elif message.number in self._running:
            process = self._running.pop(message.number)
            self._stopped.append(self._greenlets[message.number])
            if process is not None:
                process.stop()

    def close(self) -> None:
        """Log out everywhere, once what was stopped is gone from its hosts."""
        gevent.joinall(self._stopped, timeout=_KILLING)
        gevent.joinall([gevent.spawn(host.disconnect) for host in self._inventory if host.connected])

    def answer(self, message: FromChild) -> None:
        """Write a line. A main process that is gone does not mind."""
        with self._writing, suppress(OSError, ValueError):
            self._answers.write(encode(message))
            self._answers.flush()

    def _run(self, order: Run) -> None:
        try:
            answer: FromChild = self._result(order)
        except NoResult as none:
            answer = Failed(order.number, none.reason, none.detail)
        except ConnectError as error:
            cause = error.__cause__
            assert isinstance(cause, NoResult)
            answer = Failed(order.number, cause.reason, cause.detail)
        except Exception:
            answer = Failed(order.number, Reason.BUG, traceback.format_exc())
        self._running.pop(order.number, None)
        self._greenlets.pop(order.number, None)
        self.answer(answer)

    def _result(self, order: Run) -> Ended:
        with self._logins.use(order.host):
            output: ExactOutput = self._connector(order.host).execute(
                list(order.command),
                lambda process: self._note(order.number, process),
                _stdin=order.stdin.encode(),
                _timeout=order.timeout,
                _env=order.environment,
            )
        return Ended(order.number, output.status, output.exact_stdout, output.exact_stderr)

    def _connector(self, name: str) -> FramedConnector:
        connector = self._inventory.get_host(name).connector
        assert isinstance(connector, FramedConnector)
        return connector

    def _note(self, number: int, process: FramedProcess) -> None:
        if number in self._running:
            self._running[number] = process
        else:
            process.stop()


def _ssh_version() -> tuple[int, int]:
    try:
        said = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False)  # noqa: S607
    except OSError:
        return version_of("")
    return version_of(said.stderr)


def _many_files() -> None:
    """Each command takes three files; the usual limit of 1024 is a soft one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    """Serve the process that started us: orders on standard input, answers on standard output."""
    _many_files()
    logging.getLogger("pyinfra").addHandler(logging.NullHandler())
    answers = FileObjectPosix(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    orders = FileObjectPosix(os.dup(0), "rb")
    # What processes inherit must not be the orders: gevent makes inherited descriptors blocking again.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    start = decode_to_child(orders.readline())
    if not isinstance(start, Start):
        sys.exit("the first message is not Start")
    server = Server(start, answers)
    server.answer(Ready(pyinfra_version))
    try:
        for line in orders:
            message = decode_to_child(line)
            if not isinstance(message, Start):
                server.handle(message)
    finally:
        server.close()
        shutil.rmtree(start.control_directory, ignore_errors=True)  # whoever made it may be gone
