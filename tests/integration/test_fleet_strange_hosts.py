"""Hosts that do not let us in, speak in between, or need what the operator's ssh_config says of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from midonet_lab.processes.sshd import Sshd, descendants, sshd_missing
from midonet_migrate.hosts.fleet.failures import (
    ConnectionLost,
    HostKeyChanged,
    HostKeyUnknown,
    HostUnreachable,
    LoginRefused,
    NoShell,
    SudoRefused,
)
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetOptions
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import HostEntry, Role
from waiting import PATIENCE, wait_until

_LOGIN_TIMEOUT = 120.0
_SUDO = ("sudo", "no-sudo")


class Strange:
    """Several sshd, one ssh_config with an alias for each strange case, and one fleet of them all."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.plain = _serve(stack, directory / "plain")
        self.second = _serve(stack, directory / "second")
        self.old = _serve(stack, directory / "old", options="HostKeyAlgorithms ssh-rsa", host_key="rsa")
        self.closed = _serve(
            stack,
            directory / "closed",
            options="ForceCommand echo 'This account is currently not available.'; exit 1",
        )
        self.single = _serve(stack, directory / "single", options="MaxSessions 1")
        self.talking = _serve(stack, directory / "talking", options="Banner /etc/hostname")
        (self.talking.directory / ".bashrc").write_text("echo welcome; echo welcome >&2\n")
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unused = stack.enter_context(socket.socket())
        unused.bind(("127.0.0.1", 0))  # taken, but nobody listens
        self.no_keys = directory / "no_keys"
        self.no_keys.write_text("")
        self.other_keys = directory / "other_keys"
        self.other_keys.write_text(f"changed {self.second.host_key}\n")
        self.jump_config = self.second.ssh_config
        for_people = (
            "  RequestTTY force\n  RemoteCommand echo no\n  LocalForward 1 localhost:1\n  LogLevel DEBUG\n"
            "  ExitOnForwardFailure yes\n  ControlMaster auto\n  ControlPersist 600\n"
            f"  ControlPath {directory}/theirs\n"
        )
        self.theirs = directory / "theirs"
        self.ssh_config = directory / "ssh_config"
        self.ssh_config.write_text(
            _alias("plain", self.plain)
            + "".join(_alias(alias, self.plain) for alias in _SUDO)
            + _alias("refused", self.plain, port=unused.getsockname()[1])
            + _alias("silent", self.plain, port=silent.getsockname()[1])
            + _alias("unknown-key", self.plain, f"  UserKnownHostsFile {self.no_keys}\n")
            + _alias(
                "changed", self.plain, f"  UserKnownHostsFile {self.other_keys}\n  HostKeyAlias changed\n"
            )
            + _alias("wrong-login", self.plain, key=self.second)
            + _alias("old", self.old)
            + _alias("old-allowed", self.old, "  HostKeyAlgorithms +ssh-rsa\n")
            + _alias("jumped", self.plain, f'  ProxyCommand ssh -F "{self.jump_config}" -W %h:%p host1\n')
            + _alias("for-people", self.plain, for_people)
            + _alias("closed", self.closed)
            + _alias("single", self.single)
            + _alias("talking", self.talking)
            + _alias("second", self.second)
            + "Host *\n  GlobalKnownHostsFile none\n  IdentitiesOnly yes\n  StrictHostKeyChecking ask\n"
        )
        names = [line.split()[1] for line in self.ssh_config.read_text().splitlines() if line[:5] == "Host "]
        hosts = [
            HostEntry(name=name, roles=(Role.COMPUTE,), sudo=name in _SUDO) for name in names if name != "*"
        ]
        hosts.append(HostEntry(name="no-name", roles=(Role.COMPUTE,), address="no-such-host.invalid"))
        options = FleetOptions(ssh_config=str(self.ssh_config), login_timeout=_LOGIN_TIMEOUT)
        self.fleet = stack.enter_context(Fleet(hosts, options))

    def logins(self, host: str) -> int:
        """How many processes hold a login on a host."""
        found = 0
        for pid in descendants(self.fleet.child):
            with suppress(OSError):  # it has ended meanwhile
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                found += b"ControlMaster=yes" in words and host.encode() in words
        return found

    def run(self, host: str, *command: str, **arguments: object) -> Completed:
        """Run a command there."""
        return self.fleet.runner(host).run(command or ("true",), **arguments)  # type: ignore[arg-type]


def _serve(stack: ExitStack, directory: Path, **arguments: str) -> Sshd:
    server = Sshd(directory, **arguments)
    return stack.enter_context(server)


def _alias(name: str, server: Sshd, more: str = "", *, port: int = 0, key: Sshd | None = None) -> str:
    return (
        f"Host {name}\n{more}  HostName 127.0.0.1\n  Port {port or server.port}\n  HostKeyAlias host1\n"
        f"  IdentityFile {(key or server).directory}/id_ed25519\n  UserKnownHostsFile {server.known_hosts}\n"
    )


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Strange]:
    """All of them."""
    if reason := sshd_missing():
        pytest.skip(reason)
    with ExitStack() as stack:
        yield Strange(tmp_path_factory.mktemp("strange"), stack)


def test_what_login_scripts_and_banners_say_is_no_output(strange: Strange) -> None:
    """They write to both sides before the command does."""
    done = strange.run("talking", "sh", "-c", "echo out; echo err >&2")
    assert (done.stdout, done.stderr) == ("out\n", "err\n")


def test_one_login_serves_many_commands(strange: Strange) -> None:
    """Logging in costs far more than a command."""
    for _ in range(5):
        strange.run("second")
    assert strange.second.log_file.read_text().count("Accepted publickey") == 1


def test_hosts_that_allow_one_session_per_login_work(strange: Strange) -> None:
    """MaxSessions 1, with two commands at a time: the second logs in by itself."""
    barrier = strange.single.directory / "go"
    found: list[str] = []
    waits = f"while ! [ -e {barrier} ]; do sleep 0.05; done; echo waited"
    thread = threading.Thread(
        target=lambda: found.append(strange.run("single", "sh", "-c", waits, timeout=PATIENCE).stdout)
    )
    thread.start()
    found.append(strange.run("single", "sh", "-c", f"touch {barrier}; echo touched").stdout)
    thread.join(PATIENCE)
    assert sorted(found) == ["touched\n", "waited\n"]


def test_a_connection_that_broke_between_commands_is_made_again(strange: Strange) -> None:
    """sshd was restarted, or the host was."""
    strange.run("plain")
    strange.plain.drop_sessions()
    wait_until(lambda: not strange.logins("plain"))
    assert strange.run("plain", "echo", "back").stdout == "back\n"


def test_a_connection_that_breaks_under_a_command_is_an_error_of_its_own(strange: Strange) -> None:
    """What the command did is not known."""
    started = strange.plain.directory / "started"

    def drop() -> None:
        while not started.exists():
            started.parent.stat()
        strange.plain.drop_sessions()

    thread = threading.Thread(target=drop)
    thread.start()
    with pytest.raises(ConnectionLost, match="plain was lost") as caught:
        strange.run("plain", "sh", "-c", f"touch {started}; sleep 600")
    thread.join()
    assert "sleep 600" in caught.value.why


def test_nobody_listens(strange: Strange) -> None:
    """The error names the host and what ssh said."""
    with pytest.raises(HostUnreachable, match="refused cannot be reached") as caught:
        strange.run("refused")
    assert caught.value.exit_status == 20
    assert "Connection refused" in caught.value.why
    assert f"ssh -F {strange.ssh_config} refused" in caught.value.hint


def test_a_host_that_accepts_and_says_nothing(strange: Strange) -> None:
    """It costs the time for logging in, no more."""
    host = strange.fleet.runner("silent").host
    options = FleetOptions(ssh_config=str(strange.ssh_config), login_timeout=1.5)
    with Fleet([host], options) as fleet, pytest.raises(HostUnreachable, match="silent did not let us in"):
        fleet.runner("silent").run(["true"])


def test_an_unknown_name(strange: Strange) -> None:
    """No such host."""
    with pytest.raises(HostUnreachable, match="no-name cannot be reached") as caught:
        strange.run("no-name")
    assert "no-such-host.invalid" in caught.value.why


def test_an_unknown_host_key_is_not_accepted(strange: Strange) -> None:
    """And known_hosts stays as it is."""
    with pytest.raises(HostKeyUnknown, match="host key of unknown-key is not known"):
        strange.run("unknown-key")
    assert strange.no_keys.read_text() == ""


def test_a_changed_host_key_stops_everything(strange: Strange) -> None:
    """It names the line of known_hosts."""
    with pytest.raises(HostKeyChanged, match="another host key") as caught:
        strange.run("changed")
    assert f"{strange.other_keys}:1" in caught.value.why
    assert "ssh-keygen -R" in caught.value.hint


def test_a_key_that_the_host_does_not_accept(strange: Strange) -> None:
    """No permission (77), no question."""
    with pytest.raises(LoginRefused, match="does not let us in") as caught:
        strange.run("wrong-login")
    assert caught.value.exit_status == 77


def test_a_host_that_knows_old_algorithms_alone(strange: Strange) -> None:
    """Ubuntu 14.04 with RSA keys: refused with the lines to add, and fine with them."""
    with pytest.raises(HostUnreachable, match="no algorithm in common") as caught:
        strange.run("old")
    assert "HostKeyAlgorithms +ssh-rsa" in caught.value.hint
    assert strange.run("old-allowed", "echo", "old").stdout == "old\n"


def test_a_jump_host_of_ssh_config_is_used(strange: Strange) -> None:
    """The target is reached through it alone."""
    before = strange.second.log_file.read_text().count("Accepted publickey")
    assert strange.run("jumped", "echo", "jumped").stdout == "jumped\n"
    assert strange.second.log_file.read_text().count("Accepted publickey") == before + 1


def test_options_for_people_in_ssh_config_do_no_harm(strange: Strange) -> None:
    """Terminals, commands, forwardings and masters that people like."""
    done = strange.run("for-people", "sh", "-c", "tty; cat", stdin="x")
    assert (done.stdout, done.stderr) == ("not a tty\nx", "")
    assert not strange.theirs.exists()


def test_sudo_is_asked_without_a_terminal(strange: Strange) -> None:
    """``sudo -n``, with the environment set inside: sudo drops the login's."""
    words = strange.plain.directory / "sudo.words"
    strange.plain.command("sudo", f'echo "$@" > {words}; shift 2; exec env -i PATH="$PATH" "$@"')
    done = strange.run("sudo", "sh", "-c", 'echo "$A"; cat', stdin="in", environment={"A": "b c"})
    assert (done.status, done.stdout) == (0, "b c\nin")
    assert words.read_text().startswith("-H -n sh -c")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("sudo: a password is required", "NOPASSWD"),
        ("sudo: sorry, you must have a tty to run sudo", "requiretty"),
        ("Sorry, user x is not allowed to execute sudo", "NOPASSWD"),
    ],
)
def test_sudo_that_refuses_is_no_permission(strange: Strange, words: str, remedy: str) -> None:
    """Never a question, and the remedy fits."""
    strange.plain.command("sudo", f"echo '{words}' >&2; exit 1")
    with pytest.raises(SudoRefused, match="runs no commands on sudo") as caught:
        strange.run("sudo")
    assert caught.value.exit_status == 77
    assert words in caught.value.why
    assert remedy in caught.value.hint


def test_no_sudo_on_the_host(strange: Strange) -> None:
    """The remedy is to install it or to log in as root."""
    strange.plain.command("sudo", "echo 'bash: line 1: sudo: command not found' >&2; exit 127")
    with pytest.raises(SudoRefused) as caught:
        strange.run("no-sudo")
    assert "Install sudo" in caught.value.hint


def test_an_account_without_shell(strange: Strange) -> None:
    """Logged in, and sent away."""
    with pytest.raises(NoShell, match="closed runs no commands") as caught:
        strange.run("closed")
    assert "not available" in caught.value.why
