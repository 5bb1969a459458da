"""The same work on many hosts side by side, each with its own result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

import msgspec

from midonet_migrate.errors import Bug, HostsFailed, MigrateError, Recovery
from midonet_migrate.hosts.fleet.fleet import Fleet, FleetRunner
from midonet_migrate.model.hosts import HostEntry

_T = TypeVar("_T")
_LOOK = 0.2
_SHOWN = 5
INTERRUPT_GRACE = 30.0
"""Seconds that commands under way have after Ctrl-C: a package manager is better not killed."""

Work = Callable[[HostEntry, FleetRunner], _T]


class EachResult(msgspec.Struct, Generic[_T], frozen=True):
    """How the work on one host ended: with a ``value``, or an ``error``; ``begun`` is False when neither
    came, since too many others had failed."""

    host: HostEntry
    value: _T | None = None
    error: MigrateError | None = None
    begun: bool = True

    @property
    def failed(self) -> bool:
        """Whether the work ended with an error."""
        return self.error is not None


def each(
    fleet: Fleet,
    hosts: Sequence[HostEntry],
    work: Work[_T],
    *,
    at_a_time: int = 0,
    max_failures: int | None = None,
    ended: Callable[[EachResult[_T]], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[EachResult[_T]]:
    """Do ``work(host, runner)`` on every host, at most ``at_a_time`` together (0: as many as the fleet's
    ``parallel``); results in the order of ``hosts``.

    A ``MigrateError`` of one host does not disturb the others; once more than ``max_failures`` failed no
    further host is begun (None: all are). ``ended`` is called in this thread with each result as it comes.

    Ctrl-C, or an exception of ``work`` that is no ``MigrateError``: the fleet starts no command any more, for
    good; those under way have ``INTERRUPT_GRACE`` seconds (a second Ctrl-C: none), the rest is killed on its
    host, and it is raised. ``tell`` is given a line about that.
    """
    results: dict[str, EachResult[_T]] = {}
    failures = 0
    queue = list(hosts)
    running: dict[Future[EachResult[_T]], HostEntry] = {}
    limit = max(1, min(at_a_time or fleet.options.parallel, len(queue) or 1))
    with ThreadPoolExecutor(limit, thread_name_prefix="host") as pool:
        try:
            while queue or running:
                enough = max_failures is not None and failures > max_failures
                while queue and len(running) < limit and not enough:
                    host = queue.pop(0)
                    running[pool.submit(_one, fleet, host, work)] = host
                if not running:
                    break
                # In short pieces, so that a signal is seen at once.
                done, _ = wait(running, timeout=_LOOK, return_when=FIRST_COMPLETED)
                for future in done:
                    del running[future]
                    result = future.result()
                    results[result.host.name] = result
                    failures += result.failed
                    ended(result)
        except BaseException:
            _wind_up(fleet, running, tell)
            raise
    return [results.get(host.name, EachResult(host, begun=False)) for host in hosts]


def failures_error(results: Iterable[EachResult[_T]], what: str) -> HostsFailed | None:
    """The error (50) that names every host that failed, for the end of a verb; None when none did."""
    failed = [(result.host.name, result.error) for result in results if result.error is not None]
    if not failed:
        return None
    hints = list(dict.fromkeys(error.hint for _, error in failed if error.hint))
    return HostsFailed(
        what,
        problems=[f"{name}: {error.what}{f' ({error.why})' if error.why else ''}" for name, error in failed],
        hint=" ".join(hints[:3]),
        recovery=Recovery.RETRY,
    )


def _one(fleet: Fleet, host: HostEntry, work: Work[_T]) -> EachResult[_T]:
    try:
        return EachResult(host, value=work(host, fleet.runner(host.name)))
    except Bug:
        raise
    except MigrateError as error:
        return EachResult(host, error=error)


def _wind_up(
    fleet: Fleet, running: Mapping[Future[EachResult[_T]], HostEntry], tell: Callable[[str], None]
) -> None:
    """Let what runs come to its end, for a while."""
    try:  # the next Ctrl-C may come at any line
        fleet.halt()
        left = [future for future in running if not future.done()]
        if left:
            names = [running[future].name for future in left]
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            tell(
                f"finishing what runs on {', '.join(names[:_SHOWN])}{more}, {INTERRUPT_GRACE:g} seconds at"
                " most (Ctrl-C again: kill it)"
            )
        deadline = time.monotonic() + INTERRUPT_GRACE
        while left and time.monotonic() < deadline:
            wait(left, timeout=_LOOK)
            left = [future for future in left if not future.done()]
    finally:
        fleet.stop()
