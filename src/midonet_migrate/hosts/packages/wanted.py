"""What of a change is still to be done, would be done, was done. Pure, the same for apt and yum."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_migrate.hosts.packages.manager import PackageChange, Transaction


def still_wanted(change: PackageChange, installed: Mapping[str, str]) -> PackageChange:
    """What of ``change`` is not so yet. Who is installed anew is not reinstalled too; who is not there is
    neither removed nor reinstalled."""
    install = {name: version for name, version in change.install.items() if installed.get(name) != version}
    return PackageChange(
        install=install,
        remove=tuple(name for name in change.remove if name in installed and name not in change.install),
        reinstall=tuple(
            name
            for name in change.reinstall
            if name in installed and name not in install and name not in change.remove
        ),
    )


def is_empty(change: PackageChange) -> bool:
    """Whether it asks for nothing."""
    return not (change.install or change.remove or change.reinstall)


def targets(change: PackageChange, installed: Mapping[str, str]) -> dict[str, str]:
    """Name -> version of every package file that ``change`` itself needs."""
    return {**change.install, **{name: installed[name] for name in change.reinstall}}


def unfulfilled(change: PackageChange, transaction: Transaction) -> list[str]:
    """What of ``change`` the transaction would not do."""
    after = {**transaction.installed, **{name: new for name, (_, new) in transaction.changed.items()}}
    problems = [
        f"{name} {version} would not be installed"
        for name, version in sorted(change.install.items())
        if after.get(name) != version
    ]
    problems += [f"{name} would not be removed" for name in change.remove if name not in transaction.removed]
    problems += [f"{name} would not be reinstalled" for name in change.reinstall if name not in after]
    return problems


def left_undone(change: PackageChange, installed: Mapping[str, str]) -> list[str]:
    """What of ``change`` is not so on a host with these packages."""
    problems = [
        f"{name} is {installed.get(name, 'not installed')}, wanted is {version}"
        for name, version in sorted(change.install.items())
        if installed.get(name) != version
    ]
    return problems + [f"{name} is still installed" for name in change.remove if name in installed]


def difference(change: PackageChange, before: Mapping[str, str], after: Mapping[str, str]) -> Transaction:
    """What was done on a host with the packages ``before``. Who was reinstalled went to the same version."""
    return Transaction(
        installed={name: version for name, version in after.items() if name not in before},
        changed={
            name: (before[name], version)
            for name, version in after.items()
            if name in before and (before[name] != version or name in change.reinstall)
        },
        removed={name: version for name, version in before.items() if name not in after},
    )
