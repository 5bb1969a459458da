"""The Provider Router becomes an edge router: each part of it goes the way that can hold it (new 6)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject, link_key
from midonet_migrate.model.plan import Bucket, ConversionPlan, ConversionRequest
from object_plans import conversions_of as converted
from old_site import OldSite

HOST = "gw1"


def edge_site(gateway: str | None = "198.51.100.1") -> OldSite:
    """An external network, hence a Provider Router."""
    site = OldSite()
    site.subnet(site.network("public", external=True), "198.51.100.0/24", gateway)
    return site


def provider(site: OldSite) -> str:
    assert site.provider_router is not None
    return str(site.provider_router["id"])


def host(site: OldSite, name: str = HOST) -> JsonObject:
    return site.add("host", name=name, alive=True, addresses=[])


def uplink(site: OldSite, on: JsonObject, cidr: str, address: str, **members: Any) -> JsonObject:
    """A port of the Provider Router that is bound to a host."""
    name = f"eth{len(site.midonet['host_interface_port'])}"
    bound = {"hostId": on["id"], "interfaceName": name}
    port = site.router_port(provider(site), cidr, address, **bound, **members)
    site.add("host_interface_port", portId=port["id"], **bound)
    return port


def requests_of(plan: ConversionPlan, key: str) -> list[ConversionRequest]:
    (found,) = [item.requests for item in plan.conversions if item.source.id == key]
    return found


def verdict(plan: ConversionPlan, kind: str, key: str) -> tuple[Bucket, str]:
    return plan.outcomes[kind, key].bucket, plan.outcomes[kind, key].rule


def body_of(request: ConversionRequest) -> JsonObject:
    assert request.body is not None
    return request.body


def test_the_router_keeps_its_name_its_state_and_its_filters() -> None:
    site = edge_site()
    assert site.provider_router is not None
    chain = site.chain("mine")
    site.provider_router |= {"name": "", "adminStateUp": False, "outboundFilterId": chain["id"]}
    create, jump = requests_of(converted(site, admin_tenant="t"), provider(site))
    assert create.body == {"router": {"name": "edge router", "admin_state_up": False, "tenant_id": "t"}}
    assert (create.path, create.saves) == ("/v2.0/routers.json", "edge_router")
    assert jump.path == "/chains/${edge_router:post-chain}/rules"
    assert jump.body == {"type": "jump", "jumpChainId": chain["id"], "position": 1}
    site.provider_router |= {"name": "outer", "adminStateUp": True, "outboundFilterId": None}
    (create,) = requests_of(converted(site), provider(site))
    assert create.body == {"router": {"name": "outer", "admin_state_up": True}}


def test_two_uplinks_of_one_subnet_share_its_network_and_keep_address_mac_and_state() -> None:
    site = edge_site()
    gateway = host(site)
    ports = [
        uplink(site, gateway, "203.0.113.0/29", "203.0.113.2"),
        uplink(site, gateway, "203.0.113.0/29", "203.0.113.3", adminStateUp=False),
        uplink(site, gateway, "203.0.113.8/29", "203.0.113.10"),
    ]
    plan = converted(site)
    networks, names = [], set()
    for port in ports:
        requests = requests_of(plan, port["id"])
        networks += [body_of(each)["subnet"]["cidr"] for each in requests if "subnet" in body_of(each)]
        (made,) = [each for each in requests if "port" in body_of(each)]
        body = body_of(made)["port"]
        names.add(body["network_id"])
        assert (body["mac_address"], body["admin_state_up"]) == (port["portMac"], port["adminStateUp"])
        assert body["fixed_ips"][0]["ip_address"] == port["portAddress"]
        assert body["binding:host_id"] == HOST
        assert body["binding:profile"] == {"interface_name": port["interfaceName"]}
        assert requests[-1].body == {"port_id": f"${{{made.saves}}}"}
        binding = f"{gateway['id']}/{port['id']}"
        assert verdict(plan, "host_interface_port", binding) == (Bucket.CONVERTED, "edge-router-uplink")
    assert sorted(networks) == ["203.0.113.0/29", "203.0.113.8/29"]
    assert len(names) == 2


def test_an_uplink_without_a_known_host_is_told_with_its_binding() -> None:
    site = edge_site()
    nameless = host(site, "")
    port = uplink(site, nameless, "203.0.113.0/29", "203.0.113.2")
    plan = converted(site)
    lost = (Bucket.UNSUPPORTED, "edge-router-uplink")
    assert verdict(plan, "port", port["id"]) == lost
    assert verdict(plan, "host_interface_port", f"{nameless['id']}/{port['id']}") == lost
    assert not any(item.source.id == port["id"] for item in plan.conversions)


@pytest.mark.parametrize("member", ["inboundFilterId", "outboundFilterId"])
def test_filters_of_an_uplink_are_put_on_the_port_that_takes_its_place(member: str) -> None:
    site = edge_site()
    chain = site.chain("mine")
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2", **{member: chain["id"]})
    last = requests_of(converted(site), port["id"])[-1]
    assert (last.api, last.method) == ("midonet", "PUT")
    assert last.path == f"/ports/${{port_{port['id']}:interface-peer}}"
    assert last.body == {member: chain["id"]}


def test_static_routes_become_extra_routes_one_list_that_only_grows() -> None:
    """Neutron replaces the whole list: each update must hold those before it; the same route counts once."""
    site = edge_site()
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2")
    for destination in (("0.0.0.0", 0), ("192.0.2.0", 24), ("192.0.2.0", 24)):
        site.route(provider(site), destination, port["id"], nextHopGateway="203.0.113.1")
    plan = converted(site)
    lists = [
        body_of(request)["router"]["routes"]
        for item in plan.conversions
        if item.type == "edge-router-route"
        for request in item.requests
    ]
    assert [len(each) for each in lists] in ([1, 2, 2], [1, 1, 2])
    assert {(each["destination"], each["nexthop"]) for each in lists[-1]} == {
        ("0.0.0.0/0", "203.0.113.1"),
        ("192.0.2.0/24", "203.0.113.1"),
    }
    assert all(long[: len(short)] == short for short, long in pairwise(lists))


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "BlackHole", "nextHopPort": None},
        {"type": "Reject", "nextHopPort": None},
        {"srcNetworkAddr": "10.0.0.0", "srcNetworkLength": 8, "nextHopGateway": "203.0.113.1"},
        {"weight": 50, "nextHopGateway": "203.0.113.1"},
        {"nextHopGateway": None},
        {"nextHopGateway": "0.0.0.0"},
        {"nextHopGateway": "255.255.255.255"},
        {"nextHopGateway": "192.0.2.1"},
        {"nextHopGateway": "203.0.113.2"},
    ],
    ids=str,
)
def test_a_route_that_neutron_cannot_hold_is_made_through_midonet(odd: JsonObject) -> None:
    site = edge_site()
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2")
    route = site.route(provider(site), ("172.30.0.0", 16), port["id"], **odd)
    (request,) = requests_of(converted(site), route["id"])
    assert (request.api, request.method) == ("midonet", "POST")
    assert request.path == "/routers/${edge_router}/routes"
    made = body_of(request)
    kept = (
        "id",
        "type",
        "weight",
        "srcNetworkAddr",
        "srcNetworkLength",
        "dstNetworkAddr",
        "dstNetworkLength",
    )
    assert {name: made[name] for name in kept} == {name: route[name] for name in kept}
    assert made["nextHopPort"] == (f"${{port_{port['id']}:interface-peer}}" if route["nextHopPort"] else None)
    gateway = route["nextHopGateway"]
    assert made["nextHopGateway"] == (gateway if gateway not in {"0.0.0.0", "255.255.255.255"} else None)


def test_a_route_through_a_port_that_is_lost_is_told() -> None:
    site = edge_site()
    port = uplink(site, host(site, ""), "203.0.113.0/29", "203.0.113.2")
    normal = site.route(provider(site), ("172.30.0.0", 16), port["id"], nextHopGateway="203.0.113.1")
    hole = site.route(provider(site), ("172.31.0.0", 16), None, type="BlackHole")
    plan = converted(site)
    assert verdict(plan, "route", normal["id"]) == (Bucket.UNSUPPORTED, "edge-router-route")
    assert verdict(plan, "route", hole["id"]) == (Bucket.CONVERTED, "edge-router-route")


def test_the_local_route_of_a_port_is_made_with_its_interface() -> None:
    """Also one added again by hand; a heavier one, or one to another address, is somebody's own."""
    site = edge_site()
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2")
    again = site.route(provider(site), ("203.0.113.2", 32), port["id"], weight=0)
    others = [
        site.route(provider(site), ("203.0.113.3", 32), port["id"], weight=0),
        site.route(provider(site), ("203.0.113.2", 32), port["id"], weight=7),
        site.route(provider(site), ("203.0.113.2", 31), port["id"], weight=0),
        site.route(provider(site), ("203.0.113.2", 32), port["id"], weight=0, nextHopGateway="203.0.113.1"),
    ]
    plan = converted(site)
    assert verdict(plan, "route", again["id"]) == (Bucket.CONVERTED, "edge-router-local-route")
    assert requests_of(plan, again["id"]) == []
    for route in others:
        assert verdict(plan, "route", route["id"]) == (Bucket.CONVERTED, "edge-router-route")
        assert len(requests_of(plan, route["id"])) == 1


def test_a_port_made_by_hand_keeps_its_id_its_link_and_its_filters() -> None:
    site = edge_site()
    chain = site.chain("mine")
    port = site.router_port(provider(site), "10.77.0.0/24", "10.77.0.1", inboundFilterId=chain["id"])
    other = site.router_object("mine", None)
    peer = site.router_port(other["id"], "10.77.0.0/24", "10.77.0.2")
    site.link(port, peer)
    route = site.route(provider(site), ("10.78.0.0", 16), port["id"], nextHopGateway="10.77.0.2")
    heavy = site.route(provider(site), ("10.79.0.0", 16), port["id"], nextHopGateway="10.77.0.2", weight=9)
    plan = converted(site)
    make, link = requests_of(plan, port["id"])
    body = body_of(make)
    assert make.path == "/routers/${edge_router}/ports"
    for name in ("id", "type", "networkAddress", "networkLength", "portAddress", "portMac", "adminStateUp"):
        assert body[name] == port[name]
    assert body["inboundFilterId"] == chain["id"]
    assert "outboundFilterId" not in body
    assert (link.path, link.body) == (f"/ports/{port['id']}/link", {"peerId": peer["id"]})
    for kind, key in (("port", port["id"]), ("port_link", link_key(port["id"], peer["id"]))):
        assert verdict(plan, kind, key) == (Bucket.CONVERTED, "edge-router-port")
    (extra,) = requests_of(plan, route["id"])
    assert body_of(extra)["router"]["routes"] == [{"destination": "10.78.0.0/16", "nexthop": "10.77.0.2"}]
    (own,) = requests_of(plan, heavy["id"])
    assert body_of(own)["nextHopPort"] == port["id"]


def test_an_external_subnet_gets_an_interface_with_its_gateway_address() -> None:
    site = edge_site()
    (subnet,) = site.neutron["subnets"]
    plan = converted(site)
    (item,) = [each for each in plan.conversions if each.type == "external-subnet"]
    assert item.requests[0].path == "/v2.0/routers/${edge_router}/add_router_interface.json"
    assert item.requests[0].body == {"subnet_id": subnet["id"]}
    assert plan.findings == []
    (network,) = site.neutron["networks"]
    site.neutron_port(network, [(subnet, "198.51.100.1")], "compute:nova")
    assert [each.rule for each in converted(site).findings] == ["external-gateway-taken"]


def _group(site: OldSite, *ports: JsonObject, stateful: bool = True) -> JsonObject:
    group = site.add("port_group", name="uplinks", tenantId=None, stateful=stateful)
    for port in ports:
        site.add("port_group_port", portGroupId=group["id"], portId=port["id"])
    return group


def test_a_stateful_group_of_uplinks_alone_is_the_edge_routers_own() -> None:
    site = edge_site()
    on = host(site)
    ports = [uplink(site, on, f"203.0.113.{each}/29", f"203.0.113.{each + 2}") for each in (0, 8)]
    group = _group(site, *ports)
    plan = converted(site)
    assert verdict(plan, "port_group", group["id"]) == (Bucket.CONVERTED, "edge-router-port-group")
    assert requests_of(plan, group["id"]) == []
    for port in ports:
        key = f"{group['id']}/{port['id']}"
        assert verdict(plan, "port_group_port", key) == (Bucket.CONVERTED, "edge-router-port-group")


@pytest.mark.parametrize("why", ["stateless", "named by a rule", "another member"])
def test_any_other_group_is_kept_and_its_uplinks_join_again(why: str) -> None:
    site = edge_site()
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2")
    group = _group(site, port, stateful=why != "stateless")
    if why == "named by a rule":
        site.hand_rule(site.chain("mine"), type="drop", portGroup=group["id"])
    if why == "another member":
        bridge = site.add("bridge", name="mine", tenantId=None)
        other = site.bridge_port(bridge["id"])
        site.add("port_group_port", portGroupId=group["id"], portId=other["id"])
    plan = converted(site)
    assert ("port_group", group["id"]) not in plan.outcomes
    (join,) = requests_of(plan, f"{group['id']}/{port['id']}")
    assert join.path == f"/port_groups/{group['id']}/ports"
    assert join.body == {"portId": f"${{port_{port['id']}:interface-peer}}"}


def _session(site: OldSite, port: JsonObject, peer: str, local: int = 65001) -> JsonObject:
    return site.add("bgp", portId=port["id"], localAS=local, peerAS=65100, peerAddr=peer)


def _announce(site: OldSite, session: JsonObject, prefix: str, length: int = 24) -> JsonObject:
    return site.add("ad_route", bgpId=session["id"], nwPrefix=prefix, prefixLength=length)


def test_sessions_go_to_the_router_and_a_prefix_is_announced_once() -> None:
    site = edge_site()
    on = host(site)
    ports = [uplink(site, on, f"203.0.113.{each}/29", f"203.0.113.{each + 2}") for each in (0, 8)]
    sessions = [_session(site, port, f"203.0.113.{each}") for port, each in zip(ports, (1, 9), strict=True)]
    networks = [_announce(site, session, "198.51.100.0") for session in sessions]
    plan = converted(site)
    requests = [requests_of(plan, item["id"]) for item in sorted(sessions, key=lambda item: str(item["id"]))]
    assert [len(each) for each in requests] == [2, 1]
    assert (requests[0][0].path, requests[0][0].body) == ("/routers/${edge_router}", {"asNumber": 65001})
    for session in sessions:
        assert requests_of(plan, session["id"])[-1].body == {
            "id": session["id"],
            "address": session["peerAddr"],
            "asNumber": 65100,
        }
    made = [request for item in networks for request in requests_of(plan, item["id"])]
    assert [body_of(each)["subnetAddress"] for each in made] == ["198.51.100.0"]
    assert body_of(made[0])["subnetLength"] == 24
    assert all(verdict(plan, "ad_route", item["id"])[0] is Bucket.CONVERTED for item in networks)
    assert plan.findings == []
    _announce(site, sessions[0], "192.0.2.0")
    assert [each.rule for each in converted(site).findings] == ["bgp-announcements-widened"]


def test_sessions_of_another_as_are_told_with_what_they_announce() -> None:
    """One router has one AS: that of most sessions stays, the lower one at a tie."""
    site = edge_site()
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2")
    high = _session(site, port, "203.0.113.1", 65009)
    low = _session(site, port, "203.0.113.3", 65001)
    lost = _announce(site, high, "192.0.2.0")
    plan = converted(site)
    assert verdict(plan, "bgp", low["id"])[0] is Bucket.CONVERTED
    assert verdict(plan, "bgp", high["id"]) == (Bucket.UNSUPPORTED, "edge-router-bgp")
    assert verdict(plan, "ad_route", lost["id"]) == (Bucket.UNSUPPORTED, "edge-router-bgp")
    assert [each.rule for each in plan.findings] == ["edge-router-bgp-as"]
    _session(site, port, "203.0.113.4", 65009)
    assert verdict(converted(site), "bgp", low["id"])[0] is Bucket.UNSUPPORTED


def test_a_peer_outside_the_subnet_of_its_port_is_told() -> None:
    site = edge_site()
    port = uplink(site, host(site), "203.0.113.0/29", "203.0.113.2")
    far = _session(site, port, "192.0.2.1")
    assert [(each.rule, each.id) for each in converted(site).findings] == [
        ("bgp-peer-unreachable", far["id"])
    ]


def test_a_site_without_a_provider_router_has_nothing_to_convert() -> None:
    site = OldSite()
    site.subnet(site.network(), "10.0.0.0/24")
    assert converted(site) == ConversionPlan()
