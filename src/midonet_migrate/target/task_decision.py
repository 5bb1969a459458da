"""What to do with the rows found in ``midonet_tasks``, given the rows wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from midonet_migrate.errors import StalePlan, WrongState
from midonet_migrate.target.high_water_mark import HighWaterMark
from midonet_migrate.target.task_records import Batch, TaskRecords, damaged_batches, present_batches
from midonet_migrate.target.task_rows import Row


class Action(StrEnum):
    """What writing comes to."""

    UNCHANGED = "unchanged"
    WRITTEN = "written"
    REPLACED = "replaced"
    REMOVED = "removed"


class Decision(msgspec.Struct, kw_only=True, frozen=True):
    """``insert``: the wanted rows are to be written. ``remove``: batches of ours to take out.

    ``foreign``: ids of rows that are not ours.
    """

    action: Action
    insert: bool = False
    remove: tuple[Batch, ...] = ()
    foreign: tuple[int, ...] = ()


def first_id_of(
    rows: Sequence[Row], found: Mapping[int, str], records: TaskRecords, mark: HighWaterMark
) -> int:
    """Where these rows stand already, one after the other; else the first id above the mark."""
    if rows:
        present = present_batches(records, found)
        starts = (number for number, digest in found.items() if digest == rows[0].digest)
        for start in sorted(starts, reverse=True):
            if _stand_at(start, rows, found, present):
                return start
    return mark.value + 1


def _stand_at(start: int, rows: Sequence[Row], found: Mapping[int, str], present: Sequence[Batch]) -> bool:
    """Whether ``rows`` are in the table from ``start`` on, and are not only a part of a batch of ours."""
    ids = range(start, start + len(rows))
    last = ids[-1]
    for batch in present:
        overlaps = batch.first <= last and start <= batch.last
        if overlaps and not (start <= batch.first and batch.last <= last):
            return False
    return all(found.get(number) == row.digest for number, row in zip(ids, rows, strict=True))


def decide(
    rows: Sequence[Row],
    found: Mapping[int, str],
    records: TaskRecords,
    mark: HighWaterMark,
    *,
    executed: int,
) -> Decision:
    """What to do. ``found``: id -> digest of the rows in the table; ``executed``: the importer's progress.

    Raises ``WrongState`` when rows of ours were changed or have been executed, ``StalePlan`` when wanted ids
    are not free.
    """
    present = present_batches(records, found)
    in_place = bool(rows) and _stand_at(rows[0].id, rows, found, present)
    wanted = {row.id for row in rows}
    remove = tuple(batch for batch in present if not (in_place and wanted.issuperset(batch.ids)))
    if damaged := damaged_batches(records, found):
        _refuse_damaged(damaged, found)
    if remove:
        _require_unexecuted(remove, executed)
    ours = {number for batch in present for number in batch.ids} | (wanted if in_place else set())
    foreign = tuple(number for number in sorted(found) if number not in ours)
    if in_place or not rows:
        action = Action.REMOVED if remove else Action.UNCHANGED
        return Decision(action=action, remove=remove, foreign=foreign)
    if rows[0].id <= mark.value:
        raise StalePlan(
            f"The plan's task ids begin at {rows[0].id}, but ids up to {mark.value} may have been used",
            why="Rows at or below the importer's marker are never imported.",
            hint="Something was written since the plan was made. Run 'midonet-migrate prepare' again.",
        )
    action = Action.REPLACED if remove else Action.WRITTEN
    return Decision(action=action, insert=True, remove=remove, foreign=foreign)


def _refuse_damaged(batches: Sequence[Batch], found: Mapping[int, str]) -> None:
    problems = []
    for batch in batches:
        missing = [number for number in batch.ids if number not in found]
        problems.append(
            f"rows {batch.first} to {batch.last}: "
            + (f"{len(missing)} are missing, from {missing[0]}" if missing else "contents were changed")
        )
    raise WrongState(
        "Tasks that this run directory wrote are not in midonet_tasks as they were written",
        why="Somebody deleted or edited rows; what is left cannot be told from what was planned.",
        hint="If the importer has run, go on with 'midonet-migrate import'. If not, take the rows out:"
        " UPDATE midonet_data_state SET last_processed_task_id = NULL; DELETE FROM midonet_tasks WHERE id"
        " BETWEEN the numbers below. Then prepare again.",
        problems=problems,
    )


def _require_unexecuted(batches: Sequence[Batch], executed: int) -> None:
    done = [batch for batch in batches if batch.first <= executed]
    if done:
        raise WrongState(
            "The importer has executed tasks of an earlier plan",
            why=f"Its marker is at {executed}; that plan's tasks begin at {done[0].first}.",
            hint="Run 'midonet-migrate rollback zookeeper' before preparing again.",
        )
