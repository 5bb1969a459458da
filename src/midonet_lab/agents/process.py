"""Starting and stopping the agents' session as a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Self

from midonet_lab.processes.server_process import ServerProcess

NODES_FILE = "nodes.json"
_SOURCES = Path(__file__).resolve().parents[2]


class Agents(ServerProcess):
    """Holds the nodes listed in ``directory/nodes.json`` on the ZooKeeper servers ``hosts``."""

    title = "the agents' session"

    def __init__(
        self, hosts: str, directory: Path, *, guarded: bool = True, disposable: bool = False
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self._hosts = hosts

    def start(self) -> Self:
        """Start, and wait until the nodes are there. Raises ``ServerFailed``."""
        if self.running:
            return self
        ready = self.directory / "ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "midonet_lab.agents", "--zookeeper", self._hosts]
        command += ["--nodes", str(self.directory / NODES_FILE), "--ready", str(ready)]
        self._spawn(command, environment={"PYTHONPATH": str(_SOURCES)})
        self._wait_until(ready.exists)
        return self
