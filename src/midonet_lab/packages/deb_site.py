"""All repositories of a site on Ubuntu 14.04, below one directory."""

from __future__ import annotations

from pathlib import Path

from midonet_lab.packages.deb_midonet import NEW_VERSIONS, OLD_VERSIONS, midonet5, midonet19
from midonet_lab.packages.deb_repository import AptRepository
from midonet_lab.packages.deb_surroundings import distribution, java, kilo, misc
from midonet_lab.packages.rpm_repository import SigningKey

OLD = "mem-1.9"
UBUNTU = "ubuntu"
JAVA8 = "openjdk-r"
MISC = "misc"
KILO = "openstack-kilo"


def new(version: str) -> str:
    """The name of the repository of a 5.x."""
    return f"midonet-{version}"


def make_apt_repositories(directory: Path, *, key: SigningKey | None = None) -> dict[str, AptRepository]:
    """Build everything, signed with ``key``: name -> repository, a directory of that name.

    ``mem-1.9`` has two versions of all its packages, as a site that was updated meets it; Java 8 comes from a
    repository of its own (host 1.7).
    """
    names = (OLD, UBUNTU, JAVA8, MISC, KILO, *(new(version) for version in NEW_VERSIONS))
    repositories = {name: AptRepository(directory / name, label=name) for name in names}
    for version in OLD_VERSIONS:
        repositories[OLD].add(midonet19(version))
    for version in NEW_VERSIONS:
        repositories[new(version)].add(midonet5(version))
    repositories[MISC].add(misc())
    repositories[KILO].add(kilo())
    repositories[JAVA8].add(java(8))
    repositories[UBUNTU].add([*java(7), *distribution()])
    for repository in repositories.values():
        repository.index(key)
    return repositories
