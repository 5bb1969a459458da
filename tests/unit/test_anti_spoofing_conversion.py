"""Anti-spoofing that somebody took away stays away, and nothing more is opened (orig 5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ConversionPlan
from object_plans import conversions_of as converted
from old_site import OldSite

ANY = {"ip_address": "0.0.0.0/0"}
ADDRESS, MAC = "invNwSrc", "invDlSrc"


def vm(*addresses: str, **members: Any) -> tuple[OldSite, JsonObject]:
    site = OldSite()
    network = site.network()
    subnets = {False: site.subnet(network, "10.0.0.0/24"), True: site.subnet(network, "2001:db8::/64")}
    return site, site.vif(network, [(subnets[":" in each], each) for each in addresses], [], **members)


def take_away(site: OldSite, port: JsonObject, *members: str, v6: bool = False) -> None:
    """The anti-spoofing rules of a port that set one of these members."""
    chain = site.find("port", id=port["id"])["inboundFilterId"]
    for rule in site.rules_of(site.find("chain", id=chain)):
        if any(rule.get(member) for member in members) and (":" in str(rule.get("nwSrcAddress"))) == v6:
            site.remove("rule", rule)


def pairs_of(plan: ConversionPlan, port: JsonObject) -> list[JsonObject]:
    (conversion,) = plan.conversions
    (request,) = conversion.requests
    assert (request.api, request.method, request.path) == ("neutron", "PUT", f"/v2.0/ports/{port['id']}.json")
    assert request.body is not None
    assert request.body.keys() == {"port"}
    assert request.body["port"].keys() == {"allowed_address_pairs"}
    pairs: list[JsonObject] = request.body["port"]["allowed_address_pairs"]
    return pairs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, [ANY]),
        ([], [ANY]),
        ([{"ip_address": "10.0.0.77", "mac_address": "m"}],
         [{"ip_address": "10.0.0.77", "mac_address": "m"}, ANY]),
        ([{**ANY, "mac_address": "m"}], [{**ANY, "mac_address": "m"}]),
    ],
)  # fmt: skip
def test_the_pairs_a_port_has_stay_and_any_address_is_added_once(before: Any, after: Any) -> None:
    """Neutron replaces the whole list, so each pair that is not sent again would be closed."""
    site, port = vm("10.0.0.5", allowed_address_pairs=before)
    take_away(site, port, ADDRESS)
    plan = converted(site)
    assert pairs_of(plan, port) == after
    assert plan.findings == []
    assert {item.disposition for item in plan.dispositions.values()} == {"converted"}


def test_a_mac_rule_that_was_taken_away_is_told() -> None:
    site, port = vm("10.0.0.5")
    take_away(site, port, MAC)
    plan = converted(site)
    assert plan.conversions == []
    assert [(item.rule, item.id) for item in plan.findings] == [("anti-spoofing-mac", port["id"])]


def test_where_both_were_taken_away_the_mac_is_told_as_lost() -> None:
    site, port = vm("10.0.0.5")
    take_away(site, port, ADDRESS, MAC)
    plan = converted(site)
    assert pairs_of(plan, port) == [ANY]
    assert [item.rule for item in plan.findings] == ["anti-spoofing-mac"]
    assert sorted(item.disposition for item in plan.dispositions.values()) == ["converted", "lost"]


def test_other_ports_and_other_rules_are_left_alone() -> None:
    """No port is opened but the one, and no change of another rule counts as converted."""
    site, port = vm("10.0.0.5")
    (network,) = site.neutron["networks"]
    other = site.vif(network, [(site.neutron["subnets"][0], "10.0.0.6")], [])
    take_away(site, port, ADDRESS)
    chain = site.find("chain", id=site.find("port", id=other["id"])["inboundFilterId"])
    site.remove("rule", site.rules_of(chain)[-1])
    plan = converted(site)
    assert [item.source.id for item in plan.conversions] == [port["id"]]
    assert len(plan.dispositions) == 1


@pytest.mark.parametrize("why", ["untouched", "no IPv4 address", "no port security", "IPv6 rule alone"])
def test_nothing_is_opened_where_nothing_was_open(why: str) -> None:
    addresses = {"no IPv4 address": ["2001:db8::5"], "IPv6 rule alone": ["10.0.0.5", "2001:db8::5"]}
    members = {"port_security_enabled": False} if why == "no port security" else {}
    site, port = vm(*addresses.get(why, ["10.0.0.5"]), **members)
    if why == "no port security":
        take_away(site, port, ADDRESS, MAC)
    elif why != "untouched":
        take_away(site, port, ADDRESS, v6=True)
    plan = converted(site)
    assert (plan.conversions, plan.findings) == ([], [])
