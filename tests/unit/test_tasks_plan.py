"""Shape and order of the rows, and plans of real sites."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest

from golden_snapshot import load_snapshot
from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.plan import Bucket, PlanOptions
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.tasks import plan_tasks, validate_rows
from midonet_migrate.plan.tasks.schema import TargetVersion
from neutron_builders import (
    floating_ip,
    group,
    identity,
    interface,
    member,
    monitor,
    network,
    pool,
    port,
    router,
    rule,
    snapshot,
    subnet,
    vip,
)

VERSIONS = get_args(TargetVersion)
ORDER = (
    "SECURITYGROUP",
    "NETWORK",
    "SUBNET",
    "PORT",
    "ROUTER",
    "ROUTERINTERFACE",
    "ROUTER",
    "FLOATINGIP",
    "POOL",
    "MEMBER",
    "VIP",
    "HEALTHMONITOR",
)
KINDS = {
    "SECURITYGROUP": "security_groups",
    "NETWORK": "networks",
    "SUBNET": "subnets",
    "PORT": "ports",
    "FLOATINGIP": "floating_ips",
    "POOL": "pools",
    "MEMBER": "members",
    "VIP": "vips",
    "HEALTHMONITOR": "health_monitors",
}


def site(**changes: list[JsonObject]) -> Snapshot:
    """One of everything: a tenant network behind a router with gateway, a VM, a floating IP, a balancer."""
    outside = network(1, **{"router:external": True})
    inside = network(2)
    outside_subnet = subnet(3, outside["id"], 200)
    inside_subnet = subnet(4, inside["id"], 1)
    of = group(5, rule(6, identity(5)))
    gateway = port(
        10,
        outside["id"],
        {"10.0.200.5": outside_subnet["id"]},
        device_owner="network:router_gateway",
        device_id=identity(20),
    )
    inner = port(
        11,
        inside["id"],
        {"10.0.1.1": inside_subnet["id"]},
        device_owner="network:router_interface",
        device_id=identity(20),
    )
    dhcp = port(12, inside["id"], {"10.0.1.2": inside_subnet["id"]}, device_owner="network:dhcp")
    vm = port(13, inside["id"], {"10.0.1.7": inside_subnet["id"]}, security_groups=[of["id"]])
    routes = [{"destination": "10.9.0.0/16", "nexthop": "10.0.1.7"}]
    kinds: dict[str, list[JsonObject]] = {
        "security_groups": [of],
        "networks": [outside, inside],
        "subnets": [outside_subnet, inside_subnet],
        "ports": [vm, gateway, inner, dhcp],
        "routers": [router(20, gateway["id"], routes=routes)],
        "floating_ips": [
            floating_ip(
                30,
                "10.0.200.50",
                port_id=vm["id"],
                router_id=identity(20),
                fixed_ip_address="10.0.1.7",
                floating_network_id=outside["id"],
            )
        ],
        "pools": [pool(40, inside_subnet["id"], health_monitors=[identity(43)], members=[identity(41)])],
        "members": [member(41, identity(40))],
        "vips": [vip(42, identity(40), "10.0.1.9", inside_subnet["id"])],
        "health_monitors": [monitor(43, identity(40))],
    }
    return snapshot(**(kinds | changes))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_rows_come_in_the_order_of_their_references(version: TargetVersion) -> None:
    tasks = plan_tasks(site(), PlanOptions(target_version=version)).tasks
    kinds = [task.data_type for task in tasks]
    assert list(dict.fromkeys(kinds)) == list(dict.fromkeys(ORDER))
    assert [task.type for task in tasks if task.data_type == "ROUTER"] == ["CREATE", "UPDATE"]
    owners = [task.data["device_owner"] for task in tasks if task.data_type == "PORT"]
    assert owners == ["network:dhcp", "network:router_gateway", "network:router_interface", "compute:nova"]


def test_the_shape_of_rows_that_are_not_the_plain_dict() -> None:
    source = site()
    tasks = plan_tasks(source, PlanOptions(first_task_id=100)).tasks
    create, update = (task.data for task in tasks if task.data_type == "ROUTER")
    wanted = source.neutron["routers"][0]
    assert update == wanted
    assert create == {name: value for name, value in wanted.items() if name != "routes"}
    (linked,) = (task for task in tasks if task.data_type == "ROUTERINTERFACE")
    assert linked.data == {"id": identity(20), "port_id": identity(11), "subnet_id": identity(4)}
    assert linked.resource_id == identity(20)
    (balanced,) = (task.data for task in tasks if task.data_type == "POOL")
    emptied: JsonObject = {"health_monitors": [], "health_monitors_status": [], "members": [], "vip_id": None}
    assert balanced == {**source.neutron["pools"][0], **emptied, "router_id": identity(20)}
    assert [task.id for task in tasks] == list(range(100, 100 + len(tasks)))


def test_5_4_gets_subnet_ids_and_networks_without_subnets() -> None:
    tasks = plan_tasks(site(), PlanOptions(target_version="5.4.6")).tasks
    (linked,) = (task.data for task in tasks if task.data_type == "ROUTERINTERFACE")
    assert linked["subnet_ids"] == [linked["subnet_id"]]
    assert not any("subnets" in task.data for task in tasks if task.data_type == "NETWORK")


def test_a_router_without_routes_gets_no_update() -> None:
    empty: list[JsonObject] = [{"routes": []}, {"routes": None}, {}]
    for keys in empty:
        changed = site(routers=[router(20, identity(10), **keys)])
        tasks = plan_tasks(changed, PlanOptions()).tasks
        assert [task.type for task in tasks if task.data_type == "ROUTER"] == ["CREATE"]


def test_transaction_ids_are_those_of_a_request_and_stay_the_same() -> None:
    first, second = (plan_tasks(site(), PlanOptions(first_task_id=start)).tasks for start in (1, 900))
    assert [task.transaction_id for task in first] == [task.transaction_id for task in second]
    assert all(task.transaction_id.startswith("req-") for task in first)


def test_the_router_of_a_pool_is_found_by_any_address_of_its_interface() -> None:
    """Not by the first alone: an interface may have more than one (db 2.8)."""
    source = site()
    inner = next(each for each in source.neutron["ports"] if each["id"] == identity(11))
    inner["fixed_ips"].insert(0, {"ip_address": "10.0.1.77", "subnet_id": identity(4)})
    source.neutron["router_interfaces"] = [interface(inner)]
    plan = plan_tasks(source, PlanOptions())
    assert plan.outcomes["pools", identity(40)].bucket is Bucket.TASK
    assert any(finding.rule == "interface-addresses" for finding in plan.findings)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_site_is_queued_whole(golden: Path, version: TargetVersion) -> None:
    """Site B has nothing that 5.x cannot import: every resource gets its task, as it is."""
    source = load_snapshot(golden)
    plan = plan_tasks(source, PlanOptions(target_version=version))
    assert validate_rows(plan.tasks, version) == []
    assert {outcome.bucket for outcome in plan.outcomes.values()} == {Bucket.TASK}
    assert len(plan.outcomes) == sum(len(source.neutron[kind]) for kind in NEUTRON_KINDS)
    counts = Counter(task.data_type for task in plan.tasks)
    for data_type, kind in KINDS.items():
        assert counts[data_type] == len(source.neutron[kind])
    assert counts["ROUTERINTERFACE"] == len(source.neutron["router_interfaces"])
    assert {rewrite.rule for rewrite in plan.rewrites} <= {"network-subnets"}
    assert not any(finding.level == "error" for finding in plan.findings)


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_a_really_imported_site_is_planned_to_the_very_same_rows(
    golden: Path, version: TargetVersion
) -> None:
    """The recorded rows, read back as a site, must come out of the planner unchanged."""
    rows = json.loads((golden / "importer" / version / "tasks.json").read_text())["rows"]
    kinds: dict[str, list[JsonObject]] = {
        kind: [row["data"] for row in rows if row["data_type"] == data_type]
        for data_type, kind in KINDS.items()
    }
    kinds["routers"] = [
        row["data"] for row in rows if (row["type"], row["data_type"]) == ("UPDATE", "ROUTER")
    ]
    plan = plan_tasks(snapshot(**kinds), PlanOptions(target_version=version))
    planned = [(task.type, task.data_type, task.resource_id, task.data) for task in plan.tasks]
    recorded = [(row["type"], row["data_type"], row["resource_id"], row["data"]) for row in rows]
    assert _sorted(planned) == _sorted(recorded)
    assert [each[:2] for each in planned] == [each[:2] for each in recorded]
    assert [rewrite.rule for rewrite in plan.rewrites] == ["pool-order"]


def _sorted(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_outcomes_are_keyed_like_the_ledger(golden: Path) -> None:
    source = load_snapshot(golden)
    plan = plan_tasks(source, PlanOptions())
    for kind in NEUTRON_KINDS:
        assert {(kind, object_key(kind, item)) for item in source.neutron[kind]} <= plan.outcomes.keys()
