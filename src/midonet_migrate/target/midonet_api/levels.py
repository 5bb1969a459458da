"""The order of sending: levels one after the other, lanes of a level side by side (new 1.11, 4.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.locations import locate

_ONE_AT_A_TIME = frozenset({"vtep", "vtep_binding"})
"""Each connects to a switch and holds the storage lock meanwhile (new 1.11)."""

_UPDATES = "updates"
_BINDINGS = "host_interface_port"


class Level(msgspec.Struct, frozen=True):
    """Requests that need only those of earlier levels; ``name`` is their kind, or ``updates``."""

    name: str
    requests: tuple[ObjectRequest, ...]


def levels(requests: Sequence[ObjectRequest]) -> Iterator[Level]:
    """Cut the requests of a plan, which are in the order of creation, where the kind changes."""
    for name, found in groupby(requests, key=_level_name):
        yield Level(name, tuple(found))


def _level_name(request: ObjectRequest) -> str:
    return _UPDATES if request.method == "PUT" and request.kind != _BINDINGS else request.kind


def lane_of(request: ObjectRequest) -> str:
    """Requests with the same lane are sent one after the other: the writers of one parent.

    Some writes are not locked by the server, and lose data side by side; the others gain nothing (new 1.8).
    """
    if request.kind in _ONE_AT_A_TIME:
        return request.kind
    if request.method == "PUT" or request.kind == "port_link":
        return request.path
    return locate(request).parent or request.path + "/" + request.id


def chunks(requests: Sequence[ObjectRequest], size: int) -> Iterator[list[list[ObjectRequest]]]:
    """Cut a level into chunks of at most ``size`` requests, each as lanes; lanes keep their order.

    A chunk takes from many lanes rather than much from few, so that there is something to do side by side.
    """
    lanes: dict[str, list[ObjectRequest]] = {}
    for request in requests:
        lanes.setdefault(lane_of(request), []).append(request)
    waiting = list(lanes.values())
    while waiting:
        share = max(1, size // len(waiting))
        chunk = [lane[:share] for lane in waiting[:size]]
        rest = [lane[share:] for lane in waiting[:size]]
        waiting = [*waiting[size:], *(lane for lane in rest if lane)]
        yield chunk
