"""Rows of one consistent snapshot, streamed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, TableClause, select
from sqlalchemy.exc import DBAPIError

from midonet_migrate.database.errors import error_number, translated_errors
from midonet_migrate.errors import Recovery, WrongState
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.run.progress import Phase

T = TypeVar("T")

_BATCH = 1000
_TABLE_CHANGED = 1412
"""ER_TABLE_DEF_CHANGED: the table was altered after the snapshot was taken."""


class Rows:
    """Reads whole tables, one SELECT each, in the database's order; never more than a batch in memory."""

    def __init__(self, connection: Connection, present: Collection[str], phase: Phase) -> None:
        """``present``: names of the tables that exist; others read as empty. ``phase`` counts rows."""
        self._connection = connection.execution_options(yield_per=_BATCH)
        self._present = present
        self._phase = phase

    def of(self, source: TableClause) -> Iterator[Row[Any]]:
        """The rows of a table, with the columns that ``source`` names."""
        if source.name not in self._present:
            return
        for batch in self._connection.execute(select(source)).partitions():
            self._phase.advance(len(batch))
            yield from batch

    def dicts(self, source: TableClause) -> Iterator[JsonObject]:
        """The rows as dicts of column to value."""
        for row in self.of(source):
            yield dict(row._mapping)

    def grouped(self, source: TableClause, owner: str, make: Callable[[Any], T]) -> dict[str, list[T]]:
        """``make(row)`` of every row, by the value of column ``owner``; rows with NULL there are left out."""
        groups: dict[str, list[T]] = {}
        for row in self.of(source):
            key = row._mapping[owner]
            if key is not None:
                groups.setdefault(key, []).append(make(row))
        return groups

    def mapping(self, source: TableClause, owner: str, value: str) -> dict[str, Any]:
        """Column ``owner`` to column ``value``."""
        return {row._mapping[owner]: row._mapping[value] for row in self.of(source)}


@contextmanager
def consistent_snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees the database as it is now and writes nothing (db 4 Snapshot; grammar of 5.5).

    Raises what ``translated_errors`` does; ``WrongState`` when somebody alters a table meanwhile.
    """
    with translated_errors(), engine.connect() as connection:
        pinned = connection.execution_options(isolation_level="REPEATABLE READ")
        try:
            pinned.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            yield pinned
        except DBAPIError as error:
            if error_number(error) != _TABLE_CHANGED:
                raise
            raise WrongState(
                "The tables of the Neutron database were changed while they were read",
                why=str(error.orig),
                hint="Let no migration or ALTER TABLE run on the Neutron database; then run again.",
                recovery=Recovery.RETRY,
            ) from error
        finally:
            pinned.rollback()
