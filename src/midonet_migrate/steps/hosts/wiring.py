"""From settings and options to what stages work with: files, gates, views of both versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from midonet_migrate.errors import ConfigError
from midonet_migrate.hosts.cluster_api import answers
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.hosts.record import load_record
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.plan.edits.url_port import NEW_PORT, OLD_PORT, PortRule
from midonet_migrate.run.directory import RunDirectory, open_to_read
from midonet_migrate.settings.effective import Settings
from midonet_migrate.source.midonet.client import MidonetClient
from midonet_migrate.source.midonet.transport import Timeouts, Transport
from midonet_migrate.steps.health_baseline import take_baseline
from midonet_migrate.steps.hosts.gates import AgentGate, Gate, GateSettings
from midonet_migrate.steps.hosts.host_files import HostFiles
from midonet_migrate.steps.hosts.install_cluster import InstallOptions
from midonet_migrate.steps.hosts.metadata_proxy import OpenWriter
from midonet_migrate.steps.hosts.old_api import credentials_of, old_api_url
from midonet_migrate.steps.hosts.site import HostSite, controllers
from midonet_migrate.steps.hosts.stage_hosts import StageOptions
from midonet_migrate.steps.hosts.switch_agent import SwitchOptions
from midonet_migrate.steps.hosts.versions import AGENT, is_version
from midonet_migrate.steps.mn_conf_writes import MnConfWriter
from midonet_migrate.steps.start_cluster import mn_conf_of
from midonet_migrate.target.agent_state import NewApiState, OldApiState, OldTreeState
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.zookeeper.rollback_marker import require_finished_rollback
from midonet_migrate.zookeeper.session import open_session


class PortSettings(msgspec.Struct, kw_only=True, frozen=True):
    """Ports of both APIs, where they are not the usual ones."""

    old: tuple[int, ...] = (OLD_PORT,)
    new: int = NEW_PORT


Take = Callable[[HostParts], Baseline]


def host_files(settings: Settings, site: HostSite, ports: PortSettings) -> HostFiles:
    """The edits of a site's hosts."""
    _, root = settings.require_roots()
    names = {
        name.lower()
        for host in controllers(site.inventory)
        for name in (host.name, host.address, host.midonet_name, "localhost", "127.0.0.1", "::1")
        if name
    }
    return HostFiles(
        repositories_of_site=site.inventory.repositories,
        servers=str(settings.require_zookeeper()),
        root=root,
        ports=PortRule(old=ports.old, new=ports.new, hosts=frozenset(names)),
    )


@contextmanager
def baselines(settings: Settings) -> Iterator[Take]:
    """What agents of 1.9 are like: by the tree, and by 1.9's API as long as it answers.

    Raises ``ZooKeeperUnreachable``, ``ConfigError``, and ``WrongState`` while a rollback is half done.
    """
    source_root, _ = settings.require_roots()
    with open_session(str(settings.require_zookeeper())) as session:
        require_finished_rollback(session)
        tree = OldTreeState(session, source_root)
        with _old_state(settings) as api:
            yield lambda parts: take_baseline(parts.entry, parts.facts, tree, api)


@contextmanager
def _old_state(settings: Settings) -> Iterator[OldApiState | None]:
    try:
        url = old_api_url(settings)
    except ConfigError:
        url = ""
    if not url or not answers(url):
        yield None
        return
    with old_api(settings) as state:
        yield state


@contextmanager
def old_api(settings: Settings) -> Iterator[OldApiState]:
    """MidoNet 1.9's view of agents. Raises ``ConfigError``."""
    timeouts = Timeouts()
    transport = Transport(old_api_url(settings), timeouts)
    try:
        yield OldApiState(MidonetClient(transport, credentials_of(settings), timeouts))
    finally:
        transport.close()


@contextmanager
def new_gate(settings: Settings, gate: GateSettings) -> Iterator[Gate]:
    """The gate of an agent of 5.x. Raises ``ConfigError``."""
    release = settings.target_version.value.value
    with MidonetApi(settings.require_target_api(), credentials_of(settings)) as api:
        yield AgentGate(
            state=NewApiState(api),
            wanted=release,
            fits=lambda _parts, version: is_version(version, release),
            settings=gate,
            secrets=settings.secrets(),
        )


@contextmanager
def old_gate(
    settings: Settings, gate: GateSettings, old_version: Callable[[HostParts], str]
) -> Iterator[Gate]:
    """The gate of an agent that is back on 1.9. ``old_version``: what its record says."""
    with old_api(settings) as state:
        yield AgentGate(
            state=state,
            wanted="the recorded version of 1.9",
            fits=lambda parts, version: version == old_version(parts),
            settings=gate,
            secrets=settings.secrets(),
        )


@contextmanager
def switching(
    settings: Settings, site: HostSite, ports: PortSettings, gate: GateSettings, *, way_back: bool = True
) -> Iterator[tuple[SwitchOptions, HostFiles]]:
    """How hosts of a site are switched, and the edits of their files."""
    files = host_files(settings, site, ports)
    with baselines(settings) as baseline, new_gate(settings, gate) as passes:
        release = settings.target_version.value.value
        options = SwitchOptions(
            release=release,
            files=files,
            gate=passes,
            baseline=baseline,
            old_packages=site.old_packages if way_back else None,
        )
        yield options, files


@contextmanager
def installing(
    settings: Settings, site: HostSite, ports: PortSettings, *, way_back: bool = True
) -> Iterator[InstallOptions]:
    """How cluster and tools are installed."""
    files = host_files(settings, site, ports)
    with baselines(settings) as baseline:
        yield InstallOptions(
            release=settings.target_version.value.value,
            files=files,
            baseline=baseline,
            old_packages=site.old_packages if way_back else None,
        )


@contextmanager
def staging(settings: Settings, site: HostSite, *, way_back: bool = True) -> Iterator[StageOptions]:
    """What is downloaded and recorded ahead."""
    with baselines(settings) as baseline:
        yield StageOptions(
            release=settings.target_version.value.value,
            baseline=baseline,
            old_packages=site.old_packages if way_back else None,
        )


def recorded_version(settings: Settings) -> Callable[[HostParts], str]:
    """The version of the agent that the record of a host names."""

    def version(parts: HostParts) -> str:
        return load_record(open_to_read(settings.data_dir.value), parts.entry.name).packages.get(AGENT, "")

    return version


def default_settings(settings: Settings, runner: Runner) -> OpenWriter:
    """mn-conf's template ``default``; ``runner``: of the host where mn-conf is called."""

    @contextmanager
    def open_writer(run: RunDirectory) -> Iterator[MnConfWriter]:
        _, root = settings.require_roots()
        with open_session(str(settings.require_zookeeper())) as session:
            yield MnConfWriter(run, session, mn_conf_of(settings, runner), root)

    return open_writer
