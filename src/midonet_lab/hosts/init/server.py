"""The loop of process 1: commands from the socket, ends of children, the way up and the way down."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path

from midonet_lab.hosts.init.alternatives import Alternatives
from midonet_lab.hosts.init.process import shell_in_chroot, spawn
from midonet_lab.hosts.init.programs import PROGRAMS, run_program
from midonet_lab.hosts.init.reply import Reply, Request
from midonet_lab.hosts.init.supervisor import Supervisor
from midonet_lab.hosts.init.systemd import Systemd
from midonet_lab.hosts.init.unit import Unit
from midonet_lab.hosts.init.upstart import Upstart
from midonet_lab.hosts.places import STARTED_WITH_HOST
from midonet_lab.hosts.services.datapath import forget_datapath
from midonet_lab.hosts.shims import SOCKET
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.hosts.stand_ins import StandIn, stand_in_of
from midonet_migrate.model.hosts import InitSystem

_PEER = struct.Struct("3i")
_LOGGER = logging.getLogger("midonet_lab.hosts.init")


class HostInit:
    """Process 1 of the host in ``directory``, whose root is mounted."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._root = directory / "root"
        self._specification = HostSpecification.load(directory)
        self._supervisor = Supervisor(self._spawn, _LOGGER.info)
        kind = Upstart if self._specification.init is InitSystem.UPSTART else Systemd
        self._commands: Upstart | Systemd = kind(self._root, self._supervisor, self._runnable)
        self._alternatives = Alternatives(self._root)

    async def run(self, ready: Path) -> None:
        """Come up, then serve until SIGTERM; ``ready`` appears when the host is up."""
        loop = asyncio.get_running_loop()
        end = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, end.set)
        loop.add_signal_handler(signal.SIGCHLD, self._supervisor.reap)
        self._clear_run()
        forget_datapath(self._directory)
        path = self._root / SOCKET
        server = await asyncio.start_unix_server(self._serve, sock=_listening(path))
        path.chmod(0o666)
        os.environ[STARTED_WITH_HOST] = "yes"  # services inherit it
        for unit in self._commands.boot_units():
            if self._runnable(unit):
                self._supervisor.start(unit)
        del os.environ[STARTED_WITH_HOST]
        ready.touch()
        await end.wait()
        await self._supervisor.stop_all()
        server.close()
        path.unlink(missing_ok=True)

    def _clear_run(self) -> None:
        """``/run`` is empty when a host comes up."""
        run = self._root / "run"
        for path in run.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        directories = ["lock", "sshd", "midolman"]
        if self._specification.init is InitSystem.SYSTEMD:
            directories.append("systemd/system")
        for name in directories:
            (run / name).mkdir(parents=True)

    def _stand_in(self, unit: Unit) -> StandIn | None:
        return stand_in_of(unit.name)

    def _runnable(self, unit: Unit) -> bool:
        stand_in = self._stand_in(unit)
        if stand_in is not None:
            return any(any(self._root.glob(pattern)) for pattern in stand_in.programs)
        return bool(unit.command)

    def _spawn(self, unit: Unit) -> int:
        log = (
            self._root / f"var/log/upstart/{unit.name}.log"
            if unit.init is InitSystem.UPSTART
            else self._directory / "services" / f"{unit.name}.log"
        )
        stand_in = self._stand_in(unit)
        if stand_in is None:
            return spawn(lambda: shell_in_chroot(self._root, unit.command), log)
        return spawn(lambda: stand_in.start(self._directory, unit.name), log)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link: socket.socket = writer.get_extra_info("socket")
        _pid, user, _group = _PEER.unpack(link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        try:
            request = Request.decoded(await reader.read(), user)
        except ValueError:
            writer.close()
            return
        reply = await self._answer(request)
        _LOGGER.info("%s %s: %d", request.name, " ".join(request.arguments), reply.status)
        writer.write(reply.encoded())
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async def _answer(self, request: Request) -> Reply:
        if request.name in {"alternatives", "update-alternatives"}:
            return self._alternatives.answer(request)
        if request.name in PROGRAMS:
            return await self._supervisor.ask_child(lambda: run_program(self._directory, request))
        try:
            return await self._commands.answer(request)
        except KeyError:
            return Reply(127, errors=f"{request.name}: not found\n")
        except Exception:
            _LOGGER.exception("%s", request)
            return Reply(1, errors=f"{request.name}: the practice host's init failed; see its server.log\n")


def _listening(path: Path) -> socket.socket:
    """A socket at ``path``, however long that is: an address holds 107 characters, so it is named from its
    directory."""
    listener = socket.socket(socket.AF_UNIX)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(folder)
    return listener


def run_host(directory: Path, ready: Path) -> int:
    """Be process 1 until the host goes down."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    os.umask(0o022)
    asyncio.run(HostInit(directory).run(ready))
    return 0
