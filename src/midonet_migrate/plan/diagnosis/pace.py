"""How fast the import goes, and how long it will take: in tasks, weighted by what they cost (imp 8.3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

from midonet_migrate.model.plan import Task
from midonet_migrate.plan.tasks.behaviour import behaviour_of
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.size import DEFAULT_REQUEST_LIMIT, SizeEstimate

_WINDOW_SECONDS = 10.0
_MINUTE = 60.0
_WITHOUT_PORT = "network:floatingip"
_VIP = "neutron:LOADBALANCER"


class Pace:
    """Follows the marker over the tasks of a plan, which are in order of their ids."""

    def __init__(self, tasks: Sequence[Task], version: TargetVersion) -> None:
        self._ids = [task.id for task in tasks]
        self._expected = _expected_seconds(tasks, version)
        self._window: deque[tuple[float, int]] = deque()
        self._begin: tuple[float, int] | None = None

    @property
    def total(self) -> int:
        """How many tasks there are."""
        return len(self._ids)

    def done(self, marker: int | None) -> int:
        """How many of them are at or below the marker."""
        return bisect_right(self._ids, marker or 0)

    def observe(self, time: float, marker: int | None) -> None:
        """The marker at this second."""
        look = (time, self.done(marker))
        if self._begin is None:
            self._begin = look
        self._window.append(look)
        while len(self._window) > 2 and self._window[1][0] <= time - _WINDOW_SECONDS:
            self._window.popleft()

    def rate(self) -> float:
        """Tasks per second over the last ten seconds."""
        if len(self._window) < 2:
            return 0.0
        (first, before), (last, after) = self._window[0], self._window[-1]
        return (after - before) / (last - first) if last > first else 0.0

    def seconds_left(self) -> float | None:
        """What the rest will take, if it goes on as slowly against the expectation as up to here."""
        if self._begin is None or not self._window:
            return None
        (begin, before), (now, after) = self._begin, self._window[-1]
        spent = self._expected[after] - self._expected[before]
        if spent <= 0 or now <= begin:
            return None
        return (self._expected[-1] - self._expected[after]) * (now - begin) / spent

    def text(self) -> str:
        """Rate and time left for people, e.g. ``85/s, 2 min left``; empty while nothing is known."""
        left = self.seconds_left()
        if left is None:
            return ""
        shown = f"{left / _MINUTE:.0f} min" if left >= 2 * _MINUTE else f"{left:.0f} s"
        return f"{self.rate():.0f}/s, {shown} left"


def _expected_seconds(tasks: Sequence[Task], version: TargetVersion) -> list[float]:
    """Before each task and after the last: the seconds that those before it are expected to take."""
    behaviour = behaviour_of(version)
    estimate = SizeEstimate(version, DEFAULT_REQUEST_LIMIT)
    sums = [0.0]
    for task in tasks:
        owner = str(task.data.get("device_owner") or "")
        bare = owner == _WITHOUT_PORT or (owner == _VIP and not behaviour.vip_ports)
        estimate.add(task.data_type, task.resource_id, task.data, in_topology=not bare)
        sums.append(estimate.seconds)
    return sums
