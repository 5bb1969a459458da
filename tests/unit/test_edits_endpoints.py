"""The API's port in configuration files: exactly that, exactly there, and exactly back."""

from __future__ import annotations

import pytest

from config_files import EDITED, LEFT, PLUGIN_FILE, plugin_file, sample
from midonet_migrate.plan.edits.endpoints import (
    edit_client_rc,
    edit_dhcp_agent,
    edit_manager_script,
    edit_plugin_uri,
    writes_to_tasks,
)
from midonet_migrate.plan.edits.model import ConfigFile, FileEdit, Severity
from midonet_migrate.plan.edits.reverse import reverse
from midonet_migrate.plan.edits.url_port import PortRule

PATH = "/etc/neutron/plugins/midonet/midonet.ini"


def edit(data: bytes, rule: PortRule | None = None) -> FileEdit:
    (found,) = edit_plugin_uri([ConfigFile(PATH, data)], rule or PortRule(), PATH)
    assert found.before == data
    return found


def worst(edit: FileEdit) -> str:
    order = [Severity.REFUSED, Severity.ATTENTION, Severity.NOTE]
    return next((item.value for item in order if item in {found.severity for found in edit.findings}), "")


def taken_back(edit: FileEdit) -> bytes:
    assert edit.after is not None
    back = reverse(edit.after, edit.changes)
    assert back.left == ()
    return back.data


@pytest.mark.parametrize("name", EDITED)
def test_each_variant_is_edited_exactly_and_restored_exactly(name: str) -> None:
    """Only the port of the value that counts, or one line that was missing; twice is once."""
    before, after = EDITED[name]
    found = edit(before)
    assert found.after == after
    assert not found.refused
    assert len(found.changes) == 1
    again = edit(after)
    assert (again.after, again.changes) == (after, ())
    assert taken_back(found) == before


@pytest.mark.parametrize("name", LEFT)
def test_what_nobody_can_tell_is_left_alone_and_told(name: str) -> None:
    """With its place, and without the value's secrets."""
    data, severity = LEFT[name]
    found = edit(data)
    assert (found.after, found.changes, found.changed) == (data, (), False)
    assert worst(found) == severity
    assert all(str(finding).startswith(PATH) for finding in found.findings)


def test_messages_and_representations_hold_no_password() -> None:
    """Not of a URL, and not of the lines around."""
    for url in (
        b"https://u:s3cr3t@h/midonet-api",
        b"http://u:s3cr3t@h:9/midonet-api",
        b"http://u:s3cr3t/@h, x",
    ):
        found = edit(plugin_file(url))
        told = "".join(map(str, found.findings))
        assert "s3cr3t" not in told + repr(found) + repr(found.findings)
    found = edit(plugin_file(b"http://u:s3cr3t@h:8080/midonet-api"))
    assert found.changes
    assert "s3cr3t" not in repr(found.changes) + repr(ConfigFile(PATH, b"s3cr3t"))


def test_a_place_is_told_with_its_line() -> None:
    """So that it is found at once."""
    (finding,) = edit(plugin_file(b"https://h:8443/midonet-api")).findings
    assert finding.place == f"{PATH}:8 [MIDONET] midonet_uri"
    assert "https://h:8443/midonet-api is HTTPS" in finding.text


@pytest.mark.parametrize(
    ("url", "rule", "after"),
    [
        (b"http://h:8081/midonet-api", PortRule(old=(8081,)), b"http://h:8181/midonet-api"),
        (b"http://h/midonet-api", PortRule(old=(80,)), b"http://h:8181/midonet-api"),
        (b"http://h:/midonet-api", PortRule(old=(80,)), b"http://h:8181/midonet-api"),
        (b"http://[::1]/midonet-api", PortRule(old=(80, 8080)), b"http://[::1]:8181/midonet-api"),
        (b"http://h:8080/midonet-api", PortRule(new=9000), b"http://h:9000/midonet-api"),
    ],
)
def test_other_ports_are_changed_when_they_are_named(url: bytes, rule: PortRule, after: bytes) -> None:
    """``--old-api-port``, also the port that is not written; and back."""
    found = edit(plugin_file(url), rule)
    assert found.after == plugin_file(after)
    assert taken_back(found) == plugin_file(url)


def test_with_a_named_port_the_usual_one_is_another() -> None:
    """Only what was named is the old API."""
    assert edit(PLUGIN_FILE, PortRule(old=(8081,))).refused


def test_a_host_that_is_no_api_node_is_changed_with_a_warning() -> None:
    """It may be a balancer."""
    rule = PortRule(hosts=frozenset({"api.example.org"}))
    assert not edit(PLUGIN_FILE, rule).findings
    found = edit(plugin_file(b"http://vip.example.org:8080/midonet-api"), rule)
    assert found.after == plugin_file(b"http://vip.example.org:8181/midonet-api")
    assert worst(found) == "attention"


@pytest.mark.parametrize("host", [b"localhost", b"127.0.0.1", b"127.8.9.10", b"[::1]"])
def test_the_loopback_is_the_controller_itself(host: bytes) -> None:
    """Nobody is asked about a balancer there."""
    rule = PortRule(hosts=frozenset({"api.example.org"}))
    found = edit(plugin_file(b"http://" + host + b":8080/midonet-api"), rule)
    assert found.after == plugin_file(b"http://" + host + b":8181/midonet-api")
    assert not found.findings


def test_the_file_that_counts_is_edited() -> None:
    """Of several files of one program the last one that has the key; the others stay."""
    conf = ConfigFile("/etc/neutron/neutron.conf", b"[MIDONET]\nmidonet_uri = http://h:8080/midonet-api\n")
    plugin = ConfigFile(PATH, b"[MIDONET]\nusername = x\n")
    (found,) = edit_plugin_uri([conf, plugin], PortRule(), PATH)
    assert (found.path, found.after) == (conf.path, conf.data.replace(b"8080", b"8181"))
    (found,) = edit_plugin_uri([conf, ConfigFile(PATH, PLUGIN_FILE)], PortRule(), PATH)
    assert found.path == PATH
    empty = ConfigFile(conf.path, b"[DEFAULT]\n")
    (found,) = edit_plugin_uri([empty, plugin], PortRule(), PATH)
    assert (found.path, found.changed) == (PATH, True)
    (found,) = edit_plugin_uri([empty], PortRule(), PATH)
    assert (found.path, found.before, worst(found)) == (PATH, None, "attention")


def test_the_cluster_client_is_told() -> None:
    """It would write to a table that nobody reads."""
    line = b"client = midonet.neutron.client.cluster.MidonetClusterClient\n"
    found = edit(PLUGIN_FILE + line)
    assert found.changed
    assert "task table" in str(found.findings[0])


def test_the_dhcp_agent_is_edited_only_if_it_has_the_section() -> None:
    """A line is put in for the default that counted."""
    bare = ConfigFile("/etc/neutron/dhcp_agent.ini", b"[DEFAULT]\nuse_namespaces = True\n")
    assert not edit_dhcp_agent(bare, PortRule()).changed
    found = edit_dhcp_agent(ConfigFile(bare.path, bare.data + b"[MIDONET]\n"), PortRule())
    assert found.after == bare.data + b"[MIDONET]\nmidonet_uri = http://localhost:8181/midonet-api\n"
    assert edit_dhcp_agent(ConfigFile(bare.path, b"?\n"), PortRule()).refused


RC = b"""\
[CLI]
api_url = http://a:8080/midonet-api
[cli]
# api_url = http://b:8080/midonet-api
API_URL : http://c:8080/midonet-api
username = admin
rem api_url = http://r:8080/midonet-api
api_url=http://d:8080/midonet-api ; http://e:8080/midonet-api
password = adm%n!pass
"""


def test_the_clients_file_is_read_as_the_client_reads_it() -> None:
    """Keys in any case, sections in one; the last counts; a comment after ';'."""
    found = edit_client_rc(ConfigFile("/root/.midonetrc", RC), PortRule())
    assert found.after == RC.replace(b"//d:8080", b"//d:8181")
    assert taken_back(found) == RC
    default = b"[DEFAULT]\napi_url = http://d:8080/midonet-api\n[cli]\nusername = x\n"
    found = edit_client_rc(ConfigFile("/root/.midonetrc", default), PortRule())
    assert found.after == default.replace(b"8080", b"8181")
    for data in (b"[cli]\nusername = x\n", b"", b"[zookeeper]\nzookeeper_hosts = a\n"):
        found = edit_client_rc(ConfigFile("/root/.midonetrc", data), PortRule())
        assert (found.changed, worst(found)) == (False, "note")
    for data in (b"api_url = http://d:8080/midonet-api\n", b"[cli]\nnonsense\n"):
        found = edit_client_rc(ConfigFile("/root/.midonetrc", data), PortRule())
        assert (found.changed, worst(found)) == (False, "attention")


SCRIPT = rb"""// api_host: "http://x:8080"
/* "login_host": "http://x:8080", */
module.exports = {
  "nested": {"api_host": "http://n:8080"},
  'api_host': "http:\/\/h.example.org:8080",
  login_host : 'http://[::1]:8080/',
  "trace_api_host": "http://a:8080",
  "analytics_ws_api_url": "ws://insight:8080/analytics",
  "list": ["api_host", "http://l:8080"],
  "api_version": "1.9",
  "trace_api_host": "http://b:8080"
};
"""


def test_three_members_of_the_managers_script_are_edited() -> None:
    """Escaped slashes, comments, quotes of both kinds, nesting; the last of two members counts."""
    found = edit_manager_script(ConfigFile("client.js", SCRIPT), PortRule())
    expected = SCRIPT.replace(b"org:8080", b"org:8181").replace(b"[::1]:8080", b"[::1]:8181")
    assert found.after == expected.replace(b"//b:8080", b"//b:8181")
    assert [finding.place for finding in found.findings] == ["client.js api_version"]
    assert edit_manager_script(ConfigFile("client.js", found.after or b""), PortRule()).changes == ()
    assert taken_back(found) == SCRIPT


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        (b'{"api_host": "http://h:8081"}', "refused"),
        (b'{"api_host": "https://h:8443"}', "attention"),
        (b'{"api_host": "http://h:8080/midonet-api"}', "attention"),
        (b'{"api_host": "http://" + location.host + ":8080"}', "attention"),
        (b'{"api_host": null}', "attention"),
        (b'{"api_host": "http://h:8080}', "attention"),
        (b'{"api_host": "http://h:8080"', "attention"),
        (b"{}", "note"),
    ],
)
def test_a_script_that_is_not_understood_is_left_alone(data: bytes, severity: str) -> None:
    """As a whole."""
    found = edit_manager_script(ConfigFile("client.js", data), PortRule())
    assert (found.after, worst(found)) == (data, severity)


def test_the_samples_change_in_one_place_each() -> None:
    """The files of the reference (host 7): one line, in client.js three."""
    plugin, dhcp, rc = sample("plugin.ini"), sample("dhcp_agent.ini"), sample("midonetrc")
    active = b"midonet_uri = http://controller.example.org:%d/midonet-api"
    found = edit(plugin)
    assert found.after == plugin.replace(b"\n" + active % 8080 + b"/", b"\n" + active % 8181 + b"/")
    found_dhcp = edit_dhcp_agent(ConfigFile("dhcp_agent.ini", dhcp), PortRule())
    assert found_dhcp.after == dhcp.replace(active % 8080, active % 8181)
    found_rc = edit_client_rc(ConfigFile("midonetrc", rc), PortRule())
    assert found_rc.after == rc.replace(
        b"api_url=http://controller.example.org:8080", b"api_url=http://controller.example.org:8181"
    )
    script = sample("client.js")
    found_script = edit_manager_script(ConfigFile("client.js", script), PortRule())
    assert found_script.after == script.replace(
        b'"http://controller.example.org:8080"', b'"http://controller.example.org:8181"'
    )
    for one, before in ((found, plugin), (found_dhcp, dhcp), (found_rc, rc), (found_script, script)):
        assert one.after != before
        assert taken_back(one) == before


@pytest.mark.parametrize(
    ("texts", "does"),
    [
        ((b"[MIDONET]\nclient = midonet.neutron.client.cluster.MidonetClusterClient\n",), True),
        ((b"[MIDONET]\n#client = midonet.neutron.client.cluster.MidonetClusterClient\n",), False),
        (
            (
                b"[midonet]\nclient = midonet.neutron.client.cluster.MidonetClusterClient\n",
                b"[MIDONET]\nclient = midonet.neutron.client.api.MidonetApiClient\n",
            ),
            False,
        ),
        ((b"no section\n",), False),
    ],
)
def test_a_plugin_that_writes_tasks_is_recognised(texts: tuple[bytes, ...], does: bool) -> None:
    """By the last file that says so: neutron-server must not start with it once nobody reads tasks."""
    files = [ConfigFile(f"/etc/neutron/{number}.ini", text) for number, text in enumerate(texts)]
    assert writes_to_tasks(files) is does
