"""What installing midonet-cluster and midonet-tools leaves on a practice host."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import msgspec

from midonet_lab.midonet5.api.options import Options
from midonet_lab.midonet5.mn_conf.bootstrap import CLUSTER_FILE
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.processes.server_process import process_start_time
from midonet_migrate.run.atomic import DIRECTORY_MODE, write_atomically

PACKAGE_PORT = 8181
"""Where the packages' API listens. All practice sites share one loopback, so each maps it to a port of its
own; a port that mn-conf names is taken as it is."""
LOG_FILE = "var/log/midonet-cluster/midonet-cluster.log"
_FILE = "installation.json"
_SOURCES = Path(__file__).resolve().parents[3]


class Keystone(msgspec.Struct, frozen=True, kw_only=True):
    """The identity service that the site has: whoever is configured for another one reaches nobody."""

    version: int = 2
    protocol: str = "http"
    host: str = "127.0.0.1"
    port: int = 35357
    admin_token: str = "lab-admin-token"  # noqa: S105 - the practice site's, on loopback only

    def __repr__(self) -> str:
        return f"Keystone({self.protocol}://{self.host}:{self.port}, version {self.version})"


class Owner(msgspec.Struct, frozen=True):
    """A process that the cluster must not outlive."""

    pid: int
    started: str

    @property
    def alive(self) -> bool:
        """Whether it is still there, and no other one with its number."""
        return process_start_time(self.pid) == self.started


class Installation(msgspec.Struct, kw_only=True):
    """What the process needs to know beside its configuration: the practice host's surroundings.

    ``api``: accounts and quirks; its authentication is decided by mn-conf alone.
    """

    version: Version
    api_port: int
    api_address: str = LOOPBACK
    api: Options = msgspec.field(default_factory=Options)
    keystone: Keystone = Keystone()
    owner: Owner | None = None
    disposable: bool = False
    session_seconds: float = 10.0
    """The ZooKeeper session: how long a killed importer keeps its leadership (imp 1.8: 40 s)."""


class Places:
    """The paths of a practice host in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.root = self.directory / "root"
        self.home = self.directory / "cluster"
        self.scripts = self.directory / "bin"
        self.log_file = self.root / LOG_FILE

    @property
    def mn_conf(self) -> Path:
        """The command ``mn-conf``."""
        return self.scripts / "mn-conf"

    @property
    def service(self) -> Path:
        """The init script: ``start``, ``stop``, ``restart``, ``status``."""
        return self.scripts / "midonet-cluster"

    def load(self) -> Installation:
        """What was installed. Raises ``FileNotFoundError`` when nothing was."""
        return msgspec.json.decode((self.home / _FILE).read_bytes(), type=Installation)

    def save(self, installation: Installation) -> None:
        """Change what the next start finds."""
        self.home.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        write_atomically(self.home / _FILE, msgspec.json.encode(installation))


def install(directory: Path, installation: Installation, zookeeper_hosts: str) -> Places:
    """Put the files and commands in place; started is nothing. Doing it again renews them."""
    places = Places(directory)
    places.save(installation)
    for folder in (places.scripts, places.log_file.parent):
        folder.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    conf = places.root / CLUSTER_FILE.lstrip("/")
    conf.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    write_atomically(conf, f"[zookeeper]\nzookeeper_hosts = {zookeeper_hosts}\n".encode())
    # The wrapper of 5.0 passes its arguments unquoted (imp 4.5).
    arguments = "$*" if installation.version == "5.0.2" else '"$@"'
    _script(
        places.mn_conf,
        f"midonet_lab.midonet5.mn_conf --host-root {shlex.quote(str(places.root))}"
        f" --version {installation.version} -- {arguments}",
    )
    _script(
        places.service, f'midonet_lab.midonet5.cluster --directory {shlex.quote(str(places.directory))} "$@"'
    )
    return places


def _script(path: Path, arguments: str) -> None:
    """``-P``: what lies in the working directory is not imported."""
    text = (
        "#!/bin/sh\n"
        f"PYTHONPATH={shlex.quote(str(_SOURCES))} exec {shlex.quote(sys.executable)} -P -m {arguments}\n"
    )
    write_atomically(path, text.encode())
    path.chmod(0o700)
