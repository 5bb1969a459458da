"""Requests too large for ZooKeeper, and how long the import takes (imp 8.2, 8.3)."""

from __future__ import annotations

import time

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, Finding, PlanOptions, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.tasks import plan_tasks
from neutron_builders import group, identity, network, port, rule, snapshot, subnet

NET, SUB, GROUP = identity(1), identity(2), identity(3)


def _ports(count: int, networks: int = 1) -> Snapshot:
    """``count`` VMs spread over networks, each network with a subnet and a group of its own."""
    nets = [network(number) for number in range(1, networks + 1)]
    subnets = [subnet(1_000 + number, nets[number]["id"]) for number in range(networks)]
    groups = [group(2_000 + number) for number in range(networks)]
    ports: list[JsonObject] = []
    for number in range(count):
        of = number % networks
        address = f"10.0.{number // networks >> 8}.{number // networks & 255}"
        vm = port(10_000 + number, nets[of]["id"], {address: subnets[of]["id"]})
        vm["security_groups"] = [groups[of]["id"]]
        ports.append(vm)
    return snapshot(networks=nets, subnets=subnets, security_groups=groups, ports=ports)


def _errors(plan: TaskPlan) -> list[Finding]:
    return [finding for finding in plan.findings if finding.level == "error"]


def _group(rules: int, *, with_ports: bool) -> Snapshot:
    ports = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80} if with_ports else {}
    return snapshot(security_groups=[group(3, *(rule(100 + n, GROUP, **ports) for n in range(rules)))])


@pytest.mark.parametrize(
    ("rules", "with_ports", "fits"),
    [(300, True, True), (650, True, True), (700, True, False), (900, False, True), (1_200, False, False)],
)
def test_groups_that_really_stopped_an_importer_are_found(rules: int, with_ports: bool, fits: bool) -> None:
    """650 rules with ports passed, 700 did not; 900 without ports passed."""
    errors = _errors(plan_tasks(_group(rules, with_ports=with_ports), PlanOptions()))
    assert [(each.kind, each.id) for each in errors] == ([] if fits else [("security_groups", GROUP)])
    assert all("split the group" in each.remedy and "jute.maxbuffer" in each.remedy for each in errors)


@pytest.mark.parametrize(("count", "fits"), [(3_100, True), (3_239, False)])
def test_a_network_with_too_many_ports_is_found(count: int, fits: bool) -> None:
    """3,239 ports in one network, subnet and group were the end (imp 8.2)."""
    plan = plan_tasks(_ports(count), PlanOptions())
    errors = _errors(plan)
    assert [(each.kind, each.id) for each in errors] == ([] if fits else [("networks", NET)])
    assert all("jute.maxbuffer" in each.remedy for each in errors)
    assert {outcome.bucket for outcome in plan.outcomes.values()} == {Bucket.TASK}


def test_servers_with_a_larger_limit_take_more() -> None:
    assert _errors(plan_tasks(_group(700, with_ports=True), PlanOptions(request_limit=4_194_304))) == []


@pytest.mark.parametrize(
    ("count", "networks", "least", "most"),
    [(1_000, 1, 33, 47), (2_500, 1, 180, 240), (3_000, 1, 260, 340), (10_000, 100, 90, 145)],
)
def test_the_expected_time_is_near_what_was_measured(
    count: int, networks: int, least: float, most: float
) -> None:
    """40 s, 3.5 min and 5 min in one network; 106-116 s for 10,000 ports in 100 networks (imp 8.3)."""
    assert least < plan_tasks(_ports(count, networks), PlanOptions()).expected_seconds < most


def test_planning_is_linear_in_the_number_of_ports() -> None:
    """Four times the ports: at most about four times the processor time, when nobody disturbs."""
    few, many = (_ports(count, count // 50) for count in (2_000, 8_000))

    def seconds(source: Snapshot) -> float:
        start = time.process_time()
        plan_tasks(source, PlanOptions())
        return time.process_time() - start

    assert any(seconds(many) < 8 * seconds(few) for _ in range(5))
