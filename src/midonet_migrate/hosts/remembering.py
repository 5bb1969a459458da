"""A package manager that is not asked the same twice: each question starts it anew, which takes seconds."""

from __future__ import annotations

from collections.abc import Sequence

from midonet_migrate.hosts.packages.manager import PackageChange, PackageManager, Transaction

_Key = tuple[frozenset[tuple[str, str]], tuple[tuple[str, str], ...], tuple[str, ...], tuple[str, ...]]


class RememberingPackages:
    """What was simulated counts as long as the installed packages are the same; see :class:`PackageManager`.

    For one stage on one host: what repositories offer is taken not to change meanwhile.
    """

    def __init__(self, real: PackageManager) -> None:
        self._real = real
        self._simulated: dict[_Key, Transaction] = {}
        self._candidates: dict[str, list[str]] = {}

    def installed(self) -> dict[str, str]:
        """See :class:`PackageManager`; looked at each time."""
        return self._real.installed()

    def held(self) -> list[str]:
        """See :class:`PackageManager`."""
        return self._real.held()

    def broken(self) -> list[str]:
        """See :class:`PackageManager`."""
        return self._real.broken()

    def refresh(self) -> None:
        """See :class:`PackageManager`."""
        self._forget()
        self._real.refresh()

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        """See :class:`PackageManager`."""
        unknown = [name for name in names if name not in self._candidates]
        if unknown:
            self._candidates |= self._real.candidates(unknown)
        return {name: list(self._candidates.get(name, [])) for name in names}

    def simulate(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`."""
        key = (
            frozenset(self.installed().items()),
            tuple(sorted(change.install.items())),
            tuple(sorted(change.remove)),
            tuple(sorted(change.reinstall)),
        )
        if key not in self._simulated:
            self._simulated[key] = self._real.simulate(change)
        return self._simulated[key]

    def download(self, change: PackageChange) -> None:
        """See :class:`PackageManager`."""
        self._real.download(change)

    def apply(self, change: PackageChange) -> Transaction:
        """See :class:`PackageManager`."""
        self._forget()
        return self._real.apply(change)

    def owner(self, path: str) -> str:
        """See :class:`PackageManager`."""
        return self._real.owner(path)

    def _forget(self) -> None:
        self._simulated.clear()
        self._candidates.clear()
