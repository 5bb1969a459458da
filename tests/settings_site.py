"""A host's configuration files in a temporary directory, for the tests of settings and command line."""

from __future__ import annotations

from pathlib import Path

from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings

DATABASE_PASSWORD = "p@ss/w:rd!"
API_PASSWORD = 'Sw0rd%f"{$1sh}&/|\\!'
ADMIN_TOKEN = "t0&<ken>"

NEUTRON_CONF = """\
# operador: Núñez

[DEFAULT]
#core_plugin = midonet.neutron.plugin_v2.MidonetPluginV2
core_plugin = neutron.plugins.midonet.plugin.MidonetPluginV2
api_workers: 4
state_path = /srv/neutron
lock_path = $state_path/lock

[database]
connection = mysql://neutron:oldpass@127.0.0.1/neutron
connection = mysql+mysqldb://neutron:p%40ss%2Fw%3Ard%21@db.example.org:3307/neutron?charset=utf8

[quotas]
; the value goes on
quota_items = network,
 subnet,
\tport
"""

PLUGIN_FILE = """\
[MIDONET]
#midonet_uri = http://old.example.org:8080/midonet-api
midonet_uri = http://api.example.org:8080/midonet-api/\x20\x20
username = midonet
password = Sw0rd%f"{$$1sh}&/|\\!
project_id = service
"""

MIDOLMAN_CONF = """\
[zookeeper]
#zookeeper_hosts = 127.0.0.1:2181
zookeeper_hosts = 10.1.0.1:2181, nsdb2.example.org:2182,10.1.0.3
root_key = /midonet/v1
[cassandra]
servers = 10.1.0.1
"""

WEB_XML = """\
<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE web-app PUBLIC "-//Sun Microsystems, Inc.//DTD Web Application 2.3//EN"
 "http://java.sun.com/dtd/web-app_2_3.dtd" >
<web-app>
  <display-name>MidoNet API</display-name>
  <context-param>
    <param-name>auth-auth_provider</param-name>
    <param-value>
      org.midonet.api.auth.keystone.v2_0.KeystoneService
    </param-value>
  </context-param>
  <context-param>
    <param-name>keystone-admin_token</param-name>
    <param-value>t0&amp;&lt;ken&gt;</param-value>
  </context-param>
  <!--
  <context-param>
    <param-name>zookeeper-zookeeper_hosts</param-name>
    <param-value>127.0.0.1:2181</param-value>
  </context-param>
  -->
  <context-param>
    <param-name>zookeeper-zookeeper_hosts</param-name>
    <!-- a list -->
    <param-value>10.1.0.1:2181,nsdb2.example.org:2182,10.1.0.3:2181</param-value>
  </context-param>
</web-app>
"""


class Site:
    """A fake '/' with methods to fill it; ``work`` is the working directory of the program."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.work = folder / "work"
        self.root.mkdir()
        self.work.mkdir()
        self.environment: dict[str, str] = {"HOME": "/root", "MIDONET_MIGRATE_ROOT": str(self.root)}

    def write(self, path: str, content: str | bytes, *, mode: int = 0o644) -> Path:
        """Write the host's ``path``."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.chmod(mode)
        return place

    def link(self, path: str, target: str) -> None:
        """Make the host's ``path`` a symbolic link with the text ``target``."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def controller(self) -> Site:
        """Fill it as a usual RHEL controller with everything in place."""
        self.write("/etc/neutron/neutron.conf", NEUTRON_CONF)
        self.write("/etc/neutron/plugins/midonet/midonet.ini", PLUGIN_FILE)
        self.link("/etc/neutron/plugin.ini", "/etc/neutron/plugins/midonet/midonet.ini")
        self.write("/etc/midolman/midolman.conf", MIDOLMAN_CONF)
        self.write("/usr/share/midonet-api/WEB-INF/web.xml", WEB_XML)
        return self

    def load(self, **flags: str | list[str]) -> Settings:
        """The settings of this site as a program started in ``work`` with ``flags`` sees them."""
        return load_settings(flags, environment=self.environment, working_directory=self.work)
