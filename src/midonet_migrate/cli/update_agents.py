"""``midonet-migrate update gateways`` and ``update computes``."""

from __future__ import annotations

import sys

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.host_options import (
    asking,
    gate_options,
    gate_settings,
    show_report,
    way_back_option,
)
from midonet_migrate.model.hosts import Role
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.steps.fleet import load_inventory
from midonet_migrate.steps.hosts.batches import DEFAULT_SIZES, ONE_BY_ONE, parse_sizes
from midonet_migrate.steps.hosts.fleet_site import open_fleet_site
from midonet_migrate.steps.hosts.gates import GateSettings
from midonet_migrate.steps.hosts.new_tree import require_new_topology
from midonet_migrate.steps.hosts.update_agents import AgentsOptions, update_agents
from midonet_migrate.steps.hosts.wiring import PortSettings, switching


@click.command(short_help="Agents of gateways, one by one.")
@click.argument("names", nargs=-1, metavar="[HOST]...")
@click.option(
    "--max-failures",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="As many gateways may fail and the next one is begun.",
)
@way_back_option
@gate_options
@common_options
def gateways(
    context: Context,
    names: tuple[str, ...],
    max_failures: int,
    no_way_back: bool,
    watch: float | None,
    ready: float,
    bgp_command: str,
) -> int:
    """Bring the agents of the gateways to MidoNet 5, one by one; the next begins when this one is healthy.

    Without HOST all gateways of hosts.yaml. Interrupted, it is continued by running it again.

    Ends with 0; with 1 when something warns; with 10 while ZooKeeper has no topology of MidoNet 5, or a
    controller is not on it yet; with 50 when a host failed.
    """
    options = _Options(names, "", ONE_BY_ONE, max_failures, not no_way_back)
    return _update(context, Role.GATEWAY, options, gate_settings(watch, ready, bgp_command))


@click.command(short_help="Agents of compute hosts, a canary first.")
@click.argument("names", nargs=-1, metavar="[HOST]...")
@click.option("--canary", default="", metavar="HOST", help="Goes first, alone [default: the first].")
@click.option(
    "--batch",
    default=",".join(DEFAULT_SIZES),
    show_default=True,
    metavar="SIZES",
    help="Hosts at a time behind the canary: numbers or percentages; the last one repeats.",
)
@click.option(
    "--max-failures",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="As many hosts may fail and the next batch is begun. The canary may not.",
)
@way_back_option
@gate_options
@common_options
def computes(
    context: Context,
    names: tuple[str, ...],
    canary: str,
    batch: str,
    max_failures: int,
    no_way_back: bool,
    watch: float | None,
    ready: float,
    bgp_command: str,
) -> int:
    """Bring the agents of the compute hosts to MidoNet 5: a canary, a small batch, then the rest.

    Keep it short: hosts of 1.9 and of 5.x do not reach each other. Without HOST all computes of hosts.yaml.
    Interrupted, it is continued by running it again.

    Ends with 0; with 1 when something warns; with 10 while ZooKeeper has no topology of MidoNet 5, or a
    controller is not on it yet; with 50 when a host failed.
    """
    options = _Options(names, canary, parse_sizes(batch), max_failures, not no_way_back)
    return _update(context, Role.COMPUTE, options, gate_settings(watch, ready, bgp_command))


class _Options(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    canary: str
    sizes: tuple[str, ...]
    max_failures: int
    way_back: bool


def _update(context: Context, role: Role, chosen: _Options, gate: GateSettings) -> int:
    settings = context.settings
    load_inventory(settings)
    require_new_topology(settings)
    with (
        open_fleet_site(settings) as site,
        switching(settings, site, PortSettings(), gate, way_back=chosen.way_back) as (switch, _),
    ):
        report = update_agents(
            settings,
            site,
            role,
            AgentsOptions(
                switch=switch,
                canary=chosen.canary,
                sizes=chosen.sizes,
                max_failures=chosen.max_failures,
                only=chosen.names,
                at_a_time=settings.host_parallel.value,
                gate=gate,
            ),
            progress=progress_on(sys.stderr),
            confirm=asking(context, "The agents of {count} hosts go to MidoNet 5.", "update"),
        )
    following = "midonet-migrate update computes" if role is Role.GATEWAY else "midonet-migrate verify"
    return show_report(context, report, next_step=following)
