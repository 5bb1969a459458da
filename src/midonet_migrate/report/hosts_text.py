"""The report of a stage of hosts in words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from midonet_migrate.hosts.report import HostReport, HostResult, Verdict

COLUMNS = ("host", "verdict", "changed", "unchanged", "remarks", "why")


def print_host_report(report: HostReport, console: Console, *, next_step: str = "") -> None:
    """Write what was done on each host, or would be, to ``console``; diffs and details in a dry run alone."""
    if report.nothing_to_do:
        console.print("nothing to do: every host is as it should be", highlight=False)
    for line in host_lines(report):
        console.print(escape(line), highlight=False, soft_wrap=True)
    if next_step and not report.dry_run and not report.failed:
        console.print(f"next: {next_step}", highlight=False)


def host_lines(report: HostReport) -> Iterator[str]:
    """What changed, host by host, then everything that the operator must know or do."""
    verb = "would be so" if report.dry_run else "done"
    yield from (f"{verb}: {item.what}" for item in report.general if item.changed)
    for result in report.hosts:
        yield from _changes(result, dry_run=report.dry_run)
    for result in report.hosts:
        yield from (f"{result.host}: note: {text}" for text in result.notes)
        yield from (f"{result.host}: warning: {text}" for text in result.warnings)
        yield from (f"{result.host}: to do by hand: {text}" for text in result.advice)
        if result.verdict is Verdict.LEFT_OUT:
            yield f"{result.host}: left out: {result.why}"
    yield from (f"warning: {text}" for text in report.warnings)
    for result in report.failed:
        yield from _failure(result)


def _changes(result: HostResult, *, dry_run: bool) -> Iterator[str]:
    changed = [item for item in result.items if item.changed]
    verb = "would be so" if dry_run else "done"
    for item in changed:
        yield f"{result.host}: {verb}: {item.what}"
        if dry_run:
            yield from (f"    {text}" for text in item.details)
            yield from (f"    {line}" for line in item.diff.splitlines())


def _failure(result: HostResult) -> Iterator[str]:
    failure = result.failure
    if failure is None:
        return
    yield f"{result.host}: failed: {failure.what}"
    if failure.why:
        yield f"    why: {failure.why}"
    yield from (f"    - {problem}" for problem in failure.problems)
    if failure.hint:
        yield f"    what to do: {failure.hint}"


def host_rows(report: HostReport) -> list[dict[str, object]]:
    """A row for each host, with the members of ``COLUMNS``."""
    return [
        {
            "host": result.host,
            "verdict": "to do" if report.dry_run and result.verdict is Verdict.DONE else str(result.verdict),
            "changed": sum(item.changed for item in result.items),
            "unchanged": sum(not item.changed for item in result.items),
            "remarks": len(result.warnings) + len(result.advice),
            "why": result.failure.what if result.failure is not None else result.why,
        }
        for result in report.hosts
    ]
