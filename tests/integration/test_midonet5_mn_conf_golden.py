"""The stand-in for mn-conf answers every recorded command as the real one did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from midonet_lab.midonet5.mn_conf.command import Outcome, run
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.processes.zookeeper import ZooKeeper

UTF8, PLAIN = "C.UTF-8", "C"
DESCRIPTION = re.compile(r'^( *"\w+_description"=).*$', re.MULTILINE)
HOST = "11111111-2222-4333-8444-555555555555"


class Tool:
    """mn-conf of one version on one root, in this process, with a session that stays."""

    def __init__(self, server: ZooKeeper, folder: Path, version: Version, root: str) -> None:
        self.environment = {"MIDO_ZOOKEEPER_HOSTS": server.hosts, "MIDO_ZOOKEEPER_ROOT_KEY": root}
        self._version = version
        self._folder = folder
        self._client = KazooClient(hosts=server.hosts, timeout=10.0)
        self._client.start(timeout=60)

    def close(self) -> None:
        self._client.stop()
        self._client.close()

    def __call__(self, *arguments: str, stdin: str = "", locale: str = UTF8, **environment: str) -> Outcome:
        @contextmanager
        def connect(hosts: str) -> Iterator[KazooClient]:
            yield self._client

        return run(
            arguments,
            stdin.encode,
            {**self.environment, "LC_ALL": locale, **environment},
            host_root=self._folder,
            version=self._version,
            connect=connect,
        )

    def stored(self, key: str) -> Any:
        """The value of the default template's node, parsed as JSON."""
        root = self.environment["MIDO_ZOOKEEPER_ROOT_KEY"]
        value = json.loads(self._client.get(f"{root}/config/templates/default")[0])
        for name in key.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


@pytest.fixture(scope="module")
def recorded(golden: Path) -> Any:
    return json.loads((golden / "midonet-5-api" / "mn-conf.json").read_text(encoding="utf-8"))


@pytest.fixture
def tool_of(zookeeper_root: ZooKeeper, tmp_path: Path) -> Iterator[Any]:
    tools: list[Tool] = []

    def make(version: Version, root: str) -> Tool:
        tools.append(Tool(zookeeper_root, tmp_path, version, root))
        return tools[-1]

    yield make
    for tool in tools:
        tool.close()


def assert_same(command: dict[str, Any], outcome: Outcome) -> None:
    """Exit status and output; of texts that are the tool's own prose only that there is one."""
    stdout, stderr = outcome.stdout.decode(), outcome.stderr.decode()
    expected = command.get("stdout", "")
    assert outcome.status == command["rc"], (command, stdout, stderr)
    if outcome.status in {1, 3}:
        assert stdout or stderr
        if expected.startswith("[mn-conf] Error"):
            assert stdout == expected
    elif command["args"][:1] == ["template-list"]:
        assert sorted(stdout.splitlines()) == sorted(expected.splitlines())
    elif command.get("stdout_truncated"):
        assert stdout.startswith(expected.removesuffix("..."))
    else:
        assert DESCRIPTION.sub(r"\1", stdout) == DESCRIPTION.sub(r"\1", expected)
        assert stderr == command.get("stderr", "")


def test_recorded_commands_of_5_2_1(recorded: Any, tool_of: Any, zookeeper_root: ZooKeeper) -> None:
    """All of them in order, on one tree; the ones run elsewhere are run elsewhere here too."""
    tool = tool_of("5.2.1", "/recorded")
    for command in recorded["commands_5.2.1"]:
        note = command.get("note", "")
        if note == "no ZooKeeper":
            outcome = run(
                command["args"],
                command["stdin"].encode,
                {"MIDO_ZOOKEEPER_HOSTS": "127.0.0.1:1"},
                host_root=Path("/nonexistent"),
                version="5.2.1",
            )
            assert b"'127.0.0.1:1'" in outcome.stderr
        elif note.startswith("root key"):
            outcome = tool(*command["args"], MIDO_ZOOKEEPER_ROOT_KEY="/midonet/v1")
            assert b"/midonet/v1" in outcome.stderr or b"1.9" in outcome.stderr
            outcome.stderr = b""
        else:
            outcome = tool(*command["args"], stdin=command.get("stdin", ""))
        assert_same(command, outcome)


def test_recorded_commands_of_5_0_2(recorded: Any, tool_of: Any) -> None:
    """Each password was set twice: in UTF-8 first, then under the C locale."""
    tool = tool_of("5.0.2", "/mnc502rc4")
    seen: set[str] = set()
    locale = UTF8
    for command in recorded["commands_5.0.2"]:
        stdin = command.get("stdin", "")
        if "neutron_importer.password" in stdin:
            locale = PLAIN if stdin in seen else UTF8
            seen.add(stdin)
        elif command["args"][0] != "get":
            locale = UTF8
        assert_same(command, tool(*command["args"], stdin=stdin, locale=locale))


def test_recorded_quotings(recorded: Any, tool_of: Any) -> None:
    """70 passwords, as JSON texts, bare, in single and in triple quotes, under two locales."""
    tool = tool_of("5.2.1", "/quoting")
    tool("deploy")
    key = "cluster.neutron_importer.password"
    for case in recorded["quoting_5.2.1"]:
        locale = PLAIN if case["form"].endswith("LC_ALL=C") else UTF8
        tool("unset", "-t", "default", key)
        outcome = tool("set", "-t", "default", stdin=case["stdin"], locale=locale)
        assert outcome.status == case["rc"], (case, outcome)
        assert outcome.stderr.decode().strip().startswith(case["stderr"].strip()), (case, outcome)
        found = tool("get", "-t", "default", "-j", key, locale=locale)
        assert found.stdout.decode("utf-8") == case["get"], case
        if case["rc"] == 0:
            assert tool.stored(key) == case["stored_in_znode"], case


def test_what_the_recordings_do_not_show(tool_of: Any) -> None:
    """Templates with their hosts, hosts without settings, documentation, options that do not fit."""
    tool = tool_of("5.2.1", "/others")
    tool("deploy")
    tool("set", "-t", "mine", "a.b : 1")
    other = HOST.replace("1", "3")
    assert tool("template-set", "-h", HOST.upper(), "-t", "mine").status == 0
    assert "\nmine\n    " + HOST + "\n" in "\n" + tool("template-list").stdout.decode()
    tool("set", "-h", other, "a.b : 2")
    assert tool("hosts").stdout.decode().splitlines() == [
        f"{other} -> custom : template(default) : schema",
        f"{HOST} -> template(mine) : template(default) : schema",
    ]
    shown = tool("doc", "cluster.neutron_importer.enabled").stdout.decode().splitlines()
    assert shown[:2] == ["Key: cluster.neutron_importer.enabled", "Default value: false"]
    assert shown[2].startswith("Documentation: ")
    nothing = tool("doc", "no.such")
    assert (nothing.status, nothing.stdout) == (0, b"Key: no.such\n")

    assert tool("get", "-h", "compute-1", "a.b").stderr == b"[mn-conf] Failed: Invalid UUID string: compute-1"
    for words in (
        ("set", "-h", HOST, "-t", "mine", "a.b : 3"),
        ("get", "-t", "mine", "-H", "a.b"),
        ("dump", "-Hs"),
        ("template-get", "-a", "-h", HOST),
        ("template-set", "-h", HOST),
    ):
        outcome = tool(*words)
        assert (outcome.status, outcome.stdout[:16]) == (1, b"[mn-conf] Error:"), words
    assert tool("get", "-h", other, "-Hj", "a.b").stdout == b"a.b = 2\n"
    assert tool("get", "--help").status == tool("--help").status == 0
