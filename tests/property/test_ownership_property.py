"""Ownership on arbitrary sites: Neutron's share is recognised whole, and what is added by hand is found."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.ownership import Owner
from midonet_migrate.plan.ownership import classify
from old_site import TENANT, OldSite
from old_site.rich import assert_untouched

SITES = st.builds(
    lambda seed, networks, vms: any_site(random.Random(seed), networks, vms),
    st.integers(0, 2**32),
    st.integers(1, 4),
    st.integers(0, 8),
)


def any_site(choice: random.Random, networks: int, vms: int) -> OldSite:
    """A site with random choices of everything Neutron offers."""
    site = OldSite(choice.randrange(2**32))
    public = outside = None
    if choice.random() < 0.8:
        public = site.network("public", external=True)
        outside = site.subnet(public, "198.51.100.0/24", choice.choice(["", None]))
    groups = [site.security_group(f"g{number}") for number in range(choice.randrange(1, 4))]
    for group in groups:
        for _ in range(choice.randrange(4)):
            any_group_rule(choice, site, group, groups)
    routers = []
    for number in range(choice.randrange(3)):
        made = site.router(f"r{number}")
        routers.append(made)
        if public is not None and outside is not None and choice.random() < 0.8:
            site.gateway(made, public, outside, f"198.51.100.{10 + number}", snat=choice.random() < 0.7)
    floating = 100
    for number in range(networks):
        network = site.network(f"n{number}")
        subnets = [
            site.subnet(
                network,
                f"10.{number}.{part}.0/24",
                choice.choice(["", ""] if part == 0 else ["", None]),
                enable_dhcp=choice.random() < 0.8,
            )
            for part in range(choice.randrange(1, 3))
        ]
        router = choice.choice(routers) if routers and choice.random() < 0.8 else None
        if router is not None:
            site.interface(router, network, subnets[0], old=choice.random() < 0.2)
        if choice.random() < 0.6:
            site.dhcp_port(network, [(subnet, subnet["cidr"].replace(".0/24", ".2")) for subnet in subnets])
        for vm in range(vms):
            fixed = [
                (subnet, subnet["cidr"].replace(".0/24", f".{20 + vm}"))
                for subnet in choice.sample(subnets, choice.randrange(len(subnets) + 1))
            ]
            port = site.vif(network, fixed, choice.sample(groups, choice.randrange(len(groups) + 1)))
            if public and router and router["gw_port_id"] and fixed and choice.random() < 0.5:
                floating += 1
                again = choice.random() < 0.3
                site.floating_ip(public, f"198.51.100.{floating}", port, router, again=again)
    return site


def any_group_rule(choice: random.Random, site: OldSite, group: JsonObject, groups: list[JsonObject]) -> None:
    """A security group rule of any shape that the 1.9 server takes."""
    protocol = choice.choice([None, "tcp", "udp", "icmp", "47"])
    low = choice.randrange(1, 9) if protocol in {"tcp", "udp", "icmp"} and choice.random() < 0.6 else None
    remote = choice.choice(["none", "prefix", "group"])
    site.group_rule(
        group,
        choice.choice(["ingress", "egress"]),
        protocol=protocol,
        ethertype="IPv4" if remote == "prefix" else choice.choice(["IPv4", "IPv6"]),
        port_range_min=low,
        port_range_max=None if low is None else low + choice.randrange(3),
        remote_ip_prefix=choice.choice(["0.0.0.0/0", "10.0.0.0/8"]) if remote == "prefix" else None,
        remote_group_id=choice.choice(groups)["id"] if remote == "group" else None,
    )


@settings(max_examples=60, deadline=None)
@given(SITES)
def test_what_neutron_made_is_never_anyone_elses_nor_modified(site: OldSite) -> None:
    assert_untouched(classify(site.snapshot()))


@settings(max_examples=60, deadline=None)
@given(SITES, st.integers(0, 2**32), st.integers(1, 6))
def test_what_is_added_by_hand_is_found_and_nothing_else(site: OldSite, seed: int, count: int) -> None:
    choice = random.Random(seed)
    originals = list(site.midonet["chain"])
    linked = [chain for chain in originals if not chain["name"].startswith("OS_SG_")]
    bridges = list(site.midonet["bridge"])
    by_hand: list[tuple[str, JsonObject]] = []
    inside: set[tuple[str, str]] = set()
    for number in range(count):
        chain = choice.choice(originals)
        place = choice.randrange(len(site.rules_of(chain)) + 1)
        rule = site.hand_rule(chain, place, type="drop", nwProto=6, nwTos=number + 1)
        port = site.bridge_port(choice.choice(bridges)["id"])
        router = site.router_object(choice.choice(["MidoNet Provider Router", "r"]), TENANT)
        fake = site.chain(choice.choice(linked)["name"] if linked else "OS_SG_mine")
        in_fake = site.hand_rule(fake, type="accept")
        by_hand += [("rule", rule), ("port", port), ("router", router), ("chain", fake), ("rule", in_fake)]
        inside |= {("rule", rule["id"]), ("port", port["id"])}
    result = classify(site.snapshot())
    hand_keys = {(kind, object_key(kind, item)) for kind, item in by_hand}
    assert {key for key, record in result.owners.items() if record.owner is Owner.USER} == hand_keys
    assert {(item.kind, item.id) for item in result.modifications} == inside
    assert {item.op for item in result.modifications} == {"insert"}
    for change in result.modifications:
        if change.kind == "rule":
            before = [
                rule
                for rule in site.rules_of({"id": change.after["rule"]["chainId"]})
                if rule["position"] < change.after["rule"]["position"] and ("rule", rule["id"]) not in inside
            ]
            assert change.after["after_expected"] == len(before)


@settings(max_examples=60, deadline=None)
@given(SITES, st.integers(0, 2**32))
def test_every_removed_rule_is_found_once(site: OldSite, seed: int) -> None:
    """Except the metadata SNAT pair when both halves are gone: releases before 1.9.8 made none."""
    choice = random.Random(seed)
    rules = [
        rule
        for chain in site.midonet["chain"]
        for rule in site.rules_of(chain)
        if "ROUTING" not in chain["name"]
    ]
    gone = choice.sample(rules, min(len(rules), choice.randrange(4)))
    for rule in gone:
        site.remove("rule", rule)
    found = classify(site.snapshot()).modifications
    assert sorted(item.before["chainId"] for item in found) == sorted(rule["chainId"] for rule in gone)
    assert {item.op for item in found} <= {"delete"}
