"""Fixtures of real MariaDB and ZooKeeper servers: one of each per test process, gone with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from midonet_lab import neutron_database
from midonet_lab.processes import mariadb, zookeeper
from midonet_lab.processes.mariadb import MariaDB
from midonet_lab.processes.zookeeper import ZooKeeper

_NUMBERS = count(1)


@dataclass
class Database:
    """A database of a test's own, on a server shared by the tests of this process."""

    server: MariaDB = field(repr=False)
    name: str

    @property
    def url(self) -> URL:
        """Its URL as root."""
        return self.server.url(self.name)

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in autocommit; the rows of the last."""
        return self.server.execute(*statements, database=self.name)

    def load(self, sql: str) -> None:
        """Run a whole file of SQL."""
        neutron_database.load_sql(self.server, self.name, sql)

    def load_rows(self, rows: dict[str, list[dict[str, Any]]], *, check_references: bool = False) -> None:
        """Insert rows by table."""
        neutron_database.load_rows(self.server, self.name, rows, check_references=check_references)


StartMariaDB = Callable[..., MariaDB]
"""``start(**options)``: a MariaDB with these server options; one per set of options in a test process."""


@pytest.fixture(scope="session")
def start_mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartMariaDB]:
    """Starts further MariaDB servers: ``start_mariadb(max_allowed_packet="1M", sql_mode="")``."""
    servers: dict[tuple[tuple[str, str], ...], MariaDB] = {}
    base = tmp_path_factory.mktemp("mariadb-template")
    template = base / "data"

    with ExitStack() as stack:
        stack.callback(shutil.rmtree, base, ignore_errors=True)

        def start(**options: str) -> MariaDB:
            key = tuple(sorted(options.items()))
            if key not in servers:
                directory = tmp_path_factory.mktemp("mariadb")
                stack.callback(shutil.rmtree, directory, ignore_errors=True)
                server = MariaDB(
                    directory,
                    options={**mariadb.FAST_AND_UNSAFE, **options},
                    template=template,
                    disposable=True,
                )
                servers[key] = stack.enter_context(server)
            return servers[key].start()

        yield start


@pytest.fixture(scope="session")
def mariadb_server(start_mariadb: StartMariaDB) -> MariaDB:
    """A MariaDB server with default options."""
    return start_mariadb()


@pytest.fixture
def empty_database(mariadb_server: MariaDB) -> Iterator[Database]:
    """A new database without tables, dropped afterwards."""
    name = f"test_{next(_NUMBERS)}"
    neutron_database.create_neutron_database(mariadb_server, name, parts=())
    yield Database(mariadb_server, name)
    neutron_database.drop_database(mariadb_server.start(), name)


@pytest.fixture
def database(mariadb_server: MariaDB) -> Iterator[Database]:
    """A new database with the tables of a Kilo Neutron, without those of MidoNet's plug-in."""
    name = f"test_{next(_NUMBERS)}"
    neutron_database.create_neutron_database(mariadb_server, name)
    yield Database(mariadb_server, name)
    neutron_database.drop_database(mariadb_server.start(), name)


@pytest.fixture
def golden_database(database: Database, golden: Path) -> Database:
    """The database of the recorded site."""
    database.load((golden / "site-b" / "neutron.sql").read_text(encoding="utf-8"))
    return database


@pytest.fixture(scope="session")
def zookeeper_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZooKeeper]:
    """A ZooKeeper server; sessions may be as short as 0.4 seconds."""
    directory = tmp_path_factory.mktemp("zookeeper")
    server = ZooKeeper(
        directory,
        options=zookeeper.FAST_AND_UNSAFE,
        java_options=zookeeper.FAST_AND_UNSAFE_JAVA,
        disposable=True,
    )
    with server:
        yield server
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def zookeeper_root(zookeeper_server: ZooKeeper) -> Iterator[ZooKeeper]:
    """The same server with an empty tree; emptied again afterwards."""
    yield zookeeper_server.start()
    zookeeper_server.start().wipe()
