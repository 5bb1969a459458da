"""Neutron (Kilo) databases on a server of the practice site."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, Literal

from sqlalchemy import column, delete, insert, table
from sqlalchemy.dialects.mysql.pymysql import dialect as mysql_dialect

from midonet_lab.processes.mariadb import PACKAGE, MariaDB
from midonet_lab.processes.server_process import ServerFailed, program

Part = Literal["neutron", "lbaas", "midonet"]
KILO: tuple[Part, ...] = ("neutron", "lbaas")
"""What every Kilo database has; ``midonet`` is there only where ``midonet-db-manage`` has run (db 1.4)."""

_BATCH = 500
_NAME = re.compile(r"\w+")
_DIALECT = mysql_dialect(paramstyle="pyformat")


def schema_sql(part: Part) -> str:
    """The CREATE TABLE statements of one part of the schema, with its alembic version row."""
    return resources.files("midonet_lab.schema").joinpath(f"{part}.sql").read_text(encoding="utf-8")


def create_neutron_database(
    server: MariaDB, name: str, *, parts: Iterable[Part] = KILO, charset: str = "utf8"
) -> None:
    """Create database ``name`` with the tables of these parts; ``charset`` is its default (db 4 Text).

    Raises ``ValueError`` for a name that is not a plain word; pymysql's errors when it exists already.
    """
    _checked(name, charset)
    server.execute(f"CREATE DATABASE {name} CHARACTER SET {charset}")
    for part in parts:
        load_sql(server, name, schema_sql(part))


def drop_database(server: MariaDB, name: str) -> None:
    """Drop database ``name`` if it exists."""
    _checked(name)
    server.execute(f"DROP DATABASE IF EXISTS {name}")


def load_sql(server: MariaDB, database: str, sql: str) -> None:
    """Run a file of SQL (a dump, say) with MariaDB's own client. Raises ``ServerFailed`` with its message."""
    options = server.directory / "client.cnf"
    options.touch(mode=0o600)
    options.write_text(f"[client]\nuser=root\npassword={server.password}\n", encoding="ascii")
    command = [
        program("mariadb", "mysql", package=PACKAGE),
        f"--defaults-file={options}",
        "--protocol=tcp",
        "--host=127.0.0.1",
        f"--port={server.port}",
        "--default-character-set=utf8mb4",
        database,
    ]
    done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", errors="replace").strip()
        raise ServerFailed(f"SQL for database {database} was refused", why=message)


def load_rows(
    server: MariaDB,
    database: str,
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    check_references: bool = False,
) -> None:
    """Insert rows by table, in batches. The rows of a table may name different columns.

    ``check_references``: let foreign keys be checked; otherwise tables may come in any order, and rows
    may refer to what does not exist. ``alembic_version*`` rows replace those that are there. Raises
    pymysql's errors.
    """
    with server.connection(database) as connection, connection.cursor() as cursor:
        connection.autocommit(False)
        cursor.execute(f"SET SESSION FOREIGN_KEY_CHECKS = {int(check_references)}")
        for name, items in rows.items():
            if name.startswith("alembic_version"):
                cursor.execute(str(delete(table(name)).compile(dialect=_DIALECT)))
            for columns, values in _by_columns(items).items():
                statement = insert(table(name, *(column(each) for each in columns)))
                text = str(statement.compile(dialect=_DIALECT))
                for start in range(0, len(values), _BATCH):
                    cursor.executemany(text, values[start : start + _BATCH])
        connection.commit()


def _by_columns(items: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    grouped: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for item in items:
        grouped.setdefault(tuple(item), []).append(item)
    return grouped


def _checked(*words: str) -> None:
    for word in words:
        if not _NAME.fullmatch(word):
            raise ValueError(f"not a plain word: {word!r}")
