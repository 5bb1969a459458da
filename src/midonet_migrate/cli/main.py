"""``midonet-migrate``: finds the verb, imports its module, and ends with its exit status."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from midonet_migrate import __version__
from midonet_migrate.cli.errors_boundary import run_command
from midonet_migrate.cli.options import flags

PROGRAM = "midonet-migrate"


@dataclass(frozen=True)
class Verb:
    """Where a verb's click command is (``module:attribute``), and its line of help."""

    target: str
    short_help: str


VERBS: Mapping[str, Verb] = {
    "prepare": Verb(
        "midonet_migrate.cli.prepare:prepare",
        "Read the old site, plan, queue tasks and write data files (step 1).",
    ),
    "plan": Verb("midonet_migrate.cli.plan:plan", "Read the plan, or what two plans differ in."),
    "backup": Verb(
        "midonet_migrate.cli.backup:backup", "Back up MidoNet's part of ZooKeeper, and prove it (step 2)."
    ),
    "import": Verb(
        "midonet_migrate.cli.import_site:import_",
        "Build the new topology, watch it, re-create the rest (step 3).",
    ),
    "update": Verb(
        "midonet_migrate.cli.update:update",
        "Hosts to MidoNet 5: controller, gateways, computes (step 4).",
    ),
    "verify": Verb("midonet_migrate.cli.verify:verify", "Compare the new site with what the plan promised."),
    "rollback": Verb("midonet_migrate.cli.rollback:rollback", "The way back to MidoNet 1.9."),
    "hosts": Verb("midonet_migrate.cli.hosts:hosts", "The machines of the site: inventory and facts."),
    "zkdump": Verb(
        "midonet_migrate.cli.zkdump:zkdump", "The old zkdump's options: dump the whole tree, or load a dump."
    ),
    "config": Verb("midonet_migrate.cli.config:config", "Effective settings and where each came from."),
}
"""Every verb that works, in the order in which help shows them."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, so that help and errors come at once."""

    def __init__(self, *arguments: Any, verbs: Mapping[str, Verb] = VERBS, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        verb = self._verbs.get(cmd_name)
        if verb is None:
            return None
        module, _, attribute = verb.target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{verb.target} is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.short_help) for name, verb in self._verbs.items()])


@click.group(cls=LazyGroup, name=PROGRAM, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
@flags
def command_line() -> None:
    """Move a running MidoNet 1.9 + OpenStack Neutron (Kilo) site to MidoNet 5, and back.

    All options below may stand before and after the command. They can also be set in midonet-migrate.conf
    and in the environment (MIDONET_MIGRATE_DATA_DIR and so on); passwords only there.
    """


def run(arguments: Sequence[str], program: str = PROGRAM) -> int:
    """Run the command line with ``arguments``; returns the exit status, never raises."""
    return run_command(command_line, arguments, program)


def main() -> None:
    """Entry point of the installed program."""
    sys.exit(run(sys.argv[1:]))
