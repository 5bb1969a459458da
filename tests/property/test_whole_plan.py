"""The whole plan of any generated site: complete, ordered, repeatable."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_lab.sites.generator import SiteSpec, generate_with_dicts
from midonet_lab.sites.generator.specification import Flavour
from midonet_lab.sites.variety import VARIETIES
from midonet_migrate.model.codec import plan_checksum
from midonet_migrate.model.plan import NEEDS_REASON, Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.ledger import check_ledger
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.plan.tasks import Existing, validate_rows

LABEL = re.compile(r"\$\{([^}:]+)")
FLAVOURS: tuple[Flavour, ...] = ("v1", "legacy", "v2")
sites = st.tuples(
    st.builds(
        SiteSpec,
        ports=st.integers(20, 40),
        networks_per_tenant=st.integers(1, 2),
        groups_per_tenant=st.integers(0, 2),
        provider_router=st.booleans(),
        load_balancing=st.booleans(),
        flavour=st.sampled_from(FLAVOURS),
        user_sets=st.integers(0, 2),
        runtime=st.booleans(),
        variety=st.sampled_from([(), VARIETIES[::2], VARIETIES[1::2], VARIETIES]),
    ),
    st.integers(0, 10_000),
    st.booleans(),
)


def snapshot_of(spec: SiteSpec, seed: int, oddities: bool) -> Snapshot:
    found = generate_with_dicts(spec, seed, oddities)
    meta = SnapshotMeta(plugin_flavour=spec.flavour)
    return Snapshot(neutron=found.neutron, midonet=found.site.midonet, meta=meta)


def shuffled(snapshot: Snapshot, seed: int) -> Snapshot:
    """The same site in another order of reading; the order of a list means nothing but for rules."""
    chance = random.Random(seed)
    neutron = {kind: chance.sample(items, len(items)) for kind, items in snapshot.neutron.items()}
    midonet = {
        kind: items if kind == "rule" else chance.sample(items, len(items))
        for kind, items in snapshot.midonet.items()
    }
    return Snapshot(neutron=neutron, midonet=midonet, meta=snapshot.meta)


def texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def assert_labels_are_saved_before_they_are_used(plan: Plan) -> None:
    saved: set[str] = set()
    for conversion in plan.conversions:
        for request in conversion.requests:
            used = {label for text in texts([request.path, request.body]) for label in LABEL.findall(text)}
            assert used <= saved, (conversion.type, conversion.source, used - saved)
            if request.saves:
                saved.add(request.saves)


@settings(max_examples=25, deadline=None)
@given(sites, st.sampled_from(["5.0.2", "5.2.1", "5.4.6"]))
def test_any_site_gives_a_complete_and_valid_plan(site: tuple[SiteSpec, int, bool], version: Any) -> None:
    snapshot = snapshot_of(*site)
    plan = build_plan(snapshot, PlanOptions(target_version=version, first_task_id=500))
    check_ledger(snapshot, plan.ledger)
    assert all(entry.rule and entry.reason for entry in plan.ledger if entry.bucket in NEEDS_REASON)
    assert [task.id for task in plan.tasks] == list(range(500, 500 + len(plan.tasks)))
    hosts = {str(host["name"]): str(host["id"]) for host in snapshot.midonet["host"]}
    assert validate_rows(plan.tasks, version, Existing(hosts=hosts)) == []
    assert plan.meta.checksum == plan_checksum(plan)
    assert_labels_are_saved_before_they_are_used(plan)


@settings(max_examples=10, deadline=None)
@given(sites, st.integers(0, 1000))
def test_the_order_of_reading_makes_no_difference(site: tuple[SiteSpec, int, bool], seed: int) -> None:
    snapshot = snapshot_of(*site)
    plan = build_plan(snapshot, PlanOptions())
    again = build_plan(shuffled(snapshot, seed), PlanOptions())
    assert again.ledger == plan.ledger
    assert again.tasks == plan.tasks
    assert again.objects == plan.objects
    assert again.conversions == plan.conversions
