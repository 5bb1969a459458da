"""``rollback packages``: every host that was touched back to MidoNet 1.9 (host 3.7; classic step R2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.history import (
    HostStage,
    conclude,
    note_stage,
    stages,
    touched,
    touched_elsewhere,
)
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.hosts.service_names import (
    CLUSTER,
    MIDOLMAN,
    NEUTRON_DHCP_AGENT,
    NEUTRON_METADATA_AGENT,
    NEUTRON_SERVER,
    NOVA_COMPUTE,
    TOMCAT,
)
from midonet_migrate.model.hosts import HostEntry, Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.hosts.batches import ONE_BY_ONE, batches
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.gates import Gate
from midonet_migrate.steps.hosts.roll_back_host import WayBack
from midonet_migrate.steps.hosts.site import Confirm, HostSite, Lock, parts_for, run_stage, zookeeper_lock

STEP = "rollback packages"
_OF_CONTROLLERS = frozenset({CLUSTER, TOMCAT, NEUTRON_SERVER})
_UNTOUCHED = "it was never switched"
_BACK = "it is back on 1.9 already"


class RollbackPackagesOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``open_api``: waits until the 1.9 API answers, and makes it writable again. ``gate``: an agent's,
    against the 1.9 API. ``require_old_tree``: raises ``WrongState`` while ZooKeeper is not back on 1.9."""

    open_api: Callable[[], object]
    gate: Gate
    require_old_tree: Callable[[], None]
    preview: bool = False
    sizes: tuple[str, ...] = ("100%",)
    at_a_time: int = 50


def roll_back_packages(
    settings: Settings,
    site: HostSite,
    options: RollbackPackagesOptions,
    *,
    progress: Progress,
    confirm: Confirm,
    lock: Lock | None = zookeeper_lock,
) -> HostReport:
    """Controllers first: old packages, files, Java, Tomcat; its API writable; neutron-server. Then agents:
    gateways one by one, and computes. Hosts that were never touched are left alone.

    A controller that fails ends it before any agent; agents that fail do not keep the others from coming
    back. Interrupted, the same call goes on; once done, it finds nothing to do.

    Raises ``WrongState`` when a host is finalised, or ZooKeeper is not back on 1.9.
    """

    def stage(run: RunDirectory) -> HostReport:
        return _RollBack(site=site, run=run, options=options, progress=progress, settings=settings).all()

    if options.preview:
        with RunDirectory(settings.data_dir.value, step=STEP, dry_run=True) as rehearsal:
            return stage(rehearsal)
    if not settings.dry_run.value:
        options.require_old_tree()
    return run_stage(
        settings,
        STEP,
        stage,
        confirm=confirm,
        max_failures=len(site.inventory.hosts),
        lock=(lambda: lock(settings)) if lock is not None else nullcontext,
    )


class _RollBack(msgspec.Struct, kw_only=True, frozen=True):
    site: HostSite
    run: RunDirectory
    options: RollbackPackagesOptions
    progress: Progress
    settings: Settings
    predicted: dict[str, HostParts] = {}
    """In a rehearsal: what earlier rounds would have done to a host."""

    def all(self) -> HostReport:
        known = stages(self.run.journal.records)
        require_unfinalised(known)
        hosts = [host for host in self.site.inventory.hosts if self._is_touched(host, known)]
        fan_out = FanOut(
            self.run,
            STEP,
            self.site.side_by_side,
            self.progress,
            secrets=self.settings.secrets(),
            at_a_time=self.options.at_a_time,
        )
        fan_out.report.warnings += [
            *self._early(),
            *(
                f"{name} was changed by the migration and is not in hosts.yaml: it stays on MidoNet 5. Put it"
                " back into the file under this name and run this again, or bring it back by hand"
                for name in touched_elsewhere(self.run.journal.records, self.site.inventory)
            ),
        ]
        for host in self.site.inventory.hosts:
            if host not in hosts:
                back = known.get(host.name) is HostStage.ROLLED_BACK
                fan_out.leave_out([host], _BACK if back else _UNTOUCHED)
        self._controllers(fan_out, [host for host in hosts if self._is_controller(host)])
        controllers_failed = bool(fan_out.report.failed)
        others = [host for host in hosts if not self._is_controller(host)]
        gateways = [host for host in others if Role.GATEWAY in host.roles]
        computes = [host for host in others if host not in gateways]
        if controllers_failed and not self.run.dry_run:
            fan_out.leave_out(others, "a controller failed: there is no 1.9 API for its agent")
            return fan_out.report
        fan_out.over(batches(gateways, ONE_BY_ONE), self._agent, title="gateways back", max_failures=None)
        fan_out.over(
            batches(computes, self.options.sizes), self._agent, title="computes back", max_failures=None
        )
        return fan_out.report

    def _early(self) -> list[str]:
        """In a rehearsal: what the real run would refuse as things are now."""
        if not self.run.dry_run:
            return []
        try:
            self.options.require_old_tree()
        except WrongState as error:
            return [f"this is refused for now: {error.what} ({error.why}) {error.hint}"]
        return []

    def _is_touched(self, host: HostEntry, known: dict[str, HostStage]) -> bool:
        """Whether there is, or was, anything of ours on it."""
        if known.get(host.name) is HostStage.ROLLING_BACK:
            return True
        return not touched(self.run.journal.records, host.name).nothing

    def _is_controller(self, host: HostEntry) -> bool:
        """By its role, or by what was done to it: hosts.yaml may have been edited since."""
        services = touched(self.run.journal.records, host.name).services
        return Role.CONTROLLER in host.roles or not _OF_CONTROLLERS.isdisjoint(services)

    def _controllers(self, fan_out: FanOut, hosts: Sequence[HostEntry]) -> None:
        rounds = (
            ("new services stopped", self._stop),
            ("packages and files back", self._restore),
            ("the 1.9 API back", self._api),
            ("Neutron back", self._neutron),
        )
        for title, work in rounds:
            if fan_out.report.failed and not self.run.dry_run:
                return
            fan_out.over([[host] for host in hosts], work, title=title, max_failures=None)
            if work == self._api and hosts and not self.run.dry_run and not fan_out.report.failed:
                # Also when nothing had to be done for it: an earlier run may have been cut off before this.
                self.options.open_api()

    def _way_back(self, entry: HostEntry, actor: HostActor) -> WayBack:
        parts = self.predicted.get(entry.name)
        if parts is None:
            parts = parts_for(self.site, self.run, entry, old_packages=True)
        if self.run.dry_run:
            self.predicted[entry.name] = parts
        return WayBack.of(parts, actor)

    def _stop(self, entry: HostEntry, actor: HostActor) -> None:
        """Neutron first: it would go on writing; the agent before the cluster (host 3.7)."""
        way = self._way_back(entry, actor)
        note_stage(self.run.journal, entry.name, HostStage.ROLLING_BACK)
        way.stop_new(NEUTRON_SERVER, MIDOLMAN, CLUSTER)

    def _restore(self, entry: HostEntry, actor: HostActor) -> None:
        way = self._way_back(entry, actor)
        way.restore_repositories()
        changed = way.restore_packages()
        way.restore_files(packages_changed=changed)
        way.restore_java()

    def _api(self, entry: HostEntry, actor: HostActor) -> None:
        self._way_back(entry, actor).restore_services(TOMCAT)

    def _neutron(self, entry: HostEntry, actor: HostActor) -> None:
        way = self._way_back(entry, actor)
        way.restore_services(
            NEUTRON_SERVER, NEUTRON_DHCP_AGENT, NEUTRON_METADATA_AGENT, NOVA_COMPUTE, MIDOLMAN
        )
        way.restart_dhcp_agent()
        if not self.run.dry_run:
            if way.runs_agent:
                self.options.gate(way.parts, actor, way.record.baseline, first=False)
            conclude(self.run.journal, entry.name, HostStage.ROLLED_BACK)

    def _agent(self, entry: HostEntry, actor: HostActor) -> None:
        way = self._way_back(entry, actor)
        note_stage(self.run.journal, entry.name, HostStage.ROLLING_BACK)
        way.stop_new(MIDOLMAN)
        way.restore_repositories()
        changed = way.restore_packages()
        way.restore_files(packages_changed=changed)
        way.restore_java()
        way.restore_services(MIDOLMAN, NEUTRON_DHCP_AGENT, NEUTRON_METADATA_AGENT, NOVA_COMPUTE)
        if not self.run.dry_run:
            if way.runs_agent:
                self.options.gate(way.parts, actor, way.record.baseline, first=False)
            conclude(self.run.journal, entry.name, HostStage.ROLLED_BACK)


def require_unfinalised(known: dict[str, HostStage]) -> None:
    """Raises ``WrongState`` when a host is beyond the point of no return."""
    gone = sorted(host for host, stage in known.items() if stage is HostStage.FINALISED)
    if gone:
        raise WrongState(
            f"{len(gone)} hosts are finalised: there is no way back",
            why="Packages and files of MidoNet 1.9 were taken away there.",
            hint="Bring them back by hand, from backups of the hosts.",
            problems=gone,
        )
