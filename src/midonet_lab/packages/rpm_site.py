"""All repositories of a site on CentOS 7, below one directory."""

from __future__ import annotations

from pathlib import Path

from midonet_lab.packages.rpm_midonet import NEW_VERSIONS, OLD_VERSIONS, midonet5, midonet19
from midonet_lab.packages.rpm_repository import RpmRepository, SigningKey
from midonet_lab.packages.rpm_surroundings import distribution, java, kilo, misc, openstack

OLD = "mem-1.9"
BASE = "base"
MISC = "misc"
KILO = "openstack-kilo"


def new(version: str) -> str:
    """The name of the repository of a 5.x."""
    return f"midonet-{version}"


def make_rpm_repositories(directory: Path, *, key: SigningKey | None = None) -> dict[str, RpmRepository]:
    """Build everything, those of MidoNet signed with ``key``: name -> repository, a directory of that name.

    ``mem-1.9`` has two versions of all its packages, as a site that was updated meets it.
    """
    repositories = {
        name: RpmRepository(directory / name)
        for name in (OLD, BASE, MISC, KILO, *(new(version) for version in NEW_VERSIONS))
    }
    for version in OLD_VERSIONS:
        repositories[OLD].add(midonet19(version), key)
    for version in NEW_VERSIONS:
        repositories[new(version)].add(midonet5(version), key)
    repositories[MISC].add(misc(), key)
    repositories[KILO].add(kilo(), key)
    repositories[BASE].add([*java(7), *java(8), *distribution(), *openstack()])
    for repository in repositories.values():
        repository.index()
    return repositories
