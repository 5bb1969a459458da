"""Which hosts are switched together (host 3.5, 6.3): a canary, a small batch, then the rest; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

from midonet_migrate.errors import UsageError

_T = TypeVar("_T")

DEFAULT_SIZES = ("10%", "100%")
"""After the canary. The window is to be short: tunnel keys are renumbered (host 3.4)."""
ONE_BY_ONE = ("1",)


def parse_sizes(text: str) -> tuple[str, ...]:
    """``1,10%,100%`` as sizes. Raises ``UsageError`` for anything else than numbers and percentages."""
    sizes = tuple(part.strip() for part in text.split(","))
    for size in sizes:
        number = size.removesuffix("%")
        limit = 100 if size.endswith("%") else 1_000_000
        if not (number.isascii() and number.isdigit()) or not 1 <= int(number) <= limit:
            raise UsageError(
                f"'{size}' is no size of a batch",
                hint="Give numbers of hosts or percentages of all, such as --batch 1,10%,100%.",
            )
    return sizes


def batches(hosts: Sequence[_T], sizes: Sequence[str], *, canary: _T | None = None) -> list[list[_T]]:
    """``hosts`` in order, in batches of these sizes; the last size repeats. ``canary`` comes first, alone.

    Percentages are of all hosts, rounded up. Every host is in exactly one batch.
    """
    left = [host for host in hosts if host != canary]
    found = [[host for host in hosts if host == canary]] if canary in hosts else []
    step = 0
    while left:
        size = sizes[min(step, len(sizes) - 1)]
        count = math.ceil(len(hosts) * int(size[:-1]) / 100) if size.endswith("%") else int(size)
        found.append(left[:count])
        left = left[count:]
        step += 1
    return found


def rounds(sizes: Sequence[int], at_a_time: int) -> int:
    """How often hosts are worked on one after the other, in batches of these sizes, ``at_a_time`` at once."""
    return sum(math.ceil(size / at_a_time) for size in sizes)
