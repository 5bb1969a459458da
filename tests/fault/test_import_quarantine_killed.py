"""SIGKILL while tasks are quarantined: rows, plan and records are all as before or all as after."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine

from killing import kill_at_every_instant
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import WrongState
from midonet_migrate.model.codec import snapshot_pieces
from midonet_migrate.model.plan import Plan
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.plan.quarantine import Quarantine
from midonet_migrate.run.atomic import gzip_pieces, json_bytes
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.prepare import SNAPSHOT_FILE
from midonet_migrate.steps.quarantine_tasks import apply_quarantine, finish_quarantine, propose_quarantine
from midonet_migrate.target.importer.quarantine_rows import WentOn
from midonet_migrate.target.task_records import load_records
from midonet_migrate.target.task_rows import read_digests, rows_of
from midonet_migrate.target.task_table import TaskTable
from quarantine_site import IF_A, OPTIONS, POOL_A, site
from server_fixtures import Database
from task_samples import all_rows, execute

FILES = (PLAN_FILE, "task-ids.json", "neutron_post_data", "midonet_post_data")


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    opened = open_engine(database.url)
    yield opened
    opened.dispose()


def write(engine: Engine, path: Path) -> Plan:
    """Plan and rows, with everything around them as after a prepare."""
    plan = build_plan(site(), OPTIONS)
    with RunDirectory(path) as run:
        TaskTable(engine, run, importer_marker=None).write(plan.tasks)
        run.write(PLAN_FILE, json_bytes(plan))
        run.write(SNAPSHOT_FILE, gzip_pieces(snapshot_pieces(site())))
    return plan


def proposal(path: Path, plan: Plan, data_type: str = "POOL", resource: str = POOL_A) -> Quarantine:
    (culprit,) = [
        task.id
        for task in plan.tasks
        if task.data_type == data_type and resource in {task.resource_id, task.data.get("port_id")}
    ]
    with RunDirectory(path, dry_run=True) as run:
        return propose_quarantine(run, plan, OPTIONS, culprit, "it stops the importer", marker=0)[0]


def take_out(url: URL, path: Path, proposed: Quarantine) -> None:
    engine = open_engine(url)
    try:
        finish_quarantine(path, engine)
        with RunDirectory(path, step="import") as run:
            plan = load_plan(path / PLAN_FILE)
            if plan.meta.checksum != proposed.plan.meta.checksum:
                apply_quarantine(engine, run, plan, proposed, site(), marker=lambda: 0)
    finally:
        engine.dispose()


def state(engine: Engine, path: Path) -> dict[str, Any]:
    rows = [{**row, "created_at": None} for row in all_rows(engine)]
    return {"rows": rows} | {name: (path / name).read_bytes() for name in FILES if (path / name).exists()}


def start_anew(engine: Engine, path: Path) -> Plan:
    shutil.rmtree(path, ignore_errors=True)
    if all_rows(engine):
        execute(
            engine,
            "UPDATE midonet_data_state SET last_processed_task_id = NULL",
            "DELETE FROM midonet_tasks",
            "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1",
        )
    return write(engine, path)


@pytest.mark.timeout(600)
def test_a_kill_at_any_instant_is_finished_by_the_next_run(
    engine: Engine, database: Database, tmp_path: Path
) -> None:
    """The same end as without a kill; no row is lost on the way; nothing stays pending."""
    path = tmp_path / "run"
    plan = start_anew(engine, path)
    proposed = proposal(path, plan)
    assert proposed.rewritten
    take_out(database.url, path, proposed)
    end = state(engine, path)
    assert [row["id"] for row in end["rows"]] == [task.id for task in proposed.plan.tasks]
    removed = {removal.task.id for removal in proposed.removals}

    start_anew(engine, path)
    killed = 0
    for _ in kill_at_every_instant(lambda: take_out(database.url, path, proposed), stride=5):
        killed += 1
        left = {row["id"] for row in all_rows(engine)}
        assert left in ({task.id for task in plan.tasks}, {task.id for task in proposed.plan.tasks})
        if not removed & left:
            (saved,) = (path / "saved").glob("*-tasks_quarantined.jsonl")
            assert removed <= {json.loads(line)["id"] for line in saved.read_text().splitlines()}
        take_out(database.url, path, proposed)
        assert state(engine, path) == end
        assert read_journal(path).pending() == []
        start_anew(engine, path)
    assert killed > 10


def test_the_records_name_the_rows_that_are_left_so_that_prepare_can_replace_them(
    engine: Engine, database: Database, tmp_path: Path
) -> None:
    """Runs of ids without gaps, with the digests of rows as they are, also of those that were cut."""
    path = tmp_path / "run"
    proposed = proposal(path, start_anew(engine, path))
    take_out(database.url, path, proposed)
    with RunDirectory(path) as run, engine.connect() as connection:
        records = load_records(run)
        found = read_digests(connection)
    ids = [number for batch in records.batches for number in batch.ids]
    assert ids == sorted(found) == [task.id for task in proposed.plan.tasks]
    assert len(records.batches) > 1
    with RunDirectory(path) as run:
        table = TaskTable(engine, run, importer_marker=None)
        fresh = build_plan(site(), OPTIONS)
        first = table.first_id(fresh.tasks)
        assert first == len(fresh.tasks) + 1
        from midonet_migrate.target.task_rows import numbered

        report = table.write(numbered(fresh.tasks, first))
    assert (report.removed_rows, report.rows) == (len(proposed.plan.tasks), len(fresh.tasks))


def test_nothing_is_changed_when_the_importer_went_on_meanwhile(engine: Engine, tmp_path: Path) -> None:
    """The task was executed after all: the ledger must not say otherwise."""
    path = tmp_path / "run"
    plan = start_anew(engine, path)
    proposed = proposal(path, plan)
    before = state(engine, path)
    first = min(removal.task.id for removal in proposed.removals)
    for markers in ([0, first], [0, 0, first + 3]):
        answers = iter([*markers, first + 3, first + 3])
        with RunDirectory(path) as run, pytest.raises(WentOn):
            apply_quarantine(engine, run, plan, proposed, site(), marker=lambda: next(answers))  # noqa: B023
        after = state(engine, path)
        assert after["rows"] == before["rows"]
        assert after[PLAN_FILE] == before[PLAN_FILE]
        assert read_journal(path).pending() == []


def test_rows_that_somebody_replaced_are_not_taken_for_ours(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "run"
    plan = start_anew(engine, path)
    proposed = proposal(path, plan, "ROUTERINTERFACE", IF_A)
    number = proposed.removals[0].task.id
    execute(engine, f"UPDATE midonet_tasks SET data_type = 'PORT', resource_id = NULL WHERE id = {number}")
    with RunDirectory(path) as run, pytest.raises(WrongState) as caught:
        apply_quarantine(engine, run, plan, proposed, site(), marker=lambda: 0)
    assert f"row {number}" in caught.value.problems[0]
    assert len(all_rows(engine)) == len(rows_of(plan.tasks))
