"""midonet-cluster and midonet-tools on the controllers, beside MidoNet 1.9: the first part of ``import``
(host 1.4, 1.7, 3.3; classic step 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Protocol

import msgspec

from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import JavaChoice, Packages
from midonet_migrate.hosts.file_changes import FileContent, edit_file
from midonet_migrate.hosts.history import HostStage, conclude, note_stage, stage_of, touched
from midonet_migrate.hosts.packages.manager import PackageChange, PackageManager
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.report import HostReport
from midonet_migrate.model.hosts import HostEntry
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.guards import remarks, repair_own, require_old_agent, require_workable
from midonet_migrate.steps.hosts.site import (
    Confirm,
    HostSite,
    Lock,
    controllers,
    parts_for,
    run_stage,
    zookeeper_lock,
)
from midonet_migrate.steps.hosts.versions import (
    CLUSTER,
    DEPENDENCIES,
    OLD_JAVA,
    OURS,
    TOOLS,
    choose_versions,
)
from midonet_migrate.steps.hosts.way_back import keep_packages

STEP = "install cluster"
_BEFORE = frozenset({HostStage.UNTOUCHED, HostStage.STAGED, HostStage.ROLLED_BACK})
_LATER = frozenset({HostStage.SWITCHING, HostStage.SWITCHED, HostStage.FINALISED})


class ClusterFiles(Protocol):
    """The edits that a host of the cluster needs."""

    def repositories(self, parts: HostParts) -> Sequence[FileContent]:
        """Where packages of 5.x come from."""

    def cluster(self, parts: HostParts) -> Sequence[FileContent]:
        """How the cluster finds ZooKeeper."""


class InstallOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``release``: the MidoNet 5 that is wanted; ``old_packages``: the package manager with the host's own
    repositories alone, None: the operator wants no way back."""

    release: str
    files: ClusterFiles
    baseline: Callable[[HostParts], Baseline]
    old_packages: Callable[[HostParts], PackageManager] | None


def install_on_controllers(
    settings: Settings,
    site: HostSite,
    options: InstallOptions,
    *,
    progress: Progress,
    confirm: Confirm,
    lock: Lock | None = zookeeper_lock,
) -> HostReport:
    """Install cluster and tools on every controller; nothing of 1.9 is stopped or replaced.

    Interrupted, the same call goes on; once done, and on a controller that is switched, nothing is to do.
    """
    hosts = controllers(site.inventory)

    def stage(run: RunDirectory) -> HostReport:
        def work(entry: HostEntry, actor: HostActor) -> None:
            install_cluster(parts_for(site, run, entry), actor, options)

        fan_out = FanOut(run, STEP, site.side_by_side, progress, secrets=settings.secrets())
        fan_out.over([hosts], work, max_failures=None)
        return fan_out.report

    return run_stage(
        settings,
        STEP,
        stage,
        confirm=confirm,
        lock=(lambda: lock(settings)) if lock is not None else nullcontext,
    )


def install_cluster(parts: HostParts, actor: HostActor, options: InstallOptions) -> None:
    """Cluster and tools of one controller. Raises as
    :func:`~midonet_migrate.steps.hosts.switch_agent.switch_agent`."""
    stage = stage_of(actor.run.journal.records, actor.host)
    if stage in _LATER:
        return
    repair_own(parts, actor)
    require_workable(parts, agent=parts.entry.has_agent)
    if parts.entry.has_agent and stage in _BEFORE:
        require_old_agent(parts)
    for text in remarks(parts):
        actor.warn(text)
    names = [CLUSTER, TOOLS]
    packages = Packages(
        host=actor.host,
        manager=parts.packages,
        change=PackageChange(
            install=choose_versions(parts.packages, names, options.release, host=actor.host)
        ),
        summary=f"{' and '.join(names)} are of MidoNet {options.release}",
        may_change=DEPENDENCIES,
    )
    packages.examine()
    if options.old_packages is not None and touched(actor.run.journal.records, actor.host).same_packages:
        # Those that go with 'update controller' too: the repositories are switched from here on.
        there = {name: version for name, version in parts.packages.installed().items() if name in OURS}
        keep_packages(actor.host, there, options.old_packages(parts), dry_run=actor.run.dry_run)
    record_host(actor.run, parts, baseline=options.baseline)
    if stage is not HostStage.INSTALLED:
        note_stage(actor.run.journal, actor.host, HostStage.INSTALLING)
    # 1.9's tools run on whatever `java` is, and only on Java 7; packages of 5.x would make it 8 (host 1.7).
    if OLD_JAVA in parts.java.installed():
        actor.perform(JavaChoice(host=actor.host, java=parts.java, major=OLD_JAVA))
    for change in (*options.files.repositories(parts), *options.files.cluster(parts)):
        edit_file(actor, change)
    actor.perform(packages)
    if not actor.run.dry_run:
        conclude(actor.run.journal, actor.host, HostStage.INSTALLED)
