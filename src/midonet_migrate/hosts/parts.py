"""What the stages need of one host: each part behind a protocol, whatever the host runs (host 1-3).

A stage looks at these alone. A dry run gives it parts that predict (:mod:`midonet_migrate.hosts.prediction`).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.model.hosts import HostEntry, HostFacts, ServiceFacts


class RemoteFile(msgspec.Struct, kw_only=True, frozen=True):
    """A file of a host. ``target``: what ``path`` resolves to, another path when it is a symlink."""

    path: str
    target: str
    content: bytes
    mode: int
    owner: str = "root"
    group: str = "root"

    def __repr__(self) -> str:
        # Config files hold passwords.
        return f"RemoteFile({self.path!r}, {len(self.content)} bytes, {self.mode:o})"


class Files(Protocol):
    """Files of one host. Contents never appear in arguments. All raise what the runner raises,
    ``NoPermission``, and ``HostsFailed`` when the disk is full or broken."""

    def read(self, path: str) -> RemoteFile | None:
        """The file, symlinks followed; None when there is none."""

    def write(
        self, path: str, content: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root"
    ) -> None:
        """Put ``content`` there whole: to a temporary name beside it, then renamed. A symlink is followed and
        kept, and so are mode, owner and SELinux context of a file that is there; others get those given."""

    def remove(self, path: str) -> None:
        """Take the file away; a symlink itself. One that is not there is no error."""


class Services(Protocol):
    """Services of one host by role (as in ``HostFacts.services``), whatever they are called there.

    All raise ``HostsFailed`` with what the init system said, and what the runner raises.
    """

    def find(self, role: str) -> ServiceFacts | None:
        """How it stands now; None when the host has no such service."""

    def start(self, role: str) -> None:
        """Start it. That this goes well does not mean that it lives (host 1.3)."""

    def stop(self, role: str) -> None:
        """Stop it, and wait until its process is gone."""

    def restart(self, role: str) -> None:
        """Stop and start it."""

    def enable(self, role: str) -> None:
        """Let it start with the host."""

    def disable(self, role: str) -> None:
        """Do not let it start with the host."""


class Java(Protocol):
    """Which Java ``java`` is on one host (host 1.7). Paths are as in ``HostFacts.java``."""

    def choice(self) -> str:
        """Path of what ``java`` is; empty without any."""

    def is_automatic(self) -> bool:
        """Whether the newest is taken by itself, as opposed to one that was chosen."""

    def paths(self) -> dict[str, str]:
        """Major version ("7", "8") -> path, of those installed."""

    def choose(self, path: str) -> None:
        """Pin ``java`` to this one."""

    def choose_automatically(self) -> None:
        """Take the newest again."""


class HostParts(msgspec.Struct, kw_only=True, frozen=True):
    """One host, with everything that can be done there."""

    entry: HostEntry
    facts: HostFacts
    runner: Runner
    packages: PackageManager
    services: Services
    files: Files
    java: Java
