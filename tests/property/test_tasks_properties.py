"""What holds for the task plan of any site, however odd."""

from __future__ import annotations

import copy
import random
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.plan import NEEDS_REASON, Bucket, PlanOptions, Task, TaskPlan
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.tasks import Existing, plan_tasks, validate_rows
from midonet_migrate.plan.tasks.schema import TargetVersion
from neutron_builders import HOST, identity
from strategies_neutron import sites

VERSIONS = st.sampled_from(get_args(TargetVersion))
EXAMPLES = settings(max_examples=150, deadline=None)

DATA_TYPES = {
    "security_groups": "SECURITYGROUP",
    "networks": "NETWORK",
    "subnets": "SUBNET",
    "ports": "PORT",
    "routers": "ROUTER",
    "floating_ips": "FLOATINGIP",
    "pools": "POOL",
    "members": "MEMBER",
    "vips": "VIP",
    "health_monitors": "HEALTHMONITOR",
}
SHAPE = {
    "ROUTER": {"routes"},
    "POOL": {"health_monitors", "health_monitors_status", "members", "vip_id", "router_id"},
}
"""Keys whose value the shape of the row fixes (orig 2.3): no rewrites."""


def _plan(site: Snapshot, version: TargetVersion, first: int = 5) -> TaskPlan:
    return plan_tasks(site, PlanOptions(target_version=version, first_task_id=first))


def _hosts(site: Snapshot) -> dict[str, str]:
    return {HOST: identity(9_000)} if len(site.midonet["host"]) == 1 else {}


def _references(task: Task) -> set[tuple[str, str]]:
    """What a row names and must find: data type and id, taken from the dict alone."""
    data = task.data
    named = [
        ("NETWORK", data.get("network_id")),
        ("SUBNET", data.get("subnet_id")),
        ("POOL", data.get("pool_id")),
        ("ROUTER", data.get("router_id") if task.data_type == "POOL" or data.get("port_id") else None),
        ("PORT", data.get("gw_port_id")),
    ]
    if task.data_type in {"FLOATINGIP", "ROUTERINTERFACE"}:
        named.append(("PORT", data.get("port_id")))
    if task.data_type == "ROUTERINTERFACE":
        named.append(("ROUTER", data["id"]))
    named += [("SUBNET", each["subnet_id"]) for each in data.get("fixed_ips") or []]
    named += [("SECURITYGROUP", each) for each in data.get("security_groups") or []]
    if task.data_type == "HEALTHMONITOR":
        named += [("POOL", each["pool_id"]) for each in data["pools"]]
    return {(kind, str(each)) for kind, each in named if each}


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_no_row_would_stop_the_importer(site: Snapshot, version: TargetVersion) -> None:
    plan = _plan(site, version)
    assert validate_rows(plan.tasks, version, Existing(hosts=_hosts(site), marker=4)) == []


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_every_reference_points_to_an_earlier_row(site: Snapshot, version: TargetVersion) -> None:
    created: set[tuple[str, str]] = set()
    for task in _plan(site, version).tasks:
        assert _references(task) <= created, task
        if task.type == "CREATE" and task.data_type != "ROUTERINTERFACE":
            created.add((task.data_type, task.resource_id))


@EXAMPLES
@given(site=sites(), version=VERSIONS, first=st.integers(1, 10**6))
def test_ids_are_consecutive_and_transactions_their_own(
    site: Snapshot, version: TargetVersion, first: int
) -> None:
    tasks = _plan(site, version, first).tasks
    assert [task.id for task in tasks] == list(range(first, first + len(tasks)))
    assert len({task.transaction_id for task in tasks}) == len(tasks)
    assert all(len(task.transaction_id) == 40 for task in tasks)
    assert all(task.resource_id == task.data["id"] for task in tasks)


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_every_resource_has_exactly_one_outcome_with_a_reason_where_one_is_owed(
    site: Snapshot, version: TargetVersion
) -> None:
    plan = _plan(site, version)
    keys = [(kind, object_key(kind, item)) for kind in NEUTRON_KINDS for item in site.neutron[kind]]
    assert sorted(plan.outcomes) == sorted(keys)
    for outcome in plan.outcomes.values():
        assert outcome.bucket not in NEEDS_REASON or (outcome.rule and outcome.reason)


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_the_bucket_task_means_a_row_and_no_row_means_another_bucket(
    site: Snapshot, version: TargetVersion
) -> None:
    plan = _plan(site, version)
    rows = {(task.data_type, task.resource_id) for task in plan.tasks if task.type == "CREATE"}
    inside = {rule["id"] for task in plan.tasks for rule in task.data.get("security_group_rules") or []}
    linked = {task.data["port_id"] for task in plan.tasks if task.data_type == "ROUTERINTERFACE"}
    for (kind, key), outcome in plan.outcomes.items():
        if kind in DATA_TYPES:
            has_row = (DATA_TYPES[kind], key) in rows
        else:
            has_row = key in (inside if kind == "security_group_rules" else linked)
        assert has_row == (outcome.bucket is Bucket.TASK), (kind, key, outcome)


@EXAMPLES
@given(site=sites(), version=VERSIONS, seed=st.integers())
def test_the_order_of_the_input_does_not_matter_and_the_input_is_left_alone(
    site: Snapshot, version: TargetVersion, seed: int
) -> None:
    before = copy.deepcopy(site)
    plan = _plan(site, version)
    assert site == before
    for items in site.neutron.values():
        random.Random(seed).shuffle(items)
    again = _plan(site, version)
    assert again == plan
    assert list(again.outcomes) == list(plan.outcomes)


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_every_difference_from_the_dict_is_named(site: Snapshot, version: TargetVersion) -> None:
    plan = _plan(site, version)
    named = {(rewrite.kind, rewrite.id) for rewrite in plan.rewrites}
    named |= {(finding.kind, finding.id) for finding in plan.findings}
    by_type = {data_type: kind for kind, data_type in DATA_TYPES.items()}
    for task in plan.tasks:
        if task.type == "UPDATE" or task.data_type == "ROUTERINTERFACE":
            continue
        kind = by_type[task.data_type]
        source = site.neutron_by_id(kind)[task.resource_id]
        shape = SHAPE.get(task.data_type, set())
        differs = {
            name for name in source.keys() | task.data.keys() if source.get(name) != task.data.get(name)
        }
        if task.data_type == "SECURITYGROUP" and differs == {"security_group_rules"}:
            lost = [
                rule
                for rule in source["security_group_rules"]
                if rule not in task.data["security_group_rules"]
            ]
            assert all(("security_group_rules", rule["id"]) in named for rule in lost)
        elif differs - shape:
            assert (kind, task.resource_id) in named, (differs, task)


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_nothing_queued_does_silent_damage(site: Snapshot, version: TargetVersion) -> None:
    """The effects that the importer does not report (silent effects of its recorded behaviour)."""
    plan = _plan(site, version)
    balancers: dict[str, list[bool]] = {}
    monitored: set[str] = set()
    for task in plan.tasks:
        data = task.data
        if task.data_type in {"NETWORK", "PORT", "ROUTER", "POOL", "MEMBER", "VIP", "HEALTHMONITOR"}:
            assert isinstance(data["admin_state_up"], bool)
        if task.type == "CREATE":
            assert "routes" not in data
        if task.data_type == "MEMBER":
            assert isinstance(data["weight"], int)
        if task.data_type == "POOL":
            balancers.setdefault(data["router_id"], []).append(data["admin_state_up"])
        if task.data_type == "ROUTERINTERFACE" and version == "5.4.6":
            assert data["subnet_ids"]
        assert not any(str(each.get("ip_version")) == "6" for each in data.get("extra_dhcp_opts") or [])
        for rule in data.get("security_group_rules") or []:
            assert not _poisonous(rule)
        for each in data.get("pools") or []:
            assert each["pool_id"] not in monitored
            monitored.add(each["pool_id"])
    lowered = {each.requests[0].path for each in plan.conversions if each.type == "load-balancer-admin-state"}
    assert len(lowered) == sum(not states[0] for states in balancers.values())
    assert all(states[0] or not any(states) for states in balancers.values())
    _check_uplinks(plan)


def _poisonous(rule: JsonObject) -> bool:
    low, high = rule["port_range_min"], rule["port_range_max"]
    if rule["protocol"] == "icmpv6":
        return low is not None or high is not None
    return rule["protocol"] != "icmp" and None not in {low, high} and low > high


def _check_uplinks(plan: TaskPlan) -> None:
    rows: dict[tuple[str, str], dict[str, Any]] = {
        (task.data_type, task.resource_id): task.data for task in plan.tasks if task.type == "CREATE"
    }
    for task in plan.tasks:
        if task.data_type == "ROUTERINTERFACE":
            port = rows["PORT", task.data["port_id"]]
            of = rows["NETWORK", port["network_id"]]
            if of.get("provider:network_type") == "uplink":
                assert port["binding:profile"]["interface_name"]


@pytest.mark.parametrize("version", get_args(TargetVersion))
def test_an_empty_site_gives_an_empty_plan(version: TargetVersion) -> None:
    plan = _plan(Snapshot(neutron={}, midonet={}, meta=SnapshotMeta()), version)
    assert (plan.tasks, plan.outcomes, plan.findings, plan.expected_seconds) == ([], {}, [], 0.0)


@EXAMPLES
@given(site=sites(), version=VERSIONS)
def test_every_rule_stands_in_the_manual(site: Snapshot, version: TargetVersion) -> None:
    """An operator who reads a rule id in the plan can look it up."""
    plan = _plan(site, version)
    used = {outcome.rule for outcome in plan.outcomes.values()}
    used |= {each.rule for each in plan.rewrites} | {each.rule for each in plan.findings}
    used |= {each.rule for each in plan.conversions}
    assert {rule.removeprefix("importer-") for rule in used} - {""} <= _documented()


@cache
def _documented() -> set[str]:
    manual = Path(__file__).resolve().parents[2] / "docs" / "rules.md"
    return set(re.findall(r"`([a-z0-9-]+)`", manual.read_text()))
