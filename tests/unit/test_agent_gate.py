"""Which ports the health gate of a stage leaves out: those that no agent of 5.x can make active."""

from __future__ import annotations

import msgspec

from fake_host import FakeHost
from midonet_migrate.model.hosts import Role
from midonet_migrate.plan.checks.health import Baseline, PortSeen
from midonet_migrate.steps.hosts.gates import AgentGate
from midonet_migrate.target.agent_state import HostSeen


class State(msgspec.Struct):
    """MidoNet 5, one host."""

    bound: dict[str, str]
    """Interface -> port."""

    def host(self, host_id: str) -> HostSeen | None:
        return HostSeen("gateway", True)

    def port(self, port_id: str) -> PortSeen | None:
        return PortSeen(active=True, host_id="id-g") if port_id in self.bound.values() else None

    def bindings(self, host_id: str) -> dict[str, str]:
        return self.bound if host_id == "id-g" else {}


def missing(bound: dict[str, str]) -> list[str]:
    """Of a gateway with a tap and an uplink."""
    gate = AgentGate(state=State(bound=bound), wanted="5.2.1", fits=lambda parts, version: True)
    before = Baseline(active_ports=("tap", "uplink"), interfaces={"tap": "tap1", "uplink": "eth1"})
    return gate.missing(FakeHost("gateway", Role.GATEWAY, host_id="id-g").parts(), before)


def test_a_converted_uplink_is_gated() -> None:
    """It has another id, and is bound to the same interface: the gateway must not pass without it."""
    assert missing({"tap1": "tap", "eth1": "converted"}) == []


def test_an_uplink_that_was_not_converted_is_told() -> None:
    """Nothing is bound to its interface."""
    assert missing({"tap1": "tap"}) == ["uplink"]
    assert missing({"tap1": "tap", "eth2": "other"}) == ["uplink"]
