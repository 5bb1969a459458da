"""Making a practice site, and starting one that stands still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from midonet_lab.agents.process import NODES_FILE
from midonet_lab.etc_files import Endpoints, write_etc_files
from midonet_lab.hosts.site.addresses import NEW_API
from midonet_lab.hosts.site.agents_share import nodes_of_others
from midonet_lab.hosts.site.hosted import HostedCluster
from midonet_lab.hosts.site.layout import FamilyChoice
from midonet_lab.midonet5.api.options import Switch
from midonet_lab.midonet19.options import Account, Options
from midonet_lab.neutron_database import create_neutron_database, load_rows, load_sql
from midonet_lab.practice_site.servers import SiteServers
from midonet_lab.practice_site.state import State, write_state
from midonet_lab.processes.ports import LOOPBACK, is_free
from midonet_lab.site_cluster import install_cluster, site_installation, switches_of
from midonet_lab.sites.site import Site
from midonet_lab.zookeeper_tree import Node, Tree, agent_nodes, build_tree, load_tree, recorded_tree
from midonet_migrate.run.atomic import write_atomically

DATABASE, DATABASE_USER = "neutron", "neutron"
API_USER, API_PROJECT = "midonet", "service"
Tell = Callable[[str], None]


class SiteBuilder:
    """Fills and starts ``servers`` as ``state`` says, and writes the state down. Raises ``ServerFailed``."""

    def __init__(self, servers: SiteServers, state: State, tell: Tell) -> None:
        self._servers = servers
        self._state = state
        self._tell = tell

    def build(self) -> None:
        """Make the site from nothing."""
        write_state(self._servers.directory, self._state)
        self._tell(f"Making the site: {self._state.recipe}")
        site = self._state.recipe.make()
        tree = recorded_tree(site.zookeeper_tree) if site.zookeeper_tree is not None else build_tree(site)
        count = sum(len(items) for items in site.midonet.values())
        znodes = len(tree.nodes)
        self._tell(f"Starting MariaDB, ZooKeeper and the 1.9 API with {count} objects in {znodes} znodes")
        hosts = self._state.hosts
        if hosts is not None:
            self._tell("Making the hosts; the first time, packages are built and installed for them")
        self._fill(site, tree, hosts)
        self._servers.agents_directory.mkdir()
        nodes = agent_nodes(tree)
        if hosts is None:
            self._write_agents_nodes(nodes)
            self._finish(switches_of(site))
            return
        self._servers.attach_apis()
        hosted = self._servers.hosts
        hosted.api(self._servers.api_directory).prepare(site, _api_options(self._state))
        own_hosts = [one.midonet_host_id for one in hosted.planned]
        self._write_agents_nodes(nodes_of_others(nodes, site, own_hosts))
        self._finish(switches_of(site), site, nodes)

    def start(self) -> None:
        """Start what of a built site does not run."""
        self._tell("Starting what does not run")
        self._servers.mariadb.start()
        self._servers.zookeeper.start()
        if not self._servers.hosts.made:
            self._start_api(self._servers.api_directory / "site.json")
        self._finish()

    def _fill(self, site: Site, tree: Tree, hosts: FamilyChoice | None) -> None:
        """Side by side: each takes seconds, and none needs another."""
        with ThreadPoolExecutor(max_workers=3) as pool:
            work = [
                pool.submit(self._start_database, site),
                pool.submit(self._start_zookeeper, tree),
                pool.submit(self._start_api, site)
                if hosts is None
                else pool.submit(self._servers.hosts.make, site, hosts),
            ]
        for part in work:
            part.result()

    def _write_agents_nodes(self, nodes: list[Node]) -> None:
        write_atomically(self._servers.agents_directory / NODES_FILE, msgspec.json.encode(nodes))

    def _start_database(self, site: Site) -> None:
        mariadb = self._servers.mariadb
        mariadb.start()
        create_neutron_database(mariadb, DATABASE)
        if site.neutron_sql is not None:
            load_sql(mariadb, DATABASE, site.neutron_sql)
        load_rows(mariadb, DATABASE, site.neutron_rows or {})
        password = self._state.database_password
        with mariadb.connection() as connection, connection.cursor() as cursor:
            for host in (LOOPBACK, "localhost"):
                account = (DATABASE_USER, host)
                cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", (*account, password))
                cursor.execute(f"GRANT ALL PRIVILEGES ON {DATABASE}.* TO %s@%s", account)

    def _start_zookeeper(self, tree: Tree) -> None:
        self._servers.zookeeper.start()
        load_tree(self._servers.zookeeper.hosts, tree)

    def _start_api(self, site: Site | Path) -> None:
        servers = self._servers
        if servers.api.running:
            return
        if servers.api_port_file.exists():
            try:
                port = int(servers.api_port_file.read_text(encoding="ascii"))
            except ValueError:
                port = 0
            if not is_free(port):
                servers.api_port_file.unlink()
        servers.attach_api(site, _api_options(self._state))
        servers.api.start()

    def _finish(
        self,
        switches: Mapping[str, Switch] | None = None,
        site: Site | None = None,
        nodes: list[Node] | None = None,
    ) -> None:
        """Ports may be other ones than before, so the files are written each time."""
        servers, state = self._servers, self._state
        self._tell("Starting the agents' session and writing the configuration files")
        if not servers.agents.running:
            servers.attach_agents()
            servers.agents.start()
        endpoints = self._endpoints()
        self._install_cluster(endpoints, switches)
        endpoints = msgspec.structs.replace(
            endpoints, target_api=servers.cluster.url, target_version=state.target_version
        )
        if servers.hosts.made:
            endpoints = msgspec.structs.replace(endpoints, ssh_config=str(servers.hosts.ssh.config))
            self._tell(f"Bringing {len(servers.hosts.planned)} hosts up, with their services")
            servers.hosts.bring_up(endpoints, state.target_version, servers.api, site, nodes)
        else:
            places = servers.cluster.places
            commands = msgspec.structs.replace(
                endpoints,
                mn_conf=str(places.mn_conf),
                cluster_service=str(places.service),
                cluster_log=str(places.log_file),
            )
            write_etc_files(servers.root, commands)
        state.status = "ready"
        write_state(servers.directory, state)

    def _endpoints(self) -> Endpoints:
        servers, state = self._servers, self._state
        return Endpoints(
            database_port=servers.mariadb.port,
            database_name=DATABASE,
            database_user=DATABASE_USER,
            database_password=state.database_password,
            zookeeper=servers.zookeeper.hosts,
            source_api=servers.api.url,
            api_username=API_USER,
            api_password=state.api_password,
            api_project=API_PROJECT,
            admin_token=state.admin_token,
        )

    def _install_cluster(self, endpoints: Endpoints, switches: Mapping[str, Switch] | None) -> None:
        servers, version = self._servers, self._state.target_version
        cluster = servers.cluster
        if isinstance(cluster, HostedCluster):
            at = (servers.hosts.address, NEW_API)
            cluster.places.save(site_installation(cluster, endpoints, version, switches=switches, at=at))
            cluster.write_commands()
        else:
            install_cluster(cluster, endpoints, version, owned=servers.guarded, switches=switches)


def _api_options(state: State) -> Options:
    account = Account(password=state.api_password, projects=("admin", API_PROJECT))
    return Options(accounts={API_USER: account})
