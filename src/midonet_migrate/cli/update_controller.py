"""``midonet-migrate update controller``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.host_options import (
    asking,
    gate_options,
    gate_settings,
    port_options,
    port_settings,
    show_report,
    way_back_option,
)
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.run.progress import Progress
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.values import Setting
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.fleet_site import cluster_runner, open_fleet_site
from midonet_migrate.steps.hosts.switch_controller import ControllerOptions
from midonet_migrate.steps.hosts.update_controller import update_controller
from midonet_migrate.steps.hosts.wiring import switching
from midonet_migrate.steps.import_site import finish


@click.command(short_help="The importer off, 1.9's API gone, client and files to 5.x.")
@click.option(
    "--edit-neutron-conf",
    is_flag=True,
    help="Edit Neutron's own files too (core_plugin and its kin); otherwise the edit is shown.",
)
@way_back_option
@port_options
@gate_options
@common_options
def controller(
    context: Context,
    edit_neutron_conf: bool,
    no_way_back: bool,
    old_api_ports: tuple[int, ...],
    new_api_port: int,
    watch: float | None,
    ready: float,
    bgp_command: str,
) -> int:
    """Switch the importer off, and bring the controllers of hosts.yaml to MidoNet 5.

    Tomcat is stopped and disabled, midonet-api removed; the client (and the agent, where the host has one)
    replaced; files that name the API get its new port. neutron-server is started only when its plug-in is
    the one of 5.x. Interrupted, it is continued by running it again.

    Ends with 0; with 1 when something is left to do by hand; with 50 when a host failed.
    """
    settings = context.settings
    progress = progress_on(sys.stderr)

    with (
        open_fleet_site(settings) as site,
        switching(
            settings,
            site,
            port_settings(old_api_ports, new_api_port),
            gate_settings(watch, ready, bgp_command),
            way_back=not no_way_back,
        ) as (switch, files),
    ):
        report = update_controller(
            settings,
            site,
            ControllerOptions(
                switch=switch, files=files, edit_neutron_conf=edit_neutron_conf, api_port=new_api_port
            ),
            finish=finisher(settings, cluster_runner(settings, site), progress),
            progress=progress,
            confirm=asking(
                context, "The importer goes off, and {count} controllers go to MidoNet 5.", "update"
            ),
        )
    return show_report(context, report, next_step="midonet-migrate verify, then update gateways")


def finisher(settings: Settings, runner: Runner, progress: Progress) -> Callable[[bool], FinishReport]:
    """Switches the importer off, or with True only says what that would change."""

    def switch_off(dry_run: bool) -> FinishReport:
        chosen = _with_dry_run(settings) if dry_run else settings
        return finish(chosen, runner, progress=progress, confirm=lambda _report: None)

    return switch_off


def _with_dry_run(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, dry_run=Setting(True, settings.dry_run.origin))
