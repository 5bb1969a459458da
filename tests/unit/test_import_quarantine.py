"""What goes with a task that is taken out, and what is only cut, on a small site."""

from __future__ import annotations

import pytest

from midonet_migrate.model.plan import Bucket, LedgerEntry, Plan, Task
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.plan.quarantine import RULE, Quarantine, quarantine
from neutron_builders import identity
from quarantine_site import (
    FLOATING_IP,
    GROUP_A,
    IF_A,
    IF_B,
    MONITOR,
    NET_B,
    NET_EXT,
    OPTIONS,
    POOL_A,
    POOL_B,
    ROUTER,
    SUB_B,
    VM_A,
    VM_B,
    site,
)


@pytest.fixture
def plan() -> Plan:
    return build_plan(site(), OPTIONS)


def task_of(plan: Plan, data_type: str, resource: str, type_: str = "CREATE") -> Task:
    (found,) = [
        task
        for task in plan.tasks
        if (task.data_type, task.type) == (data_type, type_)
        and resource in {task.resource_id, task.data.get("port_id")}
    ]
    return found


def without(plan: Plan, data_type: str, resource: str, type_: str = "CREATE") -> Quarantine:
    culprit = task_of(plan, data_type, resource, type_)
    return quarantine(plan, site(), OPTIONS, {culprit.id: "it stops the importer"}, marker=0)


def removed(found: Quarantine) -> set[tuple[str, str]]:
    return {
        (item.task.data_type, item.task.data.get("port_id") or item.task.resource_id)
        if item.task.data_type == "ROUTERINTERFACE"
        else (item.task.data_type, item.task.resource_id)
        for item in found.removals
    }


def entry(plan: Plan, kind: str, identifier: str) -> LedgerEntry:
    (found,) = [item for item in plan.ledger if (item.kind, item.id) == (kind, identifier)]
    return found


def test_the_site_is_planned_whole(plan: Plan) -> None:
    """Else the tests below would say nothing."""
    assert {item.bucket for item in plan.ledger} == {Bucket.TASK}


def test_a_port_of_a_machine_takes_its_floating_ip_and_nothing_else(plan: Plan) -> None:
    found = without(plan, "PORT", VM_A)
    assert removed(found) == {("PORT", VM_A), ("FLOATINGIP", FLOATING_IP)}
    assert entry(found.plan, "ports", VM_A).reason == "it stops the importer"
    assert VM_A in entry(found.plan, "floating_ips", FLOATING_IP).reason


def test_a_group_takes_its_rules_and_its_ports_but_not_who_names_it_as_remote_group(plan: Plan) -> None:
    """A rule about a group without members matches nothing, which is right when its ports are gone."""
    found = without(plan, "SECURITYGROUP", GROUP_A)
    assert removed(found) == {("SECURITYGROUP", GROUP_A), ("PORT", VM_A), ("FLOATINGIP", FLOATING_IP)}
    lost = entry(found.plan, "security_group_rules", identity(91))
    assert (lost.bucket, lost.rule) == (Bucket.SKIPPED, RULE)
    assert entry(found.plan, "security_group_rules", identity(92)).bucket is Bucket.TASK


def test_an_interface_takes_the_route_through_it_out_of_the_update_of_the_router(plan: Plan) -> None:
    """The other route stays, in a row with the same id."""
    found = without(plan, "ROUTERINTERFACE", IF_A)
    assert removed(found) == {("ROUTERINTERFACE", IF_A)}
    before = task_of(plan, "ROUTER", ROUTER, "UPDATE")
    (after,) = found.rewritten
    assert after.id == before.id
    assert [route["nexthop"] for route in after.data["routes"]] == ["10.0.2.9"]
    told = entry(found.plan, "routers", ROUTER)
    assert (told.bucket, told.rule) == (Bucket.TASK, RULE)
    assert "extra routes" in told.reason
    assert after in found.plan.tasks


def test_both_interfaces_take_the_whole_update_of_the_router_but_not_the_router(plan: Plan) -> None:
    culprits = {task_of(plan, "ROUTERINTERFACE", port_id).id: "no" for port_id in (IF_A, IF_B)}
    found = quarantine(plan, site(), OPTIONS, culprits, marker=0)
    assert ("ROUTER", ROUTER) in removed(found)
    assert task_of(found.plan, "ROUTER", ROUTER)
    assert "without its extra routes" in entry(found.plan, "routers", ROUTER).reason


def test_a_pool_takes_member_vip_and_its_association_to_the_monitor(plan: Plan) -> None:
    found = without(plan, "POOL", POOL_A)
    assert removed(found) == {("POOL", POOL_A), ("MEMBER", identity(63)), ("VIP", identity(65))}
    (kept,) = found.rewritten
    assert [item["pool_id"] for item in kept.data["pools"]] == [POOL_B]
    assert entry(found.plan, "health_monitors", MONITOR).bucket is Bucket.TASK


def test_a_network_takes_all_that_lies_on_it(plan: Plan) -> None:
    found = without(plan, "NETWORK", NET_B)
    assert removed(found) == {
        ("NETWORK", NET_B),
        ("SUBNET", SUB_B),
        ("PORT", IF_B),
        ("PORT", VM_B),
        ("ROUTERINTERFACE", IF_B),
    }
    assert [task.data_type for task in found.rewritten] == ["ROUTER"]


def test_the_external_network_takes_the_router_and_what_hangs_on_it(plan: Plan) -> None:
    found = without(plan, "NETWORK", NET_EXT)
    assert {
        ("ROUTER", ROUTER),
        ("ROUTERINTERFACE", IF_A),
        ("POOL", POOL_A),
        ("FLOATINGIP", FLOATING_IP),
        ("HEALTHMONITOR", MONITOR),
    } <= removed(found)
    assert ("PORT", VM_A) not in removed(found)


def test_every_removal_is_a_finding_and_the_plan_says_exit_status_1(plan: Plan) -> None:
    found = without(plan, "POOL", POOL_A)
    told = {(item.kind, item.id) for item in found.plan.meta.findings if item.rule == RULE}
    assert told == {
        ("pools", POOL_A),
        ("members", identity(63)),
        ("vips", identity(65)),
        ("health_monitors", MONITOR),
    }
    assert {item.level for item in found.plan.meta.findings if item.rule == RULE} == {"warning"}
