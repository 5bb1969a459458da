"""Several tasks on their way to ZooKeeper at once, with the outcome of one after the other.

A session's requests are executed in their order, and each task's multi demands that the marker has the
version the task before has left: if one fails, so do all behind it. Then they are executed again singly,
and that tells what fails, and how.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress

from kazoo.exceptions import KazooException

from midonet_lab.midonet5.importer.executor import Executor, Task
from midonet_lab.midonet5.importer.java import ImporterFailure
from midonet_lab.midonet5.store import StorageError
from midonet_lab.midonet5.store.commit import SentCommit

_DEPTH = 12


class Pipeline:
    """The tasks of one poll. ``done`` is called for each executed task, in order.

    The first task goes alone: a task that is stuck does not draw others after it, poll by poll.
    """

    def __init__(self, executor: Executor, done: Callable[[Task], None]) -> None:
        self._executor = executor
        self._done = done
        self._sent: deque[tuple[Task, SentCommit]] = deque()
        self._alone = True

    def add(self, task: Task) -> None:
        """Execute a task, perhaps later. Raises :class:`ImporterFailure` for it or one added before."""
        if not self._alone:
            while len(self._sent) >= _DEPTH:
                self._confirm()
            with suppress(ImporterFailure, StorageError, KazooException):
                self._sent.append((task, self._executor.send_ahead(task)))
                return
            self.finish()
        self._single(task)
        self._alone = False

    def finish(self) -> None:
        """Wait for all tasks added. Raises :class:`ImporterFailure`."""
        while self._sent:
            self._confirm()

    def _confirm(self) -> None:
        task, sent = self._sent.popleft()
        if _succeeded(sent):
            self._executor.executed(task)
            self._done(task)
            return
        again = [task]
        while self._sent:
            later, sent = self._sent.popleft()
            if _succeeded(sent):  # each is built on the marker that the one before leaves
                raise RuntimeError(f"task {later.row.task_id} was executed, and one before it was not")
            again.append(later)
        self._executor.forget()
        marker = self._executor.marker_again()
        for task in again:
            if task.row.task_id <= marker:  # executed, only the answer was lost
                self._executor.executed(task)
                self._done(task)
            else:
                self._single(task)

    def _single(self, task: Task) -> None:
        self._executor.execute(task)
        self._done(task)


def _succeeded(sent: SentCommit) -> bool:
    try:
        return sent.succeeded()
    except KazooException:
        return False
