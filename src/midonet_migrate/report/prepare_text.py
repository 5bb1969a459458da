"""The report of ``prepare`` in words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console

from midonet_migrate.model.plan import Finding

_SHOWN = 12


def print_prepare_report(report: Any, console: Console, *, done: bool, directory: Path | None = None) -> None:
    """Write what was done, or is going to be, to ``console``: tasks, findings by rule, files.

    ``report`` is a :class:`~midonet_migrate.steps.prepare_report.PrepareReport`.
    """
    tasks = report.tasks
    if report.nothing_to_do:
        console.print("nothing to do: tasks and files are in place, exactly as planned", highlight=False)
    else:
        verb = "queued" if done else "to be queued"
        ids = f", ids {tasks.first_id} to {tasks.last_id}" if tasks.rows else ""
        console.print(f"{tasks.rows} tasks {verb}{ids}", highlight=False)
        if tasks.tables_created:
            console.print(
                f"tables {'made' if done else 'to be made'}: {', '.join(tasks.tables_created)}",
                highlight=False,
            )
    console.print(
        f"{report.objects} requests to the 5.x API, {report.conversions} conversions, "
        f"{report.modifications} changes to Neutron-made objects planned; "
        f"the import is expected to take {_duration(report.expected_import_seconds)}",
        highlight=False,
        soft_wrap=True,
    )
    for line in finding_lines(report.findings):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    if directory is not None and done:
        console.print(f"plan: {directory / 'plan.json'}", highlight=False, soft_wrap=True)
        console.print("next: midonet-migrate plan show, then the backup", highlight=False)


def finding_lines(findings: list[Finding]) -> list[str]:
    """One line per rule: level, how many, and the first message with its remedy; notes are only counted."""
    counts = Counter((item.level, item.rule) for item in findings)
    first = {(item.level, item.rule): item for item in reversed(findings)}
    lines: list[str] = []
    for (level, rule), count in counts.items():
        if level == "info":
            continue
        item = first[level, rule]
        where = f" ({item.kind} {item.id})" if item.id else ""
        remedy = f"; {item.remedy}" if item.remedy else ""
        lines.append(f"{level}: {rule}, {count} times: {item.message}{where}{remedy}")
    notes = sum(count for (level, _), count in counts.items() if level == "info")
    shown = lines[:_SHOWN]
    if len(lines) > len(shown):
        shown.append(f"... and {len(lines) - len(shown)} more rules; all findings are in plan.json")
    if notes:
        shown.append(f"{notes} notes are in plan.json")
    return shown


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
