"""Reading the task table for the doctor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Engine, text

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.model.plan import Task
from midonet_migrate.plan.diagnosis.model import SiteFacts
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.validate import TaskRow

_ROWS = (
    "SELECT id, type, data_type, resource_id, transaction_id, data FROM midonet_tasks"
    " WHERE id > :after ORDER BY id LIMIT 2000"
)


def read_rows(connection: Connection) -> Iterator[TaskRow]:
    """Every row, in order of ids, some thousands at a time."""
    after = -(2**31)
    while True:
        rows = connection.execute(text(_ROWS), {"after": after}).all()
        for row in rows:
            yield TaskRow(
                id=int(row[0]),
                type=row[1],
                data_type=row[2],
                resource_id=row[3],
                transaction_id=row[4] or "",
                data=row[5],
            )
        if not rows:
            return
        after = int(rows[-1][0])


def read_site_facts(
    engine: Engine,
    *,
    version: TargetVersion,
    marker: int | None,
    plan: Mapping[int, Task],
    hosts: Mapping[str, str],
    request_limit: int,
) -> SiteFacts:
    """The table as it is committed now, with what is known of the rest. Changes nothing.

    Raises ``DatabaseUnreachable`` and whatever else the database refuses with.
    """
    with translated_errors(), engine.connect() as connection:
        rows = tuple(read_rows(connection))
        connection.rollback()
    return SiteFacts(
        version=version, marker=marker, rows=rows, plan=plan, hosts=hosts, request_limit=request_limit
    )
