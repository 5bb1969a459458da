"""The stand-ins of MidoNet's agents on a practice host: what they need, and what they hold in ZooKeeper."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from kazoo.client import KazooClient

from lab_host_fixtures import StartHost, start_host
from lab_host_software import log_of, put, put_java, put_midolman, run, running
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_lab.midonet5.store import Zoom
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.zookeeper_tree.tree import Node
from midonet_migrate.model.hosts import Family
from waiting import wait_until

__all__ = ["start_host"]
# Fixtures in this order: hosts go down before ZooKeeper is emptied.
HOST = "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
PORT, OTHER_PORT = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
OLD, NEW = "/midonet/v1", "/midonet"
LOG = "var/log/midolman/midolman.log"


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    """A session of the test's own."""
    session = KazooClient(hosts=zookeeper_root.hosts, timeout=10)
    session.start(timeout=60)
    yield session
    session.stop()
    session.close()


def old_host(client: KazooClient) -> None:
    """The host in the tree of 1.9, with two bound ports."""
    for port, interface in ((PORT, "tap1"), (OTHER_PORT, "tap-gone")):
        data = msgspec.json.encode(
            {"data": {"virtualPortId": port, "localDeviceName": interface}, "version": "1.9"}
        )
        client.create(f"{OLD}/hosts/{HOST}/vrnMappings/ports/{port}", data, makepath=True)
        client.create(f"{OLD}/ports/{port}/active", b"", makepath=True)


def new_host(client: KazooClient, name: str) -> Zoom:
    """The host in the tree of 5.2.1, with the same ports bound."""
    zoom = Zoom(client, NEW, "5.2.1")
    zoom.prepare()
    transaction = zoom.transaction()
    transaction.create("Host", {"id": HOST, "name": name})
    for port, interface in ((PORT, "tap1"), (OTHER_PORT, "tap-gone")):
        transaction.create("Port", {"id": port, "host_id": HOST, "interface_name": interface})
    transaction.commit()
    return zoom


def agent_host(start_host: StartHost, family: Family = Family.DEBIAN) -> LabHost:
    """A host with one tap."""
    host = start_host(family, name="compute-1", midonet_host_id=HOST)
    Surroundings(interfaces=("tap1", "eth0"), session_seconds=6.0).save(host.directory)
    return host


@pytest.mark.parametrize("family", list(Family))
def test_the_old_agent_holds_its_nodes_while_it_runs(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost, family: Family
) -> None:
    """Alive, what its site gives it, active for the ports whose interface is there; nothing after stop."""
    old_host(client)
    host = agent_host(start_host, family)
    extra = Node(path=f"{OLD}/hosts/{HOST}/interfaces", data=b"x", ephemeral=True)
    Surroundings(interfaces=("tap1",), agent_nodes=(extra,), session_seconds=6.0).save(host.directory)
    put_java(host, 7)
    put_midolman(host, "1.9.8", zookeeper_root.hosts)
    run(host, "service midolman start")
    wait_until(lambda: client.exists(f"{OLD}/ports/{PORT}/active/{HOST}"))
    alive = client.exists(f"{OLD}/hosts/{HOST}/alive")
    assert alive is not None
    assert alive.ephemeralOwner != 0
    assert client.exists(extra.path) is not None
    assert client.exists(f"{OLD}/ports/{OTHER_PORT}/active/{HOST}") is None
    assert "midolman-1.9.8.jar" in run(host, "ps -ef").stdout
    pid = run(host, "ps -eo pid,args").stdout.partition("/usr/lib/jvm")[0].split()[-1]
    run(host, f"kill -9 {pid}")
    wait_until(lambda: running(host, "midolman"))
    wait_until(lambda: (found := client.exists(alive_path())) is not None and found != alive)
    assert run(host, "service midolman stop").status == 0
    # Killed, because it did not end in time, it would leave them to its session's end.
    wait_until(lambda: client.exists(alive_path()) is None)
    wait_until(lambda: client.exists(f"{OLD}/ports/{PORT}/active/{HOST}") is None)


def configuration(zookeeper: ZooKeeper) -> str:
    """What a host of 1.9 says of ZooKeeper."""
    return f"[zookeeper]\nzookeeper_hosts = {zookeeper.hosts}\nroot_key = /midonet/v1\n"


def alive_path() -> str:
    """The flag of the 1.9 agent."""
    return f"{OLD}/hosts/{HOST}/alive"


def test_the_old_agent_wants_java_7(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """With Java 8 alone it ends again and again until upstart gives up."""
    old_host(client)
    host = agent_host(start_host)
    put_java(host, 8)
    put_midolman(host, "1.9.8", zookeeper_root.hosts)
    assert "start/running" in run(host, "start midolman").stdout
    wait_until(lambda: run(host, "status midolman").stdout == "midolman stop/waiting\n")
    assert "1.7 is needed" in log_of(host, LOG)
    assert client.exists(alive_path()) is None


def test_the_new_agent_tells_its_state_in_the_new_tree(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """Alive and active where 5.x has them; a later binding is served too; the old root is not used."""
    zoom = new_host(client, "compute-1")
    host = agent_host(start_host)
    put_java(host, 7)
    put_java(host, 8)
    put_midolman(host, "5.2.1", zookeeper_root.hosts)
    put(
        host,
        {"etc/midolman/midolman.conf": configuration(zookeeper_root)},
    )
    assert run(host, "start midolman").status == 0
    state = f"{NEW}/zoom/0/state/{HOST}"
    wait_until(lambda: client.exists(f"{state}/Port/{PORT}/active"))
    assert client.exists(f"{state}/Host/{HOST}/alive") is not None
    assert client.exists(f"{state}/Port/{OTHER_PORT}/active") is None
    assert client.exists(OLD) is None
    shown = run(host, "/usr/lib/midonet-lab/mm-dpctl-5 datapath --show midonet")
    assert '"tap1"' in shown.stdout
    assert '"tnvxlan-overlay"' in shown.stdout
    third = "11111111-0000-4000-8000-000000000003"
    transaction = zoom.transaction()
    transaction.create("Port", {"id": third, "host_id": HOST, "interface_name": "eth0"})
    transaction.commit()
    wait_until(lambda: client.exists(f"{state}/Port/{third}/active"))
    run(host, "stop midolman")
    wait_until(lambda: client.exists(f"{state}/Host/{HOST}/alive") is None)
    shown = run(host, "/usr/lib/midonet-lab/mm-dpctl-5 datapath --show midonet")
    assert '"tap1"' in shown.stdout, "the datapath outlives its agent"
    assert run(host, "/usr/lib/midonet-lab/mm-dpctl-1.9 --show-dp midonet").stdout == shown.stdout
    run(host, "echo manual > /etc/init/midolman.override")
    host.restart()
    assert run(host, "/usr/lib/midonet-lab/mm-dpctl-1.9 --show-dp midonet").status == 1


def test_the_new_agent_refuses_another_hosts_id(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """A Host object of that id with another name: a crash loop that says why (host 3.5)."""
    new_host(client, "compute-1.example.org")
    host = agent_host(start_host)
    put_java(host, 8)
    put_midolman(host, "5.2.1", zookeeper_root.hosts)
    run(host, "start midolman")
    wait_until(lambda: run(host, "status midolman").stdout == "midolman stop/waiting\n")
    assert "already taken by host compute-1.example.org" in log_of(host, LOG)


def test_the_new_agent_makes_its_host_when_there_is_none(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """As new 5 says, without zone and bindings; Java 7 is not enough."""
    zoom = Zoom(client, NEW, "5.2.1")
    host = agent_host(start_host, Family.REDHAT)
    put_java(host, 7)
    put_midolman(host, "5.2.1", zookeeper_root.hosts)
    run(host, "systemctl start midolman")
    wait_until(lambda: run(host, "systemctl is-failed midolman").status == 0)
    assert "1.8 is needed" in log_of(host, LOG)
    put_java(host, 8)
    assert run(host, "systemctl reset-failed midolman; systemctl start midolman").status == 0
    wait_until(lambda: client.exists(f"{NEW}/zoom/0/state/{HOST}/Host/{HOST}/alive"))
    assert zoom.get("Host", HOST)["name"] == "compute-1"


def test_two_agents_with_one_id(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """The second one cannot acquire the flag, and ends."""
    old_host(client)
    client.create(alive_path(), b"", ephemeral=True)
    host = agent_host(start_host)
    put_java(host, 7)
    put_midolman(host, "1.9.8", zookeeper_root.hosts)
    run(host, "start midolman")
    wait_until(lambda: "already taken" in log_of(host, LOG))


def test_mn_conf_of_both_versions_writes_its_own_tree(
    client: KazooClient, zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """From standard input, with the environment; 1.9's below the old root, 5.x's never there (host 4.1)."""
    host = start_host(midonet_host_id=HOST)
    put_java(host, 7)
    put_java(host, 8)
    put(
        host,
        {"etc/midonet/midonet.conf": configuration(zookeeper_root)},
    )
    programs = "/usr/lib/midonet-lab"
    text = 'a { b : "grüße $x" }\n'
    for name, top in (("mn-conf-1.9", OLD), ("mn-conf-5.2.1", NEW)):
        done = run(host, f"LC_ALL=C.UTF-8 {programs}/{name} set -t default", text)
        assert done.status == 0, done.stderr
        stored = client.get(f"{top}/config/templates/default")[0].decode()
        assert "grüße $x" in stored
        got = run(host, f"LC_ALL=C.UTF-8 {programs}/{name} get -t default a.b")
        assert (got.status, got.stdout) == (0, 'a.b = "grüße $x"\n')
    assert run(host, f"{programs}/mn-conf-5.2.1 get -t default nothing").status == 11
    elsewhere = run(host, f"MIDO_ZOOKEEPER_HOSTS=127.0.0.1:1 {programs}/mn-conf-5.2.1 get -t default a.b")
    assert elsewhere.status == 3
