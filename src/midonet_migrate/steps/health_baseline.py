"""What an agent of 1.9 was like before its switch, for the health gate to compare with (host 3.5 record)."""

from __future__ import annotations

from typing import Protocol

from midonet_migrate.model.hosts import HostEntry, HostFacts, Role
from midonet_migrate.plan.checks.health import Baseline, is_established
from midonet_migrate.target.agent_state import OldApiState


class ActivePorts(Protocol):
    """As :class:`~midonet_migrate.target.agent_state.OldTreeState`."""

    def active_ports(self, host_id: str) -> dict[str, str]:
        """Id of each port that is active on a host now -> its interface."""


def take_baseline(
    entry: HostEntry, facts: HostFacts, tree: ActivePorts, api: OldApiState | None = None
) -> Baseline:
    """To be taken while the host's 1.9 agent runs, right before it is stopped.

    Active ports come from ZooKeeper, where running 1.9 agents keep them even when the 1.9 API is gone.
    BGP is told by that API alone: without ``api`` it stays unknown. Raises ``Unreachable``, ``NoPermission``.
    """
    if not entry.has_agent:
        return Baseline()
    ports = tree.active_ports(entry.midonet_host_id)
    bgp = None
    if api is not None and Role.GATEWAY in entry.roles:
        seen = {port: api.port(port) for port in ports}
        bgp = tuple(
            port for port, found in seen.items() if found is not None and is_established(found.bgp_status)
        )
    return Baseline(
        active_ports=tuple(sorted(ports)),
        interfaces=ports,
        datapath_ports=facts.datapath_ports,
        bgp_ports=bgp,
    )
