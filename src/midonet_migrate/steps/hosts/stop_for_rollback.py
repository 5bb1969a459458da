"""What must stand still before ZooKeeper is rolled back, and what may go on afterwards (host 3.7)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from midonet_migrate.errors import HostsFailed, MigrateError, Recovery
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import ServiceState
from midonet_migrate.hosts.history import HostStage, conclude, touched, touched_elsewhere
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.hosts.service_names import CLUSTER, MIDOLMAN, NEUTRON_SERVER
from midonet_migrate.model.hosts import HostEntry, Role
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.health_baseline import ActivePorts, take_baseline
from midonet_migrate.steps.hosts.fan_out import FanOut, Work
from midonet_migrate.steps.hosts.guards import require_same_machine
from midonet_migrate.steps.hosts.roll_back_host import WayBack
from midonet_migrate.steps.hosts.site import HostSite, parts_for, tie
from midonet_migrate.steps.hosts.versions import AGENT

STEP = "rollback zookeeper"


class HostsOfRollback(msgspec.Struct, kw_only=True, frozen=True):
    """The hosts of a site around a rollback of ZooKeeper."""

    settings: Settings
    site: HostSite
    progress: Progress
    tree: ActivePorts | None = None
    """1.9's, which tells what an agent is like that is touched for the first time."""

    def stop(self, *, dry_run: bool, old_agents: bool) -> HostReport:
        """Stop neutron-server, then the agents that were switched, then the clusters.

        ``old_agents``: the agents that were never switched too; a restore takes their tree away under them.
        Raises ``HostsFailed`` when a service cannot be stopped; in a dry run that is in the report alone.
        """
        with RunDirectory(self.settings.data_dir.value, step=STEP, dry_run=dry_run) as run:
            tie(run, self.settings)
            fan_out = self._fan_out(run)
            inventory = self.site.inventory
            controllers = inventory.with_role(Role.CONTROLLER)
            agents = [host for host in inventory.hosts if host.has_agent]
            switched = [host for host in agents if _is_switched(run, host)]
            fan_out.report.warnings += [
                f"{name} was switched and is not in hosts.yaml: stop midolman there by hand"
                for name in touched_elsewhere(run.journal.records, inventory)
                if AGENT in touched(run.journal.records, name).packages
            ]
            fan_out.over(
                [controllers], self._stopping(run, NEUTRON_SERVER), title="Neutron stopped", max_failures=None
            )
            stopped = agents if old_agents else switched
            fan_out.over([stopped], self._stopping(run, MIDOLMAN), title="agents stopped", max_failures=None)
            fan_out.over(
                [controllers], self._stopping(run, CLUSTER), title="clusters stopped", max_failures=None
            )
        if fan_out.report.failed and not dry_run:
            raise _not_stopped(fan_out.report)
        return fan_out.report

    def start_old_agents(self) -> HostReport:
        """Start the agents that were never switched, and were stopped for a restore, again; also those that
        an earlier run has stopped."""
        directory = self.settings.data_dir.value
        with RunDirectory(directory, step=STEP, dry_run=True) as look:
            waiting = [host for host in self.site.inventory.hosts if _is_only_stopped(look, host)]
        if not waiting:
            return HostReport(stage=STEP)
        with RunDirectory(directory, step=STEP) as run:
            tie(run, self.settings)
            fan_out = self._fan_out(run)
            fan_out.over([waiting], self._start(run), title="agents of 1.9 back", max_failures=None)
        return fan_out.report

    def _fan_out(self, run: RunDirectory) -> FanOut:
        return FanOut(
            run,
            STEP,
            self.site.side_by_side,
            self.progress,
            secrets=self.settings.secrets(),
            at_a_time=self.settings.host_parallel.value,
        )

    def _stopping(self, run: RunDirectory, role: str) -> Work:
        def stop(entry: HostEntry, actor: HostActor) -> None:
            parts = parts_for(self.site, run, entry)
            require_same_machine(parts, record_host(run, parts, baseline=self._baseline).facts)
            actor.perform(ServiceState.of(parts, role, running=False))

        return stop

    def _baseline(self, parts: HostParts) -> Baseline:
        """A tree that is to be restored may be damaged: then it is not known."""
        try:
            return Baseline() if self.tree is None else take_baseline(parts.entry, parts.facts, self.tree)
        except MigrateError:
            return Baseline()

    def _start(self, run: RunDirectory) -> Work:
        def start(entry: HostEntry, actor: HostActor) -> None:
            WayBack.of(parts_for(self.site, run, entry), actor).restore_services(MIDOLMAN)
            conclude(run.journal, entry.name, HostStage.ROLLED_BACK)

        return start


def _is_switched(run: RunDirectory, host: HostEntry) -> bool:
    """Whether its agent was replaced, or was about to be."""
    return AGENT in touched(run.journal.records, host.name).packages


def _is_only_stopped(run: RunDirectory, host: HostEntry) -> bool:
    found = touched(run.journal.records, host.name)
    return found.services == [MIDOLMAN] and not (found.packages or found.files or found.java)


def _not_stopped(report: HostReport) -> HostsFailed:
    return HostsFailed(
        "Not everything that works on MidoNet 5 could be stopped",
        why="ZooKeeper was not touched.",
        hint="Correct what is listed, then run the same command again; --no-hosts leaves the hosts to you.",
        problems=list(failures_of(report)),
        recovery=Recovery.RETRY,
    )


def failures_of(report: HostReport) -> Iterable[str]:
    """A line for each host that failed."""
    for result in report.failed:
        if result.failure is not None:
            yield f"{result.host}: {result.failure.what}" + (
                f" ({result.failure.why})" if result.failure.why else ""
            )
