"""Trees for the benchmarks of ZooKeeper, and the ways of others to copy them: zkdump's, plain kazoo's."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kazoo.client import KazooClient
from kazoo.protocol.states import ZnodeStat

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.zookeeper import jute
from midonet_migrate.zookeeper.pipeline import LINKS

ROOT = "/midonet"
CHILDREN = 100
BYTES = 300
WINDOW = 200
_FAMILIES_ON_THE_WAY = 8
_CHUNK = 256 * 1024


def scaled(nodes: int) -> int:
    """So many nodes, or a share of them: ``MIDONET_BENCHMARK_SCALE=0.01`` tries a benchmark out."""
    return max(CHILDREN, int(nodes * float(os.environ.get("MIDONET_BENCHMARK_SCALE", "1"))))


@contextmanager
def server(*, heap: str = "512m") -> Iterator[tuple[ZooKeeper, KazooClient, Path]]:
    """A server of its own with fsync on and the JVM's defaults, a client, and a folder; all gone with the
    block."""
    with (
        TemporaryDirectory() as folder,
        ZooKeeper(Path(folder) / "zookeeper", heap=heap, brief=False, disposable=True) as found,
    ):
        client = KazooClient(hosts=found.hosts, timeout=60.0)
        client.start(timeout=30)
        try:
            yield found, client, Path(folder)
        finally:
            client.stop()
            client.close()


def settings_for(hosts: str, data_dir: Path) -> Settings:
    """What the command line would have: these servers and this run directory."""
    return load_settings({"zookeeper": hosts, "data_dir": str(data_dir), "source_root": f"{ROOT}/v1"})


def fill(client: KazooClient, nodes: int, name: str = "family", *, root: str = ROOT) -> None:
    """``nodes`` nodes of 300 bytes below the root, a hundred in a family: a parent and its children."""
    if not client.exists(root):
        client.create(root, b"", makepath=True)
    waiting: deque[Any] = deque()
    for first in range(0, nodes, CHILDREN):
        transaction = client.transaction()
        parent = f"{root}/{name}-{first}"
        transaction.create(parent, b"p" * BYTES)
        for number in range(min(CHILDREN, nodes - first) - 1):
            transaction.create(f"{parent}/{number:05}", b"d" * BYTES)
        waiting.append(transaction.commit_async())
        if len(waiting) > _FAMILIES_ON_THE_WAY:
            waiting.popleft().get(timeout=60)
    for answer in waiting:
        answer.get(timeout=60)


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


# zkdump's way: its exact sequence of blocking calls (orig 6.4).


def dump(client: KazooClient, path: str = "/", name: str = "") -> dict[str, Any]:
    """Two blocking calls a node, the whole tree in memory."""
    data, stat = client.get(path)
    children = []
    for child in client.get_children(path):
        below = f"{path.rstrip('/')}/{child}"
        if below != "/zookeeper":
            children.append(dump(client, below, child))
    return _as_zkdump(path, name, data, stat, children)


def _as_zkdump(
    path: str, name: str, data: bytes | None, stat: ZnodeStat, children: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "path": path if path == "/" else f"{path}/",
        "name": name,
        "data": base64.b64encode(data or b"").decode(),
        "metadata": {field: getattr(stat, field) for field in ZnodeStat._fields},
        "children": children,
    }


def delete_all(client: KazooClient, path: str) -> None:
    """Depth first, one call after the other."""
    for child in client.get_children(path):
        below = f"{path.rstrip('/')}/{child}"
        if below != "/zookeeper":
            delete_all(client, below)
    if path != "/":
        client.delete(path)


def create_all(client: KazooClient, node: dict[str, Any]) -> None:
    """Top down, one call after the other."""
    if node["path"] != "/":
        client.create(node["path"].rstrip("/"), base64.b64decode(node["data"]))
    for child in node["children"]:
        create_all(client, child)


def zkdump_backup(client: KazooClient, file: Path) -> None:
    """Its dump, into a file."""
    file.write_text(json.dumps(dump(client)))


def zkdump_restore(client: KazooClient, file: Path) -> None:
    """Its load, with the copy that it makes first."""
    with file.with_suffix(".copy").open("w") as copy:
        json.dump(dump(client), copy)
    delete_all(client, "/")
    create_all(client, json.loads(file.read_text()))


# Plain kazoo: many calls on the way, children asked for only where there are some.


def kazoo_backup(client: KazooClient, file: Path) -> None:
    """What one would write with kazoo's asynchronous calls in an afternoon: no ACLs, no proof."""
    root: dict[str, Any] = {}
    todo: deque[tuple[str, str, list[dict[str, Any]] | None]] = deque([("/", "", None)])
    waiting: deque[tuple[str, str, list[dict[str, Any]] | None, Any, Any]] = deque()
    while todo or waiting:
        while todo and len(waiting) < WINDOW:
            path, name, siblings = todo.popleft()
            waiting.append((path, name, siblings, client.get_async(path), None))
        path, name, siblings, got, listed = waiting.popleft()
        if listed is None:
            data, stat = got.get(timeout=60)
            node = _as_zkdump(path, name, data, stat, [])
            if siblings is None:
                root = node
            else:
                siblings.append(node)
            if stat.numChildren:
                waiting.append((path, name, node["children"], got, client.get_children_async(path)))
            continue
        for child in listed.get(timeout=60):
            below = f"{path.rstrip('/')}/{child}"
            if below != "/zookeeper":
                todo.append((below, child, siblings))
    file.write_text(json.dumps(root))


# The floor: what the server delivers to somebody who does nothing with it.


def bare_reading(found: ZooKeeper, paths: list[bytes], operations: tuple[int, ...]) -> int:
    """Ask for every path with each operation, over as many sockets as ours has, as many on the way in all;
    how many answers."""
    with ThreadPoolExecutor(LINKS) as pool:
        shares = [pool.submit(_bare_reading, found, paths[at::LINKS], operations) for at in range(LINKS)]
        return sum(share.result() for share in shares)


def _bare_reading(found: ZooKeeper, paths: list[bytes], operations: tuple[int, ...]) -> int:
    host, _, port = found.hosts.partition(":")
    window = WINDOW // LINKS
    with socket.create_connection((host, int(port))) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(jute.connect_request(0, 30_000))
        head = link.recv(4, socket.MSG_WAITALL)
        link.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
        requests = [
            jute.request(number, operation, path)
            for number, (operation, path) in enumerate((o, p) for o in operations for p in paths)
        ]
        sent = answered = 0
        received = bytearray()
        length_at = struct.Struct(">i").unpack_from
        while answered < len(requests):
            if sent - answered <= window // 2 and sent < len(requests):
                more = min(len(requests), answered + window)
                link.sendall(b"".join(requests[sent:more]))
                sent = more
            received += link.recv(_CHUNK)
            at, end = 0, len(received)
            while end - at >= 4 and end - at >= 4 + (length := length_at(received, at)[0]):
                at += 4 + length
                answered += 1
            del received[:at]
        return answered
