"""One server process: started, watched, stopped by its own id, never outliving its owner unless wanted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from midonet_migrate.errors import Unreachable

START_TIMEOUT_SECONDS = 90.0
STOP_TIMEOUT_SECONDS = 30.0
_POLL_SECONDS = 0.05

_GUARD = """
read -r word && exit 0
kill -KILL "$1" 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
[ -z "$2" ] || rm -rf -- "$2"
"""
"""Reads from a pipe that only the owner holds: end of file means that the owner died without a word."""


class ServerFailed(Unreachable):
    """A server of the practice site does not start, or died. ``why`` ends with the tail of its log."""

    code = "server-failed"


def program(*names: str, package: str) -> str:
    """Where the first of these programs that is installed stands. Raises ``ServerFailed`` if none is."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    for name in names:
        found = shutil.which(name, path=path)
        if found is not None:
            return found
    raise ServerFailed(
        f"{names[0]} is not installed", why="The practice site runs it.", hint=f"apt-get install {package}"
    )


def process_start_time(pid: int) -> str | None:
    """When the kernel started this process (clock ticks since boot); None when it is gone or a zombie."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else fields[19]


class ServerProcess:
    """A server with everything it writes in ``directory``.

    ``guarded``: the server is killed when the process that started it is gone, however that ended; with
    ``disposable`` its directory is removed then too. Without ``guarded`` it lives on, and any later
    process can stop it through an object made for the same directory.
    """

    title = "server"

    def __init__(self, directory: Path, *, guarded: bool = True, disposable: bool = False) -> None:
        self.directory = directory.absolute()
        self.log_file = self.directory / "server.log"
        self._pid_file = self.directory / "server.pid"
        self._guarded = guarded
        self._disposable = disposable
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the server and wait until it answers; nothing to do when it runs. Raises ``ServerFailed``."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id; None when the server does not run."""
        if self._process is not None:
            return self._process.pid if self._process.poll() is None else None
        try:
            number, started = self._pid_file.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        return int(number) if process_start_time(int(number)) == started else None

    @property
    def running(self) -> bool:
        """Whether the process exists (it may be paused)."""
        return self.pid is not None

    def restart(self) -> Self:
        """Stop in good order and start again with the same data, port and options."""
        self.stop()
        return self.start()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that is not enough. Nothing to do when it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what a power failure leaves behind."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._send(signal.SIGSTOP)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the server's log."""
        try:
            text = self.log_file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _spawn(self, command: Sequence[str], *, environment: dict[str, str] | None = None) -> None:
        """Start the process with its output in the log, in a session of its own (Ctrl-C is not for it)."""
        settings = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.directory),
        }
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env=settings | (environment or {}),
                start_new_session=True,
            )
        pid = self._process.pid
        self._pid_file.write_text(f"{pid} {process_start_time(pid)}\n", encoding="ascii")
        if self._guarded:
            doomed = str(self.directory) if self._disposable else ""
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guard", str(pid), doomed],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )

    def _wait_until(self, ready: Callable[[], bool], timeout: float = START_TIMEOUT_SECONDS) -> None:
        """Wait for the server's first answer; kills it and raises ``ServerFailed`` when there is none."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.running:
                break
            if ready():
                return
            time.sleep(_POLL_SECONDS)
        verdict = f"gave no answer for {timeout:g} seconds" if self.running else "ended while starting"
        self.kill()
        raise ServerFailed(
            f"{self.title} in {self.directory} {verdict}",
            why=self.log_tail() or "It wrote no log.",
            hint=f"Read {self.log_file}.",
        )

    def _send(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            os.kill(pid, number)

    def _end(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            with suppress(ProcessLookupError):  # it may end at any of these signals
                os.kill(pid, number)
                os.kill(pid, signal.SIGCONT)  # a paused process would not see the signal
                if not self._gone(pid, STOP_TIMEOUT_SECONDS):
                    os.kill(pid, signal.SIGKILL)
                    self._gone(pid, STOP_TIMEOUT_SECONDS)
        self._process = None
        self._pid_file.unlink(missing_ok=True)
        self._dismiss_guard()

    def _gone(self, pid: int, timeout: float) -> bool:
        if self._process is not None:
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                return False
            return True
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.pid != pid:
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _dismiss_guard(self) -> None:
        if self._guard is not None:
            self._guard.communicate(b"done\n")
            self._guard = None
