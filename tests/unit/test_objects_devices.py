"""Bridges, ports, links, port groups and routes: what 5.x refuses or holds differently (new 3.2-3.4)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject, link_key
from midonet_migrate.model.plan import Bucket, ObjectPlan, Outcome
from midonet_migrate.plan.derived_ids import interface_peer_id, tenant_gateway_port_id
from object_plans import body_of, findings_of, hand_bridge, plan_of, plan_site, requests_for
from old_site import TENANT, OldSite
from old_site.rich import rich_site, vm_port


@pytest.fixture
def site() -> OldSite:
    return OldSite()


def verdict(plan: ObjectPlan, kind: str, key: str) -> tuple[Bucket, str]:
    outcome = plan.outcomes[kind, key]
    return outcome.bucket, outcome.rule


def hand_router(site: OldSite, **members: Any) -> JsonObject:
    return site.router_object("legacy", TENANT, **members)


def test_filter_that_is_gone_is_dropped_and_reported(site: OldSite) -> None:
    bridge = hand_bridge(site, inboundFilterId=site.id())
    plan = plan_site(site)
    assert body_of(plan, "bridge", bridge["id"])["inboundFilterId"] is None
    assert verdict(plan, "bridge", bridge["id"]) == (Bucket.CREATED, "filter-dropped")
    assert findings_of(plan, "filter-dropped") == [bridge["id"]]


def test_chain_of_a_trace_is_no_filter(site: OldSite) -> None:
    bridge = hand_bridge(site)
    trace = site.add(
        "trace_request",
        name="t",
        deviceType="BRIDGE",
        deviceId=bridge["id"],
        enabled=True,
        condition={"nwProto": 0},
    )
    bridge["inboundFilterId"] = site.chain(f"TRACE_REQUEST_CHAIN_{trace['id']}", None)["id"]
    plan = plan_site(site)
    assert body_of(plan, "bridge", bridge["id"])["inboundFilterId"] is None
    assert not findings_of(plan, "filter-dropped")
    body = body_of(plan, "trace_request", trace["id"])
    assert (body["enabled"], body["condition"]) == (False, {"nwProto": None})
    assert findings_of(plan, "trace-disabled") == [trace["id"]]


def test_names_that_are_too_long_are_cut(site: OldSite) -> None:
    bridge = hand_bridge(site, name="x" * 300)
    plan = plan_site(site)
    assert body_of(plan, "bridge", bridge["id"])["name"] == "x" * 255
    assert findings_of(plan, "name-cut") == [bridge["id"]]


def test_chain_named_like_one_of_neutron_is_created_and_reported(site: OldSite) -> None:
    chain = site.chain(f"OS_PORT_{site.id()}_INBOUND")
    plan = plan_site(site)
    assert verdict(plan, "chain", chain["id"]) == (Bucket.CREATED, "chain-name-only")
    assert findings_of(plan, "chain-name-only") == [chain["id"]]


@pytest.mark.parametrize("vlan", [None, 0, 310])
def test_port_without_vlan_is_in_vlan_zero(site: OldSite, vlan: int | None) -> None:
    port = site.bridge_port(hand_bridge(site)["id"], vlanId=vlan)
    assert body_of(plan_site(site), "port", port["id"])["vlanId"] == (vlan or 0)


def test_port_of_a_missing_device_goes_with_all_that_hangs_on_it(site: OldSite) -> None:
    port = site.router_port(site.id(), "10.1.0.0/24", "10.1.0.1")
    other = site.bridge_port(hand_bridge(site)["id"])
    site.link(other, port)
    group = site.add("port_group", name="g", tenantId=TENANT, stateful=False)
    site.add("port_group_port", portGroupId=group["id"], portId=port["id"])
    session = site.add("bgp", portId=port["id"], localAS=1, peerAS=2, peerAddr="10.1.0.9")
    site.add("ad_route", bgpId=session["id"], nwPrefix="10.0.0.0", prefixLength=8)
    plan = plan_site(site)
    gone = {key for key, outcome in plan.outcomes.items() if outcome.bucket is Bucket.SKIPPED}
    assert {kind for kind, _ in gone} == {
        "port",
        "port_link",
        "port_group_port",
        "route",
        "bgp",
        "ad_route",
    }


def test_router_port_without_address_is_unsupported(site: OldSite) -> None:
    port = site.bridge_port(
        hand_router(site)["id"], type="Router", portMac=None, networkAddress=None, portAddress=None
    )
    assert verdict(plan_site(site), "port", port["id"]) == (Bucket.UNSUPPORTED, "port-address")


def test_link_is_posted_at_its_router_end(site: OldSite) -> None:
    """Which of the two makes no difference, but the plan must always be the same."""
    router = hand_router(site)
    for number in range(4):
        inner = site.bridge_port(hand_bridge(site)["id"])
        outer = site.router_port(router["id"], f"10.{number}.0.0/24", f"10.{number}.0.1")
        site.link(inner, outer)
        request = requests_for(plan_site(site), "port_link", link_key(inner["id"], outer["id"]))[0]
        assert (request.path, request.body) == (
            f"/ports/{outer['id']}/link",
            {"peerId": inner["id"]},
        )


def test_router_of_a_user_on_an_unbound_neutron_port_is_linked(site: OldSite) -> None:
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    port = site.vif(network, [(subnet, "10.0.0.1")], [])
    outer = site.router_port(hand_router(site)["id"], "10.0.0.0/24", "10.0.0.1")
    site.link(site.find("port", id=port["id"]), outer)
    plan = plan_site(site)
    assert verdict(plan, "port_link", link_key(port["id"], outer["id"]))[0] is Bucket.CREATED


def test_neutron_interface_moved_to_a_router_of_a_user_stays_the_importers(site: OldSite) -> None:
    network, router = site.network(), site.router()
    port = site.interface(router, network, site.subnet(network, "10.0.0.0/24"))
    inner = site.find("port", id=port["id"])
    former = site.find("port", id=inner["peerId"])
    site.remove("port_link", site.midonet["port_link"][0])
    former["peerId"] = None
    outer = site.router_port(hand_router(site)["id"], "10.0.0.0/24", "10.0.0.1")
    site.link(inner, outer)
    plan = plan_site(site)
    assert verdict(plan, "port_link", link_key(port["id"], outer["id"])) == (
        Bucket.UNSUPPORTED,
        "link-taken",
    )
    assert {item.disposition for item in plan.modifications if item.field == "peerId"} == {"rebuilt"}


def test_port_that_is_linked_twice_is_linked_once(site: OldSite) -> None:
    ports = [site.bridge_port(hand_bridge(site)["id"]) for _ in range(3)]
    site.link(ports[0], ports[1])
    site.link(ports[0], ports[2])
    plan = plan_site(site)
    assert len(requests_for(plan, "port_link")) == 1


def test_gateway_port_of_a_neutron_subnet_joins_no_group() -> None:
    """It would lose what ties it to its DHCP subnet; other ports of Neutron join (new 1.8.1)."""
    site = rich_site()
    interface = next(
        item
        for item in site.neutron["ports"]
        if item["device_owner"] == "network:router_interface"
        and item["fixed_ips"][0]["ip_address"] == "10.0.0.1"
    )
    peer = site.find("port", id=interface["id"])["peerId"]
    group = site.add("port_group", name="g", tenantId=TENANT, stateful=False)
    for port in (peer, vm_port(site)["id"]):
        site.add("port_group_port", portGroupId=group["id"], portId=port)
    plan = plan_site(site)
    assert verdict(plan, "port_group_port", f"{group['id']}/{peer}") == (
        Bucket.UNSUPPORTED,
        "fragile-port",
    )
    (request,) = requests_for(plan, "port_group_port")
    assert request.body == {"portId": vm_port(site)["id"]}


def test_group_of_uplinks_that_a_conversion_fills_is_created() -> None:
    site = rich_site()
    assert site.provider_router is not None
    uplink = site.router_port(site.provider_router["id"], "192.0.2.128/30", "192.0.2.130")
    group = site.add("port_group", name="g", tenantId=TENANT, stateful=False)
    site.add("port_group_port", portGroupId=group["id"], portId=uplink["id"])
    rule = site.hand_rule(site.chain("c"), type="drop", portGroup=group["id"])
    member = ("port_group_port", f"{group['id']}/{uplink['id']}")
    taken = {member: Outcome(Bucket.CONVERTED, "edge-router-port-group", "joins afterwards")}
    alone, beside = plan_of(site.snapshot()), plan_of(site.snapshot(), taken=taken)
    assert verdict(alone, "port_group", group["id"])[0] is Bucket.UNSUPPORTED
    assert verdict(beside, "port_group", group["id"])[0] is Bucket.CREATED
    assert body_of(beside, "rule", rule["id"])["portGroup"] == group["id"]


@pytest.mark.parametrize("gateway", [None, "255.255.255.255", ""])
def test_route_without_gateway_says_null(site: OldSite, gateway: str | None) -> None:
    router = hand_router(site)
    port = site.router_port(router["id"], "10.1.0.0/24", "10.1.0.1")
    route = site.route(router["id"], ("172.16.0.0", 12), port["id"], nextHopGateway=gateway)
    assert body_of(plan_site(site), "route", route["id"])["nextHopGateway"] is None


def test_route_to_a_next_hop_that_is_not_ipv4_is_unsupported(site: OldSite) -> None:
    """5.x refuses it (new 2.11), and the requests behind it would wait."""
    router = hand_router(site)
    port = site.router_port(router["id"], "10.1.0.0/24", "10.1.0.1")
    route = site.route(router["id"], ("172.16.0.0", 12), port["id"], nextHopGateway="2001:db8::1")
    assert verdict(plan_site(site), "route", route["id"]) == (Bucket.UNSUPPORTED, "route-address")


def test_local_routes_come_with_their_ports(site: OldSite) -> None:
    router = hand_router(site)
    port = site.router_port(router["id"], "10.1.0.0/24", "10.1.0.1")
    local = site.find("route", nextHopPort=port["id"])
    assert verdict(plan_site(site), "route", local["id"]) == (Bucket.CARRIED, "route-local")


def test_black_holes_need_no_port(site: OldSite) -> None:
    router = hand_router(site)
    routes = [site.route(router["id"], ("10.9.0.0", 16), None, type=kind) for kind in ("BlackHole", "Reject")]
    plan = plan_site(site)
    assert [body_of(plan, "route", route["id"])["type"] for route in routes] == ["BlackHole", "Reject"]


def test_route_through_a_port_of_another_router_is_unsupported(site: OldSite) -> None:
    port = site.router_port(hand_router(site)["id"], "10.1.0.0/24", "10.1.0.1")
    route = site.route(hand_router(site)["id"], ("172.16.0.0", 12), port["id"])
    assert verdict(plan_site(site), "route", route["id"]) == (Bucket.UNSUPPORTED, "route-next-hop")


def test_routes_on_neutron_routers_are_created_unless_neutron_takes_them() -> None:
    site = rich_site()
    router = site.neutron["routers"][0]
    interface = next(
        item for item in site.neutron["ports"] if item["device_owner"] == "network:router_interface"
    )
    peer = site.find("port", id=interface["id"])["peerId"]
    route = site.route(router["id"], ("172.30.0.0", 16), peer, nextHopGateway="10.0.0.254", weight=7)
    taken = {("route", route["id"]): Outcome(Bucket.CONVERTED, "extra-route", "held by Neutron")}
    alone, beside = plan_of(site.snapshot()), plan_of(site.snapshot(), taken=taken)
    assert body_of(alone, "route", route["id"])["nextHopPort"] == interface_peer_id(interface["id"])
    assert not requests_for(beside, "route")
    assert [item.disposition for item in beside.modifications] == ["converted"]


def test_route_through_the_gateway_gets_the_next_hop_of_the_external_subnet() -> None:
    """The link to the Provider Router is gone; its port is on the external network now."""
    site = rich_site()
    router = site.neutron["routers"][0]
    peer = site.find("port", id=router["gw_port_id"])["peerId"]
    routes = [
        site.route(router["id"], ("172.30.0.0", length), peer, nextHopGateway=gateway)
        for length, gateway in ((16, None), (17, "169.254.255.1"), (18, "198.51.100.200"))
    ]
    plan = plan_site(site)
    bodies = [body_of(plan, "route", route["id"]) for route in routes]
    assert [body["nextHopGateway"] for body in bodies] == ["198.51.100.1", "198.51.100.1", "198.51.100.200"]
    assert {body["nextHopPort"] for body in bodies} == {tenant_gateway_port_id(router["gw_port_id"])}


def test_route_marked_as_learned_by_hand_is_a_static_one(site: OldSite) -> None:
    router = hand_router(site)
    port = site.router_port(router["id"], "10.1.0.0/24", "10.1.0.1")
    route = site.route(router["id"], ("172.16.0.0", 12), port["id"], learned=True)
    plan = plan_site(site)
    assert "learned" not in body_of(plan, "route", route["id"])
    assert findings_of(plan, "route-learned-by-hand") == [route["id"]]
