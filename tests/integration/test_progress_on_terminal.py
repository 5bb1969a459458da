"""Bars on a real terminal (a pty): drawn, moving, at home in its width, and nothing left behind."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from terminal import Outcome, Screen, run_on_terminal

_CHILD = """
import sys, time
from midonet_migrate.run.progress_display import progress_on
progress = progress_on(sys.stderr)
with progress.phase("reading Neutron's database") as phase:
    phase.advance(1234)
with progress.phase("importing tasks", 40) as phase:
    for number in range(40):
        phase.advance()
        phase.describe(f"[85/s], {39 - number} s left")
        if number == 20:
            phase.tell("waiting for [an importer]: " + "nobody takes part in the election; " * 3)
        time.sleep(0.03)
if "fail" in sys.argv:
    with progress.phase("re-creating objects", 4) as phase:
        phase.advance()
        raise SystemExit(4)
print("done")
"""
_BAR = "━"
_COLOURS = re.compile(r"\x1b\[[0-9;]*(?:3[0-8]|4[0-8]|9[0-7])[0-9;]*m")


def run(tmp_path: Path, columns: int, *words: str, **environment: str) -> Outcome:
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ":".join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    command = [sys.executable, "-c", _CHILD, *words]
    return run_on_terminal(command, columns=columns, environment=given, folder=tmp_path)


def screen_of(outcome: Outcome, columns: int) -> Screen:
    screen = Screen(columns)
    screen.feed(outcome.told)
    return screen


@pytest.mark.parametrize("columns", [80, 40])
def test_a_bar_is_drawn_moves_and_ends_in_one_clean_line(tmp_path: Path, columns: int) -> None:
    """Nothing wraps, nothing of earlier looks is left, the cursor is back; what was told stays above."""
    outcome = run(tmp_path, columns)
    assert (outcome.status, outcome.stdout) == (0, "done\n")
    screen = screen_of(outcome, columns)
    assert screen.cursor_shown
    first, *told, last = screen.lines
    assert re.fullmatch(r"reading Neutron's(…| database) ━+ +1234( \d+ s)?", first)
    assert " ".join(told).startswith("waiting for [an importer]: nobody takes part in the")
    assert re.fullmatch(r"importing tasks ━+ (40/40 \d+ s|100%)", last)
    assert max(map(len, screen.lines)) <= columns
    moving = [line for line in screen.seen if line.startswith("importing")]
    assert len(set(moving)) > 1
    assert all(len(line) <= columns for line in moving)


def test_numbers_and_time_left_stand_beside_a_wide_bar_once(tmp_path: Path) -> None:
    """The phase's own idea of the time left counts, and no other stands beside it."""
    looks = screen_of(run(tmp_path, 80), 80).seen
    beside = [line for line in looks if "[85/s], " in line]
    assert beside
    assert all(len(re.findall(r"\d+ s left", line)) == 1 for line in beside)
    assert any(re.search(r"\d+/40 \[85/s\]", line) for line in beside)


def test_a_phase_that_fails_says_so_and_gives_the_terminal_back(tmp_path: Path) -> None:
    outcome = run(tmp_path, 80, "fail")
    assert outcome.status == 4
    screen = screen_of(outcome, 80)
    assert screen.cursor_shown
    assert re.fullmatch(r"re-creating objects ━.* 1/4 stopped", screen.lines[-1])


def test_no_color_is_respected(tmp_path: Path) -> None:
    """With it there is a bar, and no colour; without it there are some."""
    plain = run(tmp_path, 80, NO_COLOR="1").told
    assert _BAR in plain
    assert _COLOURS.search(plain) is None
    assert _COLOURS.search(run(tmp_path, 80).told) is not None


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(tmp_path: Path) -> None:
    """TERM=dumb, as in editors: no control sequences at all."""
    told = run(tmp_path, 80, TERM="dumb").told
    assert "\x1b" not in told
    assert "importing tasks: 40 of 40" in told
