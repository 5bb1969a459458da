"""``verify`` of sites with 2,000 and 20,000 ports: time and peak memory of its process.

The new site is written into a real ZooKeeper as the plan promises it; the API is the stand-in's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient

from benchmarks.measuring import answer
from midonet_lab.midonet5.api.process import Midonet5ApiProcess
from midonet_lab.midonet5.store import Zoom
from midonet_lab.processes import zookeeper
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.sites.generator import generate_with_dicts
from midonet_lab.sites.generator.specification import scaled
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.planner import build_plan, sealed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.verify.expected import promised_site

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from new_site import Tree, tree_of

_ROOT = "/midonet"
_SOURCE_ROOT = "/midonet/v1"
_SIZES = (2_000, 20_000)
_BY_API = frozenset(
    {"ad_route", "bgp", "dhcp_v6_host", "dhcp_v6_subnet", "trace_request", "vtep", "vtep_binding"}
)
"""A few objects whose nodes cannot be written without the API; they are left out."""
_BYTES_AT_A_TIME = 256 * 1024
_MARKER = "00000000-0000-0000-0000-000000000001"


def main() -> None:
    """A ZooKeeper and an API for each size."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ports in _SIZES:
            server = ZooKeeper(
                folder / f"zookeeper-{ports}",
                options=zookeeper.FAST_AND_UNSAFE,
                disposable=True,
                heap="1500m",
            )
            with server:
                figures |= _measure(folder / str(ports), server, ports)
    answer(figures)


def _measure(folder: Path, server: ZooKeeper, ports: int) -> dict[str, Any]:
    hosts = f"127.0.0.1:{server.port}"
    plan, snapshot = _plan(ports)
    site = promised_site(plan)
    networks = list(site.objects["Network"])
    tree = tree_of(site)
    client = KazooClient(hosts=hosts, timeout=60)
    client.start()
    try:
        Zoom(client, _ROOT, "5.2.1").prepare()
        _load(client, tree, networks, last=max(task.id for task in plan.tasks))
    finally:
        client.stop()
    with RunDirectory(folder / "run", step="prepare") as run:
        run.tie_to({"source_root": _SOURCE_ROOT})
        run.write_json("plan.json", plan)
        run.write_json("snapshot.json.gz", snapshot)
    del plan, snapshot
    with Midonet5ApiProcess(folder / "api", hosts, disposable=True) as api:
        seconds, processor, memory, found = _verify(folder / "run", hosts, api.url)
    objects = sum(number for kind, number in found["checked"].items() if kind[0].isupper())
    return {
        f"{ports} ports: objects in ZooKeeper": objects,
        f"{ports} ports: seconds": round(seconds, 1),
        f"{ports} ports: processor seconds of verify": round(processor, 1),
        f"{ports} ports: peak MiB": memory,
        f"{ports} ports: differences": len(found["differences"]),
    }


def _plan(ports: int) -> tuple[Plan, Snapshot]:
    made = generate_with_dicts(scaled(ports), 1, True)
    snapshot = Snapshot(neutron=made.neutron, midonet=made.site.midonet, meta=SnapshotMeta())
    plan = build_plan(snapshot, PlanOptions(target_version="5.2.1"))
    plan.objects = [item for item in plan.objects if item.kind not in _BY_API]
    return sealed(plan), snapshot


def _load(client: KazooClient, tree: Tree, networks: list[str], *, last: int) -> None:
    state = json.dumps({"id": _MARKER, "lastProcessedTaskId": last}).encode()
    folders = {path.rpartition("/")[0] for path in tree}
    folders |= {f"/zoom/0/tables/Network/{network}/mac_table" for network in networks}
    folders |= {f"/zoom/0/tables/Network/{network}/ip4_mac_table" for network in networks}
    for folder in sorted(folders):
        client.ensure_path(_ROOT + folder)
    for batch in _batches(tree):
        transaction = client.transaction()
        for path, data in batch:
            transaction.create(_ROOT + path, data)
        for result in transaction.commit():
            if isinstance(result, Exception):
                raise result
    client.set(f"{_ROOT}/zoom/0/models/C3POState/{_MARKER}", state)


def _batches(tree: Tree) -> Iterator[list[tuple[str, bytes]]]:
    """As much at a time as a server takes in one request."""
    batch: list[tuple[str, bytes]] = []
    size = 0
    for path, data in tree.items():
        if "/C3POState/" in path:
            continue
        if batch and size + len(data) > _BYTES_AT_A_TIME:
            yield batch
            batch, size = [], 0
        batch.append((path, data))
        size += len(data) + len(path) + 64
    if batch:
        yield batch


def _verify(data: Path, hosts: str, url: str) -> tuple[float, float, int, Any]:
    names = ("USERNAME", "PASSWORD", "PROJECT")
    environment = {**os.environ, **{f"MIDONET_MIGRATE_API_{name}": "admin" for name in names}}
    command = [sys.executable, "-m", "midonet_migrate", "verify", "-f", "json", "--data-dir", str(data)]
    command += ["--zookeeper", hosts, "--target-api", url, "--source-root", _SOURCE_ROOT]
    output = data.parent / "verify.json"
    peak = 0
    begin = time.perf_counter()
    with (
        output.open("wb") as stdout,
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        for line in _lines(process):
            seconds, size = time.perf_counter() - begin, _peak(process.pid)
            peak = max(peak, size)
            print(f"  [{seconds:6.1f} s, {size:5d} MiB] {line}", file=sys.stderr)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    seconds = time.perf_counter() - begin
    processor = usage.ru_utime + usage.ru_stime
    return seconds, processor, peak, json.loads(output.read_text())


def _peak(pid: int) -> int:
    """Not that of ``wait4``, which counts the memory of the parent before exec too."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stderr is not None
    for line in process.stderr:
        yield line.strip()


if __name__ == "__main__":
    main()
