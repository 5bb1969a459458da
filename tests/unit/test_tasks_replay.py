"""The simulated importer against what real importers of 5.2.1 and 5.0.2 did with 240 experiments each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from importer_records import (
    NETWORK,
    ROUTER,
    SUBNET,
    Record,
    base,
    collision_base,
    is_apart,
    read_records,
    record_rows,
    row,
    subnet_row,
    uplink_base,
)
from midonet_migrate.plan.tasks import Existing, RowProblem, TaskRow, validate_rows
from midonet_migrate.plan.tasks.schema import TargetVersion
from recorded_obstacles import is_size

HOST = "cccccccc-"
COLLIDING = "collision: derived ids of two (router, interface port) pairs with equal XOR"

WITHOUT_ROWS = {
    "silent effects: sentences, not rows (tests of the rewrites)": 32,
    "size experiments: no rule refuses them, their sum does (test_tasks_size, the doctor, the lab)": 17,
}


def _hosts(seen_tasks: list[str], records: list[Record]) -> dict[str, str]:
    ids = [
        row["resource_id"]
        for record in records
        for row in record.get("rows") or []
        if (row.get("resource_id") or "").startswith(HOST)
    ]
    by_hand = any("written to ZOOM by hand" in task for task in seen_tasks)
    return {"gwhost": ids[0]} if by_hand else {}


def _agrees(record: Record, problems: list[RowProblem]) -> bool:
    """The same verdict; if blocking, also the same extent, row and missing or existing object."""
    if not record["blocking"]:
        return problems == []
    if len(problems) != 1 or problems[0].scope != record["scope"]:
        return False
    problem, error = problems[0], str(record["error_message"])
    if (
        problem.scope == "task"
        and record["task"] != COLLIDING
        and problem.row != record["executed_before_error"]
    ):
        return False
    named = re.search(r"(?:no|A\(n\)) (\w+) with ID (\S+)", error)
    tells = problem.rule in {"not-found", "exists"} and named is not None
    return not tells or (named is not None and named.group(2).rstrip(".") in problem.message)


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_every_recorded_experiment_ends_as_on_the_real_importer(golden: Path, version: TargetVersion) -> None:
    """Blocking there = one problem here, at the same row; executed there = none here. No exceptions."""
    records = [record for record in _with_a_verdict(golden) if record["version"] == version]
    before, session, seen, wrong = base(), "base", [""], []
    for record in records:
        task = record["task"]
        wanted = "uplink" if task.startswith(("UPLINK interface", "PORT extra_dhcp_opts with")) else session
        wanted = "collision" if task.startswith("collision") else wanted
        if wanted != session or task.startswith("PORT extra_dhcp_opts with"):
            session = wanted
            starts = {"uplink": uplink_base, "collision": collision_base}
            before = base() if task.startswith("PORT extra") else starts[wanted]()
        seen.append(task)
        rows = record_rows(record)
        there = uplink_base() if is_apart(record) else before
        existing = Existing(rows=tuple(there), hosts=_hosts(seen, records))
        problems = validate_rows(rows, version, existing)
        if not _agrees(record, problems):
            wrong.append((task, record["blocking"], record["error_message"], problems))
        there += [row for index, row in enumerate(rows) if index not in {p.row for p in problems}]
    assert wrong == []
    assert len(records) > 249


def _with_a_verdict(golden: Path) -> list[Record]:
    return [record for record in read_records(golden) if record.get("rows") and not is_size(record)]


def test_records_without_rows_are_accounted_for(golden: Path) -> None:
    """What the replay cannot cover, exactly: nothing slips through uncounted."""
    without = [record for record in read_records(golden) if not record.get("rows") or is_size(record)]
    assert len(without) == sum(WITHOUT_ROWS.values())
    assert sum(record["origin"] == "silent effect" for record in without) == 32
    assert sum(record["task"].startswith("SIZE") for record in without) == 17


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_the_rows_of_a_real_import_pass(golden: Path, version: TargetVersion) -> None:
    """35 rows cut from real Kilo dicts, imported without an error by the real importer."""
    rows = json.loads((golden / "importer" / version / "tasks.json").read_text())["rows"]
    tasks = [TaskRow(**{name: row[name] for name in TaskRow.__struct_fields__}) for row in rows]
    assert len(tasks) == 35
    assert validate_rows(tasks, version) == []


def test_the_problem_names_the_row_the_rule_and_a_remedy(golden: Path) -> None:
    """What the watch over a stalled importer shows (rule, JSON, remedy) comes from here."""
    rows = [TaskRow(id=7, type="UPDATE", data_type="ROUTER", resource_id=ROUTER, data={"id": ROUTER})]
    (problem,) = validate_rows(rows, "5.2.1")
    assert (problem.row, problem.id, problem.data_type, problem.rule) == (0, 7, "ROUTER", "not-found")
    assert ROUTER in problem.message
    assert problem.remedy


def test_ids_must_rise_above_the_marker_and_transaction_ids_fit_their_column() -> None:
    """A row that becomes visible below the marker is never read (imp 1.7)."""
    ids = (4, 6, 6, 5)
    rows = [
        TaskRow(id=number, type="DELETE", data_type="PORT", resource_id=ROUTER, transaction_id="t" * length)
        for number, length in zip(ids, (40, 40, 40, 41), strict=True)
    ]
    problems = validate_rows([*rows, row("NETWORK", NETWORK)], "5.2.1", Existing(marker=4))
    assert [(problem.row, problem.rule) for problem in problems] == [
        (0, "row-order"),
        (2, "row-order"),
        (3, "row-order"),
    ]
    long = TaskRow(id=9, type="DELETE", data_type="PORT", resource_id=ROUTER, transaction_id="t" * 41)
    assert [problem.rule for problem in validate_rows([long], "5.2.1")] == ["row-transaction"]


def test_rows_that_are_in_the_table_already_count_as_executed() -> None:
    """Foreign rows: what they create exists, and cannot be created again."""
    rows = (row("NETWORK", NETWORK),)
    existing = Existing(rows=rows)
    assert [problem.rule for problem in validate_rows(rows, "5.4.6", existing)] == ["exists"]
    assert validate_rows([subnet_row(SUBNET, NETWORK, "10.0.0.0/24")], "5.4.6", existing) == []
