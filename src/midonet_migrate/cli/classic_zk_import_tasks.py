"""``zk_import_tasks.py``: the classic name of step 3 (orig 1.4)."""

from __future__ import annotations

import sys

from midonet_migrate.cli.classic import translated
from midonet_migrate.cli.main import run


def main() -> None:
    """Build the new topology: ``-n/--dryrun`` and ``-d/--debug``; the rest is passed on to ``import``."""
    sys.exit(run(translated(sys.argv[1:], ["import"]), program="zk_import_tasks.py"))
