"""``midonet-lab``: the practice site's own command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from midonet_lab.sites.variety import VARIETIES
from midonet_migrate.cli.errors_boundary import run_command
from midonet_migrate.errors import UsageError

if TYPE_CHECKING:
    from midonet_lab.practice_site import PracticeSite
    from midonet_lab.recipe import Recipe

PROGRAM = "midonet-lab"
DEMO_SIZES = ("small", "medium")
_EXTRA = ("starlette", "uvicorn")

_directory = click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("lab"),
    show_default="./lab",
    help="Everything of the practice site is in here.",
)


@click.group(name=PROGRAM, context_settings={"help_option_names": ["-h", "--help"]})
def command_line() -> None:
    """A complete MidoNet 1.9 practice site on this machine: real MariaDB and ZooKeeper, and a stand-in for
    the 1.9 API. Everything is on loopback and in one directory."""


@command_line.command()
@click.option("--size", type=click.Choice(["small", "medium", "large"]), help="[default: small]")
@click.option("--seed", type=int, help="Another seed is another site. [default: 1]")
@click.option(
    "--oddities/--no-oddities", default=None, help="With what breaks naive tools, or without. [default: with]"
)
@click.option("--flavour", type=click.Choice(["v1", "legacy", "v2"]), help="Neutron's plug-in. [default: v1]")
@click.option(
    "--variety",
    type=click.Choice(VARIETIES),
    multiple=True,
    help="More of what real sites have; may be repeated. [default: none]",
)
@click.option(
    "--recording",
    type=click.Path(file_okay=False, path_type=Path),
    help="A recorded site instead of a generated one.",
)
@click.option(
    "--target-version",
    type=click.Choice(["5.0.2", "5.2.1"]),
    help="Which MidoNet is installed for the import. [default: 5.2.1]",
)
@click.option(
    "--hosts",
    type=click.Choice(["debian", "redhat", "mixed"]),
    help="With a controller, gateways and compute hosts, of Ubuntu 14.04, CentOS 7 or both; needs root.",
)
@_directory
def up(target_version: Any, hosts: Any, **options: Any) -> None:
    """Build the practice site, or start the one that is there; its servers go on running."""
    _require_extra()
    site = _site(options.pop("directory"))
    if site.up(_recipe(options, hosts), tell=_say, target_version=target_version, hosts=hosts):
        _say(f"The practice site in {site.directory} is up.")
    else:
        _say(f"The practice site in {site.directory} is up already.")
    _say(f"Try: MIDONET_MIGRATE_ROOT={site.root} midonet-migrate prepare --dry-run")
    if site.hosts.made:
        _say(f"Try: ssh -F {site.hosts.ssh.config} controller")


@command_line.command()
@click.option("--keep", is_flag=True, help="Stop the servers only; 'up' brings the same site back.")
@_directory
def down(directory: Path, keep: bool) -> None:
    """Stop the servers and delete the site."""
    site = _site(directory)
    if not site.down(keep=keep):
        _say(f"There is nothing to take down in {site.directory}.")
    else:
        _say(f"The practice site in {site.directory} is {'stopped' if keep else 'gone'}.")


@command_line.command()
@click.option(
    "-f",
    "--format",
    "output_format",
    type=click.Choice(["table", "json", "yaml", "value"]),
    default="table",
    show_default=True,
)
@_directory
def status(directory: Path, output_format: str) -> int:
    """Show the servers. Ends with 0 when all of the old site run, else with 1: midonet-cluster is installed,
    and started by who migrates the site."""
    from midonet_migrate.report.output import render_rows  # noqa: PLC0415 - help must come at once
    from midonet_migrate.settings.values import OutputFormat  # noqa: PLC0415

    site = _site(directory)
    state = site.state()
    if state is None:
        _say(f"There is no practice site in {site.directory}.")
        return 1
    rows = site.status()
    render_rows(rows, ("server", "running", "pid", "address", "log"), OutputFormat(output_format), sys.stdout)
    whole = state.status == "ready"
    _say(f"{state.recipe}; {'whole' if whole else 'half-built: run up again, or down'}")
    required = [row["running"] for row in rows if row["server"] in site.servers]
    return 0 if whole and all(required) else 1


@command_line.command()
@click.option("--size", type=click.Choice(DEMO_SIZES), default=DEMO_SIZES[0], show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--hosts",
    type=click.Choice(["debian", "redhat", "mixed", "none"]),
    help="Hosts of Ubuntu 14.04, CentOS 7 or both, or the procedure without hosts."
    " [default: debian; none unless run as root]",
)
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the run directory is kept [default: a new one for temporary files].",
)
def demo(size: Any, seed: int, hosts: Any, directory: Path | None) -> None:
    """Show the whole procedure, forward and back, on a practice site that is made for it and goes with it."""
    _require_extra()
    from midonet_lab.demo import run_demo  # noqa: PLC0415

    run_demo(directory, size=size, seed=seed, hosts=hosts)


def _site(directory: Path) -> PracticeSite:
    from midonet_lab.practice_site import PracticeSite  # noqa: PLC0415

    return PracticeSite(directory)


def _recipe(options: dict[str, Any], hosts: Any = None) -> Recipe | None:
    """None when nothing was asked for: what is there counts then."""
    from midonet_lab.recipe import Recipe  # noqa: PLC0415

    given = {name: value for name, value in options.items() if value not in (None, ())}
    recording = given.pop("recording", None)
    if recording is not None:
        if given:
            raise UsageError("A recording has no size, seed or oddities to choose")
        return Recipe(recording=str(recording.absolute()))
    if not given:
        return None
    return Recipe(**given, computes=4, gateways=1) if hosts else Recipe(**given)


def _require_extra() -> None:
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise UsageError(
            "The practice site needs packages that are not installed",
            why=f"Missing: {', '.join(missing)}.",
            hint="Install them with: pip install 'midonet-migrate[lab]'",
        )


def _say(text: str) -> None:
    click.echo(text, err=True)


def run(arguments: Sequence[str]) -> int:
    """Run the command line with ``arguments``; returns the exit status, never raises."""
    return run_command(command_line, arguments, PROGRAM)


def main() -> None:
    """Entry point of the installed program."""
    sys.exit(run(sys.argv[1:]))
