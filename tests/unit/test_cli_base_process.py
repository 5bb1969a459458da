"""The program in a process of its own: signals, closed pipes, full disks."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from settings_site import Site
from waiting import PATIENCE


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path).controller()
    site.environment["PATH"] = os.environ["PATH"]
    return site


WAITING = """
import sys, time, click
from midonet_migrate.cli.errors_boundary import run_command
@click.command()
def wait():
    try:
        print("ready", flush=True)
        time.sleep(600)
    finally:
        print("clean", flush=True)
sys.exit(run_command(wait, [], "wait"))
"""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_lets_clean_up_run_and_gives_its_status(number: signal.Signals, status: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == status
    assert out == "clean\n"
    assert "Traceback" not in err


def test_a_terminal_that_is_closed_lets_clean_up_run_to_its_end(tmp_path: Path) -> None:
    """Clean-up says what it does on the terminal, which takes nothing any more."""
    cleaned = tmp_path / "cleaned"
    program = WAITING.replace(
        'print("clean", flush=True)',
        f'print("clean", file=sys.stderr, flush=True); open({str(cleaned)!r}, "w").close()',
    )
    child, terminal = pty.fork()
    if not child:
        os.execv(sys.executable, [sys.executable, "-c", program])
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1024)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 129
    assert cleaned.exists()


def test_nohup_keeps_it_going() -> None:
    """A SIGHUP that is ignored from the start stays ignored."""
    with subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + WAITING],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 143


PROGRAM = [sys.executable, "-c", "from midonet_migrate.cli.main import main; main()"]


def with_output_to(site: Site, stdout: int, *arguments: str) -> tuple[int, str]:
    """Exit status and standard error of the program in a process of its own."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=site.work,
        env=site.environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("arguments", [["config", "show"], ["--help"], ["--version"]])
def test_a_reader_that_goes_away_is_no_error_message(site: Site, arguments: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        assert with_output_to(site, write_end, *arguments) == (141, "")
    finally:
        os.close(write_end)


@pytest.mark.parametrize("arguments", [["config", "show"], ["--help"]])
def test_a_full_disk_behind_standard_output_is_told(site: Site, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        status, errors = with_output_to(site, full.fileno(), *arguments)
    assert status == 255
    assert errors == "Error: The output cannot be written\nWhy: No space left on device\n"


def test_a_full_disk_behind_standard_error_changes_no_exit_status(site: Site) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "config", "show", "--threads", "0"],
            cwd=site.work,
            env=site.environment,
            stdout=subprocess.DEVNULL,
            stderr=full,
            check=False,
        )
    assert done.returncode == 64
