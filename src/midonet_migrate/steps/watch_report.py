"""How patient a watch is, and what it reports."""

from __future__ import annotations

import msgspec

from midonet_migrate.model.plan import Finding
from midonet_migrate.plan.diagnosis.model import Diagnosis
from midonet_migrate.plan.diagnosis.pulse import Patience, Sample
from midonet_migrate.steps.quarantine_tasks import QuarantinedTask


class WatchOptions(msgspec.Struct, kw_only=True, frozen=True):
    """Seconds. ``interval``: between two looks, the importer's own period. ``unsure``: how long a standstill
    must last that the doctor cannot explain for certain; more than a takeover takes (40 s, imp 1.8).
    ``unreachable``: how long ZooKeeper or the database may be gone; None: the setting ``import_patience``.
    ``again``: between two examinations. ``since``: the marker when the importer was switched on; None: the
    first one seen."""

    interval: float = 1.0
    patience: Patience = Patience()
    unsure: float = 120.0
    unreachable: float | None = None
    again: float = 15.0
    since: int | None = None


class WatchReport(msgspec.Struct, kw_only=True, frozen=True):
    """What came of it. ``imported`` counts the tasks executed by this run, ``executed`` all of the plan's up
    to now; ``rate`` is of those that were watched. ``events``: what was told on the way. ``plan_changed``:
    the plan in the run directory is another one now (quarantine) and must be loaded again. ``foreseen``: dry
    run only, where the importer would stop.
    """

    nothing_to_do: bool
    tasks: int
    executed: int
    imported: int
    marker: int
    seconds: float
    rate: float
    leaders_changed: int = 0
    quarantined: tuple[QuarantinedTask, ...] = ()
    plan_changed: bool = False
    events: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    foreseen: Diagnosis | None = None


def unconfirmed(sample: Sample, behind: Diagnosis | None) -> Finding:
    """``behind``: what is wrong with the rows of others that follow ours."""
    reason = "" if behind is None else f": {behind.what}, because {behind.why}"
    return Finding(
        level="warning",
        rule="heartbeat-missing",
        kind="task",
        id=str(sample.marker),
        message="every task is executed, and the importer does not tell so in midonet_data_state"
        f" (last_processed_task_id {sample.last_processed}){reason}",
        remedy=behind.remedy
        if behind is not None
        else "look for 'Failed to update the last processed ID.' in midonet-cluster.log: the row of the"
        " marker may be deleted, or midonet-cluster was stopped",
    )
