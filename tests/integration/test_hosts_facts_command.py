"""``hosts facts`` over a real sshd: what is found, hosts that cannot be reached, and exit statuses."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from midonet_lab.processes.sshd import Sshd
from midonet_migrate.hosts.inventory import inventory_text, write_inventory
from midonet_migrate.model.hosts import Connection, HostEntry, Inventory, Role
from prepare_harness import PATIENCE_SECONDS, Answer
from sshd_fixture import shared_sshd
from warm_program import warm_program

__all__ = ["shared_sshd"]

_HERE = HostEntry(name="here", roles=(Role.CONTROLLER,), connection=Connection.LOCAL)


def _facts(folder: Path, server: Sshd, hosts: list[HostEntry], *words: str) -> Answer:
    (folder / "migration_data").mkdir(exist_ok=True)
    (folder / "empty").mkdir(exist_ok=True)
    write_inventory(folder / "migration_data" / "hosts.yaml", inventory_text(Inventory(hosts=tuple(hosts))))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": ":".join(sys.path),
        "MIDONET_MIGRATE_ROOT": str(folder / "empty"),
        "MIDONET_MIGRATE_SSH_CONFIG": str(server.ssh_config),
    }
    given = ("hosts", "facts", *words)
    done = warm_program().run(given, folder=folder, environment=environment, seconds=PATIENCE_SECONDS)
    return Answer(done.returncode, done.stdout, done.stderr)


def test_every_host_is_a_row_and_one_that_fails_is_one_that_failed(shared_sshd: Sshd, tmp_path: Path) -> None:
    """50; the others are whole; the order is that of the file."""
    lost = HostEntry(name="lost", roles=(Role.COMPUTE,), port=1)
    hosts = [_HERE, *shared_sshd.hosts()[:2], lost]
    answer = _facts(tmp_path, shared_sshd, hosts, "-f", "json")
    assert answer.status == 50, answer.stderr
    rows = json.loads(answer.stdout)["hosts"]
    assert [row["name"] for row in rows] == ["here", "host1", "host2", "lost"]
    for row in rows[:3]:
        assert row["failure"] is None
        assert row["facts"]["hostname"].partition(".")[0] == socket.gethostname().partition(".")[0]
        assert row["facts"]["kernel"] == os.uname().release
    assert rows[3]["facts"] is None
    assert rows[3]["failure"]["code"] == "host-unreachable"
    assert "lost: lost cannot be reached" in answer.stderr


def test_a_host_that_is_another_machine_is_told(shared_sshd: Sshd, tmp_path: Path) -> None:
    """Its host id is not the one of hosts.yaml; the same in the table."""
    host = HostEntry(
        name="host1",
        roles=(Role.COMPUTE,),
        midonet_host_id="00000000-0000-4000-8000-00000000abcd",
        midonet_name="somebody-else",
    )
    answer = _facts(tmp_path, shared_sshd, [host])
    assert answer.status == 1, answer.stderr
    assert "is it the right machine?" in answer.stdout
    assert "MidoNet knows it as somebody-else" in answer.stdout
    assert "whether agents are alive is not shown" in answer.stderr


def test_only_the_hosts_that_are_named(shared_sshd: Sshd, tmp_path: Path) -> None:
    """By name or role; a wrong name is a usage error with what may be meant."""
    hosts = [_HERE, *shared_sshd.hosts()]
    answer = _facts(tmp_path, shared_sshd, hosts, "host2", "--role", "controller", "-f", "json")
    assert [row["name"] for row in json.loads(answer.stdout)["hosts"]] == ["here", "host2"]
    wrong = _facts(tmp_path, shared_sshd, hosts, "hots3")
    assert wrong.status == 64
    assert "is host3 meant?" in wrong.stderr


def test_an_ssh_config_that_is_not_there(
    shared_sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told with where it was set, before anything is tried."""
    monkeypatch.setattr(shared_sshd, "ssh_config", tmp_path / "missing")
    answer = _facts(tmp_path, shared_sshd, [_HERE])
    assert answer.status == 64
    assert "environment MIDONET_MIGRATE_SSH_CONFIG" in answer.stderr


def test_without_inventory_the_way_is_shown(shared_sshd: Sshd, tmp_path: Path) -> None:
    """An empty one, too."""
    answer = _facts(tmp_path, shared_sshd, [])
    assert answer.status == 64
    assert "hosts discover" in answer.stderr
