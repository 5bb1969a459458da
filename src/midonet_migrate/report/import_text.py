"""The report of ``import`` in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

_SHOWN = 20
_NEXT = "midonet-migrate verify"


def print_import_report(report: Any, console: Console, *, done: bool) -> None:
    """Write what was done, or is going to be, to ``console``.

    ``report`` is a :class:`~midonet_migrate.steps.import_report.ImportReport`.
    """
    if report.nothing_to_do:
        left = "" if report.exit_status == 0 else "; what remains open is listed"
        console.print(f"nothing to do: everything that can be built is there{left}", highlight=False)
    for line in import_lines(report, done=done):
        console.print(escape(line), highlight=False, soft_wrap=True)
    if done:
        wrong = report.exit_status > 1
        step = "correct what is not as planned, then 'midonet-migrate import' again" if wrong else _NEXT
        console.print(f"next: {step}", highlight=False, soft_wrap=True)


def import_lines(report: Any, *, done: bool) -> Iterator[str]:
    """A line for each part, and for everything that is not as planned."""
    yield from _configured(report, done=done)
    if report.cluster_started:
        yield f"midonet-cluster {'was' if done else 'would be'} started, its importer off"
    yield from _requests(report.hosts, "hosts and tunnel zones", done=done)
    yield from _watched(report, done=done)
    yield from _requests(report.recreated, "MidoNet's own objects", done=done)
    if report.unseen:
        yield "the cluster does not run: what is there of these objects is not known, all of them are counted"
    yield from _remarks(report)


def _configured(report: Any, *, done: bool) -> Iterator[str]:
    for part, what in ((report.configured, "settings of midonet-cluster"), (report.importer, "the importer")):
        if part is None:
            continue
        changed = sum(row.changed for row in part.rows)
        if changed:
            yield f"{what}: {changed} values {'set' if done else 'to be set'} with mn-conf"
    keys = report.configured.tunnel_keys if report.configured is not None else None
    if keys is not None and keys.changed:
        yield f"tunnel keys of the new site begin above {keys.after}, the highest of 1.9"


def _watched(report: Any, *, done: bool) -> Iterator[str]:
    watched = report.watched
    if watched is None:
        return
    if done:
        yield (
            f"{watched.executed} of {watched.tasks} tasks are imported"
            + (f", {watched.imported} of them now" if watched.imported else "")
            + (f" ({watched.rate:.0f} a second)" if watched.rate else "")
        )
    elif not watched.nothing_to_do:
        yield f"{watched.tasks - watched.executed} tasks to be executed by the importer"
    if watched.foreseen is not None:
        yield f"the importer would stop: {watched.foreseen.what}: {watched.foreseen.why}"
    for task in watched.quarantined:
        yield f"quarantined: task {task.id}, {task.data_type} {task.resource_id}: {task.reason}"


def _requests(part: Any, what: str, *, done: bool) -> Iterator[str]:
    if part is None:
        return
    total = part.total
    numbers = ", ".join(f"{count} {state}" for state, count in total.items() if state != "requests" and count)
    if total["requests"]:
        sent = f"; {part.sent} writes {'sent' if done else 'to be sent'}" if part.sent else ""
        yield f"{what}: {numbers} of {total['requests']}{sent}"
    for change in part.conversions_later:
        yield f"for later: {change.count} conversions of type {change.type}"


def _remarks(report: Any) -> Iterator[str]:
    for warning in report.warnings:
        yield f"warning: {warning}"
    unfinished = [
        result for part in (report.hosts, report.recreated) if part is not None for result in part.open
    ]
    for result in unfinished[:_SHOWN]:
        details = "; ".join(
            f"{difference.field}: planned {difference.wanted!r}, found {difference.found!r}"
            for difference in result.differences
        )
        why = ", ".join(text for text in (result.reason, details) if text)
        yield f"{result.state}: {result.kind} {result.id}: {why}"
    if len(unfinished) > _SHOWN:
        yield f"... and {len(unfinished) - _SHOWN} more, in recreate.json"
