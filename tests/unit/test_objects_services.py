"""BGP, restructured, and load balancing (new 3.7, 3.8)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ObjectPlan
from midonet_migrate.plan.derived_ids import interface_peer_id, load_balancer_id
from object_plans import body_of, findings_of, plan_site, requests_for
from old_site import TENANT, OldSite
from old_site.rich import rich_site


@pytest.fixture
def site() -> OldSite:
    return OldSite()


def verdict(plan: ObjectPlan, kind: str, key: str) -> tuple[Bucket, str]:
    outcome = plan.outcomes[kind, key]
    return outcome.bucket, outcome.rule


def session(site: OldSite, port: JsonObject, peer: str, **members: Any) -> JsonObject:
    body = {"portId": port["id"], "localAS": 65001, "peerAS": 65002, "peerAddr": peer, "status": "DOWN"}
    return site.add("bgp", **(body | members))


def advertise(site: OldSite, of: JsonObject, prefix: str, length: int = 24) -> JsonObject:
    return site.add("ad_route", bgpId=of["id"], nwPrefix=prefix, prefixLength=length)


def router_with_ports(site: OldSite, count: int = 2) -> tuple[JsonObject, list[JsonObject]]:
    router = site.router_object("legacy", TENANT)
    ports = [
        site.router_port(router["id"], f"10.{number}.0.0/24", f"10.{number}.0.1") for number in range(count)
    ]
    return router, ports


def test_sessions_become_peers_and_the_local_as_moves_to_the_router(site: OldSite) -> None:
    router, ports = router_with_ports(site)
    first = session(site, ports[0], "10.0.0.254")
    route = advertise(site, first, "203.0.113.0")
    plan = plan_site(site)
    assert body_of(plan, "router", router["id"])["asNumber"] == 65001
    peer = body_of(plan, "bgp", first["id"])
    assert (peer["id"], peer["address"], peer["asNumber"]) == (first["id"], "10.0.0.254", 65002)
    assert body_of(plan, "ad_route", route["id"]) == {
        "id": route["id"],
        "subnetAddress": "203.0.113.0",
        "subnetLength": 24,
    }
    assert {item.type for item in plan.conversions} == {"bgp"}
    assert verdict(plan, "bgp", first["id"]) == (Bucket.CONVERTED, "bgp-peer")


def test_sessions_that_disagree_on_the_local_as_are_left_out_together(site: OldSite) -> None:
    router, ports = router_with_ports(site)
    sessions = [
        session(site, port, f"10.{number}.0.254", localAS=65001 + number) for number, port in enumerate(ports)
    ]
    route = advertise(site, sessions[0], "203.0.113.0")
    plan = plan_site(site)
    assert {verdict(plan, "bgp", item["id"]) for item in sessions} == {(Bucket.UNSUPPORTED, "bgp-local-as")}
    assert verdict(plan, "ad_route", route["id"])[0] is Bucket.UNSUPPORTED
    assert body_of(plan, "router", router["id"])["asNumber"] == 0


def test_advertisements_are_united_and_each_widening_is_named(site: OldSite) -> None:
    _, ports = router_with_ports(site)
    one, two = session(site, ports[0], "10.0.0.254"), session(site, ports[1], "10.1.0.254")
    both = [advertise(site, one, "203.0.113.0"), advertise(site, two, "203.0.113.7")]
    only = advertise(site, two, "198.51.100.0")
    plan = plan_site(site)
    rules = sorted(verdict(plan, "ad_route", item["id"])[1] for item in both)
    assert rules == ["bgp-network", "bgp-network-merged"]
    assert verdict(plan, "ad_route", only["id"]) == (Bucket.CONVERTED, "bgp-network")
    assert len(requests_for(plan, "ad_route")) == 2
    assert findings_of(plan, "bgp-widened") == [one["id"]]


def test_peer_in_no_subnet_of_the_router_is_reported(site: OldSite) -> None:
    _, ports = router_with_ports(site)
    outside = session(site, ports[0], "192.0.2.9")
    elsewhere = session(site, ports[0], "10.1.0.254")
    plan = plan_site(site)
    assert findings_of(plan, "bgp-peer-outside") == [outside["id"]]
    assert findings_of(plan, "bgp-other-port") == [elsewhere["id"]]


def test_second_session_with_a_peer_is_left_out(site: OldSite) -> None:
    """But not what it advertised: the peer goes on hearing of it."""
    _, ports = router_with_ports(site)
    networks = [
        advertise(site, session(site, port, "10.0.0.254"), f"203.0.{number}.0")
        for number, port in enumerate(ports)
    ]
    plan = plan_site(site)
    assert len(requests_for(plan, "bgp")) == 1
    assert len(findings_of(plan, "bgp-peer-twice")) == 1
    assert {verdict(plan, "ad_route", item["id"]) for item in networks} == {(Bucket.CONVERTED, "bgp-network")}
    assert findings_of(plan, "bgp-widened") == []


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"localAS": 4_000_000_000}, "bgp-as-number"),
        ({"peerAS": 0}, "bgp-as-number"),
        ({"peerAddr": None}, "bgp-peer-address"),
    ],
)
def test_session_that_5x_cannot_hold(site: OldSite, members: JsonObject, why: str) -> None:
    _, ports = router_with_ports(site)
    found = session(site, ports[0], "10.0.0.254", **members)
    assert verdict(plan_site(site), "bgp", found["id"]) == (Bucket.UNSUPPORTED, why)


def test_bgp_on_a_neutron_router_sets_its_as_number_by_put() -> None:
    site = rich_site()
    interface = next(
        item for item in site.neutron["ports"] if item["device_owner"] == "network:router_interface"
    )
    peer = site.find("port", id=site.find("port", id=interface["id"])["peerId"])
    found = session(site, peer, "10.0.0.254")
    plan = plan_site(site)
    (put,) = requests_for(plan, "router")
    assert (put.method, put.body) == ("PUT", {"asNumber": 65001})
    assert requests_for(plan, "bgp", found["id"])[0].path == f"/routers/{interface['device_id']}/bgp_peers"
    assert interface_peer_id(interface["id"]) != peer["id"]
    (change,) = plan.modifications
    assert change.disposition == "converted"


# Load balancing


def balancing(
    site: OldSite, router: JsonObject | None = None, **members: Any
) -> tuple[JsonObject, JsonObject]:
    """A balancer with a pool, on a router."""
    balancer = site.add("load_balancer", routerId=router["id"] if router else None, adminStateUp=True)
    if router:
        router["loadBalancerId"] = balancer["id"]
    return balancer, pool(site, balancer, **members)


def pool(site: OldSite, balancer: JsonObject, **members: Any) -> JsonObject:
    body = {
        "loadBalancerId": balancer["id"],
        "healthMonitorId": None,
        "protocol": "TCP",
        "lbMethod": "ROUND_ROBIN",
        "adminStateUp": True,
    }
    return site.add("pool", **(body | members))


def endpoint(site: OldSite, kind: str, of: JsonObject | None, **members: Any) -> JsonObject:
    body = {
        "poolId": of["id"] if of else None,
        "address": "10.0.0.9",
        "protocolPort": 80,
        "adminStateUp": True,
    }
    return site.add(kind, **(body | {"weight": 1} | members if kind == "pool_member" else body | members))


def monitor(site: OldSite, **members: Any) -> JsonObject:
    body = {"type": "TCP", "delay": 1, "timeout": 2, "maxRetries": 3, "adminStateUp": True}
    return site.add("health_monitor", **(body | members))


def test_down_members_and_monitors_are_put_down_after_they_were_posted(site: OldSite) -> None:
    _, made = balancing(site)
    member = endpoint(site, "pool_member", made, adminStateUp=False)
    down = monitor(site, adminStateUp=False)
    plan = plan_site(site)
    for kind, item in (("pool_member", member), ("health_monitor", down)):
        post, put = requests_for(plan, kind, item["id"])
        assert (post.method, put.method) == ("POST", "PUT")
        assert (put.body or {})["adminStateUp"] is False


def test_down_pools_vips_and_balancers_need_one_request(site: OldSite) -> None:
    balancer, made = balancing(site, adminStateUp=False)
    balancer["adminStateUp"] = False
    vip = endpoint(site, "vip", made, adminStateUp=False, sessionPersistence=None)
    plan = plan_site(site)
    for kind, item in (("load_balancer", balancer), ("pool", made), ("vip", vip)):
        assert body_of(plan, kind, item["id"])["adminStateUp"] is False


def test_member_of_weight_zero_gets_no_traffic_in_5x_either(site: OldSite) -> None:
    _, made = balancing(site)
    member = endpoint(site, "pool_member", made, weight=0)
    plan = plan_site(site)
    _, put = requests_for(plan, "pool_member", member["id"])
    assert ((put.body or {})["weight"], (put.body or {})["adminStateUp"]) == (1, False)
    assert findings_of(plan, "member-weight") == [member["id"]]


def test_pool_with_a_monitor_is_complete_at_once(site: OldSite) -> None:
    """It takes no writes until an agent runs (new 2.16)."""
    watching = monitor(site)
    _, made = balancing(site, healthMonitorId=watching["id"])
    plan = plan_site(site)
    assert body_of(plan, "pool", made["id"])["healthMonitorId"] == watching["id"]


def test_monitor_that_is_gone_is_dropped_and_reported(site: OldSite) -> None:
    _, made = balancing(site, healthMonitorId=site.id())
    plan = plan_site(site)
    assert body_of(plan, "pool", made["id"])["healthMonitorId"] is None
    assert verdict(plan, "pool", made["id"]) == (Bucket.CREATED, "monitor-dropped")


@pytest.mark.parametrize(
    ("members", "bucket"),
    [
        ({"poolId": None}, Bucket.SKIPPED),
        ({"address": None}, Bucket.UNSUPPORTED),
        ({"protocolPort": 70000}, Bucket.UNSUPPORTED),
    ],
)
def test_vip_that_5x_cannot_hold(site: OldSite, members: JsonObject, bucket: Bucket) -> None:
    _, made = balancing(site)
    vip = endpoint(site, "vip", made, **members)
    assert verdict(plan_site(site), "vip", vip["id"])[0] is bucket


def test_other_persistence_is_lost_and_reported(site: OldSite) -> None:
    _, made = balancing(site)
    vip = endpoint(site, "vip", made, sessionPersistence="HTTP_COOKIE")
    plan = plan_site(site)
    assert body_of(plan, "vip", vip["id"])["sessionPersistence"] is None
    assert findings_of(plan, "session-persistence") == [vip["id"]]


def test_everything_of_a_missing_balancer_is_left_out(site: OldSite) -> None:
    made = pool(site, {"id": site.id()})
    member = endpoint(site, "pool_member", made)
    plan = plan_site(site)
    assert verdict(plan, "pool", made["id"])[0] is Bucket.SKIPPED
    assert verdict(plan, "pool_member", member["id"]) == (Bucket.SKIPPED, "reference-left-out")


def test_balancer_of_a_neutron_router_without_pools_is_attached_by_put(site: OldSite) -> None:
    router = site.router()
    balancer, _ = balancing(site, site.find("router", id=router["id"]))
    plan = plan_site(site)
    (put,) = requests_for(plan, "router")
    assert (put.method, put.body) == ("PUT", {"loadBalancerId": balancer["id"]})
    assert {item.disposition for item in plan.modifications if item.field == "loadBalancerId"} == {"applied"}


def test_pool_of_a_user_on_the_balancer_of_neutron_moves_to_the_importers() -> None:
    site = rich_site()
    balancer = site.midonet["load_balancer"][0]
    made = pool(site, balancer)
    plan = plan_site(site)
    assert body_of(plan, "pool", made["id"])["loadBalancerId"] == load_balancer_id(balancer["routerId"])
    assert not requests_for(plan, "load_balancer")


def test_one_balancer_is_on_one_router(site: OldSite) -> None:
    routers = [site.router_object(name, TENANT) for name in "ab"]
    balancer, _ = balancing(site, routers[0])
    routers[1]["loadBalancerId"] = balancer["id"]
    plan = plan_site(site)
    used = [body_of(plan, "router", router["id"])["loadBalancerId"] for router in routers]
    assert sorted(used, key=str) == sorted([balancer["id"], None], key=str)
    assert len(findings_of(plan, "balancer-dropped")) == 1
