"""midonet-cluster of a host of the inventory: its service is detected instead of configured (host 1.3)."""

from __future__ import annotations

from collections.abc import Iterable

from midonet_migrate.hosts.cluster_service import ClusterService, ServiceCommands
from midonet_migrate.hosts.runner import Runner
from midonet_migrate.hosts.service_names import CLUSTER, log_files
from midonet_migrate.hosts.services import Services
from midonet_migrate.model.hosts import InitSystem

_COMMANDS = {
    InitSystem.SYSTEMD: ("systemctl", "{verb}", "midonet-cluster.service"),
    InitSystem.UPSTART: ("service", "midonet-cluster", "{verb}"),
    InitSystem.SYSV: ("service", "midonet-cluster", "{verb}"),
}


class DetectedClusterService(ClusterService):
    """As :class:`~midonet_migrate.hosts.cluster_service.ClusterService`, by means of :class:`Services`: a
    start of what runs changes nothing, and one that does not stay up is recognised."""

    def __init__(
        self,
        runner: Runner,
        services: Services,
        init: InitSystem,
        *,
        secrets: Iterable[str] = (),
    ) -> None:
        commands = {verb: _command(init, verb) for verb in ("start", "stop", "restart")}
        log_file = log_files(CLUSTER, CLUSTER)[0]
        super().__init__(runner, ServiceCommands(**commands, log_file=log_file), secrets=secrets)
        self._services = services

    def start(self) -> None:
        """Start it unless it runs. Raises ``HostsFailed``, ``WrongState`` if it is not installed."""
        self._services.start(CLUSTER)

    def stop(self) -> None:
        """Stop it unless it is stopped. Raises as :meth:`start`."""
        self._services.stop(CLUSTER)

    def restart(self) -> None:
        """Stop and start it. Raises as :meth:`start`."""
        self._services.restart(CLUSTER)


def cluster_service_of(
    runner: Runner, services: Services, init: InitSystem, *, secrets: Iterable[str] = ()
) -> ClusterService:
    """midonet-cluster of a host whose init system is ``init``; it need not be installed yet."""
    return DetectedClusterService(runner, services, init, secrets=secrets)


def _command(init: InitSystem, verb: str) -> tuple[str, ...]:
    return tuple(word.format(verb=verb) for word in _COMMANDS[init])
