"""The stand-in for the process midonet-cluster: settings at its start, services, init script, failures."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cluster_host import API_PASSWORD, NEW_ROOT, TOKEN, ClusterHost, make_host
from midonet_lab.processes.server_process import ServerFailed, process_start_time
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database
from waiting import PATIENCE, eventually

KEYSTONE = f"""
cluster.auth.provider_class : "org.midonet.cluster.auth.keystone.KeystoneService"
cluster.auth.keystone {{ version : 2, host : "127.0.0.1", port : 35357, protocol : "http" }}
cluster.auth.keystone.admin_token : {'"' + TOKEN.replace('"', chr(92) + '"') + '"'}
"""
LATCH = f"{NEW_ROOT}/leader-latch"


@pytest.fixture
def host(tmp_path: Path, zookeeper_root: ZooKeeper) -> ClusterHost:
    return make_host(tmp_path, zookeeper_root)


def script(host: ClusterHost, verb: str) -> subprocess.CompletedProcess[str]:
    """Run the init script."""
    return subprocess.run(
        [str(host.cluster.places.service), verb], capture_output=True, text=True, check=False, cwd="/"
    )


def log(host: ClusterHost) -> str:
    return host.cluster.places.log_file.read_text()


@pytest.mark.parametrize(("version", "line"), [("5.2.1", "MidoNet Cluster started"), ("5.0.2", "is up!")])
def test_without_settings_the_api_is_open_and_nothing_is_imported(
    tmp_path: Path, zookeeper_root: ZooKeeper, version: str, line: str
) -> None:
    """Trap 2: authentication is off by default. Schemas and store are made at the start."""
    host = make_host(tmp_path, zookeeper_root, version)  # type: ignore[arg-type]
    with host.cluster:
        assert httpx.get(f"{host.cluster.url}/hosts", timeout=PATIENCE).status_code == 200
        assert line in log(host)
        assert host.mn_conf("get", "-h", "local", "cluster.neutron_importer.enabled").endswith("= false\n")
        with host.at_work() as work:
            assert work.session.children(LATCH) is None
            assert work.session.exists(f"{NEW_ROOT}/zoom/0/models/C3POState")


def test_with_keystone_it_asks_for_a_login_and_knows_the_sites_accounts(host: ClusterHost) -> None:
    """Both as mn-conf says, read at the start alone."""
    host.mn_conf("set", "-t", "default", stdin=KEYSTONE)
    with host.cluster:
        assert httpx.get(f"{host.cluster.url}/hosts", timeout=PATIENCE).status_code == 401
        answer = httpx.post(
            f"{host.cluster.url}/login",
            auth=("midonet", API_PASSWORD),
            headers={"X-Auth-Project": "service"},
            timeout=PATIENCE,
        )
        assert answer.status_code == 200
        host.mn_conf("unset", "-t", "default", "cluster.auth")
        assert httpx.get(f"{host.cluster.url}/hosts", timeout=PATIENCE).status_code == 401
        assert script(host, "restart").returncode == 0
        assert httpx.get(f"{host.cluster.url}/hosts", timeout=PATIENCE).status_code == 200


def test_settings_for_another_keystone_reach_nobody(host: ClusterHost) -> None:
    """The default version 3, at a site that speaks 2: no login succeeds."""
    host.mn_conf("set", "-t", "default", stdin=KEYSTONE.replace("version : 2, ", ""))
    with host.cluster:
        answer = httpx.post(
            f"{host.cluster.url}/login",
            auth=("midonet", API_PASSWORD),
            headers={"X-Auth-Project": "service"},
            timeout=PATIENCE,
        )
        assert answer.status_code >= 400


def test_the_init_script_says_what_it_did(host: ClusterHost) -> None:
    """Exit statuses of an init script; starting twice and stopping twice is no error."""
    assert script(host, "status").returncode == 3
    assert script(host, "bogus").returncode == 2
    started = script(host, "start")
    try:
        assert started.returncode == 0, started.stderr
        pid = host.cluster.pid
        assert str(pid) in started.stdout
        assert script(host, "start").returncode == 0
        assert host.cluster.pid == pid
        assert script(host, "status").returncode == 0
        assert script(host, "restart").returncode == 0
        assert host.cluster.pid not in {pid, None}
        os.kill(host.cluster.pid or 0, signal.SIGKILL)
        assert eventually(lambda: script(host, "status").returncode == 3)
        assert script(host, "start").returncode == 0
    finally:
        assert script(host, "stop").returncode == 0
    assert script(host, "stop").returncode == 0
    assert not host.cluster.running


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            'cluster.auth.provider_class : "org.example.Nothing"',
            "ClassNotFoundException: org.example.Nothing",
        ),
        (
            "cluster.neutron_importer { enabled : true, period : 5 }",
            "cluster.neutron_importer.period",
        ),
    ],
)
def test_a_start_that_fails_is_visible(host: ClusterHost, settings: str, said: str) -> None:
    """By its exit status, on standard error and in the log. (No schema yet: mn-conf takes wrong types.)"""
    host.mn_conf("set", "-t", "default", stdin=settings)
    failed = script(host, "start")
    assert failed.returncode == 1
    assert said in failed.stderr
    assert said in log(host)
    assert not host.cluster.running


def test_a_port_that_is_taken_is_visible(host: ClusterHost) -> None:
    """Somebody else listens there."""
    with httpx.Client(), _listener(host.cluster.places.load().api_port):
        failed = script(host, "start")
        assert failed.returncode == 1
        assert "in use" in failed.stderr


def test_without_zookeeper_it_does_not_start(host: ClusterHost) -> None:
    """And says which servers it asked."""
    conf = host.root / "etc/midonet/midonet.conf"
    conf.write_text("[zookeeper]\nzookeeper_hosts = 127.0.0.1:1\n")
    with pytest.raises(ServerFailed) as caught:
        host.cluster.start()
    assert "127.0.0.1:1" in caught.value.why


def importer_settings(database: Database, **changes: str) -> str:
    values = {
        "jdbc_driver_class": "org.mariadb.jdbc.Driver",
        "connection_string": f"jdbc:mysql://127.0.0.1:{database.server.port}/{database.name}",
        "user": "root",
        "password": "",
        **changes,
    }
    lines = [f'cluster.neutron_importer.{key} : "{value}"' for key, value in values.items()]
    return "\n".join(["cluster.neutron_importer.enabled : true", *lines])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"jdbc_driver_class": "com.mysql.jdbc.Driver"}, "Could not load JDBC driver class"),
        ({"connection_string": " "}, "connection_string not defined"),
        ({"password": "wrong", "user": "nobody"}, "Cannot create PoolableConnectionFactory"),
    ],
)
def test_a_misconfigured_importer_holds_the_latch_and_imports_nothing(
    host: ClusterHost, database: Database, changes: dict[str, str], said: str
) -> None:
    """The API answers all the same (imp 1.8)."""
    host.mn_conf("set", "-t", "default", stdin=importer_settings(database, **changes))
    with host.cluster:
        assert eventually(lambda: said in log(host)), log(host)
        assert httpx.get(f"{host.cluster.url}/", timeout=PATIENCE).status_code == 200
        with host.at_work() as work:
            latches = work.session.children(LATCH) or []
            assert len(latches) == 1
            found = work.session.get(f"{LATCH}/{latches[0]}")
            assert found is not None
            assert found[0].decode() in (host.root / "etc/midonet_host_id.properties").read_text()


def test_a_guarded_cluster_ends_with_its_maker_even_when_the_script_restarted_it(
    tmp_path: Path, zookeeper_root: ZooKeeper
) -> None:
    """The maker is killed without a word; the cluster runs under the init script's new process."""
    code = f"""
import subprocess, sys, time
from pathlib import Path
from midonet_lab.midonet5.cluster.process import Midonet5Cluster
cluster = Midonet5Cluster(Path({str(tmp_path)!r}), {zookeeper_root.hosts!r}, disposable=True)
cluster.start()
subprocess.run([str(cluster.places.service), "restart"], check=True, stdout=subprocess.DEVNULL)
print(cluster.pid, flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    maker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    assert maker.stdout is not None
    pid = int(maker.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    maker.kill()
    maker.wait()
    assert eventually(lambda: process_start_time(pid) is None)
    assert eventually(lambda: not (tmp_path / "cluster").exists())
    maker.stdout.close()


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener
