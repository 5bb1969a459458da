"""``hosts finalise``: what is left of 1.9 goes; after it there is no way back (host 3.8)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, ClassVar

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import HostActor, Would
from midonet_migrate.hosts.changes import Packages
from midonet_migrate.hosts.file_changes import FileContent, edit_file, whole
from midonet_migrate.hosts.history import HostStage, conclude, stage_of, stages
from midonet_migrate.hosts.java import running_on
from midonet_migrate.hosts.package_restore import Purged
from midonet_migrate.hosts.packages.manager import PackageChange, UnexpectedChange
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.report import HostReport, Item
from midonet_migrate.hosts.repository_files import all_off
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.scripts import failure
from midonet_migrate.hosts.service_names import NOVA_COMPUTE
from midonet_migrate.model.hosts import Family, HostEntry, Repositories, Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Kind
from midonet_migrate.run.progress import Progress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.metadata_agent import MetadataAgent
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.guards import repair_own, require_workable
from midonet_migrate.steps.hosts.metadata_proxy import (
    OpenWriter,
    Proxy,
    is_asked_for,
    metadata_advice,
    read_agent_of,
    retire_neutron_agents,
    switch_on,
)
from midonet_migrate.steps.hosts.site import (
    Confirm,
    HostSite,
    Lock,
    controllers,
    parts_for,
    run_stage,
    zookeeper_lock,
)
from midonet_migrate.steps.hosts.versions import API, OLD_JAVA

STEP = "hosts finalise"
STAGING_DIRECTORY = "/var/cache/midonet-migrate"
_RESIDUE = (
    "/etc/tomcat*/Catalina/localhost/midonet-api.xml",
    "/usr/share/midonet-api/WEB-INF/web.xml*",
    "/usr/share/midonet-api/WEB-INF/classes/logback.xml*",
)
_JAVA_7 = re.compile(r"openjdk-7-|java-1\.7\.0-")
_DONE = frozenset({HostStage.SWITCHED, HostStage.FINALISED})


def finalise_hosts(
    settings: Settings,
    site: HostSite,
    *,
    finish: Callable[[bool], FinishReport],
    progress: Progress,
    confirm: Confirm,
    metadata: OpenWriter | None = None,
    lock: Lock | None = zookeeper_lock,
) -> HostReport:
    """Take away what is left of 1.9 on every host, side by side, once all of them are on MidoNet 5.

    ``metadata``: where settings are written so that MidoNet's agents give metadata and Neutron's are not
    needed; None leaves Neutron's agents as they are.
    ``finish(True)`` tells whether the importer is off. Raises ``WrongState`` when it is not, or a host is
    not switched. Done once, there is nothing to do.
    """
    hosts = [host for host in site.inventory.hosts if host.has_agent or Role.CONTROLLER in host.roles]
    with RunDirectory(settings.data_dir.value, step=STEP, dry_run=True) as run:
        _require_all_switched(hosts, run)  # first: what the importer says of a site that went back misleads
    if not finish(True).nothing_to_do:
        raise WrongState(
            "The importer is still on, or its credentials are still in mn-conf",
            hint="Run 'midonet-migrate import --finish' first.",
        )

    def stage(run: RunDirectory) -> HostReport:
        _require_all_switched(hosts, run)

        fan_out = FanOut(
            run,
            STEP,
            site.side_by_side,
            progress,
            secrets=settings.secrets(),
            at_a_time=settings.host_parallel.value,
        )
        fan_out.report.general.append(
            Item(what="the importer is off, and its credentials are gone", changed=False)
        )
        proxy = _metadata(fan_out, site, metadata) if metadata is not None else None

        def work(entry: HostEntry, actor: HostActor) -> None:
            finalise_host(parts_for(site, run, entry), actor, site.inventory.repositories, proxy)

        fan_out.over([hosts], work, max_failures=None)
        return fan_out.report

    return run_stage(
        settings,
        STEP,
        stage,
        confirm=confirm,
        max_failures=len(hosts),
        lock=(lambda: lock(settings)) if lock is not None else nullcontext,
    )


def finalise_host(
    parts: HostParts, actor: HostActor, repositories: Repositories, proxy: Proxy | None = None
) -> None:
    """One host. Java 7 stays where something else needs it.

    ``proxy``: how metadata is given from now on; with it Neutron's agents are dealt with, also where all the
    rest was done before.
    """
    again = stage_of(actor.run.journal.records, actor.host) is HostStage.FINALISED
    if not again:
        repair_own(parts, actor)
        require_workable(parts, agent=parts.entry.has_agent)
    if proxy is not None:
        if Role.CONTROLLER in parts.entry.roles:
            retire_neutron_agents(parts, actor, proxy, again=again)
        if parts.entry.has_agent and (proxy.new or (proxy.on and not again)):
            for text in metadata_advice(parts.runner):
                actor.advise(text)
    if again:
        return
    if Role.COMPUTE in parts.entry.roles or NOVA_COMPUTE in parts.facts.services:
        actor.advise(
            "If it was disabled for the migration, let Nova use the host again:"
            f" nova service-enable {shlex.quote(parts.facts.hostname)} nova-compute"
        )
    if parts.facts.family is Family.DEBIAN:
        actor.perform(Purged(parts=parts, names=(API,)))
    for path in parts.files.find(_RESIDUE):
        actor.perform(FileContent.of(parts, path, whole(path, None), f"{path} is gone"))
    for change in _old_repositories(parts, repositories):
        edit_file(actor, change)
    java = tuple(name for name in parts.packages.installed() if _JAVA_7.match(name))
    users = running_on(parts.runner, OLD_JAVA) if java else []
    if users:  # ZooKeeper or Cassandra by a path of their own: no package says so, and the next start fails
        actor.advise(
            f"Java 7 stays, since processes run on it: {', '.join(users)}. Move them to Java 8, then remove"
            f" it yourself: {' '.join(java)}"
        )
        java = ()
    try:
        actor.perform(
            Packages(
                host=actor.host,
                manager=parts.packages,
                change=PackageChange(remove=java),
                summary="Java 7 is gone",
            )
        )
    except UnexpectedChange as error:
        actor.advise(f"Java 7 stays, since other packages need it: {'; '.join(error.problems)}")
    actor.perform(NoStaging(host=actor.host, runner=parts.runner))
    if not actor.run.dry_run:
        conclude(actor.run.journal, actor.host, HostStage.FINALISED)


def _metadata(fan_out: FanOut, site: HostSite, open_writer: OpenWriter) -> Proxy:
    """Metadata by MidoNet's agents, with what the controllers' files say of Nova. A controller that cannot be
    looked at has failed, and takes no part in what follows."""
    agents: dict[str, MetadataAgent] = {}

    def look(entry: HostEntry, actor: HostActor) -> None:
        agents[entry.name] = read_agent_of(parts_for(site, actor.run, entry))

    with open_writer(fan_out.run) as writer:
        if is_asked_for(writer.present()):
            fan_out.over([controllers(site.inventory)], look, title="metadata of Nova", max_failures=None)
        proxy = switch_on(writer, dict(sorted(agents.items())))
    fan_out.report.general += proxy.items
    return proxy


class NoStaging(msgspec.Struct, kw_only=True, frozen=True):
    """Copies of packages that were fetched ahead, old and new ones, are gone."""

    kind: ClassVar[Kind] = "host"
    by_command: ClassVar[bool] = True
    key: ClassVar[str] = "staging"
    summary: ClassVar[str] = "copies of packages of the migration are gone"

    host: str
    runner: Runner

    def examine(self) -> Would | None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        done = self.runner.run(["test", "-e", STAGING_DIRECTORY])
        return Would(details=(f"{STAGING_DIRECTORY} is there",)) if not done.status else None

    def inverse(self, run: RunDirectory) -> None:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        del run

    def apply(self) -> dict[str, Any]:
        """See :class:`~midonet_migrate.hosts.actor.Change`."""
        done = self.runner.run(["rm", "-rf", STAGING_DIRECTORY])
        if done.status:
            raise failure(f"Removing {STAGING_DIRECTORY}", done)
        return {}


def _old_repositories(parts: HostParts, repositories: Repositories) -> Iterator[FileContent]:
    """Files of repositories whose entries we switched off, unless somebody uses them again."""
    family = parts.facts.family
    definition = repositories.of(family) if family is not None else None
    if family is None or definition is None:
        return
    found = parts.files.fetch(definition.disables)
    for path in definition.disables:
        file = found[path]
        if file.state.is_file and all_off(family, path, file.data):
            yield FileContent.of(parts, path, whole(path, None), f"{path}, the repositories of 1.9, is gone")


def _require_all_switched(hosts: list[HostEntry], run: RunDirectory) -> None:
    known = stages(run.journal.records)
    waiting = [
        f"{host.name}: {known.get(host.name, HostStage.UNTOUCHED)}"
        for host in hosts
        if known.get(host.name) not in _DONE
    ]
    if waiting:
        raise WrongState(
            f"{len(waiting)} hosts are not on MidoNet 5",
            why="What is left of 1.9 is what they run on, or need to go back.",
            hint="Update them, or take hosts that are gone for good out of hosts.yaml.",
            problems=waiting,
        )
