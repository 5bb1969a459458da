"""``python -m midonet_lab.midonet5.api --zookeeper HOST:PORT --port-file FILE``: serve until told to stop."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from pathlib import Path

import msgspec
from kazoo.client import KazooClient

from midonet_lab.midonet5.api.options import Faults, Options
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.store import Zoom


def main() -> None:
    """Serve; the port file appears when connections are accepted."""
    parser = argparse.ArgumentParser(prog="python -m midonet_lab.midonet5.api", description=__doc__)
    parser.add_argument("--zookeeper", required=True, help="host:port,...")
    parser.add_argument("--root", default="/midonet", help="root key")
    parser.add_argument("--version", choices=("5.0.2", "5.2.1"), default="5.2.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--port-file", type=Path, required=True, help="where to write the port")
    parser.add_argument("--options", type=Path, help="JSON file with options")
    parser.add_argument("--faults", type=Path, help="JSON file with faults to begin with")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    options = (
        msgspec.json.decode(arguments.options.read_bytes(), type=Options) if arguments.options else Options()
    )
    faults = msgspec.json.decode(arguments.faults.read_bytes(), type=Faults) if arguments.faults else None
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    client = KazooClient(hosts=arguments.zookeeper)
    client.start(timeout=60)
    try:
        zoom = Zoom(client, arguments.root, arguments.version)
        zoom.prepare()
        api = Midonet5Api(zoom, options, faults).start(port=arguments.port)
        partial_file = arguments.port_file.with_suffix(".new")
        partial_file.write_text(str(api.port), encoding="ascii")
        partial_file.replace(arguments.port_file)
        stopped.wait()
        api.stop()
    finally:
        client.stop()
        client.close()


if __name__ == "__main__":
    main()
