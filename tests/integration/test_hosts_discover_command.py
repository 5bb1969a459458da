"""``hosts discover`` against the stand-in API of 1.9: dry run, question, file, second run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from midonet19_sample import HOST, sample_site
from midonet_lab.midonet19.process import Midonet19Api
from midonet_migrate.hosts.inventory import read_inventory
from prepare_harness import PATIENCE_SECONDS, Answer
from warm_program import warm_program


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Midonet19Api]:
    """A small site with one living host and one that is dead."""
    site = sample_site()
    for host in site.midonet["host"]:
        host["alive"] = True
    dead = {"id": "00000000-0000-4000-8000-00000000dead", "name": "old", "alive": False, "addresses": []}
    site.midonet["host"].append(dead)
    with Midonet19Api(site, tmp_path_factory.mktemp("api"), disposable=True) as running:
        yield running


class Operator:
    """Runs the command in a folder of its own."""

    def __init__(self, folder: Path, api: Midonet19Api) -> None:
        self.folder = folder
        self.hosts_file = folder / "migration_data" / "hosts.yaml"
        (folder / "empty").mkdir()
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": ":".join(sys.path),
            "MIDONET_MIGRATE_ROOT": str(folder / "empty"),
            "MIDONET_MIGRATE_SOURCE_API": api.url,
            "MIDONET_MIGRATE_API_USERNAME": "admin",
            "MIDONET_MIGRATE_API_PASSWORD": "lab",
            "MIDONET_MIGRATE_API_PROJECT": "admin",
        }

    def discover(self, *words: str) -> Answer:
        """Run ``hosts discover``."""
        given = ("hosts", "discover", *words)
        done = warm_program().run(
            given, folder=self.folder, environment=self._environment, seconds=PATIENCE_SECONDS
        )
        return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def operator(tmp_path: Path, api: Midonet19Api) -> Operator:
    """With an empty folder."""
    return Operator(tmp_path, api)


_ALL = ("--management-network", "192.0.2.0/24", "--controller", "ctl", "-f", "json")


def test_from_nothing_to_an_inventory_and_again(operator: Operator) -> None:
    """Dry run and real run say the same; the second run has nothing to do; edits stay."""
    dry = operator.discover(*_ALL, "--dry-run")
    assert not (operator.folder / "migration_data").exists()
    real = operator.discover(*_ALL, "--yes")
    assert (dry.status, real.status) == (1, 1)
    without = [{**json.loads(answer.stdout), "dry_run": None} for answer in (dry, real)]
    assert without[0] == without[1]
    assert operator.hosts_file.stat().st_mode & 0o777 == 0o600
    inventory = read_inventory(operator.hosts_file)
    compute = inventory.host("compute")
    assert (compute.address, compute.midonet_host_id) == ("192.0.2.11", HOST)
    assert [host.name for host in inventory.hosts] == ["ctl", "compute"]
    rows = {row["name"]: row for row in json.loads(real.stdout)["rows"]}
    assert rows["old"]["verdict"] == "dead"

    edited = operator.hosts_file.read_text().replace("address: 192.0.2.11", "address: 10.9.9.9  # by hand")
    operator.hosts_file.write_text(edited)
    again = operator.discover(*_ALL, "--yes")
    assert json.loads(again.stdout)["nothing_to_do"] is True
    assert operator.hosts_file.read_text() == edited
    added = operator.discover(*_ALL, "--yes", "--nsdb", "zk1")
    assert json.loads(added.stdout)["added"] == 1
    assert operator.hosts_file.read_text().startswith(edited)
    saved = list((operator.folder / "migration_data" / "saved").iterdir())
    assert [file.read_text() for file in saved] == [edited]


def test_without_a_terminal_nothing_is_written(operator: Operator) -> None:
    """The question cannot be asked: cancelled, and what would be written is shown."""
    answer = operator.discover("--controller", "ctl")
    assert answer.status == 3
    assert "compute" in answer.stdout
    assert not operator.hosts_file.exists()


@pytest.mark.parametrize(
    "words",
    [("--management-network", "10.0.0.1/24"), ("--controller", "-x"), ("--nsdb", "a b"), ("--user", "-l")],
)
def test_what_makes_no_sense_is_a_usage_error(operator: Operator, words: tuple[str, ...]) -> None:
    """Before anything is asked."""
    assert operator.discover(*words).status == 64


def test_a_broken_inventory_is_not_overwritten(operator: Operator) -> None:
    """Its problems are told with their lines."""
    operator.hosts_file.parent.mkdir()
    operator.hosts_file.write_text("hosts:\n  - nme: x\n")
    answer = operator.discover("--yes")
    assert answer.status == 64
    assert "hosts.yaml:2: there is no 'nme'; is 'name' meant?" in answer.stderr
    assert operator.hosts_file.read_text() == "hosts:\n  - nme: x\n"
