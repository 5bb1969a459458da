"""A real sshd on loopback with keys and an ssh_config of its own: many aliases are many hosts to ssh.

Skipped with a reason where there is no sshd.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from midonet_migrate.model.hosts import HostEntry, Role

_SEPARATION = Path("/run/sshd")
_START_SECONDS = 30.0


def sshd_missing() -> str:
    """Why there can be no sshd here; empty when there can."""
    missing = [name for name in ("ssh", "ssh-keygen") if shutil.which(name) is None]
    if _sshd() is None:
        missing.append("sshd")
    return f"not installed: {', '.join(missing)}" if missing else ""


def _sshd() -> str | None:
    return shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def _key(path: Path, kind: str = "ed25519") -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "test", "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text().strip()


class Sshd:
    """A running sshd. ``commands`` is a directory in front of the PATH of everything that runs over it."""

    def __init__(
        self,
        directory: Path,
        *,
        aliases: Sequence[str] = ("host1",),
        options: str = "",
        host_key: str = "ed25519",
        max_startups: str = "1000",
    ) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.commands = directory / "bin"
        self.commands.mkdir()
        self.known_hosts = directory / "known_hosts"
        self.ssh_config = directory / "ssh_config"
        self.log = directory / "sshd.log"
        self.aliases = tuple(aliases)
        self.host_key = _key(directory / "host_key", host_key)
        (directory / "authorized_keys").write_text(_key(directory / "id_ed25519") + "\n")
        self.port = _free_port()
        self._options = f"MaxStartups {max_startups}\n{options}"
        self._process: subprocess.Popen[bytes] | None = None
        self.write_known_hosts(self.host_key)
        self.write_ssh_config()

    def start(self) -> Sshd:
        """Start it and wait until it answers."""
        if os.geteuid() == 0:
            _SEPARATION.mkdir(mode=0o755, exist_ok=True)
        configuration = self.directory / "sshd_config"
        configuration.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.directory / 'host_key'}\n"
            f"AuthorizedKeysFile {self.directory / 'authorized_keys'}\nPidFile none\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\nUseDNS no\n"
            "PermitRootLogin prohibit-password\nLogLevel VERBOSE\n"
            # A HOME without login scripts: theirs are not what is tested.
            f"SetEnv PATH={self.commands}:/usr/sbin:/usr/bin:/sbin:/bin HOME={self.directory}\n"
            f"{self._options}\n"
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(_sshd()), "-D", "-e", "-f", str(configuration)], stdin=subprocess.DEVNULL, stderr=log
            )
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"sshd does not start: {self.log.read_text()}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End the listener, and every session with it."""
        if self._process is not None:
            for pid in sessions_of(self._process.pid):
                _end(pid)
            self._process.terminate()
            self._process.wait()
            self._process = None

    def drop_sessions(self) -> None:
        """Cut every connection, as a broken network does for good."""
        assert self._process is not None
        for pid in sessions_of(self._process.pid):
            _end(pid)

    def write_known_hosts(self, key: str | None) -> None:
        """Let ssh know this key for every alias; None: it knows none."""
        lines = [f"{alias} {key}\n" for alias in self.aliases] if key is not None else []
        self.known_hosts.write_text("".join(lines))

    def write_ssh_config(
        self, *, more: str = "", identity: Path | None = None, port: int | None = None
    ) -> None:
        """The operator's ssh_config; ``more`` comes first: the first value of an option counts."""
        blocks = [f"Host {alias}\n  HostKeyAlias {alias}\n" for alias in self.aliases]
        self.ssh_config.write_text(
            f"{more}{''.join(blocks)}Host *\n  HostName 127.0.0.1\n  Port {port or self.port}\n"
            f"  User {getpass.getuser()}\n  IdentityFile {identity or self.directory / 'id_ed25519'}\n"
            f"  IdentitiesOnly yes\n  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking ask\n"
        )

    def command(self, name: str, script: str) -> None:
        """Put a command in front of the PATH of the sessions."""
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def hosts(self, **attributes: object) -> list[HostEntry]:
        """The aliases as hosts of an inventory."""
        return [HostEntry(name=alias, roles=(Role.COMPUTE,), **attributes) for alias in self.aliases]  # type: ignore[arg-type]


StartSshd = Callable[..., Sshd]
"""``start(aliases=..., options=...)``: an sshd that ends with the test."""


@pytest.fixture
def start_sshd(tmp_path: Path) -> Iterator[StartSshd]:
    """Starts sshd processes for one test."""
    if reason := sshd_missing():
        pytest.skip(reason)
    with ExitStack() as stack:

        def start(**arguments: object) -> Sshd:
            number = len(list(tmp_path.glob("sshd*")))
            server = Sshd(tmp_path / f"sshd{number}", **arguments)  # type: ignore[arg-type]
            stack.callback(server.stop)
            return server.start()

        yield start


@pytest.fixture(scope="module")
def shared_sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """One sshd with five aliases for the tests of a module that leave it as it is."""
    if reason := sshd_missing():
        pytest.skip(reason)
    server = Sshd(tmp_path_factory.mktemp("shared") / "sshd", aliases=[f"host{n}" for n in range(1, 6)])
    try:
        yield server.start()
    finally:
        server.stop()


def sessions_of(listener: int) -> list[int]:
    """Processes that the listener started, and theirs: oldest last."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, queue = [], list(children.get(listener, []))
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def _end(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            return bool(connection.recv(4))
    except OSError:
        return False
