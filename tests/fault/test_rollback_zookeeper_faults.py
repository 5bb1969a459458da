"""What goes wrong during a rollback: nothing half done, and the same command goes on from there."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from kazoo.client import KazooClient
from kazoo.security import make_acl

from backup_site import kazoo_client
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.database.connection import open_engine
from midonet_migrate.hosts.history import HostStage, conclude
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.steps import rollback_zookeeper as step
from midonet_migrate.zookeeper import batches, transactions
from midonet_migrate.zookeeper.counters import CounterPolicy
from midonet_migrate.zookeeper.lock import LOCK_NODE
from rollback_site import RollbackSite, make_backup
from server_fixtures import Database
from task_samples import all_rows
from waiting import PATIENCE
from zookeeper_trees import next_name, read_tree

DONE, WARNED, CANCELLED, WRONG_STATE, NO_PERMISSION = 0, 1, 3, 10, 77
ROOTS = ["/midonet"]
KEYS = "/midonet/v1/gre"
KILLED = -signal.SIGKILL


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    with kazoo_client(zookeeper_root.hosts) as opened:
        yield opened


@pytest.fixture
def site(
    client: KazooClient, zookeeper_root: ZooKeeper, database: Database, tmp_path: Path
) -> Iterator[RollbackSite]:
    """A small 1.9 tree with keys given back, backed up; 2 tasks; then damaged, with 5.x beside it."""
    client.create(KEYS, b"", makepath=True)
    for number in range(30):
        client.create(f"/midonet/v1/ports/{number:02}", b"port", makepath=True)
        key: Any = client.create(f"{KEYS}/", sequence=True)
        if number % 3:
            client.delete(key)
    engine = open_engine(database.url)
    found = RollbackSite(tmp_path, zookeeper_root.hosts, database, engine)
    make_backup(zookeeper_root.hosts, found.data)
    found.queue_tasks(2)
    damage(client)
    yield found
    engine.dispose()


def damage(client: KazooClient) -> None:
    client.delete("/midonet/v1/ports", recursive=True)
    client.create("/midonet/v1/ports/late", b"x", makepath=True)
    client.create("/midonet/zoom/0/models/Network/n", b"", makepath=True)


@pytest.fixture
def wanted(site: RollbackSite, client: KazooClient, tmp_path: Path) -> dict[str, Any]:
    """The tree of the backup, found by restoring it and damaging it again."""
    assert site.run("--yes").status == DONE
    found = read_tree(client, ROOTS)
    assert found[KEYS].next_sequence == 30
    damage(client)
    site.queue_tasks(2)
    return found


def in_a_child(work: Callable[[], int]) -> int:
    """Exit status of the work in a forked child; negative for the signal that killed it."""
    child = os.fork()
    if child == 0:
        status = 255
        try:
            status = work()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_an_acl_that_forbids_deletions_is_found_before_the_first_one(
    site: RollbackSite, client: KazooClient
) -> None:
    client.set_acls("/midonet/v1/ports", [make_acl("world", "anyone", read=True, admin=True)])
    tree, rows = read_tree(client, ROOTS), all_rows(site.engine)
    answer = site.run("--yes")
    assert answer.status == NO_PERMISSION, answer.stderr
    assert "/midonet/v1/ports" in answer.stderr
    assert "getAcl" in answer.stderr
    assert (read_tree(client, ROOTS), all_rows(site.engine)) == (tree, rows)


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "rollback now\n"])
def test_any_word_but_the_one_asked_for_cancels(site: RollbackSite, client: KazooClient, typed: str) -> None:
    tree, rows, files = read_tree(client, ROOTS), all_rows(site.engine), sorted(site.data.iterdir())
    answer = site.run(answers=typed, terminal=True)
    assert answer.status == CANCELLED, answer.stderr
    assert "Type rollback to go on" in answer.stderr
    assert "nodes to delete: " in answer.stderr
    assert "tasks to remove: 2" in answer.stderr
    assert (read_tree(client, ROOTS), all_rows(site.engine)) == (tree, rows)
    assert sorted(site.data.iterdir()) == files


def test_the_word_asked_for_goes_on(site: RollbackSite, client: KazooClient) -> None:
    answer = site.run(answers="rollback\n", terminal=True)
    assert answer.status == DONE, answer.stderr
    assert not client.exists("/midonet/zoom")


def test_a_disk_that_is_full_at_any_write_stops_it_where_it_can_go_on(
    site: RollbackSite, client: KazooClient, wanted: dict[str, Any]
) -> None:
    """Files may not grow beyond a limit; the real system call fails. Mostly that is before any deletion."""
    stopped_early = failures = 0
    largest = max(path.stat().st_size for path in site.data.rglob("*") if path.is_file())
    for share in (0.0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95, 2.0):
        limit = int(share * largest)
        tree, rows = read_tree(client, ROOTS), all_rows(site.engine)

        def limited(limit: int = limit) -> int:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            return site.run("--yes").status

        status = in_a_child(limited)
        if status != DONE:
            failures += 1
            assert status == WRONG_STATE
            if (read_tree(client, ROOTS), all_rows(site.engine)) == (tree, rows):
                stopped_early += 1
                continue
        assert site.run("--yes").status == DONE
        assert read_tree(client, ROOTS) == wanted
        assert all_rows(site.engine) == []
        damage(client)
        site.queue_tasks(2)
    assert failures >= 3
    assert stopped_early >= 3


def test_a_killed_rollback_is_continued_by_running_it_again(
    site: RollbackSite, client: KazooClient, wanted: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed once some of it is done; every batch of a restore: see the tests of interrupted restores."""
    monkeypatch.setattr(batches, "BATCH_OPERATIONS", 8)
    for kill_at in (1, 5, 9):
        left = [kill_at]
        commit = transactions._commit

        def killing(session: Any, batch: Any, left: list[int] = left, commit: Any = commit) -> Any:
            left[0] -= 1
            answer = commit(session, batch)
            if not left[0]:
                answer.wait(PATIENCE)
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        with mock.patch.object(transactions, "_commit", killing):
            status = in_a_child(lambda: site.run("--yes").status)
        assert status == KILLED
        client.delete(LOCK_NODE)  # it would go with its session
        assert read_tree(client, ROOTS) != wanted
        preview = site.run("--preview", "-f", "json").json()
        assert (preview["method"], preview["resumed"]) == ("restore", True)
        answer = site.run("--yes", "-f", "json")
        assert answer.status == DONE, answer.stderr
        assert read_tree(client, ROOTS) == wanted
        assert all_rows(site.engine) == []
        assert "nothing to do" in site.run("--yes").stderr
        damage(client)
        site.queue_tasks(2)


def test_counters_far_away_are_exact_where_names_are_made_of_them(
    site: RollbackSite, client: KazooClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of a million is lowered here. Ports have no sequential names; keys do."""
    client.delete("/midonet", recursive=True)
    monkeypatch.setattr(step, "CounterPolicy", lambda: CounterPolicy(exact=15))
    preview = site.run("--preview", "-f", "json")
    found = preview.json()
    assert found["changes"]["creations"] == 20
    assert found["counter_seconds"] >= 0
    assert preview.status == DONE, preview.stderr
    answer = site.run("--yes", "-f", "json")
    assert answer.status == DONE, answer.stderr
    assert next_name(client, KEYS).endswith("-0000000030")


def test_a_counter_that_stays_behind_is_a_warning_with_its_number(
    client: KazooClient,
    zookeeper_root: ZooKeeper,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.create("/midonet/v1/ports/p", b"", makepath=True)
    for _ in range(40):
        client.create("/midonet/v1/ports/gone", b"")
        client.delete("/midonet/v1/ports/gone")
    make_backup(zookeeper_root.hosts, tmp_path / "migration_data")
    engine = open_engine(database.url)
    site = RollbackSite(tmp_path, zookeeper_root.hosts, database, engine)
    client.delete("/midonet", recursive=True)
    monkeypatch.setattr(step, "CounterPolicy", lambda: CounterPolicy(exact=39))
    answer = site.run("--yes", "-f", "json")
    assert answer.status == WARNED, answer.stderr
    assert "the counter of /midonet/v1/ports stays 40 creations behind" in answer.json()["warnings"]
    assert client.exists("/midonet/v1/ports/p")
    engine.dispose()


def test_a_marker_of_the_importer_that_cannot_be_read_does_not_stop_the_way_back(
    site: RollbackSite, client: KazooClient
) -> None:
    """It lies in what is taken away; ids go on above all that the database knows."""
    marker = "/midonet/zoom/0/models/C3POState/00000000-0000-0000-0000-000000000001"
    client.create(marker, b"\xff not json", makepath=True)
    client.create("/midonet/config/templates/default", b"not { hocon", makepath=True)
    answer = site.run("--yes", "-f", "json")
    assert answer.status == WARNED, answer.stderr
    assert any("C3POState" in warning for warning in answer.json()["warnings"])
    assert not client.exists("/midonet/zoom")


def test_a_finalised_site_keeps_its_topology(site: RollbackSite, client: KazooClient) -> None:
    """Beyond the point of no return the topology of MidoNet 5 is all there is: nothing takes it away."""
    with RunDirectory(site.data, step="hosts finalise") as run:
        conclude(run.journal, "compute-1", HostStage.FINALISED)
    before = read_tree(client, ROOTS)
    for words in (["--yes"], ["--yes", "--force", "--no-hosts"], ["--preview"]):
        answer = site.run(*words)
        assert answer.status == WRONG_STATE, answer.stderr
        assert "compute-1" in answer.stderr
        assert "no way back" in answer.stderr
    assert read_tree(client, ROOTS) == before
