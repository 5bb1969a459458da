"""Starting and stopping the stand-in as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import httpx
import msgspec

from midonet_lab.midonet5.api.control import Statistics
from midonet_lab.midonet5.api.options import Faults, Options, Switch
from midonet_lab.midonet5.topology.tables import Version
from midonet_lab.processes.server_process import ServerProcess

_SOURCES = Path(__file__).resolve().parents[3]


class Midonet5ApiProcess(ServerProcess):
    """A running stand-in for the 5.x API on 127.0.0.1.

    ``zookeeper``: ``host:port`` of a running ZooKeeper. ``port`` 0 = any free one. ``directory`` holds
    port, options and log. Use it in a ``with`` block, or call ``start`` and ``stop``.
    """

    title = "the 5.x API stand-in"

    def __init__(
        self,
        directory: Path,
        zookeeper: str,
        version: Version = "5.2.1",
        *,
        root: str = "/midonet",
        options: Options | None = None,
        faults: Faults | None = None,
        port: int = 0,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self._arguments = ["--zookeeper", zookeeper, "--root", root, "--version", version]
        self._options = options or Options()
        self._faults = faults or Faults()
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

    def start(self) -> Self:
        """Start, and wait until it accepts connections. Raises ``ServerFailed``."""
        if self.running:
            return self
        self.directory.mkdir(parents=True, exist_ok=True)
        options_file, faults_file = self.directory / "options.json", self.directory / "faults.json"
        options_file.write_bytes(msgspec.json.encode(self._options))
        faults_file.write_bytes(msgspec.json.encode(self._faults))
        port = self.port if self._port_file.exists() else self._wanted_port
        self._port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "midonet_lab.midonet5.api", *self._arguments]
        command += ["--port", str(port), "--port-file", str(self._port_file)]
        command += ["--options", str(options_file), "--faults", str(faults_file)]
        self._spawn(command, environment={"PYTHONPATH": str(_SOURCES)})
        self._wait_until(self._port_file.exists)
        return self

    def set_faults(self, faults: Faults) -> None:
        """Switch to other faults; they also hold after a restart."""
        self._faults = faults
        self._control("PUT", "faults", msgspec.json.encode(faults))

    def set_switches(self, switches: Mapping[str, Switch]) -> None:
        """Which VTEP switches are there from now on: ``address:port`` -> switch."""
        self._control("PUT", "switches", msgspec.json.encode(dict(switches)))

    def expire_tokens(self) -> None:
        """Make every token given out so far invalid."""
        self._control("DELETE", "tokens")

    def complete_mappings(self) -> None:
        """Let pools that wait for their health monitor become writable, as an agent does."""
        self._control("POST", "mappings")

    def statistics(self, *, reset: bool = False) -> Statistics:
        """What has been asked; ``reset`` sets all counters back first."""
        return msgspec.json.decode(self._control("DELETE" if reset else "GET", "statistics"), type=Statistics)

    def _control(self, method: str, name: str, content: bytes | None = None) -> bytes:
        url = f"http://127.0.0.1:{self.port}/_lab/{name}"
        return httpx.request(method, url, content=content, timeout=30).raise_for_status().content
