"""What can be wrong with the database, and what the operator is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, make_url, text

from midonet_migrate.database.connection import open_engine
from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import (
    AccessDenied,
    AuthenticationFailed,
    Bug,
    ConfigError,
    DatabaseUnreachable,
    MigrateError,
    NotNeutron,
    WrongState,
)
from server_fixtures import Database
from unused_ports import refusing_port
from waiting import PATIENCE

SECRET = "s3cr3t-p@ss/w:rd"


def run(url: URL, *statements: str, seconds: float = PATIENCE) -> None:
    engine = open_engine(url, connect_timeout=seconds, read_timeout=seconds)
    try:
        with translated_errors(), engine.begin() as connection:
            for statement in statements or ("SELECT 1",):
                connection.execute(text(statement))
    finally:
        engine.dispose()


def shown(error: BaseException) -> str:
    """All that could be printed: the error, its members, and what caused it."""
    parts = []
    current: BaseException | None = error
    while current is not None:
        parts += [str(current), repr(current)]
        if isinstance(current, MigrateError):
            parts += [current.why, current.hint, *current.problems]
        current = current.__cause__
    return " ".join(parts)


def test_the_connection_is_utf8mb4_strict_and_repeatable(database: Database) -> None:
    engine = open_engine(database.url)
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT @@character_set_client, @@sql_mode, @@tx_isolation, @@session.max_allowed_packet")
        ).one()
    engine.dispose()
    assert list(row)[:3] == ["utf8mb4", "STRICT_ALL_TABLES", "REPEATABLE-READ"]


@pytest.mark.parametrize("driver", ["mysql", "mysql+mysqldb", "mysql+pymysql", "mariadb"])
def test_the_drivers_that_kilo_names_all_work(database: Database, driver: str) -> None:
    run(database.url.set(drivername=driver, query={"charset": "utf8", "use_unicode": "0"}))


@pytest.mark.parametrize("url", ["postgresql://u:p@h/neutron", "sqlite:////tmp/x", "mysql://u:p@h"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        open_engine(make_url(url))


def test_a_wrong_password_is_authentication_and_never_shown(database: Database) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        run(database.url.set(password=SECRET))
    assert caught.value.exit_status == 77
    assert SECRET not in shown(caught.value)


def test_an_unknown_database_is_not_neutron(database: Database) -> None:
    with pytest.raises(NotNeutron):
        run(database.url.set(database="no_such_database"))


@pytest.mark.parametrize("statement", ["SELECT * FROM no_such", "SELECT no_such FROM ports"])
def test_missing_tables_and_columns_are_not_neutron(database: Database, statement: str) -> None:
    with pytest.raises(NotNeutron):
        run(database.url, statement)


def test_missing_rights_are_access_denied(database: Database) -> None:
    user = f"reader_{database.name}"
    database.execute(
        f"CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 'x'",
        f"GRANT SELECT ON {database.name}.ports TO {user}@'127.0.0.1'",
    )
    url = database.url.set(username=user, password="x")
    try:
        run(url, "SELECT * FROM ports")
        for statement in ("DELETE FROM ports", "CREATE TABLE t (id INT)", "SELECT * FROM networks"):
            with pytest.raises(AccessDenied):
                run(url, statement)
        with pytest.raises(AccessDenied):
            run(url.set(database="mysql"))
    finally:
        database.execute(f"DROP USER {user}@'127.0.0.1'")


def test_nobody_listening_is_unreachable() -> None:
    with refusing_port() as port, pytest.raises(DatabaseUnreachable) as caught:
        run(URL.create("mysql", "u", SECRET, "127.0.0.1", port, "neutron"))
    assert caught.value.exit_status == 20
    assert SECRET not in shown(caught.value)


@contextmanager
def peer(answer: bytes) -> Iterator[int]:
    """Something that listens and is no database."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                link.sendall(answer)
                link.settimeout(5)
                try:
                    link.recv(1000)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\0\0\0\x0aabc\0"]
)
def test_another_kind_of_server_is_unreachable(answer: bytes) -> None:
    with peer(answer) as port, pytest.raises(DatabaseUnreachable):
        run(URL.create("mysql", "u", SECRET, "127.0.0.1", port, "neutron"), seconds=2)


def test_a_lock_held_by_others_is_named(database: Database) -> None:
    database.execute("INSERT INTO networks (id) VALUES ('n')")
    with database.server.connection(database.name) as other:
        other.begin()
        with other.cursor() as cursor:
            cursor.execute("UPDATE networks SET name = 'x'")
        with pytest.raises(WrongState, match="locks"):
            run(database.url, "SET innodb_lock_wait_timeout = 1", "UPDATE networks SET name = 'y'")


def test_a_connection_cut_while_in_use_is_unreachable(database: Database) -> None:
    with pytest.raises(DatabaseUnreachable):
        run(database.url, "KILL CONNECTION_ID()", "SELECT 1")


def test_what_nobody_expected_is_a_bug_and_shows_no_parameters(database: Database) -> None:
    engine = open_engine(database.url)
    with pytest.raises(Bug) as caught, translated_errors(), engine.begin() as connection:
        connection.execute(text("SELEKT :secret"), {"secret": SECRET})
    engine.dispose()
    assert "SELEKT" not in caught.value.what
    assert "{'secret'" not in shown(caught.value)
