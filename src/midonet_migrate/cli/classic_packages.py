"""Classic names of steps 4 and R2: ``package_update.py``, ``package_update_compute.py``,
``package_rollback.py`` (orig 1.4, 7.5-7.8). They ran on each host itself; these reach all of hosts.yaml."""

from __future__ import annotations

from midonet_migrate.cli.classic import run_classic


def update() -> None:
    """``package_update.py``: the controller."""
    run_classic("package_update.py", ["update", "controller"])


def update_compute() -> None:
    """``package_update_compute.py``: the agents of compute hosts, a canary first."""
    run_classic("package_update_compute.py", ["update", "computes"])


def rollback() -> None:
    """``package_rollback.py``: every host that was touched, computes too."""
    run_classic("package_rollback.py", ["rollback", "packages"])
