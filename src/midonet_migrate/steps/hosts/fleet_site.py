"""The hosts of hosts.yaml, reached by the fleet: what every stage works on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from midonet_migrate.hosts.files.remote_files import RemoteFiles
from midonet_migrate.hosts.fleet.each import each
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetRunner
from midonet_migrate.hosts.host_facts.look import look_at_host
from midonet_migrate.hosts.java import JavaAlternatives
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.packages.choose import manager_for
from midonet_migrate.hosts.packages.manager import PackageManager
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.remembering import Memory, RememberingPackages, remembering
from midonet_migrate.hosts.repository_files import definition_of, substituted_files
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.services import Services
from midonet_migrate.model.hosts import Family, HostEntry, HostFacts, Inventory, RepositoryDefinition
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.fleet import fleet_of, load_inventory
from midonet_migrate.steps.hosts.fan_out import SideBySide
from midonet_migrate.steps.hosts.site import controllers
from midonet_migrate.steps.start_cluster import CLUSTER_COMMANDS


class FleetSite:
    """See :class:`~midonet_migrate.steps.hosts.site.HostSite`."""

    def __init__(
        self, inventory: Inventory, fleet: Fleet, *, secrets: Iterable[str] = (), lock_seconds: float
    ) -> None:
        """``lock_seconds``: how long another process may hold the lock of a package manager."""
        self.inventory = inventory
        self.fleet = fleet
        self._lock_seconds = lock_seconds
        self._secrets = tuple(secrets)

    def parts(self, entry: HostEntry, *, old_packages: bool = False) -> HostParts:
        """See :class:`HostSite`."""
        runner = self.fleet.runner(entry.name)
        facts, files = look_at_host(runner, users=entry.rc_users), RemoteFiles(runner)
        definition = None if old_packages else self._definition(facts.family, files)
        return remembering(
            HostParts(
                entry=entry,
                facts=facts,
                runner=runner,
                packages=self._packages(facts, runner, definition),
                services=Services(runner, secrets=self._secrets),
                files=files,
                java=JavaAlternatives(runner, facts.family),
            )
        )

    def old_packages(self, parts: HostParts) -> PackageManager:
        """See :class:`HostSite`."""
        return RememberingPackages(self._packages(parts.facts, parts.runner, None), Memory())

    def _definition(self, family: Family | None, files: RemoteFiles) -> RepositoryDefinition | None:
        """Where packages of 5.x come from, whether the host's own files say so yet or not."""
        if family is None:
            return None
        repositories = self.inventory.repositories
        paths = substituted_files(family, repositories)
        found = files.fetch(paths) if paths else {}
        texts = {path: file.data for path, file in found.items() if file.state.is_file}
        return definition_of(family, repositories, texts)

    def _packages(
        self, facts: HostFacts, runner: Runner, definition: RepositoryDefinition | None
    ) -> PackageManager:
        return manager_for(facts, runner, definition, lock_seconds=self._lock_seconds)

    @property
    def side_by_side(self) -> SideBySide:
        """See :class:`HostSite`."""

        def work_on(
            hosts: Sequence[HostEntry],
            work: Callable[[HostEntry], None],
            *,
            at_a_time: int,
            tell: Callable[[str], None] = lambda _: None,
        ) -> None:
            def one(entry: HostEntry, runner: FleetRunner) -> None:
                del runner
                work(entry)

            each(self.fleet, hosts, one, at_a_time=at_a_time, tell=tell)

        return work_on


def cluster_runner(settings: Settings, site: FleetSite | None) -> Runner:
    """Where mn-conf and midonet-cluster are driven: on the first controller of the inventory; on this machine
    without one, and when the operator gave commands of his own for them."""
    if site is None or {"mn_conf_command", *CLUSTER_COMMANDS} & settings.given:
        return LocalRunner()
    return site.fleet.runner(controllers(site.inventory)[0].name)


@contextmanager
def optional_fleet_site(settings: Settings, *, wanted: bool = True) -> Iterator[FleetSite | None]:
    """The same; None when there is no hosts.yaml at its usual place, or it is not ``wanted``."""
    named = "hosts_file" in settings.given
    if not wanted or not (named or settings.hosts_file.value.exists()):
        yield None
        return
    with open_fleet_site(settings) as site:
        yield site


@contextmanager
def open_fleet_site(settings: Settings) -> Iterator[FleetSite]:
    """The hosts that hosts.yaml names. Raises ``ConfigError`` when it cannot be used, ``FleetBroken``."""
    inventory = load_inventory(settings)
    with fleet_of(settings, inventory.hosts) as fleet:
        yield FleetSite(
            inventory,
            fleet,
            secrets=settings.secrets(),
            lock_seconds=settings.package_lock_seconds.value,
        )
