"""``midonet-migrate backup``: classic step 2, and looking at what it made."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.cli.options import flags
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps import backup_check
from midonet_migrate.steps.backup import BackupReport, Outcome, backup_path, create_backup
from midonet_migrate.zookeeper.backup_file import open_backup

_FILE = click.Path(dir_okay=False, path_type=Path)
_DEEPEST = 3


@click.group(
    short_help="Back up MidoNet's part of ZooKeeper, and prove it (step 2).", invoke_without_command=True
)
@flags
@click.pass_context
def backup(context: click.Context) -> Any:
    """Back up MidoNet's part of ZooKeeper into the run directory. Without a command: create."""
    if context.invoked_subcommand is None:
        return context.invoke(create, roots=(), everything=False)
    return None


@backup.command()
@click.option(
    "--root",
    "roots",
    metavar="PATH",
    multiple=True,
    help="Back up this node and all below it; may be repeated [default: MidoNet's roots].",
)
@click.option("--all", "everything", is_flag=True, help="Back up every root but /zookeeper.")
@common_options
def create(context: Context, roots: tuple[str, ...], everything: bool) -> int:
    """Read MidoNet's roots from ZooKeeper, prove that nobody wrote meanwhile, and write zk_original.backup
    and zk_original.manifest. A good backup is never overwritten; run again, it is verified and compared.
    Once the import has begun no new one is made.

    Ends with 0, or with 1 when other than runtime state moved while it was read, or when the site has changed
    since a backup that is kept.
    """
    report = create_backup(
        context.settings, roots=roots, everything=everything, progress=progress_on(sys.stderr)
    )
    record = msgspec.to_builtins(report)
    if context.output_format is OutputFormat.TABLE:
        del record["differences"]
        record["moved"] = [moved.path for moved in report.moved]
        record["roots"] = list(report.roots)
    context.show_record(record)
    _explain(context, report)
    return 1 if report.attention else 0


def _explain(context: Context, report: BackupReport) -> None:
    if report.outcome is Outcome.NOTHING_TO_DO:
        context.note(f"{report.file} is good and the site is as it was: nothing to do.")
    if report.outcome is Outcome.KEPT:
        context.note(
            f"{report.file} is good and was kept: the way back leads to it. The site has changed since, first"
            f" at {report.differences[0].path}: see 'backup diff'. Only before the import, a new one"
            " may be made, with another --data-dir."
        )
    for moved in report.moved:
        what = "runtime state" if moved.runtime_subtree else "written to"
        context.note(f"{moved.path} moved while it was read ({what}).")


@backup.command()
@click.argument("file", type=_FILE, required=False)
@common_options
def verify(context: Context, file: Path | None) -> int:
    """Check a backup and its manifest to the last bit [default: the one of the run directory].

    Ends with 0 when everything is proven, with 1 when something is not, with 30 when it is damaged.
    """
    checks = backup_check.verify_backup(file or backup_path(context.settings))
    context.show_rows([msgspec.to_builtins(check) for check in checks], backup_check.CHECK_COLUMNS)
    return 1 if any(check.result != "ok" for check in checks) else 0


@backup.command()
@click.argument("path", required=False)
@click.option("--file", type=_FILE, help="Another backup than the one of the run directory.")
@click.option("--depth", type=click.IntRange(0), default=_DEEPEST, help="Levels of the tree to show.")
@common_options
def show(context: Context, path: str | None, file: Path | None, depth: int) -> int:
    """Show what is in a backup: how much in which branch, or, with PATH, the nodes there with their data."""
    with open_backup(file or backup_path(context.settings), need_manifest=False) as opened:
        if path is not None:
            nodes = backup_check.nodes_below(opened, path.rstrip("/") or "/")
            context.show_rows([backup_check.node_row(node) for node in nodes], backup_check.NODE_COLUMNS)
        elif context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
            context.show_record(backup_check.summary(opened))
        else:
            context.show_rows(backup_check.branch_rows(opened, depth), backup_check.BRANCH_COLUMNS)
    return 0


@backup.command()
@click.argument("before", type=_FILE, required=False)
@click.argument("after", type=_FILE, required=False)
@common_options
def diff(context: Context, before: Path | None, after: Path | None) -> int:
    """Compare two backups, or a backup (BEFORE) with the site as it is now. Changes nothing.

    Ends with 0 when they are equal, with 1 when they differ.
    """
    settings = context.settings
    with backup_check.changes_since(
        settings, before or backup_path(settings), after, progress_on(sys.stderr)
    ) as changes:
        rows = [{**msgspec.to_builtins(change), "what": list(change.what)} for change in changes]
    context.show_rows(rows, backup_check.DIFFERENCE_COLUMNS)
    return 1 if rows else 0
