"""The statements the importer sends to Neutron's database (imp 1.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

import pymysql

from midonet_lab.midonet5.importer.java import SQL, ImporterFailure
from midonet_lab.midonet5.importer.settings import ImporterSettings, JdbcTarget

_PENDING = (
    "SELECT id, type, data_type, resource_id, transaction_id, data FROM midonet_tasks "
    "WHERE id > %s OR (id = 1 AND type = 'FLUSH') ORDER BY id"
)
_MARKER = "UPDATE midonet_data_state SET last_processed_task_id=%s, updated_at=%s"
_CONNECT_SECONDS = 10


class Connection(Protocol):
    """A PyMySQL connection in autocommit."""

    def cursor(self) -> Any:
        """A cursor."""

    def close(self) -> None:
        """Close it."""


class TaskTable:
    """The task table; the connection is opened when needed and again after a failure."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None

    def pending(self, marker: int) -> list[Sequence[Any]]:
        """All rows behind the marker, and a FLUSH with id 1. Raises :class:`ImporterFailure`."""
        try:
            with self._open().cursor() as cursor:
                cursor.execute(_PENDING, (marker,))
                return list(cursor.fetchall())
        except pymysql.MySQLError as error:
            self.close()
            raise ImporterFailure(SQL, _text(error)) from error

    def write_marker(self, marker: int) -> None:
        """The marker and the time, in every row: the leader's heartbeat. Raises :class:`ImporterFailure`."""
        now = datetime.now()  # noqa: DTZ005 - the real one takes its host's local time
        try:
            with self._open().cursor() as cursor:
                cursor.execute(_MARKER, (marker, now))
        except pymysql.MySQLError as error:
            if not isinstance(error, pymysql.IntegrityError):
                self.close()
            raise ImporterFailure(SQL, _text(error)) from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(pymysql.MySQLError):
                self._connection.close()
        self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except pymysql.MySQLError as error:
                text = f"Cannot create PoolableConnectionFactory ({_text(error)})"
                raise ImporterFailure(SQL, text) from error
        return self._connection


def connector(target: JdbcTarget, settings: ImporterSettings) -> Callable[[], Connection]:
    """How to connect to the database of the settings."""

    def connect() -> Connection:
        return pymysql.connect(
            host=target.host,
            port=target.port,
            database=target.database,
            user=settings.user,
            password=settings.password,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
        )

    return connect


def _text(error: pymysql.MySQLError) -> str:
    return str(error.args[1]) if len(error.args) > 1 else str(error)
