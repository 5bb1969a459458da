"""Where a host's files name the API, found through its commands; and the edits that follow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from config_files import PLUGIN_FILE
from fake_host import FakeHost
from midonet_migrate.hosts.edited_files import (
    agent_edits,
    cluster_edits,
    endpoint_edits,
    neutron_edits,
    neutron_fits,
    places_of,
)
from midonet_migrate.hosts.file_changes import FileContent
from midonet_migrate.hosts.files.places import Places, find_places
from midonet_migrate.hosts.files.remote_files import RemoteFiles
from midonet_migrate.hosts.files.shown_diff import shown_diff
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.model.hosts import Role
from midonet_migrate.plan.edits.model import Severity
from midonet_migrate.plan.edits.url_port import PortRule
from small_host import SmallHost, small_host
from waiting import wait_until

CONF = "/etc/neutron/neutron.conf"
INI = "/etc/neutron/plugins/midonet/midonet.ini"
LINK = "/etc/neutron/plugin.ini"
SCRIPT = "/var/www/html/midonet-manager/config/client.js"
NEUTRON_CONF = b"[DEFAULT]\ncore_plugin = midonet\nallow_overlapping_ips = True\n"


@pytest.fixture
def host(tmp_path: Path) -> SmallHost:
    return small_host(tmp_path / "host")


def look(host: SmallHost, users: Sequence[str] = ("root",)) -> Places:
    return find_places(RemoteFiles(host), host, users=users)


def told(places: Places) -> dict[str, str]:
    return {
        finding.place: finding.text for finding in places.findings if finding.severity is Severity.ATTENTION
    }


def test_the_plug_in_file_of_each_distribution_is_found(host: SmallHost) -> None:
    """By /etc/default/neutron-server, then by plugin.ini, which counts once with what it leads to."""
    host.write(CONF, NEUTRON_CONF)
    assert look(host).neutron == (CONF,)
    host.write(INI, PLUGIN_FILE)
    assert look(host).neutron == (CONF, INI)
    host.link(LINK, INI)
    assert look(host).neutron == (CONF, LINK)
    assert look(host).plugin_file == LINK
    host.write("/etc/neutron/other.ini", PLUGIN_FILE)
    host.write(
        "/etc/default/neutron-server",
        '#NEUTRON_PLUGIN_CONFIG=x\nNEUTRON_PLUGIN_CONFIG="/etc/neutron/other.ini"\n',
    )
    assert look(host).neutron == (CONF, "/etc/neutron/other.ini")


def test_the_running_servers_arguments_come_first(host: SmallHost) -> None:
    """Directories too; two names of one file count once, at its last place."""
    host.write(CONF, NEUTRON_CONF)
    host.write(INI, PLUGIN_FILE)
    host.link(LINK, "plugins/midonet/midonet.ini")
    host.write("/etc/neutron/conf.d/b.conf", b"[DEFAULT]\n")
    host.write("/etc/neutron/conf.d/a.conf", b"[DEFAULT]\n")
    host.write("/etc/neutron/conf.d/.c.conf", b"[DEFAULT]\n")
    host.write("/usr-local/neutron-server", b"#!/bin/sh\nsleep 600\n", mode=0o755)
    named = f"--config-file={INI} --config-file {CONF} --config-file {LINK} --config-dir /etc/neutron/conf.d"
    host.beside = f"/usr-local/neutron-server {named}"
    expected = (CONF, LINK, "/etc/neutron/conf.d/a.conf", "/etc/neutron/conf.d/b.conf")
    # The server may not have begun yet when it is looked for.
    wait_until(lambda: (places := look(host)).neutron == expected and places.plugin_file == LINK)


def test_the_client_files_of_named_users_are_found_and_others_told(host: SmallHost) -> None:
    """By the host's own accounts, wherever their homes are."""
    host.write(
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nann:x:1:1::/srv/ann:/bin/sh\nbob:x:2:2::/home/bob:/bin/sh\nd:x:3:3::/:/bin/sh\n",
    )
    for home in ("/root", "/srv/ann", "/home/bob", "/home/eve"):
        host.write(f"{home}/.midonetrc", "[cli]\n")
    places = look(host, ("root", "ann", "nobody-here"))
    assert places.client_files == ("/root/.midonetrc", "/srv/ann/.midonetrc")
    assert set(told(places)) == {"/home/bob/.midonetrc", "/home/eve/.midonetrc", "nobody-here"}
    assert look(host, ()).client_files == ()


def test_everything_else_is_told_by_its_place_alone(host: SmallHost) -> None:
    """Environment, cron, scripts, balancers, firewalls, web.xml; no content is shown."""
    host.write("/etc/profile.d/midonet.sh", "\n\nexport MIDO_API_URL=http://u:s3cr3t@h:8080/midonet-api\n")
    host.write("/etc/cron.d/sync", "MIDO_API_URL=http://h:8080/midonet-api\n* * * * * root true\n")
    host.write("/root/adminrc", "export MIDO_API_URL=x\n")
    host.write("/usr-local/tool", "MIDO_API_URL\n")
    host.write("/etc/haproxy/haproxy.cfg", "frontend api\n  bind *:8080\n  server a 10.8080.1.1:18080\n")
    host.write("/etc/sysconfig/iptables", "-A INPUT -p tcp -m multiport --dports 22,8080 -j ACCEPT\n")
    host.write(CONF, NEUTRON_CONF)
    places = look(host)
    assert {
        "/etc/profile.d/midonet.sh:3",
        "/etc/cron.d/sync:1",
        "/root/adminrc:1",
        "/etc/haproxy/haproxy.cfg:2",
        "/etc/sysconfig/iptables:1",
        "Keystone",
    } == set(told(places)) - {"iptables"}
    assert "s3cr3t" not in str(places)


def test_a_host_with_nothing_has_no_places(host: SmallHost) -> None:
    """And no error."""
    places = look(host)
    assert (places.all, places.plugin_file) == ((), "")


@pytest.fixture
def parts(host: SmallHost) -> HostParts:
    fake = FakeHost("c1", Role.CONTROLLER).parts()
    return msgspec.structs.replace(fake, files=RemoteFiles(host), runner=host)


def perform(changes: Sequence[FileContent]) -> list[str]:
    """Do what a stage does with changes; the paths that were changed."""
    done = []
    for change in changes:
        if change.examine() is not None:
            change.apply()
            done.append(change.path)
        assert change.examine() is None
    return done


def test_a_controllers_files_are_edited_where_they_are(host: SmallHost, parts: HostParts) -> None:
    """Plug-in file behind its link, agent, client, manager; neutron.conf apart; twice is once."""
    host.write(CONF, NEUTRON_CONF)
    ini = host.write(INI, PLUGIN_FILE, mode=0o640)
    host.link(LINK, INI)
    host.write("/etc/neutron/dhcp_agent.ini", b"[MIDONET]\nmidonet_uri = http://h:8080/midonet-api\n")
    rc = host.write("/root/.midonetrc", b"[cli]\r\napi_url=http://h:8080/midonet-api\r\n", mode=0o600)
    script = host.write(SCRIPT, b'{"api_host": "http://h:8080"}')
    conf = host.write(CONF, NEUTRON_CONF)
    rule = PortRule()
    places = places_of(parts, rule)
    done = perform(endpoint_edits(parts, places, rule))
    assert done == [LINK, "/etc/neutron/dhcp_agent.ini", "/root/.midonetrc", SCRIPT]
    assert ini.read_bytes() == PLUGIN_FILE.replace(b"//api.example.org:8080", b"//api.example.org:8181")
    assert (ini.stat().st_mode & 0o777, rc.stat().st_mode & 0o777) == (0o640, 0o600)
    assert (host.root / LINK[1:]).is_symlink()
    assert b"8181" in rc.read_bytes()
    assert b"8181" in script.read_bytes()
    assert conf.read_bytes() == NEUTRON_CONF
    assert not neutron_fits(parts, places, rule)
    assert perform(neutron_edits(parts, places, rule)) == [CONF]
    assert neutron_fits(parts, places, rule)
    assert b"dhcp_agent_notification = False" in conf.read_bytes()


def test_an_address_in_neutron_conf_is_the_operators(host: SmallHost, parts: HostParts) -> None:
    """It is edited with the other settings there, all in one, and only then does Neutron fit."""
    uri = b"[MIDONET]\nmidonet_uri = http://h:8080/midonet-api\n"
    conf = host.write(
        CONF, NEUTRON_CONF.replace(b"midonet\n", b"midonet.neutron.plugin_v2.MidonetPluginV2\n") + uri
    )
    host.write(INI, b"[MIDONET]\nusername = x\n")
    rule = PortRule()
    places = places_of(parts, rule)
    assert perform(endpoint_edits(parts, places, rule)) == []
    assert not neutron_fits(parts, places, rule)
    (change,) = neutron_edits(parts, places, rule)
    _, edit = change.look()
    assert [item.key for item in edit.changes] == ["dhcp_agent_notification", "midonet_uri"]
    assert perform([change]) == [CONF]
    assert b"http://h:8181/" in conf.read_bytes()
    assert neutron_fits(parts, places, rule)


def test_files_that_name_zookeeper_are_edited_or_made(host: SmallHost, parts: HostParts) -> None:
    """midolman.conf keeps the rest; midonet.conf is new, or the package's own."""
    conf = host.write(
        "/etc/midolman/midolman.conf", b"[zookeeper]\nzookeeper_hosts = a\nroot_key = /midonet/v1\n"
    )
    assert perform(agent_edits(parts, "a:2181")) == ["/etc/midolman/midolman.conf"]
    assert conf.read_bytes() == b"[zookeeper]\nzookeeper_hosts = a\n"
    assert perform(cluster_edits(parts, "a:2181,b:2181")) == ["/etc/midonet/midonet.conf"]
    made = host.root / "etc/midonet/midonet.conf"
    assert made.read_bytes() == b"[zookeeper]\nzookeeper_hosts = a:2181,b:2181\n"
    made.write_bytes(b"# package\n[zookeeper]\nzookeeper_hosts = 127.0.0.1:2181\n")
    assert perform(cluster_edits(parts, "a:2181,b:2181")) == ["/etc/midonet/midonet.conf"]
    assert made.read_bytes() == b"# package\n[zookeeper]\nzookeeper_hosts = a:2181,b:2181\n"


def test_a_shown_difference_hides_what_is_secret() -> None:
    """In the lines around too, in URLs, in values that go on; the rest is as it is."""
    before = (
        b'[MIDONET]\nusername = u\nmidonet_uri = http://u:pa"s3cr3t@x@h:8080/midonet-api\n'
        b"password = s3cr3t\n s3cr3t\nroot_key = /midonet\nadmin_token: s3cr3t\n"
    )
    shown = shown_diff("/f", before, before.replace(b"8080", b"8181"))
    assert "s3cr3t" not in shown
    assert (
        "-midonet_uri = http://u:***@h:8080/midonet-api\n+midonet_uri = http://u:***@h:8181/midonet-api\n"
        in shown
    )
    shown = shown_diff("/f", None, b"root_key = /x\n#password = s3cr3t\nadmin_token = s3cr3t")
    assert shown == (
        "--- /dev/null\n+++ /f\n@@ -0,0 +1,3 @@\n+root_key = /x\n+#password = ***\n+admin_token = ***\n"
        "\\ No newline at end of file\n"
    )
    assert shown_diff("/f", b"a\n", b"a\n") == ""


XML = b"""\
<param-name>rest_api-base_uri</param-name>
<param-value>http://h:8080</param-value>
<param-name>keystone-admin_token</param-name>
<param-value>t0ken&amp;s3cr3t</param-value>
<x><param-name>keystone-admin_password</param-name><param-value>s3cr3t</param-value></x>
<param-name>
  keystone-admin_token
</param-name>
<param-value>
  s3cr3t
</param-value>
<param-name>zookeeper-midolman_root_key</param-name>
<param-value>/midonet/v1</param-value>
"""


def test_secret_parameters_of_the_old_api_are_not_shown() -> None:
    """The name stands before the value, on another line or on the same; or is out of sight."""
    shown = shown_diff("/web.xml", XML, None)
    assert "s3cr3t" not in shown
    assert shown.count("***") == 3
    for plain in ("http://h:8080", "keystone-admin_token", "/midonet/v1"):
        assert plain in shown
    shown = shown_diff("/web.xml", XML, XML.replace(b"</x>", b"</y>"))
    assert "s3cr3t" not in shown
    below = b"".join(XML.splitlines(keepends=True)[3:5])
    assert "s3cr3t" not in shown_diff("/web.xml", below, below.replace(b"</x>", b"</y>"))
