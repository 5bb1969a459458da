"""``zk_import_tasks.py``: the classic name of step 3 (orig 1.4)."""

from __future__ import annotations

from midonet_migrate.cli.classic import run_classic


def main() -> None:
    """Build the new topology: ``-n/--dryrun`` and ``-d/--debug``; the rest is passed on to ``import``."""
    run_classic("zk_import_tasks.py", ["import"])
