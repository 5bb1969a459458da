"""``zk_backup.py``: the classic name of step 2 (orig 1.4)."""

from __future__ import annotations

import sys

from midonet_migrate.cli.classic import translated
from midonet_migrate.cli.main import run

_PROGRAM = "zk_backup.py"


def main() -> None:
    """Back up ZooKeeper: ``-n/--dryrun``, ``-d/--debug``, and ``-z/--zk_server HOST:PORT`` of one variant."""
    arguments = []
    for argument in sys.argv[1:]:
        name, equals, value = argument.partition("=")
        arguments.append(f"--zookeeper{equals}{value}" if name in {"-z", "--zk_server"} else argument)
    sys.exit(run(translated(arguments, ["backup", "create"]), program=_PROGRAM))
