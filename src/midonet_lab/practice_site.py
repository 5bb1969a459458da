"""A whole practice site in one directory: database, ZooKeeper, 1.9 API, agents, configuration files, and
midonet-cluster installed for the import, but not started."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from midonet_lab.agents.process import NODES_FILE, Agents
from midonet_lab.etc_files import Endpoints, write_etc_files
from midonet_lab.hosts.site.addresses import NEW_API
from midonet_lab.hosts.site.agents_share import nodes_of_others
from midonet_lab.hosts.site.hosted import HostedCluster
from midonet_lab.hosts.site.layout import FamilyChoice, default_recipe
from midonet_lab.hosts.site.site_hosts import SiteHosts
from midonet_lab.midonet5.api.options import Switch
from midonet_lab.midonet5.cluster.process import InstalledCluster
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.midonet19.options import Account, Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.neutron_database import create_neutron_database, load_rows, load_sql
from midonet_lab.processes.mariadb import FAST_AND_UNSAFE, MariaDB
from midonet_lab.processes.ports import LOOPBACK, is_free
from midonet_lab.processes.server_process import ServerProcess
from midonet_lab.processes.zookeeper import FAST_AND_UNSAFE_JAVA, ZooKeeper
from midonet_lab.recipe import Recipe
from midonet_lab.site_cluster import install_cluster, site_installation, switches_of
from midonet_lab.sites.site import Site
from midonet_lab.strays import end_strays
from midonet_lab.zookeeper_tree import Node, Tree, agent_nodes, build_tree, load_tree, recorded_tree
from midonet_migrate.errors import CorruptFile, UsageError, WrongState
from midonet_migrate.run.atomic import DIRECTORY_MODE, TEMPORARY_SUFFIX, file_errors, write_atomically
from midonet_migrate.run.file_lock import LOCK_FILE, FileLock

DATABASE, DATABASE_USER = "neutron", "neutron"
API_USER, API_PROJECT = "midonet", "service"
STATE_FILE = "practice-site.json"
PARTS = ("mariadb", "zookeeper", "api", "agents", "cluster", "bin", "root", "hosts")
"""Everything that ``up`` makes in the directory, beside the state file."""

_AWKWARD_DATABASE = "p@ss/w%rd:#?"
_AWKWARD_API = 'Mid0%Net"{$x}&/|\\!'
Tell = Callable[[str], None]
ZOOKEEPER_HEAP = "1g"
"""A ceiling, not a claim: the tree of a large site has some 600,000 nodes."""


class State(msgspec.Struct, kw_only=True):
    """What the state file says. ``building`` also after a crash: such a site is made anew."""

    recipe: Recipe
    status: Literal["building", "ready"] = "building"
    database_password: str = ""
    api_password: str = ""
    admin_token: str = ""
    target_version: Version = "5.2.1"
    hosts: FamilyChoice | None = None
    """None: it has no hosts, and its services are processes of this machine."""

    def __repr__(self) -> str:
        return f"State(status={self.status!r}, recipe={self.recipe!r})"


class PracticeSite:
    """The practice site in ``directory``, built or not; sites in different directories do not meet.

    ``guarded``: its servers die with this process, and their data with them; else they live on until
    :meth:`down`, which any later process can call.
    """

    def __init__(self, directory: Path, *, guarded: bool = False) -> None:
        self.directory = directory.absolute()
        self.hosts = SiteHosts(self.directory / "hosts", guarded=guarded)
        self._guarded = guarded
        self._api_port_file = self.directory / "api" / "api.port"
        self._attach()

    def _attach(self) -> None:
        """Find the servers by what their directories hold."""
        guarded = self._guarded
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
        self.agents = self._make_agents()
        self._attach_apis()

    def _attach_apis(self) -> None:
        """On the controller, or as processes of this machine."""
        guarded = self._guarded
        if self.hosts.made:
            controller = self.hosts.controller()
            self.root = controller.root
            self.api: Midonet19Api = self.hosts.api(self.directory / "api")
            self.cluster: InstalledCluster = HostedCluster(controller)
        else:
            self.root = self.directory / "root"
            self.api = self._make_api()
            self.cluster = InstalledCluster(self.directory, guarded=guarded, disposable=guarded)

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

    def state(self) -> State | None:
        """What the directory holds; None when there is no practice site. Raises ``CorruptFile``."""
        path = self.directory / STATE_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=State)
        except FileNotFoundError:
            return None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise CorruptFile(
                f"{path} is damaged",
                why="It is not what this program wrote.",
                hint=f"End the processes named in {self.directory}/*/server.pid, and delete the directory.",
            ) from error

    def up(
        self,
        recipe: Recipe | None = None,
        tell: Tell = lambda _text: None,
        *,
        target_version: Version | None = None,
        hosts: FamilyChoice | None = None,
    ) -> bool:
        """Build the site, or start what of it does not run; False when there was nothing to do.

        Without ``recipe``: the site that is there, else the default one. ``target_version``: of the
        midonet-cluster to be installed. ``hosts``: with hosts of that family, which need root's rights.
        Raises ``WrongState`` when another recipe's or version's site, or one with other hosts is there,
        ``UsageError`` when the directory holds something else, ``LockHeld`` while another process works on
        it, and ``ServerFailed``.
        """
        with self._locked(make=True):
            state = self.state()
            if state is None:
                self._refuse_foreign_files()
            elif state.status == "building":
                tell(f"Left half-built: clearing {self.directory}")
                self._clear()
            elif recipe is not None and recipe != state.recipe:
                raise WrongState(
                    f"There is another practice site in {self.directory}",
                    why=f"It was made from {state.recipe}, not from {recipe}.",
                    hint="Take it down first (midonet-lab down), or give another --directory.",
                )
            elif target_version is not None and target_version != state.target_version:
                raise WrongState(
                    f"The practice site in {self.directory} is for MidoNet {state.target_version}",
                    why=f"MidoNet {target_version} was asked for.",
                    hint="Take it down first (midonet-lab down), or give another --directory.",
                )
            elif hosts is not None and hosts != state.hosts:
                raise WrongState(
                    f"The practice site in {self.directory} has {state.hosts or 'no'} hosts",
                    why=f"Hosts were asked for: {hosts}.",
                    hint="Take it down first (midonet-lab down), or give another --directory.",
                )
            elif all(server.running for server in self.servers.values()):
                return False
            else:
                self._guarded_work(lambda: self._start(state, tell))
                return True
            hosts = hosts or (state.hosts if state is not None else None)
            wanted = recipe or (state.recipe if state is not None else default_recipe(hosts))
            version = target_version or (state.target_version if state is not None else "5.2.1")
            self._guarded_work(lambda: self._build(wanted, version, hosts, tell))
            return True

    def down(self, *, keep: bool = False) -> bool:
        """Stop the servers and delete what :meth:`up` made, or with ``keep`` only stop them.

        Works on a half-built site too. False when there was nothing to do. A process is signalled only when
        it is the one that was started here. Raises ``LockHeld``.
        """
        if not self.directory.is_dir() or self.state() is None:
            return False
        with self._locked(make=False):
            if keep:
                running = any(server.running for server in (*self.servers.values(), self.cluster))
                self._stop()
                return running
            self._clear()
        with suppress(OSError):
            (self.directory / LOCK_FILE).unlink()
            self.directory.rmdir()  # fails when somebody keeps other things there
        return True

    def status(self) -> list[dict[str, Any]]:
        """A row for each server and the cluster: ``server``, ``running``, ``pid``, ``address``, ``log``."""
        addresses = {
            "mariadb": f"{LOOPBACK}:{self.mariadb.port}" if self.mariadb.port else None,
            "zookeeper": self.zookeeper.hosts if self.zookeeper.port else None,
            "api": self.api.url if self._api_port_file.exists() else None,
            **self.hosts.addresses(),
        }
        rows = [
            {
                "server": name,
                "running": server.running,
                "pid": server.pid,
                "address": addresses.get(name),
                "log": str(server.log_file),
            }
            for name, server in self.servers.items()
        ]
        if self.hosts.made:
            log = str(self.hosts.controller().log_file)
            rows.append(
                {
                    "server": "api",
                    "running": self.api.running,
                    "pid": self.api.pid,
                    "address": self.api.url,
                    "log": log,
                }
            )
        if self.cluster.installed:
            rows.append(
                {
                    "server": "cluster",
                    "running": self.cluster.running,
                    "pid": self.cluster.pid,
                    "address": self.cluster.url,
                    "log": str(self.cluster.places.log_file),
                }
            )
        return rows

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """``base`` (this process's environment) changed so that ``midonet-migrate`` works on this site."""
        inherited = os.environ if base is None else base
        foreign = ("MIDO_", "MIDONET_")
        kept = {name: value for name, value in inherited.items() if not name.startswith(foreign)}
        return {**kept, "HOME": "/root", "MIDONET_MIGRATE_ROOT": str(self.root)}

    @contextmanager
    def _locked(self, *, make: bool) -> Iterator[None]:
        with file_errors(self.directory):
            if make:
                self.directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        with FileLock(self.directory):
            yield

    def _refuse_foreign_files(self) -> None:
        found = sorted(
            path.name
            for path in self.directory.iterdir()
            if path.name != LOCK_FILE and not path.name.endswith(TEMPORARY_SUFFIX)
        )
        if found:
            raise UsageError(
                f"{self.directory} is not empty and holds no practice site",
                why=f"It holds {', '.join(found[:5])}.",
                hint="Give an empty or a new --directory.",
            )

    def _guarded_work(self, work: Callable[[], None]) -> None:
        """Whatever stops the work also stops the servers; state and logs stay, for ``up`` or ``down``."""
        try:
            work()
        except BaseException:
            self._stop()
            raise

    def _build(self, recipe: Recipe, target_version: Version, hosts: FamilyChoice | None, tell: Tell) -> None:
        state = State(
            recipe=recipe,
            hosts=hosts,
            target_version=target_version,
            database_password=_AWKWARD_DATABASE + secrets.token_hex(6),
            api_password=_AWKWARD_API + secrets.token_hex(6),
            admin_token="t0ken&with<entities" + secrets.token_hex(6),
        )
        self._write_state(state)
        tell(f"Making the site: {recipe}")
        site = recipe.make()
        tree = recorded_tree(site.zookeeper_tree) if site.zookeeper_tree is not None else build_tree(site)
        count = sum(len(items) for items in site.midonet.values())
        tell(f"Starting MariaDB, ZooKeeper and the 1.9 API with {count} objects in {len(tree.nodes)} znodes")
        if hosts is not None:
            tell("Making the hosts; the first time, packages are built and installed for them")
        with ThreadPoolExecutor(max_workers=3) as pool:
            work = [
                pool.submit(self._start_database, site, state),
                pool.submit(self._start_zookeeper, tree),
                pool.submit(self._start_api, site, state)
                if hosts is None
                else pool.submit(self.hosts.make, site, hosts),
            ]
        for part in work:
            part.result()
        agents_directory = self.directory / "agents"
        agents_directory.mkdir()
        nodes = agent_nodes(tree)
        if hosts is not None:
            self._attach_apis()
            self.hosts.api(self.directory / "api").prepare(site, _api_options(state))
            others = nodes_of_others(nodes, site, [one.midonet_host_id for one in self.hosts.planned])
            write_atomically(agents_directory / NODES_FILE, msgspec.json.encode(others))
            self._finish(state, tell, switches_of(site), site, nodes)
            return
        write_atomically(agents_directory / NODES_FILE, msgspec.json.encode(nodes))
        self._finish(state, tell, switches_of(site))

    def _start(self, state: State, tell: Tell) -> None:
        tell("Starting what does not run")
        self.mariadb.start()
        self.zookeeper.start()
        if not self.hosts.made:
            self._start_api(self.directory / "api" / "site.json", state)
        self._finish(state, tell)

    def _finish(
        self,
        state: State,
        tell: Tell,
        switches: Mapping[str, Switch] | None = None,
        site: Site | None = None,
        nodes: list[Node] | None = None,
    ) -> None:
        """Ports may be other ones than before, so the files are written each time."""
        tell("Starting the agents' session and writing the configuration files")
        if not self.agents.running:
            self.agents = self._make_agents()
            self.agents.start()
        endpoints = Endpoints(
            database_port=self.mariadb.port,
            database_name=DATABASE,
            database_user=DATABASE_USER,
            database_password=state.database_password,
            zookeeper=self.zookeeper.hosts,
            source_api=self.api.url,
            api_username=API_USER,
            api_password=state.api_password,
            api_project=API_PROJECT,
            admin_token=state.admin_token,
        )
        places = self.cluster.places
        if isinstance(self.cluster, HostedCluster):
            at = (self.hosts.address, NEW_API)
            version = state.target_version
            places.save(site_installation(self.cluster, endpoints, version, switches=switches, at=at))
            self.cluster.write_commands()
        else:
            install_cluster(
                self.cluster, endpoints, state.target_version, owned=self._guarded, switches=switches
            )
        endpoints = msgspec.structs.replace(
            endpoints, target_api=self.cluster.url, target_version=state.target_version
        )
        if self.hosts.made:
            endpoints = msgspec.structs.replace(endpoints, ssh_config=str(self.hosts.ssh.config))
            tell(f"Bringing {len(self.hosts.planned)} hosts up, with their services")
            self.hosts.bring_up(endpoints, state.target_version, self.api, site, nodes)
        else:
            commands = msgspec.structs.replace(
                endpoints,
                mn_conf=str(places.mn_conf),
                cluster_service=str(places.service),
                cluster_log=str(places.log_file),
            )
            write_etc_files(self.root, commands)
        state.status = "ready"
        self._write_state(state)

    def _start_database(self, site: Site, state: State) -> None:
        self.mariadb.start()
        create_neutron_database(self.mariadb, DATABASE)
        if site.neutron_sql is not None:
            load_sql(self.mariadb, DATABASE, site.neutron_sql)
        load_rows(self.mariadb, DATABASE, site.neutron_rows or {})
        with self.mariadb.connection() as connection, connection.cursor() as cursor:
            for host in (LOOPBACK, "localhost"):
                account = (DATABASE_USER, host)
                cursor.execute("CREATE USER %s@%s IDENTIFIED BY %s", (*account, state.database_password))
                cursor.execute(f"GRANT ALL PRIVILEGES ON {DATABASE}.* TO %s@%s", account)

    def _start_zookeeper(self, tree: Tree) -> None:
        self.zookeeper.start()
        load_tree(self.zookeeper.hosts, tree)

    def _start_api(self, site: Site | Path, state: State) -> None:
        if not self.api.running and self._api_port_file.exists():
            try:
                port = int(self._api_port_file.read_text(encoding="ascii"))
            except ValueError:
                port = 0
            if not is_free(port):
                self._api_port_file.unlink()
        if not self.api.running:
            self.api = self._make_api(site, _api_options(state))
            self.api.start()

    def _make_api(self, site: Site | Path | None = None, options: Options | None = None) -> Midonet19Api:
        directory = self.directory / "api"
        return Midonet19Api(
            directory / "site.json" if site is None else site,
            directory,
            options=options,
            guarded=self._guarded,
            disposable=self._guarded,
        )

    def _make_agents(self) -> Agents:
        """They need ZooKeeper's port, which is known once it has been started."""
        directory = self.directory / "agents"
        return Agents(self.zookeeper.hosts, directory, guarded=self._guarded, disposable=self._guarded)

    def _stop(self) -> None:
        own = () if self.hosts.made else (self.cluster,)
        for server in (*own, *reversed(list(self.servers.values()))):
            try:
                server.stop()
            except ProcessLookupError:
                # It ended by itself between two signals; a second look removes its pid file.
                server.stop()

    def _clear(self) -> None:
        """The state file goes last: until then the directory is a practice site that can be taken down."""
        self._stop()
        end_strays([server.directory for server in (*self.servers.values(), self.cluster)])
        self.hosts.forget()
        for name in PARTS:
            path = self.directory / name
            if path.exists():
                # The guards of a killed owner may be removing the same files.
                shutil.rmtree(path, onerror=_unless_gone)
        for left_over in self.directory.glob(f".*{TEMPORARY_SUFFIX}"):
            left_over.unlink()
        (self.directory / STATE_FILE).unlink(missing_ok=True)
        self._attach()

    def _write_state(self, state: State) -> None:
        write_atomically(self.directory / STATE_FILE, msgspec.json.encode(state))


def _unless_gone(_function: object, _path: object, found: Any) -> None:
    error = found[1]
    if not isinstance(error, FileNotFoundError):
        raise error


def _api_options(state: State) -> Options:
    account = Account(password=state.api_password, projects=("admin", API_PROJECT))
    return Options(accounts={API_USER: account})
