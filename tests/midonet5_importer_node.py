"""A cluster node with nothing but the importer, as a process: settings as JSON on standard input.

Logs to standard output; ends at SIGTERM.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
from threading import Event

from kazoo.client import KazooClient

from midonet_lab.midonet5.importer import BackOff, ImporterMinion, ImporterSettings
from midonet_lab.midonet5.store import Zoom


def main() -> None:
    """Run until SIGTERM."""
    options = json.load(sys.stdin)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = KazooClient(hosts=options["zookeeper"], timeout=options["session_seconds"])
    client.start(timeout=30)
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
