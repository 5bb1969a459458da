"""Commands on a host: what goes in, what comes out, and what an operator is told."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from midonet_migrate.errors import (
    ConfigError,
    HostsFailed,
    IntegrityFailed,
    MigrateError,
    NoPermission,
    WrongState,
    ZooKeeperUnreachable,
)
from midonet_migrate.hosts.cluster_service import ClusterService, ServiceCommands
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.mn_conf import MnConf, WrongType
from midonet_migrate.hosts.runner import CommandTimeout, Completed

SECRET = 'p"a$s'


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A command that does what ``body`` says."""
    return tmp_path / "mn-conf"


def write(tool: Path, body: str) -> MnConf:
    tool.write_text(f"#!/bin/sh\n{body}\n")
    tool.chmod(0o700)
    return MnConf(LocalRunner(), [str(tool)], "zk:2181", "/midonet", sleep=lambda _seconds: None)


def test_a_command_gets_its_input_and_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is the host's, without our own variables."""
    monkeypatch.setenv("MIDONET_MIGRATE_API_PASSWORD", "x")
    monkeypatch.setenv("MIDO_PASSWORD", "x")
    monkeypatch.setenv("OS_PASSWORD", "x")
    done = LocalRunner().run(
        ["sh", "-c", "cat; env >&2; exit 3"], stdin="über", environment={"MIDO_ZOOKEEPER_HOSTS": "zk"}
    )
    assert (done.status, done.stdout) == (3, "über")
    assert "MIDO_ZOOKEEPER_HOSTS=zk" in done.stderr
    assert "PASSWORD" not in done.stderr
    assert "PATH=" in done.stderr


@pytest.mark.parametrize(("command", "status"), [("/nowhere/tool", 127), ("/etc/passwd", 126)])
def test_a_command_that_cannot_be_run_ends_as_in_a_shell(command: str, status: int) -> None:
    """127 not found, 126 not executable."""
    assert LocalRunner().run([command]).status == status


def test_a_service_that_keeps_its_output_open_is_not_waited_for() -> None:
    """A start command ends; the daemon it left behind holds standard output."""
    done = LocalRunner().run(["sh", "-c", "sleep 3000 & echo $!"])
    os.kill(int(done.stdout), 9)  # it is still there
    assert done.status == 0


def test_a_command_that_hangs_is_ended() -> None:
    """With everything it started."""
    with pytest.raises(CommandTimeout, match="sleep"):
        LocalRunner().run(["sleep", "60"], timeout=0.2)


def test_a_signal_shows_in_the_status() -> None:
    """128 and its number."""
    assert LocalRunner().run(["sh", "-c", "kill -9 $$"]).status == 137


def test_mn_conf_is_fed_by_standard_input_with_servers_root_and_locale(tool: Path) -> None:
    """No text in its arguments."""
    mn_conf = write(
        tool,
        f'echo "$@" "$MIDO_ZOOKEEPER_HOSTS $MIDO_ZOOKEEPER_ROOT_KEY $LC_ALL" > {tool}.called\n'
        f"cat >> {tool}.called",
    )
    mn_conf.set_default(f"password : {SECRET}")
    assert Path(f"{tool}.called").read_text() == (
        f"set -t default zk:2181 /midonet C.UTF-8\npassword : {SECRET}"
    )


@pytest.mark.parametrize(
    ("printed", "value"),
    [("k = true", True), ("k = 12", 12), ("k = word", "word"), ('k = "a \\"b\\" \\u00fc"', 'a "b" ü')],
)
def test_a_value_is_read_as_it_is(tool: Path, printed: str, value: object) -> None:
    """Quoted or not."""
    escaped = printed.replace("\\", "\\\\").replace("'", "'\\''")
    assert write(tool, f"printf '%b\\n' '{escaped}'").get("k", template="default") == value


def test_a_missing_key_is_no_error(tool: Path) -> None:
    """Exit status 11."""
    assert write(tool, "exit 11").get("k", host="local") is None


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ("exit 127", WrongState, "midonet-tools"),
        ("exit 1", HostsFailed, "midonet-tools"),
        ("exit 2", NoPermission, "root"),
        ("exit 3", ZooKeeperUnreachable, "zk:2181"),
        ("echo 'Failed: STDIN: 1: no' >&2; exit 4", ConfigError, "STDIN: 1: no"),
    ],
)
def test_each_exit_status_has_its_own_error(
    tool: Path, body: str, error: type[MigrateError], said: str
) -> None:
    """With what to do."""
    with pytest.raises(error) as caught:
        write(tool, body).set_default("a : 1")
    assert said in f"{caught.value.what} {caught.value.why} {caught.value.hint}"


def test_a_lost_connection_is_tried_again(tool: Path) -> None:
    """mn-conf gives up after a second."""
    mn_conf = write(tool, f"[ -e {tool}.seen ] || {{ touch {tool}.seen; exit 3; }}")
    mn_conf.set_default("a : 1")


def test_what_mn_conf_says_is_shown_without_the_secret(tool: Path) -> None:
    """It repeats the value that it refuses, quoted in its own way."""
    mn_conf = write(tool, 'echo \'Failed: STDIN: 1: bad value "p\\"a$s" here\' >&2; exit 4')
    with pytest.raises(ConfigError) as caught:
        mn_conf.set_default("x", secrets=[SECRET])
    assert "bad value" in caught.value.why
    assert "a$s" not in caught.value.why


def test_a_value_of_the_wrong_type_names_its_key_alone(tool: Path) -> None:
    """The value stays unsaid."""
    said = 'Failed: STDIN: 1: Value for a.b.password (123) does not follow schema type (" ")'
    body = f"echo '{said}' >&2; exit 4"
    with pytest.raises(WrongType) as caught:
        write(tool, body).set_default("x")
    assert caught.value.key == "a.b.password"
    assert "123" not in caught.value.why


def test_an_answer_that_is_none_is_an_error(tool: Path) -> None:
    """Another program of that name."""
    with pytest.raises(IntegrityFailed, match="cannot be read"):
        write(tool, "echo hello").get("k", template="default")


class Recorder:
    """A host that keeps what it is told, and fails the service."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = 1.0,
    ) -> Completed:
        self.commands.append(tuple(command))
        if command[0] == "tail":
            return Completed(0, stdout="one\npassword=hidden SECRETWORD\n")
        return Completed(1, stderr="start: Job failed to start")


def test_a_service_that_fails_shows_the_end_of_its_log_on_its_own_host() -> None:
    """Through the same runner, secrets masked."""
    runner = Recorder()
    commands = ServiceCommands(start=("go",), stop=("halt",), restart=("again",), log_file="/log")
    service = ClusterService(runner, commands, secrets=["SECRETWORD"])
    with pytest.raises(HostsFailed, match="'again'") as caught:
        service.restart()
    assert runner.commands == [("again",), ("tail", "-n", "20", "/log")]
    assert caught.value.problems[0] == "one"
    assert "SECRETWORD" not in repr(caught.value.problems)
    assert "Job failed" in caught.value.why
