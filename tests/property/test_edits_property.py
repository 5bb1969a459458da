"""Edits of any configuration file at all: read as its program reads it, changed in one place, and back."""

from __future__ import annotations

import configparser
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_migrate.plan.edits.endpoints import (
    edit_client_rc,
    edit_dhcp_agent,
    edit_manager_script,
    edit_plugin_uri,
)
from midonet_migrate.plan.edits.ini import Ini, parse
from midonet_migrate.plan.edits.model import ConfigFile, Dialect, FileEdit, Unreadable
from midonet_migrate.plan.edits.neutron_conf import edit_neutron
from midonet_migrate.plan.edits.reverse import reverse
from midonet_migrate.plan.edits.url_port import PortRule
from midonet_migrate.plan.edits.zookeeper_files import edit_bootstrap
from midonet_migrate.settings import midonet_files, oslo_files
from midonet_migrate.settings.filesystem import UnreadableFile

SECTIONS = ["[MIDONET]", "[midonet]", "[cli]", "[DEFAULT]", "[zookeeper]", "[x]"]
KEYS = ["midonet_uri", "api_url", "API_URL", "zookeeper_hosts", "root_key", "core_plugin", "a", "client"]
VALUES = [
    "http://h:8080/midonet-api",
    "http://[::1]:8080/midonet-api/",
    "http://u:p@h:8181/midonet-api",
    "'http://h:8080/midonet-api'",
    "https://h:8443/midonet-api",
    '"a;b" # c',
    "a # b",
    "a ; b",
    "a \\",
    "\\",
    "midonet",
    "a:2181, b",
    "",
    '""',
    "x = y: z",
    "ü",
]
HOMES = {
    "plug-in file": ("[MIDONET]", "midonet_uri"),
    "dhcp_agent.ini": ("[midonet]", "midonet_uri"),
    "midonetrc": ("[cli]", "api_url"),
    "client.js": ("[x]", "a"),
    "midolman.conf": ("[zookeeper]", "root_key"),
    "another root": ("[zookeeper]", "zookeeper_hosts"),
    "neutron.conf": ("[DEFAULT]", "core_plugin"),
}
"""Edit -> the section and the key that most lines should be of."""


def lines(name: str) -> st.SearchStrategy[list[str]]:
    """A line; an assignment perhaps with one more that continues it."""
    section, key = HOMES[name]
    assignment = st.builds(
        lambda comment, key, separator, value, blank, more: [
            f"{comment}{key}{separator}{value}{blank}",
            *([] if comment else more),
        ],
        st.sampled_from(["", "", "", "", "#", "# ", ";"]),
        st.sampled_from([key, key, key, *KEYS]),
        st.sampled_from([" = ", "=", ":", " : "]),
        st.one_of(st.just("midonet" if key == "core_plugin" else VALUES[0]), st.sampled_from(VALUES)),
        st.sampled_from(["", "", " ", "\t\x0c"]),
        st.sampled_from([[], [], [], [], [], [], ["  goes on"], ["\thttp://h:8080/midonet-api"]]),
    )
    other = st.sampled_from([section, section, *SECTIONS, "", " ", "# note", "; note"])
    return st.one_of(assignment, assignment, other.map(lambda text: [text]))


noise = st.one_of(
    st.sampled_from(
        ["[x", "[]", " [cli]", "[cli] y", "rem x", "noise", "key", " key = x", "= x", "root_key"]
    ),
    st.text(
        st.characters(max_codepoint=0xFF, exclude_characters="\n\r\0\x1c\x1d\x1e\x1f\x85\xa0"), max_size=12
    ),
)


@st.composite
def files(draw: st.DrawFn, name: str) -> bytes:
    """Lines with one kind of end or several, the last one perhaps without; now and then with nonsense."""
    first = draw(st.sampled_from([HOMES[name][0], *SECTIONS, "# no section"]))
    one = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    ends = draw(st.sampled_from([[one], [one], ["\n", "\r\n", "\r"]]))
    found = [first, *(part for group in draw(st.lists(lines(name), max_size=9)) for part in group)]
    if draw(st.integers(0, 3)) == 0:
        found.insert(draw(st.integers(0, len(found))), draw(noise))
    text = "".join(content + draw(st.sampled_from(ends)) for content in found)
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode("latin-1")


EDITS: dict[str, Callable[[bytes], FileEdit]] = {
    "plug-in file": lambda data: edit_plugin_uri([ConfigFile("f", data)], PortRule(), "f")[0],
    "dhcp_agent.ini": lambda data: edit_dhcp_agent(ConfigFile("f", data), PortRule()),
    "midonetrc": lambda data: edit_client_rc(ConfigFile("f", data), PortRule()),
    "client.js": lambda data: edit_manager_script(ConfigFile("f", data), PortRule()),
    "midolman.conf": lambda data: edit_bootstrap(ConfigFile("f", data), "n1:2181,n2:2181"),
    "another root": lambda data: edit_bootstrap(ConfigFile("f", data), "n1:2181,n2:2181", "/other"),
    "neutron.conf": lambda data: [
        *edit_neutron([ConfigFile("f", data)]),
        FileEdit(path="f", before=data, after=data),
    ][0],
}


def require_exact(edit: FileEdit, again: Callable[[bytes], FileEdit]) -> None:
    """Twice is once, back is the same, and nothing but the changes differs."""
    assert edit.before is not None
    assert edit.after is not None
    second = again(edit.after)
    assert (second.after, second.changes) == (edit.after, ())
    back = reverse(edit.after, edit.changes)
    assert (back.data, back.left) == (edit.before, ())
    new = sum(len(change.after) - len(change.before) for change in edit.changes)
    assert len(edit.after) == len(edit.before) + new
    prefix = b"[unrelated]\nadded = 1\n"
    moved = reverse(prefix + edit.after, edit.changes)
    if not edit.before.startswith(b"\xef\xbb\xbf"):
        assert (moved.data, moved.left) == (prefix + edit.before, ())


@settings(max_examples=400)
@given(st.sampled_from(sorted(EDITS)).flatmap(lambda name: st.tuples(st.just(name), files(name))))
def test_any_file_is_edited_once_and_comes_back(case: tuple[str, bytes]) -> None:
    """Also with something put in at its beginning meanwhile."""
    name, data = case
    require_exact(EDITS[name](data), EDITS[name])


MEMBER = st.tuples(
    st.sampled_from(["api_host", "login_host", "trace_api_host", "other"]),
    st.sampled_from(
        ["http://h:8080", "http:\\/\\/h:8080\\/", "https://h", "ws://h:8080/x", "http://h:8081", 'a\\"b']
    ),
    st.sampled_from(["", "// note: 'x'\n", '/* " */', '"nested": {"api_host": "http://n:8080"},', "\r\n\t"]),
)


@given(st.lists(MEMBER, max_size=6), st.sampled_from(["{%s}", "var x = {%s};\n", "f('a', {\n%s\n})"]))
def test_any_script_is_edited_once_and_comes_back(parts: list[tuple[str, str, str]], frame: str) -> None:
    """Nested objects, comments, escaped slashes."""
    body = ",".join(f'{before}"{key}": "{value}"' for key, value, before in parts)
    edit = EDITS["client.js"](frame.replace("%s", body).encode())
    assert edit.before is not None
    assert edit.after is not None
    assert EDITS["client.js"](edit.after).changes == ()
    assert reverse(edit.after, edit.changes).data == edit.before
    assert edit.after.count(b"n:8080") == edit.before.count(b"n:8080")


def ours(data: bytes, dialect: Dialect) -> Ini | None:
    try:
        return parse(data.decode("latin-1"), dialect)
    except Unreadable:
        return None


@given(files("plug-in file"))
def test_neutrons_files_are_read_as_oslo_config_reads_them(data: bytes) -> None:
    """The reader of the settings, which is oslo.config's own, is the oracle."""
    text = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
    found = ours(data, Dialect.OSLO)
    try:
        expected = oslo_files.parse(text, "f")
    except UnreadableFile:
        assert found is None
        return
    assert found is not None
    assert [(item.section, item.key, found.line(item.start)) for item in found.assignments] == [
        (item.section, item.key, _line_of(text, item.line)) for item in expected
    ]
    for item, other in zip(found.assignments, expected, strict=True):
        first, *more = found.value(item).split("\n")
        if not found.text[item.start : item.value_start].count("\n"):
            first = first.strip()
            first = first[1:-1] if len(first) > 1 and first[0] == first[-1] and first[0] in "\"'" else first
            assert "\n".join([first, *(part.strip() for part in more)]) == other.raw


def _line_of(text: str, line: int) -> int:
    """oslo.config counts newlines alone; we count what an editor shows."""
    before = "".join(part + "\n" for part in text.split("\n")[: line - 1])
    return len(before.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


@given(files("midolman.conf"))
def test_midonets_files_are_read_as_its_java_reads_them(data: bytes) -> None:
    """The reader of the settings is the oracle: the first of two counts."""
    text = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
    expected = midonet_files.parse(text)
    found = ours(data, Dialect.MIDONET)
    assert found is not None
    assert {(item.section, item.key) for item in found.assignments} == set(expected)
    for (section, key), value in expected.items():
        active = found.active(section, key)
        assert active is not None
        assert found.line(active.start) == value.line
        raw = found.value(active)
        if (
            "\n" not in raw + value.value
            and "\r" not in raw
            and raw[:1] not in {'"', "'"}
            and raw[-1:] != "\\"
        ):
            assert raw == value.value


@given(files("midonetrc"))
def test_the_clients_file_is_read_as_configparser_reads_it(data: bytes) -> None:
    """Python 3's parser, set to Python 2's rules, is the oracle where it has them."""
    found = ours(data, Dialect.CLIENT)
    text = data.decode("latin-1").removeprefix("\xef\xbb\xbf")
    lines = text.split("\n")
    differs = any(item[:1].isspace() and item.strip()[:1] in {"#", ";", "["} for item in lines)
    differs |= any(item.lower().startswith("rem") or item.startswith(("[]", ";")) for item in lines)
    if found is None or differs or "\r" in text or "\x0b" in text or "\x0c" in text or ";" in text:
        return
    oracle = configparser.RawConfigParser(strict=False, empty_lines_in_values=True)
    oracle.read_string(text)
    for section in oracle.sections():
        for key in oracle.options(section):
            active = found.active(section, key) or found.active("DEFAULT", key)
            assert active is not None
            words = found.value(active).split()
            assert words == [word for word in oracle.get(section, key).split() if words] or "#" in text
