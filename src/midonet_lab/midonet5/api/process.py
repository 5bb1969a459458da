"""Starting and stopping the stand-in as a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from midonet_lab.midonet5.api.options import Faults, Options, Switch
from midonet_lab.midonet5.topology.tables import Version
from midonet_lab.rest_api.process import ApiProcess


class Midonet5ApiProcess(ApiProcess[Options, Faults]):
    """A running stand-in for the 5.x API on 127.0.0.1.

    ``zookeeper``: ``host:port`` of a running ZooKeeper. ``port`` 0 = any free one. ``directory`` holds
    port, options and log. Use it in a ``with`` block, or call ``start`` and ``stop``.
    """

    title = "the 5.x API stand-in"
    module = "midonet_lab.midonet5.api"

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
        settings = (options or Options(), faults or Faults())
        super().__init__(directory, *settings, port=port, guarded=guarded, disposable=disposable)
        self._arguments = ["--zookeeper", zookeeper, "--root", root, "--version", version]

    def start(self) -> Self:
        """Start, and wait until it accepts connections. Raises ``ServerFailed``."""
        if not self.running:
            self.launch(self._arguments)
        return self

    def set_switches(self, switches: Mapping[str, Switch]) -> None:
        """Which VTEP switches are there from now on: ``address:port`` -> switch."""
        self.control("PUT", "switches", msgspec.json.encode(dict(switches)))

    def complete_mappings(self) -> None:
        """Let pools that wait for their health monitor become writable, as an agent does."""
        self.control("POST", "mappings")
