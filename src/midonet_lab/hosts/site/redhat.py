"""Repositories and installation on hosts of the Red Hat family."""

from __future__ import annotations

from pathlib import Path

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.root_tree.skeleton import write_file
from midonet_lab.packages.rpm_repository import SigningKey, repository_text
from midonet_lab.packages.rpm_site import BASE, KILO, MISC, OLD, make_rpm_repositories, new
from midonet_lab.processes.server_process import ServerFailed
from midonet_migrate.model.hosts import RepositoryDefinition, RepositoryKey

KEY_FILE = "RPM-GPG-KEY-midokura"
PREFIX = "rpm"
"""Below the server's directory."""
PROTECTED = (f"/{PREFIX}/{OLD}",)
OLD_FILE = "etc/yum.repos.d/midokura.repo"
_BASE_FILE = "etc/yum.repos.d/CentOS-Base.repo"
_KEY = f"/etc/pki/rpm-gpg/{KEY_FILE}"


def make_repositories(directory: Path) -> None:
    """Build everything below ``directory``, with the public key beside it."""
    key = SigningKey(directory / "signing", "midorepo")
    try:
        make_rpm_repositories(directory / PREFIX, key=key)
        (directory / PREFIX / KEY_FILE).write_text(key.public.read_text(encoding="ascii"), encoding="ascii")
    finally:
        key.close()


def write_sources(root: Path, server: str, account: str, key: bytes) -> None:
    """The files of a 1.9 host. ``server``: host name; ``account``: ``user:password`` as URLs have it;
    ``key``: the public key."""
    write_file(root, _KEY.lstrip("/"), key.decode())
    write_file(
        root, _BASE_FILE, repository_text(BASE, f"http://{server}/{PREFIX}/{BASE}/", title="CentOS-7 - Base")
    )
    sections = (
        ("mem", OLD, f"{account}@", "MEM"),
        ("mem-openstack-integration", KILO, "", "MEM OpenStack Integration"),
        ("mem-misc", MISC, "", "MEM 3rd Party Tools and Libraries"),
    )
    texts = [
        repository_text(
            name, f"http://{user}{server}/{PREFIX}/{folder}/", title=title, key_url=f"file://{_KEY}"
        )
        for name, folder, user, title in sections
    ]
    write_file(root, OLD_FILE, "\n".join(texts), 0o640)


def new_definition(server: str, version: str, key: Path) -> RepositoryDefinition:
    """What hosts.yaml says of the 5.x packages of this family."""
    texts = [
        repository_text(
            name,
            f"http://{server}/{PREFIX}/{folder}/",
            title=title,
            key_url=f"file:///etc/pki/rpm-gpg/{key.name}",
        )
        for name, folder, title in (
            ("midonet", new(version), "MidoNet"),
            ("midonet-openstack-integration", KILO, "MidoNet OpenStack Integration"),
            ("midonet-misc", MISC, "MidoNet 3rd Party Tools and Libraries"),
        )
    ]
    return RepositoryDefinition(
        text="\n".join(texts),
        keys=(RepositoryKey(name=key.name, file=str(key)),),
        disables=(f"/{OLD_FILE}",),
    )


def install(host: LabHost, packages: tuple[str, ...]) -> None:
    """Install packages in a host that is up. Raises ``ServerFailed`` with what yum says."""
    done = host.runner().run(["yum", "-y", "install", *packages], timeout=300)
    if done.status != 0:
        raise ServerFailed(f"yum failed on {host.name}", why=(done.stdout + done.stderr)[-3000:])


def enable(host: LabHost, services: tuple[str, ...]) -> None:
    """Let these services, and no others, start with the host."""
    done = host.runner().run(["systemctl", "enable", *services])
    if done.status != 0:
        raise ServerFailed(f"systemctl failed on {host.name}", why=done.stderr)
