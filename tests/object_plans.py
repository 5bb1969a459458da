"""Object plans of small sites, and what must hold for every one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from midonet_migrate.model.keys import JsonObject, ObjectKey, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.plan import (
    NEEDS_REASON,
    ConversionPlan,
    ObjectPlan,
    ObjectRequest,
    Outcome,
    PlanOptions,
)
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.conversions.all_conversions import plan_conversions
from midonet_migrate.plan.objects import before_import, plan_objects
from midonet_migrate.plan.objects.imported import Imported
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.tasks import plan_tasks
from old_site import TENANT, OldSite

Version = Literal["5.0.2", "5.2.1", "5.4.6"]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOT_REFERENCES = {"id", "tenantId", "vifId", "name"}
_PATHS = (
    re.compile(r"(/bridges/[^/]+/dhcp/[^/]+)/hosts"),
    re.compile(r"(/bridges/[^/]+/dhcpV6/[^/]+)/hostsV6"),
)


def plan_of(
    snapshot: Snapshot,
    version: Version = "5.2.1",
    taken: Mapping[ObjectKey, Outcome] | None = None,
    **options: Any,
) -> ObjectPlan:
    """The object plan of a snapshot; no object is decided by another conversion unless given."""
    chosen = PlanOptions(target_version=version, **options)
    tasks = plan_tasks(snapshot, chosen)
    return plan_objects(snapshot, classify(snapshot), tasks, chosen, taken=taken or {})


def conversions_of(site: OldSite, **options: Any) -> ConversionPlan:
    """What is converted of a site under construction."""
    snapshot, chosen = site.snapshot(), PlanOptions(**options)
    return plan_conversions(snapshot, classify(snapshot), plan_tasks(snapshot, chosen), chosen)


def plan_site(site: OldSite, version: Version = "5.2.1", **options: Any) -> ObjectPlan:
    """The checked object plan of a site under construction."""
    snapshot = site.snapshot()
    plan = plan_of(snapshot, version, **options)
    check_plan(snapshot, plan, version)
    return plan


def requests_for(plan: ObjectPlan, kind: str, key: str | None = None) -> list[ObjectRequest]:
    """The requests of a kind, or of one object."""
    return [item for item in plan.objects if item.kind == kind and key in {None, item.id}]


def body_of(plan: ObjectPlan, kind: str, key: str) -> JsonObject:
    """The body of the only request of an object."""
    (request,) = requests_for(plan, kind, key)
    assert request.body is not None
    return request.body


def findings_of(plan: ObjectPlan, rule: str) -> list[str]:
    """The ids for which a finding was made."""
    return [item.id for item in plan.findings if item.rule == rule]


def check_plan(snapshot: Snapshot, plan: ObjectPlan, version: Version = "5.2.1") -> None:
    """Every object has one outcome, those that need reasons have them, every reference is met in order."""
    expected = {
        (kind, object_key(kind, item)) for kind in MIDONET_KINDS for item in snapshot.midonet.get(kind, [])
    }
    assert plan.outcomes.keys() == expected
    for key, outcome in plan.outcomes.items():
        assert outcome.bucket not in NEEDS_REASON or (outcome.rule and outcome.reason), key
    assert all(item.disposition and item.reason for item in plan.modifications)
    check_order(snapshot, plan, version)


def check_order(snapshot: Snapshot, plan: ObjectPlan, version: Version = "5.2.1") -> None:
    """Whatever a path or a body names was made before: by an earlier request or by the importer."""
    options = PlanOptions(target_version=version)
    imported = Imported(snapshot, plan_tasks(snapshot, options), options)
    in_store = {item.source.id for item in plan.conversions if item.type == "host-in-store"}
    known, paths = set(in_store), set()
    for position, request in enumerate(plan.objects):
        body = request.body or {}
        mentioned = set(UUID.findall(request.path)) | set(_references(body))
        late = {key for key in mentioned - known if before_import(request) or not _is_imported(imported, key)}
        assert not late, (position, request.path, late)
        for pattern in _PATHS:
            found = pattern.match(request.path)
            assert found is None or found[1] in paths, request.path
        if request.method == "POST" and "id" in body:
            assert body["id"] not in known, request
            known.add(body["id"])
        if request.method == "POST":
            paths.add(f"{request.path}/{_item(body)}")
    check_positions(plan)


def _item(body: JsonObject) -> str:
    if "subnetPrefix" in body:
        return f"{body['subnetPrefix']}_{body['subnetLength']}"
    return f"{body.get('prefix')}_{body.get('prefixLength')}"


def _references(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in NOT_REFERENCES:
                yield from _references(item)
    else:
        yield from UUID.findall(json.dumps(value))


def _is_imported(imported: Imported, key: str) -> bool:
    kinds = ("bridge", "router", "port", "chain", "ip_addr_group", "port_group", "load_balancer", "pool")
    return any(imported.has(kind, key) for kind in (*kinds, "vip", "pool_member", "health_monitor"))


def check_positions(plan: ObjectPlan) -> None:
    """Rules of a chain come with ascending positions: one chain is never reversed."""
    last: dict[str, int] = {}
    for request in plan.objects:
        if request.kind == "rule":
            assert request.body is not None
            assert request.body["position"] > last.get(request.path, 0)
            last[request.path] = request.body["position"]


def hand_bridge(site: OldSite, **members: Any) -> JsonObject:
    """A bridge made by hand."""
    body = {
        "name": "legacy",
        "tenantId": TENANT,
        "adminStateUp": True,
        "inboundFilterId": None,
        "outboundFilterId": None,
        "disableAntiSpoof": False,
        "vxLanPortId": None,
        "vxLanPortIds": None,
    }
    return site.add("bridge", **(body | members))


def hand_host(site: OldSite, name: str = "compute-1", **members: Any) -> JsonObject:
    """A host."""
    body = {"name": name, "alive": True, "addresses": [], "hostInterfaces": [], "floodingProxyWeight": 1}
    return site.add("host", **(body | members))


def bind(site: OldSite, port: JsonObject, host: JsonObject, interface: str) -> JsonObject:
    """A binding, written twice as 1.9 does."""
    port["hostId"], port["interfaceName"] = host["id"], interface
    return site.add("host_interface_port", hostId=host["id"], portId=port["id"], interfaceName=interface)
