"""Hosts of 1.9 with their packages installed, to be copied."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import ModuleType

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.repository_server import RepositoryServer
from midonet_lab.hosts.site import debian, redhat
from midonet_lab.hosts.site.addresses import HTTP, choose_address
from midonet_lab.hosts.site.cache import Cache
from midonet_lab.hosts.site.layout import PACKAGES, SERVICES, SiteHost
from midonet_lab.hosts.specification import HostSpecification
from midonet_migrate.model.hosts import Family

SERVER = "repo.example.com"
"""What hosts call the repositories' server."""
USER, PASSWORD = "memuser", "s3cr3t!"
ACCOUNT = "memuser:s3cr3t%21"
"""As it stands in URLs."""


def family_module(family: Family) -> ModuleType:
    """A family's ``make_repositories``, ``write_sources``, ``new_definition``, ``install``, ``enable``."""
    return {Family.DEBIAN: debian, Family.REDHAT: redhat}[family]


def repositories(cache: Cache, family: Family) -> Path:
    """The repositories of a family, built when they are not there yet."""
    return cache.get(f"repositories-{family.value}", family_module(family).make_repositories)


def public_key(cache: Cache, family: Family) -> Path:
    """The repositories' public key."""
    module = family_module(family)
    return Path(repositories(cache, family) / module.PREFIX / module.KEY_FILE)


def make_templates(cache: Cache, hosts: Iterable[SiteHost]) -> dict[str, Path]:
    """Name of a template -> its root directory, for all that these hosts are copies of."""
    wanted = {host.template: host for host in hosts}
    with ThreadPoolExecutor(max_workers=2) as pool:
        made = pool.map(
            lambda host: cache.get(f"root-{host.template}", partial(_make, cache, host)), wanted.values()
        )
        return {name: path / "root" for name, path in zip(wanted, made, strict=True)}


def _make(cache: Cache, planned: SiteHost, directory: Path) -> None:
    module = family_module(planned.family)
    with tempfile.TemporaryDirectory(prefix="midonet-lab-") as name:
        server = RepositoryServer(
            repositories(cache, planned.family), Path(name), address=choose_address(), port=HTTP
        )
        host = LabHost(directory)
        with server:
            address = server.address.partition(":")[0]
            host.make(HostSpecification(name="template", family=planned.family, names={SERVER: address}))
            key = public_key(cache, planned.family).read_bytes()
            module.write_sources(host.root, SERVER, ACCOUNT, key)
            with host:
                module.install(host, PACKAGES[planned.family][planned.role])
                module.enable(host, SERVICES[planned.family][planned.role])
