"""Any task out of any plan: what is left can be imported to its end, and all objects are accounted for."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_lab.sites.generator import SiteSpec, generate_with_dicts
from midonet_lab.sites.generator.specification import Flavour
from midonet_migrate.model.codec import plan_checksum
from midonet_migrate.model.plan import NEEDS_REASON, Bucket, Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.ledger import check_ledger
from midonet_migrate.plan.planner import build_plan, sealed
from midonet_migrate.plan.quarantine import RULE, object_of, quarantine
from midonet_migrate.plan.quarantine_closure import references
from midonet_migrate.plan.tasks import Existing, TaskRow, validate_rows
from midonet_migrate.plan.tasks.schema import TargetVersion

FLAVOURS: tuple[Flavour, ...] = ("v1", "v2")
VERSIONS: tuple[TargetVersion, ...] = ("5.2.1", "5.0.2")
FIRST_ID = 40


def site(seed: int, flavour: Flavour) -> Snapshot:
    spec = SiteSpec(ports=24, flavour=flavour, provider_router=True, load_balancing=True, user_sets=1)
    found = generate_with_dicts(spec, seed, oddities=False)
    return Snapshot(
        neutron=found.neutron, midonet=found.site.midonet, meta=SnapshotMeta(plugin_flavour=flavour)
    )


def rows(plan: Plan) -> list[TaskRow]:
    return [msgspec.convert(msgspec.to_builtins(task), TaskRow) for task in plan.tasks]


def hosts(snapshot: Snapshot) -> dict[str, str]:
    return {str(host["name"]): str(host["id"]) for host in snapshot.midonet["host"]}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5000), st.sampled_from(FLAVOURS), st.sampled_from(VERSIONS), st.randoms())
def test_what_is_left_is_importable_and_every_object_is_in_one_bucket(
    seed: int, flavour: Flavour, version: TargetVersion, chance: random.Random
) -> None:
    """For any culprit: nothing left names it, the importer takes all that is left, the sums come out."""
    snapshot = site(seed, flavour)
    options = PlanOptions(target_version=version, first_task_id=FIRST_ID)
    plan = build_plan(snapshot, options)
    culprit = chance.choice(plan.tasks)
    executed = chance.randrange(FIRST_ID - 1, culprit.id)
    found = quarantine(plan, snapshot, options, {culprit.id: "the test wants it"}, marker=executed)

    removed = {removal.task.id for removal in found.removals}
    assert culprit.id in removed
    assert min(removed) > executed
    assert [task.id for task in found.plan.tasks] == [
        task.id for task in plan.tasks if task.id not in removed
    ]
    gone = {
        (removal.task.data_type, removal.task.resource_id)
        for removal in found.removals
        if removal.task.type == "CREATE" and removal.task.data_type != "ROUTERINTERFACE"
    }
    for task in found.plan.tasks:
        assert gone.isdisjoint(references(task)), task
    assert validate_rows(rows(found.plan), version, Existing(hosts=hosts(snapshot))) == []

    check_ledger(snapshot, found.plan.ledger)
    assert found.plan.meta.checksum == plan_checksum(found.plan)
    after = {(entry.kind, entry.id): entry for entry in found.plan.ledger}
    for removal in found.removals:
        key = object_of(removal.task)
        assert key is not None
        if removal.task.type == "CREATE":
            assert (after[key].bucket, after[key].rule) == (Bucket.SKIPPED, RULE)
    for before in plan.ledger:
        entry = after[before.kind, before.id]
        if entry.bucket is not before.bucket:
            assert (entry.bucket, entry.rule) == (Bucket.SKIPPED, RULE), (before, entry)
        if entry.bucket in NEEDS_REASON:
            assert entry.rule
            assert entry.reason


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 5000), st.randoms())
def test_two_quarantines_one_after_the_other_are_as_one_of_both(seed: int, chance: random.Random) -> None:
    """A second stall does not bring back what the first took out."""
    snapshot = site(seed, "v2")
    options = PlanOptions(target_version="5.2.1", first_task_id=FIRST_ID)
    plan = build_plan(snapshot, options)
    one = chance.choice(plan.tasks)
    first = quarantine(plan, snapshot, options, {one.id: "first"}, marker=0)
    if not first.plan.tasks:
        return
    other = chance.choice(first.plan.tasks)
    second = quarantine(first.plan, snapshot, options, {other.id: "second"}, marker=0)
    both = quarantine(plan, snapshot, options, {one.id: "first", other.id: "second"}, marker=0)
    assert [task.id for task in second.plan.tasks] == [task.id for task in both.plan.tasks]
    assert [(entry.kind, entry.id, entry.bucket) for entry in second.plan.ledger] == [
        (entry.kind, entry.id, entry.bucket) for entry in both.plan.ledger
    ]
    assert second.plan.objects == both.plan.objects


def test_a_task_that_was_executed_or_is_not_of_the_plan_cannot_be_taken_out() -> None:
    """Its objects exist: the ledger must not say otherwise."""
    snapshot = site(1, "v1")
    options = PlanOptions(target_version="5.2.1", first_task_id=FIRST_ID)
    plan = sealed(build_plan(snapshot, options))
    for number in (FIRST_ID, FIRST_ID - 1):
        with pytest.raises(ValueError, match=str(number)):
            quarantine(plan, snapshot, options, {number: "no"}, marker=FIRST_ID)
