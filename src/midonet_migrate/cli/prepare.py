"""``midonet-migrate prepare``: classic step 1."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.model.snapshot import to_builtins
from midonet_migrate.report.prepare_text import print_prepare_report
from midonet_migrate.run.confirmation import confirm
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.prepare import prepare as prepare_site
from midonet_migrate.steps.prepare_report import COLUMNS, PrepareReport


@click.command(short_help="Read the old site, plan, queue tasks and write data files (step 1).")
@click.option(
    "--plan-out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the plan to this file."
)
@common_options
def prepare(context: Context, plan_out: Path | None) -> int:
    """Read the old site, plan the migration, queue one task per Neutron object and write the data files.

    Changes no topology: the tasks are executed only when the importer is switched on (import). With
    --dry-run nothing is written anywhere, except --plan-out. Run again on the same site it changes nothing.

    Ends with 0, or with 1 when something is unsupported or skipped, or a check warns.
    """
    settings = context.settings

    def ask(report: PrepareReport) -> None:
        if not context.assume_yes:
            print_prepare_report(report, context.console, done=False)
        confirm(
            f"{report.tasks.rows} tasks will be queued in the Neutron database, and the data files written "
            f"to {settings.data_dir.value}.",
            "prepare",
            assume_yes=context.assume_yes,
        )

    report = prepare_site(settings, progress=progress_on(sys.stderr), confirm=ask, plan_out=plan_out)
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        context.show_record(to_builtins(report))
    else:
        context.show_rows([*report.counts, {"kind": "total", **report.total}], COLUMNS)
    print_prepare_report(report, context.console, done=not context.dry_run, directory=settings.data_dir.value)
    return 1 if report.attention else 0
