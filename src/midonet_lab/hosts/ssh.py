"""SSH to the hosts of a practice site: one key pair, the hosts' keys, and an ssh_config with their names."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from midonet_lab.hosts.identity import HOST_KEY
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.processes.server_process import program
from midonet_migrate.run.atomic import DIRECTORY_MODE, write_atomically

KEY, KNOWN_HOSTS, CONFIG = "id_ed25519", "known_hosts", "ssh_config"


class SiteSsh:
    """The files below ``directory``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.key = self.directory / KEY
        self.config = self.directory / CONFIG
        self.known_hosts = self.directory / KNOWN_HOSTS

    def public_key(self) -> str:
        """The public key of who may log in; the pair is made at the first call. Raises ``ServerFailed``."""
        self.directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        public = self.key.with_suffix(".pub")
        if not public.exists():
            keygen = program("ssh-keygen", package="openssh-client")
            command = [keygen, "-q", "-t", "ed25519", "-N", "", "-C", "midonet-lab", "-f", str(self.key)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return public.read_text(encoding="ascii").strip()

    def write_config(self, hosts: Iterable[LabHost], addresses: Mapping[str, str] = {}) -> Path:
        """Write ``known_hosts`` and ``ssh_config``: each host under its name, and under its address if there
        is one by its name in ``addresses``. The path of the latter."""
        known, blocks = [], []
        for host in hosts:
            name, port = host.name, host.specification.ssh_port
            public = (host.root / f"{HOST_KEY}.pub").read_text(encoding="ascii").split()
            known.append(f"{name} {public[0]} {public[1]}\n")
            called = " ".join(filter(None, (name, addresses.get(name))))
            blocks.append(f"Host {called}\n  Port {port}\n  HostKeyAlias {name}\n  HostName {LOOPBACK}\n")
        common = (
            f"\nHost *\n  User root\n  IdentityFile {_quoted(self.key)}\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {_quoted(self.known_hosts)}\n  GlobalKnownHostsFile none\n"
            "  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 10\n"
        )
        write_atomically(self.known_hosts, "".join(known).encode())
        write_atomically(self.config, ("\n".join(blocks) + common).encode())
        return self.config


def _quoted(path: Path) -> str:
    """A path in ssh_config, where ``%`` begins a token."""
    return f'"{str(path).replace("%", "%%")}"'
