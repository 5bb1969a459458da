"""A real sshd on loopback with keys and an ssh_config of its own: many aliases are many hosts to ssh."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from midonet_lab.processes.ports import LOOPBACK, free_port
from midonet_lab.processes.server_process import ServerProcess, program
from midonet_migrate.model.hosts import HostEntry, Role

_SEPARATION = Path("/run/sshd")
_PACKAGE = "openssh-server"


def sshd_missing() -> str:
    """Why there can be no sshd here; empty when there can."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    missing = [name for name in ("ssh", "ssh-keygen", "sshd") if shutil.which(name, path=path) is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


class Sshd(ServerProcess):
    """An sshd that lets this user in by a key of its own.

    ``aliases``: names in ``ssh_config`` that all lead to it. ``options``: lines for its configuration.
    Commands run with an empty home directory, so that nobody's login scripts matter, and with ``commands``,
    a directory, in front of their PATH. Its guard ends the listener alone; sessions end with their clients.
    """

    title = "sshd"

    def __init__(
        self,
        directory: Path,
        *,
        aliases: Sequence[str] = ("host1",),
        options: str = "",
        host_key: str = "ed25519",
        max_startups: str = "1000",
    ) -> None:
        """Makes keys and ssh_config; nothing is started. Raises ``ServerFailed`` without OpenSSH."""
        super().__init__(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.commands = self.directory / "bin"
        self.commands.mkdir()
        self.known_hosts = self.directory / "known_hosts"
        self.ssh_config = self.directory / "ssh_config"
        self.identity = self.directory / "id_ed25519"
        self.aliases = tuple(aliases)
        self.port = free_port()
        self.host_key = _key(self.directory / "host_key", host_key)
        self._options = options
        self._max_startups = max_startups
        (self.directory / "authorized_keys").write_text(_key(self.identity, "ed25519") + "\n")
        self.write_known_hosts(self.host_key)
        self.write_ssh_config()

    def start(self) -> Self:
        """See :class:`ServerProcess`."""
        if self.running:
            return self
        if os.geteuid() == 0:
            _SEPARATION.mkdir(mode=0o755, exist_ok=True)
        configuration = self.directory / "sshd_config"
        configuration.write_text(
            f"Port {self.port}\nListenAddress {LOOPBACK}\nHostKey {self.directory / 'host_key'}\n"
            f"AuthorizedKeysFile {self.directory / 'authorized_keys'}\nPidFile none\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\nStrictModes no\nUseDNS no\n"
            "PermitRootLogin prohibit-password\nLogLevel VERBOSE\n"
            f"SetEnv PATH={self.commands}:/usr/sbin:/usr/bin:/sbin:/bin HOME={self.directory}\n"
            f"MaxStartups {self._max_startups}\n{self._options}\n"
        )
        self._spawn([program("sshd", package=_PACKAGE), "-D", "-e", "-f", str(configuration)])
        self._wait_until(self._answers)
        return self

    def stop(self) -> None:
        """End the listener, and every session with it."""
        self.drop_sessions()
        super().stop()

    def drop_sessions(self) -> None:
        """Cut every connection at once, as a broken network does."""
        if self.pid is not None:
            for pid in descendants(self.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)

    def write_known_hosts(self, key: str | None) -> None:
        """Let ssh know this key for every alias; None: it knows none."""
        lines = [f"{alias} {key}\n" for alias in self.aliases] if key is not None else []
        self.known_hosts.write_text("".join(lines))

    def write_ssh_config(self, *, more: str = "") -> None:
        """The operator's ssh_config; ``more`` comes first: the first value of an option counts."""
        blocks = [f"Host {alias}\n  HostKeyAlias {alias}\n" for alias in self.aliases]
        self.ssh_config.write_text(
            f"{more}{''.join(blocks)}Host *\n  HostName {LOOPBACK}\n  Port {self.port}\n"
            f"  User {getpass.getuser()}\n  IdentityFile {self.identity}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking ask\n"
        )

    def command(self, name: str, script: str) -> None:
        """Put a command in front of the PATH of the sessions."""
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def hosts(self) -> list[HostEntry]:
        """The aliases as compute hosts of an inventory."""
        return [HostEntry(name=alias, roles=(Role.COMPUTE,)) for alias in self.aliases]

    def _answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1.0) as connection:
                return bool(connection.recv(4))
        except OSError:
            return False


def descendants(pid: int) -> list[int]:
    """The processes that ``pid`` started, and theirs."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, queue = [], list(children.get(pid, []))
    while queue:
        child = queue.pop()
        found.append(child)
        queue += children.get(child, [])
    return found


def _key(path: Path, kind: str) -> str:
    keygen = program("ssh-keygen", package="openssh-client")
    command = [keygen, "-q", "-t", kind, "-N", "", "-C", "midonet-lab", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path.with_suffix(".pub").read_text(encoding="ascii").strip()
