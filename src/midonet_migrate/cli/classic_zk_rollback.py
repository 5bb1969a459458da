"""``zk_rollback.py``: classic step R1 (orig 7.7), with backup and checks of ``rollback zookeeper``."""

from __future__ import annotations

import sys

from midonet_migrate.cli.classic import run_classic


def main() -> None:
    """Replace MidoNet's roots by the backup, as the classic script did, and take out the tasks.

    It never asked on its own part, so ``--yes`` is implied; ``-n``/``--dryrun`` and ``-d``/``--debug`` are
    understood, everything else is passed on.
    """
    verb = ["rollback", "zookeeper"]
    if not any(argument.startswith("--method") for argument in sys.argv[1:]):
        verb += ["--method", "restore"]
    run_classic("zk_rollback.py", verb)
