"""The health gate as stages use it: what comes out goes into the host's result (host 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.parts import HostParts
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.steps.health_gate import (
    CANARY_SECONDS,
    LATER_SECONDS,
    READY_SECONDS,
    GateOptions,
    HealthGate,
)
from midonet_migrate.steps.hosts.versions import AGENT
from midonet_migrate.target.agent_state import AgentState


class Gate(Protocol):
    """Knows when an agent is as healthy as it was before."""

    def missing(self, parts: HostParts, before: Baseline) -> list[str]:
        """Ports that were active and that the other version has not at all, nor another one bound to the same
        interface of the host: no agent can make them so."""

    def __call__(self, parts: HostParts, actor: HostActor, before: Baseline, *, first: bool) -> None:
        """Wait until it is so. ``first``: nothing like it was switched before, so it is watched longer.

        Raises ``HostsFailed`` when it does not become healthy. What could not be checked is noted.
        """


class GateSettings(msgspec.Struct, kw_only=True, frozen=True):
    """What the operator wants of the health gate. ``watch_seconds`` None: the usual ones."""

    watch_seconds: float | None = None
    ready_seconds: float = READY_SECONDS
    bgp_command: str = ""

    def watched(self, *, first: bool) -> float:
        """For how many seconds one and the same process must be seen; ``first``: of the first host."""
        if self.watch_seconds is not None:
            return self.watch_seconds
        return CANARY_SECONDS if first else LATER_SECONDS


class AgentGate(msgspec.Struct, kw_only=True, frozen=True):
    """The gate against MidoNet's own view of a version; see :class:`Gate`.

    ``wanted``: the version, for people; ``fits``: whether what is installed on a host is it.
    """

    state: AgentState
    wanted: str
    fits: Callable[[HostParts, str], bool]
    settings: GateSettings = GateSettings()
    secrets: Sequence[str] = ()

    def missing(self, parts: HostParts, before: Baseline) -> list[str]:
        """See :class:`Gate`."""
        gone = [port for port in before.active_ports or () if self.state.port(port) is None]
        if not gone:
            return []
        # Uplinks of the Provider Router get another id when they are converted (new 4).
        bound = {
            interface
            for interface, port in self.state.bindings(parts.entry.midonet_host_id).items()
            if interface and self.state.port(port) is not None
        }
        return [port for port in gone if before.interfaces.get(port) not in bound]

    def __call__(self, parts: HostParts, actor: HostActor, before: Baseline, *, first: bool) -> None:
        """See :class:`Gate`."""
        options = GateOptions(
            wanted=self.wanted,
            fits=lambda version: self.fits(parts, version),
            watch_seconds=self.settings.watched(first=first),
            ready_seconds=self.settings.ready_seconds,
            bgp_command=self.settings.bgp_command,
        )
        result = HealthGate(self.state, options, secrets=self.secrets).watch(
            parts.entry,
            parts.runner,
            parts.services,
            parts.packages.installed().get(AGENT, ""),
            _without(before, self.missing(parts, before)),
        )
        result.require()
        for text in result.not_checked:
            actor.note(text)


def _without(before: Baseline, ports: Sequence[str]) -> Baseline:
    def left(given: Sequence[str] | None) -> tuple[str, ...] | None:
        return None if given is None else tuple(port for port in given if port not in ports)

    return msgspec.structs.replace(
        before, active_ports=left(before.active_ports), bgp_ports=left(before.bgp_ports)
    )
