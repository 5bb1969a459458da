"""A controller with midonet-cluster and mn-conf of MidoNet 5 installed, on a test's own ZooKeeper."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from midonet_lab.etc_files import Endpoints, write_etc_files
from midonet_lab.midonet5.api.options import Account
from midonet_lab.midonet5.cluster.installation import Keystone
from midonet_lab.midonet5.cluster.process import Midonet5Cluster
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.hosts.cluster_service import ClusterService
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.mn_conf import MnConf
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.start_cluster import mn_conf_of, service_of
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session

TOKEN = 't0ken"&with${odd}#characters'
PASSWORD = "p@ss/w%rd:#?"
API_PASSWORD = "lab"
OLD_ROOT, NEW_ROOT = "/midonet/v1", "/midonet"


@dataclass
class ClusterHost:
    """The host's files, and its cluster, not started."""

    folder: Path
    zookeeper: ZooKeeper
    cluster: Midonet5Cluster
    endpoints: Endpoints

    @property
    def root(self) -> Path:
        """Stands for the host's '/'."""
        return self.cluster.places.root

    def settings(self, **flags: str) -> Settings:
        """As midonet-migrate finds them."""
        return load_settings(flags, environment={}, root=self.root, working_directory=self.folder)

    def change(self, **members: str) -> None:
        """Write the host's files anew with other values."""
        self.endpoints = msgspec.structs.replace(self.endpoints, **members)
        write_etc_files(self.root, self.endpoints)

    def replace_in(self, file: str, old: str, new: str) -> None:
        """Edit one of the host's files."""
        path = self.root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def mn_conf(self, *arguments: str, stdin: str = "", locale: str = "C.UTF-8") -> str:
        """Run the host's own mn-conf; its output."""
        done = subprocess.run(
            [str(self.cluster.mn_conf), *arguments],
            input=stdin,
            env={"LC_ALL": locale},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 11}, done.stderr
        return done.stdout

    @contextmanager
    def at_work(self, *, dry_run: bool = False) -> Iterator[Work]:
        """What a step is given."""
        settings = self.settings()
        with ExitStack() as stack:
            session = stack.enter_context(open_session(self.zookeeper.hosts))
            data = self.folder / "migration_data"
            run = stack.enter_context(RunDirectory(data, step="import", dry_run=dry_run))
            runner = LocalRunner()
            yield Work(settings, run, session, mn_conf_of(settings, runner), service_of(settings, runner))


@dataclass
class Work:
    """A step's arguments."""

    settings: Settings
    run: RunDirectory
    session: ZooKeeperSession
    mn_conf: MnConf
    service: ClusterService


def make_host(
    folder: Path,
    zookeeper: ZooKeeper,
    version: Version = "5.2.1",
    *,
    database_port: int = 3306,
    accounts: Mapping[str, Account] | None = None,
) -> ClusterHost:
    """Install a host in ``folder``."""
    cluster = Midonet5Cluster(
        folder / "host",
        zookeeper.hosts,
        version,
        keystone=Keystone(admin_token=TOKEN),
        accounts=accounts or {"midonet": Account(password=API_PASSWORD)},
    )
    endpoints = Endpoints(
        database_port=database_port,
        database_name="neutron",
        database_user="neutron",
        database_password=PASSWORD,
        zookeeper=zookeeper.hosts,
        source_api="http://127.0.0.1:1/midonet-api",
        api_username="midonet",
        api_password=API_PASSWORD,
        api_project="service",
        admin_token=TOKEN,
        target_api=cluster.url,
        mn_conf=str(cluster.mn_conf),
        cluster_service=str(cluster.places.service),
        cluster_log=str(cluster.places.log_file),
        target_version=version,
    )
    write_etc_files(cluster.places.root, endpoints)
    return ClusterHost(folder, zookeeper, cluster, endpoints)
