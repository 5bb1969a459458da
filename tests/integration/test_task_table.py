"""Tasks in a real database: all or none, once, above every id ever used, never over somebody else's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import Engine, text

from midonet_lab import neutron_database
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import StalePlan, VerificationFailed, WrongState
from midonet_migrate.model.plan import Task
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.target import task_rows
from midonet_migrate.target.task_decision import Action
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable, WriteReport
from server_fixtures import Database, StartMariaDB
from task_samples import all_rows, execute, insert_row, sample_tasks
from waiting import PATIENCE


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    opened = open_engine(database.url)
    yield opened
    opened.dispose()


OLD_SERVER = {"max_allowed_packet": "1M", "character_set_server": "latin1", "sql_mode": ""}
STRICT_SERVER = {"sql_mode": "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_AUTO_VALUE_ON_ZERO"}


@pytest.mark.parametrize(
    ("options", "charset"), [(OLD_SERVER, "latin1"), (OLD_SERVER, "utf8"), (STRICT_SERVER, "utf8mb4")]
)
def test_servers_of_the_time_and_strict_ones_give_the_same_rows(
    start_mariadb: StartMariaDB, tmp_path: Path, options: dict[str, str], charset: str
) -> None:
    server = start_mariadb(**options)
    name = f"neutron_{charset}"
    neutron_database.create_neutron_database(server, name, charset=charset)
    engine = open_engine(server.url(name))
    tasks = sample_tasks(3000, name="x" * 500)
    tasks[7].data["x"] = "'" * 400_000  # a statement of its own, below 1 MB when escaped
    try:
        assert write(engine, tmp_path, tasks).action is Action.WRITTEN
        texts = [row["data"] for row in all_rows(engine)]
        assert texts == [json.dumps(task.data, sort_keys=True) for task in tasks]
        assert write(engine, tmp_path, tasks).action is Action.UNCHANGED
        assert write(engine, tmp_path, tasks[:1]).first_id == 3001
        tasks[0].data["x"] = "a" * (1 << 20)
        if options is OLD_SERVER:
            with pytest.raises(WrongState, match="larger than the database server takes"):
                write(engine, tmp_path, tasks[:1])
    finally:
        engine.dispose()
        neutron_database.drop_database(server, name)


def test_no_statement_is_longer_than_half_a_megabyte(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    connection: Any = pymysql.connections.Connection
    real_query = connection.query

    def measured(self: Any, sql: Any, unbuffered: bool = False) -> Any:
        sizes.append(len(sql))
        return real_query(self, sql, unbuffered)

    monkeypatch.setattr(connection, "query", measured)
    write(engine, tmp_path, sample_tasks(2000, name="x" * 600))
    assert 512 * 1024 >= max(sizes) > 400 * 1024
    assert len([size for size in sizes if size > 100_000]) == 4


def write(
    engine: Engine, path: Path, tasks: list[Task], *, marker: int | None = None, dry_run: bool = False
) -> WriteReport:
    """What the step does: find the ids, number the tasks, write."""
    with RunDirectory(path, dry_run=dry_run) as run_directory:
        table = TaskTable(engine, run_directory, importer_marker=marker)
        return table.write(numbered(tasks, table.first_id(tasks)))


def ids(engine: Engine) -> list[int]:
    return [row["id"] for row in all_rows(engine)]


def files(path: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and file.name != "journal.jsonl"
    }


def test_rows_hold_what_the_plugin_would_have_written(engine: Engine, tmp_path: Path) -> None:
    tasks = sample_tasks(3)
    report = write(engine, tmp_path, tasks)
    rows = all_rows(engine)
    assert (report.action, report.rows, report.first_id, report.last_id) == (Action.WRITTEN, 3, 1, 3)
    assert [row["id"] for row in rows] == [1, 2, 3]
    for row, task in zip(rows, tasks, strict=True):
        assert (row["type"], row["data_type"]) == ("CREATE", "NETWORK")
        assert (row["resource_id"], row["transaction_id"]) == (task.resource_id, task.transaction_id)
        assert row["tenant_id"] is None
        assert row["data"] == json.dumps(task.data, sort_keys=True)
        assert row["data"].isascii()
        assert '": ' in row["data"]
        age = datetime.now(UTC).replace(tzinfo=None) - row["created_at"]
        assert timedelta(seconds=-2) < age < timedelta(minutes=10)
        assert row["created_at"].microsecond == 0


def test_missing_tables_are_made_and_reported(engine: Engine, tmp_path: Path) -> None:
    first = write(engine, tmp_path, sample_tasks(1))
    second = write(engine, tmp_path, sample_tasks(1))
    assert len(first.tables_created) == 9
    assert first.stamped
    assert (second.tables_created, second.stamped) == ((), False)


def test_a_second_run_changes_nothing_and_says_so(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, sample_tasks(5))
    rows, before = all_rows(engine), files(tmp_path)
    report = write(engine, tmp_path, sample_tasks(5))
    assert report.action is Action.UNCHANGED
    assert (report.first_id, report.last_id) == (1, 5)
    assert all_rows(engine) == rows
    assert files(tmp_path) == before


def test_a_lost_run_directory_does_not_make_the_same_tasks_be_written_twice(
    engine: Engine, tmp_path: Path
) -> None:
    write(engine, tmp_path / "one", sample_tasks(5))
    report = write(engine, tmp_path / "two", sample_tasks(5))
    assert report.action is Action.UNCHANGED
    assert ids(engine) == [1, 2, 3, 4, 5]


def test_dry_run_writes_nothing_and_reports_the_same(engine: Engine, tmp_path: Path) -> None:
    dry = write(engine, tmp_path / "run", sample_tasks(4), dry_run=True)
    assert not (tmp_path / "run").exists()
    with engine.connect() as connection:
        assert connection.execute(text("SHOW TABLES LIKE 'midonet%'")).all() == []
    assert write(engine, tmp_path / "run", sample_tasks(4)) == dry
    again = write(engine, tmp_path / "run", sample_tasks(4), dry_run=True)
    assert again == write(engine, tmp_path / "run", sample_tasks(4))


def test_other_tasks_replace_ours_with_higher_ids_and_a_copy_is_kept(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, sample_tasks(3))
    old = [row["data"] for row in all_rows(engine)]
    report = write(engine, tmp_path, sample_tasks(2, salt="new"))
    assert (report.action, report.removed_rows) == (Action.REPLACED, 3)
    assert ids(engine) == [4, 5]
    with RunDirectory(tmp_path) as run_directory:
        inverses = [record.inverse for record in run_directory.journal.records if record.inverse]
        (copy,) = [inverse for inverse in inverses if inverse.copy]
        run_directory.saved_copy(copy)
        saved: list[dict[str, Any]] = run_directory.read_json(copy.copy, list)
    assert [row["data"] for row in saved] == old


def test_an_empty_plan_takes_ours_out_and_remembers_their_ids(engine: Engine, tmp_path: Path) -> None:
    assert write(engine, tmp_path, []).action is Action.UNCHANGED
    write(engine, tmp_path, sample_tasks(3))
    assert write(engine, tmp_path, []).action is Action.REMOVED
    assert ids(engine) == []
    execute(engine, "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
    assert write(engine, tmp_path, sample_tasks(1)).first_id == 4


@pytest.mark.parametrize("how", ["row", "data_state", "counter", "marker", "run directory"])
def test_ids_are_above_everything_that_any_place_remembers(engine: Engine, tmp_path: Path, how: str) -> None:
    write(engine, tmp_path / "tables", [])
    marker = None
    if how == "row":
        insert_row(engine, 500)
    elif how == "data_state":
        insert_row(engine, 500)
        execute(engine, "UPDATE midonet_data_state SET last_processed_task_id = 500")
    elif how == "counter":
        execute(engine, "ALTER TABLE midonet_tasks AUTO_INCREMENT = 501")
    elif how == "marker":
        marker = 500
    else:
        insert_row(engine, 500)
        with RunDirectory(tmp_path) as run_directory:
            TaskTable(engine, run_directory, importer_marker=None).remember_high_water_mark()
        execute(engine, "DELETE FROM midonet_tasks", "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
    report = write(engine, tmp_path, sample_tasks(2), marker=marker)
    assert (report.first_id, report.last_id) == (501, 502)
    assert report.high_water_mark.value == 500
    assert ids(engine)[-2:] == [501, 502]


def test_a_counter_that_went_back_does_not_lower_the_ids(engine: Engine, tmp_path: Path) -> None:
    """Old servers set it to the highest row plus one when they start (db 4)."""
    write(engine, tmp_path, sample_tasks(3))
    execute(engine, "DELETE FROM midonet_tasks", "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
    assert write(engine, tmp_path, sample_tasks(3)).first_id == 4
    assert ids(engine) == [4, 5, 6]


def test_no_room_below_the_largest_integer_is_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(WrongState, match="are left above"):
        write(engine, tmp_path, sample_tasks(2), marker=2**31 - 3)
    assert ids(engine) == []


def test_foreign_rows_stay_and_are_reported(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, [])
    config = "00000000-0000-0000-0000-000000000001"
    insert_row(engine, 7, type="CREATE", data_type="CONFIG", data="{}", resource_id=config)
    insert_row(engine, 9, type="CREATE", data_type="ROUTER", data='{"id": "x"}')
    foreign = all_rows(engine)
    report = write(engine, tmp_path, sample_tasks(2))
    assert [(finding.id, finding.level) for finding in report.findings] == [("7", "info"), ("9", "warning")]
    assert (report.first_id, report.foreign_rows) == (10, 2)
    assert all_rows(engine)[:2] == foreign
    assert write(engine, tmp_path, sample_tasks(2)).action is Action.UNCHANGED
    write(engine, tmp_path, [])
    assert all_rows(engine) == foreign


def test_foreign_rows_that_the_importer_has_executed_do_not_matter(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, [])
    insert_row(engine, 7, type="CREATE", data_type="NOSUCH")
    report = write(engine, tmp_path, sample_tasks(2), marker=7)
    assert (report.findings, report.first_id) == ([], 8)


@pytest.mark.parametrize(
    ("number", "columns", "marker"),
    [
        (1, {"type": "FLUSH", "data_type": "NULL", "resource_id": None}, 100),
        (5, {"type": "FLUSH", "data_type": "NULL", "resource_id": None}, None),
        (5, {"type": "MERGE"}, None),
        (5, {"type": None}, None),
        (5, {"data_type": "LOADBALANCERV2"}, None),
        (5, {"data_type": None}, None),
        (5, {"resource_id": "router-7"}, None),
        (5, {"resource_id": ""}, None),
        (5, {"resource_id": None}, None),
        (5, {"type": "CREATE", "data_type": "NETWORK", "data": None}, None),
        (5, {"type": "UPDATE", "data_type": "NETWORK", "data": "{"}, None),
        (5, {"type": "CREATE", "data_type": "NETWORK", "data": "[]"}, None),
        (5, {"type": "CREATE", "data_type": "NETWORK", "data": "the id of ours"}, None),
    ],
)
def test_a_foreign_row_that_blocks_the_importer_stops_us(
    engine: Engine, tmp_path: Path, number: int, columns: dict[str, Any], marker: int | None
) -> None:
    write(engine, tmp_path, [])
    tasks = sample_tasks(2)
    if columns.get("data") == "the id of ours":
        columns = columns | {"data": json.dumps({"id": tasks[1].resource_id})}
    insert_row(engine, number, **columns)
    before = all_rows(engine), files(tmp_path)
    with pytest.raises(WrongState) as caught:
        write(engine, tmp_path, tasks, marker=marker)
    assert caught.value.exit_status == 10
    assert f"row {number}," in caught.value.problems[0]
    assert f"({number})" in caught.value.hint
    assert (all_rows(engine), files(tmp_path)) == before


def test_a_second_config_is_refused_and_every_obstacle_is_listed(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, [])
    for number in (3, 4, 5):
        insert_row(engine, number, type="CREATE", data_type="CONFIG", data="{}")
    insert_row(engine, 6, type="MERGE")
    with pytest.raises(WrongState) as caught:
        write(engine, tmp_path, sample_tasks(1))
    assert [problem.split(",")[0] for problem in caught.value.problems] == ["row 4", "row 5", "row 6"]


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM midonet_tasks WHERE id = 2", "UPDATE midonet_tasks SET data = '{}' WHERE id = 3"],
)
@pytest.mark.parametrize("salt", ["", "other"])
def test_rows_of_ours_that_somebody_changed_are_never_replaced(
    engine: Engine, tmp_path: Path, damage: str, salt: str
) -> None:
    write(engine, tmp_path, sample_tasks(4))
    execute(engine, damage)
    rows = all_rows(engine)
    with pytest.raises(WrongState, match="not in midonet_tasks as they were written") as caught:
        write(engine, tmp_path, sample_tasks(4, salt=salt))
    assert "rows 1 to 4" in caught.value.problems[0]
    assert all_rows(engine) == rows


def test_executed_tasks_are_not_replaced(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, sample_tasks(4))
    with pytest.raises(WrongState, match="executed"):
        write(engine, tmp_path, sample_tasks(4, salt="other"), marker=1)
    assert ids(engine) == [1, 2, 3, 4]


def test_ids_that_are_not_free_any_more_are_refused(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, [])
    tasks = sample_tasks(2)
    insert_row(engine, 40)
    with (
        RunDirectory(tmp_path) as run_directory,
        pytest.raises(StalePlan) as caught,
    ):
        TaskTable(engine, run_directory, importer_marker=None).write(tasks)
    assert "40" in caught.value.what


def test_tasks_larger_than_the_server_takes_are_all_named_beforehand(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection:
        packet = int(connection.execute(text("SELECT @@max_allowed_packet")).scalar_one())
    tasks = sample_tasks(3)
    tasks[0].data["x"] = "a" * packet
    tasks[2].data["x"] = '"' * (packet // 3)  # escaping makes it too large
    with pytest.raises(WrongState) as caught:
        write(engine, tmp_path, tasks)
    assert [problem.split(",")[0] for problem in caught.value.problems] == ["task 1", "task 3"]
    assert "max_allowed_packet" in caught.value.hint
    assert ids(engine) == []


def test_a_task_just_below_the_limit_is_written(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as connection:
        packet = int(connection.execute(text("SELECT @@max_allowed_packet")).scalar_one())
    tasks = sample_tasks(3)
    tasks[1].data["x"] = "a" * (min(packet, 4 << 20) - 2000)
    write(engine, tmp_path, tasks)
    assert ids(engine) == [1, 2, 3]


def test_the_guard_is_asked_under_the_lock_and_stops_everything(engine: Engine, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    for stop_at in (1, 2):
        calls: list[int] = []

        def guard(calls: list[int] = calls, stop_at: int = stop_at) -> None:
            calls.append(1)
            if len(calls) == stop_at:
                raise Stopped

        with RunDirectory(tmp_path) as run_directory:
            table = TaskTable(engine, run_directory, importer_marker=None)
            with pytest.raises(Stopped):
                table.write(numbered(sample_tasks(2), table.first_id(sample_tasks(2))), guard=guard)
            assert run_directory.journal.pending() == []
        assert ids(engine) == []
    assert write(engine, tmp_path, sample_tasks(2)).first_id == 1


def test_another_writer_waits_for_our_transaction(engine: Engine, database: Database, tmp_path: Path) -> None:
    write(engine, tmp_path, [])
    other = open_engine(database.url)
    blocked = threading.Event()
    thread: threading.Thread | None = None

    def insert_elsewhere() -> None:
        blocked.set()
        insert_row(other, 1)  # the id that we are about to use: waits, and then fails as a duplicate

    failures: list[BaseException] = []

    def attempt() -> None:
        try:
            insert_elsewhere()
        except Exception as error:
            failures.append(error)

    def guard() -> None:
        nonlocal thread
        if thread is None:
            thread = threading.Thread(target=attempt)
            thread.start()
            blocked.wait(PATIENCE)
            thread.join(0.5)
            assert thread.is_alive()

    with RunDirectory(tmp_path) as run_directory:
        TaskTable(engine, run_directory, importer_marker=None).write(sample_tasks(2), guard=guard)
    assert thread is not None
    thread.join(PATIENCE)
    other.dispose()
    assert len(failures) == 1
    assert [row["data_type"] for row in all_rows(engine)] == ["NETWORK", "NETWORK"]


def test_what_is_read_back_is_compared(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_insert = task_rows.insert_rows

    def cutting_insert(connection: Any, rows: Any, created_at: datetime) -> None:
        real_insert(connection, rows, created_at)
        connection.execute(text("UPDATE midonet_tasks SET data = LEFT(data, 20) WHERE id = 2"))

    monkeypatch.setattr("midonet_migrate.target.task_table.insert_rows", cutting_insert)
    with pytest.raises(VerificationFailed) as caught:
        write(engine, tmp_path, sample_tasks(3))
    assert caught.value.exit_status == 30
    assert [problem.split(",")[0] for problem in caught.value.problems] == ["row 2"]


def test_the_journal_tells_what_was_done_and_how_to_take_it_back(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, sample_tasks(3))
    with RunDirectory(tmp_path) as run_directory:
        intents = [record for record in run_directory.journal.records if record.event == "intent"]
        assert run_directory.journal.pending() == []
    assert [record.kind for record in intents] == ["sql", "sql"]
    assert [record.inverse.action for record in intents if record.inverse] == ["drop-tables", "delete-tasks"]
    insert = intents[1].inverse
    assert insert is not None
    assert (insert.arguments["first"], insert.arguments["last"]) == (1, 3)
    assert intents[1].summary == "midonet_tasks: insert 3 rows, delete 0"
