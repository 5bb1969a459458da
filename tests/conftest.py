"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

FULL_SIZE = bool(os.environ.get("MIDONET_MIGRATE_FULL_SIZE"))
# No test depends on how fast the machine is.
settings.register_profile(
    "project",
    deadline=None,
    max_examples=400 if FULL_SIZE else 50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")

pytest_plugins = ["server_fixtures"]

GOLDEN_VARIABLE = "MIDONET_MIGRATE_GOLDEN"


def pytest_configure() -> None:
    """A background job ignores SIGINT, one of nohup SIGHUP, and so would all their children: what programs do
    at these signals is tested, too. With a handler here, children have the default again."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest stories first, so that none is left running alone at the end."""
    items.sort(key=lambda item: "scenario" not in item.path.parts)


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of recordings of real servers: ``$MIDONET_MIGRATE_GOLDEN`` or beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "golden"
    folder = Path(os.environ.get(GOLDEN_VARIABLE, default))
    if not folder.is_dir():
        pytest.skip(f"no recordings of real servers at {folder} (set {GOLDEN_VARIABLE})")
    return folder
