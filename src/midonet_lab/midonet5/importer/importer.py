"""The polling thread of the importer (imp 1.3)."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread

from kazoo.exceptions import KazooException

from midonet_lab.midonet5.importer.data_types import FLUSH
from midonet_lab.midonet5.importer.database import TaskTable
from midonet_lab.midonet5.importer.executor import LOGGER, Executor
from midonet_lab.midonet5.importer.java import (
    NOT_IMPLEMENTED,
    Failure,
    ImporterFailure,
    lines,
)
from midonet_lab.midonet5.importer.latch import LeaderLatch
from midonet_lab.midonet5.importer.pipeline import Pipeline
from midonet_lab.midonet5.importer.retries import Retries, Stopped
from midonet_lab.midonet5.importer.rows import Row, transactions, validate
from midonet_lab.midonet5.importer.settings import BackOff
from midonet_lab.midonet5.store import StorageError, Zoom

POLL_FAILED = "Unexpected exception in NeutronDB polling thread"
MARKER_FAILED = "Failed to update the last processed ID."


class Importer:
    """Polls the task table while its latch leads, and executes what it finds; never gives up, never skips.

    ``period`` and ``delay`` in seconds. ``last_failure`` is that of the last poll; None after a good one.
    """

    def __init__(
        self,
        zoom: Zoom,
        table: TaskTable,
        latch: LeaderLatch,
        *,
        period: float = 1.0,
        delay: float = 0.0,
        back_off: BackOff | None = None,
    ) -> None:
        self._zoom = zoom
        self._table = table
        self._latch = latch
        self._period = period
        self._delay = delay
        self._stop = Event()
        self._thread: Thread | None = None
        self._retries = Retries(zoom.client, back_off or BackOff(), self._stop)
        self._executor = Executor(zoom, self._retries)
        self._log = logging.getLogger(LOGGER)
        self.last_failure: Failure | None = None

    @property
    def hanging(self) -> bool:
        """Whether the polling thread waits to send a request again that cost it the connection."""
        return self._retries.waiting

    def start(self) -> None:
        """Poll in a thread of its own."""
        self._thread = Thread(target=self.run, name="neutron-importer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the task that is being executed; returns when the thread is gone."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._table.close()

    def run(self) -> None:
        """Poll at a fixed rate until :meth:`stop`."""
        due = time.monotonic() + self._delay
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            self.poll_once()
            due = max(due + self._period, time.monotonic())

    def poll_once(self) -> int:
        """One poll; how many tasks it executed. A failure is logged and kept in ``last_failure``."""
        executed: list[int] = []
        try:
            if self._latch.has_leadership():
                self._poll(executed)
            self.last_failure = None
        except Stopped:
            pass
        except (ImporterFailure, StorageError) as failure:
            self._failed(failure)
        except KazooException as error:
            name = type(error).__name__.removesuffix("Error")
            java = f"org.apache.zookeeper.KeeperException${name}Exception"
            self._failed(ImporterFailure(java, f"KeeperErrorCode = {name}"))
        return len(executed)

    def _poll(self, executed: list[int]) -> None:
        rows = self._table.pending(self._executor.marker())
        valid = [validate(row, self._zoom.version) for row in rows]
        pipeline = Pipeline(self._executor, lambda task: executed.append(task.row.task_id))
        try:
            for run in transactions(valid):
                self._run(run, pipeline)
                if self._stop.is_set():
                    return
        finally:
            pipeline.finish()
        marker = self._executor.marker()
        if marker:
            self._write_marker(marker)

    def _run(self, run: list[Row], pipeline: Pipeline) -> None:
        if [row.operation for row in run] == [FLUSH]:
            raise ImporterFailure(NOT_IMPLEMENTED, "Flush is not implemented")
        for task in [self._executor.deserialize(row) for row in run]:
            pipeline.add(task)
            if self._stop.is_set():
                return

    def _write_marker(self, marker: int) -> None:
        try:
            self._table.write_marker(marker)
        except ImporterFailure as failure:
            self._log.error("%s\n%s", MARKER_FAILED, "\n".join(lines(failure)))

    def _failed(self, failure: Failure) -> None:
        self.last_failure = failure
        self._log.error("%s\n%s", POLL_FAILED, "\n".join(lines(failure)))
