"""The configuration of a site's hosts: what an operator of 1.9 wrote into the files of the packages."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from midonet_lab.etc_files import Endpoints, etc_files
from midonet_lab.hosts.root_tree.skeleton import make_directory, write_file
from midonet_lab.hosts.site.layout import SiteHost
from midonet_lab.zookeeper_tree.tree import ROOT
from midonet_migrate.model.hosts import Family, Role

PLUGIN_FILE, PLUGIN_LINK = "etc/neutron/plugins/midonet/midonet.ini", "etc/neutron/plugin.ini"
MIDOLMAN_CONF = "etc/midolman/midolman.conf"
METADATA_AGENT = "etc/neutron/metadata_agent.ini"
NOVA_METADATA = "http://192.0.2.10:8775"
"""Where instances' metadata come from, as every host reaches it. Nobody answers there: nobody asks."""
METADATA_SECRET = "s3cret of N0va"  # noqa: S105 - of the practice site
_NEUTRON_GROUP = 164
_GROUPS = dict.fromkeys(("etc/neutron/neutron.conf", PLUGIN_FILE, METADATA_AGENT), _NEUTRON_GROUP)
_MODES = {
    "root/.midonetrc": 0o600,
    "etc/midonet-migrate/midonet-migrate.conf": 0o600,
    "etc/neutron/neutron.conf": 0o640,
    PLUGIN_FILE: 0o640,
    "etc/neutron/dhcp_agent.ini": 0o640,
    METADATA_AGENT: 0o640,
}
_TOMCAT = {Family.DEBIAN: "tomcat7", Family.REDHAT: "tomcat"}
_CONTEXT = """\
<Context path="/midonet-api" docBase="/usr/share/midonet-api"
         antiResourceLocking="false" privileged="true" />
"""


def write_configuration(root: Path, host: SiteHost, endpoints: Endpoints) -> None:
    """Write the files of a host that is down."""
    for name, text in host_files(host, endpoints).items():
        write_file(root, name, text, _MODES.get(name, 0o644))
        if name in _GROUPS:
            shutil.chown(root / name, 0, _GROUPS[name])
    if host.role is Role.CONTROLLER and host.family is Family.REDHAT:
        link = root / PLUGIN_LINK
        link.unlink(missing_ok=True)
        link.symlink_to(f"/{PLUGIN_FILE}")
    make_directory(root, "var/log/neutron")


def host_files(host: SiteHost, endpoints: Endpoints) -> Mapping[str, str]:
    """Path -> text."""
    texts = etc_files(endpoints)
    if host.role is not Role.CONTROLLER:
        return {MIDOLMAN_CONF: texts[MIDOLMAN_CONF]}
    # No agent runs there; the file for mn-conf was made by hand, as 1.9 ships none (host 2.6).
    del texts[MIDOLMAN_CONF]
    if host.family is Family.REDHAT:
        del texts["etc/default/neutron-server"]
    tomcat = _TOMCAT[host.family]
    return {
        **texts,
        "etc/midonet/midonet.conf": (
            "# made by hand, for mn-conf\n"
            f"[zookeeper]\nzookeeper_hosts = {endpoints.zookeeper}\nroot_key = {ROOT}\n"
        ),
        f"etc/{tomcat}/Catalina/localhost/midonet-api.xml": _CONTEXT,
        "etc/neutron/dhcp_agent.ini": _dhcp_agent(endpoints),
        METADATA_AGENT: _metadata_agent(endpoints),
        "var/www/html/midonet-manager/config/client.js": _client(endpoints),
    }


def _dhcp_agent(to: Endpoints) -> str:
    return f"""\
[DEFAULT]
interface_driver = neutron.agent.linux.interface.MidonetInterfaceDriver
dhcp_driver = midonet.neutron.agent.midonet_driver.DhcpNoOpDriver
use_namespaces = True
enable_isolated_metadata = True

[MIDONET]
# a second place with the address of the API
midonet_uri = {to.source_api}
username = {to.api_username}
password = {to.api_password.replace("$", "$$")}
project_id = {to.api_project}
"""


def _metadata_agent(to: Endpoints) -> str:
    protocol, _, address = NOVA_METADATA.partition("://")
    host, _, port = address.partition(":")
    return f"""\
[DEFAULT]
auth_url = http://localhost:5000/v2.0
admin_tenant_name = %SERVICE_TENANT_NAME%
admin_user = {to.api_username}
# of the package, not in effect
# nova_metadata_ip = 127.0.0.1
nova_metadata_ip = {host}
nova_metadata_port = {port}
nova_metadata_protocol = {protocol}
metadata_proxy_shared_secret = {METADATA_SECRET}
"""


def _client(to: Endpoints) -> str:
    host = to.source_api.removesuffix("/midonet-api")
    return f"""\
{{
  "api_host": "{host}",
  "login_host": "{host}",
  "trace_api_host": "{host}",
  "traces_ws_url": "ws://controller.example.org:8460",
  "api_namespace": "midonet-api",
  "api_version": "1.9",
  "api_token": false,
  "agent_config_api_host": "http://controller.example.org:8459",
  "agent_config_api_namespace": "conf",
  "analytics_ws_api_url": "ws://insight.example.org:8080/analytics",
  "poll_enabled": true
}}
"""
