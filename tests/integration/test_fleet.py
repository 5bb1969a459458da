"""Commands on this machine and over a real sshd, through pyinfra in its child process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from midonet_lab.processes.server_process import process_start_time
from midonet_lab.processes.sshd import Sshd, descendants
from midonet_migrate.errors import MigrateError, WrongState
from midonet_migrate.hosts.fleet.each import EachResult, each, failures_error
from midonet_migrate.hosts.fleet.failures import (
    HostUnreachable,
)
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetOptions, FleetRunner
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.runner import CommandTimeout, Runner
from midonet_migrate.model.hosts import Connection, HostEntry, Role
from sshd_fixture import StartSshd, shared_sshd, start_sshd
from waiting import PATIENCE, wait_until

__all__ = ["shared_sshd", "start_sshd"]

_LOCAL = HostEntry(name="here", roles=(Role.CONTROLLER,), connection=Connection.LOCAL)


@pytest.fixture(scope="module")
def fleet(shared_sshd: Sshd) -> Iterator[Fleet]:
    """This machine, and five hosts over ssh."""
    with Fleet([_LOCAL, *shared_sshd.hosts()], FleetOptions(ssh_config=str(shared_sshd.ssh_config))) as fleet:
        yield fleet


@pytest.fixture(params=["direct", "here", "host1"])
def runner(request: pytest.FixtureRequest, fleet: Fleet) -> Runner:
    """The same promises hold without a fleet, on this machine, and over ssh."""
    return LocalRunner() if request.param == "direct" else fleet.runner(request.param)


def _fleet_of(server: Sshd) -> Fleet:
    return Fleet(server.hosts(), FleetOptions(ssh_config=str(server.ssh_config)))


_PRINT_ARGUMENTS = """for word in "$@"; do printf '<%s>' "$word"; done"""


def test_words_reach_the_command_as_they_are(runner: Runner) -> None:
    """No shell on the way splits, expands or drops any of them."""
    words = ["a b", "", "'", '"', "$HOME", "`id`", "*", "\\", "line\nbreak", "ü", "-n", "!x", "#", "~"]
    done = runner.run(["sh", "-c", _PRINT_ARGUMENTS, "sh", *words])
    assert done.stdout == "".join(f"<{word}>" for word in words)


@pytest.mark.parametrize("text", ["", "no line end", "line\n", "\r\n\r\n", "ünï\n", "x" * 300_000])
def test_input_and_both_outputs_are_exact(runner: Runner, text: str) -> None:
    """To the byte, also when they are large."""
    done = runner.run(["sh", "-c", "tee /dev/stderr; exit 7"], stdin=text)
    assert (done.status, done.stdout, done.stderr) == (7, text, text)


def test_a_status_of_255_is_no_lost_connection(runner: Runner) -> None:
    """ssh's own failures have the same number."""
    assert runner.run(["sh", "-c", "exit 255"]).status == 255


def test_environment_is_added(runner: Runner) -> None:
    """And nothing is changed in its values."""
    done = runner.run(["sh", "-c", 'printf %s "$GIVEN"'], environment={"GIVEN": "a 'b' $c\n"})
    assert done.stdout == "a 'b' $c\n"


def test_a_missing_command_has_status_127(runner: Runner) -> None:
    """Like in a shell."""
    assert runner.run(["no-such-command-anywhere"]).status == 127


def test_a_command_need_not_read_its_input(runner: Runner) -> None:
    """Large input to a command that ignores it."""
    assert runner.run(["true"], stdin="x" * 1_000_000).status == 0


def test_a_service_that_keeps_the_output_open_is_not_waited_for(runner: Runner, tmp_path: Path) -> None:
    """Starting a daemon ends when the command that starts it does."""
    pid = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {pid}; echo started"
    assert runner.run(["sh", "-c", script], timeout=PATIENCE).stdout == "started\n"
    os.kill(int(pid.read_text()), 9)


def test_a_command_that_takes_too_long_is_killed_where_it_runs(runner: Runner, tmp_path: Path) -> None:
    """With its children. The runner can be used afterwards."""
    pids = tmp_path / "pids"
    for seconds in (2, 20, PATIENCE):  # a slow machine may not even have begun it
        with pytest.raises(CommandTimeout, match=f"did not end within {seconds:g} seconds"):
            runner.run(["sh", "-c", f"sleep 6000 & echo $! $$ > {pids}; wait"], timeout=seconds)
        if pids.exists() and pids.read_text().endswith("\n"):
            break
    for pid in pids.read_text().split():
        _wait_until_gone(int(pid))
    assert runner.run(["echo", "again"]).stdout == "again\n"


def _wait_until_gone(pid: int) -> None:
    wait_until(lambda: process_start_time(pid) is None)


def test_output_that_is_no_text_is_replaced_not_fatal(runner: Runner) -> None:
    """Names of files can be anything."""
    assert runner.run(["printf", "a\\377b"]).stdout == "a�b"


def test_our_own_variables_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may hold passwords."""
    monkeypatch.setenv("MIDONET_MIGRATE_API_PASSWORD", "secret")
    with Fleet([_LOCAL]) as fleet:
        environment = Path(f"/proc/{fleet.child}/environ").read_bytes()
        assert "secret" not in fleet.runner("here").run(["env"]).stdout
    assert b"secret" not in environment


def test_secrets_given_by_input_are_in_no_command_line(
    shared_sshd: Sshd, fleet: Fleet, tmp_path: Path
) -> None:
    """Neither on this machine nor on the host."""
    seen = tmp_path / "seen"
    script = f'read -r word; cat /proc/[0-9]*/cmdline > {seen}; printf %s "$word"'
    assert (
        fleet.runner("host2").run(["sh", "-c", script], stdin="s3cr3t-by-input\n").stdout == "s3cr3t-by-input"
    )
    assert b"s3cr3t-by-input" not in seen.read_bytes()
    assert b"sshd" in seen.read_bytes()


def test_a_wrong_ssh_config_is_told_as_such(start_sshd: StartSshd) -> None:
    """With ssh's own words: file and line."""
    server = start_sshd()
    server.write_ssh_config(more="NoSuchOption yes\n")
    with _fleet_of(server) as fleet, pytest.raises(HostUnreachable, match="configuration") as caught:
        fleet.runner("host1").run(["true"])
    assert "line 1" in caught.value.why


def test_the_main_process_never_imports_gevent_or_pyinfra() -> None:
    """Not for the command line, and not for driving hosts: gevent would patch everything."""
    script = (
        "import sys\n"
        "import midonet_migrate.cli.main as main\n"
        "for verb in main.VERBS.values(): __import__(verb.target.partition(':')[0])\n"
        "from midonet_migrate.hosts.fleet.each import each\n"
        "from midonet_migrate.hosts.fleet.fleet import Fleet\n"
        "from midonet_migrate.model.hosts import Connection, HostEntry, Role\n"
        "host = HostEntry(name='here', roles=(Role.CONTROLLER,), connection=Connection.LOCAL)\n"
        "with Fleet([host]) as fleet:\n"
        "    (result,) = each(fleet, [host], lambda _, runner: runner.run(['echo', 'hello']))\n"
        "assert result.value.stdout == 'hello\\n', result\n"
        "found = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(found & {'gevent', 'pyinfra', 'paramiko'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_the_child_runs_pyinfra(fleet: Fleet) -> None:
    """The other half of the promise: it is there that it is imported."""
    assert (
        "pyinfra" in Path(f"/proc/{fleet.child}/maps").read_text()
        or "gevent" in Path(f"/proc/{fleet.child}/maps").read_text()
    )


def test_each_gives_results_in_order_and_goes_on_after_failures(fleet: Fleet) -> None:
    """One host that fails is one result that failed."""

    def work(host: HostEntry, runner: FleetRunner) -> str:
        if host.name == "host2":
            raise WrongState("not like that")
        return runner.run(["echo", host.name]).stdout.strip()

    seen: list[EachResult[str]] = []
    hosts = [host for host in fleet.hosts if host.name != "here"]
    results = each(fleet, hosts, work, ended=seen.append)
    assert [result.host.name for result in results] == [f"host{n}" for n in range(1, 6)]
    assert [result.value for result in results] == ["host1", None, "host3", "host4", "host5"]
    assert {result.host.name for result in seen} == {host.name for host in hosts}
    error = failures_error(results, "Some hosts failed")
    assert error is not None
    assert (error.exit_status, error.problems) == (50, ("host2: not like that",))
    assert failures_error(results[2:], "Some hosts failed") is None


def test_hosts_are_worked_on_side_by_side(fleet: Fleet, tmp_path: Path) -> None:
    """All five wait for each other: one after another would never end."""

    def work(host: HostEntry, runner: FleetRunner) -> int:
        meet = f"touch {tmp_path}/{host.name}; until [ $(ls {tmp_path} | wc -l) = 5 ]; do sleep 0.05; done"
        return runner.run(["sh", "-c", meet], timeout=PATIENCE).status

    assert [result.value for result in each(fleet, fleet.hosts[1:], work)] == [0] * 5


def test_no_host_is_begun_once_too_many_failed(fleet: Fleet) -> None:
    """Those not begun say so."""

    def work(host: HostEntry, runner: FleetRunner) -> None:
        raise WrongState(host.name)

    results = each(fleet, fleet.hosts, work, at_a_time=1, max_failures=1)
    assert [result.failed for result in results] == [True, True, False, False, False, False]
    assert [result.begun for result in results] == [True, True, False, False, False, False]


def test_a_bug_in_the_work_is_raised(fleet: Fleet) -> None:
    """It is no failure of a host."""

    def work(host: HostEntry, runner: FleetRunner) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        each(Fleet(fleet.hosts), fleet.hosts[:1], work)


@pytest.mark.parametrize("command", [[], ["a\0b"], ["x" * 200_000]])
def test_commands_that_cannot_be_run_are_refused(fleet: Fleet, command: list[str]) -> None:
    """They would fail halfway, or change on the way."""
    with pytest.raises(ValueError, match="command"):
        fleet.runner("here").run(command)


def test_too_many_logins_at_a_time_are_tried_again(start_sshd: StartSshd) -> None:
    """MaxStartups of a server or of a jump host: it hangs up on some of them."""
    server = start_sshd(aliases=[f"host{n}" for n in range(5)], max_startups="1:70:3")
    with Fleet(server.hosts(), FleetOptions(ssh_config=str(server.ssh_config), login_timeout=90)) as fleet:
        results = each(fleet, fleet.hosts, lambda host, runner: runner.run(["echo", host.name]))
    errors: list[MigrateError] = [result.error for result in results if result.error is not None]
    assert not errors, [error.why for error in errors]


def test_ssh_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The remedy is to install it."""
    for name in ("sh", "env"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    host = HostEntry(name="host1", roles=(Role.COMPUTE,))
    with Fleet([host]) as fleet, pytest.raises(HostUnreachable, match="no ssh"):
        fleet.runner("host1").run(["true"])


def test_no_more_logins_are_kept_than_hosts_are_worked_on(start_sshd: StartSshd) -> None:
    """Each is a process; a host that is used again is logged in to again."""
    server = start_sshd(aliases=[f"host{n}" for n in range(6)])
    options = FleetOptions(ssh_config=str(server.ssh_config), parallel=2)
    with Fleet(server.hosts(), options) as fleet:

        def logins() -> int:
            found = 0
            for pid in descendants(fleet.child):
                with suppress(OSError):  # it has ended meanwhile
                    found += b"ControlMaster=yes" in Path(f"/proc/{pid}/cmdline").read_bytes()
            return found

        for _ in range(2):
            for host in fleet.hosts:
                assert fleet.runner(host.name).run(["echo", host.name]).stdout == f"{host.name}\n"
                wait_until(lambda: logins() <= 2)
        results = each(fleet, fleet.hosts, lambda host, runner: runner.run(["sleep", "0.1"]), at_a_time=6)
        assert not any(result.failed for result in results)
    assert server.log_file.read_text().count("Accepted publickey") >= 12
