"""Hosts of CentOS 7 with MidoNet 1.9 installed, and real repositories of real packages (needs root)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.repository_server import RepositoryServer
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.packages.rpm_repository import RpmRepository, repository_text
from midonet_lab.packages.rpm_site import BASE, KILO, MISC, OLD, make_rpm_repositories, new
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed, Runner
from midonet_migrate.model.hosts import Family

OLD_VERSION = "1.9.8-1.0.el7"
OLD_CLIENT = f"1:{OLD_VERSION}"
NEW_VERSION = "2:5.2.1-1.0.el7"
INSTALLED = (
    *(f"midolman-{OLD_VERSION}", f"midonet-api-{OLD_VERSION}", f"python-midonetclient-{OLD_VERSION}"),
    *("python-neutron-plugin-midonet", "java-1.7.0-openjdk"),
)
_VERBS = frozenset({"install", "downgrade", "reinstall", "erase", "shell"})
SITE_FILE = "etc/yum.repos.d/midokura.repo"


class YumSite:
    """Repositories behind a server, and hosts that use them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.repositories: dict[str, RpmRepository] = make_rpm_repositories(directory / "repositories")
        self.server = RepositoryServer(directory / "repositories", directory / "server")
        self.template = directory / "template"

    def old_text(self) -> str:
        """The repositories of a 1.9 site."""
        return "\n".join(repository_text(name, self.server.url(name)) for name in (OLD, MISC, KILO, BASE))

    def new_text(self, version: str = "5.2.1") -> str:
        """The repository of a 5.x."""
        return repository_text("midonet5", self.server.url(new(version)))

    def requests(self) -> int:
        """How often the server has been asked for anything."""
        return self.server.log_file.read_text(encoding="utf-8").count("GET ")

    def make_template(self) -> None:
        """A host with MidoNet 1.9, made once and copied for each test."""
        host = LabHost(self.directory / "first", disposable=True)
        host.make(HostSpecification(name="template", family=Family.REDHAT))
        (host.root / SITE_FILE).write_text(self.old_text(), encoding="utf-8")
        with host:
            done = host.runner().run(["yum", "-y", "install", *INSTALLED])
            assert done.status == 0, done.stdout + done.stderr
            host.runner().run(["sh", "-c", "rm -rf /var/cache/yum/*"])
        subprocess.run(["cp", "-a", str(host.root), str(self.template)], check=True)


StartYumHost = Callable[..., LabHost]


@pytest.fixture(scope="session")
def yum_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YumSite]:
    """Everything that all hosts share."""
    if os.geteuid() != 0:
        pytest.skip("hosts of the practice site need root's rights")
    missing = [tool for tool in ("rpmbuild", "createrepo_c", "dnf") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    directory = tmp_path_factory.mktemp("yum")
    site = YumSite(directory)
    with site.server:
        site.make_template()
        yield site
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def start_yum_host(yum_site: YumSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartYumHost]:
    """``start()``: a new host with MidoNet 1.9 that is up, and goes after the test."""
    numbers = count(1)
    with ExitStack() as stack:

        def start() -> LabHost:
            directory = tmp_path_factory.mktemp("yum-host")
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
            host = LabHost(directory / "host", disposable=True)
            specification = HostSpecification(name=f"host-{next(numbers)}", family=Family.REDHAT)
            host.make(specification, template=yum_site.template)
            stack.enter_context(host)
            # Without ZooKeeper its agent would be running now and dead a moment later.
            assert shell(host, "systemctl stop midolman").status == 0
            return host

        yield start


class Recording:
    """A runner that remembers what was run on the host."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.commands: list[list[str]] = []

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """See :class:`Runner`."""
        self.commands.append(list(command))
        return self._runner.run(command, stdin=stdin, environment=environment, timeout=timeout)

    def changes(self) -> list[str]:
        """The commands that could have changed packages: the program and its verb."""
        found = []
        for words in self.commands:
            # What changes packages runs behind a shell that keeps a log and a note.
            command = words[6:] if words[:2] == ["sh", "-c"] and words[6:7] in (["yum"], ["rpm"]) else words
            if command[0] == "yum" and "-y" in command and "--downloadonly" not in command:
                found.append("yum " + next(word for word in command if word in _VERBS))
            elif command[:2] == ["rpm", "-U"] and "--test" not in command:
                found.append("rpm -U --replacefiles" if "--replacefiles" in command else "rpm -U")
        return found


def shell(host: LabHost, command: str) -> Completed:
    """A shell command as root on the host."""
    return host.runner().run(["sh", "-c", command])
