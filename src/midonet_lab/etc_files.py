"""The configuration files of an Ubuntu controller of a MidoNet 1.9 site (host 2.1-2.8)."""

from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec

from midonet_lab.zookeeper_tree.tree import ROOT
from midonet_migrate.run.atomic import DIRECTORY_MODE, write_atomically


class Endpoints(msgspec.Struct, kw_only=True, frozen=True):
    """Where the servers of a site are, and who may use them."""

    database_port: int
    database_name: str
    database_user: str
    database_password: str
    zookeeper: str
    source_api: str
    api_username: str
    api_password: str
    api_project: str
    admin_token: str
    target_api: str = ""
    """5.x's API; empty: there is no midonet-cluster to come."""
    mn_conf: str = ""
    """Command on this machine, as those of the service; empty: they are on the controller, a host."""
    cluster_service: str = ""
    cluster_log: str = ""
    target_version: str = ""
    ssh_config: str = ""
    """With which ``ssh`` finds the site's hosts; empty: it has none."""

    def __repr__(self) -> str:
        return f"Endpoints(database_port={self.database_port}, zookeeper={self.zookeeper!r})"


def write_etc_files(root: Path, endpoints: Endpoints) -> None:
    """Write the files below ``root``, which stands for '/'; the same files for the same endpoints."""
    for name, text in etc_files(endpoints).items():
        path = root / name
        path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        write_atomically(path, text.encode())


def etc_files(to: Endpoints) -> dict[str, str]:
    """Path below the root -> text."""
    return {
        "etc/neutron/neutron.conf": _neutron_conf(to),
        "etc/neutron/plugins/midonet/midonet.ini": _plugin_file(to),
        "etc/default/neutron-server": (
            '#NEUTRON_PLUGIN_CONFIG="/etc/neutron/plugins/ml2/ml2_conf.ini"\n'
            'NEUTRON_PLUGIN_CONFIG="/etc/neutron/plugins/midonet/midonet.ini"\n'
        ),
        "etc/midolman/midolman.conf": _midolman_conf(to),
        "etc/midonet-migrate/midonet-migrate.conf": _own_file(to),
        "root/.midonetrc": (
            f"[cli]\napi_url = {to.source_api}\nusername = {to.api_username}\n"
            f"password = {to.api_password}\nproject_id = {to.api_project}\n"
        ),
        "usr/share/midonet-api/WEB-INF/web.xml": _web_xml(to),
    }


def _own_file(to: Endpoints) -> str:
    text = (
        "# A practice site's APIs are not where real ones are found without help.\n"
        f"[midonet-migrate]\nsource_api = {to.source_api}\n"
    )
    if not to.target_api:
        return text
    options = {"target_api": to.target_api, "target_version": to.target_version}
    if to.mn_conf:
        service = shlex.quote(to.cluster_service)
        options["mn_conf_command"] = shlex.quote(to.mn_conf)
        options |= {f"cluster_{verb}_command": f"{service} {verb}" for verb in ("start", "stop", "restart")}
        options["cluster_log_file"] = to.cluster_log
    if to.ssh_config:
        options["ssh_config"] = to.ssh_config
    return text + "".join(f"{key} = {value.replace('$', '$$')}\n" for key, value in options.items())


def _neutron_conf(to: Endpoints) -> str:
    password = quote(to.database_password, safe="")
    url = (
        f"mysql://{to.database_user}:{password}@127.0.0.1:{to.database_port}/{to.database_name}?charset=utf8"
    )
    return f"""\
# A controller of the practice site, before its migration.

[DEFAULT]
verbose = True
bind_host = 0.0.0.0
bind_port = 9696
#core_plugin = midonet.neutron.plugin_v2.MidonetPluginV2
core_plugin = neutron.plugins.midonet.plugin.MidonetPluginV2
service_plugins = lbaas
allow_overlapping_ips = True
state_path = /var/lib/neutron
lock_path = $state_path/lock

[database]
# connection = sqlite:////var/lib/neutron/neutron.sqlite
connection = {url}
max_pool_size = 30

[service_providers]
service_provider = LOADBALANCER:Midonet:midonet.neutron.services.loadbalancer.driver.\
MidonetLoadbalancerDriver:default

[quotas]
quota_items = network,
 subnet,
 port
"""


def _plugin_file(to: Endpoints) -> str:
    return f"""\
[MIDONET]
#midonet_uri = http://old-controller.example.org:8080/midonet-api
midonet_uri = {to.source_api}/
username = {to.api_username}
# "$$" stands for one "$"
password = {to.api_password.replace("$", "$$")}
project_id = {to.api_project}
"""


def _midolman_conf(to: Endpoints) -> str:
    return f"""\
[zookeeper]
#zookeeper_hosts = 127.0.0.1:2181
zookeeper_hosts = {to.zookeeper}
root_key = {ROOT}

[cassandra]
servers = 127.0.0.1
replication_factor = 1
cluster = midonet
"""


def _web_xml(to: Endpoints) -> str:
    parameters = {
        "rest_api-base_uri": "http://localhost:8080/midonet-api",
        "auth-auth_provider": "org.midonet.api.auth.keystone.v2_0.KeystoneService",
        "auth-admin_role": "admin",
        "keystone-service_protocol": "http",
        "keystone-service_host": "127.0.0.1",
        "keystone-service_port": "35357",
        "keystone-admin_token": to.admin_token,
        "keystone-tenant_name": "admin",
        "zookeeper-zookeeper_hosts": to.zookeeper,
        "zookeeper-midolman_root_key": ROOT,
    }
    entries = "".join(
        f"  <context-param>\n    <param-name>{name}</param-name>\n"
        f"    <param-value>{escape(value)}</param-value>\n  </context-param>\n"
        for name, value in parameters.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<web-app>\n{entries}</web-app>\n'
