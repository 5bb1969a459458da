"""A stand-in for one of MidoNet's REST APIs as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import httpx
import msgspec

from midonet_lab.processes.server_process import ServerProcess
from midonet_lab.rest_api.statistics import Statistics

_SOURCES = Path(__file__).resolve().parents[2]


class _Served(Protocol):
    """Options of a stand-in."""

    @property
    def path(self) -> str:
        """Of its base URL."""


Options = TypeVar("Options", bound=_Served)
Faults = TypeVar("Faults")


class ApiProcess(ServerProcess, Generic[Options, Faults]):
    """Runs ``python -m MODULE`` with options and faults in files, and controls it through ``/_lab``.

    The module writes its port into a file when it accepts connections. ``port`` 0 = any free one; started
    again for the same directory it listens where it did before.
    """

    module = ""

    def __init__(
        self,
        directory: Path,
        options: Options,
        faults: Faults,
        *,
        port: int = 0,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self._options = options
        self._faults = faults
        self._wanted_port = port
        self._port_file = self.directory / "api.port"

    @property
    def port(self) -> int:
        """The port it listens on, also for an object made later for the same directory."""
        return int(self._port_file.read_text(encoding="ascii"))

    @property
    def url(self) -> str:
        """Base URL of the API, whatever its links say."""
        return f"http://127.0.0.1:{self.port}{self._options.path}"

    def set_faults(self, faults: Faults) -> None:
        """Switch to other faults; they also hold after a restart."""
        self._faults = faults
        self.control("PUT", "faults", msgspec.json.encode(faults))

    def expire_tokens(self) -> None:
        """Make every token given out so far invalid."""
        self.control("DELETE", "tokens")

    def statistics(self, *, reset: bool = False) -> Statistics:
        """What has been asked; ``reset`` sets all counters back first."""
        return msgspec.json.decode(self.control("DELETE" if reset else "GET", "statistics"), type=Statistics)

    def control(self, method: str, name: str, content: bytes | None = None) -> bytes:
        """Ask the process itself. Raises httpx's errors."""
        url = f"http://127.0.0.1:{self.port}/_lab/{name}"
        return httpx.request(method, url, content=content, timeout=30).raise_for_status().content

    def launch(self, arguments: Sequence[str]) -> None:
        """Start, and wait until it accepts connections. Raises ``ServerFailed``."""
        self.directory.mkdir(parents=True, exist_ok=True)
        files = {"options": self._options, "faults": self._faults}
        command = [sys.executable, "-m", self.module, *arguments]
        for name, content in files.items():
            path = self.directory / f"{name}.json"
            path.write_bytes(msgspec.json.encode(content))
            command += [f"--{name}", str(path)]
        port = self.port if self._port_file.exists() else self._wanted_port
        self._port_file.unlink(missing_ok=True)
        command += ["--port", str(port), "--port-file", str(self._port_file)]
        self._spawn(command, environment={"PYTHONPATH": str(_SOURCES)})
        self._wait_until(self._port_file.exists)
