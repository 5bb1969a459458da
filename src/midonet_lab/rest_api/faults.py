"""Faults that hit some requests to a stand-in: what they have in common, and which one a request meets."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec


class RequestFault(msgspec.Struct, kw_only=True):
    """How often a fault strikes, and what its kinds need to know."""

    status: int = 500
    """Of the answer, where the fault is a status."""
    times: int = 1
    """How many matching requests it hits; -1 = all."""
    skip: int = 0
    """How many matching requests pass before."""
    seconds: float = 0.0
    """How long a request hangs, where the fault is that it does."""


AnyFault = TypeVar("AnyFault", bound=RequestFault)


class FaultChooser(Generic[AnyFault]):
    """Counts how often each fault was met; thread-safe. ``pattern``: the regular expression of a fault."""

    def __init__(self, faults: Sequence[AnyFault], pattern: Callable[[AnyFault], str]) -> None:
        self._faults = faults
        self._pattern = pattern
        self._hits = [0] * len(faults)
        self._lock = threading.Lock()

    def choose(self, request: str) -> AnyFault | None:
        """The first fault whose expression matches the whole of ``request``, if it is its turn."""
        with self._lock:
            for number, fault in enumerate(self._faults):
                if re.fullmatch(self._pattern(fault), request):
                    self._hits[number] += 1
                    hits = self._hits[number] - fault.skip
                    if hits > 0 and (fault.times < 0 or hits <= fault.times):
                        return fault
        return None
