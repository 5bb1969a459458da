"""What goes with a task that is taken out, and what is only cut, on a small site."""

from __future__ import annotations

import pytest

from midonet_migrate.model.plan import Bucket, LedgerEntry, Plan, PlanOptions, Task
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.plan.quarantine import RULE, Quarantine, quarantine
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

NET_A, NET_B, NET_EXT = identity(1), identity(2), identity(3)
SUB_A, SUB_B, SUB_EXT = identity(11), identity(12), identity(13)
IF_A, IF_B, GATEWAY = identity(21), identity(22), identity(23)
VM_A, VM_B = identity(31), identity(32)
ROUTER = identity(41)
GROUP_A, GROUP_B = identity(51), identity(52)
POOL_A, POOL_B, MONITOR = identity(61), identity(62), identity(71)
FLOATING_IP = identity(81)
OPTIONS = PlanOptions(target_version="5.2.1", first_task_id=1)


def site() -> Snapshot:
    """Two networks with a machine each on a router with gateway and extra routes; pools with one monitor."""
    owner = {"device_owner": "network:router_interface", "device_id": ROUTER}
    interfaces = [
        port(21, NET_A, {"10.0.1.1": SUB_A}, **owner),
        port(22, NET_B, {"10.0.2.1": SUB_B}, **owner),
    ]
    rules = [rule(91, GROUP_A), rule(92, GROUP_B, remote_group_id=GROUP_A)]
    routes = [
        {"destination": "172.16.1.0/24", "nexthop": "10.0.1.9"},
        {"destination": "172.16.2.0/24", "nexthop": "10.0.2.9"},
    ]
    return snapshot(
        networks=[network(1), network(2), network(3, **{"router:external": True})],
        subnets=[subnet(11, NET_A, 1), subnet(12, NET_B, 2), subnet(13, NET_EXT, 3)],
        ports=[
            *interfaces,
            port(23, NET_EXT, {"10.0.3.2": SUB_EXT}, device_owner="network:router_gateway", device_id=ROUTER),
            port(31, NET_A, {"10.0.1.5": SUB_A}, security_groups=[GROUP_A]),
            port(32, NET_B, {"10.0.2.5": SUB_B}, security_groups=[GROUP_B]),
        ],
        routers=[router(41, GATEWAY, routes=routes)],
        router_interfaces=[interface(item) for item in interfaces],
        security_groups=[group(51, rules[0]), group(52, rules[1])],
        security_group_rules=rules,
        pools=[pool(61, SUB_A), pool(62, SUB_B)],
        members=[member(63, POOL_A), member(64, POOL_B)],
        vips=[vip(65, POOL_A, "10.0.1.8", SUB_A)],
        health_monitors=[monitor(71, POOL_A, POOL_B)],
        floating_ips=[
            floating_ip(
                81,
                "10.0.3.8",
                floating_network_id=NET_EXT,
                router_id=ROUTER,
                fixed_ip_address="10.0.1.5",
                port_id=VM_A,
            )
        ],
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
