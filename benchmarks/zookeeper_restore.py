"""Restoring 50,000 nodes over 50,000 others: our way against zkdump's call sequence, one after the other.

zkdump's way is its exact sequence of blocking calls, made with kazoo: copy the tree that is there (get and
get_children of every node), delete it depth first, read the file, create every node (orig 6.4). Ours does
more: counters, ACLs, and it proves the result. Run: python -m benchmarks.zookeeper_restore [NODES]
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient
from kazoo.protocol.states import ZnodeStat

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.zookeeper_servers import parse_servers
from midonet_migrate.steps.zkdump_load import load_zkdump
from midonet_migrate.zookeeper.backup_tree import Ephemerals

NODES = 50_000
CHILDREN = 100
BYTES = 300
BAR = 12.0
ROOT = "/midonet"


def fill(client: KazooClient, name: str, nodes: int) -> None:
    """``nodes`` nodes below the root, a hundred to a parent."""
    for first in range(0, nodes, CHILDREN):
        transaction = client.transaction()
        parent = f"{ROOT}/{name}-{first}"
        transaction.create(parent, b"p" * BYTES)
        for number in range(CHILDREN - 1):
            transaction.create(f"{parent}/{number:05}", b"d" * BYTES)
        transaction.commit()


def clear(client: KazooClient) -> None:
    """The root, empty."""
    if client.exists(ROOT):
        for parent in client.get_children(ROOT):
            transaction = client.transaction()
            for child in client.get_children(f"{ROOT}/{parent}"):
                transaction.delete(f"{ROOT}/{parent}/{child}")
            transaction.delete(f"{ROOT}/{parent}")
            transaction.commit()
        client.delete(ROOT)
    client.create(ROOT, b"")


def dump(client: KazooClient, path: str = "/", name: str = "") -> dict[str, Any]:
    """zkdump's dump: two blocking calls a node."""
    data, stat = client.get(path)
    children = []
    for child in client.get_children(path):
        below = f"{path.rstrip('/')}/{child}"
        if below != "/zookeeper":
            children.append(dump(client, below, child))
    return {
        "path": path if path == "/" else f"{path}/",
        "name": name,
        "data": base64.b64encode(data or b"").decode(),
        "metadata": _metadata(stat),
        "children": children,
    }


def _metadata(stat: ZnodeStat) -> dict[str, int]:
    return {name: getattr(stat, name) for name in ZnodeStat._fields}


def delete_all(client: KazooClient, path: str) -> None:
    """zkdump's wipe: depth first, one call after the other."""
    for child in client.get_children(path):
        below = f"{path.rstrip('/')}/{child}"
        if below != "/zookeeper":
            delete_all(client, below)
    if path != "/":
        client.delete(path)


def create_all(client: KazooClient, node: dict[str, Any]) -> None:
    """zkdump's load: top down, one call after the other."""
    if node["path"] != "/":
        client.create(node["path"].rstrip("/"), base64.b64decode(node["data"]))
    for child in node["children"]:
        create_all(client, child)


def zkdump_way(client: KazooClient, file: Path) -> None:
    """Its load, with the copy that it makes first."""
    with tempfile.TemporaryFile("w+") as copy:
        json.dump(dump(client), copy)
    delete_all(client, "/")
    create_all(client, json.loads(file.read_text()))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(nodes: int) -> dict[str, Any]:
    """Both ways on one server, fsync on; each begins with as many other nodes as it is to restore."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ZooKeeper(Path(folder) / "zookeeper", heap="512m", disposable=True) as server,
    ):
        client = KazooClient(hosts=server.hosts, timeout=60.0)
        client.start(timeout=30)
        clear(client)
        fill(client, "wanted", nodes)
        file = Path(folder) / "dump.json"
        file.write_text(json.dumps(dump(client)))
        wanted = {name: client.get_children(f"{ROOT}/{name}") for name in client.get_children(ROOT)}

        def put_others() -> None:
            clear(client)
            fill(client, "other", nodes)

        def same() -> bool:
            found = {name: client.get_children(f"{ROOT}/{name}") for name in client.get_children(ROOT)}
            return {name: sorted(children) for name, children in found.items()} == {
                name: sorted(children) for name, children in wanted.items()
            }

        put_others()
        copies = Path(folder) / "copies"
        copies.mkdir()
        ours = seconds(
            lambda: load_zkdump(
                parse_servers(server.hosts),
                file,
                copies=copies,
                progress=SilentProgress(),
                ask=lambda _plan: Ephemerals.RESTORE,
            )
        )
        ours_is_right = same()
        client.delete("/midonet-migrate", recursive=True)
        put_others()
        theirs = seconds(lambda: zkdump_way(client, file))
        result = {
            "nodes": nodes,
            "ours_seconds": round(ours, 2),
            "zkdump_seconds": round(theirs, 2),
            "ratio": round(theirs / ours, 1),
            "bar": BAR,
            "nodes_per_second": round(nodes / ours),
            "results_equal": ours_is_right and same(),
        }
        client.stop()
        client.close()
        return result


def main() -> None:
    """Print the figures as JSON; exit status 1 below the bar."""
    result = measure(int(sys.argv[1]) if len(sys.argv) > 1 else NODES)
    print(json.dumps(result, indent=1))
    sys.exit(0 if result["ratio"] >= BAR and result["results_equal"] else 1)


if __name__ == "__main__":
    main()
