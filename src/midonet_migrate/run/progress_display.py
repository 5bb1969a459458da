"""Progress for people: bars on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import TaskID

from midonet_migrate.run.progress import LineProgress, Phase, Progress, SilentProgress


class _BarPhase:
    def __init__(self, bars: Bars, task: TaskID, title: str) -> None:
        self._bars = bars
        self._task = task
        self._title = title

    def advance(self, count: int = 1) -> None:
        self._bars.advance(self._task, count)

    def expect(self, total: int) -> None:
        self._bars.update(self._task, total=total)

    def describe(self, text: str) -> None:
        title = f"{self._title} ({text})" if text else self._title
        self._bars.update(self._task, description=escape(title))

    def tell(self, text: str) -> None:
        self._bars.console.print(text, markup=False, highlight=False)


class BarProgress:
    """Bars on a terminal (honours NO_COLOR)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[Phase]:
        """A phase that is shown as a bar."""
        with Bars(console=Console(file=self._stream)) as bars:
            yield _BarPhase(bars, bars.add_task(title, total=total), title)


def progress_on(stream: TextIO, *, quiet: bool = False) -> Progress:
    """Bars when ``stream`` is a terminal, plain lines otherwise, nothing when ``quiet``."""
    if quiet:
        return SilentProgress()
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)
