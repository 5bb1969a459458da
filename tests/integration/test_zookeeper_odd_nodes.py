"""Nodes at the limits of what ZooKeeper takes: each comes back exactly, or is refused before any deletion."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from backup_site import BackupSite, kazoo_client
from midonet_lab.processes.zookeeper import FAST_AND_UNSAFE, FAST_AND_UNSAFE_JAVA, ZooKeeper
from zookeeper_trees import read_tree, wipe

WRONG_STATE = 10
RAISED = 4 * 1024 * 1024
FULL_SIZE = bool(os.environ.get("MIDONET_MIGRATE_FULL_SIZE"))
CHILDREN = 200_000 if FULL_SIZE else 20_000
"""The benchmark ``zookeeper_memory`` does it with 200,000 too; here they take a minute and a half."""
DEPTH = 2_000
ROOT = "/midonet"


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZooKeeper]:
    """A server that takes 4 MiB in one request."""
    server = ZooKeeper(
        tmp_path_factory.mktemp("roomy"),
        options=FAST_AND_UNSAFE,
        java_options={**FAST_AND_UNSAFE_JAVA, "jute.maxbuffer": str(RAISED)},
        heap="512m",
        disposable=True,
    )
    with server:
        yield server


@pytest.fixture
def client(roomy: ZooKeeper) -> Iterator[KazooClient]:
    with kazoo_client(roomy.hosts) as opened:
        roomy.wipe()
        yield opened


def come_back(
    client: KazooClient, roomy: ZooKeeper, folder: Path, damage: Callable[[], object]
) -> BackupSite:
    """Back up, damage, load the backup: the tree must be what a plain reading found before."""
    wanted = read_tree(client, [ROOT])
    site = BackupSite(folder, roomy.hosts)
    made = site.run("backup", "-f", "json")
    assert (made.status, made.json()["verdict"]) == (0, "exact"), made.stderr
    damage()
    loaded = site.run("zkdump", "-l", "-i", str(site.backup), "--yes")
    assert loaded.status == 0, loaded.stderr
    assert read_tree(client, [ROOT]) == wanted
    assert site.run("backup", "diff", "-f", "json").json() == []
    return site


def test_data_and_names_of_any_kind(client: KazooClient, roomy: ZooKeeper, tmp_path: Path) -> None:
    """Not UTF-8, null against empty, blanks, colons, quotes, backslashes, controls, letters of any script."""
    client.create(ROOT, b"")
    names = [
        "with blank", "a:b", '"', "\\", "\\u0041", "%s{}[],", "\u7f51\u7edc", "é", "e\u0301",
        "...", ".hidden", "-0000000001", "x" * 300,
    ]  # fmt: skip
    for number, name in enumerate(names):
        client.create(f"{ROOT}/{name}", bytes([number, 0xFF, 0x00, 0xC3]))
        client.create(f"{ROOT}/{name}/{name}", b"")
    for name, data in (("null", None), ("empty", b""), ("json", b'{"\xc3\xa9":"\\u00e9"}'), ("nul", b"\0")):
        transaction = client.transaction()
        transaction.create(f"{ROOT}/{name}", b"")
        if data is None:
            transaction.operations[0] = transaction.operations[0]._replace(data=None)
        else:
            transaction.operations[0] = transaction.operations[0]._replace(data=data)
        assert transaction.commit() == [f"{ROOT}/{name}"]
    found = read_tree(client, [ROOT])
    assert (found[f"{ROOT}/null"].data, found[f"{ROOT}/empty"].data) == (None, b"")
    site = come_back(client, roomy, tmp_path, lambda: wipe(client, [ROOT]))
    assert site.run("backup", "show", ROOT).status == 0
    client.set(f"{ROOT}/empty", b"")  # null and empty are told apart by a comparison too
    assert site.run("backup", "diff", "-f", "json").json() == []


def test_nodes_over_a_mebibyte(client: KazooClient, roomy: ZooKeeper, tmp_path: Path) -> None:
    for name, size in (("large", 1_048_576), ("larger", 3_000_000), ("largest", RAISED - 200)):
        client.create(f"{ROOT}/{name}", bytes(range(256)) * (size // 256), makepath=True)
    come_back(client, roomy, tmp_path, lambda: wipe(client, [ROOT]))


def test_a_node_that_the_server_does_not_take_is_refused_before_anything_is_deleted(
    client: KazooClient, roomy: ZooKeeper, zookeeper_root: ZooKeeper, tmp_path: Path
) -> None:
    client.create(f"{ROOT}/v1/large", bytes(2_000_000), makepath=True)
    site = BackupSite(tmp_path, roomy.hosts)
    assert site.run("backup").status == 0
    with kazoo_client(zookeeper_root.hosts) as other:
        other.create(f"{ROOT}/precious", b"data", makepath=True)
        answer = site.run("zkdump", "-z", zookeeper_root.hosts, "-l", "-i", str(site.backup), "--yes")
        assert answer.status == WRONG_STATE, answer.stderr
        assert "larger than this ZooKeeper takes" in answer.stderr
        assert "jute.maxbuffer" in answer.stderr
        assert other.get(f"{ROOT}/precious")[0] == b"data"


def test_a_depth_of_two_thousand(client: KazooClient, roomy: ZooKeeper, tmp_path: Path) -> None:
    """The lowest node is lost: its parent has counted it already, so all that is above it is made anew."""
    paths = [ROOT]
    for number in range(DEPTH - 1):
        paths.append(f"{paths[-1]}/{number % 10}")
    data = {path: b"%d" % number for number, path in enumerate(paths)}
    for answer in [client.create_async(path, data[path]) for path in paths]:
        answer.get(timeout=200)
    site = BackupSite(tmp_path, roomy.hosts)
    assert site.run("backup").status == 0
    client.delete(paths[-1])
    loaded = site.run("zkdump", "-l", "-i", str(site.backup), "--yes")
    assert loaded.status == 0, loaded.stderr
    answers = [(path, client.get_async(path)) for path in paths]
    assert {path: answer.get(timeout=200)[0] for path, answer in answers} == data
    assert site.run("backup", "diff", "-f", "json").json() == []
    assert len(site.run("backup", "show", paths[-2], "-f", "json").json()) == 2


def commit(client: KazooClient, operation: str, paths: list[str]) -> None:
    """The same operation on many paths, a thousand in a transaction."""
    waiting = []
    for first in range(0, len(paths), 1000):
        transaction = client.transaction()
        for path in paths[first : first + 1000]:
            getattr(transaction, operation)(path)
        waiting.append(transaction.commit_async())
        if len(waiting) > 8:
            waiting.pop(0).get(timeout=200)
    for answer in waiting:
        answer.get(timeout=200)


def test_very_many_children(client: KazooClient, roomy: ZooKeeper, tmp_path: Path) -> None:
    """Under one parent, whose list alone is larger than a request may be; the counter comes back too."""
    parent = f"{ROOT}/many"
    client.create(parent, b"", makepath=True)

    commit(client, "create", [f"{parent}/{number:010d}" for number in range(CHILDREN)])
    commit(client, "delete", [f"{parent}/{number:010d}" for number in range(500)])
    before = client.exists(parent)
    site = BackupSite(tmp_path, roomy.hosts)
    made = site.run("backup", "-f", "json")
    assert (made.status, made.json()["nodes"]) == (0, CHILDREN - 500 + 3), made.stderr
    commit(client, "delete", [f"{parent}/{number:010d}" for number in range(500, CHILDREN)])
    client.delete(parent)
    loaded = site.run("zkdump", "-l", "-i", str(site.backup), "--yes")
    assert loaded.status == 0, loaded.stderr
    after = client.exists(parent)
    assert (after.numChildren, after.cversion) == (before.numChildren, before.cversion)
    assert sorted(client.get_children(parent)) == [f"{number:010d}" for number in range(500, CHILDREN)]
