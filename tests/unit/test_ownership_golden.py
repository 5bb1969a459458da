"""Ownership of a recorded real site against its ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from golden_snapshot import NEUTRON_ONLY, load_intent, load_snapshot
from midonet_migrate.model.ownership import Owner, Ownership, Role
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.ownership.signatures import signature


@pytest.fixture(scope="module")
def ownership(golden: Path) -> Ownership:
    return classify(load_snapshot(golden))


@pytest.fixture(scope="module")
def intent(golden: Path) -> dict[str, Any]:
    return load_intent(golden)


def test_class_of_every_object_agrees(ownership: Ownership, intent: dict[str, Any]) -> None:
    truth = {
        (kind, key): entry["class"]
        for kind, entries in intent["ownership"].items()
        for key, entry in entries.items()
    }
    found = {key: record.owner.value for key, record in ownership.owners.items()}
    assert found == truth


def test_neutron_references_agree_where_the_truth_names_them(
    ownership: Ownership, intent: dict[str, Any]
) -> None:
    checked = 0
    for kind in ("chain", "port", "bridge", "router", "ip_addr_group", "pool", "vip"):
        for key, entry in intent["ownership"][kind].items():
            if entry["class"] == "neutron" and "neutron" in entry:
                ref = ownership.owners[kind, key].neutron
                assert ref is not None
                assert ref.id == entry["neutron"]["id"]
                checked += 1
    assert checked > 50


def test_provider_router_is_found(ownership: Ownership, intent: dict[str, Any]) -> None:
    assert ownership.provider_router == intent["provider_router"]


def test_deleted_rules_are_found_by_chain_and_content(ownership: Ownership, intent: dict[str, Any]) -> None:
    found = {
        (item.before["chainId"], signature(item.before))
        for item in ownership.modifications
        if (item.kind, item.op) == ("rule", "delete")
    }
    truth = {
        (item["was"]["chainId"], signature(item["was"]))
        for item in intent["modifications"]
        if (item["kind"], item["op"]) == ("rule", "delete")
    }
    assert found == truth
    for item in intent["modifications"]:
        if item["op"] == "delete":
            body = next(
                found.before
                for found in ownership.modifications
                if found.op == "delete" and signature(found.before) == signature(item["was"])
            )
            assert body | {"id": "", "uri": ""} == item["was"] | {"id": "", "uri": ""}


def test_modifications_are_those_of_the_ground_truth_and_no_more(
    ownership: Ownership, intent: dict[str, Any]
) -> None:
    """On server-made objects the user deleted two rules, and added what is of class user inside them."""
    assert {item.op for item in ownership.modifications} == {"insert", "delete"}
    inserted = {(item.kind, item.id) for item in ownership.modifications if item.op == "insert"}
    why = {
        (kind, key): entry.get("why", "")
        for kind, entries in intent["ownership"].items()
        for key, entry in entries.items()
    }
    assert sorted(why[key] for key in inserted) == [
        "user black hole on a Neutron router",
        "user mac entry on a Neutron bridge",
        "user rule first in the inbound chain of vm04",
        "user rule in the middle of the outbound chain of vm05",
        "user static route on a Neutron router through a Neutron interface",
    ]


def test_site_right_after_the_neutron_phase_has_nothing_else(golden: Path) -> None:
    untouched = classify(load_snapshot(golden, NEUTRON_ONLY))
    assert untouched.modifications == []
    assert {record.owner for record in untouched.owners.values()} == {
        Owner.NEUTRON,
        Owner.PROVIDER_ROUTER_INFRA,
    }
    assert len(untouched.owners) > 300


def test_every_object_that_changes_its_id_has_a_role(ownership: Ownership) -> None:
    wanted = {"chain", "port", "load_balancer", "router", "bridge", "ip_addr_group"}
    for (kind, key), record in ownership.owners.items():
        if record.owner in {Owner.NEUTRON, Owner.PROVIDER_ROUTER_INFRA} and kind in wanted:
            assert record.role is not Role.OTHER, (kind, key)
