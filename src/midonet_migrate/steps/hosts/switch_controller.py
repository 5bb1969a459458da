"""One controller to MidoNet 5 (host 3.3, classic step 4): the 1.9 API goes, client and agent are replaced,
files name the new API, and neutron-server starts when its plug-in fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import JavaChoice, Packages, ServiceState
from midonet_migrate.hosts.file_changes import FileContent, edit_file
from midonet_migrate.hosts.files.places import DHCP_AGENT
from midonet_migrate.hosts.history import HostStage, conclude, note_stage, stage_of, touched
from midonet_migrate.hosts.packages.manager import PackageChange
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.restart import Restart
from midonet_migrate.hosts.service_names import CLUSTER, MIDOLMAN, NEUTRON_DHCP_AGENT, NEUTRON_SERVER, TOMCAT
from midonet_migrate.plan.checks.neutron_plugin import V2_CLASS, plugin_fits
from midonet_migrate.plan.edits.model import Severity
from midonet_migrate.plan.edits.url_port import NEW_PORT
from midonet_migrate.steps.hosts.guards import (
    remarks,
    repair_own,
    require_old_agent,
    require_workable,
)
from midonet_migrate.steps.hosts.host_files import EndpointPlan, NeutronPlan
from midonet_migrate.steps.hosts.listening import require_cluster_api
from midonet_migrate.steps.hosts.switch_agent import (
    AgentFiles,
    SwitchOptions,
    agent_packages,
    require_alive_before,
    start_agent,
    warn_of_missing,
)
from midonet_migrate.steps.hosts.versions import AGENT, API, CLIENT, DEPENDENCIES, PLUGIN, choose_versions
from midonet_migrate.steps.hosts.way_back import keep_old_packages

_AGENT_UNTOUCHED = frozenset(
    {
        *(HostStage.UNTOUCHED, HostStage.STAGED, HostStage.ROLLED_BACK),
        *(HostStage.INSTALLING, HostStage.INSTALLED),
    }
)


class ControllerFiles(AgentFiles, Protocol):
    """The edits that a controller needs."""

    def cluster(self, parts: HostParts) -> Sequence[FileContent]:
        """How the cluster finds ZooKeeper."""

    def endpoints(self, parts: HostParts) -> EndpointPlan:
        """Files that name the API's port."""

    def neutron(self, parts: HostParts) -> NeutronPlan:
        """Neutron's own files."""


class ControllerOptions(msgspec.Struct, kw_only=True, frozen=True):
    """``edit_neutron_conf``: the operator allows that Neutron's own files are edited; ``api_port``: where the
    API of 5.x listens."""

    switch: SwitchOptions
    files: ControllerFiles
    edit_neutron_conf: bool = False
    api_port: int = NEW_PORT


def switch_controller(parts: HostParts, actor: HostActor, options: ControllerOptions) -> None:
    """Bring a controller to 5.x; one that is there already is left alone.

    Tomcat is stopped and disabled before midonet-api is removed: otherwise the web application would fail in
    undefined ways. Raises as :func:`~midonet_migrate.steps.hosts.switch_agent.switch_agent`.
    """
    stage = stage_of(actor.run.journal.records, actor.host)
    agent = parts.entry.has_agent
    repair_own(parts, actor)
    require_workable(parts, agent=agent)
    if stage is HostStage.FINALISED:
        return
    for text in remarks(parts):
        actor.warn(text)
    _require_cluster(parts)
    if stage is not HostStage.SWITCHED:
        _require_plugin(parts)
    packages = controller_packages(parts, options.switch.release)
    endpoints, neutron = options.files.endpoints(parts), options.files.neutron(parts)
    for change in endpoints.edits:
        change.examine()  # what is refused there stops it here, with nothing changed
    packages.examine()
    before = touched(actor.run.journal.records, actor.host)
    if options.switch.old_packages is not None and before.same_packages:
        keep_old_packages(packages, options.switch.old_packages(parts), dry_run=actor.run.dry_run)
    # A way back that was cut off before this host, and a new import, leave it installed with an agent of 5.x.
    if agent and stage in _AGENT_UNTOUCHED and AGENT not in before.packages:
        require_old_agent(parts)
        require_alive_before(parts, actor)
    record = record_host(actor.run, parts, baseline=options.switch.baseline)
    if stage is not HostStage.SWITCHED:
        if agent:
            warn_of_missing(parts, actor, options.switch, record.baseline)
        note_stage(actor.run.journal, actor.host, HostStage.SWITCHING)
        # What it writes while its API is taken away would be lost.
        actor.perform(ServiceState.of(parts, NEUTRON_SERVER, running=False))
    # The import starts the cluster on one controller alone; the others join once the importer is off.
    actor.perform(ServiceState.of(parts, CLUSTER, running=True))
    if stage is not HostStage.SWITCHED and not actor.run.dry_run:
        require_cluster_api(parts, options.api_port)
    actor.perform(ServiceState.of(parts, TOMCAT, running=False, enabled=False))
    if agent and packages.examine() is not None:
        actor.perform(ServiceState.of(parts, MIDOLMAN, running=False))
    files = [*options.files.repositories(parts), *options.files.cluster(parts)]
    for change in [*files, *(options.files.agent(parts) if agent else ())]:
        edit_file(actor, change)
    actor.perform(packages)
    actor.perform(JavaChoice(host=actor.host, java=parts.java, major="8"))
    for change in endpoints.edits:
        edit_file(actor, change)
    for finding in endpoints.findings:
        if finding.severity is not Severity.NOTE:
            actor.advise(str(finding))
    _neutron(parts, actor, neutron, options)
    if agent:
        start_agent(parts, actor)
    # Once the agent runs, by which it plugs its ports.
    actor.perform(Restart.of(parts, NEUTRON_DHCP_AGENT, actor.run.journal, paths=(DHCP_AGENT,)))
    if not actor.run.dry_run and (stage is not HostStage.SWITCHED or actor.changed):
        if agent:
            options.switch.gate(parts, actor, record.baseline, first=True)
        conclude(actor.run.journal, actor.host, HostStage.SWITCHED)


def controller_packages(parts: HostParts, release: str) -> Packages:
    """The 1.9 API removed, client and agent of 5.x installed, where they were, all in one call.

    The client is replaced, never removed: Neutron's plug-in rests on it (host 1.5).
    """
    installed = parts.packages.installed()
    gone = tuple(name for name in (API,) if name in installed)
    if parts.entry.has_agent:
        return agent_packages(parts, release, remove=gone)
    names = [name for name in (CLIENT,) if name in installed]
    return Packages(
        host=parts.entry.name,
        manager=parts.packages,
        change=PackageChange(
            install=choose_versions(parts.packages, names, release, host=parts.entry.name), remove=gone
        ),
        summary=f"midonet-api is gone{f', {CLIENT} is of MidoNet {release}' if names else ''}",
        may_change=DEPENDENCIES,
    )


def _require_cluster(parts: HostParts) -> None:
    if parts.services.find(CLUSTER) is None:
        raise WrongState(
            f"{parts.entry.name} has no midonet-cluster",
            why="The 1.9 API would be taken away with nothing in its place.",
            hint="Run 'midonet-migrate import' first; it installs midonet-cluster and midonet-tools.",
        )


def _require_plugin(parts: HostParts) -> None:
    """Kilo's packages have the plug-in of 5.x; old branches lack it, and neutron-server would not start."""
    if parts.services.find(NEUTRON_SERVER) is not None and parts.facts.plugin_v2 is False:
        fit = plugin_fits(V2_CLASS, "", has_module=False)
        raise WrongState(
            f"{parts.entry.name}: Neutron's plug-in for MidoNet 5 is missing",
            why=f"{fit.why} Nothing was changed there.",
            hint=fit.remedy,
        )


def _neutron(parts: HostParts, actor: HostActor, plan: NeutronPlan, options: ControllerOptions) -> None:
    """neutron-server is started, or restarted after edits, once its plug-in is that of 5.x."""
    if options.edit_neutron_conf:
        for change in plan.edits:
            edit_file(actor, change)
    server = parts.services.find(NEUTRON_SERVER)
    if server is None:
        return
    if PLUGIN not in parts.packages.installed():
        actor.warn(f"{PLUGIN} is not installed there: is Neutron's plug-in installed in another way?")
    if not plan.fits():
        actor.perform(ServiceState.of(parts, NEUTRON_SERVER, running=False))
        wanted = [would.diff for change in plan.edits if (would := change.examine()) is not None]
        actor.advise(
            "neutron-server stays stopped: its core_plugin is the one of 1.9. Edit it like this and start it,"
            " or run this again with --edit-neutron-conf:\n" + "".join(wanted)
            if wanted
            else "neutron-server stays stopped: its settings are not those of MidoNet 5, see above. Correct"
            " them and run this again"
        )
        return
    if server.running:
        actor.perform(Restart.of(parts, NEUTRON_SERVER, actor.run.journal))
    else:
        actor.perform(ServiceState.of(parts, NEUTRON_SERVER, running=True))
