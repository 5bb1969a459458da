"""A rollback of ZooKeeper, told to people."""

from __future__ import annotations

from collections import Counter

from rich.console import Console

from midonet_migrate.report.hosts_text import host_lines
from midonet_migrate.steps.rollback_report import RollbackPreview

_SHOWN = 12


def print_rollback(report: RollbackPreview, console: Console, *, done: bool) -> None:
    """Write what was done, or is going to be: method and why, changes, what is lost, who is in the way."""

    def say(text: str) -> None:
        console.print(text, highlight=False, soft_wrap=True, markup=False)

    if report.nothing_to_do:
        say("nothing to do: ZooKeeper and the task table are as before the migration")
        return
    if report.hosts is not None:
        for line in host_lines(report.hosts):
            say(line)
    changes = report.changes
    say(f"method {report.method}: {report.why}")
    say(
        f"nodes {'deleted' if done else 'to delete'}: {changes.deleted}; created: {changes.created};"
        f" rewritten: {changes.written + changes.protected}"
    )
    if changes.creations:
        say(
            f"counters brought forward: {changes.advanced}, by {changes.creations} creations"
            f" (about {report.counter_seconds:.0f} s)"
        )
    if report.tasks is not None:
        say(f"tasks {'removed' if done else 'to remove'}: {report.tasks.removed}")
    for lost in report.lost[:_SHOWN]:
        say(f"  lost: {lost.kind} {lost.id} {lost.name} ({lost.side})")
    if len(report.lost) > _SHOWN:
        counts = Counter(f"{lost.kind} ({lost.side})" for lost in report.lost)
        say(f"  lost in all: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}")
    for session in report.sessions[:_SHOWN]:
        say(f"  still there: {session}")
    for warning in report.warnings:
        say(f"  warning: {warning}")
    if done and report.copy:
        say(f"the tree as it was before is kept in {report.copy} of the run directory")
