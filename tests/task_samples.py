"""Small sets of tasks, and looking at the task table behind the product's back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Engine, text

from midonet_migrate.model.plan import Task

_NAMESPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


def sample_tasks(count: int, *, first_id: int = 1, salt: str = "", name: str = "público-外部") -> list[Task]:
    """``count`` CREATE tasks of networks; another ``salt`` gives other objects."""
    tasks = []
    for number in range(count):
        identifier = str(uuid5(_NAMESPACE, f"{salt}{number}"))
        tasks.append(
            Task(
                id=first_id + number,
                type="CREATE",
                data_type="NETWORK",
                resource_id=identifier,
                transaction_id=f"req-{identifier}",
                data={"id": identifier, "name": f"{name} '{number}' \\ \"%s\"", "mtu": 0, "tenant_id": None},
            )
        )
    return tasks


def all_rows(engine: Engine) -> list[dict[str, Any]]:
    """Every row of midonet_tasks, by id; nothing when there is no such table."""
    with engine.connect() as connection:
        if not connection.execute(text("SHOW TABLES LIKE 'midonet_tasks'")).all():
            return []
        rows = connection.execute(text("SELECT * FROM midonet_tasks ORDER BY id"))
        return [dict(row._mapping) for row in rows]


def execute(engine: Engine, *statements: str) -> None:
    """Run statements as somebody else would."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def insert_row(engine: Engine, number: int, **columns: Any) -> None:
    """A row that the product did not write: a harmless one, but for the given columns."""
    row = {
        "type": "DELETE",
        "data_type": "FLOATINGIP",
        "data": None,
        "resource_id": "0f0f0f0f-0000-4000-8000-000000000001",
        "transaction_id": "req-foreign",
    } | columns
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO midonet_tasks"
                " (id, type, data_type, data, resource_id, transaction_id, created_at)"
                " VALUES (:id, :type, :data_type, :data, :resource_id, :transaction_id, UTC_TIMESTAMP())"
            ),
            {"id": number, **row},
        )
