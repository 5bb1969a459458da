"""Helpers of the importer's tests: tasks into a real database, one poll, what is then in ZooKeeper."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any
from uuid import uuid4

import pymysql
from kazoo.client import KazooClient

from midonet_lab import neutron_database
from midonet_lab.midonet5.importer import BackOff, Importer, LeaderLatch, TaskTable, lines
from midonet_lab.midonet5.store import Version, Zoom
from midonet_lab.processes.zookeeper import ZooKeeper
from server_fixtures import Database

ROOT = "/midonet"
HOST_ID = "8f0d3c1e-52b7-4a69-9d1c-0a1b2c3d4e5f"
FAST = BackOff(retries=2, base_seconds=0.01)
Row = Mapping[str, Any]


def task(
    data_type: str | None,
    data: Any = None,
    operation: str | None = "CREATE",
    *,
    transaction: str | None = None,
    resource: str | None = None,
) -> dict[str, Any]:
    """A row of ``midonet_tasks``; the id is the next one, the transaction a new one."""
    if resource is None and isinstance(data, dict):
        resource = data.get("id")
    text = data if data is None or isinstance(data, str) else json.dumps(data)
    return {
        "type": operation,
        "data_type": data_type,
        "data": text,
        "resource_id": resource,
        "transaction_id": transaction or str(uuid4()),
        "created_at": "2026-01-01 00:00:00",
    }


class ImportSite:
    """A store, a task table and an importer that leads; polls run when a test says so."""

    def __init__(self, database: Database, client: KazooClient, version: Version) -> None:
        self.database = database
        self.zoom = Zoom(client, ROOT, version)
        self.zoom.prepare()
        self.latch = LeaderLatch(client, f"{ROOT}/leader-latch", HOST_ID)
        self.latch.start()
        self.table = TaskTable(self.connect)
        self.importer = Importer(self.zoom, self.table, self.latch, back_off=FAST)
        self._neutron = self.connect()  # one for all statements of a test: each connection costs time

    def connect(self) -> pymysql.connections.Connection[Any]:
        """A connection as the importer's."""
        server = self.database.server
        return pymysql.connect(
            host="127.0.0.1",
            port=server.port,
            user="root",
            password=server.password,
            database=self.database.name,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,
        )

    def write(self, *rows: Row) -> None:
        """Add rows to the task table, in one transaction."""
        if not rows:
            return
        self._neutron.begin()
        with self._neutron.cursor() as cursor:
            for columns, same in groupby(rows, key=tuple):
                names, marks = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
                cursor.executemany(
                    f"INSERT INTO midonet_tasks ({names}) VALUES ({marks})", [dict(row) for row in same]
                )
        self._neutron.commit()

    def execute(self, statement: str) -> tuple[tuple[Any, ...], ...]:
        """Run a statement on Neutron's database; its rows."""
        with self._neutron.cursor() as cursor:
            cursor.execute(statement)
            return tuple(cursor.fetchall())

    def poll(self, *rows: Row) -> int:
        """Add rows and poll once; how many tasks were executed."""
        self.write(*rows)
        return self.importer.poll_once()

    def run(self, *rows: Row) -> int:
        """Like :meth:`poll`, and everything must be executed."""
        executed = self.poll(*rows)
        assert self.importer.last_failure is None, self.importer.last_failure
        return executed

    @property
    def failure(self) -> str:
        """The last poll's failure as the log shows it; empty after a good poll."""
        failure = self.importer.last_failure
        return "" if failure is None else "\n".join(lines(failure))

    @property
    def marker(self) -> int:
        """The marker in the store."""
        return int(self.zoom.get("C3POState", "00000000-0000-0000-0000-000000000001")["lastProcessedTaskId"])

    def nodes(self) -> dict[str, str]:
        """All persistent nodes as a recording has them: path to text, ``hex:`` for binary content."""
        found: dict[str, str] = {}
        for name in ("bridges", "routers", "sequences", "zoom"):
            found |= _nodes(self.zoom.client, f"{ROOT}/{name}")
        return {path.removeprefix(ROOT): text for path, text in found.items()}

    def close(self) -> None:
        """Leave the latch and the database."""
        self.latch.close()
        self.table.close()
        self._neutron.close()


@contextmanager
def import_site(database: Database, zookeeper: ZooKeeper, version: Version) -> Iterator[ImportSite]:
    """A site with empty task tables, in a database without Neutron's own."""
    database.load("SET FOREIGN_KEY_CHECKS = 0;\n" + neutron_database.schema_sql("midonet"))
    client = KazooClient(hosts=zookeeper.hosts)
    client.start(timeout=60)
    site = ImportSite(database, client, version)
    try:
        yield site
    finally:
        site.close()
        client.stop()
        client.close()


def _nodes(client: KazooClient, top: str) -> dict[str, str]:
    if client.exists(top) is None:
        return {}
    found: dict[str, str] = {}
    level = [top]
    while level:
        requests = [(path, client.get_async(path), client.get_children_async(path)) for path in level]
        level = []
        for path, content, children in requests:
            found[path] = _text(content.get()[0])
            level += [f"{path}/{name}" for name in children.get()]
    return found


def _text(data: bytes | None) -> str:
    if not data:
        return ""
    if data[0] == 0:
        return f"hex:{data.hex()}"
    return data.decode("utf-8")


def rows_of(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Recorded rows as the table takes them."""
    return [
        {
            "id": record["id"],
            "type": record["type"],
            "data_type": record["data_type"],
            "data": json.dumps(record["data"], ensure_ascii=False),
            "resource_id": record["resource_id"],
            "transaction_id": record["transaction_id"],
            "created_at": "2026-01-01 00:00:00",
        }
        for record in records
    ]
