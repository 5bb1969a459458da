"""Which package manager a host has."""

from __future__ import annotations

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.packages.apt import Apt
from midonet_migrate.hosts.packages.calls import LOCK_SECONDS
from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.packages.yum import Yum
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.model.hosts import Family, RepositoryDefinition


def manager_for(
    family: Family | None,
    runner: Runner,
    definition: RepositoryDefinition | None = None,
    *,
    lock_seconds: float = LOCK_SECONDS,
) -> PackageManager:
    """apt or yum. With a ``definition`` packages come from there, too. ``lock_seconds``: how long another
    process may hold its lock.

    Raises ``WrongState`` for a family that MidoNet 5 has no packages for.
    """
    if family is Family.DEBIAN:
        return Apt(runner, definition, lock_seconds=lock_seconds)
    if family is Family.REDHAT:
        return Yum(runner, definition, lock_seconds=lock_seconds)
    raise WrongState(
        "The host has no package manager that MidoNet 5 has packages for",
        hint="MidoNet 5 runs on Ubuntu 14.04, CentOS 7 and RHEL 7.",
    )
