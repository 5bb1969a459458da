"""``python -m midonet_lab.midonet19 --site FILE --port-file FILE``: run the stand-in until told to stop."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import msgspec
import uvicorn

from midonet_lab.midonet19.connection import LabProtocol
from midonet_lab.midonet19.options import Faults, Options
from midonet_lab.midonet19.server import Midonet19Server
from midonet_lab.sites.site import load_site


def main() -> None:
    """Serve; the port file appears when connections are accepted."""
    parser = argparse.ArgumentParser(prog="python -m midonet_lab.midonet19", description=__doc__)
    parser.add_argument("--site", type=Path, required=True, help="what Site.save wrote")
    parser.add_argument("--address", default="127.0.0.1", help="of the loopback")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument("--port-file", type=Path, required=True, help="where to write the port")
    parser.add_argument("--base-uri", help="what links begin with; empty = scheme and Host of the request")
    parser.add_argument("--options", type=Path, help="JSON file with the other options")
    parser.add_argument("--faults", type=Path, help="JSON file with faults to begin with")
    arguments = parser.parse_args()
    options = (
        msgspec.json.decode(arguments.options.read_bytes(), type=Options) if arguments.options else Options()
    )
    if arguments.base_uri is not None:
        options.base_uri = arguments.base_uri or None
    faults = msgspec.json.decode(arguments.faults.read_bytes(), type=Faults) if arguments.faults else None
    server = Midonet19Server(load_site(arguments.site), options, faults)
    listener = _listen(arguments.address, arguments.port)
    partial_file = arguments.port_file.with_suffix(".new")
    partial_file.write_text(str(listener.getsockname()[1]), encoding="ascii")
    partial_file.replace(arguments.port_file)
    config = uvicorn.Config(
        server,
        http=LabProtocol,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=20,  # Tomcat's (old 6.3)
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(address: str, port: int) -> socket.socket:
    """asyncio switches Nagle's algorithm off only on sockets that name TCP as their protocol."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    listener.listen(256)
    return listener


if __name__ == "__main__":
    main()
