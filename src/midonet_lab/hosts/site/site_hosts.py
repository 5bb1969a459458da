"""All hosts of one practice site: made, configured, up, and down again."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from midonet_lab.etc_files import Endpoints
from midonet_lab.hosts.lab_host import LabHost, require_root
from midonet_lab.hosts.repository_server import RepositoryServer
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_lab.hosts.site.addresses import HTTP, OLD_API, choose_address
from midonet_lab.hosts.site.agents_share import interfaces_of, share_nodes
from midonet_lab.hosts.site.cache import Cache
from midonet_lab.hosts.site.configuration import host_files, write_configuration
from midonet_lab.hosts.site.hosted import HostedMidonet19Api
from midonet_lab.hosts.site.inventory import site_inventory, write_inventory
from midonet_lab.hosts.site.layout import CONTROLLER, SERVICES, FamilyChoice, SiteHost, plan_hosts
from midonet_lab.hosts.site.templates import (
    PASSWORD,
    SERVER,
    USER,
    family_module,
    make_templates,
    public_key,
    repositories,
)
from midonet_lab.hosts.specification import HostSpecification
from midonet_lab.hosts.ssh import SiteSsh
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.processes.ports import LOOPBACK, free_port
from midonet_lab.processes.server_process import ServerProcess
from midonet_lab.sites.site import Site
from midonet_lab.zookeeper_tree.tree import Node
from midonet_migrate.model.hosts import Family, Role
from midonet_migrate.run.atomic import DIRECTORY_MODE, write_atomically

STATE_FILE = "hosts.json"
CONTROLLER_NAME = "controller.example.org"
_AT_ONCE = 4
_SERVICES_SECONDS, _PAUSE_SECONDS = 120.0, 0.5


class _State(msgspec.Struct, kw_only=True):
    hosts: list[SiteHost]
    address: str
    neutron_port: int
    zookeeper: str = ""
    database_port: int = 0


class SiteHosts:
    """The hosts below ``directory``. Their processes end with this one if ``guarded``, with their files."""

    def __init__(self, directory: Path, *, guarded: bool) -> None:
        self.directory = directory.absolute()
        self.ssh = SiteSsh(self.directory / "ssh")
        self._guarded = guarded
        self._cache = Cache()
        self._state: _State | None = None
        # A guarded server dies with the object that started it.
        self._hosts: dict[str, LabHost] = {}
        self._repositories: RepositoryServer | None = None

    @property
    def made(self) -> bool:
        """Whether there are any."""
        return (self.directory / STATE_FILE).exists()

    @property
    def planned(self) -> list[SiteHost]:
        """What they are, the controller first."""
        return self._load().hosts

    @property
    def address(self) -> str:
        """Of the loopback, where the repositories and the controller's APIs are."""
        return self._load().address

    @property
    def packages(self) -> Path:
        """What the repositories' server serves."""
        return self.directory / "packages"

    def host(self, name: str) -> LabHost:
        """One of them."""
        if name not in self._hosts:
            directory = self.directory / name
            self._hosts[name] = LabHost(directory, guarded=self._guarded, disposable=self._guarded)
        return self._hosts[name]

    @property
    def repositories(self) -> RepositoryServer:
        """The server of their packages."""
        if self._repositories is None:
            self._repositories = RepositoryServer(
                self.packages,
                self.directory / "repositories",
                address=self.address,
                port=HTTP,
                account=(USER, PASSWORD),
                protected=tuple(path for one in self._families() for path in family_module(one).PROTECTED),
                guarded=self._guarded,
                disposable=self._guarded,
            )
        return self._repositories

    def servers(self) -> dict[str, ServerProcess]:
        """The repositories' server and the hosts by name, in the order in which they start."""
        hosts = {one.name: self.host(one.name) for one in self.planned}
        return {"repositories": self.repositories, **hosts}

    def make(self, site: Site, choice: FamilyChoice) -> None:
        """Make their files as copies of hosts with 1.9 installed. Raises ``ServerFailed``."""
        require_root()
        self.directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        self._state = _State(
            hosts=plan_hosts(site, choice), address=choose_address(), neutron_port=free_port()
        )
        self._save()
        templates = make_templates(self._cache, self._state.hosts)
        self.packages.mkdir(exist_ok=True)
        for family in self._families():
            module = family_module(family)
            source = repositories(self._cache, family) / module.PREFIX
            # Copies: a test may break a site's repositories.
            shutil.copytree(source, self.packages / module.PREFIX, copy_function=shutil.copyfile)
        key = self.ssh.public_key()

        def copy(planned: SiteHost) -> None:
            specification = HostSpecification(
                name=planned.name,
                family=planned.family,
                midonet_host_id=planned.midonet_host_id,
                ssh_port=free_port(),
                authorized_key=key,
                names={SERVER: self.address, CONTROLLER_NAME: self.address},
            )
            self.host(planned.name).make(specification, template=templates[planned.template])

        self._each(copy)

    def configure(
        self,
        endpoints: Endpoints,
        version: Version,
        api_directory: Path,
        site: Site | None = None,
        nodes: list[Node] | None = None,
    ) -> None:
        """Write the files of hosts that are down. ``site`` and ``nodes``: at the first time; later only
        addresses are changed, wherever the files have the old ones."""
        state = self._load()
        if site is not None:
            shares = share_nodes(nodes or [], site)
            for planned in state.hosts:
                host = self.host(planned.name)
                write_configuration(host.root, planned, endpoints)
                Surroundings(
                    target_version=version,
                    interfaces=interfaces_of(site, planned.midonet_host_id),
                    agent_nodes=tuple(
                        shares.get(planned.midonet_host_id, ()) if planned.midonet_host_id else ()
                    ),
                    api_directory=str(api_directory) if planned.role is Role.CONTROLLER else "",
                    api_address=state.address,
                    neutron_port=state.neutron_port if planned.role is Role.CONTROLLER else 0,
                ).save(host.directory)
        else:
            self._replace(endpoints)
        state.zookeeper, state.database_port = endpoints.zookeeper, endpoints.database_port
        self._save()

    def api(self, directory: Path) -> HostedMidonet19Api:
        """The 1.9 API on the controller, with its data in ``directory``."""
        return HostedMidonet19Api(self.controller(), directory, address=self.address, port=OLD_API)

    def addresses(self) -> dict[str, str]:
        """Where the servers are; of hosts that of their sshd."""
        if not self.made:
            return {}
        ports = {one.name: self.host(one.name).specification.ssh_port for one in self.planned}
        return {"repositories": self.address, **{name: f"{LOOPBACK}:{port}" for name, port in ports.items()}}

    def bring_up(
        self,
        endpoints: Endpoints,
        version: Version,
        api: Midonet19Api,
        site: Site | None,
        nodes: list[Node] | None,
    ) -> None:
        """Configure the hosts that are down and start them; at the first time wait until all services run."""
        self.configure(endpoints, version, api.directory, site, nodes)
        self.start()
        keys = {
            one: self.packages / family_module(one).PREFIX / public_key(self._cache, one).name
            for one in self._families()
        }
        write_inventory(self.directory, site_inventory(self.planned, version, keys, self.address))
        if site is not None:
            self.api(api.directory).wait()
            self.start_services()

    def forget(self) -> None:
        """They are gone, or other ones will be made."""
        self._state = self._repositories = None
        self._hosts.clear()

    def start(self) -> None:
        """Bring all of them up that are down; their enabled services start with them."""
        self.repositories.start()
        self._each(lambda planned: self.host(planned.name).start())
        self.ssh.write_config(
            (self.host(planned.name) for planned in self.planned), {CONTROLLER: self.address}
        )

    def start_services(self) -> None:
        """Start the enabled services that gave up while what they need was not there, until neutron-server
        listens, which may end later than others. One that cannot work is left alone after a while."""

        def start(planned: SiteHost) -> None:
            host = self.host(planned.name)
            for name in SERVICES[planned.family][planned.role]:
                if host.service_pid(name) is None:
                    host.runner().run(["service", name, "start"])

        deadline = time.monotonic() + _SERVICES_SECONDS
        self._each(start)
        while not self._neutron_listens() and time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            for planned in self.planned:
                if planned.role is Role.CONTROLLER:
                    start(planned)

    def _neutron_listens(self) -> bool:
        state = self._load()
        try:
            with socket.create_connection((state.address, state.neutron_port), timeout=_PAUSE_SECONDS):
                return True
        except OSError:
            return False

    def controller(self) -> LabHost:
        """The controller."""
        return self.host(CONTROLLER)

    def _families(self) -> list[Family]:
        return sorted({planned.family for planned in self.planned})

    def _each(self, work: Callable[[SiteHost], object]) -> None:
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            list(pool.map(work, self.planned))

    def _replace(self, endpoints: Endpoints) -> None:
        state = self._load()
        changes: Mapping[str, str] = {
            state.zookeeper: endpoints.zookeeper,
            f"127.0.0.1:{state.database_port}/": f"127.0.0.1:{endpoints.database_port}/",
        }
        if all(old == new for old, new in changes.items()):
            return
        for planned in state.hosts:
            root = self.host(planned.name).root
            for name in (*host_files(planned, endpoints), "etc/midonet/midonet.conf"):
                path = root / name
                if not path.is_file():
                    continue
                text = path.read_bytes()
                for old, new in changes.items():
                    text = text.replace(old.encode(), new.encode())
                path.write_bytes(text)

    def _load(self) -> _State:
        if self._state is None:
            self._state = msgspec.json.decode((self.directory / STATE_FILE).read_bytes(), type=_State)
        return self._state

    def _save(self) -> None:
        write_atomically(self.directory / STATE_FILE, msgspec.json.encode(self._load()))
