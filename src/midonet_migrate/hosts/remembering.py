"""Parts of a host that are not asked the same twice: each question is a command on the host, and some start a
package manager.

For one stage on one host. Whatever may change something on it makes everything forgotten; what others change
meanwhile is found when it is written: files are replaced only if they are what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from midonet_migrate.hosts.files.file_state import FileState, RemoteFile
from midonet_migrate.hosts.packages.manager import PackageChange, PackageManager, Transaction
from midonet_migrate.hosts.parts import Files, HostParts, Java

_Key = tuple[tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]


class Memory:
    """What was seen on one host."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Something was changed there."""
        self.installed: dict[str, str] | None = None
        self.simulated: dict[_Key, Transaction] = {}
        self.candidates: dict[str, list[str]] = {}
        self.files: dict[str, RemoteFile] = {}
        self.java: tuple[str, bool, list[str]] | None = None


def remembering(parts: HostParts) -> HostParts:
    """The same host, not asked the same twice."""
    memory = Memory()
    return msgspec.structs.replace(
        parts,
        packages=RememberingPackages(parts.packages, memory),
        files=RememberingFiles(parts.files, memory),
        java=RememberingJava(parts.java, memory),
        forget=memory.forget,
    )


class RememberingPackages:
    """See :class:`PackageManager`."""

    def __init__(self, real: PackageManager, memory: Memory) -> None:
        self._real = real
        self._memory = memory

    def installed(self) -> dict[str, str]:
        """See :class:`PackageManager`."""
        if self._memory.installed is None:
            self._memory.installed = self._real.installed()
        return dict(self._memory.installed)

    def held(self) -> list[str]:
        """See :class:`PackageManager`."""
        return self._real.held()

    def broken(self) -> list[str]:
        """See :class:`PackageManager`."""
        return self._real.broken()

    def refresh(self) -> None:
        """See :class:`PackageManager`."""
        self._memory.forget()
        self._real.refresh()

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        """See :class:`PackageManager`."""
        known = self._memory.candidates
        unknown = [name for name in names if name not in known]
        if unknown:
            known |= self._real.candidates(unknown)
        return {name: list(known.get(name, [])) for name in names}

    def simulate(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`."""
        key = (
            tuple(sorted(change.install.items())),
            tuple(sorted(change.remove)),
            tuple(sorted(change.reinstall)),
        )
        if key not in self._memory.simulated:
            self._memory.simulated[key] = self._real.simulate(change)
        return self._memory.simulated[key]

    def download(self, change: PackageChange) -> None:
        """See :class:`PackageManager`."""
        self._real.download(change)

    def apply(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`."""
        try:
            return self._real.apply(change)
        finally:
            self._memory.forget()

    def settle(self) -> None:
        """See :class:`PackageManager`."""
        try:
            self._real.settle()
        finally:
            self._memory.forget()

    def repair(self) -> None:
        """See :class:`PackageManager`."""
        try:
            self._real.repair()
        finally:
            self._memory.forget()

    def owner(self, path: str) -> str:
        """See :class:`PackageManager`."""
        return self._real.owner(path)


class RememberingFiles:
    """See :class:`Files`."""

    def __init__(self, real: Files, memory: Memory) -> None:
        self._real = real
        self._memory = memory

    def fetch(self, paths: Iterable[str]) -> dict[str, RemoteFile]:
        """See :class:`Files`."""
        wanted, known = list(dict.fromkeys(paths)), self._memory.files
        unknown = [path for path in wanted if path not in known]
        if unknown:
            known |= self._real.fetch(unknown)
        return {path: known[path] for path in wanted}

    def find(self, patterns: Sequence[str]) -> list[str]:
        """See :class:`Files`."""
        return self._real.find(patterns)

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
        """See :class:`Files`."""
        try:
            return self._real.write(path, data, expected=expected, mode=mode, owner=owner, group=group)
        finally:
            self._memory.files.clear()  # one file may have several names

    def remove(self, path: str, *, expected: str | None = None) -> None:
        """See :class:`Files`."""
        try:
            self._real.remove(path, expected=expected)
        finally:
            self._memory.files.clear()

    def make_directory(self, path: str, *, mode: int = 0o755) -> bool:
        """See :class:`Files`."""
        self._memory.files.clear()
        return self._real.make_directory(path, mode=mode)

    def remove_directory(self, path: str) -> bool:
        """See :class:`Files`."""
        self._memory.files.clear()
        return self._real.remove_directory(path)


class RememberingJava:
    """See :class:`Java`."""

    def __init__(self, real: Java, memory: Memory) -> None:
        self._real = real
        self._memory = memory

    def choice(self) -> str:
        """See :class:`Java`."""
        return self._seen()[0]

    def is_automatic(self) -> bool:
        """See :class:`Java`."""
        return self._seen()[1]

    def installed(self) -> list[str]:
        """See :class:`Java`."""
        return list(self._seen()[2])

    def choose(self, major: str) -> None:
        """See :class:`Java`."""
        try:
            self._real.choose(major)
        finally:
            self._memory.java = None

    def choose_automatically(self) -> None:
        """See :class:`Java`."""
        try:
            self._real.choose_automatically()
        finally:
            self._memory.java = None

    def _seen(self) -> tuple[str, bool, list[str]]:
        if self._memory.java is None:
            self._memory.java = (
                self._real.choice(),
                self._real.is_automatic(),
                self._real.installed(),
            )
        return self._memory.java
