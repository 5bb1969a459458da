"""The classic script names: a few options each, the same files, the same steps as the verbs (orig 1.4)."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from midonet_migrate.cli.main import run


def translated(arguments: Sequence[str], verb: Sequence[str]) -> list[str]:
    """The verb's command line for a classic one: ``-n/--dryrun``, ``-d/--debug``; the rest is passed on.

    The classic scripts never asked, so ``--yes`` is added.
    """
    names = {"-n": "--dry-run", "--dryrun": "--dry-run", "-d": "--debug"}
    return [*verb, "--yes", *(names.get(argument, argument) for argument in arguments)]


def migration_prepare() -> None:
    """``migration_prepare.py``: step 1, prepare."""
    sys.exit(run(translated(sys.argv[1:], ["prepare"]), program="migration_prepare.py"))


def update_from_neutron() -> None:
    """``update_from_neutron.py``: the earlier name of step 1."""
    sys.exit(run(translated(sys.argv[1:], ["prepare"]), program="update_from_neutron.py"))
