"""Peak memory of ``backup`` on 20,000 and on 200,000 nodes under one parent, and of loading the larger one.

The program runs in a process of its own; what it backed up is compared with what it brought back.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient

from benchmarks.measuring import answer
from benchmarks.zookeeper_ways import ROOT, scaled, server

SMALL, LARGE = 20_000, 200_000
PARENT = f"{ROOT}/v1/many"
AT_A_TIME = 500


def commit(client: KazooClient, operation: str, paths: list[str], *values: bytes) -> None:
    """The same operation on many paths."""
    waiting: deque[Any] = deque()
    for first in range(0, len(paths), AT_A_TIME):
        transaction = client.transaction()
        for path in paths[first : first + AT_A_TIME]:
            getattr(transaction, operation)(path, *values)
        waiting.append(transaction.commit_async())
        if len(waiting) > 8:
            waiting.popleft().get(timeout=60)
    for result in waiting:
        result.get(timeout=60)


def program(folder: Path, hosts: str, *words: str) -> tuple[float, int]:
    """Seconds and peak resident MiB of one run of the program."""
    command = [sys.executable, "-m", "midonet_migrate", *words, "--zookeeper", hosts]
    command += ["--data-dir", str(folder / "migration_data"), "--source-root", f"{ROOT}/v1"]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MIDO")}
    begin = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return time.perf_counter() - begin, usage.ru_maxrss // 1024


def main() -> None:
    """Grow the tree, back it up twice, take it away and bring it back."""
    small, large = scaled(SMALL), scaled(LARGE)
    with server(heap="768m") as (found, client, folder):
        client.create(PARENT, b"", makepath=True)
        paths = [f"{PARENT}/{number:010d}" for number in range(large)]
        commit(client, "create", paths[:small], b"d" * 300)
        _, of_small = program(folder / "small", found.hosts, "backup")
        commit(client, "create", paths[small:], b"d" * 300)
        seconds, of_large = program(folder / "large", found.hosts, "backup")
        before = client.exists(PARENT)
        commit(client, "delete", paths)
        client.delete(PARENT)
        backup = folder / "large" / "migration_data" / "zk_original.backup"
        loading, of_load = program(folder / "large", found.hosts, "zkdump", "-l", "-i", str(backup), "--yes")
        after = client.exists(PARENT)
        same = sorted(client.get_children(PARENT)) == [path.rpartition("/")[2] for path in paths]
        figures = {
            f"backup of {small} nodes, peak MiB": of_small,
            f"backup of {large} nodes, peak MiB (goal under 250)": of_large,
            "ratio (goal at most 1.5)": round(of_large / of_small, 2),
            f"backup of {large} nodes, seconds": round(seconds, 1),
            f"loading {large} nodes, peak MiB": of_load,
            f"loading {large} nodes, seconds": round(loading, 1),
            "children and counter come back": same
            and (after.numChildren, after.cversion) == (before.numChildren, before.cversion),
        }
    answer(figures)


if __name__ == "__main__":
    main()
