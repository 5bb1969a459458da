"""hosts.yaml of a practice site, as ``hosts discover`` and an operator would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import yaml

from midonet_lab.hosts.site.layout import SiteHost
from midonet_lab.hosts.site.templates import SERVER, family_module
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_migrate.model.hosts import Family, HostEntry, Inventory, Repositories, Role
from midonet_migrate.run.atomic import write_atomically

WHOLE, REPOSITORIES = "hosts.yaml", "repositories.yaml"


def site_inventory(
    hosts: Sequence[SiteHost], version: Version, keys: Mapping[Family, Path], api_address: str
) -> Inventory:
    """The inventory for the target ``version``. ``keys``: where the public keys of the repositories are;
    ``api_address``: what files call the controller, which ssh_config knows too."""
    entries = [
        HostEntry(
            name=planned.name,
            roles=(planned.role,),
            address=api_address if planned.role is Role.CONTROLLER else "",
            midonet_host_id=planned.midonet_host_id,
            midonet_name=planned.name if planned.midonet_host_id else "",
        )
        for planned in hosts
    ]
    found = {
        family.value: family_module(family).new_definition(SERVER, version, key)
        for family, key in keys.items()
    }
    repositories = Repositories(debian=found.get("debian"), redhat=found.get("redhat"))
    return Inventory(hosts=tuple(entries), repositories=repositories)


def write_inventory(directory: Path, inventory: Inventory) -> None:
    """``hosts.yaml``, whole, and ``repositories.yaml``: its section of that name, to be copied."""
    whole = msgspec.to_builtins(inventory)
    for name, content in ((WHOLE, whole), (REPOSITORIES, {"repositories": whole["repositories"]})):
        text = yaml.safe_dump(content, sort_keys=False, default_flow_style=False)
        write_atomically(directory / name, text.encode())
