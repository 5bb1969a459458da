"""Whether the importer hangs at a task that is too large for one ZooKeeper request (imp 8.2).

Nothing is logged then but lost connections, so only arithmetic can tell.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Literal
from uuid import UUID

import msgspec

from midonet_migrate.plan.tasks.messages import parse_data
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.size import DEFAULT_REQUEST_LIMIT, SizeEstimate
from midonet_migrate.plan.tasks.validate import TaskRow

_RESERVE = 3_575
"""Of a request, what the parts that do not grow need."""


class RequestSize(msgspec.Struct, frozen=True):
    """Estimated bytes of a request, and which limit it exceeds: the one ``said`` by the operator, the
    ``default`` of servers (if they were not started with the one said), or ``none``."""

    size: int
    exceeds: Literal["said", "default", "none"]


def request_size(
    executed: SizeEstimate, row: TaskRow, *, limit: int, live: int, in_topology: Callable[[int], bool]
) -> RequestSize:
    """The size of the request for ``row``, after what ``executed`` has counted; that is not changed.

    ``live`` is the size of the nodes that it rewrites, as they are now; ``in_topology`` tells whether a port
    with this id is, or becomes, a MidoNet port too.
    """
    estimate = copy.deepcopy(executed)
    estimate.largest = 0
    add_row(estimate, row, in_topology=in_topology)
    size = max(estimate.largest, live)
    if size > limit - _RESERVE:
        return RequestSize(size, "said")
    return RequestSize(size, "default" if size > DEFAULT_REQUEST_LIMIT - _RESERVE else "none")


def add_row(estimate: SizeEstimate, row: TaskRow, *, in_topology: Callable[[int], bool]) -> None:
    """Count a row, if it is of a kind that makes nodes grow. What cannot be read has no size."""
    if row.type != "CREATE" or row.data_type not in {"PORT", "SECURITYGROUP"}:
        return
    with suppress(Refused, KeyError, TypeError, ValueError, AttributeError):
        data = parse_data(row.data)
        resource = str(data.get("id") or row.resource_id)
        estimate.add(row.data_type, resource, data, in_topology=in_topology(UUID(resource).int))
