"""Has a host room and free ports for MidoNet 5? (host 5.1). Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from midonet_migrate.model.hosts import Role
from midonet_migrate.plan.checks.model import HostCase, HostFinding

_MIB, _GIB = 1 << 20, 1 << 30
_STATE_BYTES_PER_PORT = 128 * _MIB
"""What 5.2 and later keep of a port's flow state at most, in /var/db/midolman."""
_CLUSTER_BYTES, _MINIONS_BYTES = 2 * _GIB, _GIB
_RECIRCULATION = ipaddress.ip_network("169.254.123.0/24")
_CLUSTER_PORTS = {"tcp/8181": "midonet-cluster's API"}
_CLUSTER_PORTS_NOTED = {"tcp/8443": "its TLS", "tcp/7201": "its JMX"}
_AGENT_PORTS = ("tcp/2346", "tcp/6688", "udp/8899")
"""Of 5.2 and later."""


def port_free(case: HostCase) -> Iterator[HostFinding]:
    """``port-free``: what MidoNet 5 listens on is free, and so is the network it takes for itself."""
    name, facts = case.entry.name, case.facts
    cluster = facts.services.get("midonet-cluster")
    if Role.CONTROLLER in case.entry.roles and not (cluster is not None and cluster.running):
        for port, use in _CLUSTER_PORTS.items():
            if port in facts.listening:
                yield _taken(name, port, use, blocker=True)
        for port, use in _CLUSTER_PORTS_NOTED.items():
            if port in facts.listening:
                yield _taken(name, port, use, blocker=False)
    if case.entry.has_agent and _release(case) >= (5, 2) and not _on_5(case):
        for port in _AGENT_PORTS:
            if port in facts.listening:
                yield _taken(name, port, "agents from 5.2 on", blocker=True)
        for text in facts.addresses:
            if _overlaps(text):
                yield HostFinding(
                    check="port-free",
                    level="blocker",
                    host=name,
                    what=f"{text} lies in {_RECIRCULATION}, which agents from 5.2 on take for themselves",
                    remedy="Move that address to another network.",
                )


def disk(case: HostCase) -> Iterator[HostFinding]:
    """``disk``: room in /var, for backups on a controller, for flow state from 5.2 on."""
    name, free = case.entry.name, case.facts.disk_free
    for directory in ("/var", *(_backups(case))):
        if directory in free and free[directory] < case.context.needed_bytes:
            yield HostFinding(
                check="disk",
                level="blocker",
                host=name,
                what=f"{directory}: {free[directory] // _MIB} MiB free,"
                f" {case.context.needed_bytes // _MIB} MiB are needed",
                remedy="Make room (apt-get clean, yum clean packages, old logs).",
            )
    state = "/var/db/midolman"
    known = case.context.known_hosts.get(case.entry.midonet_host_id)
    if case.entry.has_agent and _release(case) >= (5, 2) and known is not None and state in free:
        needed = known.ports * _STATE_BYTES_PER_PORT
        if free[state] < needed:
            yield HostFinding(
                check="disk",
                level="warning",
                host=name,
                what=f"{state}: {free[state] // _MIB} MiB free;"
                f" flow state of its {known.ports} ports may take {needed // _MIB} MiB",
                remedy="Make room on the file system that /var/db/midolman will be on.",
            )


def ram(case: HostCase) -> Iterator[HostFinding]:
    """``ram``: 2 GiB more for the cluster, 1 GiB more for the second JVM of agents from 5.2 on."""
    needed = 0
    reasons = []
    cluster = case.facts.services.get("midonet-cluster")
    if Role.CONTROLLER in case.entry.roles and not (cluster is not None and cluster.running):
        needed += _CLUSTER_BYTES
        reasons.append("midonet-cluster")
    if case.entry.has_agent and _release(case) >= (5, 2) and not _on_5(case):
        needed += _MINIONS_BYTES
        reasons.append("the agent's second JVM")
    if needed and case.facts.memory_total > 0 and case.facts.memory_available < needed:
        yield HostFinding(
            check="ram",
            level="warning",
            host=case.entry.name,
            what=f"{case.facts.memory_available // _MIB} MiB of memory are available; {' and '.join(reasons)}"
            f" will take {needed // _MIB} MiB more",
            remedy="Add memory, or lower heap sizes (midolman-env.sh, midonet-cluster-env.sh).",
        )


def _backups(case: HostCase) -> tuple[str, ...]:
    return case.context.backup_directories if Role.CONTROLLER in case.entry.roles else ()


def _taken(host: str, port: str, use: str, *, blocker: bool) -> HostFinding:
    return HostFinding(
        check="port-free",
        level="blocker" if blocker else "warning",
        host=host,
        what=f"{port} is in use; MidoNet 5 wants it for {use}",
        remedy="Stop what listens there (ss -lnp), or set another port in the configuration of MidoNet 5.",
    )


def _overlaps(text: str) -> bool:
    try:
        network = ipaddress.ip_interface(text).network
    except ValueError:
        return False
    return network.version == _RECIRCULATION.version and network.overlaps(_RECIRCULATION)


def _release(case: HostCase) -> tuple[int, ...]:
    numbers = case.context.target_version.split(".")[:2]
    return tuple(int(number) for number in numbers if number.isdigit())


def _on_5(case: HostCase) -> bool:
    return case.facts.packages.get("midolman", "").rpartition(":")[2].startswith("5.")
