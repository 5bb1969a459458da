"""The report as a page for people: one file, nothing loaded from elsewhere."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.terminal_theme import DEFAULT_TERMINAL_THEME

from midonet_migrate.model.plan import LedgerEntry, Plan

_WIDTH = 160
_EXPLAINED = ("converted", "unsupported", "skipped")
_ROWS = 500
"""Of each table: a page is for people. All of it is in plan.json."""


def prepare_page(report: Any, plan: Plan) -> str:
    """The HTML of ``report.html``: counts per kind, findings, and what is not simply re-created.

    ``report`` is a :class:`~midonet_migrate.steps.prepare_report.PrepareReport`. What names and addresses
    hold is escaped; the page is the same for the same plan.
    """
    console = Console(record=True, width=_WIDTH, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print("[bold]midonet-migrate: prepared site[/bold]")
    console.print(
        f"{report.tasks.rows} tasks, {report.objects} requests to the 5.x API, {report.conversions} "
        f"conversions; target version {report.target_version}; plug-in flavour {report.plugin_flavour}"
    )
    columns = tuple(report.counts[0]) if report.counts else ("kind", "read")
    console.print(
        _table("Objects", columns, [[str(row[column]) for column in columns] for row in report.counts])
    )
    findings = [
        [item.level, item.rule, item.kind, item.id, item.message, item.remedy] for item in report.findings
    ]
    if findings:
        console.print(_table("Findings", ("level", "rule", "kind", "id", "message", "remedy"), findings))
    explained = [_row(entry) for entry in plan.ledger if entry.bucket in _EXPLAINED]
    if explained:
        console.print(
            _table("Not simply re-created", ("kind", "id", "name", "bucket", "rule", "reason"), explained)
        )
    return console.export_html(theme=DEFAULT_TERMINAL_THEME, inline_styles=True)


def _row(entry: LedgerEntry) -> list[str]:
    return [entry.kind, entry.id, entry.name, entry.bucket.value, entry.rule, entry.reason]


def _table(title: str, columns: tuple[str, ...], rows: list[list[str]]) -> Table:
    table = Table(title=title, title_justify="left", show_lines=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows[:_ROWS]:
        table.add_row(*(escape(cell) for cell in row))
    if len(rows) > _ROWS:
        table.caption = f"{len(rows) - _ROWS} more are in plan.json"
    return table
