"""Repositories and installation on hosts of the Debian family."""

from __future__ import annotations

from pathlib import Path

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.root_tree.skeleton import write_file
from midonet_lab.packages.deb_repository import sources_line, write_key
from midonet_lab.packages.deb_site import JAVA8, KILO, MISC, OLD, UBUNTU, make_apt_repositories, new
from midonet_lab.packages.rpm_repository import SigningKey
from midonet_lab.processes.server_process import ServerFailed
from midonet_migrate.model.hosts import RepositoryDefinition, RepositoryKey

KEY_FILE = "midokura.gpg"
PREFIX = "apt"
"""Below the server's directory."""
PROTECTED = (f"/{PREFIX}/{OLD}",)
OLD_FILE = "etc/apt/sources.list.d/midokura.list"
_BASE_FILE = "etc/apt/sources.list"
_KEY = f"etc/apt/trusted.gpg.d/{KEY_FILE}"
_OF_INSTALLATION = ("quagga=0.99.22.4-3ubuntu1.5",)
"""Recorded as installed on every host; here with its files, which a way back from a later version brings."""
_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def make_repositories(directory: Path) -> None:
    """Build everything below ``directory``, with the public key beside it."""
    key = SigningKey(directory / "signing", "midorepo")
    try:
        make_apt_repositories(directory / PREFIX, key=key)
        write_key(key, directory / PREFIX / KEY_FILE)
    finally:
        key.close()


def write_sources(root: Path, server: str, account: str, key: bytes) -> None:
    """The files of a 1.9 host. ``server``: host name; ``account``: ``user:password`` as URLs have it;
    ``key``: the public key."""
    write_file(root, _KEY, "")
    (root / _KEY).write_bytes(key)
    write_file(root, _BASE_FILE, sources_line(f"http://{server}/{PREFIX}/{UBUNTU}"))
    text = (
        "# MEM\n"
        + sources_line(f"http://{account}@{server}/{PREFIX}/{OLD}", options="arch=amd64")
        + f"# deb http://{account}@{server}/{PREFIX}/mem-1.8 stable main\n\n# MEM OpenStack Integration\n"
        + sources_line(f"http://{server}/{PREFIX}/{KILO}")
        + "\n# MEM 3rd Party Tools and Libraries\n"
        + sources_line(f"http://{server}/{PREFIX}/{MISC}")
    )
    write_file(root, OLD_FILE, text, 0o640)


def new_definition(server: str, version: str, key: Path) -> RepositoryDefinition:
    """What hosts.yaml says of the 5.x packages of this family, and of Java 8."""
    names = (new(version), KILO, MISC, JAVA8)
    lines = [sources_line(f"http://{server}/{PREFIX}/{name}") for name in names]
    return RepositoryDefinition(
        text="".join(lines),
        keys=(RepositoryKey(name=key.name, file=str(key)),),
        disables=(f"/{OLD_FILE}",),
    )


def install(host: LabHost, packages: tuple[str, ...]) -> None:
    """Install packages in a host that is up. Raises ``ServerFailed`` with what apt says."""
    again = ("-y", "--reinstall", "install", *_OF_INSTALLATION)
    for words in (("update",), ("-y", "install", *packages), again):
        done = host.runner().run(["apt-get", *words], environment=_QUIET, timeout=300)
        if done.status != 0:
            raise ServerFailed(f"apt-get failed on {host.name}", why=(done.stdout + done.stderr)[-3000:])
    host.runner().run(["apt-get", "clean"])


def enable(host: LabHost, services: tuple[str, ...]) -> None:
    """Nothing: on Ubuntu what is installed starts with the host. They are stopped, as they have no
    configuration yet."""
    for name in services:
        host.runner().run(["service", name, "stop"])
