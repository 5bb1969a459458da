"""Nodes that import: killed, taking over, with settings that don't work (imp 1.6, 1.8)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from midonet5_importing import ImportSite, Row, import_site, task
from midonet5_sample import Tenant
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database
from waiting import PATIENCE, wait_until

_SCRIPT = Path(__file__).resolve().parents[1] / "midonet5_importer_node.py"
_SOURCES = _SCRIPT.parents[1] / "src"
_PORTS = 120
_SESSION_SECONDS = 6.0


@pytest.fixture
def site(empty_database: Database, zookeeper_root: ZooKeeper) -> Iterator[ImportSite]:
    """Task tables and a store; the site's own importer does not take part."""
    with import_site(empty_database, zookeeper_root, "5.2.1") as made:
        made.latch.close()
        yield made


class Node:
    """A process that imports."""

    def __init__(
        self, site: ImportSite, zookeeper: ZooKeeper, log: Path, dies_at: int | None = None, **changes: object
    ) -> None:
        server = site.database.server
        self.host_id = str(uuid4())
        settings = {
            "host_id": self.host_id,
            "connection_string": f"jdbc:mysql://127.0.0.1:{server.port}/{site.database.name}",
            "jdbc_driver_class": "org.mariadb.jdbc.Driver",
            "user": "root",
            "password": server.password,
            "period": 0.05,
        } | changes
        options = {
            "zookeeper": zookeeper.hosts,
            "session_seconds": _SESSION_SECONDS,
            "root": "/midonet",
            "version": site.zoom.version,
            "settings": settings,
        } | ({} if dies_at is None else {"dies_at": dies_at})
        self._log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(_SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": str(_SOURCES)},
            )
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(options).encode())
        self.process.stdin.close()

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    def end(self, number: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)


@pytest.fixture
def start(site: ImportSite, zookeeper_root: ZooKeeper, tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Starts nodes; those that still run are killed at the end."""
    nodes: list[Node] = []

    def make(dies_at: int | None = None, **changes: object) -> Node:
        log = tmp_path / f"node-{len(nodes)}.log"
        node = Node(site, zookeeper_root, log, dies_at=dies_at, **changes)
        nodes.append(node)
        return node

    yield make
    for node in nodes:
        if node.process.poll() is None:
            node.end(signal.SIGKILL)


def many_ports() -> tuple[Tenant, list[Row]]:
    """Tasks of a tenant with many ports."""
    tenant = Tenant()
    ports = [tenant.port(f"10.0.0.{number + 2}") for number in range(_PORTS)]
    return tenant, [*tenant.base(), *(task("PORT", port) for port in ports)]


def assert_everything_once(site: ImportSite, tenant: Tenant) -> None:
    """Each object is there, and each list that grows with the ports names each of them once."""
    ports = site.zoom.ids("Port")
    assert len(ports) == len(site.zoom.ids("NeutronPort")) == _PORTS
    network = site.zoom.get("Network", tenant.network)["port_ids"]
    assert sorted(network) == ports
    hosts = site.zoom.get("Dhcp", tenant.subnet)["hosts"]
    assert len({host["mac"] for host in hosts}) == len(hosts) == _PORTS
    entries = site.zoom.get("IPAddrGroup", tenant.group)["ip_addr_ports"]
    assert sorted(port for entry in entries for port in entry["port_ids"]) == ports
    assert len(site.zoom.tables.entries(site.zoom.tables.arp_table(tenant.network))) == _PORTS


def test_killed_in_the_middle_and_started_again_every_object_is_there_once(
    site: ImportSite, start: Callable[..., Node]
) -> None:
    """Marker and objects are one multi; the dead session holds the latch until it expires."""
    tenant, rows = many_ports()
    site.write(*rows)
    logs = ""
    for goal in (20, 60):
        node = start(dies_at=goal)
        assert node.process.wait(PATIENCE) == -signal.SIGKILL
        assert goal <= site.marker < len(rows)
        logs += node.log
    node = start()
    wait_until(lambda: site.marker == len(rows))
    logs += node.log
    assert_everything_once(site, tenant)
    assert "Unexpected exception" not in logs


def test_zookeeper_restarted_in_the_middle_costs_nothing(
    site: ImportSite, start: Callable[..., Node], zookeeper_root: ZooKeeper
) -> None:
    """Answers may be lost, tasks are not, and none is executed twice."""
    tenant, rows = many_ports()
    site.write(*rows)
    node = start()
    for goal in (15, 60):
        wait_until(lambda goal=goal: site.marker >= goal)  # type: ignore[misc]
        site.zoom.client.stop()
        zookeeper_root.stop()
        zookeeper_root.start()
        site.zoom.client.start(timeout=60)
    wait_until(lambda: site.marker == len(rows))
    assert_everything_once(site, tenant)
    assert "already exists" not in node.log


def test_a_second_node_takes_over_from_a_killed_leader(site: ImportSite, start: Callable[..., Node]) -> None:
    """It waits for its turn; nothing is executed twice (imp 1.8)."""
    tenant, rows = many_ports()
    first = start(dies_at=30)
    wait_until(lambda: site.latch.leader() == first.host_id)
    second = start()
    wait_until(lambda: len(site.zoom.client.get_children("/midonet/leader-latch")) == 2)
    site.write(*rows)
    assert first.process.wait(PATIENCE) == -signal.SIGKILL
    assert site.marker < len(rows)
    wait_until(lambda: site.marker == len(rows))
    assert_everything_once(site, tenant)
    assert site.latch.leader() == second.host_id
    assert "Executed a C3PO task" in first.log
    assert "Executed a C3PO task" in second.log


def test_a_node_with_the_missing_driver_holds_the_latch_and_imports_nothing(
    site: ImportSite, start: Callable[..., Node]
) -> None:
    """The healthy node waits until the other one is stopped (imp 1.8, 4.1)."""
    broken = start(jdbc_driver_class="com.mysql.jdbc.Driver")
    wait_until(lambda: site.latch.leader() == broken.host_id)
    wait_until(lambda: "Could not load JDBC driver class: com.mysql.jdbc.Driver." in broken.log)
    healthy = start()
    wait_until(lambda: len(site.zoom.client.get_children("/midonet/leader-latch")) == 2)
    site.write(*Tenant().base())
    time.sleep(0.5)  # some ten periods of the healthy one
    assert site.marker == 0
    broken.end(signal.SIGTERM)
    wait_until(lambda: site.marker == 3)
    assert healthy.process.poll() is None


def test_a_wrong_password_makes_every_poll_fail(site: ImportSite, start: Callable[..., Node]) -> None:
    """The service starts, leads, and logs (imp 1.8)."""
    node = start(password="not this one")
    wait_until(lambda: node.log.count("Unexpected exception in NeutronDB polling thread") >= 2)
    assert "java.sql.SQLException: Cannot create PoolableConnectionFactory (Access denied" in node.log
    assert "not this one" not in node.log
    assert site.latch.leader() == node.host_id
