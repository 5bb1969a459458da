"""What a host is at one moment, for comparison: packages, files, services."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from midonet_lab.hosts.init.unit_files import systemd_names, sysv_script, upstart_job
from midonet_lab.hosts.runner import LabRunner
from midonet_lab.hosts.specification import HostSpecification
from midonet_migrate.model.hosts import Family

_PLACES = ("etc", "home", "opt", "root", "srv", "usr", "var")
_VOLATILE = (
    *("var/cache", "var/log", "var/tmp", "var/lib/apt", "var/lib/rpm", "var/lib/dnf", "var/lib/yum/history"),
    *(
        "var/lib/dpkg/status",
        "var/lib/dpkg/status-old",
        "var/lib/dpkg/info",
        "var/lib/dpkg/available",
        "var/lib/dpkg/lock",
    ),
    *("var/lib/dpkg/lock-frontend", "var/lib/dpkg/available-old", "var/lib/dpkg/triggers", "var/lib/misc"),
    *(
        "var/lib/dpkg/updates",
        "var/lib/dpkg/statoverride-old",
        "var/lib/dpkg/diversions-old",
        "etc/.pwd.lock",
    ),
)
"""What the package managers keep for themselves, and logs. Packages are compared as the database says."""
_MACHINE = Path("/")


class FileState(msgspec.Struct, frozen=True):
    """``content``: sha256 of a file, target of a link. ``kind``: file, directory, link, other, or absent for
    a file of the machine that is not there on the host."""

    kind: str
    mode: int = 0
    owner: int = 0
    group: int = 0
    content: str = ""


class ServiceState(msgspec.Struct, frozen=True):
    """Process ids are no part of it."""

    running: bool
    at_boot: bool


class HostSnapshot(msgspec.Struct, frozen=True):
    """Equal snapshots: nothing of the host has changed. ``packages``: name -> what the package database says
    (version, and for dpkg the wanted and the real state)."""

    packages: dict[str, str]
    files: dict[str, FileState]
    services: dict[str, ServiceState]
    alternatives: dict[str, str]

    def differences(self, other: HostSnapshot) -> list[str]:
        """What is not the same, in words; empty when they are equal."""
        texts = []
        for title in ("packages", "files", "services", "alternatives"):
            mine, theirs = getattr(self, title), getattr(other, title)
            texts += [
                f"{title} {name}: {mine.get(name)} -> {theirs.get(name)}"
                for name in sorted({*mine, *theirs})
                if mine.get(name) != theirs.get(name)
            ]
        return texts


def take_snapshot(root: Path, specification: HostSpecification, runner: LabRunner) -> HostSnapshot:
    """Look at the host, which is up."""
    files = {name: state for place in _PLACES for name, state in _files(root, place)}
    links = {
        name.removeprefix("etc/alternatives/"): state.content
        for name, state in files.items()
        if name.startswith("etc/alternatives/")
    }
    return HostSnapshot(
        packages=_packages(specification.family, runner),
        files=files,
        services=_services(root, specification.family, runner),
        alternatives=links,
    )


def _files(root: Path, place: str) -> Iterator[tuple[str, FileState]]:
    for folder, folders, names in os.walk(root / place):
        below = Path(folder).relative_to(root)
        folders[:] = [name for name in folders if str(below / name) not in _VOLATILE]
        for name in sorted([*folders, *names]):
            path = below / name
            if str(path) in _VOLATILE:
                continue
            state = _state(root / path)
            if place != "usr" or not _same_as_machine(path, state):
                yield str(path), state


def _same_as_machine(path: Path, state: FileState) -> bool:
    """Whether the host's own copy of a file below ``/usr`` tells nothing."""
    twin = _MACHINE / path
    if state.kind == "absent":
        return not os.path.lexists(twin)
    return os.path.lexists(twin) and _state(twin) == state


def _state(path: Path) -> FileState:
    look = path.lstat()
    mode = stat.S_IMODE(look.st_mode)
    if stat.S_ISLNK(look.st_mode):
        return FileState("link", 0, look.st_uid, look.st_gid, str(path.readlink()))
    if stat.S_ISDIR(look.st_mode):
        return FileState("directory", mode, look.st_uid, look.st_gid)
    if stat.S_ISREG(look.st_mode):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileState("file", mode, look.st_uid, look.st_gid, digest)
    if stat.S_ISCHR(look.st_mode) and look.st_rdev == 0:
        return FileState("absent")
    return FileState("other", mode, look.st_uid, look.st_gid)


def _packages(family: Family, runner: LabRunner) -> dict[str, str]:
    if family is Family.DEBIAN:
        command = ["dpkg-query", "-W", "-f", "${Package} ${Version} ${Status}\\n"]
    else:
        command = ["rpm", "-qa", "--qf", "%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n"]
    lines = [line.partition(" ") for line in runner.run(command).stdout.splitlines()]
    return {name: rest for name, _, rest in lines}


def _services(root: Path, family: Family, runner: LabRunner) -> dict[str, ServiceState]:
    if family is Family.REDHAT:
        states = {}
        for name in systemd_names(root):
            text = runner.run(["systemctl", "show", "-p", "ActiveState,UnitFileState", name]).stdout
            states[name] = ServiceState("ActiveState=active" in text, "UnitFileState=enabled" in text)
        return states

    states = {}
    listed = runner.run(["initctl", "list"]).stdout
    for path in sorted(root.glob("etc/init/*.conf")):
        job = upstart_job(root, path.stem)
        if job is not None:
            states[path.stem] = ServiceState(f"{path.stem} start/running" in listed, job.at_boot)
    for path in sorted(root.glob("etc/init.d/*")):
        script = sysv_script(root, path.name)
        if script is not None and path.name not in states:
            status = runner.run(["service", path.name, "status"]).status
            states[path.name] = ServiceState(status == 0, script.at_boot)
    return states
