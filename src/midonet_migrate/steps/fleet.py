"""The inventory and the fleet that a verb works with, from the settings."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from midonet_migrate.errors import ConfigError, UsageError
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetOptions
from midonet_migrate.hosts.inventory import read_inventory
from midonet_migrate.model.hosts import HostEntry, Inventory, Role
from midonet_migrate.settings.effective import Settings


def load_inventory(settings: Settings) -> Inventory:
    """hosts.yaml, with at least one host. Raises ``ConfigError`` or ``AccessDenied``."""
    path = settings.hosts_file.value
    inventory = read_inventory(path)
    if not inventory.hosts:
        raise ConfigError(
            f"{path} names no host", hint="Fill it with 'midonet-migrate hosts discover', or by hand."
        )
    return inventory


def fleet_of(settings: Settings, hosts: Sequence[HostEntry]) -> Fleet:
    """A fleet of these hosts, not started yet. Raises ``ConfigError`` for an ssh_config that is not there."""
    ssh_config = settings.ssh_config.value
    if ssh_config is not None and not ssh_config.is_file():
        raise ConfigError(
            f"There is no ssh_config {ssh_config}",
            why=f"From: {settings.ssh_config.origin}.",
            hint="Correct ssh_config, or leave it out to use ssh's own.",
        )
    shown = str(ssh_config.absolute()) if ssh_config is not None else ""
    return Fleet(hosts, FleetOptions(ssh_config=shown, parallel=settings.host_parallel.value))


def chosen_hosts(inventory: Inventory, names: Sequence[str], roles: Sequence[Role] = ()) -> list[HostEntry]:
    """The hosts of these names, and those that have any of the roles; all when neither is given.

    In the order of the file, each once. Raises ``UsageError`` naming every name that is not in the inventory.
    """
    known = {host.name for host in inventory.hosts}
    problems = []
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            problems.append(f"{name}" + (f" (is {close[0]} meant?)" if close else ""))
    if problems:
        raise UsageError(
            "The inventory does not know some of these hosts",
            hint="Names are those of hosts.yaml.",
            problems=problems,
        )
    if not names and not roles:
        return list(inventory.hosts)
    return [host for host in inventory.hosts if host.name in names or set(host.roles) & set(roles)]
