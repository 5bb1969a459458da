"""Our backup against zkdump's sequence of calls, against plain kazoo, and against a reader that does nothing.

Ours does more: ACLs, the proof of a point in time, checksum, manifest, fsync. All on one server, one after
the other; the delayed link adds a round trip of 2 ms. Each server is warm, as one in service is.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient

from benchmarks.measuring import answer, timed
from benchmarks.zookeeper_ways import (
    bare_reading,
    fill,
    kazoo_backup,
    scaled,
    server,
    settings_for,
    zkdump_backup,
)
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.processes.zookeeper_proxy import ZooKeeperProxy
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.backup import create_backup
from midonet_migrate.zookeeper import jute

NODES, DELAYED_NODES, MANY_NODES = 50_000, 5_000, 500_000
ONE_WAY_SECONDS = 0.001
RUNS = 3
LIKE_WRITTEN = "the same nodes and data"


def ours(hosts: str, data: Path, begin: int = 0) -> Callable[[], Any]:
    """The step as the verb calls it, into a new run directory each time."""
    numbers = iter(range(begin, 1000))
    return lambda: create_backup(
        settings_for(hosts, data / f"run-{next(numbers)}"), roots=("/midonet",), progress=SilentProgress()
    )


def times(work: Callable[[], Any], runs: int = RUNS) -> float:
    """The median of a few runs, in seconds."""
    return statistics.median(timed(work)[0] for _ in range(runs))


def same_content(run: Path, file: Path) -> bool:
    """Whether a backup of ours has the nodes and data that another way found below the root."""
    mine, theirs = (_nodes(json.loads(path.read_text())) for path in (run / "zk_original.backup", file))
    return mine == {path: data for path, data in theirs.items() if path.startswith("/midonet/")}


def _nodes(tree: dict[str, Any]) -> dict[str, str]:
    found, left = {}, [tree]
    while left:
        node = left.pop()
        if node["path"].startswith("/midonet/"):
            found[node["path"]] = node["data"]
        left += node["children"]
    return found


@contextmanager
def delayed(found: ZooKeeper) -> Iterator[str]:
    """A link with a round trip of 2 ms, kept up by a process of its own."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_delay, args=(found.port, there))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("done")
        process.join(20)


def _delay(port: int, orders: Connection) -> None:
    with ZooKeeperProxy(port, delay=ONE_WAY_SECONDS, recording=False) as proxy:
        orders.send(proxy.hosts)
        orders.recv()


def on_the_spot(found: ZooKeeper, client: KazooClient, folder: Path, nodes: int) -> dict[str, Any]:
    """zkdump's way, ours and the floor on the same nodes."""
    fill(client, nodes)
    paths = [
        f"/midonet/{parent}/{child}".encode()
        for parent in client.get_children("/midonet")
        for child in client.get_children(f"/midonet/{parent}")
    ]
    times(ours(found.hosts, folder / "warm-up"))
    mine = times(ours(found.hosts, folder))
    floor = times(lambda: bare_reading(found, paths, (jute.GET_DATA, jute.GET_ACL)))
    theirs, _ = timed(lambda: zkdump_backup(client, folder / "dump.json"))
    return {
        f"{nodes} nodes: ours, seconds": round(mine, 2),
        f"{nodes} nodes: zkdump's calls, seconds": round(theirs, 2),
        f"{nodes} nodes: times as fast (goal 8)": round(theirs / mine, 1),
        f"{nodes} nodes: ours, nodes per second": round(nodes / mine),
        f"{nodes} nodes: the same requests, answers thrown away, seconds": round(floor, 2),
        f"{nodes} nodes: share of what the server can deliver": round(floor / mine, 2),
        f"{nodes} nodes: {LIKE_WRITTEN}": same_content(folder / "run-0", folder / "dump.json"),
    }


def over_a_delay(found: ZooKeeper, client: KazooClient, folder: Path, nodes: int) -> dict[str, Any]:
    """zkdump's way and ours over a link with a round trip of 2 ms."""
    fill(client, nodes)
    with delayed(found) as hosts:
        far = KazooClient(hosts=hosts, timeout=60.0)
        far.start(timeout=30)
        times(ours(hosts, folder / "warm-up"))
        mine = times(ours(hosts, folder))
        theirs, _ = timed(lambda: zkdump_backup(far, folder / "dump.json"))
        far.stop()
        far.close()
    return {
        f"{nodes} nodes, 2 ms away: ours, seconds": round(mine, 2),
        f"{nodes} nodes, 2 ms away: zkdump's calls, seconds": round(theirs, 2),
        f"{nodes} nodes, 2 ms away: times as fast (goal 50)": round(theirs / mine, 1),
        f"{nodes} nodes, 2 ms away: {LIKE_WRITTEN}": same_content(folder / "run-0", folder / "dump.json"),
    }


def many(found: ZooKeeper, client: KazooClient, folder: Path, nodes: int) -> dict[str, Any]:
    """Plain kazoo and ours on very many nodes."""
    fill(client, nodes)
    mine, _ = timed(ours(found.hosts, folder))
    theirs, _ = timed(lambda: kazoo_backup(client, folder / "dump.json"))
    return {
        f"{nodes} nodes: ours, seconds": round(mine, 1),
        f"{nodes} nodes: plain kazoo, asynchronous, seconds": round(theirs, 1),
        f"{nodes} nodes: times as fast": round(theirs / mine, 1),
        f"{nodes} nodes: ours, nodes per second": round(nodes / mine),
        f"{nodes} nodes: {LIKE_WRITTEN}": same_content(folder / "run-0", folder / "dump.json"),
    }


def main() -> None:
    """All three comparisons, each on a server of its own."""
    figures: dict[str, Any] = {}
    for comparison, nodes, heap in (
        (on_the_spot, NODES, "512m"),
        (over_a_delay, DELAYED_NODES, "512m"),
        (many, MANY_NODES, "1g"),
    ):
        with server(heap=heap) as (found, client, folder):
            figures |= comparison(found, client, folder, scaled(nodes))
    answer(figures)


if __name__ == "__main__":
    main()
