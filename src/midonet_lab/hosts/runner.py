"""Commands inside a host of the practice site, without SSH."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from midonet_migrate.errors import HostsFailed
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.runner import DEFAULT_TIMEOUT, Completed

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash"}
"""What a root login on a host has."""


class HostDown(HostsFailed):
    """The host does not run."""

    code = "host-down"


class LabRunner:
    """Runs commands as root in one host, each in a session of its own (see
    :class:`~midonet_migrate.hosts.runner.Runner`). Nothing of this process's environment goes with them."""

    def __init__(self, root: Path, init_pid: Callable[[], int | None]) -> None:
        self._root = root
        self._init_pid = init_pid
        self._local = LocalRunner()

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] = {},
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Completed:
        """Run ``command`` there. Raises ``HostDown``, ``CommandTimeout``."""
        return self._local.run([*self.prefix(environment), *command], stdin=stdin, timeout=timeout)

    def prefix(self, environment: Mapping[str, str] = {}) -> list[str]:
        """The words before a command that make it run inside the host. Raises ``HostDown``."""
        pid = self._init_pid()
        if pid is None:
            raise HostDown(f"The host in {self._root.parent} does not run", hint="Start it first.")
        variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **environment}.items()]
        entering = ["nsenter", "--target", str(pid), "--mount", "--uts", "--pid"]
        return [*entering, "--", "env", "-i", *variables, "chroot", str(self._root)]
