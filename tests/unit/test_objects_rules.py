"""Rules, their conditions and their places (new 2.13, 3.5, 4.3)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ObjectPlan
from midonet_migrate.plan.derived_ids import (
    in_chain_id,
    interface_peer_id,
    out_chain_id,
    tenant_gateway_port_id,
)
from object_plans import body_of, findings_of, hand_bridge, plan_of, plan_site, requests_for
from old_site import OldSite
from old_site.rich import rich_site, vm_chain, vm_port


@pytest.fixture
def site() -> OldSite:
    return OldSite()


def rule_in(site: OldSite, **members: Any) -> JsonObject:
    """A rule in a chain of its own."""
    return site.hand_rule(site.chain("by hand"), **({"type": "accept"} | members))


def outcome_of(plan: ObjectPlan, rule: JsonObject) -> tuple[Bucket, str]:
    outcome = plan.outcomes["rule", rule["id"]]
    return outcome.bucket, outcome.rule


@pytest.mark.parametrize("inverted", [False, True])
def test_zero_protocol_and_tos_are_unset_also_when_inverted(site: OldSite, inverted: bool) -> None:
    rule = rule_in(site, nwProto=0, nwTos=0, invNwProto=inverted, invNwTos=inverted)
    body = body_of(plan_site(site), "rule", rule["id"])
    assert (body["nwProto"], body["nwTos"]) == (None, None)
    assert (body["invNwProto"], body["invNwTos"]) == (inverted, inverted)


def test_values_of_conditions_are_kept(site: OldSite) -> None:
    members = {
        "nwProto": 6,
        "nwTos": 16,
        "dlType": 2048,
        "dlSrc": "AA:bb:cc:00:00:01",
        "dlSrcMask": "ffff.ff00.0000",
        "nwSrcAddress": "0.0.0.0",
        "nwSrcLength": 0,
        "tpDst": {"start": None, "end": 99},
        "condInvert": True,
        "fragmentPolicy": "header",
    }
    rule = rule_in(site, **members)
    body = body_of(plan_site(site), "rule", rule["id"])
    assert body.items() >= members.items()


def test_range_without_bounds_is_no_range(site: OldSite) -> None:
    """5.x would take it for a match on ports and refuse the fragment policy."""
    rule = rule_in(site, tpDst={"start": None, "end": None})
    body = body_of(plan_site(site), "rule", rule["id"])
    assert (body["tpDst"], body["fragmentPolicy"]) == (None, "any")


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"tpSrc": {"start": 9, "end": 8}}, "reversed-port-range"),
        ({"nwDstAddress": "2001:db8:0:0:0:0:0:1", "nwDstLength": 128}, "rule-address"),
        ({"dlType": 4}, "rule-ether-type"),
        ({"type": "trace", "requestId": None}, "trace-rule"),
        ({"type": "dnat", "flowAction": "accept", "natTargets": []}, "rule-nat-target"),
        ({"type": "rev_snat", "flowAction": None}, "rule-flow-action"),
    ],
)
def test_what_5x_cannot_hold_is_left_out_and_reported(site: OldSite, members: JsonObject, why: str) -> None:
    rule = rule_in(site, **members)
    plan = plan_site(site)
    assert outcome_of(plan, rule) == (Bucket.UNSUPPORTED, why)
    assert findings_of(plan, why) == [rule["id"]]


def nat(low: int, high: int, *, last: str = "198.51.100.1") -> JsonObject:
    target = {"addressFrom": "198.51.100.1", "addressTo": last, "portFrom": low, "portTo": high}
    return {"type": "snat", "flowAction": "accept", "natTargets": [target]}


@pytest.mark.parametrize(
    ("members", "policy", "kept"),
    [
        ({}, "nonheader", True),
        ({"tpDst": {"start": 80, "end": 80}}, "header", True),
        ({"tpDst": {"start": 80, "end": 80}}, "unfragmented", True),
        ({"tpDst": {"start": 80, "end": 80}}, "any", False),
        ({"tpSrc": {"start": 80, "end": None}}, "nonheader", False),
        (nat(0, 0), "any", True),
        (nat(0, 0, last="198.51.100.2"), "any", False),
        (nat(1, 65535), "header", False),
        (nat(1, 65535), "unfragmented", True),
        (nat(0, 0) | {"tpDst": {"start": 80, "end": 80}}, "header", False),
        ({"type": "rev_snat", "flowAction": "accept"}, "any", True),
    ],
)
def test_fragment_policies_that_5x_refuses_become_its_own(
    site: OldSite, members: JsonObject, policy: str, kept: bool
) -> None:
    rule = rule_in(site, **members, fragmentPolicy=policy)
    plan = plan_site(site)
    assert body_of(plan, "rule", rule["id"])["fragmentPolicy"] == (policy if kept else None)
    assert findings_of(plan, "fragment-policy") == ([] if kept else [rule["id"]])


def test_nat_target_with_one_address_gets_both(site: OldSite) -> None:
    rule = rule_in(site, **nat(0, 0, last=""))
    (target,) = body_of(plan_site(site), "rule", rule["id"])["natTargets"]
    assert target["addressTo"] == "198.51.100.1"


def test_positions_are_dense_after_rules_were_left_out(site: OldSite) -> None:
    chain = site.chain("by hand")
    rules = [
        site.hand_rule(chain, type="drop", nwTos=number, tpDst={"start": 2, "end": 2 - number % 2})
        for number in range(6)
    ]
    plan = plan_site(site)
    kept = [(item.id, (item.body or {})["position"]) for item in requests_for(plan, "rule")]
    assert kept == [(rules[0]["id"], 1), (rules[2]["id"], 2), (rules[4]["id"], 3)]


def test_lists_lose_the_ports_that_are_gone(site: OldSite) -> None:
    port = site.bridge_port(hand_bridge(site)["id"])
    rule = rule_in(site, inPorts=[site.id(), port["id"]])
    plan = plan_site(site)
    assert body_of(plan, "rule", rule["id"])["inPorts"] == [port["id"]]
    assert findings_of(plan, "reference-dropped") == [rule["id"]]


@pytest.mark.parametrize(
    ("member", "value"),
    [("inPorts", ["x"]), ("portGroup", "x"), ("ipAddrGroupDst", "x"), ("traversedDevice", "x")],
)
def test_rule_that_can_never_match_is_left_out_and_never_widened(
    site: OldSite, member: str, value: Any
) -> None:
    rule = rule_in(site, **{member: value})
    assert outcome_of(plan_site(site), rule) == (Bucket.SKIPPED, "dangling-reference")


def test_inverted_test_that_always_held_is_dropped(site: OldSite) -> None:
    rule = rule_in(site, outPorts=[site.id()], invOutPorts=True, portGroup=site.id(), invPortGroup=True)
    body = body_of(plan_site(site), "rule", rule["id"])
    assert (body["outPorts"], body["invOutPorts"]) == ([], False)
    assert (body["portGroup"], body["invPortGroup"]) == (None, False)


def test_inverted_condition_with_a_dead_reference_is_unsupported(site: OldSite) -> None:
    rule = rule_in(site, portGroup=site.id(), condInvert=True)
    assert outcome_of(plan_site(site), rule)[0] is Bucket.UNSUPPORTED


@pytest.mark.parametrize("inverted", [False, True])
def test_rule_about_the_provider_router_is_left_to_the_operator(inverted: bool) -> None:
    site = rich_site()
    assert site.provider_router is not None
    uplink = site.router_port(site.provider_router["id"], "192.0.2.128/30", "192.0.2.130")
    rule = rule_in(site, inPorts=[uplink["id"]], invInPorts=inverted)
    assert outcome_of(plan_of(site.snapshot()), rule) == (Bucket.UNSUPPORTED, "needs-edge-router")


def test_references_to_what_the_importer_makes_get_its_ids() -> None:
    site = rich_site()
    interface = next(
        item
        for item in site.neutron["ports"]
        if item["device_owner"] == "network:router_interface" and site.find("port", id=item["id"])["peerId"]
    )
    router = site.neutron["routers"][0]
    upper = site.find("port", id=router["gw_port_id"])
    group = site.neutron["security_groups"][0]
    peer = site.find("port", id=interface["id"])["peerId"]
    rule = rule_in(
        site,
        type="jump",
        jumpChainId=vm_chain(site)["id"],
        jumpChainName="anything",
        inPorts=[peer, interface["id"]],
        outPorts=[upper["peerId"]],
        ipAddrGroupSrc=group["id"],
        traversedDevice=router["id"],
    )
    body = body_of(plan_site(site), "rule", rule["id"])
    assert body["jumpChainId"] == in_chain_id(vm_port(site)["id"])
    assert body["inPorts"] == [interface_peer_id(interface["id"]), interface["id"]]
    assert body["outPorts"] == [tenant_gateway_port_id(router["gw_port_id"])]
    assert body["ipAddrGroupSrc"] == group["id"]
    assert body["traversedDevice"] == router["id"]


def test_jump_by_name_alone_goes_nowhere_and_is_left_out(site: OldSite) -> None:
    site.chain("target")
    rule = rule_in(site, type="jump", jumpChainName="target", jumpChainId=None)
    assert outcome_of(plan_site(site), rule) == (Bucket.SKIPPED, "dangling-reference")


def test_rule_of_a_missing_chain_is_left_out(site: OldSite) -> None:
    rule = site.hand_rule({"id": site.id()}, type="drop")
    assert outcome_of(plan_site(site), rule) == (Bucket.SKIPPED, "dangling-reference")


def sided(site: OldSite, side: str) -> tuple[JsonObject, str]:
    """A chain of the first router in 1.9, and its id in 5.x."""
    router = site.neutron["routers"][0]
    chain = site.router_chain(router, side)
    return chain, in_chain_id(router["id"]) if side == "PRE" else out_chain_id(router["id"])


def position_of(plan: ObjectPlan, rule: JsonObject, chain: str) -> int:
    (request,) = requests_for(plan, "rule", rule["id"])
    assert request.path == f"/chains/{chain}/rules"
    return int((request.body or {})["position"])


def test_rule_in_a_router_chain_stands_behind_what_it_stood_behind() -> None:
    """POST of 5.2.1: reverse and SNAT of two floating IPs, then SNAT and drop of the gateway, interfaces."""
    site = rich_site()
    chain, imported = sided(site, "POST")
    floating = [
        rule for rule in site.rules_of(chain) if rule.get("nwSrcLength") == 32 and "flowAction" in rule
    ]
    rule = site.hand_rule(chain, len(floating), type="accept", nwTos=8)
    assert position_of(plan_site(site), rule, imported) == 5


def test_denying_rule_comes_before_all_it_came_before() -> None:
    """5.x appends interface rules that 1.9 puts first: the drop must not end up behind the gateway's."""
    site = rich_site()
    chain, imported = sided(site, "PRE")
    rules = site.rules_of(chain)
    place = next(number for number, rule in enumerate(rules) if rule["type"] == "rev_snat")
    rule = site.hand_rule(chain, place + 1, type="drop", nwTos=8)
    assert position_of(plan_site(site), rule, imported) == 3


def test_rules_of_users_keep_their_order_in_a_chain_of_neutron() -> None:
    site = rich_site()
    chain, imported = sided(site, "PRE")
    rules = [
        site.hand_rule(chain, at, type=kind, nwTos=number)
        for number, (at, kind) in enumerate([(0, "drop"), (1, "accept"), (4, "drop"), (6, "accept")])
    ]
    plan = plan_site(site)
    positions = [position_of(plan, rule, imported) for rule in rules]
    assert positions == sorted(positions)
    assert positions[:2] == [1, 2]


def test_rule_in_a_security_group_chain_stays_between_its_rules() -> None:
    site = rich_site()
    group = site.neutron["security_groups"][0]
    chain = site.find("chain", name=f"OS_SG_{group['id']}_INGRESS")
    first = site.rules_of(chain)[0]
    rule = site.hand_rule(chain, 1, type="accept", nwTos=8)
    plan = plan_site(site)
    ids = [item["id"] for item in group["security_group_rules"] if item["direction"] == "ingress"]
    assert position_of(plan, rule, out_chain_id(group["id"])) == ids.index(first["id"]) + 2
    assert plan.outcomes["rule", rule["id"]].bucket is Bucket.CREATED


def test_rule_in_a_port_chain_is_created_and_its_end_foretold() -> None:
    site = rich_site()
    chain = vm_chain(site)
    last = site.hand_rule(chain, type="accept", nwTos=8)
    plan = plan_site(site)
    assert position_of(plan, last, in_chain_id(vm_port(site)["id"])) == 6
    assert outcome_of(plan, last) == (Bucket.CREATED, "rule-in-port-chain")
    (change,) = plan.modifications
    assert change.disposition == "applied"


def test_router_chains_of_5_4_are_entered_in_front() -> None:
    site = rich_site()
    chain, imported = sided(site, "POST")
    rules = [site.hand_rule(chain, type="accept", nwTos=number) for number in (8, 16)]
    plan = plan_site(site, "5.4.6")
    assert [position_of(plan, rule, imported) for rule in rules] == [1, 2]
    assert findings_of(plan, "rule-place") == [imported]


def test_more_rules_than_a_chain_can_hold_are_left_out(site: OldSite) -> None:
    chain = site.chain("large")
    rules = [site.hand_rule(chain, type="drop", nwTos=number) for number in range(1, 7)]
    plan = plan_site(site, request_limit=300)
    assert [outcome_of(plan, rule)[1] for rule in rules] == [""] * 4 + ["size-limit"] * 2


def test_rule_with_too_many_ports_is_left_out(site: OldSite) -> None:
    bridge = hand_bridge(site)
    ports = [site.bridge_port(bridge["id"])["id"] for _ in range(4)]
    rule = rule_in(site, inPorts=ports)
    plan = plan_site(site, request_limit=300)
    assert outcome_of(plan, rule) == (Bucket.UNSUPPORTED, "size-limit")
