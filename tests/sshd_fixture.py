"""Fixtures of real sshd processes; skipped with a reason where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from midonet_lab.processes.sshd import Sshd, sshd_missing

StartSshd = Callable[..., Sshd]
"""``start(aliases=..., options=...)``: an sshd that ends with the test."""


@pytest.fixture
def start_sshd(tmp_path: Path) -> Iterator[StartSshd]:
    """Starts sshd processes for one test."""
    if reason := sshd_missing():
        pytest.skip(reason)
    with ExitStack() as stack:

        def start(**arguments: object) -> Sshd:
            number = len(list(tmp_path.glob("sshd*")))
            server = Sshd(tmp_path / f"sshd{number}", **arguments)  # type: ignore[arg-type]
            return stack.enter_context(server)

        yield start


@pytest.fixture(scope="module")
def shared_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One sshd with five aliases for the tests of a module that leave it as it is."""
    if reason := sshd_missing():
        pytest.skip(reason)
    aliases = [f"host{number}" for number in range(1, 6)]
    with Sshd(tmp_path_factory.mktemp("shared") / "sshd", aliases=aliases) as server:
        yield server
