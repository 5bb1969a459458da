"""A cluster node with nothing but the importer, as a process: settings as JSON on standard input.

Logs to standard output; ends at SIGTERM, or by a SIGKILL of its own as soon as it has executed ``dies_at``.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from threading import Event

from kazoo.client import KazooClient

from midonet_lab.midonet5.importer import BackOff, ImporterMinion, ImporterSettings
from midonet_lab.midonet5.store import Zoom


class _Death(logging.Handler):
    """Ends the process in the middle of its work, whatever else the machine does then."""

    def __init__(self, message: str) -> None:
        super().__init__()
        self._message = message

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._message:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run until SIGTERM."""
    options = json.load(sys.stdin)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    if "dies_at" in options:
        logging.getLogger().addHandler(_Death(f"Executed a C3PO task with ID: {options['dies_at']}."))
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = KazooClient(hosts=options["zookeeper"], timeout=options["session_seconds"])
    client.start(timeout=60)
    zoom = Zoom(client, options["root"], options["version"])
    zoom.prepare()
    back_off = BackOff(retries=1000, base_seconds=0.001)
    minion = ImporterMinion(zoom, ImporterSettings(**options["settings"], back_off=back_off))
    minion.start()
    stop.wait()
    minion.stop()
    client.stop()
    client.close()


if __name__ == "__main__":
    main()
