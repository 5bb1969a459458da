"""``zk_backup.py``: the classic name of step 2 (orig 1.4)."""

from __future__ import annotations

from midonet_migrate.cli.classic import run_classic

_OPTIONS = {"-z": "--zookeeper", "--zk_server": "--zookeeper"}


def main() -> None:
    """Back up ZooKeeper: ``-n/--dryrun``, ``-d/--debug``, and ``-z/--zk_server HOST:PORT`` of one variant."""
    run_classic("zk_backup.py", ["backup", "create"], _OPTIONS)
