"""midonet-cluster of a host, its service detected: what the steps of the import get instead of settings."""

from __future__ import annotations

import pytest

from lab_host_fixtures import StartHost, start_host
from lab_host_software import put, put_java, put_service
from midonet_lab.midonet5.cluster.installation import Installation, Places
from midonet_lab.processes.ports import free_port
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import HostsFailed, WrongState
from midonet_migrate.hosts.cluster_api import answers, wait_until_answering
from midonet_migrate.hosts.detected_cluster import cluster_service_of
from midonet_migrate.hosts.service_names import CLUSTER
from midonet_migrate.hosts.services import Services
from midonet_migrate.model.hosts import Family
from waiting import PATIENCE, wait_until

__all__ = ["start_host"]
JOB = "respawn\nrespawn limit 5 60\nexec midonet-cluster-start\n"
UNIT = (
    "[Service]\nExecStart=/usr/share/midonet-cluster/midonet-cluster-start\nRestart=on-failure\n"
    "StartLimitBurst=5\nStartLimitInterval=60\nSuccessExitStatus=143\n[Install]\nWantedBy=multi-user.target\n"
)


@pytest.mark.parametrize("family", list(Family))
def test_the_cluster_is_started_restarted_and_stopped(
    zookeeper_root: ZooKeeper, start_host: StartHost, family: Family
) -> None:
    """By either init system; twice is no error, each start has a process of its own, and its API answers."""
    host = start_host(family)
    services = Services(host.runner(), appear_seconds=PATIENCE, settle_seconds=0.2)
    cluster = cluster_service_of(host.runner(), services, host.specification.init)
    with pytest.raises(WrongState):
        cluster.start()
    port = free_port()
    put_java(host, 8)
    Places(host.directory).save(Installation(version="5.2.1", api_port=port))
    put(host, {"etc/midonet/midonet.conf": f"[zookeeper]\nzookeeper_hosts = {zookeeper_root.hosts}\n"})
    put(host, {"usr/share/midonet-cluster/midonet-cluster-start": "#!/bin/sh\n"}, 0o755)
    put_service(host, CLUSTER, job=JOB, unit=UNIT)
    url = f"http://127.0.0.1:{port}/midonet-api"
    cluster.start()
    assert wait_until_answering(url, seconds=PATIENCE)
    first = services.find(CLUSTER)
    assert first is not None
    cluster.start()
    assert services.find(CLUSTER) == first
    cluster.restart()
    second = services.find(CLUSTER)
    assert second is not None
    assert second.pid not in {None, first.pid}
    assert wait_until_answering(url, seconds=PATIENCE)
    assert host.runner().run(cluster.command_of("restart").split()).status == 0
    assert wait_until_answering(url, seconds=PATIENCE)
    cluster.stop()
    cluster.stop()
    assert not answers(url)


@pytest.mark.parametrize("family", list(Family))
def test_a_cluster_that_dies_is_no_started_cluster(start_host: StartHost, family: Family) -> None:
    """Without Java 8 it ends at once; its init system tries again for a while, which fools nobody."""
    host = start_host(family)
    Places(host.directory).save(Installation(version="5.2.1", api_port=free_port()))
    put(host, {"usr/share/midonet-cluster/midonet-cluster-start": "#!/bin/sh\n"}, 0o755)
    put_service(host, CLUSTER, job=JOB, unit=UNIT)
    looks = Services(host.runner())

    def until_it_is_another(seconds: float) -> None:
        """A slow machine takes its time to find out that there is no Java 8."""
        del seconds
        pid = (found := looks.find(CLUSTER)) and found.pid
        wait_until(lambda: pid is None or (now := looks.find(CLUSTER)) is None or now.pid != pid)

    services = Services(host.runner(), appear_seconds=PATIENCE, sleep=until_it_is_another)
    cluster = cluster_service_of(host.runner(), services, host.specification.init)
    with pytest.raises(HostsFailed):
        cluster.start()
