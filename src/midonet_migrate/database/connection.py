"""One way to open the Neutron database, for reader and writer alike."""

from __future__ import annotations

import struct
from typing import Any

import pymysql
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from midonet_migrate.errors import ConfigError

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 300
_DRIVER = "mysql+pymysql"
_KEPT_URL_OPTIONS = ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_disabled", "ssl_verify_cert")
"""Options of a URL that PyMySQL understands; others of Kilo's drivers (charset, use_unicode) are set here."""

_NOT_MYSQL = (
    pymysql.err.InternalError,
    struct.error,
    IndexError,
    UnicodeDecodeError,
    AssertionError,
    TypeError,
    ValueError,
)
"""What PyMySQL lets out when the peer speaks another protocol."""


def _pymysql_url(url: URL) -> URL:
    if url.get_backend_name() not in {"mysql", "mariadb"}:
        raise ConfigError(
            f"A {url.get_backend_name()} database is not supported",
            why="MidoNet's tasks live in the Neutron database of MySQL or MariaDB.",
            hint="Check 'connection' in the [database] section of neutron.conf.",
        )
    if not url.database:
        raise ConfigError(
            "The database URL names no database",
            hint="Check 'connection' in the [database] section of neutron.conf.",
        )
    kept = {name: value for name, value in url.query.items() if name in _KEPT_URL_OPTIONS}
    return url.set(drivername=_DRIVER, query=kept)


def open_engine(
    url: URL,
    *,
    connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
    read_timeout: float = READ_TIMEOUT_SECONDS,
) -> Engine:
    """An engine with one connection, opened at first use.

    Whatever driver the URL names (Kilo's is ``mysql://`` or ``mysql+mysqldb://``), PyMySQL is used, with
    utf8mb4 (db 4 Text), REPEATABLE READ and a strict SQL mode of its own, so that nothing is ever cut
    silently, whatever the server's defaults. Exceptions show no parameters of statements.

    Raises ``ConfigError`` when the URL is not that of a MySQL/MariaDB database. Errors of the connection
    itself come at first use: wrap the use in :func:`~midonet_migrate.database.errors.translated_errors`.
    """
    engine = create_engine(
        _pymysql_url(url),
        pool_size=1,
        max_overflow=0,
        pool_timeout=connect_timeout,
        isolation_level="REPEATABLE READ",
        hide_parameters=True,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
            "write_timeout": read_timeout,
            "sql_mode": "STRICT_ALL_TABLES",
        },
    )
    event.listen(engine, "do_connect", _connect)
    return engine


def _connect(
    dialect: Dialect, _record: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]
) -> Any:
    try:
        return dialect.connect(*arguments, **options)
    except _NOT_MYSQL as error:
        peer = f"{options.get('host', 'localhost')}:{options.get('port', 3306)}"
        raise pymysql.err.OperationalError(2012, f"{peer} does not speak MySQL's protocol") from error
    except RuntimeError as error:  # PyMySQL without 'cryptography', asked for MySQL 8's login
        raise pymysql.err.OperationalError(2059, f"login method not supported: {error}") from error
