"""The highest task id that may ever have been used (db 4, imp 1.7).

The importer skips every row whose id is not above its marker, and old servers forget their counter with a
restart. So new tasks get explicit ids above everything any place remembers.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, text

from midonet_migrate.errors import WrongState
from midonet_migrate.target.task_tables_schema import TaskTables

HIGHEST_ID = 2**31 - 2
"""Ids are INT in the table and in the importer; one is left for the counter to stand on."""


class HighWaterMark(msgspec.Struct, kw_only=True, frozen=True):
    """What each place remembers; 0 where it remembers nothing."""

    run_directory: int = 0
    highest_row: int = 0
    data_state: int = 0
    counter: int = 0
    """AUTO_INCREMENT - 1."""
    importer_marker: int = 0
    """C3POState.lastProcessedTaskId in ZooKeeper."""

    @property
    def value(self) -> int:
        """New ids must be above this."""
        return max(self.run_directory, self.highest_row, self.data_state, self.counter, self.importer_marker)


def read_high_water_mark(
    connection: Connection, tables: TaskTables, *, run_directory: int, importer_marker: int | None
) -> HighWaterMark:
    """Ask every place. Changes nothing."""
    highest_row = data_state = counter = 0
    if tables.has_tasks:
        highest_row = int(connection.execute(text("SELECT MAX(id) FROM midonet_tasks")).scalar() or 0)
        counter = _counter(connection)
    if tables.has_data_state:
        data_state = int(
            connection.execute(text("SELECT MAX(last_processed_task_id) FROM midonet_data_state")).scalar()
            or 0
        )
    return HighWaterMark(
        run_directory=run_directory,
        highest_row=highest_row,
        data_state=data_state,
        counter=counter,
        importer_marker=importer_marker or 0,
    )


def _counter(connection: Connection) -> int:
    # MySQL 8 shows a cached value unless told otherwise; other servers do not know the variable.
    if connection.execute(text("SHOW VARIABLES LIKE 'information_schema_stats_expiry'")).first() is not None:
        connection.execute(text("SET SESSION information_schema_stats_expiry = 0"))
    value = connection.execute(
        text(
            "SELECT auto_increment FROM information_schema.tables"
            " WHERE table_schema = DATABASE() AND table_name = 'midonet_tasks'"
        )
    ).scalar()
    return int(value) - 1 if value else 0


def require_room(mark: HighWaterMark, count: int) -> None:
    """Raise ``WrongState`` when ``count`` ids above the mark do not fit into INT (db 4)."""
    if mark.value + count > HIGHEST_ID:
        raise WrongState(
            f"No {count} task ids are left above {mark.value}",
            why="The table and the importer hold ids as 32-bit integers.",
            hint="Look where the number comes from: the counter of midonet_tasks, a row with a huge id, or"
            " C3POState in ZooKeeper. Only with all rows deleted and no 5.x topology may it be set back.",
            problems=[
                f"highest row: {mark.highest_row}",
                f"midonet_data_state: {mark.data_state}",
                f"AUTO_INCREMENT - 1: {mark.counter}",
                f"importer's marker: {mark.importer_marker}",
                f"run directory: {mark.run_directory}",
            ],
        )
