"""What an operator can get wrong before the import: one clear error, its exit status, and nothing changed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from kazoo.client import KazooClient

from midonet_lab.practice_site import DATABASE
from midonet_lab.recipe import Recipe
from midonet_migrate.zookeeper.rollback_marker import MARKER_NODE
from prepare_harness import Answer
from whole_site import WholeSite, whole_site

WRONG_STATE, UNREACHABLE, HOSTS_FAILED, USAGE, NO_PERMISSION = 10, 20, 50, 64, 77
IMPORT = ("import", "--yes", "--skip-vteps")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    """A small site, prepared and backed up; every test leaves it as it was."""
    with whole_site(tmp_path_factory.mktemp("bad-input"), Recipe(seed=3, oddities=False)) as found:
        found.prepared()
        yield found


@contextmanager
def _zookeeper(site: WholeSite) -> Iterator[KazooClient]:
    client = KazooClient(hosts=site.site.zookeeper.hosts)
    client.start(timeout=60)
    try:
        yield client
    finally:
        client.stop()
        client.close()


@contextmanager
def _nothing_changes(site: WholeSite) -> Iterator[None]:
    """Neither in ZooKeeper, nor in the task table, nor in the run directory; no cluster is started."""

    def state() -> Any:
        with _zookeeper(site) as client:
            tree = sorted(client.get_children("/midonet"))
        files = {path: path.read_bytes() for path in site.data.rglob("*") if path.is_file()}
        return tree, site.site.mariadb.execute("SELECT * FROM midonet_tasks", database=DATABASE), files

    before = state()
    yield
    assert state() == before
    assert not site.site.cluster.running


def _refused(answer: Answer, status: int, *words: str) -> None:
    assert answer.status == status, answer.stderr
    assert "Traceback" not in answer.stderr
    for word in ("What to do:", *words):
        assert word in answer.stderr, answer.stderr


def _execute(site: WholeSite, statement: str) -> list[tuple[Any, ...]]:
    return site.site.mariadb.execute(statement, database=DATABASE)


def test_without_a_plan_or_a_backup(site: WholeSite) -> None:
    with _nothing_changes(site):
        _refused(site.run(*IMPORT, "--data-dir", str(site.folder / "none")), WRONG_STATE, "prepare")
        backup, away = site.data / "zk_original.backup", site.folder / "away"
        backup.rename(away)
        try:
            _refused(site.run(*IMPORT), WRONG_STATE, "midonet-migrate backup")
        finally:
            away.rename(backup)


def test_a_plan_for_another_release(site: WholeSite) -> None:
    with _nothing_changes(site):
        answer = site.run(*IMPORT, "--target-version", "5.0.2")
        _refused(answer, WRONG_STATE, "the plan is for MidoNet 5.2.1")


def test_a_site_that_has_changed_since(site: WholeSite) -> None:
    with _nothing_changes(site):
        [(key, name)] = _execute(site, "SELECT id, name FROM networks ORDER BY id LIMIT 1")
        _execute(site, f"UPDATE networks SET name = 'renamed' WHERE id = '{key}'")
        try:
            _refused(site.run(*IMPORT), WRONG_STATE, "changed since it was planned")
        finally:
            _execute(site, f"UPDATE networks SET name = '{name}' WHERE id = '{key}'")


def test_a_backup_from_before_the_site_changed(site: WholeSite) -> None:
    """A rollback would bring that state back: it is told before the import, and is no obstacle to it."""
    rehearsal = ("import", "--dry-run", "--skip-vteps")
    told = "the backup is older than MidoNet 1.9's topology"

    def said() -> str:
        answer = site.run(*rehearsal)
        assert answer.status == 1
        return answer.stderr + answer.stdout

    with _nothing_changes(site), _zookeeper(site) as client:
        assert told not in said()
        client.create("/midonet/v1/tenants/new", b"", makepath=True)
        client.create("/midonet/v1/alive-now", b"", ephemeral=True)
        try:
            assert f"{told}: /midonet/v1/tenants" in (found := said())
            assert "alive-now" not in found
        finally:
            client.delete("/midonet/v1/tenants/new")
    assert told not in said()


def test_a_topology_that_is_there_already(site: WholeSite) -> None:
    with _nothing_changes(site):
        with _zookeeper(site) as client:
            client.create(f"/midonet/zoom/0/models/Network/{uuid4()}", b"", makepath=True)
        try:
            _refused(site.run(*IMPORT), WRONG_STATE, "There is a MidoNet 5 topology", "Network: 1")
        finally:
            with _zookeeper(site) as client:
                client.delete("/midonet/zoom", recursive=True)


def test_a_rollback_that_was_not_finished(site: WholeSite) -> None:
    """Half of the tree may be missing; nobody takes it for 1.9's, or for what 5.x has built."""
    with _nothing_changes(site):
        with _zookeeper(site) as client:
            client.ensure_path("/midonet-migrate")
            client.create(MARKER_NODE, b"{}")
        try:
            for words in (IMPORT, ("import", "--finish", "--yes"), ("prepare", "--yes")):
                _refused(site.run(*words), WRONG_STATE, "not finished", "rollback zookeeper")
        finally:
            with _zookeeper(site) as client:
                client.delete(MARKER_NODE)


def test_tasks_that_are_not_those_of_the_plan(site: WholeSite) -> None:
    """A row of ours that somebody changed, and rows of another tool that would block the importer."""
    with _nothing_changes(site):
        [(number, kind)] = _execute(site, "SELECT id, data_type FROM midonet_tasks ORDER BY id LIMIT 1")
        _execute(site, f"UPDATE midonet_tasks SET data_type = 'NETWORK_' WHERE id = {number}")
        try:
            _refused(site.run(*IMPORT), WRONG_STATE, f"task {number}", "prepare")
        finally:
            _execute(site, f"UPDATE midonet_tasks SET data_type = '{kind}' WHERE id = {number}")
        _execute(
            site,
            "INSERT INTO midonet_tasks (id, type, data_type, transaction_id, created_at)"
            " VALUES (900000, 'FLUSH', 'NULL', 'other', NOW())",
        )
        try:
            _refused(site.run(*IMPORT), WRONG_STATE, "FLUSH", "900000")
        finally:
            _execute(site, "DELETE FROM midonet_tasks WHERE id = 900000")


def test_commands_of_midonet_5_that_are_not_there(site: WholeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    _execute(site, "SELECT 1")
    monkeypatch.setattr(
        site, "environment", _with(site, MIDONET_MIGRATE_MN_CONF_COMMAND="/nonexistent/mn-conf")
    )
    with _nothing_changes_but_journal(site):
        _refused(site.run(*IMPORT), WRONG_STATE, "/nonexistent/mn-conf")


def test_a_wrong_password_for_the_database(site: WholeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"mysql://neutron:wrong@127.0.0.1:{site.site.mariadb.port}/{DATABASE}"
    monkeypatch.setattr(site, "environment", _with(site, MIDONET_MIGRATE_DATABASE=url))
    with _nothing_changes(site):
        answer = site.run(*IMPORT)
        _refused(answer, NO_PERMISSION)
        assert "wrong" not in answer.stderr.replace("something is wrong", "")


def test_an_importer_that_is_enabled_for_one_host(site: WholeSite) -> None:
    """Its own setting would win over what the import sets."""
    host = str(uuid4())
    mn_conf = [str(site.site.directory / "bin" / "mn-conf")]
    text = "cluster.neutron_importer.enabled : true\n"
    subprocess.run([*mn_conf, "set", "-h", host], input=text, text=True, check=True, capture_output=True)
    try:
        _refused(site.run(*IMPORT), WRONG_STATE, host, "unset")
        assert not site.site.cluster.running or not _importer_alive(site)
    finally:
        site.site.cluster.stop()
        unset = [*mn_conf, "unset", "-h", host, "cluster.neutron_importer"]
        subprocess.run(unset, check=True, capture_output=True)


def test_a_cluster_that_does_not_start(site: WholeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the end of its log; run again with the cause removed, the import goes on."""
    monkeypatch.setattr(site, "environment", _with(site, MIDONET_MIGRATE_CLUSTER_START_COMMAND="/bin/false"))
    _refused(site.run(*IMPORT), HOSTS_FAILED, "/bin/false")
    monkeypatch.undo()
    done = site.run(*IMPORT)
    assert done.status in {0, 1}, done.stderr
    assert site.differences() == []


def _with(site: WholeSite, **variables: str) -> Any:
    found = {**site.environment(), **variables}
    return lambda: found


@contextmanager
def _nothing_changes_but_journal(site: WholeSite) -> Iterator[None]:
    with _zookeeper(site) as client:
        before = sorted(client.get_children("/midonet"))
    yield
    with _zookeeper(site) as client:
        assert sorted(client.get_children("/midonet")) == before
    assert not site.site.cluster.running


def _importer_alive(site: WholeSite) -> bool:
    with _zookeeper(site) as client:
        return bool(client.exists("/midonet/leader-latch") and client.get_children("/midonet/leader-latch"))
