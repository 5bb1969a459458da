"""``update gateways`` and ``update computes``: agents of a role to MidoNet 5 (host 3.5; classic step 4)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import msgspec

from midonet_migrate.errors import UsageError, WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.history import HostStage, stages
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.model.hosts import HostEntry, Inventory, Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.hosts.batches import DEFAULT_SIZES, ONE_BY_ONE, batches, rounds
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.gates import GateSettings
from midonet_migrate.steps.hosts.site import (
    NO_AGENT,
    Confirm,
    HostSite,
    Lock,
    agent_hosts,
    controllers,
    parts_for,
    run_stage,
    zookeeper_lock,
)
from midonet_migrate.steps.hosts.switch_agent import SwitchOptions, switch_agent

_ON_5 = frozenset({HostStage.SWITCHED, HostStage.FINALISED})
UPDATE_STEPS = {Role.GATEWAY: "update gateways", Role.COMPUTE: "update computes"}


class AgentsOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``canary``: the compute host that goes first, alone; empty: the first of the inventory.

    ``only``: names of hosts, when not all are to be switched. ``at_a_time``: of a batch, how many at once.
    ``gate``: how long hosts are watched, for the estimate.
    """

    switch: SwitchOptions
    canary: str = ""
    sizes: tuple[str, ...] = DEFAULT_SIZES
    max_failures: int = 0
    only: tuple[str, ...] = ()
    at_a_time: int = 50
    gate: GateSettings = GateSettings()


def update_agents(
    settings: Settings,
    site: HostSite,
    role: Role,
    options: AgentsOptions,
    *,
    progress: Progress,
    confirm: Confirm,
    lock: Lock | None = zookeeper_lock,
) -> HostReport:
    """Gateways one by one, computes in batches behind a canary; each batch begins when all is healthy.

    A canary that fails ends it in any case, others when more than ``max_failures`` have failed. Interrupted,
    the same call goes on with the hosts that are not switched yet.

    Raises ``WrongState`` while no controller is switched, ``UsageError`` for hosts that are none of these.
    """
    hosts = _chosen(agent_hosts(site.inventory, role), options)
    switchable = [host for host in hosts if host.has_agent]
    first_name = options.canary or (switchable[0].name if switchable else "")

    def work_in(run: RunDirectory) -> HostReport:
        _require_controllers(site, run)

        def work(entry: HostEntry, actor: HostActor) -> None:
            first = entry.name == first_name
            switch_agent(parts_for(site, run, entry), actor, options.switch, first=first)

        fan_out = FanOut(
            run,
            UPDATE_STEPS[role],
            site.side_by_side,
            progress,
            secrets=settings.secrets(),
            at_a_time=options.at_a_time,
        )
        fan_out.report.warnings += _warnings(site.inventory, role, switchable, run)
        if run.dry_run:
            fan_out.report.notes += _estimate(switchable, role, options, first_name, run)
        fan_out.over(
            _batches(switchable, role, options, run),
            work,
            max_failures=None if run.dry_run else options.max_failures,
            strict_first=role is Role.COMPUTE and not run.dry_run,
        )
        fan_out.leave_out([host for host in hosts if not host.has_agent], NO_AGENT)
        return fan_out.report

    return run_stage(
        settings,
        UPDATE_STEPS[role],
        work_in,
        confirm=confirm,
        max_failures=options.max_failures,
        lock=(lambda: lock(settings)) if lock is not None else nullcontext,
    )


def _chosen(hosts: Sequence[HostEntry], options: AgentsOptions) -> list[HostEntry]:
    names = {host.name for host in hosts}
    unknown = sorted({*options.only, *([options.canary] if options.canary else [])} - names)
    if unknown:
        raise UsageError(
            f"These hosts are none of those that this updates: {', '.join(unknown)}",
            hint="Name hosts as hosts.yaml does; see 'midonet-migrate hosts facts'.",
        )
    if options.canary and options.only and options.canary not in options.only:
        raise UsageError(
            f"The canary {options.canary} is none of the hosts that are named",
            hint="Name it too, or leave --canary out.",
        )
    return [host for host in hosts if not options.only or host.name in options.only]


def _warnings(
    inventory: Inventory, role: Role, hosts: Sequence[HostEntry], run: RunDirectory
) -> Iterator[str]:
    if not inventory.with_role(role):
        yield f"hosts.yaml has no host of the role '{role}': nothing was looked at"
    known = stages(run.journal.records)
    waiting = [
        host.name
        for host in agent_hosts(inventory, Role.GATEWAY)
        if host.has_agent and known.get(host.name) not in _ON_5
    ]
    if role is Role.COMPUTE and waiting and len(hosts) > 1:  # a canary may go first (host 3.5)
        yield (
            f"these gateways are not on MidoNet 5 yet: {', '.join(waiting)}: instances on compute hosts that"
            " are do not reach the outside until 'midonet-migrate update gateways'"
        )


def _estimate(
    hosts: Sequence[HostEntry], role: Role, options: AgentsOptions, first_name: str, run: RunDirectory
) -> Iterator[str]:
    """The window (host 3.4), as far as it is known: the health gates, in the rounds in which hosts go."""
    known = stages(run.journal.records)
    left = [
        [host.name for host in batch if known.get(host.name) not in _ON_5]
        for batch in _in_earnest(hosts, role, options)
    ]
    count, times = sum(map(len, left)), rounds([len(batch) for batch in left], options.at_a_time)
    if not count:
        return
    canary, later = options.gate.watched(first=True), options.gate.watched(first=False)
    first = int(any(first_name in batch for batch in left))
    seconds = first * canary + (times - first) * later
    yield (
        f"{math.ceil(seconds / 60)} min at least, for the health gates alone (--watch). Hosts to switch:"
        f" {count}; rounds, one after the other: {times}; hosts at a time: {options.at_a_time} at most."
        " Packages and starts come on top. Until it is over hosts of 1.9 and of 5.x do not reach each other"
    )


def _batches(
    hosts: Sequence[HostEntry], role: Role, options: AgentsOptions, run: RunDirectory
) -> list[list[HostEntry]]:
    """In a rehearsal all at once: every obstacle is to be known before the first agent stops."""
    return [list(hosts)] if hosts and run.dry_run else _in_earnest(hosts, role, options)


def _in_earnest(hosts: Sequence[HostEntry], role: Role, options: AgentsOptions) -> list[list[HostEntry]]:
    if not hosts:
        return []
    if role is Role.GATEWAY:
        return batches(hosts, ONE_BY_ONE)
    canary = next((host for host in hosts if host.name == options.canary), hosts[0])
    return batches(hosts, options.sizes, canary=canary)


def _require_controllers(site: HostSite, run: RunDirectory) -> None:
    """An agent of 5.x without its topology would cut off every VM of its host."""
    known = stages(run.journal.records)
    waiting = [host.name for host in controllers(site.inventory) if known.get(host.name) not in _ON_5]
    if waiting:
        raise WrongState(
            f"These controllers are not on MidoNet 5 yet: {', '.join(waiting)}",
            why="Agents of 5.x need the topology that the import builds, and the API of 5.x.",
            hint="Run 'midonet-migrate import', 'verify' and 'update controller' first.",
        )
