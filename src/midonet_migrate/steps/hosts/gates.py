"""The health gate as stages use it: what comes out goes into the host's result (host 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

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
    """Waits until an agent is as healthy as it was before."""

    def __call__(self, parts: HostParts, actor: HostActor, before: Baseline, *, first: bool) -> None:
        """``first``: nothing like it was switched before, so it is watched longer.

        Raises ``HostsFailed`` when it does not become healthy. What could not be checked is a warning.
        """


def agent_gate(
    state: AgentState | None,
    *,
    wanted: str,
    fits: Callable[[HostParts, str], bool],
    watch_seconds: float | None = None,
    ready_seconds: float = READY_SECONDS,
    bgp_command: str = "",
    secrets: Sequence[str] = (),
) -> Gate:
    """The gate against MidoNet's own view of a version. ``watch_seconds`` None: the usual ones."""

    def gate(parts: HostParts, actor: HostActor, before: Baseline, *, first: bool) -> None:
        seconds = watch_seconds
        if seconds is None:
            seconds = CANARY_SECONDS if first else LATER_SECONDS
        options = GateOptions(
            wanted=wanted,
            fits=lambda version: fits(parts, version),
            watch_seconds=seconds,
            ready_seconds=ready_seconds,
            bgp_command=bgp_command,
        )
        installed = parts.packages.installed().get(AGENT, "")
        result = HealthGate(state, options, secrets=secrets).watch(
            parts.entry, parts.runner, parts.services, installed, before
        )
        result.require()
        for text in result.not_checked:
            actor.note(text)

    return gate
