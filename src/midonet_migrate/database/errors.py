"""What a MySQL/MariaDB error means to an operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pymysql
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from midonet_migrate.errors import (
    AccessDenied,
    AuthenticationFailed,
    Bug,
    ConfigError,
    DatabaseUnreachable,
    MigrateError,
    NotNeutron,
    Recovery,
    WrongState,
)


def _refused_login(where: str, message: str) -> MigrateError:
    return AuthenticationFailed(
        f"{where} refuses the user name or password",
        why=message,
        hint="Check 'connection' in the [database] section of neutron.conf, and that this host may log in.",
    )


def _refused_operation(where: str, message: str) -> MigrateError:
    return AccessDenied(
        f"The database account may not do this in {where}",
        why=message,
        hint="It needs SELECT, INSERT, UPDATE, DELETE, CREATE, INDEX and REFERENCES on the database.",
    )


def _no_database(where: str, message: str) -> MigrateError:
    return NotNeutron(
        f"{where} does not exist",
        why=message,
        hint="Check the database name in 'connection' in the [database] section of neutron.conf.",
    )


def _not_kilo(where: str, message: str) -> MigrateError:
    return NotNeutron(
        f"{where} is not the database of a Neutron (Kilo)",
        why=message,
        hint="Check that 'connection' in neutron.conf names the Neutron database, migrated to the Kilo head.",
    )


def _unreachable(where: str, message: str) -> MigrateError:
    return DatabaseUnreachable(
        f"{where} does not answer",
        why=message,
        hint="Check host, port and that the server runs; then run the command again.",
        recovery=Recovery.RETRY,
    )


def _busy(where: str, message: str) -> MigrateError:
    return WrongState(
        f"Another session holds locks in {where}",
        why=message,
        hint="Stop neutron-server (freeze) and anything else that writes to the database; then run again.",
        recovery=Recovery.RETRY,
    )


def _read_only(where: str, message: str) -> MigrateError:
    return WrongState(
        f"{where} does not take writes",
        why=message,
        hint="Connect to the primary server, or switch off read_only.",
    )


def _full(where: str, message: str) -> MigrateError:
    return WrongState(
        f"{where} has no room left",
        why=message,
        hint="Free disk space on the database server; then run the command again.",
        recovery=Recovery.RETRY,
    )


def _packet_too_large(where: str, message: str) -> MigrateError:
    return WrongState(
        f"{where} refuses a statement of this size",
        why=message,
        hint="Raise max_allowed_packet on the database server, for new connections as well.",
    )


_MEANINGS: dict[int, Callable[[str, str], MigrateError]] = {
    1021: _full,  # ER_DISK_FULL
    1040: _unreachable,  # too many connections
    1041: _unreachable,  # out of resources
    1044: _refused_operation,  # access denied to database
    1045: _refused_login,
    1047: _unreachable,  # Galera: node not ready
    1049: _no_database,
    1053: _unreachable,  # server shutdown in progress
    1054: _not_kilo,  # unknown column
    1114: _full,  # table is full
    1129: _refused_login,  # host blocked after too many errors
    1130: _refused_login,  # host not allowed to connect
    1142: _refused_operation,  # command denied on table
    1143: _refused_operation,  # command denied on column
    1146: _not_kilo,  # no such table
    1153: _packet_too_large,
    1205: _busy,  # lock wait timeout
    1213: _busy,  # deadlock, also certification failure under Galera
    1227: _refused_operation,  # privilege needed
    1290: _read_only,
    1412: _busy,  # table definition changed under the snapshot
    1698: _refused_login,  # socket authentication
    1792: _read_only,  # read-only transaction
    1836: _read_only,
    3159: _refused_login,  # TLS required
}


def error_number(error: BaseException) -> int:
    """The server's or client library's error number; 0 when the exception carries none."""
    original = error.orig if isinstance(error, DBAPIError) else error
    arguments = getattr(original, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0


def _message(error: BaseException) -> str:
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    number = error_number(error)
    text = str(original.args[1]) if number and len(original.args) > 1 else str(original)
    return f"({number}) {text}" if number else text


def meaning_of(error: Exception, where: str) -> MigrateError:
    """The operator's version of a database exception. ``where`` starts the sentence."""
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return ConfigError(
            "The database URL cannot be used",
            why="It is not a URL of a MySQL or MariaDB database.",
            hint="Check 'connection' in the [database] section of neutron.conf.",
        )
    number = error_number(error)
    if number in _MEANINGS:
        return _MEANINGS[number](where, _message(error))
    # 2000-2999 are the client library's own: lost connection, no route, handshake refused.
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if 2000 <= number < 3000 or lost or isinstance(error, OSError):
        return _unreachable(where, _message(error))
    return Bug(f"{where} gave an error nobody expected", why=_message(error))


@contextmanager
def translated_errors(where: str = "The Neutron database") -> Iterator[None]:
    """Turn SQLAlchemy's and PyMySQL's exceptions into :class:`~midonet_migrate.errors.MigrateError`.

    Raises ``DatabaseUnreachable``, ``AuthenticationFailed``, ``AccessDenied``, ``NotNeutron``,
    ``WrongState`` (locks, read-only, disk or packet too small), ``ConfigError`` or ``Bug``. Other
    exceptions pass. ``where`` names the database in the message; it must hold no secret.
    """
    try:
        yield
    except (SQLAlchemyError, pymysql.Error) as error:
        raise meaning_of(error, where) from error
