"""The APIs of both versions where they run as services of the site's controller."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Self

import httpx
import msgspec

from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.midonet5.cluster.process import READY_FILE, InstalledCluster
from midonet_lab.midonet19.options import Faults, Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.processes.server_process import START_TIMEOUT_SECONDS, ServerFailed
from midonet_lab.sites.site import Site
from midonet_migrate.model.hosts import Family
from midonet_migrate.run.atomic import write_atomically

TOMCAT = {Family.DEBIAN: "tomcat7", Family.REDHAT: "tomcat"}
CLUSTER = "midonet-cluster"
_POLL_SECONDS = 0.1


def _service(host: LabHost, name: str, verb: str) -> None:
    """Ask the host's init system. Raises ``ServerFailed``."""
    done = host.runner().run(["service", name, verb])
    if done.status != 0:
        raise ServerFailed(f"service {name} {verb} failed on {host.name}", why=done.stdout + done.stderr)


class HostedMidonet19Api(Midonet19Api):
    """The 1.9 API in the Tomcat of ``host``, on ``address`` and port; its data is in ``directory``."""

    def __init__(self, host: LabHost, directory: Path, *, address: str, port: int) -> None:
        super().__init__(directory / "site.json", directory, guarded=False)
        self._host = host
        self._address = address
        self._fixed_port = port

    def prepare(self, site: Site, options: Options) -> None:
        """Put the data where Tomcat finds it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        site.save(self.directory / "site.json")
        write_atomically(self.directory / "options.json", msgspec.json.encode(options))
        write_atomically(self.directory / "faults.json", msgspec.json.encode(Faults()))
        self._port_file.write_text(f"{self._fixed_port}", encoding="ascii")

    @property
    def port(self) -> int:
        """Where Tomcat listens."""
        return self._fixed_port

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://{self._address}:{self.port}{self._options.path}"

    @property
    def pid(self) -> int | None:
        """Tomcat's, as seen from outside."""
        return self._host.service_pid(TOMCAT[self._host.specification.family])

    def start(self) -> Self:
        """Start Tomcat, and wait until the API answers. Raises ``ServerFailed``."""
        if not self.running:
            _service(self._host, TOMCAT[self._host.specification.family], "start")
        self.wait()
        return self

    def wait(self) -> None:
        """Wait for an answer. Raises ``ServerFailed``."""
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(self.url, trust_env=False, timeout=10)
            except httpx.HTTPError:
                time.sleep(_POLL_SECONDS)
            else:
                return
        raise ServerFailed(f"The 1.9 API on {self._host.name} gives no answer", why=self._host.log_tail())

    def stop(self) -> None:
        """Stop Tomcat."""
        if self.running:
            _service(self._host, TOMCAT[self._host.specification.family], "stop")


class HostedCluster(InstalledCluster):
    """midonet-cluster of ``host``, once its package is there."""

    def __init__(self, host: LabHost) -> None:
        super().__init__(host.directory)
        self._host = host
        self.log_file = self.places.log_file

    def write_commands(self) -> None:
        """``bin/mn-conf`` and ``bin/midonet-cluster``: the host's own commands, called from outside."""
        self.places.scripts.mkdir(exist_ok=True)
        for path, words in ((self.places.mn_conf, "mn-conf"), (self.places.service, f"service {CLUSTER}")):
            write_atomically(path, entering_script(self._host, words).encode())
            path.chmod(0o700)

    @property
    def pid(self) -> int | None:
        """As seen from outside."""
        return self._host.service_pid(CLUSTER)

    def start(self) -> Self:
        """Start the service, and wait until it is ready. Raises ``ServerFailed``."""
        if self.running:
            return self
        ready = self.directory / READY_FILE
        ready.unlink(missing_ok=True)
        _service(self._host, CLUSTER, "start")
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not ready.exists():
            if time.monotonic() > deadline:
                raise ServerFailed(f"{CLUSTER} on {self._host.name} is not ready", why=self.log_tail())
            time.sleep(_POLL_SECONDS)
        return self

    def stop(self) -> None:
        """Stop the service."""
        if self.running:
            _service(self._host, CLUSTER, "stop")


def entering_script(host: LabHost, words: str) -> str:
    """A script that runs a command of a host, with the environment and the arguments of its caller."""
    pid_file, root = shlex.quote(str(host.init_pid_file)), shlex.quote(str(host.root))
    return (
        "#!/bin/sh\n"
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root\n"
        "export PATH HOME\n"
        f'exec nsenter --target "$(cat {pid_file})" --mount --uts --pid -- chroot {root} {words} "$@"\n'
    )
