"""A host as it would be: everything is read from the real one, and changed in memory alone.

With these parts a dry run goes the same way as a real run (I6): later changes see what earlier ones would
have left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

from midonet_migrate.hosts.files.file_state import FileKind, FileState, RemoteFile, sha256
from midonet_migrate.hosts.packages.manager import PackageChange, PackageManager, Transaction
from midonet_migrate.hosts.parts import Files, HostParts, Java, Services
from midonet_migrate.model.hosts import InitSystem, ServiceFacts

SERVICES_OF_PACKAGES: Mapping[str, str] = {"midolman": "midolman", "midonet-cluster": "midonet-cluster"}
"""Packages that bring a service, by role. Installing does not start them (host 1.3)."""
_JAVA_PACKAGE = re.compile(r"(?:openjdk-|java-1\.)(\d+)")


def predicting(parts: HostParts, *, simulate: bool = True) -> HostParts:
    """The same host, on which nothing is changed. Without ``simulate`` packages change as they are told to,
    and the package manager is not asked: for changes that name everything while its repositories are others.
    """
    packages = PredictedPackages(parts.packages, simulate=simulate)
    return msgspec.structs.replace(
        parts,
        packages=packages,
        services=PredictedServices(parts.services, packages, parts.facts.init or InitSystem.SYSV),
        files=PredictedFiles(parts.files),
        java=PredictedJava(parts.java, packages),
    )


def combined(first: PackageChange, second: PackageChange) -> PackageChange:
    """One change that does what two do one after the other."""
    install = {name: version for name, version in first.install.items() if name not in second.remove}
    removed = [name for name in first.remove if name not in second.install]
    return PackageChange(
        install={**install, **second.install},
        remove=tuple(dict.fromkeys([*removed, *second.remove])),
        reinstall=tuple(dict.fromkeys([*first.reinstall, *second.reinstall])),
    )


def _after(there: Mapping[str, str], transaction: Transaction) -> dict[str, str]:
    left = {name: version for name, version in there.items() if name not in transaction.removed}
    return {**left, **transaction.installed, **{name: new for name, (_, new) in transaction.changed.items()}}


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> Transaction:
    """What lies between two lists of installed packages."""
    return Transaction(
        installed={name: version for name, version in after.items() if name not in before},
        changed={
            name: (before[name], version)
            for name, version in after.items()
            if name in before and before[name] != version
        },
        removed={name: version for name, version in before.items() if name not in after},
    )


class PredictedPackages:
    """Packages after changes that were only simulated. The package manager itself knows nothing of them, so
    each simulation begins with all changes before it."""

    def __init__(self, real: PackageManager, *, simulate: bool = True) -> None:
        self._real = real
        self._simulate = simulate
        self._change = PackageChange()
        self._repaired = False
        self._installed: dict[str, str] | None = None

    def installed(self) -> dict[str, str]:
        """See :class:`PackageManager`; changes included."""
        if self._installed is None:
            self._installed = self._real.installed()
        return dict(self._installed)

    def removed(self) -> set[str]:
        """Packages that are there and would not be."""
        return self._real.installed().keys() - self.installed().keys()

    def held(self) -> list[str]:
        """See :class:`PackageManager`."""
        return self._real.held()

    def broken(self) -> list[str]:
        """See :class:`PackageManager`."""
        return [] if self._repaired else self._real.broken()

    def refresh(self) -> None:
        """See :class:`PackageManager`; nothing is read anew."""

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        """See :class:`PackageManager`."""
        return self._real.candidates(names)

    def simulate(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`; what is done on top of the changes before."""
        if not self._simulate:
            there = self.installed()
            left = {name: version for name, version in there.items() if name not in change.remove}
            return difference(there, {**left, **change.install})
        whole = combined(self._change, change)
        return difference(self.installed(), _after(self._real.installed(), self._real.simulate(whole)))

    def download(self, change: PackageChange) -> None:
        """See :class:`PackageManager`; nothing is fetched."""

    def apply(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`; in memory."""
        transaction = self.simulate(change)
        self._installed = _after(self.installed(), transaction)
        self._change = combined(self._change, change)
        return transaction

    def settle(self) -> None:
        """See :class:`PackageManager`."""
        self._real.settle()

    def repair(self) -> None:
        """See :class:`PackageManager`; in memory."""
        self._repaired = True

    def owner(self, path: str) -> str:
        """See :class:`PackageManager`."""
        return self._real.owner(path)


class PredictedServices:
    """Services after changes in memory, and after packages that would come or go."""

    def __init__(self, real: Services, packages: PredictedPackages, init: InitSystem) -> None:
        self._real = real
        self._packages = packages
        self._init = init
        self._changed: dict[str, ServiceFacts] = {}

    def find(self, role: str) -> ServiceFacts | None:
        """See :class:`Services`."""
        package = next((name for name, brought in SERVICES_OF_PACKAGES.items() if brought == role), "")
        if package and package not in self._packages.installed():
            return None
        if role in self._changed:
            return self._changed[role]
        found = self._real.find(role)
        if found is None and package:
            return ServiceFacts(name=role, init=self._init, running=False, enabled=True)
        return found

    def start(self, role: str) -> None:
        """See :class:`Services`; in memory."""
        self._set(role, running=True)

    def stop(self, role: str) -> None:
        """See :class:`Services`; in memory."""
        self._set(role, running=False)

    def restart(self, role: str) -> None:
        """See :class:`Services`; in memory."""
        self._set(role, running=True)

    def enable(self, role: str) -> None:
        """See :class:`Services`; in memory."""
        self._set(role, enabled=True)

    def disable(self, role: str) -> None:
        """See :class:`Services`; in memory."""
        self._set(role, enabled=False)

    def _set(self, role: str, *, running: bool | None = None, enabled: bool | None = None) -> None:
        facts = self.find(role)
        if facts is not None:
            self._changed[role] = msgspec.structs.replace(
                facts,
                running=facts.running if running is None else running,
                enabled=facts.enabled if enabled is None else enabled,
            )


class PredictedFiles:
    """Files after changes in memory."""

    def __init__(self, real: Files) -> None:
        self._real = real
        self._changed: dict[str, RemoteFile] = {}
        self._made: set[str] = set()

    def fetch(self, paths: Iterable[str]) -> dict[str, RemoteFile]:
        """See :class:`Files`."""
        wanted = list(paths)
        real = self._real.fetch([path for path in wanted if path not in self._changed])
        return {path: self._changed.get(path) or real[path] for path in wanted}

    def find(self, patterns: Sequence[str]) -> list[str]:
        """See :class:`Files`; files that would be new are found too."""
        real = [path for path in self._real.find(patterns) if path not in self._changed]
        there = [path for path, file in self._changed.items() if file.state.kind is FileKind.FILE]
        return real + [path for path in there if any(fnmatchcase(path, pattern) for pattern in patterns)]

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
        """See :class:`Files`; in memory."""
        del expected
        before = self.fetch([path])[path].state
        there = before.is_file
        state = msgspec.structs.replace(
            before,
            kind=FileKind.FILE,
            target=before.target or path,
            mode=mode if mode is not None else before.mode if there else 0o644,
            owner=owner or (before.owner if there else "root"),
            group=group or (before.group if there else "root"),
            size=len(data),
            sha256=sha256(data),
        )
        self._changed[path] = RemoteFile(state, data)
        return state

    def remove(self, path: str, *, expected: str | None = None) -> None:
        """See :class:`Files`; in memory."""
        del expected
        self._changed[path] = RemoteFile(FileState(path=path, kind=FileKind.ABSENT, target=path))

    def make_directory(self, path: str, *, mode: int = 0o755) -> bool:
        """See :class:`Files`; in memory."""
        del mode
        made = path not in self._made and self._real.fetch([path])[path].state.kind is FileKind.ABSENT
        self._made.add(path)
        return made

    def remove_directory(self, path: str) -> bool:
        """See :class:`Files`; whether it would be empty is not known."""
        return path in self._made


class PredictedJava:
    """The choice of Java after changes in memory, and after packages that would come or go."""

    def __init__(self, real: Java, packages: PredictedPackages) -> None:
        self._real = real
        self._packages = packages
        self._chosen: str | None = None

    def choice(self) -> str:
        """See :class:`Java`."""
        if not self.is_automatic():
            return self._chosen or self._real.choice()
        return max(self.installed(), key=int, default="")

    def is_automatic(self) -> bool:
        """See :class:`Java`. A choice whose Java goes is none any more, on either family."""
        if self._chosen is not None:
            return not self._chosen or self._chosen in self._gone()
        return self._real.is_automatic() or self._real.choice() in self._gone()

    def installed(self) -> list[str]:
        """See :class:`Java`."""
        return sorted(({*self._real.installed()} - self._gone()) | self._in_packages(), key=int)

    def _in_packages(self) -> set[str]:
        names = self._packages.installed()
        return {match[1] for name in names if (match := _JAVA_PACKAGE.match(name))}

    def _gone(self) -> set[str]:
        """Versions whose packages are there, and would not be."""
        names = self._packages.removed()
        return {match[1] for name in names if (match := _JAVA_PACKAGE.match(name))} - self._in_packages()

    def choose(self, major: str) -> None:
        """See :class:`Java`; in memory."""
        self._chosen = major

    def choose_automatically(self) -> None:
        """See :class:`Java`; in memory."""
        self._chosen = ""
