"""``midonet-migrate rollback packages``: classic step R2."""

from __future__ import annotations

import sys

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.host_options import asking, gate_options, gate_settings, show_report
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.steps.hosts.batches import parse_sizes
from midonet_migrate.steps.hosts.fleet_site import open_fleet_site
from midonet_migrate.steps.hosts.old_api import credentials_of, old_api_url, open_old_api
from midonet_migrate.steps.hosts.old_tree import require_old_tree
from midonet_migrate.steps.hosts.roll_back_packages import RollbackPackagesOptions, roll_back_packages
from midonet_migrate.steps.hosts.wiring import old_gate, recorded_version


@click.command(short_help="Packages, files and services of every touched host back to 1.9 (step R2).")
@click.option("--preview", is_flag=True, help="Only show what would be done on which host.")
@click.option(
    "--batch",
    default="100%",
    show_default=True,
    metavar="SIZES",
    help="Compute hosts at a time: numbers or percentages; the last one repeats.",
)
@gate_options
@common_options
def packages(
    context: Context, preview: bool, batch: str, watch: float | None, ready: float, bgp_command: str
) -> int:
    """Bring every host that was touched back to what its record says; others are left alone.

    Controllers first: packages, files, Java, Tomcat, the API writable, neutron-server; then the agents,
    gateways one by one, each with a health gate against 1.9. Run 'rollback zookeeper' before it.
    Interrupted, it is continued by running it again.

    Ends with 0; with 1 when something is left to do by hand; with 50 when a host failed.
    """
    settings = context.settings
    gate = gate_settings(watch, ready, bgp_command)
    with (
        open_fleet_site(settings) as site,
        old_gate(settings, gate, recorded_version(settings)) as passes,
    ):
        options = RollbackPackagesOptions(
            open_api=lambda: open_old_api(old_api_url(settings), credentials_of(settings)),
            gate=passes,
            require_old_tree=lambda: require_old_tree(settings),
            preview=preview,
            sizes=parse_sizes(batch),
            at_a_time=settings.host_parallel.value,
        )
        report = roll_back_packages(
            settings,
            site,
            options,
            progress=progress_on(sys.stderr),
            confirm=asking(context, "{count} hosts go back to MidoNet 1.9.", "rollback"),
        )
    return show_report(
        context, report, next_step="" if preview else "open the Neutron API to its users again"
    )
