"""``midonet-migrate verify``: is the new site what the plan promised?"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import click
import msgspec

from midonet_migrate.cli.context import Context, common_options
from midonet_migrate.run.progress_display import progress_on
from midonet_migrate.settings.values import OutputFormat
from midonet_migrate.steps.verify import VerifyReport
from midonet_migrate.steps.verify import verify as verify_site

_COLUMNS = ("kind", "id", "field", "old", "expected", "found")
_SHOWN = 200
_LONGEST = 120


@click.command(short_help="Compare the new site with what the plan promised.")
@click.option(
    "--canary/--no-canary",
    default=True,
    help="Make a network and a port through the new API and take them away [default: canary; never in a"
    " dry run].",
)
@common_options
def verify(context: Context, canary: bool) -> int:
    """Read the new site through its API and ZooKeeper, and compare it with what the plan promised: every
    object, every field, links, the order of rules, table entries, and what nobody promised.

    Changes nothing but for the canary. Can be run at any time after the import.

    Ends with 0 when all is as promised, with 30 when there is any difference.
    """
    report = verify_site(context.settings, progress_on(sys.stderr), canary=canary)
    if context.output_format in {OutputFormat.JSON, OutputFormat.YAML}:
        context.show_record({"checked": report.checked, "differences": report.differences})
    else:
        _show_table(context, report)
    for note in report.notes:
        context.note(note)
    return report.exit_status


def _show_table(context: Context, report: VerifyReport) -> None:
    different = Counter(item.kind for item in report.differences)
    kinds = sorted(report.checked.keys() | different.keys())
    context.show_rows(
        [
            {"kind": kind, "checked": report.checked.get(kind, 0), "differences": different[kind]}
            for kind in kinds
        ],
        ("kind", "checked", "differences"),
    )
    if not report.differences:
        context.console.print(f"No differences in {sum(report.checked.values())} objects.")
        return
    context.show_rows([_row(context, item) for item in report.differences[:_SHOWN]], _COLUMNS)
    hidden = len(report.differences) - _SHOWN
    if hidden > 0:
        context.note(f"{hidden} more differences: see all of them with -f json.")


def _row(context: Context, item: Any) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(item)
    if context.output_format is OutputFormat.TABLE:
        if not row["field"]:
            row["expected"] = "not promised" if row["expected"] is None else "there"
            row["found"] = (
                "missing"
                if row["found"] is None
                else "there"
                if isinstance(row["found"], dict)
                else row["found"]
            )
            row["old"] = "there" if isinstance(row["old"], dict) else row["old"]
        for name in ("old", "expected", "found"):
            if row[name] is not None and not isinstance(row[name], str):
                row[name] = msgspec.json.encode(row[name]).decode()
            if isinstance(row[name], str) and len(row[name]) > _LONGEST:
                row[name] = row[name][:_LONGEST] + "..."
    return row
