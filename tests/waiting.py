"""Waiting for what other processes and threads do: generous, for a slow machine must not fail a promise."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds. Nothing that works takes this long; what does not work is worth the wait."""


def eventually(look: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Whether something becomes true within ``seconds``; it is looked at least once."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def wait_until(look: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return when something is true; fail when it does not become true within ``seconds``."""
    assert eventually(look, seconds), f"never came true in {seconds:.0f} seconds"
