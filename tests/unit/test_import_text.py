"""What ``import`` tells people at its end."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from midonet_migrate.report.import_text import print_import_report
from midonet_migrate.steps.import_report import ImportReport
from midonet_migrate.steps.watch_report import WatchReport


@pytest.mark.parametrize(
    ("status", "next_step"),
    [(0, "next: midonet-migrate verify"), (1, "next: midonet-migrate verify"), (30, "next: correct")],
)
def test_the_next_step_is_not_told_while_something_is_not_as_planned(status: int, next_step: str) -> None:
    class Report(ImportReport):
        exit_status = status

    out = io.StringIO()
    print_import_report(Report(tasks=1, objects=1), Console(file=out, width=200), done=True)
    assert out.getvalue().splitlines()[-1].startswith(next_step)


def test_a_run_that_did_one_thing_had_something_to_do() -> None:
    """However many of its parts were in place already."""
    done, idle = (
        WatchReport(nothing_to_do=idle, tasks=1, executed=1, imported=0, marker=1, seconds=0.0, rate=0.0)
        for idle in (False, True)
    )
    assert ImportReport(tasks=1, objects=1, watched=idle).nothing_to_do
    assert not ImportReport(tasks=1, objects=1, watched=done).nothing_to_do
    assert not ImportReport(tasks=1, objects=1, watched=idle, cluster_started=True).nothing_to_do
