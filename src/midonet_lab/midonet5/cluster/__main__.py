"""``python -m midonet_lab.midonet5.cluster --directory DIR start|stop|restart|status``: the init script."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from midonet_lab.midonet5.cluster.installation import Places
from midonet_lab.midonet5.cluster.process import InstalledCluster
from midonet_lab.processes.server_process import ServerFailed

NAME = "midonet-cluster"
FAILED, BAD_ARGUMENT, NOT_RUNNING = 1, 2, 3


def main() -> int:
    """Exit statuses are those of init scripts: 0 done, 1 failed, 2 unknown verb; ``status``: 3 = stopped."""
    parser = argparse.ArgumentParser(prog=NAME, description=__doc__, exit_on_error=False)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("verb", nargs="?", default="")
    arguments = parser.parse_args()
    cluster = InstalledCluster(arguments.directory)
    actions: dict[str, Callable[[], int]] = {
        "start": lambda: _start(cluster),
        "stop": lambda: _stop(cluster),
        "restart": lambda: _stop(cluster) or _start(cluster),
        "status": lambda: _status(cluster),
        "run": lambda: _run(arguments.directory),
    }
    action = actions.get(arguments.verb)
    if action is None:
        print(f"Usage: {NAME} {{start|stop|restart|status}}", file=sys.stderr)  # noqa: T201
        return BAD_ARGUMENT
    return action()


def _start(cluster: InstalledCluster) -> int:
    try:
        cluster.start()
    except ServerFailed as error:
        print(f"start: Job failed to start\n{error.why}", file=sys.stderr)  # noqa: T201
        return FAILED
    return _status(cluster)


def _stop(cluster: InstalledCluster) -> int:
    cluster.stop()
    print(f"{NAME} stop/waiting")  # noqa: T201
    return 0


def _status(cluster: InstalledCluster) -> int:
    pid = cluster.pid
    print(f"{NAME} start/running, process {pid}" if pid is not None else f"{NAME} stop/waiting")  # noqa: T201
    return 0 if pid is not None else NOT_RUNNING


def _run(directory: Path) -> int:
    from midonet_lab.midonet5.cluster.node import run_node  # noqa: PLC0415 - the script's verbs come at once

    return run_node(Places(directory))


if __name__ == "__main__":
    sys.exit(main())
