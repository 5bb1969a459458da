"""Rows of ``midonet_tasks``: making, inserting, digesting and reading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
import pymysql
from sqlalchemy import Connection, text

from midonet_migrate.errors import Bug, WrongState
from midonet_migrate.model.plan import Task
from midonet_migrate.target.high_water_mark import HIGHEST_ID

STATEMENT_BYTES = 512 * 1024
"""No INSERT is longer, whatever the server allows: the old servers' default of max_allowed_packet is 1 MB."""
_ROW_OVERHEAD_BYTES = 1024
"""More than the INSERT's own text and all columns but ``data`` can take."""

_INSERT = (
    "INSERT INTO midonet_tasks"
    " (id, type, data_type, data, resource_id, tenant_id, transaction_id, created_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_BLOCK_ROWS = 1000
_DIGEST_DIGITS = 40
_ENCODER = json.JSONEncoder(sort_keys=True)
_SEPARATOR = "\x1f"
_NULL = "\x00"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row as it is to be in the table; ``digest`` is over everything but id and time."""

    id: int
    type: str
    data_type: str
    data: str
    resource_id: str
    transaction_id: str
    digest: str


def numbered(tasks: Sequence[Task], first_id: int) -> list[Task]:
    """The same tasks with consecutive ids from ``first_id``."""
    return [msgspec.structs.replace(task, id=number) for number, task in enumerate(tasks, first_id)]


def task_data(task: Task) -> str:
    """The text of the ``data`` column: ASCII JSON as the plug-in writes it (db 3.2), members sorted, so that
    the same task always gives the same bytes."""
    return _ENCODER.encode(task.data)


def rows_of(tasks: Sequence[Task]) -> list[Row]:
    """The rows of tasks. Raises ``Bug`` when ids are not ascending without gaps, or a column is too small."""
    for number, task in enumerate(tasks, tasks[0].id if tasks else 0):
        if task.id != number:
            raise Bug(f"Task ids are not consecutive at {task.id}")
    return [row_of(task) for task in tasks]


def row_of(task: Task) -> Row:
    """The row of one task. Raises ``Bug`` when a column is too small for it."""
    if task.id < 1 or len(task.transaction_id) > 40 or len(task.resource_id) > 36 or len(task.data_type) > 36:
        raise Bug(f"Task {task.id} does not fit into the columns of midonet_tasks")
    data = task_data(task)
    digest = _digest(task.type, task.data_type, data, task.resource_id, task.transaction_id)
    return Row(task.id, task.type, task.data_type, data, task.resource_id, task.transaction_id, digest)


def _digest(kind: str, data_type: str, data: str, resource_id: str, transaction_id: str) -> str:
    content = _SEPARATOR.join((kind, data_type, data, resource_id, _NULL, transaction_id))
    return hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()


def _server_digest() -> str:
    """The expression that makes a row's digest on the server, with functions that MySQL 5.5 has."""
    members = ", ".join(
        f"COALESCE(CONVERT({column} USING utf8), _utf8 0x00)"
        for column in ("type", "data_type", "data", "resource_id", "tenant_id", "transaction_id")
    )
    # A row larger than max_allowed_packet gives NULL: none of those is ours.
    return f"COALESCE(SHA1(CONCAT_WS(_utf8 0x1F, {members})), '')"


def read_digests(connection: Connection, first: int = 0, last: int = HIGHEST_ID) -> dict[int, str]:
    """Id -> digest of the rows with these ids, in order of ids; the server computes the digests."""
    statement = f"SELECT id, {_server_digest()} FROM midonet_tasks WHERE id BETWEEN %s AND %s ORDER BY id"  # noqa: S608
    rows = connection.exec_driver_sql(statement, (first, last))
    return {int(number): str(digest) for number, digest in rows}


def unequal_rows(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Those of ``rows`` that the table does not have exactly so.

    The server sends one digest for many rows; single rows are only asked for where that differs.
    """
    if not rows:
        return []
    connection.exec_driver_sql(f"SET SESSION group_concat_max_len = {_BLOCK_ROWS * _DIGEST_DIGITS}")
    statement = (
        f"SELECT id DIV {_BLOCK_ROWS},"  # noqa: S608 (constants)
        f" SHA1(GROUP_CONCAT({_server_digest()} ORDER BY id SEPARATOR ''))"
        f" FROM midonet_tasks WHERE id BETWEEN %s AND %s GROUP BY id DIV {_BLOCK_ROWS}"
    )
    answers = connection.exec_driver_sql(statement, (rows[0].id, rows[-1].id))
    found = {int(block): digest for block, digest in answers}
    unequal: list[Row] = []
    for block, members in groupby(rows, key=lambda row: row.id // _BLOCK_ROWS):
        wanted = list(members)
        digests = "".join(row.digest for row in wanted)
        if found.get(block) != hashlib.sha1(digests.encode(), usedforsecurity=False).hexdigest():
            single = read_digests(connection, wanted[0].id, wanted[-1].id)
            unequal.extend(row for row in wanted if single.get(row.id) != row.digest)
    return unequal


def statement_limit(connection: Connection) -> int:
    """How long one INSERT may be: 512 KiB, or less where the server takes less."""
    return min(STATEMENT_BYTES, _max_allowed_packet(connection) - _ROW_OVERHEAD_BYTES)


def _max_allowed_packet(connection: Connection) -> int:
    return int(connection.execute(text("SELECT @@max_allowed_packet")).scalar_one())


def require_rows_fit(connection: Connection, rows: Iterable[Row]) -> None:
    """Raise ``WrongState``, naming every task that is larger than the server takes (db 4 Size)."""
    packet = _max_allowed_packet(connection)
    room = packet - _ROW_OVERHEAD_BYTES
    too_large = []
    for row in rows:
        # Escaping at most doubles a text; the exact length is only looked at when that might matter.
        if 2 * len(row.data) <= room:
            continue
        size = len(pymysql.converters.escape_string(row.data))
        if size > room:
            too_large.append(f"task {row.id}, {row.type} {row.data_type} {row.resource_id}: {size} bytes")
    if too_large:
        raise WrongState(
            f"{len(too_large)} of the tasks are larger than the database server takes",
            why=f"max_allowed_packet is {packet} bytes.",
            hint="Raise max_allowed_packet on the server (SET GLOBAL max_allowed_packet = ..., and in"
            " my.cnf), on every node of a cluster; the importer must be able to read the rows as well.",
            problems=too_large,
        )


def insert_rows(connection: Connection, rows: Sequence[Row], created_at: datetime) -> None:
    """Insert rows in the connection's transaction, many per statement.

    ``created_at`` is UTC; it is stored naive, in whole seconds (db 3.2). ``tenant_id`` stays NULL, as in an
    admin context.
    """
    if not rows:
        return
    stamp = created_at.replace(tzinfo=None, microsecond=0)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.max_stmt_length = statement_limit(connection)
        cursor.executemany(
            _INSERT,
            (
                (row.id, row.type, row.data_type, row.data, row.resource_id, None, row.transaction_id, stamp)
                for row in rows
            ),
        )


def read_rows(connection: Connection, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Whole rows, for copies and for messages."""
    rows = connection.execute(
        text(
            "SELECT id, type, data_type, data, resource_id, tenant_id, transaction_id, created_at"
            " FROM midonet_tasks WHERE id BETWEEN :first AND :last ORDER BY id"
        ),
        {"first": first, "last": last},
    )
    for row in rows:
        content = dict(row._mapping)
        content["created_at"] = content["created_at"].isoformat() if content["created_at"] else None
        yield content
