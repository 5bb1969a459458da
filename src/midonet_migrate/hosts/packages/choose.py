"""Which package manager a host has."""

from __future__ import annotations

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.packages.apt import Apt
from midonet_migrate.hosts.packages.calls import LOCK_SECONDS
from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.packages.yum import Yum
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.model.hosts import Family, HostFacts, RepositoryDefinition


def manager_for(
    facts: HostFacts,
    runner: Runner,
    definition: RepositoryDefinition | None = None,
    *,
    lock_seconds: float = LOCK_SECONDS,
) -> PackageManager:
    """apt or yum. With a ``definition`` packages come from there, too. ``lock_seconds``: how long another
    process may hold its lock.

    Raises ``WrongState`` for a distribution that MidoNet 5 has no packages for.
    """
    if facts.family is Family.DEBIAN:
        return Apt(runner, definition, lock_seconds=lock_seconds)
    if facts.family is Family.REDHAT:
        return Yum(runner, definition, lock_seconds=lock_seconds)
    raise WrongState(
        f"{facts.hostname}: {facts.family_reason}",
        why="MidoNet 5 runs on Ubuntu 14.04, CentOS 7 and RHEL 7 alone. Nothing was changed there.",
        hint="Move what runs there to another host, or take it out of hosts.yaml.",
    )
