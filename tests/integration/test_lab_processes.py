"""The real servers of the practice site: started, stopped, restarted, and gone with their owner."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pymysql
import pytest
from kazoo.client import KazooClient
from kazoo.security import make_digest_acl

from midonet_lab.neutron_database import create_neutron_database, drop_database, load_sql
from midonet_lab.processes.mariadb import MariaDB
from midonet_lab.processes.server_process import ServerFailed
from midonet_lab.processes.zookeeper import FAST_AND_UNSAFE, ZooKeeper, ZooKeeperEnsemble
from server_fixtures import Database, StartMariaDB
from waiting import eventually, wait_until


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def wait_until_gone(pid: int, path: Path) -> bool:
    return eventually(lambda: not alive(pid) and not path.exists())


def test_database_survives_restart_and_kill_on_the_same_port(start_mariadb: StartMariaDB) -> None:
    server = start_mariadb(max_connections="50")
    port = server.port
    server.execute(
        "CREATE DATABASE kept", "CREATE TABLE kept.t (a INT) ENGINE=InnoDB", "INSERT INTO kept.t VALUES (7)"
    )
    server.restart()
    assert server.execute("SELECT a FROM kept.t") == [(7,)]
    server.kill()
    assert not server.running
    with pytest.raises(pymysql.Error):
        server.execute("SELECT 1")
    server.start()
    assert server.port == port
    assert server.execute("SELECT a FROM kept.t") == [(7,)]
    assert server.execute("SELECT @@max_connections") == [(50,)]


def test_nobody_logs_in_without_the_password(mariadb_server: MariaDB) -> None:
    for user in ("root", "", "mysql"):
        with pytest.raises(pymysql.err.OperationalError):
            pymysql.connect(host="127.0.0.1", port=mariadb_server.port, user=user, password="")
    assert mariadb_server.password not in str(mariadb_server.url("x"))


def test_a_server_that_cannot_start_says_why(tmp_path: Path, mariadb_server: MariaDB) -> None:
    server = MariaDB(tmp_path / "db", options=["no-such-option=1"])
    with pytest.raises(ServerFailed) as caught:
        server.start()
    assert "no-such-option" in caught.value.why
    assert not server.running


def test_a_later_object_for_the_same_directory_stops_the_server(tmp_path: Path) -> None:
    first = ZooKeeper(tmp_path / "zk", guarded=False).start()
    second = ZooKeeper(tmp_path / "zk")
    try:
        assert second.pid == first.pid
        assert second.hosts == first.hosts
        assert second.mode() == "standalone"
        second.stop()
        assert second.pid is None
    finally:
        first.stop()
    assert not first.running


@pytest.mark.parametrize("kind", ["mariadb.MariaDB", "zookeeper.ZooKeeper"])
def test_servers_die_and_leave_nothing_when_their_owner_is_killed(tmp_path: Path, kind: str) -> None:
    module, name = kind.split(".")
    directory = tmp_path / "server"
    code = (
        "import sys, time, pathlib\n"
        f"from midonet_lab.processes.{module} import {name}\n"
        f"server = {name}(pathlib.Path(sys.argv[1]), disposable=True).start()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(directory)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert alive(pid)
        owner.kill()
    assert wait_until_gone(pid, directory)


def test_schema_loads_under_any_charset_and_mode(start_mariadb: StartMariaDB) -> None:
    server = start_mariadb(sql_mode="", character_set_server="latin1", max_allowed_packet="1M")
    create_neutron_database(server, "small", parts=("neutron", "lbaas", "midonet"), charset="latin1")
    try:
        tables = {row[0] for row in server.execute("SHOW TABLES", database="small")}
        assert {"networks", "healthmonitors", "midonet_tasks"} <= tables
        assert server.execute("SELECT version_num FROM alembic_version_midonet", database="small") == [
            ("422da2897701",)
        ]
    finally:
        drop_database(server, "small")


def test_bad_sql_is_an_error_with_the_servers_message(empty_database: Database) -> None:
    with pytest.raises(ServerFailed) as caught:
        load_sql(empty_database.server, empty_database.name, "CREATE NONSENSE;")
    assert "1064" in caught.value.why


def test_the_database_fixture_has_neutron_and_lbaas_but_nothing_of_midonet(database: Database) -> None:
    tables = {row[0] for row in database.execute("SHOW TABLES")}
    assert {"networks", "ports", "pools", "alembic_version", "alembic_version_lbaas"} <= tables
    assert not [table for table in tables if "midonet" in table]


def test_wiping_removes_even_what_an_acl_protects(zookeeper_server: ZooKeeper) -> None:
    client = KazooClient(hosts=zookeeper_server.hosts)
    client.start(timeout=60)
    try:
        client.create("/a/b/c", b"1", makepath=True)
        client.create("/locked", acl=[make_digest_acl("somebody", "else", all=True)])
        client.add_auth("digest", "somebody:else")
        client.create("/locked/child", acl=[make_digest_acl("somebody", "else", all=True)])
        zookeeper_server.wipe()
        assert client.exists("/locked") is None
        assert client.get_children("/") == ["zookeeper"]
    finally:
        client.stop()
        client.close()


def test_an_ensemble_lives_through_the_loss_of_its_leader(tmp_path: Path) -> None:
    with ZooKeeperEnsemble(tmp_path, options=FAST_AND_UNSAFE) as ensemble:
        assert sorted(member.mode() or "" for member in ensemble.members) == [
            "follower",
            "follower",
            "leader",
        ]
        client = KazooClient(hosts=ensemble.hosts, timeout=10)
        client.start(timeout=60)
        try:
            client.create("/x", b"kept")
            lost = ensemble.leader
            assert lost is not None
            lost.kill()
            wait_until(lambda: ensemble.leader is not None)
            assert client.retry(client.get, "/x")[0] == b"kept"
            lost.launch()
            lost.wait_until_serving()
            assert lost.mode() == "follower"
        finally:
            client.stop()
            client.close()
    assert not any(member.running for member in ensemble.members)


def test_nothing_of_a_server_stands_outside_its_directory(tmp_path: Path) -> None:
    server = ZooKeeper(tmp_path / "zk")
    with server:
        assert server.pid is not None
        opened = set()
        for entry in Path(f"/proc/{server.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                opened.add(str(entry.readlink()))
        written = {
            path for path in opened if path.startswith("/") and not path.startswith(("/dev", "/usr", "/proc"))
        }
        assert written
        assert all(path.startswith(str(tmp_path)) for path in written)
        assert (tmp_path / "zk" / "account").stat().st_mode & 0o077 == 0
