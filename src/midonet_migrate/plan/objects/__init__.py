"""The MidoNet side of the plan: what the 5.x API creates, in which order, converted how (new 3, 4)."""

from midonet_migrate.plan.objects.order import before_import
from midonet_migrate.plan.objects.planner import plan_objects

__all__ = ["before_import", "plan_objects"]
