"""``midonet-migrate hosts stage``: everything downloaded and recorded ahead."""

from __future__ import annotations

import sys

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.host_options import asking, show_report, way_back_option
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.steps.fleet import chosen_hosts
from midonet_migrate.steps.hosts.fleet_site import open_fleet_site
from midonet_migrate.steps.hosts.stage_hosts import stage_hosts
from midonet_migrate.steps.hosts.wiring import staging


@click.command(short_help="Check and record hosts, download everything; no other effect.")
@click.argument("names", nargs=-1, metavar="[HOST]...")
@way_back_option
@common_options
def stage(context: Context, names: tuple[str, ...], no_way_back: bool) -> int:
    """Look at the hosts of hosts.yaml, record what they are, and download all packages that their update
    needs, and those that it replaces; days ahead, if you like. Nothing else is changed on any host.

    Without HOST all hosts that are updated. Run again, it fetches only what is new.

    Ends with 0; with 1 when something warns; with 50 when a host is not ready.
    """
    settings = context.settings
    with (
        open_fleet_site(settings) as site,
        staging(settings, site, way_back=not no_way_back) as options,
    ):
        report = stage_hosts(
            settings,
            site,
            options,
            hosts=chosen_hosts(site.inventory, names) if names else (),
            progress=progress_on(sys.stderr),
            confirm=asking(context, "Packages will be downloaded on {count} hosts.", "stage"),
        )
    return show_report(context, report)
