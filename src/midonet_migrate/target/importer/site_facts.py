"""Reading the task table for the doctor: executed rows while the import goes on, waiting ones when asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from sqlalchemy import Connection, Engine, text

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.model.plan import Task
from midonet_migrate.plan.diagnosis.executed import ExecutedRows
from midonet_migrate.plan.diagnosis.model import SiteFacts
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.validate import TaskRow

_COLUMNS = "SELECT id, type, data_type, resource_id, transaction_id, data FROM midonet_tasks"
_ROWS = f"{_COLUMNS} WHERE id > :after AND id <= :last ORDER BY id LIMIT 2000"
_FLUSH = f"{_COLUMNS} WHERE id = 1 AND type = 'FLUSH'"
_BEFORE_ALL, _BEHIND_ALL = -(2**31), 2**31 - 1
_BETWEEN_GLANCES = 100


def read_rows(connection: Connection, after: int = _BEFORE_ALL, last: int = _BEHIND_ALL) -> Iterator[TaskRow]:
    """Rows with ids above ``after`` up to ``last``, in order of ids; some thousands are read at a time."""
    while True:
        rows = connection.execute(text(_ROWS), {"after": after, "last": last}).all()
        yield from map(_row, rows)
        if not rows:
            return
        after = int(rows[-1][0])


class TableReader:
    """Reads one site's task table for the doctor. What is executed is read once, and remembered.

    The importer never comes back to a row that its marker has passed, nor to one that became visible below
    it (imp 1.7): what is remembered stays true as long as the marker goes up and the Hosts stay the same.
    Methods raise ``DatabaseUnreachable`` and whatever else the database refuses with.
    """

    def __init__(self, engine: Engine, version: TargetVersion) -> None:
        self._engine = engine
        self._version: TargetVersion = version
        self._executed: ExecutedRows | None = None

    @property
    def last_id(self) -> int | None:
        """The id of the last executed row that is remembered."""
        return None if self._executed is None else self._executed.last_id

    @property
    def hosts(self) -> Mapping[str, str] | None:
        """The Hosts that the remembered rows were executed with; None before anything is remembered."""
        return None if self._executed is None else self._executed.hosts

    def catch_up(self, marker: int, hosts: Mapping[str, str], *, until: float = inf) -> ExecutedRows:
        """Take over the rows up to ``marker``, at most until ``until`` of the monotonic clock."""
        executed = self._executed
        if executed is None or executed.hosts != hosts or (executed.last_id or marker) > marker:
            executed = self._executed = ExecutedRows(self._version, hosts)
        after = _BEFORE_ALL if executed.last_id is None else executed.last_id
        with translated_errors(), self._engine.connect() as connection:
            for number, row in enumerate(read_rows(connection, after, marker), 1):
                executed.execute(row)
                if number % _BETWEEN_GLANCES == 0 and time.monotonic() >= until:
                    break
            connection.rollback()
        return executed

    def read(
        self, marker: int | None, *, plan: Mapping[int, Task], hosts: Mapping[str, str], request_limit: int
    ) -> SiteFacts:
        """The table as it is committed now, with what is known of the rest. Changes nothing."""
        executed = None if marker is None else self.catch_up(marker, hosts)
        after = _BEFORE_ALL if marker is None else marker
        with translated_errors(), self._engine.connect() as connection:
            flush = [] if after < 1 else connection.execute(text(_FLUSH)).all()
            rows = (*map(_row, flush), *read_rows(connection, after))
            connection.rollback()
        return SiteFacts(
            version=self._version,
            marker=marker,
            rows=rows,
            plan=plan,
            hosts=hosts,
            request_limit=request_limit,
            executed=executed,
        )


def _row(columns: Any) -> TaskRow:
    return TaskRow(
        id=int(columns[0]),
        type=columns[1],
        data_type=columns[2],
        resource_id=columns[3],
        transaction_id=columns[4] or "",
        data=columns[5],
    )
