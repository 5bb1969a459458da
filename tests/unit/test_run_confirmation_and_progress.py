"""Asking the operator, and showing how far things are."""

from __future__ import annotations

import io

import pytest

from midonet_migrate.errors import Cancelled
from midonet_migrate.run.confirmation import confirm
from midonet_migrate.run.progress import LineProgress, SilentProgress
from midonet_migrate.run.progress_display import BarProgress, progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_typed_word_confirms() -> None:
    prompts = io.StringIO()
    confirm("This deletes 5 nodes.", "delete", answers=Terminal("delete\n"), prompts=prompts)
    assert "This deletes 5 nodes." in prompts.getvalue()
    assert "delete" in prompts.getvalue()


@pytest.mark.parametrize("answer", ["", "y\n", "Delete\n", "no\n"])
def test_anything_else_cancels(answer: str) -> None:
    with pytest.raises(Cancelled) as caught:
        confirm("Sure?", "delete", answers=Terminal(answer), prompts=io.StringIO())
    assert caught.value.exit_status == 3


def test_without_a_terminal_nothing_is_read_and_yes_is_named() -> None:
    answers = io.StringIO("delete\n")
    with pytest.raises(Cancelled, match="no terminal") as caught:
        confirm("Sure?", "delete", answers=answers, prompts=io.StringIO())
    assert "--yes" in caught.value.hint
    assert answers.tell() == 0


def test_yes_needs_no_terminal() -> None:
    prompts = io.StringIO()
    confirm("Sure?", "delete", assume_yes=True, answers=io.StringIO(), prompts=prompts)
    assert prompts.getvalue() == ""


def test_lines_tell_the_end_and_the_counts() -> None:
    stream = io.StringIO()
    with LineProgress(stream, interval=0).phase("Reading ports", 3) as phase:
        phase.advance()
        phase.expect(4)
        phase.advance(3)
    assert stream.getvalue().splitlines() == [
        "Reading ports: 1 of 3",
        "Reading ports: 4 of 4",
        "Reading ports: 4 of 4, done",
    ]


def test_lines_are_few_and_an_error_is_told() -> None:
    stream = io.StringIO()

    def work() -> None:
        with LineProgress(stream).phase("Reading") as phase:
            for _ in range(1000):
                phase.advance()
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert stream.getvalue() == "Reading: 1000, stopped\n"


def test_the_stream_decides_how_progress_is_shown() -> None:
    assert isinstance(progress_on(Terminal()), BarProgress)
    assert isinstance(progress_on(io.StringIO()), LineProgress)
    assert isinstance(progress_on(Terminal(), quiet=True), SilentProgress)


def test_a_bar_shows_the_title_and_reaches_its_end() -> None:
    stream = Terminal()
    with BarProgress(stream).phase("Reading ports", 2) as phase:
        phase.advance()
        phase.expect(2)
        phase.advance()
    assert "Reading ports" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_silence_is_silent() -> None:
    with SilentProgress().phase("Reading", 1) as phase:
        phase.advance()
        phase.expect(1)


def test_what_is_beside_the_numbers_and_what_is_told_at_once() -> None:
    """Rate and time left stand in every line; an event has a line of its own."""
    stream = io.StringIO()
    with LineProgress(stream, interval=0).phase("Importing", 9) as phase:
        phase.describe("85/s, 2 min left")
        phase.advance(3)
        phase.tell("the database does not answer")
        phase.describe("")
        phase.advance()
    assert stream.getvalue().splitlines() == [
        "Importing: 3 of 9, 85/s, 2 min left",
        "Importing: the database does not answer",
        "Importing: 4 of 9",
        "Importing: 4 of 9, done",
    ]


def test_a_bar_takes_no_text_for_markup() -> None:
    """What stands beside the numbers is seen on a terminal: test_progress_on_terminal."""
    stream = Terminal()
    with BarProgress(stream).phase("Importing [bold]", 9) as phase:
        phase.advance(3)
        phase.tell("rows [red]held[/] back")
    assert "Importing [bold]" in stream.getvalue()
    assert "rows [red]held[/] back" in stream.getvalue()


def test_a_phase_that_counts_nothing_tells_no_number() -> None:
    stream = io.StringIO()
    with LineProgress(stream).phase("planning"):
        pass
    assert stream.getvalue() == "planning: done\n"
