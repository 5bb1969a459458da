"""What has to go together with a task, so that nothing behind it stops the importer. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, get_args

import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Plan, Task
from midonet_migrate.plan.diagnosis.nouns import noun_of_type
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.simulation.importer import SimulatedImporter
from midonet_migrate.plan.tasks.simulation.routers import reach
from midonet_migrate.plan.tasks.values import to_address, to_subnet, to_uuid

Reference = tuple[str, str]
"""Data type and resource id."""

_SINGLE = {
    "SUBNET": (("NETWORK", "network_id"),),
    "PORT": (("NETWORK", "network_id"),),
    "ROUTER": (("PORT", "gw_port_id"),),
    "ROUTERINTERFACE": (("ROUTER", "id"), ("PORT", "port_id"), ("SUBNET", "subnet_id")),
    "FLOATINGIP": (("PORT", "port_id"), ("ROUTER", "router_id"), ("NETWORK", "floating_network_id")),
    "SECURITYGROUPRULE": (("SECURITYGROUP", "security_group_id"),),
    "POOL": (("ROUTER", "router_id"),),
    "MEMBER": (("POOL", "pool_id"),),
    "VIP": (("POOL", "pool_id"), ("SUBNET", "subnet_id"), ("PORT", "port_id")),
}


class Removal(msgspec.Struct, frozen=True):
    """A task that goes, and why."""

    task: Task
    reason: str


class Closure(msgspec.Struct, kw_only=True, frozen=True):
    """``kept`` are the tasks that stay, those in ``rewritten`` with less data; ``cuts`` tells by id what was
    cut out of them."""

    kept: tuple[Task, ...]
    removals: tuple[Removal, ...]
    rewritten: tuple[Task, ...]
    cuts: Mapping[int, str]


def references(task: Task) -> Iterator[Reference]:
    """What a task cannot do without: it is not imported without them, or not as it was meant."""
    data = task.data
    for data_type, member in _SINGLE.get(task.data_type, ()):
        if data.get(member):
            yield data_type, str(data[member])
    if task.data_type == "ROUTERINTERFACE":
        yield from (("SUBNET", str(subnet)) for subnet in data.get("subnet_ids") or [])
    if task.data_type == "PORT":
        for fixed_ip in data.get("fixed_ips") or []:
            yield "SUBNET", str(fixed_ip.get("subnet_id"))
        yield from (("SECURITYGROUP", str(group)) for group in data.get("security_groups") or [])
    if task.type != "CREATE":
        yield task.data_type, task.resource_id


def find_closure(plan: Plan, culprits: Mapping[int, str], *, marker: int) -> Closure:
    """The culprits, and every pending task that refers to one that goes or that the importer would refuse
    only because they go. Raises ``ValueError`` for a culprit that is no pending task of the plan."""
    unknown = culprits.keys() - {task.id for task in plan.tasks if task.id > marker}
    if unknown:
        raise ValueError(f"no pending tasks of the plan: {sorted(unknown)}")
    return _Search(plan, culprits, marker).run()


class _Search:
    def __init__(self, plan: Plan, culprits: Mapping[int, str], marker: int) -> None:
        self._plan = plan
        self._culprits = culprits
        self._marker = marker
        self._gone: set[Reference] = set()
        self._importer = _importer(plan)
        self._refused_anyway = _refused(plan)

    def run(self) -> Closure:
        kept: list[Task] = []
        removals: list[Removal] = []
        rewritten: list[Task] = []
        cuts: dict[int, str] = {}
        for task in self._plan.tasks:
            if task.id <= self._marker:
                with suppress(Refused):
                    self._importer.execute(task)
                kept.append(task)
                continue
            smaller, cut = self._cut(task)
            reason = self._why(smaller)
            if reason:
                removals.append(Removal(task, reason))
                if task.type == "CREATE":
                    self._gone.add((task.data_type, task.resource_id))
                continue
            kept.append(smaller)
            if cut:
                rewritten.append(smaller)
                cuts[task.id] = cut
        return Closure(kept=tuple(kept), removals=tuple(removals), rewritten=tuple(rewritten), cuts=cuts)

    def _why(self, task: Task) -> str:
        """Why a pending task goes; empty if it stays, and then it has been executed."""
        if task.id in self._culprits:
            return self._culprits[task.id]
        for data_type, identity in references(task):
            if (data_type, identity) in self._gone and not self._is_itself(task, data_type, identity):
                return f"it needs {noun_of_type(data_type)} {identity}, which was quarantined"
        try:
            self._importer.execute(task)
        except Refused as refused:
            if task.id not in self._refused_anyway:
                return f"it needs what was quarantined: {refused.message}"
        return ""

    def _is_itself(self, task: Task, data_type: str, identity: str) -> bool:
        return task.type == "CREATE" and (data_type, identity) == (task.data_type, task.resource_id)

    def _cut(self, task: Task) -> tuple[Task, str]:
        """The task without the parts that go; the task itself if that leaves nothing of it, or all."""
        if task.data_type == "HEALTHMONITOR" and task.type == "CREATE":
            pools: list[JsonObject] = task.data.get("pools") or []
            kept = [pool for pool in pools if ("POOL", str(pool.get("pool_id"))) not in self._gone]
            return _with(task, "pools", pools, kept, "pool associations")
        if task.data_type == "ROUTER" and task.type == "UPDATE":
            routes: list[JsonObject] = task.data.get("routes") or []
            kept = [route for route in routes if self._is_reachable(task, route)]
            return _with(task, "routes", routes, kept, "extra routes")
        return task, ""

    def _is_reachable(self, task: Task, route: JsonObject) -> bool:
        if task.id in self._refused_anyway:
            return True
        store = self._importer.store
        try:
            router = store.get("NeutronRouter", to_uuid(task.resource_id))
            reach(store, router, to_subnet(route.get("destination")), to_address(route.get("nexthop")))
        except Refused:
            return False
        return True


def _with(
    task: Task, member: str, before: list[JsonObject], after: list[JsonObject], noun: str
) -> tuple[Task, str]:
    if not after or len(after) == len(before):
        return task, ""
    cut = f"{len(before) - len(after)} of {len(before)} {noun} cut out: they need what was quarantined"
    return msgspec.structs.replace(task, data={**task.data, member: after}), cut


def _importer(plan: Plan) -> SimulatedImporter:
    """An importer for which every host exists: hosts are no tasks, and never go."""
    names = {str(task.data.get("binding:host_id") or "") for task in plan.tasks} - {""}
    hosts = {name: f"{number:032x}" for number, name in enumerate(sorted(names), 1)}
    return SimulatedImporter(_version(plan.meta.target_version), hosts)


def _version(text: str) -> TargetVersion:
    known: tuple[Any, ...] = get_args(TargetVersion)
    if text not in known:
        raise ValueError(f"no target version: {text}")
    version: TargetVersion = known[known.index(text)]
    return version


def _refused(plan: Plan) -> frozenset[int]:
    """Tasks that the simulation refuses although nothing was taken out: no reason to take them out."""
    importer = _importer(plan)
    refused = set()
    for task in plan.tasks:
        try:
            importer.execute(task)
        except Refused:
            refused.add(task.id)
    return frozenset(refused)
