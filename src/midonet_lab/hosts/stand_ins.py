"""Which services have a stand-in, and which program must be there for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from midonet_lab.hosts.specification import HostSpecification


class StandIn(msgspec.Struct, frozen=True):
    """``start(directory of the host, name of the service)`` runs in a process of its own, outside the chroot,
    and returns the exit status. ``programs``: patterns below the root; one of them must be there."""

    programs: tuple[str, ...]
    start: Callable[[Path, str], int]


def stand_in_of(name: str) -> StandIn | None:
    """The stand-in of a service; None: its own file says what to run."""
    return _STAND_INS.get(name)


def _midolman(directory: Path, _name: str) -> int:
    """Whichever version's jar is there; 5.x's when both are."""
    root = directory / "root"
    if (root / _JAR5).exists():
        from midonet_lab.hosts.services.midolman5 import run_midolman5  # noqa: PLC0415 - heavy

        return run_midolman5(directory)
    jars = sorted(root.glob(_JAR19))
    if not jars:
        raise FileNotFoundError(2, "No such file", f"/{_JAR19}")
    from midonet_lab.hosts.services.midolman19 import run_midolman19  # noqa: PLC0415 - heavy

    return run_midolman19(directory, jars[-1].stem.removeprefix("midolman-"))


def _cluster(directory: Path, _name: str) -> int:
    from midonet_lab.hosts.services.cluster import run_cluster  # noqa: PLC0415 - heavy

    return run_cluster(directory)


def _tomcat(directory: Path, name: str) -> int:
    from midonet_lab.hosts.services.tomcat import run_tomcat  # noqa: PLC0415 - heavy

    return run_tomcat(directory, name)


def _neutron_server(directory: Path, _name: str) -> int:
    from midonet_lab.hosts.services.neutron_server import run_neutron_server  # noqa: PLC0415 - heavy

    return run_neutron_server(directory, HostSpecification.load(directory).family)


def _python_daemon(_directory: Path, name: str) -> int:
    from midonet_lab.hosts.services.idle import run_idle  # noqa: PLC0415 - the others need not load it

    program = name.removeprefix("openstack-")
    configuration = "nova/nova.conf" if program.startswith("nova") else "neutron/neutron.conf"
    own = {"neutron-dhcp-agent": "dhcp_agent.ini", "neutron-metadata-agent": "metadata_agent.ini"}.get(name)
    files = [f"--config-file=/etc/{configuration}", *([f"--config-file=/etc/neutron/{own}"] if own else [])]
    return run_idle(["/usr/bin/python", f"/usr/bin/{program}", *files])


def _java_daemon(_directory: Path, name: str) -> int:
    from midonet_lab.hosts.services.idle import run_idle  # noqa: PLC0415

    mains = {
        "zookeeper": "org.apache.zookeeper.server.quorum.QuorumPeerMain",
        "cassandra": "org.apache.cassandra.service.CassandraDaemon",
    }
    return run_idle(["/usr/bin/java", "-cp", f"/etc/{name}/conf", mains[name]])


_JAR5 = "usr/share/midolman/midolman.jar"
_JAR19 = "usr/share/midolman/midolman-*.jar"
_STAND_INS: dict[str, StandIn] = {
    "midolman": StandIn(("usr/share/midolman/midolman-start",), _midolman),
    "midonet-cluster": StandIn(("usr/share/midonet-cluster/midonet-cluster-start",), _cluster),
    "tomcat7": StandIn(("usr/share/tomcat7/bin/bootstrap.jar",), _tomcat),
    "tomcat": StandIn(("usr/share/tomcat/bin/bootstrap.jar",), _tomcat),
    "tomcat6": StandIn(("usr/share/tomcat6/bin/bootstrap.jar",), _tomcat),
    "neutron-server": StandIn(("usr/bin/neutron-server",), _neutron_server),
    **{
        name: StandIn((f"usr/bin/{name.removeprefix('openstack-')}",), _python_daemon)
        for name in (
            *("neutron-dhcp-agent", "neutron-metadata-agent", "nova-compute", "openstack-nova-compute"),
            *("nova-api", "openstack-nova-api"),
        )
    },
    "zookeeper": StandIn(("usr/share/java/zookeeper.jar", "usr/share/zookeeper/*"), _java_daemon),
    "cassandra": StandIn(("usr/sbin/cassandra",), _java_daemon),
}
