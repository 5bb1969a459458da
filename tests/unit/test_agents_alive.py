"""Whether an agent is alive, as far as the API that answers can know it."""

from __future__ import annotations

import pytest

from midonet_migrate.steps.agents_alive import NEW, OLD, AgentsAlive


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({OLD: {"a": True}}, "alive on 1.9"),
        ({OLD: {"a": False}}, "dead"),
        ({OLD: {"a": True}, NEW: {"a": False}}, "alive on 1.9"),
        ({OLD: {"a": False}, NEW: {"a": False}}, "dead"),
        ({OLD: {"a": False}, NEW: {"a": True}}, "alive on 5"),
        ({NEW: {"a": True}}, "alive on 5"),
        ({NEW: {"a": False}}, "not alive on 5"),
        ({NEW: {"b": True}}, "unknown"),
        ({}, ""),
    ],
)
def test_an_agent_is_called_dead_by_an_api_that_knows_its_version_alone(
    seen: dict[str, dict[str, bool]], expected: str
) -> None:
    """Between the update of the controller and its own an agent of 1.9 runs on, and only 5.x can be asked."""
    assert AgentsAlive(seen).of("a") == expected
