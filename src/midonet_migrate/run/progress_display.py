"""Progress for people: bars on a terminal, lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TaskID

from midonet_migrate.run.progress import LineProgress, Phase, Progress, SilentProgress


class _BarPhase:
    def __init__(self, bars: Bars, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, count: int = 1) -> None:
        self._bars.advance(self._task, count)

    def expect(self, total: int) -> None:
        self._bars.update(self._task, total=total)


class BarProgress:
    """Bars on a terminal (honours NO_COLOR)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[Phase]:
        """A phase that is shown as a bar."""
        with Bars(console=Console(file=self._stream)) as bars:
            yield _BarPhase(bars, bars.add_task(title, total=total))


def progress_on(stream: TextIO, *, quiet: bool = False) -> Progress:
    """Bars when ``stream`` is a terminal, plain lines otherwise, nothing when ``quiet``."""
    if quiet:
        return SilentProgress()
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)
