"""One host of the practice site: made, brought up, looked into, brought down."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Self

from midonet_lab.hosts.identity import give_identity
from midonet_lab.hosts.places import INIT_PID_FILE, READY_FILE, ROOT
from midonet_lab.hosts.root_tree.skeleton import make_skeleton
from midonet_lab.hosts.runner import LabRunner
from midonet_lab.hosts.snapshot import HostSnapshot, take_snapshot
from midonet_lab.hosts.specification import FILE, HostSpecification
from midonet_lab.processes.server_process import ServerFailed, ServerProcess, program
from midonet_migrate.model.hosts import Family
from midonet_migrate.run.atomic import DIRECTORY_MODE

_SOURCES = Path(__file__).resolve().parents[2]
_TOOLS = {"nsenter": "util-linux", "chroot": "coreutils"}


def require_root() -> None:
    """Raise ``ServerFailed`` when this process may not make namespaces and mounts."""
    if os.geteuid() != 0:
        raise ServerFailed(
            "The hosts of the practice site need root's rights",
            why="They are chroots in namespaces of their own, with mounts and accounts.",
            hint="Run it as root, or leave the hosts out.",
        )
    for name, package in _TOOLS.items():
        program(name, package=package)


class LabHost(ServerProcess):
    """The host in ``directory``; its process ends with this one if ``guarded``, with its files if
    ``disposable``. ``running`` tells whether it is up; ``pid`` is outside of its namespaces."""

    title = "the host"

    def __init__(self, directory: Path, *, guarded: bool = True, disposable: bool = False) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        self.root = self.directory / ROOT
        """Its root directory, up or down. Below ``usr`` there is what differs from the machine's."""

    def make(self, specification: HostSpecification, *, template: Path | None = None) -> Self:
        """Make its files: a host just installed, or a copy of the root directory ``template``.

        Raises ``ServerFailed`` without root's rights.
        """
        require_root()
        self.directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        specification.save(self.directory)
        if template is None:
            make_skeleton(self.root, specification.family)
        else:
            subprocess.run(["cp", "-a", "--reflink=auto", "--", str(template), str(self.root)], check=True)
        give_identity(self.root, specification)
        return self

    @property
    def made(self) -> bool:
        """Whether it has been made."""
        return (self.directory / FILE).exists()

    @property
    def specification(self) -> HostSpecification:
        """What it was made from."""
        return HostSpecification.load(self.directory)

    @property
    def name(self) -> str:
        """Its host name."""
        return self.specification.name

    @property
    def init_pid_file(self) -> Path:
        """Holds what :attr:`init_pid` says, while the host is up."""
        return self.directory / INIT_PID_FILE

    @property
    def init_pid(self) -> int | None:
        """Its process 1 as seen from outside; None when it is down."""
        if not self.running:
            return None
        try:
            return int(self.init_pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    @property
    def root_inside(self) -> Path:
        """Its root directory as its own processes see it, the machine's ``/usr`` included. Only while it is
        up, and another path each time. Raises ``ServerFailed`` when it is down."""
        pid = self.init_pid
        if pid is None:
            raise ServerFailed(f"The host in {self.directory} is down")
        return Path(f"/proc/{pid}/root{self.root}")

    def start(self) -> Self:
        """Bring it up, with the services that start with it; waits until its init answers.

        Raises ``ServerFailed``.
        """
        if self.running:
            return self
        require_root()
        for name in (READY_FILE, INIT_PID_FILE):
            (self.directory / name).unlink(missing_ok=True)
        ready = self.directory / READY_FILE
        command = [sys.executable, "-P", "-m", "midonet_lab.hosts.init", "--directory", str(self.directory)]
        self._spawn(command, environment={"PYTHONPATH": str(_SOURCES), "PYTHONDONTWRITEBYTECODE": "1"})
        self._wait_until(ready.exists)
        return self

    def runner(self) -> LabRunner:
        """For commands inside, as root."""
        return LabRunner(self.root, lambda: self.init_pid)

    def service_pid(self, name: str) -> int | None:
        """Main process of a service as seen from outside; None when it does not run."""
        if not self.running:
            return None
        if self.specification.family is Family.DEBIAN:
            answer = self.runner().run(["service", name, "status"])
        else:
            answer = self.runner().run(["systemctl", "show", "-p", "MainPID", f"{name}.service"])
        found = re.search(r"(?:process |pid |MainPID=)([1-9][0-9]*)", answer.stdout)
        return self._outside(found[1]) if found is not None else None

    def _outside(self, inner: str) -> int | None:
        """The id outside of the process that has ``inner`` inside."""
        space = Path(f"/proc/{self.init_pid}/ns/pid")
        for process in Path("/proc").glob("[0-9]*"):
            try:
                text = (process / "status").read_text(encoding="utf-8", errors="replace")
                numbers = re.search(r"^NSpid:\s+(.+)$", text, re.MULTILINE)
                if numbers is None or numbers[1].split()[-1] != inner:
                    continue
                if (process / "ns/pid").readlink() == space.readlink():
                    return int(process.name)
            except OSError:
                continue
        return None

    def snapshot(self) -> HostSnapshot:
        """Packages, files and services as they are now; it must be up."""
        return take_snapshot(self.root, self.specification, self.runner())

    def remove(self) -> None:
        """Bring it down and delete its directory."""
        self.stop()
        if self.directory.exists():
            shutil.rmtree(self.directory)
