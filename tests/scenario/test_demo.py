"""The demo, whole: it checks each of its own promises and fails when one is not kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab_host_fixtures import needs_root
from midonet_lab.demo.hosts import choose_hosts
from midonet_lab.demo.play import scenes

FULL_SIZE = bool(os.environ.get("MIDONET_MIGRATE_FULL_SIZE"))
"""The hosts take the demo three more minutes; test_hosts_whole_site.py takes them the same way every time."""
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def played(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One run of ``midonet-lab demo``, in the directory it was given; with hosts if it is wanted whole."""
    directory = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", "import sys; from midonet_lab.cli import main; main()", "demo"]
    command += [] if FULL_SIZE else ["--hosts", "none"]
    done = subprocess.run(
        [*command, "--directory", str(directory)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1700,
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


@needs_root
@pytest.mark.skipif(not FULL_SIZE, reason="takes minutes; set MIDONET_MIGRATE_FULL_SIZE=1")
def test_it_moves_hosts_forward_and_back(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The classic procedure whole: every verb about hosts, and at the end nothing is different."""
    done, directory = played
    forward = ("hosts discover", "hosts facts", "import --yes", "update controller", "update gateways")
    for command in (*forward, "update computes --canary", "rollback packages"):
        assert f"midonet-migrate {command}" in done.stdout
    assert "6 hosts are as before, to the last file" in done.stdout
    assert (directory / "migration_data" / "rollback_packages_report.json").stat().st_size > 0


def test_without_root_the_hosts_are_left_out_and_that_is_said() -> None:
    """Nobody is to take the shorter procedure for the whole one."""
    family, remark = choose_hosts(None, root=False)
    assert family is None
    assert "needs root" in remark.lower()
    shorter, whole = ([title for title, _ in scenes(choice)] for choice in (family, "debian"))
    assert "The importer off again" in shorter
    assert "The hosts back to MidoNet 1.9" not in shorter
    assert "The hosts back to MidoNet 1.9" in whole
    assert choose_hosts(None, root=True) == ("debian", "")
    assert choose_hosts("mixed", root=True) == ("mixed", "")


def test_no_password_is_shown(played: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The fixed parts of the site's passwords are nowhere in the output."""
    done, _ = played
    for part in ("p@ss/w", "p%40ss", "Mid0%Net", "t0ken&", "s3cr3t"):
        assert part not in done.stdout + done.stderr
