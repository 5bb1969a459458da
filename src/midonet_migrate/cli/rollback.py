"""``midonet-migrate rollback``: the way back (classic steps R1 and R2)."""

from __future__ import annotations

import sys

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.options import flags
from midonet_migrate.cli.rollback_packages import packages
from midonet_migrate.cli.rollback_text import print_rollback
from midonet_migrate.run.confirmation import confirm
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.hosts.fleet_site import optional_fleet_site
from midonet_migrate.steps.hosts.stop_for_rollback import HostsOfRollback
from midonet_migrate.steps.rollback_report import RollbackPreview, as_record
from midonet_migrate.steps.rollback_zookeeper import RollbackOptions, rollback_zookeeper
from midonet_migrate.zookeeper.rollback_method import Method


@click.group(short_help="The way back to MidoNet 1.9.")
@flags
def rollback() -> None:
    """The way back to MidoNet 1.9."""


@rollback.command(short_help="ZooKeeper back to 1.9, tasks out of the database (step R1).")
@click.option("--preview", is_flag=True, help="Only show method, what would be lost, and who is in the way.")
@click.option(
    "--method",
    type=click.Choice([method.value for method in Method]),
    help="remove: delete only what 5.x added; restore: replace MidoNet's roots by the backup"
    " [default: remove if 1.9's tree is as in the backup].",
)
@click.option("--force", is_flag=True, help="Go on though sessions are still there.")
@click.option(
    "--keep-foreign-tasks", is_flag=True, help="Leave rows of midonet_tasks that this run did not write."
)
@click.option(
    "--no-hosts",
    is_flag=True,
    help="Stop nothing on hosts, though there is an inventory: it was done by hand.",
)
@common_options
def zookeeper(
    context: Context,
    preview: bool,
    method: str | None,
    force: bool,
    keep_foreign_tasks: bool,
    no_hosts: bool,
) -> int:
    """Bring ZooKeeper back to MidoNet 1.9, and take the tasks out of the Neutron database.

    With an inventory (hosts.yaml), neutron-server, the agents that were switched and midonet-cluster are
    stopped first. Run it with --preview first. The backup is verified whole before anything is deleted, the
    tree that is there is copied into the run directory, and the result is read again and compared.
    Interrupted, it is continued by running it again.

    Ends with 0; with 1 when the preview or the rollback has warnings; with 50 when a host cannot be worked
    on, or an agent of 1.9 that was stopped for a restore does not start again.
    """
    options = RollbackOptions(
        method=Method(method) if method is not None else None,
        force=force,
        keep_foreign_tasks=keep_foreign_tasks,
        preview=preview,
    )

    def ask(report: RollbackPreview) -> None:
        if not context.assume_yes:
            print_rollback(report, context.console, done=False)
        confirm(_question(report), "rollback", assume_yes=context.assume_yes)

    progress = progress_on(sys.stderr)
    with optional_fleet_site(context.settings, wanted=not no_hosts) as site:
        hosts = (
            HostsOfRollback(settings=context.settings, site=site, progress=progress)
            if site is not None
            else None
        )
        report = rollback_zookeeper(context.settings, options, progress=progress, confirm=ask, hosts=hosts)
    if context.output_format is OutputFormat.TABLE:
        _print_table(context, report)
    else:
        context.show_record(as_record(report))
    print_rollback(report, context.console, done=not (preview or context.dry_run))
    for of_hosts in (report.hosts, report.started):
        if of_hosts is not None and of_hosts.failed:
            return of_hosts.exit_status
    return 1 if report.warnings else 0


rollback.add_command(packages)


def _question(report: RollbackPreview) -> str:
    rows = report.tasks.removed if report.tasks is not None else 0
    return (
        f"{report.changes.deleted} nodes will be deleted and {report.changes.created} created in ZooKeeper "
        f"({report.method}), and {rows} tasks removed from the Neutron database."
    )


def _print_table(context: Context, report: RollbackPreview) -> None:
    context.show_rows(as_record(report)["lost"], ("kind", "id", "name", "side"))
