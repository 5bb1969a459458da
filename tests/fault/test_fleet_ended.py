"""However a run over many hosts ends, nothing of it stays behind on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from midonet_lab.processes.sshd import Sshd
from sshd_fixture import StartSshd, start_sshd
from waiting import wait_until

__all__ = ["start_sshd"]

_HOSTS = ("host1", "host2", "host3")
_PATIENCE = 200.0
_PROGRAM = Path(__file__).resolve().parents[1] / "fleet_child.py"


class Run:
    """The program over three hosts and this machine."""

    def __init__(self, server: Sshd, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.server = server
        self.process = subprocess.Popen(
            [sys.executable, str(_PROGRAM), str(server.ssh_config), str(folder), *_HOSTS],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
            start_new_session=True,
        )
        _RUNS.append(self)
        assert self.process.stdout is not None
        child, directory = self.process.stdout.readline().split()
        self.child, self.sockets = int(child), Path(directory)

    def until_running(self) -> Run:
        """A command runs on every host."""
        wait_until(lambda: all((self.folder / name).exists() for name in (*_HOSTS, "here")))
        return self

    def ended(self) -> tuple[int, str]:
        """Exit status and standard error."""
        _, stderr = self.process.communicate(timeout=_PATIENCE)
        return self.process.returncode, stderr

    def left_over(self) -> list[str]:
        """Processes of this run on this machine, and directories of sockets."""
        marks = (str(self.server.ssh_config), str(self.folder))
        found = [line for line in command_lines() if any(mark in line for mark in marks)]
        found = [line for line in found if "fleet_child.py" not in line]
        found += [line for line in command_lines() if line.startswith(f"{self.child} ")]
        return found + [str(self.sockets)] * self.sockets.exists()


_RUNS: list[Run] = []


def command_lines() -> list[str]:
    """``pid words`` of every process that lives."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if words:
                found.append(f"{entry.name} {words}")
    return found


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """A test that fails leaves no process either."""
    yield
    for run in _RUNS:
        if run.process.poll() is None:
            run.process.kill()
            run.process.communicate()
        _clean_up(run)
    _RUNS.clear()


@pytest.fixture
def server(start_sshd: StartSshd) -> Sshd:
    """Three hosts."""
    return start_sshd(aliases=_HOSTS)


def test_ctrl_c_waits_for_commands_and_starts_none(server: Sshd, tmp_path: Path) -> None:
    """Those under way end by themselves; it ends with 130, and says what it waits for."""
    run = Run(server, tmp_path / "run").until_running()
    run.process.send_signal(signal.SIGINT)
    assert run.process.stderr is not None
    assert "finishing what runs on host1, host2, host3, here," in run.process.stderr.readline()
    (run.folder / "go").touch()
    status, stderr = run.ended()
    assert status == 130
    assert "Traceback" not in stderr
    assert all((run.folder / f"{name}.ended").exists() for name in (*_HOSTS, "here"))
    assert not list(run.folder.glob("*.second"))
    wait_until(lambda: not run.left_over())


def test_a_second_ctrl_c_kills_what_runs(server: Sshd, tmp_path: Path) -> None:
    """On the hosts, too."""
    run = Run(server, tmp_path / "run").until_running()
    run.process.send_signal(signal.SIGINT)
    assert run.process.stderr is not None
    assert "finishing" in run.process.stderr.readline()
    run.process.send_signal(signal.SIGINT)
    status, stderr = run.ended()
    assert status == 130
    assert "Traceback" not in stderr
    assert not list(run.folder.glob("*.ended"))
    wait_until(lambda: not run.left_over())


def test_the_program_is_killed(server: Sshd, tmp_path: Path) -> None:
    """Its child sees the end of its orders: it logs out everywhere and goes."""
    run = Run(server, tmp_path / "run").until_running()
    run.process.kill()
    run.ended()
    wait_until(
        lambda: not [line for line in run.left_over() if "ssh " in line or line.startswith(f"{run.child} ")]
    )
    run.server.stop()
    _clean_up(run)


def test_the_child_is_killed(server: Sshd, tmp_path: Path) -> None:
    """Every host has an error (50) that says so, no ssh stays behind, and the program ends."""
    run = Run(server, tmp_path / "run").until_running()
    os.kill(run.child, signal.SIGKILL)
    status, stderr = run.ended()
    assert status == 50
    assert "The process that drives the hosts died (signal 9)" in stderr
    assert "Traceback" not in stderr
    wait_until(lambda: not [line for line in run.left_over() if " ssh " in line])
    run.server.stop()
    _clean_up(run)


def _clean_up(run: Run) -> None:
    """What nobody could reach any more: the command on this machine, and sockets of a killed program."""
    for line in run.left_over():
        with suppress(ProcessLookupError, ValueError):
            os.kill(int(line.partition(" ")[0]), signal.SIGKILL)
