"""What the conversions say of a site: routes that Neutron can hold, filters of the Provider Router."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ConversionPlan, ObjectPlan, PlanOptions
from midonet_migrate.plan.classic_files import neutron_post_data
from midonet_migrate.plan.conversions import plan_conversions
from midonet_migrate.plan.derived_ids import in_chain_id
from midonet_migrate.plan.objects import plan_objects
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.plan.tasks import plan_tasks
from object_plans import Version
from old_site import OldSite

OPTIONS = PlanOptions(target_version="5.2.1")


def conversions_of(site: OldSite) -> tuple[ConversionPlan, ObjectPlan]:
    """The conversions of a site, and the objects that are planned beside them."""
    snapshot = site.snapshot()
    tasks, ownership = plan_tasks(snapshot, OPTIONS), classify(snapshot)
    found = plan_conversions(snapshot, ownership, tasks, OPTIONS)
    return found, plan_objects(snapshot, ownership, tasks, OPTIONS, taken=found.outcomes)


def requests_of(plan: ConversionPlan, kind: str, key: str) -> list[Any]:
    (found,) = [each for each in plan.conversions if (each.source.kind, each.source.id) == (kind, key)]
    return list(found.requests)


def site_with_router() -> tuple[OldSite, JsonObject, JsonObject]:
    """A site, its tenant router with an interface at 10.0.0.1/24, and the router's end of that."""
    site = OldSite()
    network = site.network()
    router = site.router()
    port = site.interface(router, network, site.subnet(network, "10.0.0.0/24"))
    return site, router, site.find("port", peerId=port["id"])


GOOD: JsonObject = {"nextHopGateway": "10.0.0.9"}


@pytest.mark.parametrize(
    ("destination", "members", "held"),
    [
        (("172.16.0.0", 16), GOOD, True),
        (("172.16.0.0", 16), {"nextHopGateway": None, "nextHopPort": None, "type": "Reject"}, False),
        (("172.16.0.0", 16), {"nextHopGateway": None}, False),
        (("172.16.0.0", 16), GOOD | {"learned": True}, False),
        (("172.16.0.0", 16), GOOD | {"weight": 0}, False),
        (("169.254.169.254", 32), GOOD, False),
        (("172.16.0.0", 16), GOOD | {"srcNetworkAddr": "10.0.0.0", "srcNetworkLength": 24}, False),
        (("172.16.0.0", 16), {"nextHopGateway": "192.0.2.9"}, False),
        (("172.16.0.0", 16), {"nextHopGateway": "10.0.0.1"}, False),
    ],
)
def test_neutron_holds_a_route_by_hand_if_none_of_the_eight_checks_fails(
    destination: tuple[str, int], members: JsonObject, held: bool
) -> None:
    """The checks of (orig 5.1); what Neutron cannot hold is created as it is, and not lost."""
    site, router, end = site_with_router()
    port = members.get("nextHopPort", end["id"])
    route = site.route(router["id"], destination, port, **members)
    plan, objects = conversions_of(site)
    assert (("route", route["id"]) in plan.outcomes) is held
    assert [each.id for each in objects.objects if each.kind == "route"] == ([] if held else [route["id"]])


def site_with_provider_router() -> tuple[OldSite, JsonObject]:
    """A site with an external network, and a port that somebody put on the Provider Router."""
    site = OldSite()
    site.subnet(site.network("public", external=True), "198.51.100.0/24")
    assert site.provider_router is not None
    return site, site.router_port(site.provider_router["id"], "192.0.2.0/30", "192.0.2.1")


def test_filters_of_the_provider_router_are_named_as_the_new_site_names_them() -> None:
    """A user's chain keeps its id, the importer's has one derived from its router (new 4.3)."""
    site, port = site_with_provider_router()
    assert site.provider_router is not None
    theirs = site.router("tenant's")
    by_hand, neutrons = site.chain("by hand"), site.router_chain(theirs, "PRE")
    site.provider_router["inboundFilterId"] = neutrons["id"]
    port |= {"inboundFilterId": by_hand["id"], "outboundFilterId": neutrons["id"]}
    plan, _ = conversions_of(site)
    (jump,) = [request.body for request in requests_of(plan, "router", site.provider_router["id"])[1:]]
    assert jump["jumpChainId"] == in_chain_id(theirs["id"])
    made = requests_of(plan, "port", port["id"])[0].body
    assert made["inboundFilterId"] == by_hand["id"]
    assert made["outboundFilterId"] == in_chain_id(theirs["id"])
    assert not [each for each in plan.findings if each.rule == "filter-dropped"]


def test_a_filter_that_the_new_site_does_not_have_is_never_asked_for() -> None:
    """A chain that is gone is told of; that of a running trace is nobody's filter (old 4.4)."""
    site, port = site_with_provider_router()
    assert site.provider_router is not None
    trace = site.add(
        "trace_request",
        name="t",
        deviceType="ROUTER",
        deviceId=site.provider_router["id"],
        condition={},
        limit=1,
        enabled=True,
    )
    chain = site.chain(f"TRACE_REQUEST_CHAIN_{trace['id']}", None)
    site.provider_router["inboundFilterId"] = chain["id"]
    gone = site.id()
    port["outboundFilterId"] = gone
    plan, _ = conversions_of(site)
    assert len(requests_of(plan, "router", site.provider_router["id"])) == 1
    assert "outboundFilterId" not in requests_of(plan, "port", port["id"])[0].body
    (told,) = [each for each in plan.findings if each.rule == "filter-dropped"]
    assert (told.kind, told.id) == ("port", port["id"])
    assert gone in told.message


def test_uplinks_that_share_a_subnet_all_name_it_in_the_classic_file() -> None:
    """(orig 4.6): ``network_cidr`` stands at every uplink, also where the network exists already."""
    site, _ = site_with_provider_router()
    assert site.provider_router is not None
    for number in (2, 3):
        host = site.add("host", name=f"gw{number}", alive=True, addresses=[])
        site.router_port(
            site.provider_router["id"],
            "203.0.113.0/29",
            f"203.0.113.{number}",
            hostId=host["id"],
            interfaceName="eth1",
        )
    classic = neutron_post_data(build_plan(site.snapshot(), OPTIONS))
    found = {
        (each["host"], each["ip"], each["network_cidr"]) for each in classic["uplink_router"]["uplink_ports"]
    }
    assert found == {("gw2", "203.0.113.2", "203.0.113.0/29"), ("gw3", "203.0.113.3", "203.0.113.0/29")}


def test_one_peer_of_two_uplinks_becomes_one_peer_that_announces_what_both_did() -> None:
    """(orig H7, new 3.7): 5.x keeps peers and networks per router, each once."""
    site, _ = site_with_provider_router()
    assert site.provider_router is not None
    sessions = []
    for number in (2, 3):
        host = site.add("host", name=f"gw{number}", alive=True, addresses=[])
        uplink = site.router_port(
            site.provider_router["id"],
            "203.0.113.0/29",
            f"203.0.113.{number}",
            hostId=host["id"],
            interfaceName="eth1",
        )
        session = {"portId": uplink["id"], "localAS": 64512, "peerAS": 64513, "peerAddr": "203.0.113.1"}
        sessions.append(site.add("bgp", **session))
    first, second = sorted(sessions, key=lambda each: str(each["id"]))
    networks = [
        site.add("ad_route", bgpId=session["id"], nwPrefix=prefix, prefixLength=24)
        for session, prefix in ((first, "192.0.2.0"), (second, "192.0.2.7"), (second, "198.51.100.0"))
    ]
    plan, _ = conversions_of(site)
    assert plan.outcomes["bgp", first["id"]].bucket is Bucket.CONVERTED
    twice = plan.outcomes["bgp", second["id"]]
    assert (twice.bucket, twice.rule) == (Bucket.SKIPPED, "bgp-peer-twice")
    sent = [request for network in networks for request in requests_of(plan, "ad_route", network["id"])]
    assert sorted(request.body["subnetAddress"][:-1] for request in sent) == ["192.0.2.", "198.51.100."]
    assert not [each for each in plan.findings if each.rule == "bgp-announcements-widened"]


@pytest.mark.parametrize("wrong", [{"peerAS": 2**31}, {"peerAddr": "2001:db8::1"}, {"localAS": 0}])
def test_a_session_of_an_uplink_that_the_new_api_refuses_is_unsupported(wrong: JsonObject) -> None:
    """(new 1.6, 2.15): AS numbers within 31 bits, IPv4 peers."""
    site, port = site_with_provider_router()
    usual = {"portId": port["id"], "localAS": 64512, "peerAS": 64513, "peerAddr": "192.0.2.2"}
    session = site.add("bgp", **(usual | wrong))
    plan, _ = conversions_of(site)
    assert plan.outcomes["bgp", session["id"]].bucket is Bucket.UNSUPPORTED


@pytest.mark.parametrize(("version", "told"), [("5.0.2", True), ("5.2.1", True), ("5.4.6", False)])
def test_a_gateway_with_addresses_in_several_subnets_may_change_its_address(
    version: Version, told: bool
) -> None:
    """1.9 took the first that Neutron sent, the importer takes the first by its text (imp 3.6, db 2.0)."""
    site = OldSite()
    public, router = site.network("public", external=True), site.router()
    first, second = site.subnet(public, "203.0.113.0/24"), site.subnet(public, "198.51.100.0/24")
    gateway = site.gateway(router, public, first, "203.0.113.9")
    gateway["fixed_ips"].insert(0, {"subnet_id": second["id"], "ip_address": "198.51.100.9"})
    plan = plan_tasks(site.snapshot(), PlanOptions(target_version=version))
    found = [each.message for each in plan.findings if each.rule == "gateway-addresses"]
    assert ["uses 198.51.100.9 only" in each and "1.9 uses 203.0.113.9" in each for each in found] == (
        [True] if told else []
    )


def test_a_route_of_the_provider_router_to_a_tenants_network_leads_to_the_tenants_router() -> None:
    """Without SNAT operators route to it through its link (orig 4.5); in 5.x through its address outside."""
    site = OldSite()
    public, router = site.network("public", external=True), site.router()
    gateway = site.gateway(router, public, site.subnet(public, "203.0.113.0/24"), "203.0.113.9", snat=False)
    assert site.provider_router is not None
    route = site.route(site.provider_router["id"], ("10.0.0.0", 24), gateway["id"])
    weighted = site.route(site.provider_router["id"], ("10.0.1.0", 24), gateway["id"], weight=7)
    plan, _ = conversions_of(site)
    (request,) = requests_of(plan, "route", route["id"])
    wanted = [{"destination": "10.0.0.0/24", "nexthop": "203.0.113.9"}]
    assert request.body == {"router": {"routes": wanted}}
    assert plan.outcomes["route", weighted["id"]].bucket is Bucket.UNSUPPORTED
