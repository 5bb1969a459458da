"""Single edits taken back in files that somebody changed since: ours, and nothing of theirs."""

from __future__ import annotations

import re

import msgspec
import pytest

from config_files import PLUGIN_FILE
from midonet_migrate.plan.edits.endpoints import edit_client_rc, edit_manager_script, edit_plugin_uri
from midonet_migrate.plan.edits.model import Change, ConfigFile, FileEdit
from midonet_migrate.plan.edits.neutron_conf import edit_neutron
from midonet_migrate.plan.edits.reverse import Reversal, reverse
from midonet_migrate.plan.edits.url_port import PortRule
from midonet_migrate.plan.edits.zookeeper_files import edit_bootstrap

NEW = b"http://api.example.org:8181/midonet-api"
OLD = b"http://api.example.org:8080/midonet-api"


def uri_edit(data: bytes = PLUGIN_FILE) -> FileEdit:
    return edit_plugin_uri([ConfigFile("f", data)], PortRule(), "f")[0]


def after(edit: FileEdit, *replacements: tuple[bytes, bytes]) -> Reversal:
    """Take an edit back after somebody else's replacements."""
    assert edit.after is not None
    data = edit.after
    for old, new in replacements:
        assert old in data
        data = data.replace(old, new)
    return reverse(data, edit.changes)


@pytest.mark.parametrize(
    "theirs",
    [
        (b"username = midonet", b"username = other"),
        (b"[MIDONET]", b"[added]\na = http://x:8181/midonet-api\n\n[MIDONET]"),
        (NEW, b"http://other.example.org:8181/midonet-api"),
        (NEW, NEW + b"/  "),
        (b"\n", b"\r\n"),
        (b"midonet_uri = " + NEW, b"midonet_uri: " + NEW),
        (b"[MIDONET]", b"[midonet]"),
    ],
)
def test_the_port_goes_back_and_their_changes_stay(theirs: tuple[bytes, bytes]) -> None:
    """Whatever they did around it, also with the host."""
    edit = uri_edit()
    found = after(edit, theirs)
    changed = (edit.after or b"").replace(*theirs)
    expected = re.sub(rb"(?m)^(midonet_uri.*):8181", rb"\1:8080", changed)
    assert (found.data, found.left) == (expected, ())
    assert len(found.undone) == 1


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ((NEW, b"http://api.example.org:9000/midonet-api"), "port"),
        ((NEW, b"http://api.example.org/midonet-api"), "port"),
        ((NEW, b"nonsense"), "not a URL"),
        ((b"midonet_uri = " + NEW, b"#"), "not set"),
        ((b"password = ", b"midonet_uri = http://x:8080/midonet-api\npassword = "), "port"),
        ((b"username", b"no assignment\nusername"), "no assignment"),
        ((b"username", b"user\0name"), "no text"),
    ],
)
def test_a_port_that_is_not_ours_any_more_is_left_and_told(theirs: tuple[bytes, bytes], reason: str) -> None:
    """No 8181 is turned into 8080 but the one of the edit."""
    found = after(uri_edit(), theirs)
    assert PLUGIN_FILE.replace(OLD, NEW, 1) != found.data
    assert found.undone == ()
    assert reason in found.left[0][1]
    assert found.data.count(b"8181") == (uri_edit().after or b"").replace(*theirs).count(b"8181")


def test_a_line_that_was_put_in_goes_again() -> None:
    """Alone, or with our section if nothing came into it; not when its value is another one now."""
    bare = b"[DATABASE]\nsql_connection = x\n"
    edit = uri_edit(bare)
    line = b"midonet_uri = http://localhost:8181/midonet-api\n"
    assert after(edit, (b"= x", b"= y")).data == bare.replace(b"= x", b"= y")
    assert after(edit, (line, line + b"username = z\n")).data == bare + b"\n[MIDONET]\nusername = z\n"
    assert after(edit, (line, b"# mine\n" + line)).data == bare + b"\n[MIDONET]\n# mine\n"
    assert after(edit, (line, line.rstrip())).data == bare + b"\n[MIDONET]\n"
    found = after(edit, (b"localhost", b"elsewhere"))
    assert (found.undone, found.left[0][1]) == ((), "it has another value")
    within = uri_edit(b"[MIDONET]\nusername = x")
    assert after(within, (b"api", b"api\npassword = y\n")).data == b"[MIDONET]\nusername = x\npassword = y\n"


ROOT = b"[zookeeper]\nzookeeper_hosts = a\nroot_key = /midonet/v1\nsession_timeout = 1\n[x]\ny = 1\n"


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ((b"[x]", b"[new]\na = 1\n[x]"), ROOT.replace(b"[x]", b"[new]\na = 1\n[x]")),
        ((b"session", b"# note\nsession"), ROOT.replace(b"session", b"# note\nsession")),
        (
            (b"zookeeper_hosts = a\n", b"zookeeper_hosts = b\n"),
            b"[zookeeper]\nroot_key = /midonet/v1\nzookeeper_hosts = b\nsession_timeout = 1\n[x]\ny = 1\n",
        ),
        (
            (b"zookeeper_hosts = a\nsession_timeout = 1\n[x]\ny = 1\n", b"#"),
            b"[zookeeper]\nroot_key = /midonet/v1\n#",
        ),
        (
            (b"[zookeeper]\nzookeeper_hosts = a\nsession_timeout = 1\n[x]\ny = 1\n", b"[zookeeper]"),
            b"[zookeeper]\nroot_key = /midonet/v1",
        ),
    ],
)
def test_a_removed_line_comes_back_to_its_place(theirs: tuple[bytes, bytes], expected: bytes) -> None:
    """Below the line it stood under, else below the section's header."""
    edit = edit_bootstrap(ConfigFile("f", ROOT), "a")
    found = after(edit, theirs)
    assert (found.data, found.left) == (expected, ())


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        ((b"session_timeout", b"root_key = /other\nsession_timeout"), "set again"),
        ((b"[zookeeper]", b"[ZooKeeper]"), "no section"),
    ],
)
def test_a_removed_line_whose_place_is_taken_or_gone_is_told(
    theirs: tuple[bytes, bytes], reason: str
) -> None:
    """The operator decides."""
    found = after(edit_bootstrap(ConfigFile("f", ROOT), "a"), theirs)
    assert reason in found.left[0][1]
    assert found.undone == ()


def test_each_change_is_taken_back_by_itself() -> None:
    """What can be is, the rest is told."""
    data = b"[DEFAULT]\ncore_plugin = midonet\nallow_overlapping_ips = no\n"
    (edit,) = edit_neutron([ConfigFile("f", data)])
    found = after(edit, (b"midonet.neutron.plugin_v2.MidonetPluginV2", b"ml2"))
    assert found.data == data.replace(b"midonet", b"ml2")
    assert [change.key for change in found.undone] == ["allow_overlapping_ips", "dhcp_agent_notification"]
    assert [(change.key, reason) for change, reason in found.left] == [
        ("core_plugin", "it has another value")
    ]


def test_the_other_dialects_go_back_too() -> None:
    """~/.midonetrc and client.js, changed since."""
    rc = edit_client_rc(ConfigFile("f", b"[cli]\napi_url=http://h:8080/midonet-api ; x\n"), PortRule())
    assert after(rc, (b"; x", b"; y")).data == b"[cli]\napi_url=http://h:8080/midonet-api ; y\n"
    script = edit_manager_script(ConfigFile("f", b'{"api_host": "http:\\/\\/h:8080", "b": 1}'), PortRule())
    assert after(script, (b'"b"', b'"c"')).data == b'{"api_host": "http:\\/\\/h:8080", "c": 1}'
    assert after(script, (b'"api_host"', b'"c"')).left[0][1] == "it is not set any more"
    assert after(script, (b"8181", b"8182")).left[0][1] == "its port is another one"


def test_changes_survive_being_stored() -> None:
    """As JSON, every byte of a file in another character set."""
    edit = edit_bootstrap(ConfigFile("f", b"[zookeeper]\nroot_key = /\xfc\xe9\r\nzookeeper_hosts = a\n"), "b")
    stored = msgspec.json.encode(edit.changes)
    changes = msgspec.json.decode(stored, type=tuple[Change, ...])
    assert changes == edit.changes
    assert reverse(edit.after or b"", changes).data == edit.before
