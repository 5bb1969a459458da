"""Calling yum and rpm on a host."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeVar

from midonet_migrate.errors import MigrateError
from midonet_migrate.hosts.packages.calls import PackageCalls
from midonet_migrate.hosts.packages.yum_errors import busy, explain, is_busy, unreadable
from midonet_migrate.hosts.runner import Completed

_Read = TypeVar("_Read")


class YumCalls(PackageCalls):
    """See :class:`PackageCalls`. yum itself waits for its lock without end, which our settings forbid;
    rpm does not wait at all without a terminal."""

    # Their words are translated, and we read them.
    environment: ClassVar[Mapping[str, str]] = {"LC_ALL": "C", "LANG": "C"}

    def read(self, command: Sequence[str], done: Completed, reader: Callable[[str], _Read]) -> _Read:
        """What ``reader`` makes of an answer. Raises ``PackagesFailed`` when it makes no sense."""
        try:
            return reader(done.stdout)
        except ValueError as error:
            raise unreadable(shlex.join(command), done, error) from error

    def _is_busy(self, done: Completed) -> bool:
        return is_busy(done)

    def _busy(self, done: Completed, seconds: float) -> MigrateError:
        return busy(done, seconds)

    def _explain(self, command: str, done: Completed) -> MigrateError:
        return explain(command, done)
