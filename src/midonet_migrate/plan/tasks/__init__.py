"""From the Neutron dicts to the rows of ``midonet_tasks``, checked offline against the importer's rules."""

from __future__ import annotations

from midonet_migrate.plan.tasks.planner import plan_tasks
from midonet_migrate.plan.tasks.refusal import RowProblem
from midonet_migrate.plan.tasks.validate import Existing, TaskRow, validate_rows

__all__ = ["Existing", "RowProblem", "TaskRow", "plan_tasks", "validate_rows"]
