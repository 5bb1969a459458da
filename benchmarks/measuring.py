"""What every benchmark needs: time, peak memory, a table, an answer."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Wall-clock seconds and result."""
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def peak_mebibytes() -> int:
    """The highest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def own_peak_mebibytes() -> int:
    """The same since this process runs its present program: its parent's size does not count."""
    sizes = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(sizes["VmHWM"].split()[0]) // 1024


def answer(figures: dict[str, Any]) -> None:
    """Print the figures, and write them to the file named on the command line."""
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"  {name:<{width}}  {value}", flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(figures))
