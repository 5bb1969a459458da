"""What a host of the practice site is made from."""

from __future__ import annotations

from pathlib import Path

import msgspec

from midonet_migrate.model.hosts import Family, InitSystem
from midonet_migrate.run.atomic import write_atomically

FILE = "host.json"


class HostSpecification(msgspec.Struct, kw_only=True, frozen=True):
    """One host. ``name`` is its host name."""

    name: str
    family: Family = Family.DEBIAN
    midonet_host_id: str = ""
    """Of ``/etc/midonet_host_id.properties``; empty: there is no such file."""
    ssh_port: int = 0
    """On loopback; 0: it runs no sshd."""
    authorized_key: str = ""
    """The public key that may log in as root."""

    names: dict[str, str] = {}
    """Further names in /etc/hosts: name -> address."""

    @property
    def init(self) -> InitSystem:
        """The init system of its distribution."""
        return InitSystem.UPSTART if self.family is Family.DEBIAN else InitSystem.SYSTEMD

    @classmethod
    def load(cls, directory: Path) -> HostSpecification:
        """The specification of the host in ``directory``. Raises ``FileNotFoundError``."""
        return msgspec.json.decode((directory / FILE).read_bytes(), type=cls)

    def save(self, directory: Path) -> None:
        """Write it where :meth:`load` finds it."""
        write_atomically(directory / FILE, msgspec.json.encode(self))
