"""``midonet-migrate import``: classic step 3."""

from __future__ import annotations

import sys

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.host_options import asking, show_report, way_back_option
from midonet_migrate.hosts.report import HostReport, host_record
from midonet_migrate.report.hosts_text import print_host_report
from midonet_migrate.report.import_text import print_import_report
from midonet_migrate.run.confirmation import confirm
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.fleet_site import FleetSite, cluster_runner, optional_fleet_site
from midonet_migrate.steps.hosts.install_cluster import install_on_controllers
from midonet_migrate.steps.hosts.wiring import PortSettings, installing
from midonet_migrate.steps.import_report import ImportReport, import_record
from midonet_migrate.steps.import_site import ImportOptions, Only, finish, import_site
from midonet_migrate.steps.stall import OnStall, decision_for
from midonet_migrate.target.midonet_api.bgp_conflicts import BgpPolicy

_PARTS = ("part", "changed", "unchanged", "open")


@click.command(short_help="Build the new topology, watch it, re-create the rest (step 3).")
@click.option(
    "--only",
    type=click.Choice([Only.NEUTRON.value, Only.MIDONET.value]),
    help="Only Neutron's tasks, or only MidoNet's own objects [default: both].",
)
@click.option(
    "--on-stall",
    type=click.Choice([choice.value for choice in OnStall]),
    help="What to do about a task that stops the importer [default: ask; without a terminal: abort].",
)
@click.option(
    "--bgp",
    type=click.Choice([policy.value for policy in BgpPolicy]),
    default=BgpPolicy.MERGE.value,
    show_default=True,
    help="Routers whose BGP sessions advertised different networks.",
)
@click.option(
    "--skip-vteps", is_flag=True, help="Leave out VTEPs and their bindings: their switches are not touched."
)
@click.option(
    "--no-install",
    is_flag=True,
    help="Install no packages on the controllers of hosts.yaml: they are there already.",
)
@way_back_option
@click.option("--finish", "finishing", is_flag=True, help="Switch the importer off again, and prove it.")
@common_options
def import_(
    context: Context,
    only: str | None,
    on_stall: str | None,
    bgp: str,
    skip_vteps: bool,
    no_install: bool,
    no_way_back: bool,
    finishing: bool,
) -> int:
    """Install midonet-cluster and midonet-tools on the controllers of hosts.yaml, beside 1.9; configure the
    cluster, start it, switch the importer on and watch it build the new topology; then re-create what only
    MidoNet knew. Without hosts.yaml nothing is installed.

    Needs prepare and backup. The old site is not touched. Interrupted, it is continued by running it again.
    The importer stays on until --finish.

    Ends with 0; with 1 when something warns or was left out; with 30 when an object is not as planned; with
    40 when the importer stands still; with 50 when packages could not be installed on a controller.
    """
    if finishing:
        if only is not None or on_stall is not None:
            raise click.UsageError("--finish goes with neither --only nor --on-stall")
        return _finish(context)

    def ask(report: ImportReport) -> None:
        if not context.assume_yes:
            print_import_report(report, context.console, done=False)
        confirm(
            f"MidoNet 5's topology will be built from {report.tasks} tasks and {report.objects} requests.",
            "import",
            assume_yes=context.assume_yes,
        )

    options = ImportOptions(
        decide=decision_for(OnStall(on_stall) if on_stall is not None else None),
        only=Only(only) if only is not None else Only.BOTH,
        bgp=BgpPolicy(bgp),
        skip_vteps=skip_vteps,
    )
    settings = context.settings
    with optional_fleet_site(settings) as site:
        installed = None
        if site is not None and not no_install and only is not Only.MIDONET:
            installed = _install(context, site, way_back=not no_way_back)
            if installed.failed:
                return show_report(context, installed)
        report = import_site(
            settings,
            options,
            cluster_runner(settings, site),
            progress=progress_on(sys.stderr),
            confirm=ask,
        )
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        install = {"install": host_record(installed)} if installed is not None else {}
        context.show_record({**import_record(report), **install})
    else:
        context.show_rows(_rows(report), _PARTS)
    print_import_report(report, context.console, done=not context.dry_run)
    return report.exit_status or (installed.exit_status if installed is not None else 0)


def _install(context: Context, site: FleetSite, *, way_back: bool) -> HostReport:
    with installing(context.settings, site, PortSettings(), way_back=way_back) as options:
        report = install_on_controllers(
            context.settings,
            site,
            options,
            progress=progress_on(sys.stderr),
            confirm=asking(
                context,
                "midonet-cluster and midonet-tools will be installed on {count} controllers.",
                "install",
            ),
        )
    if not report.failed:
        print_host_report(report, context.console)
    return report


def _rows(report: ImportReport) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, part in (("settings", report.configured), ("importer", report.importer)):
        if part is not None:
            changed = sum(row.changed for row in part.rows)
            rows.append({"part": name, "changed": changed, "unchanged": len(part.rows) - changed, "open": 0})
    if report.watched is not None:
        watched = report.watched
        rows.append(
            {
                "part": "tasks",
                "changed": watched.tasks - watched.executed if report.dry_run else watched.imported,
                "unchanged": watched.executed if report.dry_run else watched.executed - watched.imported,
                "open": 0 if report.dry_run else watched.tasks - watched.executed,
            }
        )
    for name, requests in (("hosts and zones", report.hosts), ("objects", report.recreated)):
        if requests is not None:
            left = len(requests.open)
            unchanged = requests.total["requests"] - requests.sent - left
            rows.append(
                {"part": name, "changed": requests.sent, "unchanged": max(unchanged, 0), "open": left}
            )
    return rows


def _finish(context: Context) -> int:
    def ask(report: FinishReport) -> None:
        del report
        confirm(
            "The importer will be switched off, and midonet-cluster restarted.",
            "finish",
            assume_yes=context.assume_yes,
        )

    settings = context.settings
    with optional_fleet_site(settings) as site:
        report = finish(
            settings, cluster_runner(settings, site), progress=progress_on(sys.stderr), confirm=ask
        )
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        context.show_record({"nothing_to_do": report.nothing_to_do, **msgspec.to_builtins(report)})
    else:
        columns = ("place", "key", "verdict", "before")
        context.show_rows([msgspec.to_builtins(row) for row in report.rows], columns)
    if report.nothing_to_do:
        context.console.print("nothing to do: the importer is off, and its credentials are gone")
    elif not context.dry_run:
        context.console.print("the importer is off, and its credentials are gone")
    return 0
