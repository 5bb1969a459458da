"""``python -m midonet_lab.agents --zookeeper HOSTS --nodes FILE --ready FILE``: hold nodes until stopped."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

import msgspec
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NodeExistsError, NoNodeError

from midonet_lab.zookeeper_tree.tree import Node

_LOOK_SECONDS = 1.0
_SESSION_SECONDS = 10.0


def main() -> None:
    """Create the nodes in one session, and again in the next one when that is lost."""
    parser = argparse.ArgumentParser(prog="python -m midonet_lab.agents", description=__doc__)
    parser.add_argument("--zookeeper", required=True, help="the servers")
    parser.add_argument("--nodes", type=Path, required=True, help="JSON list of nodes")
    parser.add_argument("--ready", type=Path, required=True, help="appears when all nodes are there")
    arguments = parser.parse_args()
    nodes = msgspec.json.decode(arguments.nodes.read_bytes(), type=list[Node])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = KazooClient(hosts=arguments.zookeeper, timeout=_SESSION_SECONDS)
    client.start(timeout=30)
    held: int | None = None
    while not stop.is_set():
        session = client.client_id[0] if client.connected else held
        if session != held and _hold(client, nodes):
            held = session
            arguments.ready.touch()
        stop.wait(_LOOK_SECONDS)
    client.stop()
    client.close()


def _hold(client: KazooClient, nodes: list[Node]) -> bool:
    """Create the nodes; False when the connection went before all were there. Where the tree is gone, an
    agent has nothing to hold."""
    try:
        for node in nodes:
            try:
                client.create(node.path, node.data, ephemeral=True)
            except (NodeExistsError, NoNodeError):
                continue
    except KazooException:
        return False
    return True


if __name__ == "__main__":
    main()
