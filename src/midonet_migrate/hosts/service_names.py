"""Roles of services, their names on each distribution, and where they log (host 1.2, 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from midonet_migrate.model.hosts import ServiceFacts

MIDOLMAN = "midolman"
CLUSTER = "midonet-cluster"
TOMCAT = "tomcat"
NEUTRON_SERVER = "neutron-server"
NEUTRON_DHCP_AGENT = "neutron-dhcp-agent"
NEUTRON_METADATA_AGENT = "neutron-metadata-agent"
NOVA_COMPUTE = "nova-compute"
NOVA_API = "nova-api"
ZOOKEEPER = "zookeeper"
CASSANDRA = "cassandra"
WEB_SERVER = "web-server"

NAMES: Mapping[str, tuple[str, ...]] = {
    MIDOLMAN: ("midolman",),
    CLUSTER: ("midonet-cluster",),
    TOMCAT: ("tomcat7", "tomcat", "tomcat6", "tomcat8"),
    NEUTRON_SERVER: ("neutron-server",),
    NEUTRON_DHCP_AGENT: ("neutron-dhcp-agent",),
    NEUTRON_METADATA_AGENT: ("neutron-metadata-agent",),
    NOVA_COMPUTE: ("nova-compute", "openstack-nova-compute"),
    NOVA_API: ("nova-api", "openstack-nova-api"),
    ZOOKEEPER: ("zookeeper",),
    CASSANDRA: ("cassandra",),
    WEB_SERVER: ("apache2", "httpd"),
}
"""Role -> the names under which it is looked for."""

_LOGS: Mapping[str, tuple[str, ...]] = {
    MIDOLMAN: ("/var/log/midolman/midolman.log", "/var/log/midolman/upstart-stderr.log"),
    CLUSTER: ("/var/log/midonet-cluster/midonet-cluster.log", "/var/log/midonet-cluster/upstart-stderr.log"),
    TOMCAT: ("/var/log/{name}/catalina.out",),
    NEUTRON_SERVER: ("/var/log/neutron/neutron-server.log", "/var/log/neutron/server.log"),
    NEUTRON_DHCP_AGENT: ("/var/log/neutron/dhcp-agent.log",),
    NEUTRON_METADATA_AGENT: ("/var/log/neutron/metadata-agent.log",),
    NOVA_COMPUTE: ("/var/log/nova/nova-compute.log",),
    NOVA_API: ("/var/log/nova/nova-api.log",),
    ZOOKEEPER: ("/var/log/zookeeper/zookeeper.log",),
    CASSANDRA: ("/var/log/cassandra/system.log",),
    WEB_SERVER: ("/var/log/{name}/error.log", "/var/log/{name}/error_log"),
}


def log_files(role: str, name: str) -> list[str]:
    """Where a service logs; upstart's own log of what it wrote to its terminal comes last."""
    return [*(path.format(name=name) for path in _LOGS.get(role, ())), f"/var/log/upstart/{name}.log"]


def all_names() -> list[str]:
    """Every name of every role."""
    return [name for names in NAMES.values() for name in names]


def by_role(services: Mapping[str, ServiceFacts]) -> dict[str, ServiceFacts]:
    """Role -> its service on this host, out of services by name."""
    chosen = {role: choose(services, names) for role, names in NAMES.items()}
    return {role: facts for role, facts in chosen.items() if facts is not None}


def choose(services: Mapping[str, ServiceFacts], names: Iterable[str]) -> ServiceFacts | None:
    """Of several that are installed (Tomcat 6 and 7) the one that runs, else that starts with the host."""
    there = [services[name] for name in names if name in services]
    return max(there, key=lambda facts: (facts.running, facts.enabled), default=None)
