"""A service as its own file describes it, whatever init system that is written for."""

from __future__ import annotations

from typing import Literal

import msgspec

from midonet_migrate.model.hosts import InitSystem


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One service of a host."""

    name: str
    init: InitSystem
    command: str = ""
    """A shell command that stays in the foreground, for a service without a stand-in."""
    at_boot: bool = False
    respawn: Literal["no", "on-failure", "always"] = "no"
    limit: int = 10
    interval: float = 5.0
    """With ``limit``: how many starts in how many seconds are too many."""
    count_manual_starts: bool = False
    """systemd counts every start, upstart only its own."""
    pause: float = 0.1
    """Seconds before it is started again."""
    kill_timeout: float = 5.0
    success_statuses: frozenset[int] = frozenset({0})
    description: str = ""
    path: str = ""
    """Of the file, in the host."""
