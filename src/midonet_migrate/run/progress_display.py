"""Progress for people: bars on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from midonet_migrate.run.progress import LineProgress, Phase, Progress, SilentProgress

_NARROW = 60
"""Terminals with fewer columns get a percentage instead of numbers and times."""
_MINUTE, _HOUR = 60, 3600


class _Part(ProgressColumn):
    """A column that knows how wide the terminal is now."""

    max_refresh = None

    def __init__(self, console: Console) -> None:
        super().__init__(table_column=Column(no_wrap=True))
        self.console = console

    @property
    def narrow(self) -> bool:
        return self.console.width < _NARROW


class _Title(_Part):
    """What is being done; shortened where it would leave no room for the bar."""

    def render(self, task: Task) -> Text:
        text = Text(task.description)
        room = self.console.width // 2 - (2 if self.narrow else 6)
        text.truncate(max(room, 8), overflow="ellipsis")
        return text


class _Numbers(_Part):
    """How many are done, and of how many."""

    def render(self, task: Task) -> Text:
        done = f"{task.completed:.0f}"
        if task.total is None or task.fields["endless"]:
            shown = done if task.completed else ""
        else:
            shown = f"{task.percentage:3.0f}%" if self.narrow else f"{done}/{task.total:.0f}"
        return Text(shown, style="progress.percentage")


class _Times(_Part):
    """Time left, or at the end time spent; what the phase itself says of it counts more."""

    def render(self, task: Task) -> Text:
        if task.fields["stopped"]:
            return Text("stopped")
        if self.narrow:
            return Text("")
        if task.fields["ended"]:
            return Text(_time(task.elapsed or 0.0), style="progress.elapsed")
        if task.fields["beside"]:
            return Text(task.fields["beside"], style="progress.remaining")
        left = task.time_remaining
        return Text(f"{_time(left)} left" if left is not None else "", style="progress.remaining")


def _time(seconds: float) -> str:
    if seconds >= _HOUR:
        return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:02.0f} min"
    if seconds >= _MINUTE:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:02.0f} s"
    return f"{seconds:.0f} s"


class _BarPhase:
    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, count: int = 1) -> None:
        self._bars.advance(self._task, count)

    def expect(self, total: int) -> None:
        self._bars.update(self._task, total=total)

    def describe(self, text: str) -> None:
        self._bars.update(self._task, beside=text)

    def tell(self, text: str) -> None:
        self._bars.console.print(text, markup=False, highlight=False)

    def end(self, *, stopped: bool) -> None:
        """The bar's last look, which stays: done, or stopped where it is."""
        (task,) = self._bars.tasks
        self._bars.stop_task(self._task)
        self._bars.update(self._task, ended=True, stopped=stopped)
        if not stopped and task.total is None:
            # Full, whatever the number is.
            self._bars.update(self._task, total=task.completed, endless=True)


class BarProgress:
    """Bars on a terminal, one after the other, each a line that stays when its phase ends.

    Honours NO_COLOR, and follows the terminal's width.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[Phase]:
        """A phase that is shown as a bar."""
        console = Console(file=self._stream)
        bar = BarColumn(bar_width=None, table_column=Column(ratio=1))
        columns = (_Title(console), bar, _Numbers(console), _Times(console))
        with Bars(*columns, console=console, expand=True) as bars:
            task = bars.add_task(title, total=total, beside="", endless=False, ended=False, stopped=False)
            phase = _BarPhase(bars, task)
            try:
                yield phase
            except BaseException:
                phase.end(stopped=True)
                raise
            phase.end(stopped=False)


def progress_on(stream: TextIO, *, quiet: bool = False) -> Progress:
    """Bars when ``stream`` is a terminal that can draw them, else plain lines; nothing when ``quiet``."""
    if quiet:
        return SilentProgress()
    can_draw = stream.isatty() and not Console(file=stream).is_dumb_terminal
    return BarProgress(stream) if can_draw else LineProgress(stream)
