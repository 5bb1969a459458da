"""hosts.yaml: what is read, every way to get it wrong, and that an operator's lines are never touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_migrate.errors import AccessDenied, ConfigError
from midonet_migrate.hosts.inventory import (
    exposure,
    inventory_text,
    parse_inventory,
    read_inventory,
    with_hosts_added,
    write_inventory,
)
from midonet_migrate.model.hosts import (
    Connection,
    HostEntry,
    Inventory,
    Repositories,
    RepositoryDefinition,
    RepositoryKey,
    Role,
    Substitution,
)

_SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "formats" / "hosts.schema.json"
_EXAMPLE = """\
# our site
version: 1
hosts:
  - name: controller1   # in the first rack
    roles: [controller, nsdb]
    connection: local
  # behind the bastion
  - name: compute1
    roles:
      - compute
    address: 10.0.0.11
    user: ops
    port: 2222
    sudo: yes
    midonet_host_id: 11111111-1111-4111-8111-111111111111

# 5.x packages
repositories:
  debian:
    text: |
      deb http://user:p%40ss@repo.example.org/mem-5 stable main
      # a comment
    keys: [{name: midokura.asc, file: /root/midokura.key}]
    disables: [/etc/apt/sources.list.d/midokura.list]
  substitution: {old: mem-1.9, new: midonet-5, files: [/etc/yum.repos.d/midokura.repo]}
"""
_NEW = HostEntry(name="compute2", roles=(Role.COMPUTE, Role.GATEWAY), sudo=True)


def test_everything_is_read() -> None:
    """Every field of the model has its place in the file."""
    inventory = parse_inventory(_EXAMPLE, "hosts.yaml")
    assert inventory.host("controller1").connection is Connection.LOCAL
    assert [host.name for host in inventory.with_role(Role.NSDB)] == ["controller1"]
    compute = inventory.host("compute1")
    assert (compute.destination, compute.user, compute.port, compute.sudo) == ("10.0.0.11", "ops", 2222, True)
    debian = inventory.repositories.debian
    assert debian is not None
    assert debian.text.endswith("# a comment\n")
    assert debian.keys == (RepositoryKey(name="midokura.asc", file="/root/midokura.key"),)
    assert inventory.repositories.substitution == Substitution(
        old="mem-1.9", new="midonet-5", files=("/etc/yum.repos.d/midokura.repo",)
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "roles: [controller, nsdb]",
            "roles: [controler]",
            5,
            "Invalid enum value 'controler' (known: contr",
        ),
        ("connection: local", "connection: telnet", 6, "Invalid enum value 'telnet' (known: local, ssh)"),
        ("port: 2222", "port: '2222'", 13, "'port': Expected `int | null`, got `str`"),
        ("port: 2222", "port: 70000", 13, "compute1: 70000 is no port"),
        ("port: 2222", "bgp_command: 'true'", 13, "compute1: it is no gateway: its bgp_command would never"),
        ("address: 10.0.0.11", "adress: 10.0.0.11", 11, "there is no 'adress'; is 'address' meant?"),
        ("address: 10.0.0.11", "address: -oProxyCommand=x", 11, "compute1: '-oProxyCommand=x' is no address"),
        ("user: ops", "user: -x", 12, "compute1: '-x' is no user"),
        ("name: compute1", "name: controller1", 8, "controller1: another host has this name"),
        ("name: compute1", "name: comp ute", 8, "'comp ute' is no name of a host"),
        ("name: compute1", "nme: compute1", 8, "there is no 'nme'; is 'name' meant?"),
        ("    user: ops\n", "    connection: local\n", 12, "a local host has neither address"),
        (
            "    address: 10.0.0.11\n    user: ops\n    port: 2222\n",
            "    connection: local\n",
            11,
            "controller1 is",
        ),
        ("11111111-1111", "1111", 15, "is no UUID"),
        ("version: 1", "version: 2", 2, "version is 2; this program knows 1"),
        ("repositories:", "repositorys:", 18, "is 'repositories' meant?"),
        ("    text: |", "    txt: |", 20, "there is no 'txt'; is 'text' meant?"),
        ("sudo: yes", "sudo: maybe", 14, "'sudo': Expected `bool`, got `str`"),
        ("    user: ops\n", "    user: ops\n    user: root\n", 13, "'user' stands there twice"),
        ("midokura.asc", "../x", 23, "'../x' is no name of a file"),
        ("files: [/etc", "files: [etc", 25, "is no full path"),
        ("roles: [controller, nsdb]", "roles: []", 5, "controller1: it has no role"),
        ("roles: [controller, nsdb]", "roles: [nsdb, nsdb]", 5, "controller1: a role stands there twice"),
        ("user: ops", "user: [", 14, "expected ',' or ']'"),
    ],
)
def test_a_problem_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    """An operator finds it at once."""
    text = _EXAMPLE.replace(old, new, 1)
    assert text != _EXAMPLE
    with pytest.raises(ConfigError) as caught:
        parse_inventory(text, "hosts.yaml")
    assert caught.value.exit_status == 64
    assert any(
        problem.startswith(f"hosts.yaml:{line}: ") and message in problem for problem in caught.value.problems
    ), caught.value.problems


def test_all_problems_are_told_at_once() -> None:
    """Not one per run, and in the order of the file."""
    text = _EXAMPLE.replace("version: 1", "version: 3").replace("2222", "0").replace("nsdb]", "nsbd]")
    with pytest.raises(ConfigError) as caught:
        parse_inventory(text, "f")
    assert [problem.split(":")[1] for problem in caught.value.problems] == ["2", "5", "13"]


@pytest.mark.parametrize(
    "text",
    ["", "# nothing\n", "- a\n", "hosts: 5\n", "\0", "a: &a [*a]", "hosts: &h [*h]", "x: " + "[" * 3000],
)
def test_what_is_no_inventory_at_all_is_refused(text: str) -> None:
    """Never a traceback."""
    with pytest.raises(ConfigError):
        parse_inventory(text, "hosts.yaml")


def test_a_file_that_is_missing_or_forbidden_says_so(tmp_path: Path) -> None:
    """The way out is 'hosts discover'."""
    with pytest.raises(ConfigError, match="no inventory of hosts") as caught:
        read_inventory(tmp_path / "hosts.yaml")
    assert "hosts discover" in caught.value.hint
    forbidden = tmp_path / "forbidden"
    forbidden.write_text(_EXAMPLE)
    forbidden.chmod(0)
    if os.access(forbidden, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(AccessDenied):
        read_inventory(forbidden)


def test_hosts_are_added_without_touching_a_line() -> None:
    """Comments, order and style of the operator stay."""
    edited = with_hosts_added(_EXAMPLE, [_NEW])
    before, after = _EXAMPLE.splitlines(), edited.splitlines()
    added = [line for line in after if line not in before]
    assert [line for line in after if line not in added] == before
    assert added[0] == "  - name: compute2"
    old, new = parse_inventory(_EXAMPLE, "f"), parse_inventory(edited, "f")
    assert new.hosts == (*old.hosts, _NEW)
    assert new.repositories == old.repositories


@pytest.mark.parametrize(
    "text",
    [
        "hosts: []\n",
        "hosts:\n",
        "{version: 1, hosts: [{name: a, roles: [nsdb]}]}\n",
        "hosts:\n- {name: a, roles: [nsdb]}",
        "hosts:\n- name: a\n  roles:\n  - nsdb\n# end\n",
        "hosts:\n-   name: a\n    roles: [nsdb]\n\n\nversion: 1\n",
        "hosts:\r\n  - name: a\r\n    roles: [nsdb]\r\n",
        "hosts:\n  - name: a\n    roles: [nsdb]\n    probe: |\n      one\n      two\n",
        'hosts:\n  - name: a\n    roles: [nsdb]\n    probe: "one\n      two"\n',
        "hosts:\n  - name: a\n    roles: [nsdb,\n      gateway]\n...\n",
    ],
)
def test_hosts_are_added_whatever_the_style(text: str) -> None:
    """What cannot be edited is written anew, with the same meaning."""
    old = parse_inventory(text, "f")
    assert parse_inventory(with_hosts_added(text, [_NEW, _NEW_TOO]), "f").hosts == (
        *old.hosts,
        _NEW,
        _NEW_TOO,
    )
    assert with_hosts_added(text, []) == text
    edited = with_hosts_added(text, [_NEW])
    assert edited.count("\r\n") == (edited.count("\n") if "\r\n" in text else 0)


_NEW_TOO = HostEntry(name="no", roles=(Role.NSDB,), probe="ping -c 1 'a: b'  # x\n")

_WORD = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,8}", fullmatch=True)
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029\x85\ufffe\uffff"),
    max_size=30,
)
_HOST = st.builds(
    HostEntry,
    name=_WORD,
    roles=st.lists(st.sampled_from(list(Role)), min_size=1, unique=True).map(tuple),
    address=st.just("") | _WORD,
    user=st.just("") | _WORD,
    port=st.none() | st.integers(1, 65535),
    sudo=st.booleans(),
    midonet_name=_TEXT,
    midonet_host_id=st.just("") | st.uuids().map(str),
    rc_users=st.lists(_WORD, max_size=2).map(tuple),
    probe=_TEXT | st.lists(_TEXT, max_size=3).map("\n".join),
)
_REPOSITORIES = st.builds(
    Repositories,
    debian=st.none()
    | st.builds(
        RepositoryDefinition,
        text=st.lists(_TEXT, min_size=1, max_size=4).map("\n".join).filter(str.strip),
        disables=st.lists(_TEXT, max_size=2).map(tuple),
    ),
)
_INVENTORY = st.builds(
    Inventory,
    hosts=st.lists(
        _HOST, max_size=4, unique_by=(lambda host: host.name, lambda host: host.midonet_host_id or host.name)
    ).map(tuple),
    repositories=_REPOSITORIES,
)


@settings(max_examples=60)
@given(_INVENTORY)
def test_what_is_written_is_read_back(inventory: Inventory) -> None:
    """Every inventory, whatever its texts; and the schema agrees."""
    text = inventory_text(inventory)
    assert parse_inventory(text, "f") == inventory
    jsonschema.validate(yaml.safe_load(text), json.loads(_SCHEMA.read_text()))


@settings(max_examples=40)
@given(_INVENTORY, _INVENTORY)
def test_adding_is_the_same_as_writing_both(one: Inventory, other: Inventory) -> None:
    """The text is edited, the meaning is that of the model."""
    names = {host.name for host in one.hosts} | {host.midonet_host_id for host in one.hosts if host.has_agent}
    more = [host for host in other.hosts if host.name not in names and host.midonet_host_id not in names]
    edited = with_hosts_added(inventory_text(one), more)
    assert parse_inventory(edited, "f").hosts == (*one.hosts, *more)
    assert parse_inventory(edited, "f").repositories == one.repositories


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It may hold credentials of repositories; one that others can read is told."""
    path = tmp_path / "hosts.yaml"
    write_inventory(path, _EXAMPLE)
    assert path.stat().st_mode & 0o777 == 0o600
    inventory = read_inventory(path)
    assert exposure(path, inventory) == ""
    path.chmod(0o644)
    assert "chmod 600" in exposure(path, inventory)
    assert exposure(path, Inventory(hosts=inventory.hosts)) == ""
    assert "p%40ss" not in repr(inventory)
