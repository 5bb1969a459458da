"""Watching the process midonet-cluster: settings through mn-conf, kills, restarts, its API."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from import_watch_site import PATIENT, QUICK, WatchedSite, meanwhile, small_site
from midonet_lab.midonet5.cluster.process import Midonet5Cluster
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import ImporterStalled
from midonet_migrate.steps.stall import OnStall, unattended
from neutron_builders import identity
from server_fixtures import Database


@pytest.fixture
def site(database: Database, zookeeper_root: ZooKeeper, tmp_path: Path) -> WatchedSite:
    return WatchedSite(tmp_path, database, zookeeper_root.hosts)


@pytest.fixture
def cluster(site: WatchedSite, zookeeper_root: ZooKeeper) -> Midonet5Cluster:
    made = Midonet5Cluster(site.folder / "node", zookeeper_root.hosts, session_seconds=10.0, disposable=True)
    site.target_api = made.url
    return made


def configure(cluster: Midonet5Cluster, site: WatchedSite, **members: object) -> None:
    settings = site.importer_settings(period="100ms", **members)
    lines = [f"cluster.neutron_importer.{key} : {json.dumps(value)}" for key, value in settings.items()]
    subprocess.run(
        [str(cluster.mn_conf), "set", "-t", "default"],
        input="\n".join(lines) + "\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=120,
    )


def test_a_cluster_that_is_killed_in_the_middle_and_started_again_is_waited_for(
    site: WatchedSite, cluster: Midonet5Cluster
) -> None:
    """Its latch outlives it until the session ends: a leader that does nothing, and no reason in the rows."""
    plan = site.prepare(small_site(80))
    configure(cluster, site)

    def is_on_its_way() -> bool:
        return "importing tasks: " in site.output.getvalue() and bool(
            [line for line in site.output.getvalue().splitlines() if "/s" in line]
        )

    def kill_and_start() -> None:
        cluster.kill()
        cluster.start()

    with cluster, meanwhile(kill_and_start, is_on_its_way):
        report = site.watch(options=PATIENT)
    assert report.executed == len(plan.tasks)
    assert report.findings == ()


def test_a_cluster_with_the_driver_of_the_schema_answers_and_imports_nothing(
    site: WatchedSite, cluster: Midonet5Cluster
) -> None:
    """The driver trap (imp 4.1), as mn-conf shows it; repaired and restarted, the same watch goes on."""
    plan = site.prepare()
    configure(cluster, site, jdbc_driver_class="com.mysql.jdbc.Driver")

    def repair() -> None:
        configure(cluster, site)
        cluster.restart()

    with cluster:
        with pytest.raises(ImporterStalled) as caught:
            site.watch(options=PATIENT)
        report = site.watch(options=PATIENT, on_stall=unattended(OnStall.RETRY), restart=repair)
    assert "Could not load JDBC driver class: com.mysql.jdbc.Driver." in " ".join(caught.value.problems)
    assert report.executed == len(plan.tasks)


def test_no_cluster_at_all_is_told_with_what_is_missing(site: WatchedSite, cluster: Midonet5Cluster) -> None:
    site.prepare()
    configure(cluster, site)
    with pytest.raises(ImporterStalled) as caught:
        site.watch(options=QUICK)
    assert "the MidoNet 5 API does not answer" in caught.value.what
    assert "nothing moves: no importer runs" in site.output.getvalue()


def test_an_oversized_task_is_quarantined_and_the_hanging_cluster_restarted(
    site: WatchedSite, cluster: Midonet5Cluster
) -> None:
    """Deleting the row alone has no effect on a thread that hangs in its retries (imp 8.2)."""
    site.prepare()
    (poison,) = [task for task in site.plan.tasks if task.data_type == "SECURITYGROUP"]
    rules = [
        {
            "id": identity(5000 + number),
            "security_group_id": poison.resource_id,
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            "port_range_min": 1,
            "port_range_max": 2,
        }
        for number in range(900)
    ]
    data = json.dumps({**poison.data, "security_group_rules": rules})
    site.execute("UPDATE midonet_tasks SET data = :data WHERE id = :id", data=data, id=poison.id)
    configure(cluster, site)
    restarts: list[int | None] = []

    def restart() -> None:
        restarts.append(cluster.pid)
        cluster.restart()

    with cluster:
        report = site.watch(options=PATIENT, on_stall=unattended(OnStall.QUARANTINE), restart=restart)
    assert len(restarts) == 1
    assert {item.data_type for item in report.quarantined} == {"SECURITYGROUP", "PORT"}
    assert report.executed == report.tasks == len(site.plan.tasks)
