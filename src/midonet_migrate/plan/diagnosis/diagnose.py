"""From the facts to the diagnosis: what is held back by what (imp 1.3-1.8, 8, D). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from midonet_migrate.model.plan import Task
from midonet_migrate.plan.derived_ids import interface_peer_id
from midonet_migrate.plan.diagnosis.executed import Attempt
from midonet_migrate.plan.diagnosis.leader import (
    Leadership,
    NeutronAddress,
    diagnose_leader,
    diagnose_nobody,
)
from midonet_migrate.plan.diagnosis.live import contradicted, live_size, obstacle
from midonet_migrate.plan.diagnosis.model import Cause, Diagnosis, ShownTask, SiteFacts, Topology
from midonet_migrate.plan.diagnosis.nouns import RETAINED_AS
from midonet_migrate.plan.diagnosis.replay import Replay, Stop
from midonet_migrate.plan.diagnosis.request_size import RequestSize
from midonet_migrate.plan.diagnosis.shown import is_changed, is_ours, shown_task
from midonet_migrate.plan.diagnosis.words import explain
from midonet_migrate.plan.tasks.validate import TaskRow

_LISTED = 10
_HELD = {
    "poll": "it holds back every waiting row, also those before it",
    "transaction": "it holds back all rows of its transaction, and all behind them",
    "task": "it holds back all rows behind it",
}
_LOG = "/var/log/midonet-cluster/midonet-cluster.log"


def diagnose(
    facts: SiteFacts, topology: Topology, leadership: Leadership, neutron: NeutronAddress
) -> Diagnosis:
    """Why tasks are pending and nothing moves. Always an answer; ``certain`` tells how sure it is.

    The order is that in which obstacles stop the importer: nobody runs, its settings, its marker, rows it
    cannot read, data it cannot read, the next task's preconditions, its size.
    """
    replay = Replay(facts)
    waiting = len(replay.pending)
    if not leadership.hosts:
        return diagnose_nobody(leadership, held_back=waiting)
    broken = diagnose_leader(leadership, neutron, held_back=waiting)
    if broken is not None and broken.certain:
        return broken
    if facts.marker is None:
        return _no_marker(waiting)
    found = _rows(facts, topology, replay)
    if found is not None:
        return found
    lost = lost_tasks(facts)
    if lost:
        return _lost(lost, waiting)
    return broken or _unknown(facts, replay, waiting)


def preview(facts: SiteFacts, topology: Topology) -> Diagnosis | None:
    """The first row at which an importer that started now would stop at once; None if it would not."""
    return _rows(facts, topology, Replay(facts))


def lost_tasks(facts: SiteFacts) -> list[Task]:
    """Tasks of the plan that wait above the marker and have no row any more."""
    there = {row.id for row in facts.rows}
    return [
        task for number, task in facts.plan.items() if number > (facts.marker or 0) and number not in there
    ]


def skipped_tasks(tasks: Iterable[Task], marker: int, topology: Topology) -> list[Task]:
    """Tasks at or below the marker whose object is not there: rows that became visible too late are never
    imported (imp 1.7)."""
    return [task for task in tasks if task.id <= marker and not _is_there(task, topology)]


def diagnose_skipped(skipped: list[Task], marker: int) -> Diagnosis:
    """The answer to :func:`skipped_tasks`: the importer is done, and these are not."""
    first = skipped[0]
    return Diagnosis(
        cause="rows-skipped",
        rule="below-marker",
        what=f"{len(skipped)} tasks lie at or below the importer's marker ({marker}) and were not imported",
        why="the importer never reads a row whose id is not above its marker: these rows came too late, or"
        " got ids that had been used before (a counter that was set back), or their objects were deleted",
        remedy="clean the 5.x topology with every midonet-cluster stopped, run 'midonet-migrate prepare'"
        " again (it gives ids above every one used) and import again; never set AUTO_INCREMENT back",
        task=shown_task(row_of(first), {first.id: first}),
        evidence=_listed(skipped),
        held_back=len(skipped),
    )


def row_of(task: Task) -> TaskRow:
    """A task as a row."""
    return TaskRow(
        id=task.id,
        type=task.type,
        data_type=task.data_type,
        resource_id=task.resource_id,
        transaction_id=task.transaction_id,
        data=task.data,
    )


def _rows(facts: SiteFacts, topology: Topology, replay: Replay) -> Diagnosis | None:
    """What is wrong with the waiting rows, in the order in which the importer meets it."""
    waiting = len(replay.pending)
    stop = replay.unreadable()
    if stop is not None:
        return _refused("row", stop, facts, waiting)
    stop = replay.undecodable()
    if stop is not None:
        return _refused("task", stop, facts, waiting)
    result = replay.attempt()
    if isinstance(result, Stop):
        # Rows that the replay cannot explain, or ZooKeeper itself, may show that the simulation errs.
        if contradicted(result.refused, topology):
            return None
        return _refused("task", result, facts, waiting, certain=not replay.executed.unexplained)
    if result is None:
        return None
    row = replay.pending[0]
    found = obstacle(row, result, facts, topology)
    if found is not None:
        task = shown_task(row, facts.plan)
        return Diagnosis(
            cause="topology",
            rule=found.rule,
            what=f"the importer cannot execute {task}",
            why=found.why,
            remedy=found.remedy,
            task=task,
            scope="task",
            log=found.log,
            evidence=_changed(row, facts),
            held_back=waiting,
        )
    return _oversize(facts, topology, replay, row, result)


def _refused(cause: Cause, stop: Stop, facts: SiteFacts, waiting: int, *, certain: bool = True) -> Diagnosis:
    task = shown_task(stop.row, facts.plan)
    words = explain(stop.refused, stop.row, facts.version)
    verb = "read" if stop.refused.scope != "task" else "execute"
    return Diagnosis(
        cause=cause,
        rule=stop.refused.rule,
        what=f"the importer cannot {verb} {task}",
        why=words.why,
        remedy=words.remedy if task.ours else f"{words.remedy}{_foreign(task)}",
        task=task,
        scope=stop.refused.scope,
        log=words.log,
        evidence=(_HELD[stop.refused.scope], *_changed(stop.row, facts)),
        certain=certain,
        held_back=waiting,
    )


def _foreign(task: ShownTask) -> str:
    told = "This program did not write the row and leaves it alone; find out who did. To take it out:"
    statement = "DELETE FROM midonet_tasks WHERE id ="
    return f". {told} {statement} {task.id};"


def _changed(row: TaskRow, facts: SiteFacts) -> tuple[str, ...]:
    if is_ours(row, facts.plan) and is_changed(row, facts.plan):
        return ("somebody changed this row since it was written: it is not as planned",)
    return ()


def _oversize(
    facts: SiteFacts, topology: Topology, replay: Replay, row: TaskRow, attempt: Attempt
) -> Diagnosis | None:
    live = live_size(attempt, topology)
    found = replay.executed.request_size(row, attempt, limit=facts.request_limit, live=live)
    if found.exceeds == "none":
        return None
    task = shown_task(row, facts.plan)
    return Diagnosis(
        cause="request-size",
        rule="request-size",
        what=f"the importer hangs at {task}",
        why=_too_large(found, facts.request_limit),
        remedy="start the ZooKeeper servers of MidoNet 5 with -Djute.maxbuffer=4194304 and more heap, then"
        " restart midonet-cluster: its poll thread hangs in retries for up to half an hour, and sees neither"
        " a repaired nor a deleted row before that",
        task=task,
        scope="task",
        log="nothing but 'Unable to read additional data from server ..., likely server has closed socket',"
        " again and again",
        evidence=_changed(row, facts),
        certain=found.exceeds == "said",
        held_back=len(replay.pending),
        restart=True,
    )


def _too_large(found: RequestSize, limit: int) -> str:
    told = f"its request to ZooKeeper has about {found.size} bytes"
    if found.exceeds == "said":
        return f"{told}, more than the {limit} that the servers take (jute.maxbuffer)"
    return (
        f"{told}: less than the {limit} of the setting request_limit, but more than servers take that were"
        " not started with -Djute.maxbuffer"
    )


def _no_marker(waiting: int) -> Diagnosis:
    return Diagnosis(
        cause="marker",
        rule="marker-missing",
        what="an importer leads, and its marker C3POState is not in ZooKeeper",
        why="the node is made when midonet-cluster starts, and was deleted under it since: every poll fails,"
        " while its API goes on answering",
        remedy="restart midonet-cluster: it makes the marker anew, and imports every row of the table from"
        " the beginning. If some were imported, 'midonet-migrate rollback zookeeper' and prepare again",
        log="NotFoundException: There is no C3POState with ID 00000000-0000-0000-0000-000000000001.",
        held_back=waiting,
        restart=True,
    )


def _lost(lost: list[Task], waiting: int) -> Diagnosis:
    return Diagnosis(
        cause="rows-lost",
        rule="rows-lost",
        what=f"{len(lost)} tasks of the plan are not in midonet_tasks",
        why="they were never written, or somebody deleted the rows: the importer has nothing to execute",
        remedy="run 'midonet-migrate prepare' again if nothing was imported yet; else roll back and prepare",
        evidence=_listed(lost),
        held_back=waiting,
    )


def _unknown(facts: SiteFacts, replay: Replay, waiting: int) -> Diagnosis:
    task = shown_task(replay.pending[0], facts.plan) if replay.pending else None
    unexplained = replay.executed.unexplained
    return Diagnosis(
        cause="unknown",
        rule="unknown",
        what=f"the importer does not get on, and {task or 'nothing'} is next",
        why="no rule of the importer is broken as far as this program knows, and no setting looks wrong",
        remedy=f"look for 'Unexpected exception in NeutronDB polling thread' in {_LOG} of the leader; restart"
        " midonet-cluster; then retry",
        task=task,
        evidence=(
            (f"{unexplained} executed rows cannot be explained: the topology was changed by others",)
            if unexplained
            else ()
        ),
        certain=False,
        held_back=waiting,
    )


def _listed(tasks: list[Task]) -> tuple[str, ...]:
    shown = [f"task {task.id}, {task.type} {task.data_type} {task.resource_id}" for task in tasks[:_LISTED]]
    return (*shown, f"and {len(tasks) - _LISTED} more") if len(tasks) > _LISTED else tuple(shown)


def _is_there(task: Task, topology: Topology) -> bool:
    if task.type != "CREATE":
        return True
    if task.data_type == "ROUTERINTERFACE":
        return topology.has("Port", interface_peer_id(str(task.data["port_id"])))
    retained = RETAINED_AS.get(task.data_type)
    return retained is None or topology.has(retained, task.resource_id)
