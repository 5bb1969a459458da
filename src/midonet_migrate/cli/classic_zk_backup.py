"""``zk_backup.py``: the classic name of step 2 (orig 1.4)."""

from __future__ import annotations

import sys

from midonet_migrate.cli.classic import translated
from midonet_migrate.cli.main import run

_PROGRAM = "zk_backup.py"
_OPTIONS = {"-z": "--zookeeper", "--zk_server": "--zookeeper"}


def main() -> None:
    """Back up ZooKeeper: ``-n/--dryrun``, ``-d/--debug``, and ``-z/--zk_server HOST:PORT`` of one variant."""
    sys.exit(run(translated(sys.argv[1:], ["backup", "create"], _OPTIONS), program=_PROGRAM))
