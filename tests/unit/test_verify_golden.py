"""The promised site against what real importers made of the same tasks: not one difference."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from golden_snapshot import load_snapshot
from midonet_migrate.model.plan import PlanOptions
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.verify.expected import promised_site
from new_site import Version, compare_tree, golden_plan, golden_tree, tree_of

VERSIONS: list[Version] = ["5.2.1", "5.0.2"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_import_is_as_promised(golden: Path, version: Version) -> None:
    """Every object, link, rule, route and table entry that a real importer wrote."""
    assert compare_tree(golden_plan(golden, version), golden_tree(golden, version)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_versions_are_told_apart(golden: Path, version: Version) -> None:
    """The import of one version is not what the other would have made."""
    other: Version = "5.0.2" if version == "5.2.1" else "5.2.1"
    assert compare_tree(golden_plan(golden, version), golden_tree(golden, other))


def test_the_whole_plan_of_a_recorded_site_can_be_followed(golden: Path) -> None:
    """Tasks, requests, hosts written into the store: a site made of the promise has no difference to it."""
    for version in VERSIONS:
        plan = build_plan(load_snapshot(golden), PlanOptions(target_version=version))
        assert compare_tree(plan, tree_of(promised_site(plan))) == []


def test_a_promise_is_of_the_size_of_the_plan(golden: Path) -> None:
    """The counts of the invariants: networks, subnets, chains per port, floating IPs' rules (imp 5.5)."""
    plan = golden_plan(golden, "5.2.1")
    site = promised_site(plan)
    tasks = Counter(task.data_type for task in plan.tasks if task.type == "CREATE")
    assert len(site.objects["Network"]) == tasks["NETWORK"]
    assert len(site.objects["Dhcp"]) == tasks["SUBNET"]
    assert len(site.objects["IPAddrGroup"]) == tasks["SECURITYGROUP"]
    secured = [port for port in site.objects["Port"].values() if "inbound_filter_id" in port]
    groups, routers = tasks["SECURITYGROUP"], tasks["ROUTER"]
    assert len(site.objects["Chain"]) == 3 * len(secured) + 2 * groups + 3 * routers
    assert sum("fip_port_id" in rule for rule in site.objects["Rule"].values()) == 3
