"""``midonet-migrate hosts finalise``: the point of no return."""

from __future__ import annotations

import sys

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.host_options import asking, show_report
from midonet_migrate.cli.update_controller import finisher
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.steps.hosts.finalise_hosts import finalise_hosts
from midonet_migrate.steps.hosts.fleet_site import cluster_runner, open_fleet_site
from midonet_migrate.steps.hosts.wiring import default_settings


@click.command(short_help="Take away what is left of 1.9: no way back after it.")
@click.option(
    "--keep-neutron-agents",
    is_flag=True,
    help="Leave Neutron's DHCP and metadata agents, and how metadata is given, as they are.",
)
@common_options
def finalise(context: Context, keep_neutron_agents: bool) -> int:
    """Remove what is left of MidoNet 1.9 on the hosts of hosts.yaml: residue of midonet-api, Java 7, files of
    old repositories, copies of packages. Metadata is given by MidoNet's agents from then on, with what
    /etc/neutron/metadata_agent.ini of the controllers says of Nova; Neutron's DHCP and metadata agents are
    stopped and disabled there. After it there is no rollback.

    Run it days later, when nobody wants to go back any more. 1.9's data in ZooKeeper and the run directory,
    which holds passwords and the backup, stay: archive or delete them yourself.

    Ends with 0; with 1 when something is left to do by hand; with 50 when a host failed.
    """
    settings = context.settings
    progress = progress_on(sys.stderr)
    with open_fleet_site(settings) as site:
        runner = cluster_runner(settings, site)
        report = finalise_hosts(
            settings,
            site,
            finish=finisher(settings, runner, progress),
            metadata=None if keep_neutron_agents else default_settings(settings, runner),
            progress=progress,
            confirm=asking(
                context,
                "What is left of MidoNet 1.9 goes on {count} hosts. There is NO WAY BACK after this.",
                "finalise",
            ),
        )
    return show_report(context, report)
