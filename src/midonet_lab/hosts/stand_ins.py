"""Which services have a stand-in, and which program must be there for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec


class StandIn(msgspec.Struct, frozen=True):
    """``start(directory of the host, name of the service)`` runs in a process of its own, outside the chroot,
    and returns the exit status. ``programs``: below the root; one of them must be there."""

    programs: tuple[str, ...]
    start: Callable[[Path, str], int]


def stand_in_of(name: str) -> StandIn | None:
    """The stand-in of a service; None: its own file says what to run."""
    return _STAND_INS.get(name)


_STAND_INS: dict[str, StandIn] = {}
