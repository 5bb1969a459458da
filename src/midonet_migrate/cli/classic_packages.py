"""Classic names of steps 4 and R2: ``package_update.py``, ``package_update_compute.py``,
``package_rollback.py`` (orig 1.4, 7.5-7.8). They ran on each host itself; these reach all of hosts.yaml."""

from __future__ import annotations

import sys

from midonet_migrate.cli.classic import translated
from midonet_migrate.cli.main import run


def update() -> None:
    """``package_update.py``: the controller."""
    _run("package_update.py", ["update", "controller"])


def update_compute() -> None:
    """``package_update_compute.py``: the agents of compute hosts, a canary first."""
    _run("package_update_compute.py", ["update", "computes"])


def rollback() -> None:
    """``package_rollback.py``: every host that was touched, computes too."""
    _run("package_rollback.py", ["rollback", "packages"])


def _run(program: str, verb: list[str]) -> None:
    sys.exit(run(translated(sys.argv[1:], verb), program=program))
