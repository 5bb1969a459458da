"""``midonet-migrate`` in a process of its own without the half second that its imports take each time.

A process that has imported every verb, and done nothing else, is forked for each run: arguments, folder,
environment and standard streams are the run's own, and it ends as any program does. Whatever is about the
start itself (the installed program, a terminal, a kill) is tested with ``python -m midonet_migrate``.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, NoReturn

import msgspec

_LARGEST = 4 << 20
_DESCRIPTORS = 3
_Source = socket.socket | IO[bytes]


class Request(msgspec.Struct, frozen=True):
    """A run. With it come a socket for its process id and status, and its standard output and error."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]


class WarmProgram:
    """The process that is forked; it ends with this one."""

    def __init__(self) -> None:
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LARGEST)
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(other.fileno())],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
            )
        assert self._control.recv(1), "the program to be forked has died"

    def run(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run ``midonet-migrate`` to its end, without a terminal. Raises ``subprocess.TimeoutExpired``, the
        run having been killed."""
        request = msgspec.msgpack.encode(Request(list(arguments), str(folder), dict(environment)))
        link, *ends = socket.socketpair()
        with ExitStack() as stack:
            pipes = [os.pipe(), os.pipe()]
            reading = [stack.enter_context(os.fdopen(end, "rb", 0)) for end, _ in pipes]
            sources: list[_Source] = [stack.enter_context(link), *reading]
            with ends[0], os.fdopen(pipes[0][1], "wb") as out, os.fdopen(pipes[1][1], "wb") as error:
                given = [ends[0].fileno(), out.fileno(), error.fileno()]
                socket.send_fds(self._control, [request], given)
            told, stdout, stderr = _read(sources, ["midonet-migrate", *arguments], seconds)
        _pid, status = told.split()
        return subprocess.CompletedProcess(
            ["midonet-migrate", *arguments], int(status), stdout.decode(), stderr.decode()
        )

    def close(self) -> None:
        """End it, when the last run has ended."""
        self._control.close()
        self._process.wait()


@functools.cache
def warm_program() -> WarmProgram:
    """The one of this test process."""
    program = WarmProgram()
    atexit.register(program.close)
    return program


def _read(sources: Sequence[_Source], command: list[str], seconds: float) -> list[bytes]:
    """All that comes from them, of which the first tells the process id at once."""
    deadline = time.monotonic() + seconds
    found = {source.fileno(): b"" for source in sources}
    with selectors.DefaultSelector() as selector:
        for source in sources:
            selector.register(source, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready and time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(int(found[sources[0].fileno()].split()[0]), signal.SIGKILL)
                raise subprocess.TimeoutExpired(command, seconds)
            for key, _ in ready:
                piece = os.read(key.fd, 65536)
                found[key.fd] += piece
                if not piece:
                    selector.unregister(key.fileobj)
    return [found[source.fileno()] for source in sources]


def _import_everything() -> None:
    package = importlib.import_module("midonet_migrate.cli")
    for module in pkgutil.iter_modules(package.__path__, "midonet_migrate.cli."):
        importlib.import_module(module.name)
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()


def _serve(control: socket.socket) -> None:
    """Fork a watcher for each request, and that the run. Returns in the run alone."""
    watchers: list[int] = []
    while True:
        data, descriptors, _flags, _address = socket.recv_fds(control, _LARGEST, _DESCRIPTORS)
        watchers = [pid for pid in watchers if os.waitpid(pid, 0 if not data else os.WNOHANG)[0] == 0]
        if not data:
            raise SystemExit(0)
        watcher = os.fork()
        if watcher == 0:
            control.close()
            break
        watchers.append(watcher)
        for descriptor in descriptors:
            os.close(descriptor)
    link, stdout, stderr = descriptors
    pid = os.fork()
    if pid:
        os.close(stdout)
        os.close(stderr)
        _watch(pid, link)
    os.close(link)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.close(stdout)
    os.close(stderr)
    _become(msgspec.msgpack.decode(data, type=Request))


def _watch(pid: int, link: int) -> NoReturn:
    with suppress(OSError):  # whoever asked may have given up
        os.write(link, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(link, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: Request) -> None:
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.argv = ["midonet-migrate", *request.arguments]


if __name__ == "__main__":
    _import_everything()
    with socket.socket(fileno=int(sys.argv[1])) as _control:
        _control.send(b"!")
        _serve(_control)
    from midonet_migrate.cli.main import main

    main()
