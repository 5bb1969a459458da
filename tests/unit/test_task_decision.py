"""What is done with the rows found, without a database."""

from __future__ import annotations

import pytest

from midonet_migrate.errors import Bug, StalePlan, WrongState
from midonet_migrate.target.high_water_mark import HighWaterMark
from midonet_migrate.target.task_decision import Action, decide, first_id_of
from midonet_migrate.target.task_records import (
    Batch,
    TaskRecords,
    batch_digest,
    counter_without_rolled_back,
)
from midonet_migrate.target.task_rows import Row, numbered, rows_of
from task_samples import sample_tasks


def rows(count: int, first: int = 1, salt: str = "") -> list[Row]:
    return rows_of(sample_tasks(count, first_id=first, salt=salt))


def batch(members: list[Row]) -> Batch:
    return Batch(first=members[0].id, last=members[-1].id, digest=batch_digest(row.digest for row in members))


def found(*members: list[Row]) -> dict[int, str]:
    return {row.id: row.digest for group in members for row in group}


def records(*members: list[Row], mark: int = 0) -> TaskRecords:
    return TaskRecords(high_water_mark=mark, batches=[batch(group) for group in members])


def mark(value: int) -> HighWaterMark:
    return HighWaterMark(highest_row=value)


def test_the_same_tasks_are_found_at_any_id() -> None:
    there = found(rows(3, 41), rows(2, 60, "foreign"))
    assert first_id_of(rows(3), there, TaskRecords(), mark(61)) == 41
    assert first_id_of(rows(2), there, TaskRecords(), mark(61)) == 41
    assert first_id_of(rows(4), there, TaskRecords(), mark(61)) == 62
    assert first_id_of([], there, TaskRecords(), mark(61)) == 62


def test_a_plan_that_is_a_part_of_the_old_one_is_another_plan() -> None:
    old = rows(5)
    for new in (rows(3), rows_of(numbered(sample_tasks(5)[2:], 1))):
        first = first_id_of(new, found(old), records(old, mark=5), mark(5))
        assert first == 6
    wanted = rows_of(numbered(sample_tasks(3), 6))
    decision = decide(wanted, found(old), records(old, mark=5), mark(5), executed=0)
    assert (decision.action, decision.insert, decision.remove) == (Action.REPLACED, True, (batch(old),))
    with pytest.raises(StalePlan):
        decide(rows(3), found(old), records(old, mark=5), mark(5), executed=0)


def test_a_plan_that_goes_on_where_the_old_one_ends_is_another_plan() -> None:
    old, longer = rows(3), rows(5)
    assert first_id_of(longer, found(old), records(old, mark=3), mark(3)) == 4


def test_rows_in_place_and_an_old_batch_beside_them_only_lose_the_old_batch() -> None:
    old, new = rows(3, salt="old"), rows(4, 4)
    decision = decide(new, found(old, new), records(old, new, mark=7), mark(7), executed=0)
    assert (decision.action, decision.insert, decision.remove) == (Action.REMOVED, False, (batch(old),))


def test_rows_nobody_recorded_are_foreign() -> None:
    decision = decide(rows(2, 10), found(rows(3, salt="x")), TaskRecords(), mark(3), executed=0)
    assert (decision.action, decision.foreign, decision.remove) == (Action.WRITTEN, (1, 2, 3), ())


def test_a_batch_with_a_foreign_row_in_the_place_of_a_lost_one_is_refused() -> None:
    old = rows(3)
    there = found(old) | {2: "else"}
    with pytest.raises(WrongState, match="as they were written"):
        decide(rows(2, 10, "new"), there, records(old, mark=3), mark(3), executed=0)


def test_the_counter_of_a_rolled_back_insert_counts_as_it_was() -> None:
    reserved = records(rows(5, 11), mark=10)
    assert [counter_without_rolled_back(n, reserved, {}) for n in (0, 10, 11, 13, 15, 16)] == [
        0,
        10,
        10,
        10,
        10,
        16,
    ]
    committed = records(rows(5, 11), mark=15)
    assert counter_without_rolled_back(15, committed, {}) == 15


def test_ids_with_a_gap_are_a_bug() -> None:
    tasks = sample_tasks(3)
    tasks[1].id = 7
    with pytest.raises(Bug):
        rows_of(tasks)
    with pytest.raises(Bug):
        rows_of(sample_tasks(1, first_id=0))


def test_the_text_does_not_depend_on_the_order_of_members() -> None:
    one, other = sample_tasks(2)[:1], sample_tasks(2)[:1]
    other[0].data = dict(reversed(other[0].data.items()))
    assert rows_of(one) == rows_of(other)
