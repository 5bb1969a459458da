"""Running requests in a thread pool, where an answer may lead to further requests."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.snapshot import Vanished
from midonet_migrate.run.progress import Phase


class Harvest(msgspec.Struct, kw_only=True):
    """What one job brings home."""

    kind: str = ""
    items: list[JsonObject] = msgspec.field(default_factory=list)
    jobs: list[Job] = msgspec.field(default_factory=list)
    """What to ask next."""
    vanished: list[Vanished] = msgspec.field(default_factory=list)
    findings: list[JsonObject] = msgspec.field(default_factory=list)


Job = Callable[[], Harvest]


def run_jobs(
    jobs: Iterable[Job],
    threads: int,
    phase: Phase,
    store: Callable[[Harvest], None],
    stop: Callable[[], None],
) -> None:
    """Run ``jobs`` and all that follows from them, at most ``threads`` at a time.

    ``store`` is called in this thread, once per job. The first exception ends everything and is raised: what
    waits is dropped, ``stop`` tells the running jobs to give up, and no thread is left behind.
    """
    done: SimpleQueue[Future[Harvest]] = SimpleQueue()
    expected = finished = 0
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="midonet-api") as pool:

        def submit(more: Iterable[Job]) -> None:
            nonlocal expected
            for job in more:
                expected += 1
                pool.submit(job).add_done_callback(done.put)
            phase.expect(expected)

        try:
            submit(jobs)
            while finished < expected:
                harvest = done.get().result()
                finished += 1
                phase.advance()
                store(harvest)
                if harvest.jobs:
                    submit(harvest.jobs)
        except BaseException:
            stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
