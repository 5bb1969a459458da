"""Only operations that ZooKeeper 3.4.6 knows go over the wire, and 5.x's snapshot locks are never read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from backup_site import BackupSite, kazoo_client
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.processes.zookeeper_proxy import MULTI, ZooKeeperProxy
from midonet_migrate.database.connection import open_engine
from rollback_site import RollbackSite
from server_fixtures import Database
from zookeeper_trees import read_tree

KNOWN = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, MULTI, 101, -11}
"""Create, delete, exists, get and set data, get and set ACL, both listings, sync, ping, check, multi, watches
set again, close: all that 3.4.6 serves but authentication, which is not used."""
LOCKS = "/midonet/zoom/0/zoomlocks"
LOCK = f"{LOCKS}/lock0000000007"


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    with kazoo_client(zookeeper_root.hosts) as opened:
        opened.create("/midonet/v1/bridges/b", b"{}", makepath=True)
        opened.create("/midonet/v1/gre", b"")
        for _ in range(3):
            opened.delete(opened.create("/midonet/v1/gre/", sequence=True))
        opened.create(LOCK, b"", ephemeral=True, makepath=True)
        yield opened


def entered(proxy: ZooKeeperProxy) -> list[str]:
    """Requests that look below the locks, or list them."""
    listings = {8, 12}
    return [
        f"{request.operation} {request.path}"
        for request in proxy.requests
        if request.path.startswith(f"{LOCKS}/") or (request.path == LOCKS and request.operation in listings)
    ]


def test_a_backup_takes_reading_operations_of_3_4_6_and_stays_out_of_the_locks(
    client: KazooClient, zookeeper_root: ZooKeeper, tmp_path: Path
) -> None:
    with ZooKeeperProxy(zookeeper_root.port) as proxy:
        site = BackupSite(tmp_path, proxy.hosts)
        for words in (
            ["backup"],
            ["backup"],
            ["backup", "diff"],
            ["zkdump", "-d", "-o", str(tmp_path / "d")],
        ):
            answer = site.run(*words)
            assert answer.status == 0, answer.stderr
        assert {request.operation for request in proxy.requests} <= KNOWN
        assert {3, 4, 6, 9, 12} <= {request.operation for request in proxy.requests}
        assert [r for r in proxy.requests if r.path == "/midonet/v1/bridges/b"]
        assert entered(proxy) == []
        written = {r.path for r in proxy.requests if r.operation in {1, 2, 5, 7}}
        assert written <= {"/midonet-migrate", "/midonet-migrate/lock"}
    manifest = site.manifest.read_text()
    assert LOCK not in manifest
    assert f'"{LOCKS}"' in manifest
    assert client.exists(LOCK)


@pytest.mark.parametrize("method", ["remove", "restore"])
def test_a_rollback_writes_with_operations_of_3_4_6_only(
    client: KazooClient, zookeeper_root: ZooKeeper, database: Database, tmp_path: Path, method: str
) -> None:
    client.delete("/midonet/zoom", recursive=True)
    engine = open_engine(database.url)
    with ZooKeeperProxy(zookeeper_root.port) as proxy:
        site = RollbackSite(tmp_path, proxy.hosts, database, engine)
        site.queue_tasks(1)
        assert BackupSite(tmp_path, proxy.hosts).run("backup").status == 0
        wanted = read_tree(client, ["/midonet"])
        client.create("/midonet/zoom/0/models/Port/p", b"", makepath=True)
        client.create("/midonet/v1/bridges/c", b"")
        answer = site.run("--yes", "--method", method)
        assert answer.status == 0, answer.stderr
        assert {request.operation for request in proxy.requests} <= KNOWN
        assert MULTI in {request.operation for request in proxy.requests}
    engine.dispose()
    found = read_tree(client, ["/midonet"])
    if method == "restore":
        assert found == wanted
    else:
        assert found.keys() - wanted.keys() == {"/midonet/v1/bridges/c"}
