"""Hosts of Ubuntu 14.04 with MidoNet 1.9 installed, and real repositories of real packages (needs root)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.repository_server import RepositoryServer
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.packages.deb_repository import AptRepository, sources_line, write_key
from midonet_lab.packages.deb_site import JAVA8, KILO, MISC, OLD, UBUNTU, make_apt_repositories, new
from midonet_lab.packages.rpm_repository import SigningKey
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import Family, RepositoryDefinition, RepositoryKey

OLD_AGENT, OLD_VERSION = "1.9.8-1", "1.9.8"
NEW_VERSION = "2:5.2.1"
OLD_QUAGGA = "0.99.22.4-3ubuntu1.5"
INSTALLED = (
    *(f"midolman={OLD_AGENT}", f"midonet-api={OLD_VERSION}", f"python-midonetclient={OLD_VERSION}"),
    *("python-neutron-plugin-midonet", "openjdk-7-jre-headless", f"quagga={OLD_QUAGGA}"),
)
PRIVATE, ACCOUNT = "private", ("memuser", "s3cr3t!")
"""A repository that asks who is there; the account's user and password."""
SITE_FILE = "/etc/apt/sources.list.d/midokura.list"
UBUNTU_FILE = "/etc/apt/sources.list"
TRUSTED = "etc/apt/trusted.gpg.d/site.gpg"


class AptSite:
    """Repositories behind a server, signed with ``key``, and hosts that use them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.key = SigningKey(directory / "key")
        self.repositories: dict[str, AptRepository] = make_apt_repositories(
            directory / "repositories", key=self.key
        )
        self.server = RepositoryServer(
            directory / "repositories", directory / "server", account=ACCOUNT, protected=(f"/{PRIVATE}",)
        )
        self.template = directory / "template"

    def lines(self, *names: str) -> str:
        """Lines of a sources file for these repositories."""
        return "".join(sources_line(self.server.url(name)) for name in names)

    def definition(self, version: str = "5.2.1", *more: str) -> RepositoryDefinition:
        """Where MidoNet 5 comes from, in the place of the site's own file."""
        return RepositoryDefinition(
            text=self.lines(new(version), MISC, KILO, JAVA8, *more),
            keys=(RepositoryKey(name="midorepo.gpg", file=str(self.key.public)),),
            disables=(SITE_FILE,),
        )

    def make_template(self) -> None:
        """A host with MidoNet 1.9, made once and copied for each test."""
        host = LabHost(self.directory / "first", disposable=True)
        host.make(HostSpecification(name="template", family=Family.DEBIAN))
        write_key(self.key, host.root / TRUSTED)
        (host.root / UBUNTU_FILE.lstrip("/")).write_text(self.lines(UBUNTU), encoding="utf-8")
        (host.root / SITE_FILE.lstrip("/")).write_text(self.lines(OLD, MISC, KILO), encoding="utf-8")
        with host:
            for command in (
                "apt-get update",
                f"apt-get install -y --no-install-recommends --reinstall {' '.join(INSTALLED)}",
                "rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*",
            ):
                done = host.runner().run(["sh", "-c", command])
                assert done.status == 0, done.stdout + done.stderr
        subprocess.run(["cp", "-a", str(host.root), str(self.template)], check=True)


StartAptHost = Callable[[], LabHost]


@pytest.fixture(scope="session")
def apt_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AptSite]:
    """Everything that all hosts share."""
    if os.geteuid() != 0:
        pytest.skip("hosts of the practice site need root's rights")
    missing = [tool for tool in ("dpkg-deb", "apt-ftparchive", "gpg") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    directory = tmp_path_factory.mktemp("apt")
    site = AptSite(directory)
    with site.server:
        site.make_template()
        yield site
    site.key.close()
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def running_host(site: AptSite, directory: Path, name: str) -> Iterator[LabHost]:
    """A host with MidoNet 1.9 below ``directory``, as long as the context lasts. No service runs."""
    host = LabHost(directory / "host", disposable=True)
    host.make(HostSpecification(name=name, family=Family.DEBIAN), template=site.template)
    with host:
        # Without ZooKeeper the agent would end by itself, at a moment of its own.
        shell(host, "stop midolman")
        yield host


@pytest.fixture
def start_apt_host(apt_site: AptSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartAptHost]:
    """``start()``: a new host with MidoNet 1.9 that is up, and goes after the test."""
    numbers = count(1)
    with ExitStack() as stack:

        def start() -> LabHost:
            directory = tmp_path_factory.mktemp("apt-host")
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
            return stack.enter_context(running_host(apt_site, directory, f"host-{next(numbers)}"))

        yield start


def shell(host: LabHost, command: str, stdin: str = "") -> Completed:
    """A shell command as root on the host."""
    return host.runner().run(["sh", "-c", command], stdin=stdin)
