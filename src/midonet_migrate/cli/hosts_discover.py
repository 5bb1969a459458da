"""``midonet-migrate hosts discover``: the inventory from MidoNet's own list of hosts."""

from __future__ import annotations

import ipaddress
import sys

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.hosts.discover import DiscoverOptions, Network
from midonet_migrate.hosts.inventory_checks import HOST_NAME, USER_NAME
from midonet_migrate.run.confirmation import confirm
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.discover_hosts import DiscoverReport, discover_hosts

_COLUMNS = ("name", "verdict", "roles", "connection", "address", "address_from", "midonet_host_id", "remarks")


def _networks(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def _names(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not HOST_NAME.fullmatch(value):
            raise click.BadParameter(f"{value!r} is no name of a host", context, parameter)
    return values


def _user(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value and not USER_NAME.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no user", context, parameter)
    return value


@click.command(short_help="Write hosts.yaml from what MidoNet 1.9 knows.")
@click.option(
    "--management-network",
    "networks",
    multiple=True,
    callback=_networks,
    metavar="CIDR",
    help="Hosts are reached by their address in this network; may be repeated [default: by their name].",
)
@click.option(
    "--controller",
    "controllers",
    multiple=True,
    callback=_names,
    metavar="NAME",
    help="A host with Neutron and the API; name every one.",
)
@click.option(
    "--nsdb",
    multiple=True,
    callback=_names,
    metavar="NAME",
    help="A host with ZooKeeper; may be repeated.",
)
@click.option(
    "--user",
    default="",
    callback=_user,
    metavar="NAME",
    help="Login of new hosts [default: as ssh_config says].",
)
@click.option("--sudo", is_flag=True, help="New hosts: commands are run by 'sudo -n'.")
@common_options
def discover(
    context: Context,
    networks: tuple[Network, ...],
    controllers: tuple[str, ...],
    nsdb: tuple[str, ...],
    user: str,
    sudo: bool,
) -> int:
    """Ask the 1.9 API for its hosts and write them into hosts.yaml, with roles and addresses.

    Gateways are hosts with a bound port of the Provider Router or with BGP; dead hosts are shown and left
    out. Hosts that the file names already stay as they are; where it says something else than MidoNet, that
    is shown. Nothing on any host is touched.

    Ends with 0, or with 1 when there is something to look at.
    """
    options = DiscoverOptions(networks=networks, controllers=controllers, nsdb=nsdb, user=user, sudo=sudo)

    def ask(report: DiscoverReport) -> None:
        if not context.assume_yes:
            _show(context, report)
        confirm(
            f"{report.added} hosts will be written into {report.hosts_file}.",
            "discover",
            assume_yes=context.assume_yes,
        )

    report = discover_hosts(context.settings, options, progress=progress_on(sys.stderr), confirm=ask)
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        context.show_record({"nothing_to_do": report.nothing_to_do, **msgspec.to_builtins(report)})
    elif context.assume_yes or report.nothing_to_do or report.dry_run:
        _show(context, report)
    for remark in report.remarks:
        context.note(remark)
    if report.nothing_to_do:
        context.console.print(f"nothing to do: {report.hosts_file} has every living host", soft_wrap=True)
    else:
        will = "would be" if report.dry_run else "were"
        context.console.print(f"{report.added} hosts {will} written into {report.hosts_file}", soft_wrap=True)
    return report.exit_status


def _show(context: Context, report: DiscoverReport) -> None:
    rows = [msgspec.to_builtins(row) for row in report.rows]
    for row in rows:
        row["remarks"] = "; ".join(row["remarks"])
    context.show_rows(rows, _COLUMNS)
