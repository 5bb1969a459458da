"""The exact old packages, kept before they are replaced: without them there is no way back (host 5.1)."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_migrate.hosts.changes import Packages
from midonet_migrate.hosts.packages.manager import NoRepository, PackageChange, PackageManager


def keep_old_packages(change: Packages, old: PackageManager, *, dry_run: bool) -> None:
    """Fetch every package that ``change`` would replace or remove, in the version that is there.

    ``old`` has the repositories that the host itself names. In a dry run it is only looked whether they can
    be had. Raises ``NoRepository`` naming those that cannot.
    """
    transaction = change.transaction()
    leaving = {name: before for name, (before, after) in transaction.changed.items() if before != after}
    keep_packages(change.host, {**leaving, **transaction.removed}, old, dry_run=dry_run)


def keep_packages(host: str, leaving: Mapping[str, str], old: PackageManager, *, dry_run: bool) -> None:
    """The same for these packages: name -> version that is there."""
    if not leaving:
        return
    candidates = old.candidates(sorted(leaving))
    lost = [
        f"{name} {version}"
        for name, version in sorted(leaving.items())
        if version not in candidates.get(name, [])
    ]
    if lost:
        raise NoRepository(
            f"{host}: what is installed now cannot be had any more: there would be no way back",
            hint="Put the repository with exactly these versions back, or go on without a way back"
            " (--no-way-back).",
            problems=lost,
        )
    if not dry_run:
        old.download(PackageChange(reinstall=tuple(sorted(leaving))))
