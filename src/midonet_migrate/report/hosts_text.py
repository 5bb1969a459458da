"""The report of a stage of hosts in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape

from midonet_migrate.hosts.report import HostReport, HostResult, Verdict

COLUMNS = ("host", "verdict", "changed", "unchanged", "remarks", "why")


_SHOWN = 4


def print_host_report(report: HostReport, console: Console, *, next_step: str = "") -> None:
    """Write what was done on each host, or would be, to ``console``; diffs and details in a dry run alone."""
    if report.nothing_to_do:
        console.print("nothing to do: every host is as it should be", highlight=False)
    for line in host_lines(report):
        console.print(escape(line), highlight=False, soft_wrap=True)
    if next_step and not report.dry_run and not report.failed:
        console.print(f"next: {next_step}", highlight=False)


def host_lines(report: HostReport) -> Iterator[str]:
    """What changed, then everything that the operator must know or do. Hosts of which the same is to be told
    share their lines."""
    verb = "would be so" if report.dry_run else "done"
    yield from (f"note: {text}" for text in report.notes)
    yield from (f"{verb}: {item.what}" for item in report.general if item.changed)
    yield from _changes_shared(report, verb)
    yield from _remarks_shared(report)
    yield from (f"warning: {text}" for text in report.warnings)
    yield from _failures_shared(report)


def _changes_shared(report: HostReport, verb: str) -> Iterator[str]:
    """What changed on each host behind its name, or behind the names of all on which it is the same."""
    by_lines: dict[tuple[str, ...], list[str]] = {}
    for result in report.hosts:
        lines = tuple(_changes(result, verb=verb, details=report.dry_run))
        by_lines.setdefault(lines, []).append(result.host)
    for lines, hosts in by_lines.items():
        for line in lines:
            yield line if line.startswith("    ") else f"{_names(hosts)}: {line}"


def _remarks_shared(report: HostReport) -> Iterator[str]:
    """Each remark behind the names of all hosts that it is about, whatever else is told of them: first what
    is good to know, last what is left to do."""
    by_remark: dict[tuple[int, str], list[str]] = {}
    for result in report.hosts:
        for remark in _remarks(result):
            by_remark.setdefault(remark, []).append(result.host)
    for (_, text), hosts in sorted(by_remark.items(), key=lambda found: found[0][0]):
        yield f"{_names(hosts)}: {text}"


def _names(hosts: Sequence[str]) -> str:
    more = len(hosts) - _SHOWN
    return ", ".join(hosts[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _changes(result: HostResult, *, verb: str, details: bool) -> Iterator[str]:
    for item in result.items:
        if item.changed:
            yield f"{verb}: {item.what}"
            if details:
                yield from (f"    {text}" for text in item.details)
                yield from (f"    {line}" for line in item.diff.splitlines())


def _remarks(result: HostResult) -> list[tuple[int, str]]:
    """Each with the rank of its sort."""
    left = [result.why] if result.verdict is Verdict.LEFT_OUT else []
    sorts = (
        ("note", result.notes),
        ("warning", result.warnings),
        ("left out", left),
        ("to do by hand", result.advice),
    )
    return [(rank, f"{sort}: {text}") for rank, (sort, texts) in enumerate(sorts) for text in texts]


def _failures_shared(report: HostReport) -> Iterator[str]:
    """Why hosts failed, once for all that failed alike: a repository that lacks a version fails them all."""
    by_lines: dict[tuple[str, ...], list[str]] = {}
    for result in report.failed:
        by_lines.setdefault(tuple(_failure(result)), []).append(result.host)
    for (what, *rest), hosts in by_lines.items():
        yield f"{_names(hosts)}: failed: {what}"
        yield from rest


def _failure(result: HostResult) -> Iterator[str]:
    failure = result.failure
    if failure is None:
        yield "the reason is not known"
        return
    yield failure.what.removeprefix(f"{result.host}: ")
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
