"""Rows of ``midonet_tasks`` that this program did not write (db 1.4, imp 1.5, 1.7, 1.9).

They are never touched. The importer executes those above its marker before ours, so what it would choke
on, and what would make one of ours fail, stops the run here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, text

from midonet_migrate.errors import WrongState
from midonet_migrate.model.plan import Finding
from midonet_migrate.target.task_rows import Row

_RULE = "foreign-task"
_TYPES = frozenset({"CREATE", "UPDATE", "DELETE"})
_DATA_TYPES = frozenset(
    {
        "AGENTMEMBERSHIP",
        "CONFIG",
        "FIREWALL",
        "FLOATINGIP",
        "HEALTHMONITOR",
        "MEMBER",
        "NETWORK",
        "POOL",
        "PORT",
        "PORTBINDING",
        "ROUTER",
        "ROUTERINTERFACE",
        "SECURITYGROUP",
        "SECURITYGROUPRULE",
        "SUBNET",
        "VIP",
    }
)
"""What every 5.x importer knows and a Kilo plug-in or the earlier migration tool writes (db 3.1)."""
_ROWS_AT_A_TIME = 1000
_JAVA_UUID = re.compile(r"[0-9a-fA-F]+(-[0-9a-fA-F]+){4}")


def inspect_foreign_tasks(
    connection: Connection, foreign: Collection[int], marker: int, ours: Sequence[Row]
) -> list[Finding]:
    """Findings about the rows ``foreign`` that the importer has not executed yet (id above ``marker``).

    Raises ``WrongState`` when one of them is a FLUSH, cannot be read by the importer, or creates what a task
    of ours creates: each would block the import for ever. All are listed, with the SQL that removes them.
    """
    if not foreign:
        return []
    created = frozenset((row.data_type, row.resource_id) for row in ours if row.type == "CREATE")
    configs = 0
    problems: dict[int, str] = {}
    findings: list[Finding] = []
    for row in _read(connection, foreign):
        # A FLUSH with id 1 is selected whatever the marker says.
        if row.id <= marker and not (row.id == 1 and row.type == "FLUSH"):
            continue
        configs += row.data_type == "CONFIG" and row.type == "CREATE"
        if (problem := _obstacle(row, created, configs)) is not None:
            problems[row.id] = f"row {row.id}, {row.type} {row.data_type} {row.resource_id}: {problem}"
        else:
            findings.append(_finding(row))
    if problems:
        _refuse(problems)
    return findings


def _read(connection: Connection, foreign: Collection[int]) -> Iterator[Any]:
    statement = text(
        "SELECT id, type, data_type, resource_id, data FROM midonet_tasks WHERE id IN :numbers ORDER BY id"
    ).bindparams(bindparam("numbers", expanding=True))
    numbers = sorted(foreign)
    for start in range(0, len(numbers), _ROWS_AT_A_TIME):
        yield from connection.execute(statement, {"numbers": numbers[start : start + _ROWS_AT_A_TIME]})


def _obstacle(row: Any, created: frozenset[tuple[str, str]], configs: int) -> str | None:
    if row.type == "FLUSH":
        return "FLUSH is not implemented in the importer and stops it"
    if row.type not in _TYPES:
        return "the importer does not know this type"
    if row.data_type not in _DATA_TYPES:
        return "the importer does not know this data_type"
    if row.resource_id is not None and not _JAVA_UUID.fullmatch(row.resource_id):
        return "resource_id is not a UUID"
    if row.type == "DELETE":
        return "a DELETE without resource_id" if row.resource_id is None else None
    try:
        content = json.loads(row.data or "")
    except ValueError:
        return "data is not JSON"
    if not isinstance(content, dict):
        return "data is not a JSON object"
    names = {(row.data_type, row.resource_id), (row.data_type, str(content.get("id")))}
    if row.type == "CREATE" and not names.isdisjoint(created):
        return "the plan creates this object too, and a second CREATE fails"
    if row.data_type == "CONFIG" and configs > 1:
        return "a second CONFIG fails in the importer"
    return None


def _finding(row: Any) -> Finding:
    # The first CONFIG of a starting plug-in, and a sentinel that keeps the counter up, are as expected.
    expected = row.data_type == "CONFIG" or (row.type, row.data_type) == ("DELETE", "FLOATINGIP")
    return Finding(
        level="info" if expected else "warning",
        rule=_RULE,
        kind="task",
        id=str(row.id),
        message=f"Row {row.id} of midonet_tasks ({row.type} {row.data_type} {row.resource_id}) is not of this"
        " plan; the importer will execute it before the plan's tasks.",
        remedy="" if expected else _removal([row.id]),
    )


def _removal(numbers: Iterable[int]) -> str:
    listed = ", ".join(str(number) for number in numbers)
    return " ".join(
        [
            "If nothing needs it: UPDATE midonet_data_state SET last_processed_task_id = NULL;",
            "DELETE FROM midonet_tasks WHERE id IN",
            f"({listed});",
        ]
    )


def _refuse(problems: dict[int, str]) -> None:
    raise WrongState(
        f"{len(problems)} rows of midonet_tasks that are not of this plan would block the import",
        why="The importer executes rows in the order of their ids and never skips one that fails.",
        hint=f"Find out who wrote them (a plug-in, an earlier tool). {_removal(problems)}",
        problems=list(problems.values()),
    )
