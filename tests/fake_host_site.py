"""A site of hosts in memory: 1 controller, 1 gateway, 4 computes; for tests of the order of stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from fake_host import FakeHost
from midonet_migrate.errors import HostsFailed, WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.file_changes import FileContent
from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.model.hosts import HostEntry, Inventory, Role
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.plan.edits.model import ConfigFile, FileEdit
from midonet_migrate.plan.edits.neutron_conf import edit_neutron, fits_midonet5
from midonet_migrate.plan.edits.zookeeper_files import bootstrap_file, edit_bootstrap
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.host_files import EndpointPlan, NeutronPlan
from midonet_migrate.steps.hosts.install_cluster import InstallOptions, install_on_controllers
from midonet_migrate.steps.hosts.roll_back_packages import RollbackPackagesOptions, roll_back_packages
from midonet_migrate.steps.hosts.stop_for_rollback import HostsOfRollback
from midonet_migrate.steps.hosts.switch_agent import SwitchOptions
from midonet_migrate.steps.hosts.switch_controller import ControllerOptions
from midonet_migrate.steps.hosts.update_agents import AgentsOptions, update_agents
from midonet_migrate.steps.hosts.update_controller import update_controller
from midonet_migrate.steps.mn_conf_writes import Row

OLD = {
    "midolman": "1.9.8",
    "python-midonetclient": "1.9.8",
    "midonet-api": "1.9.8",
    "python-neutron-plugin-midonet": "1:2015.1.2",
    "quagga": "0.99.21",
    "openjdk-7-jre-headless": "7u101",
    "unrelated": "3",
}
NEW = "2:5.2.1"
NEUTRON_CONF = "[DEFAULT]\ncore_plugin = neutron.plugins.midonet.plugin.MidonetPluginV2\npassword = s3cret\n"
MIDOLMAN_CONF = "[zookeeper]\nzookeeper_hosts = zk:2181\nroot_key = /midonet/v1\n"
PLUGIN_INI = "[MIDONET]\nmidonet_uri = http://controller:8080/midonet-api\n"


class State(msgspec.Struct):
    """What a rollback has to bring back."""

    packages: dict[str, str]
    files: dict[str, tuple[bytes, int, str]]
    services: dict[str, tuple[bool, bool]]
    java: str


class FakeFilesOfSite:
    """The edits of the site's hosts."""

    def repositories(self, parts: HostParts) -> list[FileContent]:
        return []

    def agent(self, parts: HostParts) -> list[FileContent]:
        path = "/etc/midolman/midolman.conf"
        return [FileContent.of(parts, path, _bootstrap(path))]

    def cluster(self, parts: HostParts) -> list[FileContent]:
        path = "/etc/midonet/midonet.conf"
        return [FileContent.of(parts, path, _bootstrap(path))]

    def endpoints(self, parts: HostParts) -> EndpointPlan:
        paths = ("/etc/neutron/plugin.ini", "/etc/neutron/dhcp_agent.ini")
        there = parts.files.fetch(paths)
        return EndpointPlan(
            edits=[FileContent.of(parts, path, _port) for path in paths if there[path].state.is_file]
        )

    def neutron(self, parts: HostParts) -> NeutronPlan:
        return _neutron(parts)


class FakeGate:
    """Passes those that are not sick."""

    def __init__(self, site: FakeSite) -> None:
        self.site = site

    def missing(self, parts: HostParts, before: Baseline) -> list[str]:
        return []

    def __call__(self, parts: HostParts, actor: HostActor, before: Baseline, *, first: bool) -> None:
        self.site.hear(f"{parts.entry.name}: gate")
        if parts.entry.name in self.site.sick:
            raise HostsFailed(f"{parts.entry.name} is not healthy")


class FakeSite:
    """``said`` of all hosts in one list, in order: ``host: what``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.hosts: dict[str, FakeHost] = {}
        self.said: list[str] = []
        self.interrupt: Callable[[str], None] = lambda said: None
        self.sick: set[str] = set()
        """Hosts whose gate fails."""
        self.unreachable: set[str] = set()
        self.importer_on = True
        self.old_tree = True
        """Whether ZooKeeper is back on 1.9."""
        self.add("controller", Role.CONTROLLER)
        self.add("gateway", Role.GATEWAY)
        for number in range(1, 5):
            self.add(f"compute-{number}", Role.COMPUTE)
        self.inventory = Inventory(hosts=tuple(host.entry for host in self.hosts.values()))

    def add(self, name: str, role: Role) -> None:
        """A host with everything of its role."""
        host = FakeHost(name, role, host_id=f"id-{name}" if role is not Role.CONTROLLER else "")
        packages, services = host.packages, host.services
        packages.available = {
            name: [NEW, "1.9.8"]
            for name in ("midolman", "midonet-tools", "midonet-cluster", "python-midonetclient")
        } | {"midonet-api": ["1.9.8"]}
        packages.dependencies[("midolman", NEW)] = {"openjdk-8-jre-headless": "8u1", "libreswan": "3.14"}
        packages.dependencies[("midonet-cluster", NEW)] = {"openjdk-8-jre-headless": "8u1"}
        if role is Role.CONTROLLER:
            packages.there = {name: version for name, version in OLD.items() if name != "midolman"}
            for service in ("tomcat", "neutron-server"):
                services.add(service)
            host.files.put("/etc/neutron/neutron.conf", NEUTRON_CONF, mode=0o640, owner="neutron")
            host.files.put("/etc/neutron/plugin.ini", PLUGIN_INI, mode=0o640, owner="neutron")
        else:
            packages.there = {name: version for name, version in OLD.items() if name != "midonet-api"}
            services.add("midolman")
            host.files.put("/etc/midolman/midolman.conf", MIDOLMAN_CONF)
            for path in ("/usr/bin/mn-conf", "/usr/bin/mm-meter", "/usr/bin/mm-stat"):
                host.files.put(path, "1.9")
        host.before_each = lambda said: self.hear(f"{name}: {said}")
        self.hosts[name] = host

    def hear(self, said: str) -> None:
        self.interrupt(said)
        self.said.append(said)

    def parts(self, entry: HostEntry, *, old_packages: bool = False) -> HostParts:
        del old_packages
        if entry.name in self.unreachable:
            raise HostsFailed(f"{entry.name} cannot be reached")
        return self.hosts[entry.name].parts()

    def old_packages(self, parts: HostParts) -> PackageManager:
        return self.hosts[parts.entry.name].packages

    def side_by_side(
        self,
        hosts: Sequence[HostEntry],
        work: Callable[[HostEntry], None],
        *,
        at_a_time: int,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        del at_a_time, tell
        for entry in hosts:
            work(entry)

    def state(self) -> dict[str, State]:
        """Everything that counts."""
        return {
            name: State(
                packages=dict(host.packages.there),
                files={
                    path: (file.data, file.state.mode, file.state.owner)
                    for path, file in host.files.there.items()
                },
                services={
                    role: (facts.running, facts.enabled) for role, facts in host.services.there.items()
                },
                java="" if host.java.is_automatic() else host.java.chosen,
            )
            for name, host in self.hosts.items()
        }

    def settings(self, **flags: str) -> Settings:
        """Of a run directory below the directory."""
        return load_settings(
            {"data_dir": str(self.directory / "run"), "source_root": "/midonet/v1", **flags},
            environment={},
            root=self.directory / "nothing",
            working_directory=self.directory,
        )

    def finish(self, dry_run: bool) -> FinishReport:
        rows = [Row(place="-t default", key="enabled", verdict="set")] if self.importer_on else []
        if not dry_run and self.importer_on:
            self.hear("site: importer off")
            self.importer_on = False
        return FinishReport(rows=rows, restarted=bool(rows))

    def switch_options(self) -> SwitchOptions:
        return SwitchOptions(
            release="5.2.1",
            files=FakeFilesOfSite(),
            gate=FakeGate(self),
            baseline=lambda parts: Baseline(),
            old_packages=self.old_packages,
        )

    def install(self, **flags: str) -> HostReport:
        options = InstallOptions(
            release="5.2.1",
            files=FakeFilesOfSite(),
            baseline=lambda parts: Baseline(),
            old_packages=self.old_packages,
        )
        return install_on_controllers(
            self.settings(**flags),
            self,
            options,
            progress=SilentProgress(),
            confirm=lambda report: None,
            lock=None,
        )

    def import_done(self) -> None:
        """Cluster installed, and started by the import."""
        self.install()
        self.hosts["controller"].services.start("midonet-cluster")
        self.said.clear()

    def update_controller(self, *, edit: bool = True, **flags: str) -> HostReport:
        options = ControllerOptions(
            switch=self.switch_options(), files=FakeFilesOfSite(), edit_neutron_conf=edit
        )
        return update_controller(
            self.settings(**flags),
            self,
            options,
            finish=self.finish,
            progress=SilentProgress(),
            confirm=lambda report: None,
            lock=None,
        )

    def update(self, role: Role, *, flags: dict[str, str] | None = None, **members: object) -> HostReport:
        options = AgentsOptions(switch=self.switch_options(), **members)  # type: ignore[arg-type]
        return update_agents(
            self.settings(**(flags or {})),
            self,
            role,
            options,
            progress=SilentProgress(),
            confirm=lambda report: None,
            lock=None,
        )

    def roll_back(self, *, preview: bool = False, **flags: str) -> HostReport:
        options = RollbackPackagesOptions(
            open_api=lambda: self.hear("site: api open"),
            gate=FakeGate(self),
            require_old_tree=self.require_old_tree,
            preview=preview,
        )
        return roll_back_packages(
            self.settings(**flags),
            self,
            options,
            progress=SilentProgress(),
            confirm=lambda report: None,
            lock=None,
        )

    def require_old_tree(self) -> None:
        if not self.old_tree:
            raise WrongState("ZooKeeper is not back on MidoNet 1.9")

    def with_second_controller(self) -> FakeHost:
        """Another controller, which has an agent of its own."""
        self.add("controller-2", Role.CONTROLLER)
        host = self.hosts["controller-2"]
        host.entry = msgspec.structs.replace(host.entry, midonet_host_id="id-c2", midonet_name="controller-2")
        host.packages.there["midolman"] = "1.9.8"
        host.services.add("midolman")
        host.files.put("/etc/midolman/midolman.conf", MIDOLMAN_CONF)
        for path in ("/usr/bin/mn-conf", "/usr/bin/mm-meter", "/usr/bin/mm-stat"):
            host.files.put(path, "1.9")
        self.inventory = Inventory(hosts=tuple(host.entry for host in self.hosts.values()))
        return host

    def of_rollback(self) -> HostsOfRollback:
        return HostsOfRollback(settings=self.settings(), site=self, progress=SilentProgress())

    def forward(self) -> None:
        """Everything to 5.x."""
        reports = (
            self.install(),
            self.update_controller(),
            self.update(Role.GATEWAY),
            self.update(Role.COMPUTE),
        )
        for report in reports:
            if report.failed:
                raise WrongState(f"failed: {report.failed}")


def _bootstrap(path: str) -> Callable[[bytes | None], FileEdit]:
    return lambda before: (
        edit_bootstrap(ConfigFile(path, before), "zk:2181")
        if before is not None
        else bootstrap_file(path, "zk:2181")
    )


def _port(before: bytes | None) -> FileEdit:
    after = (before or b"").replace(b":8080/", b":8181/")
    return FileEdit(path="/etc/neutron/plugin.ini", before=before, after=after)


def _neutron(parts: HostParts) -> NeutronPlan:
    path = "/etc/neutron/neutron.conf"

    def edit(before: bytes | None) -> FileEdit:
        (found, *_) = [
            *edit_neutron([ConfigFile(path, before or b"")]),
            FileEdit(path=path, before=before, after=before),
        ]
        return found

    def fits() -> bool:
        return fits_midonet5([ConfigFile(path, parts.files.fetch([path])[path].data)])

    return NeutronPlan(edits=[FileContent.of(parts, path, edit)], fits=fits)
