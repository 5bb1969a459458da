"""Writing 20,000 tasks to a durable MariaDB: ours, a bare executemany, and as Neutron's plug-in does."""

from __future__ import annotations

import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pymysql
from sqlalchemy import URL, DateTime, Integer, String, Text, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from benchmarks.measuring import answer, timed
from midonet_lab.neutron_database import create_neutron_database
from midonet_lab.processes.mariadb import MariaDB
from midonet_migrate.database.connection import open_engine
from midonet_migrate.model.plan import Task
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.target.task_rows import task_data
from midonet_migrate.target.task_table import TaskTable

ROWS = 20_000
ORM_ROWS = 2_000
"""A sample: the rate per row does not depend on how many follow."""


class Base(DeclarativeBase):
    """Of the ORM side."""


class TaskRow(Base):
    """The table as Neutron's plug-in maps it."""

    __tablename__ = "midonet_tasks"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    type: Mapped[str] = mapped_column(String(36))
    data_type: Mapped[str] = mapped_column(String(36))
    data: Mapped[str] = mapped_column(Text)
    resource_id: Mapped[str] = mapped_column(String(36))
    tenant_id: Mapped[str | None] = mapped_column(String(255))
    transaction_id: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(DateTime)


def _tasks(count: int) -> list[Task]:
    filler = {f"member_{number}": "x" * 40 for number in range(9)}
    tasks = []
    for number in range(1, count + 1):
        key = str(uuid.UUID(int=number + (4 << 76) + (8 << 60)))
        data = {"id": key, "name": f"port-{number}", **filler}
        tasks.append(
            Task(
                id=number,
                type="CREATE",
                data_type="PORT",
                resource_id=key,
                transaction_id=f"req-{key}",
                data=data,
            )
        )
    return tasks


def _ours(url: URL, tasks: list[Task]) -> None:
    engine = open_engine(url)
    with tempfile.TemporaryDirectory() as folder, RunDirectory(Path(folder) / "run", step="benchmark") as run:
        TaskTable(engine, run, importer_marker=None).write(tasks)
    engine.dispose()


def _values(task: Task) -> dict[str, object]:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    return {
        "id": task.id,
        "type": task.type,
        "data_type": task.data_type,
        "data": task_data(task),
        "resource_id": task.resource_id,
        "tenant_id": None,
        "transaction_id": task.transaction_id,
        "created_at": now,
    }


def _executemany(url: URL, tasks: list[Task]) -> None:
    """The driver alone: no check, no read-back."""
    connection = pymysql.connect(
        host=url.host,
        port=url.port or 3306,
        user=url.username,
        password=str(url.password),
        database=url.database,
    )
    rows = [tuple(_values(task).values()) for task in tasks]
    columns = ", ".join(_values(tasks[0]))
    statement = f"INSERT INTO midonet_tasks ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), 1000):
            cursor.executemany(statement, rows[start : start + 1000])
    connection.commit()
    connection.close()


def _orm(url: URL, tasks: list[Task]) -> None:
    engine = create_engine(url)
    with Session(engine) as session:
        for task in tasks:
            session.add(TaskRow(**_values(task)))
            session.commit()
    engine.dispose()


def main() -> None:
    """Each side writes to a database of its own on the same server, fsync on."""
    tasks = _tasks(ROWS)
    with tempfile.TemporaryDirectory() as folder, MariaDB(Path(folder)) as server:
        for name in ("warm", "ours", "many", "orm"):
            create_neutron_database(server, name, parts=("neutron", "lbaas", "midonet"))
        _executemany(server.url("warm"), tasks[:2000])
        many, _ = timed(lambda: _executemany(server.url("many"), tasks))
        ours, _ = timed(lambda: _ours(server.url("ours"), tasks))
        orm, _ = timed(lambda: _orm(server.url("orm"), tasks[:ORM_ROWS]))
    rates = {"ours": ROWS / ours, "executemany": ROWS / many, "orm": ORM_ROWS / orm}
    answer(
        {
            **{f"{name}, rows/s": round(rate) for name, rate in rates.items()},
            "ours, seconds for 20,000 (with checks and read-back)": round(ours, 2),
            "share of a bare executemany": round(rates["ours"] / rates["executemany"], 2),
            "ratio to ORM add + commit": round(rates["ours"] / rates["orm"], 1),
        }
    )


if __name__ == "__main__":
    main()
