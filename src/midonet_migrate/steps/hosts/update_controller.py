"""``update controller``: the importer off, then every controller to MidoNet 5 (host 3.3; classic step 4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from midonet_migrate.errors import MigrateError
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import ServiceState
from midonet_migrate.hosts.history import HostStage, stage_of
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.report import HostReport, Item
from midonet_migrate.hosts.service_names import NEUTRON_SERVER
from midonet_migrate.model.hosts import HostEntry, Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.guards import require_workable
from midonet_migrate.steps.hosts.site import (
    Confirm,
    HostSite,
    Lock,
    agent_hosts,
    controllers,
    parts_for,
    run_stage,
    zookeeper_lock,
)
from midonet_migrate.steps.hosts.switch_controller import ControllerOptions, switch_controller

STEP = "update controller"

_BEFORE = frozenset({HostStage.UNTOUCHED, HostStage.STAGED, HostStage.ROLLED_BACK})

_AFTER = frozenset({HostStage.SWITCHED, HostStage.FINALISED})

Finish = Callable[[bool], FinishReport]
"""Switches the importer off, or with True (dry run) only says what that would change. Raises ``WrongState``
while tasks of the plan wait."""


def update_controller(
    settings: Settings,
    site: HostSite,
    options: ControllerOptions,
    *,
    finish: Finish,
    progress: Progress,
    confirm: Confirm,
    lock: Lock | None = zookeeper_lock,
) -> HostReport:
    """Switch the importer off and prove it; stop every neutron-server; then one controller after the other.

    Interrupted, the same call goes on; once done, it finds nothing to do. Raises ``WrongState`` before the
    import is through, and what ``finish`` raises; what happens on a host is in the report.
    """
    hosts = controllers(site.inventory)
    on = not finish(True).nothing_to_do

    def stage(run: RunDirectory) -> HostReport:
        seen: dict[str, HostParts] = {}

        def work(entry: HostEntry, actor: HostActor) -> None:
            parts = seen.get(entry.name) or parts_for(site, run, entry)
            switch_controller(parts, actor, options)

        def stop(entry: HostEntry, actor: HostActor) -> None:
            parts = parts_for(site, run, entry)
            if run.dry_run:
                seen[entry.name] = parts  # the rest is to see it stopped
            require_workable(parts, agent=parts.entry.has_agent)
            record_host(run, parts, baseline=options.switch.baseline)
            actor.perform(ServiceState.of(parts, NEUTRON_SERVER, running=False))

        fan_out = FanOut(run, STEP, site.side_by_side, progress, secrets=settings.secrets())
        fan_out.report.general.append(
            Item(what="the importer is off, and its credentials are gone", changed=on)
        )
        fan_out.report.warnings += _record_gateways(site, run, options)
        waiting = [host for host in hosts if stage_of(run.journal.records, host.name) not in _AFTER]
        if len(hosts) > 1 and waiting:
            # One that goes on writes to 1.9's API what 5.x never hears of (host 3.1, 3.2).
            fan_out.over([waiting], stop, title="Neutron stopped", max_failures=None)
        if run.dry_run or not fan_out.report.failed:
            fan_out.over([[host] for host in hosts], work, max_failures=None if run.dry_run else 0)
        else:
            fan_out.leave_out(hosts, "neutron-server could not be stopped on every controller")
        return fan_out.report

    def switch_off() -> None:
        finish(False)

    return run_stage(
        settings,
        STEP,
        stage,
        confirm=confirm,
        before=switch_off,
        lock=(lambda: lock(settings)) if lock is not None else nullcontext,
    )


def _record_gateways(site: HostSite, run: RunDirectory, options: ControllerOptions) -> list[str]:
    """Record the gateways while the 1.9 API still tells of their BGP sessions; what could not be recorded."""
    problems: list[str] = []

    def record(entry: HostEntry) -> None:
        try:
            record_host(run, parts_for(site, run, entry), baseline=options.switch.baseline)
        except MigrateError as error:
            problems.append(
                f"{entry.name} could not be recorded ({error.what}): which of its BGP sessions are"
                " established will not be known once the 1.9 API is gone"
            )

    waiting = [
        host
        for host in agent_hosts(site.inventory, Role.GATEWAY)
        if host.has_agent and stage_of(run.journal.records, host.name) in _BEFORE
    ]
    if waiting:
        site.side_by_side(waiting, record, at_a_time=len(waiting))
    return sorted(problems)
