"""What every package manager can do for us (host 1.4, 1.5). Versions are exact texts of its own kind:
``2:5.2.1`` for dpkg, ``2:5.2.1-1.0.el7`` (epoch:version-release, ``0:`` left out) for rpm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from midonet_migrate.errors import HostsFailed, Unreachable, WrongState


class PackageChange(msgspec.Struct, kw_only=True, frozen=True):
    """What is wanted. ``install``: name -> exact version, an older one is a downgrade; ``remove`` and
    ``reinstall``: names. One call of the package manager does all of it, or nothing."""

    install: Mapping[str, str] = {}
    remove: tuple[str, ...] = ()
    reinstall: tuple[str, ...] = ()


class Transaction(msgspec.Struct, kw_only=True, frozen=True):
    """What the package manager would do, or did, dependencies included: name -> (before, after)."""

    installed: dict[str, str] = {}
    changed: dict[str, tuple[str, str]] = {}
    """Upgraded and downgraded."""
    removed: dict[str, str] = {}

    @property
    def nothing_to_do(self) -> bool:
        """Whether nothing changes."""
        return not (self.installed or self.changed or self.removed)


class PackageManager(Protocol):
    """apt or yum on one host. No method asks anything. What is downloaded or simulated changes no package.

    All raise ``PackagesFailed`` with what the manager said, ``PackagesBusy`` when another process holds its
    lock (after waiting), ``NoRepository`` when a repository does not answer or is not signed,
    ``NoPermission``, and what the runner raises.
    """

    def installed(self) -> dict[str, str]:
        """Every installed package and its exact version (removed ones with files left are not installed)."""

    def held(self) -> list[str]:
        """Packages whose version is held or locked."""

    def broken(self) -> list[str]:
        """Packages left half-installed or half-configured."""

    def refresh(self) -> None:
        """Read the lists of the repositories anew."""

    def candidates(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Versions that can be had, best first; a name without any has an empty list."""

    def simulate(self, change: PackageChange) -> Transaction:
        """What ``change`` would do. Nothing is changed."""

    def download(self, change: PackageChange) -> None:
        """Fetch everything that ``change`` needs, so that :meth:`apply` works without network."""

    def apply(self, change: PackageChange) -> Transaction:
        """Do it, and look that it came out as wanted. Edited configuration files stay as they are."""

    def settle(self) -> None:
        """Wait for the end of a transaction of ours that still goes on, its connection alone being lost. What
        was seen before counts no more."""

    def repair(self) -> None:
        """Let the manager finish what it was cut off in. Only for who knows that it was ours."""

    def owner(self, path: str) -> str:
        """The package that a file belongs to; empty when none does."""


class PackagesFailed(HostsFailed):
    """The package manager ended with an error."""

    code = "packages-failed"


class PackagesBusy(PackagesFailed):
    """Another process holds the package manager's lock."""

    code = "packages-busy"


class UnexpectedChange(WrongState):
    """The package manager would remove or change something that nobody asked for."""

    code = "unexpected-package-change"


class NoRepository(Unreachable):
    """A repository does not answer, is not signed, or lacks a version."""

    code = "no-repository"


def require_expected(
    transaction: Transaction, change: PackageChange, *, may_change: Iterable[str] = ()
) -> None:
    """Refuse a transaction that removes a package which ``change`` does not remove, or changes the version
    of one that is neither wanted nor in ``may_change`` (host 1.5). New dependencies are no problem.

    Raises ``UnexpectedChange`` naming all of them.
    """
    allowed = {*change.install, *change.reinstall, *change.remove, *may_change}
    problems = [
        f"{name} {version} would be removed"
        for name, version in sorted(transaction.removed.items())
        if name not in change.remove
    ]
    problems += [
        f"{name} would go from {before} to {after}"
        for name, (before, after) in sorted(transaction.changed.items())
        if name not in allowed
    ]
    if problems:
        raise UnexpectedChange(
            "The package manager would change packages that the migration does not touch",
            why="Their dependencies or the repositories are not what is expected.",
            hint="Correct holds, pins and repositories of the host, then run again.",
            problems=problems,
        )
