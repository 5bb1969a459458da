"""The demo, whole: it checks each of its own promises and fails when one is not kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One run of ``midonet-lab demo``, in the directory it was given."""
    directory = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", "import sys; from midonet_lab.cli import main; main()", "demo"]
    done = subprocess.run(
        [*command, "--directory", str(directory)],
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done, directory


def test_the_demo_ends_well(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Exit 0: every scene saw what it is there to show."""
    done, _ = played
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_shows_commands_table_tasks_and_where_the_plan_is(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """What an operator can repeat, and what it led to."""
    done, directory = played
    commands = ("config show", "prepare --dry-run", "prepare --yes", "plan show", "backup", "backup verify")
    for command in (*commands, "rollback zookeeper --preview -f json", "rollback zookeeper --yes"):
        assert f"midonet-migrate {command}" in done.stdout
    assert "SELECT COUNT(*)" in done.stdout
    assert "| kind " in done.stdout
    assert str(directory / "migration_data" / "plan.json") in done.stdout
    assert "The second run changed nothing" in done.stdout


def test_it_keeps_the_run_directory_and_nothing_else(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """Servers and their data are gone."""
    _, directory = played
    assert [path.name for path in directory.iterdir()] == ["migration_data"]
    for name in ("plan.json", "zk_original.backup", "zk_original.manifest", "tasks_removed.jsonl"):
        assert (directory / "migration_data" / name).stat().st_size > 0


def test_it_rolls_back_and_proves_it(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Damage is seen, what would be lost is named, and the tree is as it was."""
    done, _ = played
    assert "lost: network" in done.stdout + done.stderr
    assert "have the data, ACL and counter of before" in done.stdout


def test_no_password_is_shown(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The fixed parts of the site's passwords are nowhere in the output."""
    done, _ = played
    for part in ("p@ss/w", "p%40ss", "Mid0%Net", "t0ken&"):
        assert part not in done.stdout + done.stderr
