"""Starting and stopping the cluster as a process of its own, from a test or from the init script."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from midonet_lab.midonet5.api.options import Account, Options
from midonet_lab.midonet5.cluster.installation import Installation, Keystone, Owner, Places, install
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.processes.ports import free_port, is_free
from midonet_lab.processes.server_process import ServerProcess, process_start_time

READY_FILE = "ready"
_SOURCES = Path(__file__).resolve().parents[3]


class InstalledCluster(ServerProcess):
    """The cluster that is installed in ``directory``, whoever started it: the init script, or this object.

    Guarded, it ends with the process that installed it, also when somebody else has restarted it since.
    """

    title = "midonet-cluster"

    def __init__(self, directory: Path, *, guarded: bool = False, disposable: bool = False) -> None:
        self.places = Places(directory)
        super().__init__(self.places.home, guarded=guarded, disposable=disposable)

    @property
    def pid(self) -> int | None:
        """By its file alone: the init script may have replaced the process this object started."""
        ended = self._process is not None and self._process.poll() is not None
        try:
            number, started = self._pid_file.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        if self._process is not None and self._process.pid == int(number):
            # Of a process whose threads are ending the kernel says "zombie" before it can be waited for.
            return None if ended else int(number)
        return int(number) if process_start_time(int(number)) == started else None

    def _gone(self, pid: int, timeout: float) -> bool:
        if self._process is not None and self._process.pid != pid:
            self._process.wait(timeout)  # ended by the init script, which has started another one since
            self._process = None
        return super()._gone(pid, timeout)

    @property
    def installed(self) -> bool:
        """Whether there is one to start."""
        return self.places.service.exists()

    @property
    def url(self) -> str:
        """Base URL of the REST API, as mn-conf's defaults have it."""
        installation = self.places.load()
        return f"http://{installation.api_address}:{installation.api_port}{installation.api.path}"

    def start(self) -> Self:
        """Start, and wait until its services have begun. Raises ``ServerFailed`` with the end of its log."""
        if self.running:
            return self
        ready = self.directory / READY_FILE
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-P", "-m", "midonet_lab.midonet5.cluster"]
        command += ["--directory", str(self.places.directory), "run"]
        self._spawn(command, environment={"PYTHONPATH": str(_SOURCES)})
        self._wait_until(ready.exists)
        return self

    def log_tail(self, lines: int = 20) -> str:
        """The end of what it wrote to its log, and to standard error."""
        texts = []
        for path in (self.places.log_file, self.log_file):
            try:
                texts += path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
            except OSError:
                continue
        return "\n".join(texts[-lines:])


class Midonet5Cluster(InstalledCluster):
    """A cluster of a test's own in ``directory``: installs it, then starts it.

    ``zookeeper_hosts``: where its midonet.conf leads. Settings go through ``mn_conf`` (the command's path)
    before the start, as on a real host.
    """

    def __init__(
        self,
        directory: Path,
        zookeeper_hosts: str,
        version: Version = "5.2.1",
        *,
        api: Options | None = None,
        keystone: Keystone | None = None,
        accounts: Mapping[str, Account] | None = None,
        session_seconds: float = 10.0,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        super().__init__(directory, guarded=guarded, disposable=disposable)
        options = api or Options()
        if accounts is not None:
            options = msgspec.structs.replace(options, accounts=dict(accounts))
        installation = Installation(
            version=version,
            api_port=free_port(),
            api=options,
            keystone=keystone or Keystone(),
            owner=this_process() if guarded else None,
            disposable=disposable,
            session_seconds=session_seconds,
        )
        install(directory, installation, zookeeper_hosts)

    @property
    def mn_conf(self) -> Path:
        """The command ``mn-conf`` of this host."""
        return self.places.mn_conf


def this_process() -> Owner:
    """This process as an owner."""
    return Owner(os.getpid(), process_start_time(os.getpid()) or "")


def usable_port(wanted: int) -> int:
    """``wanted`` if it is free, else any free one."""
    return wanted if wanted and is_free(wanted) else free_port()
