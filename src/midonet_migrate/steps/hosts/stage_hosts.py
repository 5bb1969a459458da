"""``hosts stage``: hosts looked at and recorded, everything downloaded ahead; no other effect (host 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, ClassVar

import msgspec

from midonet_migrate.hosts.actor import HostActor, Would
from midonet_migrate.hosts.changes import Packages, transaction_lines
from midonet_migrate.hosts.history import HostStage, conclude, touched
from midonet_migrate.hosts.packages.manager import PackageChange, PackageManager
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.model.hosts import HostEntry, Role
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import Kind
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.guards import remarks, require_old_agent, require_workable
from midonet_migrate.steps.hosts.site import Confirm, HostSite, parts_for, run_stage
from midonet_migrate.steps.hosts.versions import (
    AGENT,
    CLIENT,
    CLUSTER,
    DEPENDENCIES,
    OURS,
    TOOLS,
    choose_versions,
)
from midonet_migrate.steps.hosts.way_back import keep_packages

STEP = "hosts stage"


class StageOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``release``: the MidoNet 5 that is wanted; ``baseline``: what an agent of 1.9 is like;
    ``old_packages``: the package manager with the host's own repositories alone, None: the operator wants no
    way back."""

    release: str
    baseline: Callable[[HostParts], Baseline]
    old_packages: Callable[[HostParts], PackageManager] | None


class Staged(msgspec.Struct, kw_only=True):
    """Everything that ``packages`` needs is on the host, and everything that they replace. Whether it is, the
    journal says: a second run fetches nothing, unless something else is wanted now."""

    kind: ClassVar[Kind] = "host"
    key: ClassVar[str] = "stage"

    packages: Packages
    old: PackageManager | None
    leaving: dict[str, str]
    journal: Journal
    dry_run: bool
    fetched: bool = False

    @property
    def summary(self) -> str:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        return f"packages are there to be installed: {self.packages.summary}"

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Raises as the package manager does."""
        would = self.packages.examine()
        if would is None or self.fetched:
            return None
        digest = f"{self.packages.host} {self.key}"
        intents = {record.sequence for record in self.journal.records if record.digest == digest}
        done = [record.result for record in self.journal.records if record.unit in intents]
        if done and done[-1].get("transaction") == list(would.details):
            return None
        return Would(details=would.details)

    def inverse(self, run: RunDirectory) -> None:
        """See :class:`~midonet_migrate.hosts.actor.Change`. Packages that lie there harm nobody."""
        del run

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        lines = list(transaction_lines(self.packages.transaction()))
        self.packages.manager.download(self.packages.change)
        if self.old is not None:
            keep_packages(self.packages.host, self.leaving, self.old, dry_run=self.dry_run)
        self.fetched = True
        return {"transaction": lines}


def stage_hosts(
    settings: Settings,
    site: HostSite,
    options: StageOptions,
    *,
    hosts: Sequence[HostEntry] = (),
    progress: Progress,
    confirm: Confirm,
) -> HostReport:
    """Look at every host, record it, and download what its update needs, side by side; nothing else changes.

    ``hosts``: only these. A host that fails does not keep the others from being staged.
    """
    chosen = list(hosts) or [host for host in site.inventory.hosts if _is_ours(host)]

    def stage(run: RunDirectory) -> HostReport:
        def work(entry: HostEntry, actor: HostActor) -> None:
            stage_host(parts_for(site, run, entry), actor, options)

        fan_out = FanOut(
            run,
            STEP,
            site.side_by_side,
            progress,
            secrets=settings.secrets(),
            at_a_time=settings.host_parallel.value,
        )
        fan_out.over([chosen], work, max_failures=None)
        return fan_out.report

    return run_stage(settings, STEP, stage, confirm=confirm, max_failures=len(chosen), lock=nullcontext)


def stage_host(parts: HostParts, actor: HostActor, options: StageOptions) -> None:
    """One host. One that was changed already is left alone."""
    if not touched(actor.run.journal.records, actor.host).nothing:
        return
    agent = parts.entry.has_agent
    require_workable(parts, agent=agent)
    if agent:
        require_old_agent(parts)
    for text in remarks(parts):
        actor.warn(text)
    if not actor.run.dry_run:
        parts.packages.refresh()
    installed = parts.packages.installed()
    names = [AGENT, TOOLS] if agent else []
    names += [CLUSTER, TOOLS] if Role.CONTROLLER in parts.entry.roles else []
    names += [CLIENT] if CLIENT in installed else []
    packages = Packages(
        host=actor.host,
        manager=parts.packages,
        change=PackageChange(
            install=choose_versions(
                parts.packages, list(dict.fromkeys(names)), options.release, host=actor.host
            )
        ),
        summary=", ".join(f"{name} {options.release}" for name in dict.fromkeys(names)),
        may_change=DEPENDENCIES,
    )
    transaction = packages.transaction()
    leaving = {name: version for name, version in installed.items() if name in OURS}
    leaving |= {name: before for name, (before, after) in transaction.changed.items() if before != after}
    old = options.old_packages(parts) if options.old_packages is not None else None
    if old is not None:
        keep_packages(actor.host, leaving, old, dry_run=True)
    record_host(actor.run, parts, baseline=options.baseline)
    actor.perform(
        Staged(
            packages=packages,
            old=old,
            leaving=leaving,
            journal=actor.run.journal,
            dry_run=actor.run.dry_run,
        )
    )
    if not actor.run.dry_run:
        conclude(actor.run.journal, actor.host, HostStage.STAGED)


def _is_ours(host: HostEntry) -> bool:
    return host.has_agent or Role.CONTROLLER in host.roles
