"""The harness that forks ``midonet-migrate`` instead of starting an interpreter: a run is a process like any
other, and leaves nothing to the next one."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import midonet_migrate.cli
from waiting import PATIENCE
from warm_program import WarmProgram, warm_program

COLD = [sys.executable, "-m", "midonet_migrate"]


def environment(folder: Path) -> dict[str, str]:
    """Of a run without any settings but those of its folder."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": ":".join(sys.path),
        "COLUMNS": "200",
        "MIDONET_MIGRATE_ROOT": str(folder),
    }


def both(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The warm run, which has ended as the cold one."""
    given = {**environment(folder), **variables}
    warm = warm_program().run(words, folder=folder, environment=given, seconds=PATIENCE)
    cold = subprocess.run(
        [*COLD, *words],
        cwd=folder,
        env=given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    return warm


def test_warm_and_cold_are_the_same(tmp_path: Path) -> None:
    """Status, data and messages, with the folder and the environment of this run; not those of the last."""
    assert both(
        tmp_path, "config", "show", "-f", "json", MIDONET_MIGRATE_SOURCE_API="http://192.0.2.7:8080"
    ).stdout
    assert both(tmp_path, "prepare").returncode == 64
    other = tmp_path / "other"
    other.mkdir()
    (other / "midonet-migrate.conf").write_text("[midonet-migrate]\nsource_api = http://192.0.2.8:8080\n")
    (other / "midonet-migrate.conf").chmod(0o600)
    found = both(other, "config", "show", "-f", "json")
    assert "192.0.2.8" in found.stdout
    assert "192.0.2.7" not in found.stdout


def test_runs_side_by_side_are_apart(tmp_path: Path) -> None:
    """Each has its own answer."""

    def run(number: int) -> str:
        given = {**environment(tmp_path), "MIDONET_MIGRATE_SOURCE_API": f"http://192.0.2.{number}:8080"}
        words = ("config", "show", "-f", "json")
        return warm_program().run(words, folder=tmp_path, environment=given, seconds=PATIENCE).stdout

    with ThreadPoolExecutor(4) as pool:
        for number, text in enumerate(pool.map(run, range(1, 9)), 1):
            assert f"192.0.2.{number}:8080" in text


def test_a_run_that_hangs_is_killed_and_the_next_one_goes(tmp_path: Path) -> None:
    """And the program ends with its last run."""
    fifo = tmp_path / "etc/midonet-migrate/midonet-migrate.conf"
    fifo.parent.mkdir(parents=True)
    program = WarmProgram()
    try:
        os.mkfifo(fifo)
        with pytest.raises(subprocess.TimeoutExpired):
            program.run(("config", "show"), folder=tmp_path, environment=environment(tmp_path), seconds=3)
        fifo.unlink()
        done = program.run(("--version",), folder=tmp_path, environment={}, seconds=PATIENCE)
        assert done.stdout.startswith("midonet-migrate, version")
    finally:
        program.close()


MODULES = sorted(module.name for module in pkgutil.iter_modules(midonet_migrate.cli.__path__))
EVERY_DAY = {"hosts_stage"}
"""What neither the demo nor a killed run starts cold."""


@pytest.mark.parametrize(
    "module",
    [
        name
        if name in EVERY_DAY
        else pytest.param(
            name,
            marks=pytest.mark.skipif(
                not os.environ.get("MIDONET_MIGRATE_FULL_SIZE"),
                reason="half a second for each; set MIDONET_MIGRATE_FULL_SIZE=1",
            ),
        )
        for name in MODULES
    ],
)
def test_every_verb_imports_what_it_needs(module: str) -> None:
    """Warm runs have the modules of all verbs already: whether one alone has its own is seen here, and of
    those that the demo and the killed runs start, every day."""
    subprocess.run([sys.executable, "-c", f"import midonet_migrate.cli.{module}"], check=True)
