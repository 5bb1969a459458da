"""Routes made by hand on Neutron's routers become its own, and none of those it has is lost (orig 5.1)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ConversionPlan
from midonet_migrate.plan.conversions.extra_routes import DEFAULT_MAX_ROUTES
from object_plans import conversions_of as converted
from old_site import OldSite

NEXT = "10.0.0.7"


@pytest.fixture
def site() -> OldSite:
    """A router with an interface of its own address 10.0.0.1."""
    site = OldSite()
    network = site.network()
    site.interface(site.router(), network, site.subnet(network, "10.0.0.0/24"))
    return site


def hand_route(site: OldSite, destination: tuple[str, int], **members: Any) -> JsonObject:
    router, port = site.neutron["routers"][0], site.find("port", type="Router")
    return site.route(router["id"], destination, port["id"], **members)


def lists_of(plan: ConversionPlan) -> list[list[JsonObject]]:
    bodies = [request.body or {} for item in plan.conversions for request in item.requests]
    return [body["router"]["routes"] for body in bodies]


def test_every_update_holds_neutrons_own_routes_and_those_before_it(site: OldSite) -> None:
    """Neutron replaces the whole list; a route that is there already is not listed twice."""
    own = {"destination": "10.5.0.0/16", "nexthop": NEXT}
    site.neutron["routers"][0]["routes"] = [own]
    routes = [hand_route(site, (f"10.{each}.0.0", 16), nextHopGateway=NEXT) for each in (6, 7, 7)]
    plan = converted(site)
    lists = lists_of(plan)
    assert [each[0] for each in lists] == [own] * 3
    assert sorted(each["destination"] for each in lists[-1]) == ["10.5.0.0/16", "10.6.0.0/16", "10.7.0.0/16"]
    assert all(long[: len(short)] == short for short, long in pairwise(lists))
    assert {item.requests[0].path for item in plan.conversions} == {
        f"/v2.0/routers/{site.neutron['routers'][0]['id']}.json"
    }
    for route in routes:
        assert plan.outcomes["route", route["id"]].bucket is Bucket.CONVERTED
        assert plan.dispositions["route", route["id"]].disposition == "converted"
    assert site.neutron["routers"][0]["routes"] == [own]


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "BlackHole", "nextHopGateway": None},
        {"type": "Reject"},
        {"weight": 7},
        {"srcNetworkAddr": "10.0.0.0", "srcNetworkLength": 8},
        {"nextHopGateway": "192.0.2.7"},
        {"nextHopGateway": "10.0.0.1"},
        {"nextHopGateway": None},
    ],
    ids=str,
)
def test_what_neutron_cannot_hold_is_left_to_midonet(site: OldSite, odd: JsonObject) -> None:
    route = hand_route(site, ("10.6.0.0", 16), **{"nextHopGateway": NEXT, **odd})
    plan = converted(site)
    assert plan.conversions == []
    assert ("route", route["id"]) not in plan.outcomes


def test_routes_of_a_router_that_is_not_imported_or_not_neutrons_are_no_extra_routes(site: OldSite) -> None:
    mine = site.router_object("mine", None)
    port = site.router_port(mine["id"], "10.0.0.0/24", "10.0.0.250")
    site.route(mine["id"], ("10.6.0.0", 16), port["id"], nextHopGateway=NEXT)
    assert converted(site) == ConversionPlan()


@pytest.mark.parametrize("number", [DEFAULT_MAX_ROUTES, DEFAULT_MAX_ROUTES + 1])
def test_more_routes_than_neutron_allows_by_itself_are_told(site: OldSite, number: int) -> None:
    for each in range(number):
        hand_route(site, (f"10.{each + 1}.0.0", 16), nextHopGateway=NEXT)
    plan = converted(site)
    assert len(lists_of(plan)[-1]) == number
    told = [item.rule for item in plan.findings]
    assert told == (["extra-routes-limit"] if number > DEFAULT_MAX_ROUTES else [])
