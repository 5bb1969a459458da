"""A stage over many hosts: what its runner says meanwhile reaches the operator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from midonet_migrate.model.hosts import HostEntry, Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Phase
from midonet_migrate.steps.hosts.fan_out import FanOut


class Listening:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def phase(self, title: str, total: int | None = None) -> AbstractContextManager[Phase]:
        del title, total
        return nullcontext(self)

    def tell(self, text: str) -> None:
        self.told.append(text)

    def advance(self, count: int = 1) -> None:
        pass

    def expect(self, total: int) -> None:
        pass

    def describe(self, text: str) -> None:
        pass


def interrupted(
    hosts: Sequence[HostEntry],
    work: Callable[[HostEntry], None],
    *,
    at_a_time: int,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """As the fleet after Ctrl-C."""
    tell("finishing what runs on compute1")
    raise KeyboardInterrupt


def test_after_ctrl_c_the_operator_reads_what_is_waited_for(tmp_path: Path) -> None:
    """It may be a package manager that is at work, for half a minute."""
    progress = Listening()
    with RunDirectory(tmp_path / "run", step="test", dry_run=True) as run:
        fan_out = FanOut(run, "test", interrupted, progress)
        with pytest.raises(KeyboardInterrupt):
            fan_out.over([[HostEntry(name="compute1", roles=(Role.COMPUTE,))]], lambda entry, actor: None)
    assert progress.told == ["finishing what runs on compute1"]
