"""What the stages need of one host: each part behind a protocol, whatever the host runs (host 1-3).

A stage looks at these alone. A dry run gives it parts that predict (:mod:`midonet_migrate.hosts.prediction`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

from midonet_migrate.hosts.files.file_state import FileState, RemoteFile
from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.model.hosts import HostEntry, HostFacts, ServiceFacts


class Files(Protocol):
    """Files of one host, as :class:`~midonet_migrate.hosts.files.remote_files.RemoteFiles` has them."""

    def fetch(self, paths: Iterable[str]) -> dict[str, RemoteFile]:
        """What stands at each of the paths, with the contents of regular files."""

    def find(self, patterns: Sequence[str]) -> list[str]:
        """The paths that match shell patterns."""

    def write(
        self,
        path: str,
        data: bytes,
        *,
        expected: str | None = None,
        mode: int | None = None,
        owner: str = "",
        group: str = "",
    ) -> FileState:
        """Put ``data`` there whole; a symlink is followed and kept, owner and mode stay unless given."""

    def remove(self, path: str, *, expected: str | None = None) -> None:
        """Delete a regular file; none there is no error."""

    def make_directory(self, path: str, *, mode: int = 0o755) -> bool:
        """Make a directory; whether it was made."""

    def remove_directory(self, path: str) -> bool:
        """Remove a directory if it is empty; whether it was removed."""


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
    """Which Java ``java`` is on one host (host 1.7), by major versions: "7", "8"."""

    def choice(self) -> str:
        """What ``java`` is; empty without any."""

    def is_automatic(self) -> bool:
        """Whether the newest is taken by itself, as opposed to one that was chosen."""

    def installed(self) -> list[str]:
        """Those that are there."""

    def choose(self, major: str) -> None:
        """Pin ``java`` to this one. Raises ``WrongState`` when it is not there."""

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
    forget: Callable[[], None] = lambda: None
    """To be called when the host was changed by its runner alone: what the parts have seen is out of date."""
