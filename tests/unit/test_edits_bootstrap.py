"""ZooKeeper's servers and root, and Neutron's own settings: edited exactly, and back."""

from __future__ import annotations

import pytest

from config_files import sample
from midonet_migrate.plan.edits.model import ConfigFile, FileEdit
from midonet_migrate.plan.edits.neutron_conf import edit_neutron, fits_midonet5
from midonet_migrate.plan.edits.reverse import reverse
from midonet_migrate.plan.edits.zookeeper_files import bootstrap_file, edit_bootstrap

SERVERS = "10.1.0.1:2181,10.1.0.2:2181,10.1.0.3:2181"
PATH = "/etc/midolman/midolman.conf"
CONF = "/etc/neutron/neutron.conf"
V1 = b"neutron.plugins.midonet.plugin.MidonetPluginV2"
V2 = b"midonet.neutron.plugin_v2.MidonetPluginV2"

BOOTSTRAP = {
    "usual": (
        (
            b"# agent\n[zookeeper]\n#root_key = /x\nzookeeper_hosts = a\nroot_key = /midonet/v1\n"
            b"[cassandra]\nservers = 1\n"
        ),
        b"# agent\n[zookeeper]\n#root_key = /x\nzookeeper_hosts = %s\n[cassandra]\nservers = 1\n",
    ),
    "crlf": (
        b"[zookeeper]\r\nroot_key = /midonet/v1\r\nzookeeper_hosts = a\r\n",
        b"[zookeeper]\r\nzookeeper_hosts = %s\r\n",
    ),
    "the first of two counts": (
        b"[zookeeper]\nzookeeper_hosts = a\nzookeeper_hosts = b\n",
        b"[zookeeper]\nzookeeper_hosts = %s\nzookeeper_hosts = b\n",
    ),
    "every root goes": (
        (
            b"[zookeeper]\nroot_key = /a\nzookeeper_hosts = a\nroot_key = /b\n[x]\nroot_key = /c\n"
            b"[zookeeper]\nroot_key=/d"
        ),
        b"[zookeeper]\nzookeeper_hosts = %s\n[x]\nroot_key = /c\n[zookeeper]",
    ),
    "no newline at the end": (
        b"[zookeeper]\nzookeeper_hosts = a\nroot_key = /x",
        b"[zookeeper]\nzookeeper_hosts = %s",
    ),
    "comment after the value": (
        b"[zookeeper]\nzookeeper_hosts = a # b\n",
        b"[zookeeper]\nzookeeper_hosts = %s # b\n",
    ),
    "indented": (
        b"  [zookeeper]\n  zookeeper_hosts : a\n  root_key : /x\n",
        b"  [zookeeper]\n  zookeeper_hosts : %s\n",
    ),
    "goes on": (
        b"[zookeeper]\nzookeeper_hosts = a, \\\n  b\nroot_key = \\\n /x\nsession_timeout = 1\n",
        b"[zookeeper]\nzookeeper_hosts = %s\nsession_timeout = 1\n",
    ),
    "value missing": (b"[zookeeper]\nzookeeper_hosts =\n", b"[zookeeper]\nzookeeper_hosts = %s\n"),
    "separator missing": (b"[zookeeper]\nzookeeper_hosts\n", b"[zookeeper]\nzookeeper_hosts = %s\n"),
    "key missing": (
        b"[zookeeper]\nsession_timeout = 1\n\n[x]\n",
        b"[zookeeper]\nsession_timeout = 1\nzookeeper_hosts = %s\n\n[x]\n",
    ),
    "section missing": (
        b"[cassandra]\nservers = 1",
        b"[cassandra]\nservers = 1\n\n[zookeeper]\nzookeeper_hosts = %s",
    ),
    "other case is another section": (
        b"[ZooKeeper]\nroot_key = /x\n",
        b"[ZooKeeper]\nroot_key = /x\n\n[zookeeper]\nzookeeper_hosts = %s\n",
    ),
}


def taken_back(edit: FileEdit) -> bytes:
    assert edit.after is not None
    back = reverse(edit.after, edit.changes)
    assert back.left == ()
    return back.data


@pytest.mark.parametrize("name", BOOTSTRAP)
def test_servers_are_set_and_roots_dropped(name: str) -> None:
    """Everything else stays, byte for byte; twice is once; and back."""
    before, pattern = BOOTSTRAP[name]
    after = pattern.replace(b"%s", SERVERS.encode())
    edit = edit_bootstrap(ConfigFile(PATH, before), SERVERS)
    assert edit.after == after
    assert edit_bootstrap(ConfigFile(PATH, after), SERVERS).changes == ()
    assert taken_back(edit) == before


def test_a_list_that_names_the_same_servers_stays_as_written() -> None:
    """Blanks, quotes and the usual port make no difference; the order does."""
    same = b'[zookeeper]\nzookeeper_hosts = "10.1.0.1, 10.1.0.2:2181,10.1.0.3"\n'
    assert not edit_bootstrap(ConfigFile(PATH, same), SERVERS).changed
    other = b"[zookeeper]\nzookeeper_hosts = 10.1.0.2,10.1.0.1,10.1.0.3\n"
    assert edit_bootstrap(ConfigFile(PATH, other), SERVERS).changed


def test_another_root_than_the_usual_one_is_set() -> None:
    """In place of the old one."""
    before = b"[zookeeper]\nzookeeper_hosts = a\nroot_key = /midonet/v1\n"
    edit = edit_bootstrap(ConfigFile(PATH, before), "a:2181", "/other")
    assert edit.after == b"[zookeeper]\nzookeeper_hosts = a\nroot_key = /other\n"
    assert taken_back(edit) == before
    new = bootstrap_file(PATH, "a:2181", "/other")
    assert (new.before, new.after) == (None, b"[zookeeper]\nzookeeper_hosts = a:2181\nroot_key = /other\n")
    assert bootstrap_file(PATH, SERVERS).after == f"[zookeeper]\nzookeeper_hosts = {SERVERS}\n".encode()


def test_legacy_settings_are_told_and_kept() -> None:
    """They override what mn-conf holds (host 2.6)."""
    data = b"[zookeeper]\nzookeeper_hosts = a\nsession_timeout = 1\n[cassandra]\nservers = 1\n"
    data += b"[bridge]\nmac = 3\n"
    edit = edit_bootstrap(ConfigFile(PATH, data), "a")
    assert [finding.place for finding in edit.findings] == [f"{PATH}:7 [bridge] mac"]
    assert not edit.changed


def test_the_samples_of_bootstrap_files() -> None:
    """The line root_key goes; midonet.conf gets every port written out."""
    agent, cluster = sample("midolman.conf"), sample("midonet.conf")
    servers = "10.10.0.11:2181,10.10.0.12:2181,10.10.0.13:2181"
    edit = edit_bootstrap(ConfigFile(PATH, agent), servers)
    assert edit.after == agent.replace(b"\nroot_key = /midonet/v1", b"")
    assert taken_back(edit) == agent
    names = "nsdb1.example.org:2181,nsdb2.example.org:2181,10.10.0.13:2181"
    edit = edit_bootstrap(ConfigFile("/etc/midonet/midonet.conf", cluster), names)
    assert edit.after == cluster.replace(b"root_key = /midonet/v1\n", b"")
    edit = edit_bootstrap(ConfigFile("/etc/midonet/midonet.conf", cluster), servers)
    assert b"\nzookeeper_hosts = " + servers.encode() + b"\n" in (edit.after or b"")
    assert taken_back(edit) == cluster


NEUTRON = {
    "usual": (
        b"[DEFAULT]\ncore_plugin = " + V1 + b"\ndhcp_agent_notification = True\nallow_overlapping_ips=True\n",
        b"[DEFAULT]\ncore_plugin = "
        + V2
        + b"\ndhcp_agent_notification = False\nallow_overlapping_ips=True\n",
    ),
    "alias, quotes, nothing else": (
        b"[DEFAULT]\r\ncore_plugin = 'midonet'\r\n\r\n[x]\r\n",
        b"[DEFAULT]\r\ncore_plugin = "
        + V2
        + b"\r\ndhcp_agent_notification = False\r\nallow_overlapping_ips = True\r\n\r\n[x]\r\n",
    ),
    "meant already": (
        b'[DEFAULT]\ncore_plugin = "' + V2 + b'"\ndhcp_agent_notification = no\nallow_overlapping_ips = 1\n',
        b'[DEFAULT]\ncore_plugin = "' + V2 + b'"\ndhcp_agent_notification = no\nallow_overlapping_ips = 1\n',
    ),
    "last counts": (
        (
            b"[DEFAULT]\ncore_plugin = ml2\ncore_plugin = midonet.neutron.plugin_v1.MidonetPluginV2\n"
            b"dhcp_agent_notification = 0\nallow_overlapping_ips = false\n[default]\ncore_plugin = ml2\n"
        ),
        b"[DEFAULT]\ncore_plugin = ml2\ncore_plugin = "
        + V2
        + b"\ndhcp_agent_notification = 0\nallow_overlapping_ips = True\n[default]\ncore_plugin = ml2\n",
    ),
}


@pytest.mark.parametrize("name", NEUTRON)
def test_neutron_gets_what_midonet_5_wants(name: str) -> None:
    """Three settings where they count; twice is once; and back."""
    before, after = NEUTRON[name]
    edits = edit_neutron([ConfigFile(CONF, before)])
    found = edits[0].after if edits else before
    assert found == after
    assert edit_neutron([ConfigFile(CONF, after)]) == []
    assert all(taken_back(edit) == before for edit in edits)
    assert fits_midonet5([ConfigFile(CONF, after)])


def test_a_neutron_that_does_not_run_midonet_is_refused() -> None:
    """Its plug-in is nobody's business; the other settings are still worked out."""
    for data in (b"[DEFAULT]\ncore_plugin = ml2\n", b"[DEFAULT]\n", b"[DEFAULT]\ncore_plugin = $x\n", b"?"):
        edits = edit_neutron([ConfigFile(CONF, data)])
        assert [len(edit.refused) for edit in edits] == [1]
        assert not fits_midonet5([ConfigFile(CONF, data)])


def test_neutrons_settings_are_edited_in_the_file_that_counts() -> None:
    """The later file has the plug-in; what none sets goes into the first."""
    conf = ConfigFile(CONF, b"[DEFAULT]\ncore_plugin = ml2\nallow_overlapping_ips = True\n")
    plugin = ConfigFile("plugin.ini", b"[DEFAULT]\ncore_plugin = midonet\n")
    first, second = edit_neutron([conf, plugin])
    assert first.after == conf.data + b"dhcp_agent_notification = False\n"
    assert second.after == b"[DEFAULT]\ncore_plugin = " + V2 + b"\n"
    assert not fits_midonet5([conf, plugin])
    assert fits_midonet5([conf, ConfigFile("plugin.ini", second.after)])


def test_defaults_of_a_distribution_are_not_edited() -> None:
    """What only they set is set in neutron.conf, which comes after them."""
    dist = b"[DEFAULT]\nallow_overlapping_ips = False\ncore_plugin = ml2\n"
    files = [
        ConfigFile("/usr/share/neutron/neutron-dist.conf", dist),
        ConfigFile("/etc/neutron/a.conf", b"[DEFAULT]\n"),
        ConfigFile(CONF, b"[DEFAULT]\ncore_plugin = midonet\n"),
    ]
    (edit,) = edit_neutron(files)
    assert (edit.path, edit.after) == (
        CONF,
        b"[DEFAULT]\ncore_plugin = %s\ndhcp_agent_notification = False\nallow_overlapping_ips = True\n" % V2,
    )
    edit, other = edit_neutron(files[:2])
    assert [finding.place for finding in edit.refused] == [f"{files[0].path}:3 [DEFAULT] core_plugin"]
    assert [change.key for change in other.changes] == ["dhcp_agent_notification", "allow_overlapping_ips"]
    late = [files[2], files[0]]
    assert [edit.path for edit in edit_neutron(late)] == [CONF, files[0].path]


def test_the_sample_of_neutron_conf() -> None:
    """Two lines; the commented candidate stays."""
    data = sample("neutron.conf")
    (edit,) = edit_neutron([ConfigFile(CONF, data)])
    expected = data.replace(b"\ncore_plugin = " + V1, b"\ncore_plugin = " + V2)
    assert edit.after == expected.replace(
        b"dhcp_agent_notification = True", b"dhcp_agent_notification = False"
    )
    assert taken_back(edit) == data


@pytest.mark.parametrize("servers", ["127.0.0.1:2181", "LOCALHOST", "zk2:2181,localhost:2181", "[::1]:2181"])
def test_an_address_of_this_machine_is_not_spread_over_the_site(servers: str) -> None:
    """On a compute host 127.0.0.1 is the compute host. Where the same stands already it is meant so."""
    before = b"[zookeeper]\nzookeeper_hosts = nsdb1:2181\nroot_key = /midonet/v1\n"
    edit = edit_bootstrap(ConfigFile(PATH, before), servers)
    assert edit.after == before
    assert [finding for finding in edit.refused if "--zookeeper" in finding.text]
    for there in (b"127.0.0.1:2181", b"localhost"):
        edit = edit_bootstrap(ConfigFile(PATH, before.replace(b"nsdb1:2181", there)), servers)
        assert not edit.refused
        assert b"root_key" not in (edit.after or b"")
