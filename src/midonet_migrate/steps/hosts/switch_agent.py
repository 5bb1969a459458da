"""One agent host to MidoNet 5 (host 3.5): stopped, files, packages, Java 8, started, and proven healthy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import JavaChoice, Packages, ServiceState
from midonet_migrate.hosts.file_changes import FileContent, edit_file
from midonet_migrate.hosts.history import HostStage, conclude, note_stage, stage_of, touched
from midonet_migrate.hosts.packages.manager import PackageChange, PackageManager
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.restart import Restart
from midonet_migrate.hosts.service_names import MIDOLMAN
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.settings.midonet_files import MIDOLMAN_CONF
from midonet_migrate.steps.hosts.gates import Gate
from midonet_migrate.steps.hosts.guards import (
    remarks,
    repair_own,
    require_old_agent,
    require_workable,
)
from midonet_migrate.steps.hosts.versions import AGENT, CLIENT, DEPENDENCIES, TOOLS, choose_versions
from midonet_migrate.steps.hosts.way_back import keep_old_packages

_SHOWN = 5


class AgentFiles(Protocol):
    """The edits that an agent host needs, in order."""

    def repositories(self, parts: HostParts) -> Sequence[FileContent]:
        """Where packages of 5.x come from."""

    def agent(self, parts: HostParts) -> Sequence[FileContent]:
        """How the agent finds ZooKeeper."""


class SwitchOptions(msgspec.Struct, kw_only=True, frozen=True):
    """How hosts are switched. ``release``: the MidoNet 5 that is wanted; ``baseline``: what an agent of 1.9
    is like while it still runs; ``old_packages``: the package manager with the host's own repositories alone,
    None: the operator wants no way back."""

    release: str
    files: AgentFiles
    gate: Gate
    baseline: Callable[[HostParts], Baseline]
    old_packages: Callable[[HostParts], PackageManager] | None


def switch_agent(parts: HostParts, actor: HostActor, options: SwitchOptions, *, first: bool = False) -> None:
    """Bring the agent of a host to 5.x, and wait until it is healthy; one that is so already is left alone.
    ``first``: it is the canary, and watched longer.

    It is stopped before its package goes: CentOS would restart it at a moment of its own, Ubuntu would leave
    a process whose files are gone. What was there before is recorded first. Raises ``WrongState``,
    ``NoPermission``, ``UnexpectedChange``, ``NoRepository`` with nothing changed, and ``HostsFailed``.
    """
    stage = stage_of(actor.run.journal.records, parts.entry.name)
    repair_own(parts, actor)
    require_workable(parts, agent=True)
    if stage is HostStage.FINALISED:
        return
    for text in remarks(parts):
        actor.warn(text)
    packages = agent_packages(parts, options.release)
    if stage in {HostStage.UNTOUCHED, HostStage.STAGED, HostStage.ROLLED_BACK}:
        require_old_agent(parts)
        require_alive_before(parts, actor)
    record = record_host(actor.run, parts, baseline=options.baseline)
    # Looked at before anything is stopped: what the package manager refuses leaves the agent running.
    packages.examine()
    if options.old_packages is not None and touched(actor.run.journal.records, actor.host).same_packages:
        keep_old_packages(packages, options.old_packages(parts), dry_run=actor.run.dry_run)
    if stage is not HostStage.SWITCHED:
        warn_of_missing(parts, actor, options, record.baseline)
        note_stage(actor.run.journal, actor.host, HostStage.SWITCHING)
    if packages.examine() is not None:
        actor.perform(ServiceState.of(parts, MIDOLMAN, running=False))
    replace_agent(parts, actor, packages, options)
    start_agent(parts, actor)
    if not actor.run.dry_run and (stage is not HostStage.SWITCHED or actor.changed):
        options.gate(parts, actor, record.baseline, first=first)
        conclude(actor.run.journal, actor.host, HostStage.SWITCHED)


def replace_agent(parts: HostParts, actor: HostActor, packages: Packages, options: SwitchOptions) -> None:
    """Repositories, files, packages and Java of a host whose agent is stopped."""
    for change in (*options.files.repositories(parts), *options.files.agent(parts)):
        edit_file(actor, change)
    actor.perform(packages)
    actor.perform(JavaChoice(host=actor.host, java=parts.java, major="8"))


def start_agent(parts: HostParts, actor: HostActor) -> None:
    """The agent runs, with what its file says now: somebody may have put the old one back, and the agent may
    run with that."""
    actor.perform(ServiceState.of(parts, MIDOLMAN, running=True))
    actor.perform(Restart.of(parts, MIDOLMAN, actor.run.journal, paths=(MIDOLMAN_CONF,)))


def agent_packages(parts: HostParts, release: str, *, remove: tuple[str, ...] = ()) -> Packages:
    """Agent and tools of 5.x in one call, and the client where it is installed (host 1.4, 1.5)."""
    client = [CLIENT] if CLIENT in parts.packages.installed() else []
    names = [AGENT, TOOLS, *client]
    return Packages(
        host=parts.entry.name,
        manager=parts.packages,
        change=PackageChange(
            install=choose_versions(parts.packages, names, release, host=parts.entry.name), remove=remove
        ),
        summary=f"{', '.join(names)} are of MidoNet {release}",
        may_change=DEPENDENCIES,
    )


def warn_of_missing(parts: HostParts, actor: HostActor, options: SwitchOptions, before: Baseline) -> None:
    """Ports that 5.x does not have are dead from the switch on: uplinks that were not converted, mostly."""
    missing = options.gate.missing(parts, before)
    if missing:
        actor.warn(
            f"{len(missing)} of its ports are active in 1.9 and do not exist in MidoNet 5 (uplinks that were"
            f" not converted?); they are gone from the switch on: {', '.join(missing[:_SHOWN])}"
            + (f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else "")
        )


def require_alive_before(parts: HostParts, actor: HostActor) -> None:
    """An agent that was dead before is not woken up: nobody knows what it would do (host 5.1 hosts-alive).
    One that was stopped by a rollback of ours, which was given up then, was alive."""
    if MIDOLMAN in touched(actor.run.journal.records, actor.host).services:
        return
    facts = parts.services.find(MIDOLMAN)
    if facts is None or not facts.running:
        raise WrongState(
            f"{parts.entry.name}: its agent does not run",
            why="A host that was dead before the migration is not touched.",
            hint="Start midolman 1.9 there and look at it, or take the host out of hosts.yaml.",
        )
