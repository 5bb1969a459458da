"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No test depends on how fast the machine is.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")

pytest_plugins = ["server_fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is for what a shell starts in the background, and for all its children: Ctrl-C is tested, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

GOLDEN_VARIABLE = "MIDONET_MIGRATE_GOLDEN"


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of recordings of real servers: ``$MIDONET_MIGRATE_GOLDEN`` or beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "golden"
    folder = Path(os.environ.get(GOLDEN_VARIABLE, default))
    if not folder.is_dir():
        pytest.skip(f"no recordings of real servers at {folder} (set {GOLDEN_VARIABLE})")
    return folder
