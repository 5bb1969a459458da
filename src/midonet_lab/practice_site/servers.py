"""The servers of a practice site, known by what their directories hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midonet_lab.agents.process import Agents
from midonet_lab.hosts.site.hosted import HostedCluster
from midonet_lab.hosts.site.site_hosts import SiteHosts
from midonet_lab.midonet5.cluster.process import InstalledCluster
from midonet_lab.midonet19.options import Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.processes.mariadb import FAST_AND_UNSAFE, MariaDB
from midonet_lab.processes.ports import LOOPBACK
from midonet_lab.processes.server_process import ServerProcess
from midonet_lab.processes.zookeeper import FAST_AND_UNSAFE_JAVA, ZooKeeper
from midonet_lab.sites.site import Site

ZOOKEEPER_HEAP = "1g"
"""A ceiling, not a claim: the tree of a large site has some 600,000 nodes."""


class SiteServers:
    """The servers in ``directory``, running or not.

    ``guarded``: they die with this process, and their data with them; else they live on, and any later
    process finds them through an object made for the same directory.
    """

    def __init__(self, directory: Path, *, guarded: bool = False) -> None:
        self.directory = directory.absolute()
        self.guarded = guarded
        self.hosts = SiteHosts(self.directory / "hosts", guarded=guarded)
        self.api_directory = self.directory / "api"
        self.api_port_file = self.api_directory / "api.port"
        self.agents_directory = self.directory / "agents"
        self.attach()

    def attach(self) -> None:
        """Find the servers by what their directories hold."""
        guarded = self.guarded
        self.mariadb = MariaDB(
            self.directory / "mariadb", options=FAST_AND_UNSAFE, guarded=guarded, disposable=guarded
        )
        self.zookeeper = ZooKeeper(
            self.directory / "zookeeper",
            java_options=FAST_AND_UNSAFE_JAVA,
            heap=ZOOKEEPER_HEAP,
            guarded=guarded,
            disposable=guarded,
        )
        self.attach_agents()
        self.attach_apis()

    def attach_apis(self) -> None:
        """On the controller, or as processes of this machine."""
        if self.hosts.made:
            controller = self.hosts.controller()
            self.root = controller.root
            self.api: Midonet19Api = self.hosts.api(self.api_directory)
            self.cluster: InstalledCluster = HostedCluster(controller)
        else:
            self.root = self.directory / "root"
            self.attach_api()
            self.cluster = InstalledCluster(self.directory, guarded=self.guarded, disposable=self.guarded)

    def attach_api(self, site: Site | Path | None = None, options: Options | None = None) -> None:
        """The 1.9 API as a process of this machine; ``site``: else what was saved for it."""
        self.api = Midonet19Api(
            self.api_directory / "site.json" if site is None else site,
            self.api_directory,
            options=options,
            guarded=self.guarded,
            disposable=self.guarded,
        )

    def attach_agents(self) -> None:
        """They need ZooKeeper's port, which is known once it has been started."""
        self.agents = Agents(
            self.zookeeper.hosts, self.agents_directory, guarded=self.guarded, disposable=self.guarded
        )

    @property
    def servers(self) -> Mapping[str, ServerProcess]:
        """The servers of the old site by name, in the order in which they start. ``cluster`` is none of
        them: it is installed, and started by who migrates the site. On a site with hosts, its APIs are
        services of the controller."""
        if self.hosts.made:
            return {
                "mariadb": self.mariadb,
                "zookeeper": self.zookeeper,
                "agents": self.agents,
                **self.hosts.servers(),
            }
        return {
            "mariadb": self.mariadb,
            "zookeeper": self.zookeeper,
            "api": self.api,
            "agents": self.agents,
        }

    @property
    def running(self) -> bool:
        """Whether all servers of the old site run."""
        return all(server.running for server in self.servers.values())

    @property
    def anything_runs(self) -> bool:
        """Whether one of them, or the cluster, runs."""
        return any(server.running for server in (*self.servers.values(), self.cluster))

    def status(self) -> list[dict[str, Any]]:
        """A row for each server and the cluster: ``server``, ``running``, ``pid``, ``address``, ``log``."""
        addresses = {
            "mariadb": f"{LOOPBACK}:{self.mariadb.port}" if self.mariadb.port else None,
            "zookeeper": self.zookeeper.hosts if self.zookeeper.port else None,
            "api": self.api.url if self.api_port_file.exists() else None,
            **self.hosts.addresses(),
        }
        rows = [
            _row(name, server, addresses.get(name), server.log_file) for name, server in self.servers.items()
        ]
        if self.hosts.made:
            rows.append(_row("api", self.api, self.api.url, self.hosts.controller().log_file))
        if self.cluster.installed:
            rows.append(_row("cluster", self.cluster, self.cluster.url, self.cluster.places.log_file))
        return rows

    def stop(self) -> None:
        """Stop them all, those that started last first."""
        own = () if self.hosts.made else (self.cluster,)
        for server in (*own, *reversed(list(self.servers.values()))):
            try:
                server.stop()
            except ProcessLookupError:
                # It ended by itself between two signals; a second look removes its pid file.
                server.stop()


def _row(name: str, server: ServerProcess, address: str | None, log: Path) -> dict[str, Any]:
    return {
        "server": name,
        "running": server.running,
        "pid": server.pid,
        "address": address,
        "log": str(log),
    }
