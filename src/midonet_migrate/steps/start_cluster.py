"""Starting and restarting midonet-cluster: until its API answers, and only with a login where one is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from midonet_migrate.errors import CheckFailed, ConfigError
from midonet_migrate.hosts.cluster_api import READY_SECONDS, answers, require_login, wait_until_answering
from midonet_migrate.hosts.cluster_service import ClusterService, ServiceCommands
from midonet_migrate.hosts.detected_cluster import cluster_service_of
from midonet_migrate.hosts.mn_conf import MnConf
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.service_names import CLUSTER
from midonet_migrate.hosts.services import Services
from midonet_migrate.model.hosts import InitSystem
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.settings.effective import Settings

CLUSTER_COMMANDS = frozenset({"cluster_start_command", "cluster_stop_command", "cluster_restart_command"})
_DIGEST = "midonet-cluster"


def mn_conf_of(settings: Settings, runner: Runner) -> MnConf:
    """mn-conf as the settings name it, on the site's ZooKeeper and 5.x's root."""
    servers = str(settings.require_zookeeper())
    if "/" in servers:
        raise ConfigError(
            f"The list of ZooKeeper servers has a path behind it: {servers}",
            why="mn-conf and MidoNet 5 know servers and a root key, but no such path.",
            hint="Give the servers alone with --zookeeper, and the roots with their whole paths.",
        )
    _, target_root = settings.require_roots()
    return MnConf(runner, settings.mn_conf_command.value, servers, target_root)


def service_of(settings: Settings, runner: Runner) -> ClusterService:
    """The service as the settings name it; detected where they do not. systemd counts starts in quick
    succession, which the import makes: the detected one takes that into account (host 1.3)."""
    if not CLUSTER_COMMANDS & settings.given:
        services = Services(runner, secrets=settings.secrets())
        found = services.find(CLUSTER)
        init = found.init if found is not None else InitSystem.SYSV
        return cluster_service_of(runner, services, init, secrets=settings.secrets())
    commands = ServiceCommands(
        start=settings.cluster_start_command.value,
        stop=settings.cluster_stop_command.value,
        restart=settings.cluster_restart_command.value,
        log_file=settings.cluster_log_file.value,
    )
    return ClusterService(runner, commands, secrets=settings.secrets())


def start_cluster(
    settings: Settings,
    run: RunDirectory,
    service: ClusterService,
    *,
    open_api: bool = False,
    seconds: float = READY_SECONDS,
) -> bool:
    """Start midonet-cluster unless its API answers already, and wait until it does; whether it was started.

    Unless ``open_api`` (1.9's API was open too), the API must want a login. One that does not may have been
    started before its settings were there: it is restarted; and stopped, if it is still open, with
    ``CheckFailed``. Raises ``HostsFailed`` with the last lines of its log when it does not come up. In a dry
    run it is only looked whether there is something to do.
    """
    url = settings.require_target_api()
    running = answers(url)
    if not running and not run.dry_run:
        _do(run, service.start, "start", service, url, seconds)
    if not run.dry_run and not open_api:
        _close(settings, run, service, seconds, restart=running)
    return not running


def _close(
    settings: Settings, run: RunDirectory, service: ClusterService, seconds: float, *, restart: bool
) -> None:
    """No API stays open to everybody: see to it that this one wants a login, or stop it."""
    url = settings.require_target_api()
    try:
        require_login(url)
    except CheckFailed as error:
        if restart:
            restart_cluster(settings, run, service, seconds=seconds)
            _close(settings, run, service, seconds, restart=False)
            return
        with run.journal.unit("host", service.command_of("stop"), digest=_DIGEST):
            service.stop()
        error.why = f"{error.why} midonet-cluster was stopped again."
        error.hint = error.hint.replace("Stop midonet-cluster, look where", "Look where")
        raise


def restart_cluster(
    settings: Settings, run: RunDirectory, service: ClusterService, *, seconds: float = READY_SECONDS
) -> None:
    """Restart midonet-cluster so that it reads its settings anew, and wait until its API answers.

    Raises ``HostsFailed`` with the last lines of its log when it does not come up.
    """
    if not run.dry_run:
        _do(run, service.restart, "restart", service, settings.require_target_api(), seconds)


def is_cut_off(settings: Settings, run: RunDirectory) -> bool:
    """Whether an earlier run was killed while it restarted midonet-cluster, and left it without an API."""
    begun = any(record.digest == _DIGEST for record in run.journal.pending())
    return begun and not answers(settings.require_target_api())


def settle_service(run: RunDirectory) -> None:
    """Note that what an earlier run has begun with the service is done: nothing is left of its old state."""
    for record in [] if run.dry_run else run.journal.pending():
        if record.digest == _DIGEST:
            run.journal.settle(record, took_effect=True)


def _do(
    run: RunDirectory,
    action: Callable[[], None],
    verb: Literal["start", "restart"],
    service: ClusterService,
    url: str,
    seconds: float,
) -> None:
    """One unit of the journal. What an earlier run left open is settled by this one: the service runs now."""
    with run.journal.unit("host", service.command_of(verb), digest=_DIGEST):
        action()
    if not wait_until_answering(url, seconds=seconds):
        raise service.not_started(
            f"midonet-cluster's API does not answer at {url}",
            f"It was told to {verb} and that went well, but for {seconds:g} seconds nothing answered.",
        )
    settle_service(run)
