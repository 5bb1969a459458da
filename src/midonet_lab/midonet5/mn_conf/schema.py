"""The settings that MidoNet 5 knows, with their defaults: those of imp 4.1, 4.2 and host 4.3.

The real schemas hold more settings of the agent; one that is not here is taken like any unknown one, with a
message and without a check of its type. The descriptions are this project's own.
"""

from __future__ import annotations

from typing import Any, Literal

from midonet_lab.midonet5.mn_conf.hocon_values import Value

Version = Literal["5.0.2", "5.2.1"]
VERSION_KEY = "schemaVersion"
_NOTES = ("_description", "_type")
_SCHEMA_VERSIONS: dict[str, dict[str, int]] = {
    "5.0.2": {"agent": 12, "cluster": 15, "nsdb": 8},
    "5.2.1": {"agent": 20, "cluster": 25, "nsdb": 10},
}
STOCK_TEMPLATES: dict[str, dict[str, Any]] = {
    "nsdb-new-storage": {},
    "agent-compute-medium": {"agent.midolman.simulation_threads": 1},
    "agent-gateway-large": {"agent.midolman.simulation_threads": 4},
    "agent-gateway-medium": {"agent.midolman.simulation_threads": 2},
    "agent-compute-large": {"agent.midolman.simulation_threads": 2},
}
"""What ``deploy`` installs beside the schemas, in its order."""

_COMMON: dict[str, Any] = {
    "agent.arptable.arp_expiration": "90s",
    "agent.arptable.arp_retry_interval": "10s",
    "agent.arptable.arp_stale": "60s",
    "agent.arptable.arp_timeout": "60s",
    "agent.bridge.mac_port_mapping_expire": "15s",
    "agent.cluster.enabled": False,
    "agent.cluster.tasks_db_connection": " ",
    "agent.haproxy_health_monitor.health_monitor_enable": True,
    "agent.haproxy_health_monitor.namespace_cleanup": False,
    "agent.loggers.root": "INFO",
    "agent.midolman.bgp_connect_retry": "1s",
    "agent.midolman.bgp_holdtime": "3s",
    "agent.midolman.bgp_keepalive": "1s",
    "agent.midolman.simulation_threads": 1,
    "agent.openstack.metadata.enabled": False,
    "agent.openstack.metadata.nova_metadata_url": "",
    "agent.openstack.metadata.shared_secret": "",
    "cassandra.servers": "",
    "cassandra.replication_factor": 1,
    "cassandra.cluster": "midonet",
    "cluster.auth.provider_class": "org.midonet.cluster.auth.MockAuthService",
    "cluster.auth.admin_role": " ",
    "cluster.auth.tenant_admin_role": " ",
    "cluster.auth.tenant_user_role": " ",
    "cluster.auth.keystone.admin_token": " ",
    "cluster.auth.keystone.domain_name": "default",
    "cluster.auth.keystone.host": "localhost",
    "cluster.auth.keystone.port": 35357,
    "cluster.auth.keystone.protocol": "http",
    "cluster.auth.keystone.tenant_name": " ",
    "cluster.auth.keystone.user_name": " ",
    "cluster.auth.keystone.user_password": " ",
    "cluster.auth.keystone.version": 3,
    "cluster.heartbeat.enabled": False,
    "cluster.neutron_importer.connection_string": " ",
    "cluster.neutron_importer.delay": "0ms",
    "cluster.neutron_importer.enabled": False,
    "cluster.neutron_importer.jdbc_driver_class": "com.mysql.jdbc.Driver",
    "cluster.neutron_importer.password": " ",
    "cluster.neutron_importer.period": "1000ms",
    "cluster.neutron_importer.threads": 1,
    "cluster.neutron_importer.user": " ",
    "cluster.rest_api.enabled": True,
    "cluster.rest_api.http_port": 8181,
    "cluster.rest_api.https_port": 8443,
    "cluster.rest_api.root_uri": "/midonet-api",
    "cluster.topology_api.enabled": False,
    "cluster.topology_api.port": 8088,
    "cluster.topology_api.ws_port": 8080,
    "cluster.vxgw.enabled": True,
    "cluster.zookeeper.use_new_stack": True,
    "zookeeper.base_retry": "1s",
    "zookeeper.buffer_size": 4194304,
    "zookeeper.max_retries": 10,
    "zookeeper.root_key": "/midonet",
    "zookeeper.session_timeout": "30s",
    "zookeeper.zookeeper_hosts": "127.0.0.1:2181",
}
_SINCE_5_2: dict[str, Any] = {
    "agent.containers.enabled": True,
    "agent.containers.ipsec.logging_enabled": True,
    "agent.containers.ipsec.logging_poll_interval": "250ms",
    "agent.containers.ipsec.logging_timeout": "3s",
    "agent.containers.ipsec.status_update_interval": "5s",
    "agent.containers.log_directory": "containers",
    "agent.containers.shutdown_grace_time": "30s",
    "agent.containers.thread_count": 4,
    "agent.haproxy_health_monitor.namespace_cleanup": True,
    "cluster.auth.keystone.domain_id": "default",
    "cluster.auth.keystone.domain_name": "",
    "cluster.auth.keystone.url": "",
    "cluster.containers.enabled": True,
    "cluster.loggers.root": "INFO",
    "cluster.recycler.enabled": True,
    "cluster.recycler.interval": "1d",
    "cluster.rest_api.http_host": "0.0.0.0",
    "cluster.rest_api.https_host": "0.0.0.0",
    "cluster.state_proxy.enabled": True,
    "cluster.translators.nat.dynamic_port_end": 65535,
    "cluster.translators.nat.dynamic_port_start": 1024,
    "zookeeper.failfast_session_timeout": "5s",
}
_DESCRIBED = {
    "cluster.neutron_importer.connection_string": "JDBC URL of the Neutron database.",
    "cluster.neutron_importer.delay": "Wait after the start.",
    "cluster.neutron_importer.enabled": "Whether this node takes part in importing.",
    "cluster.neutron_importer.jdbc_driver_class": "Class of the JDBC driver.",
    "cluster.neutron_importer.password": "Password for the Neutron database.",
    "cluster.neutron_importer.period": "Time between two looks at the tasks.",
    "cluster.neutron_importer.threads": "Number of threads.",
    "cluster.neutron_importer.user": "User of the Neutron database.",
}
_DURATIONS = ("cluster.neutron_importer.delay", "cluster.neutron_importer.period")


def defaults(version: Version) -> dict[str, Any]:
    """Key -> default of every setting of this version."""
    return {**_COMMON, **(_SINCE_5_2 if version == "5.2.1" else {})}


def schema_texts(version: Version) -> dict[str, dict[str, Any]]:
    """The bundled schemas by name, with descriptions and schema version, as flat settings."""
    rooms = {"agent": "agent", "cluster": "cluster", "zookeeper": "nsdb", "cassandra": "nsdb"}
    texts: dict[str, dict[str, Any]] = {
        name: {VERSION_KEY: number} for name, number in _SCHEMA_VERSIONS[version].items()
    }
    for key, value in defaults(version).items():
        text = texts[rooms[key.split(".", 1)[0]]]
        text[key] = value
        if key in _DESCRIBED:
            text[f"{key}_description"] = _DESCRIBED[key]
        if key in _DURATIONS:
            text[f"{key}_type"] = "duration"
    return texts


def tree_of(flat: dict[str, Any], origin: str) -> dict[str, Value]:
    """A tree of flat settings."""
    root: dict[str, Value] = {}
    for key, value in flat.items():
        *above, last = key.split(".")
        level = root
        for name in above:
            below = level.setdefault(name, Value({}, origin)).data
            assert isinstance(below, dict)
            level = below
        level[last] = Value(value, origin)
    return root


def without_notes(tree: dict[str, Value]) -> dict[str, Value]:
    """The tree without descriptions, types and schema versions: the settings alone."""
    return {
        key: Value(without_notes(value.data), value.origin, value.line)
        if isinstance(value.data, dict)
        else value
        for key, value in tree.items()
        if key != VERSION_KEY and not key.endswith(_NOTES)
    }
