"""None of the creation orders that a real 5.2.1 refused, or by which it lost something, occurs (new 4.1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from midonet_migrate.model.plan import ObjectPlan, ObjectRequest
from midonet_migrate.plan.objects import before_import
from midonet_migrate.plan.objects.order import Step
from object_plans import Version, bind, check_plan, hand_bridge, hand_host, plan_of
from old_site import TENANT, OldSite

EDGES = {
    "tunnel_zone_host <- tunnel_zone": ("tunnel_zone", "tunnel_zone_host"),
    "tunnel_zone_host <- host": ("host", "tunnel_zone_host"),
    "bridge <- chain": ("chain", "bridge"),
    "router <- chain": ("chain", "router"),
    "router <- load_balancer": ("load_balancer", "router"),
    "bridge_port <- bridge": ("bridge", "port"),
    "port <- chain": ("chain", "port"),
    "router_port <- router": ("router", "port"),
    "port.hostId <- host": ("host", "port"),
    "port_link <- peer port": ("port", "port_link"),
    "route <- port": ("port", "route"),
    "rule <- chain": ("chain", "rule"),
    "rule jump <- chain": ("chain", "rule"),
    "rule condition <- port, group": ("port_group_port", "rule"),
    "ip_addr_group_addr <- ip_addr_group": ("ip_addr_group", "ip_addr_group_addr"),
    "port_group_port <- port_group": ("port_group", "port_group_port"),
    "port_group_port <- port": ("port", "port_group_port"),
    "pool <- load_balancer": ("load_balancer", "pool"),
    "pool <- health_monitor": ("health_monitor", "pool"),
    "pool_member <- pool": ("pool", "pool_member"),
    "vip <- pool": ("pool", "vip"),
    "bgp_peer <- router": ("router", "bgp"),
    "bgp_network <- router": ("router", "ad_route"),
    "dhcp_subnet <- bridge": ("bridge", "dhcp_subnet"),
    "dhcp_host <- dhcp_subnet": ("dhcp_subnet", "dhcp_host"),
    "mac entry <- bridge port": ("port", "mac_port"),
    "arp entry <- bridge": ("bridge", "ip4_mac_pair"),
    "trace <- device": ("router", "trace_request"),
    "vtep <- tunnel_zone(vtep)": ("tunnel_zone", "vtep"),
    "host_interface_port <- host": ("host", "host_interface_port"),
    "host_interface_port <- tunnel_zone_host": ("tunnel_zone_host", "host_interface_port"),
    "host_interface_port <- port": ("port", "host_interface_port"),
}
"""Edge to the kinds that must come first and second, in a plan that has all of them."""

NEVER_SENT = {
    "load_balancer with routerId (router exists)",
    "port.peerId <- port",
    "rule position gap",
    "mirror <- port",
}
"""Edges whose request is never made in that form; each has a test of its own, but mirrors: 1.9 has none."""


@pytest.fixture(scope="module")
def site() -> OldSite:
    return site_of_everything()


def site_of_everything() -> OldSite:
    """One object of every kind, each referring to all that it can refer to."""
    site = OldSite()
    network = site.network("app")
    subnet = site.subnet(network, "10.0.0.0/24")
    vm = site.find("port", id=site.vif(network, [(subnet, "10.0.0.5")], [])["id"])
    host = hand_host(site)
    zone = site.add("tunnel_zone", name="main", type="vxlan")
    site.add("tunnel_zone_host", tunnelZoneId=zone["id"], hostId=host["id"], ipAddress="192.0.2.1")
    bind(site, vm, host, "tap0")
    chain, other = site.chain("filter"), site.chain("sub")
    group = site.add("ip_addr_group", name="blocked")
    site.add("ip_addr_group_addr", ipAddrGroupId=group["id"], addr="192.0.2.9", version=6)
    monitor = site.add("health_monitor", type="TCP", delay=1, timeout=1, maxRetries=1, adminStateUp=False)
    balancer = site.add("load_balancer", routerId=None, adminStateUp=True)
    bridge = hand_bridge(site, inboundFilterId=chain["id"])
    router = site.router_object("legacy", TENANT, inboundFilterId=other["id"], loadBalancerId=balancer["id"])
    balancer["routerId"] = router["id"]
    pool = site.add(
        "pool",
        loadBalancerId=balancer["id"],
        healthMonitorId=monitor["id"],
        lbMethod="ROUND_ROBIN",
        adminStateUp=True,
    )
    for kind in ("pool_member", "vip"):
        site.add(
            kind,
            poolId=pool["id"],
            address="10.1.0.9",
            protocolPort=80,
            weight=1,
            adminStateUp=kind == "vip",
        )
    one = site.bridge_port(bridge["id"], inboundFilterId=chain["id"])
    bound = site.bridge_port(bridge["id"])
    bind(site, bound, host, "eth1")
    far = site.router_port(router["id"], "10.1.0.0/24", "10.1.0.1")
    site.link(one, far)
    port_group = site.add("port_group", name="group", tenantId=TENANT, stateful=True)
    site.add("port_group_port", portGroupId=port_group["id"], portId=one["id"])
    site.route(router["id"], ("172.16.0.0", 12), far["id"], nextHopGateway="10.1.0.254")
    for position in range(5):
        site.hand_rule(
            chain,
            type="drop",
            inPorts=[one["id"]],
            portGroup=port_group["id"],
            ipAddrGroupSrc=group["id"],
            traversedDevice=router["id"],
            nwTos=position,
        )
    site.hand_rule(chain, type="jump", jumpChainId=other["id"])
    site.add("dhcp_subnet", subnetPrefix="10.1.0.0", subnetLength=24, **{"@bridgeId": bridge["id"]})
    place = {"@bridgeId": bridge["id"], "@subnet": "10.1.0.0_24"}
    site.add("dhcp_host", macAddr="02:00:00:00:00:01", ipAddr="10.1.0.7", name="x", **place)
    site.add("dhcp_v6_subnet", prefix="2001:db8::", prefixLength=64, **{"@bridgeId": bridge["id"]})
    site.add(
        "dhcp_v6_host",
        clientId="00:01",
        fixedAddress="2001:db8::7",
        name="y",
        **{"@bridgeId": bridge["id"], "@subnet": "2001:db8::_64"},
    )
    site.add("mac_port", macAddr="02:00:00:00:00:01", portId=one["id"], vlanId=0, **_stored(bridge))
    site.add("ip4_mac_pair", ip="10.1.0.7", macAddr="02:00:00:00:00:01", **_stored(bridge))
    session = site.add("bgp", portId=far["id"], localAS=65001, peerAS=65002, peerAddr="10.1.0.254")
    site.add("ad_route", bgpId=session["id"], nwPrefix="203.0.113.0", prefixLength=24)
    vtep_zone = site.add("tunnel_zone", name="vteps", type="vtep")
    site.add(
        "vtep",
        managementIp="192.0.2.50",
        managementPort=6632,
        tunnelZoneId=vtep_zone["id"],
        connectionState="CONNECTED",
    )
    site.add("vtep_binding", mgmtIp="192.0.2.50", portName="p1", vlanId=7, networkId=bridge["id"])
    site.add(
        "trace_request",
        name="t",
        deviceType="ROUTER",
        deviceId=router["id"],
        condition={},
        enabled=False,
    )
    site.find("bridge", id=network["id"])["outboundFilterId"] = chain["id"]
    return site


def _stored(bridge: dict[str, Any]) -> dict[str, Any]:
    return {"@bridgeId": bridge["id"], "@persistent": True}


@pytest.fixture(scope="module")
def plan(site: OldSite) -> ObjectPlan:
    snapshot = site.snapshot()
    result = plan_of(snapshot)
    check_plan(snapshot, result)
    assert {outcome.bucket.value for outcome in result.outcomes.values()} <= {
        "created",
        "converted",
        "derived",
        "carried",
    }
    return result


def positions(plan: ObjectPlan, kind: str, method: str = "POST") -> list[int]:
    return [number for number, item in enumerate(plan.objects) if item.kind == kind and item.method == method]


def test_every_violated_order_is_looked_at(golden: Path) -> None:
    recorded = json.loads((golden / "midonet-5-api" / "order-5.2.1.json").read_text())
    assert {item["edge"] for item in recorded["violations"]} == set(EDGES) | NEVER_SENT


@pytest.mark.parametrize("edge", EDGES)
def test_what_is_needed_comes_first(plan: ObjectPlan, edge: str) -> None:
    first, second = (positions(plan, kind) for kind in EDGES[edge])
    assert first
    assert second
    assert max(first) < min(second)


def test_balancers_are_sent_without_router(plan: ObjectPlan) -> None:
    (balancer,) = [item for item in plan.objects if item.kind == "load_balancer"]
    assert balancer.body is not None
    assert balancer.body["routerId"] is None


def test_ports_are_sent_without_peer(plan: ObjectPlan) -> None:
    assert all("peerId" not in (item.body or {}) for item in plan.objects if item.kind == "port")


def test_rules_have_positions_without_gaps(plan: ObjectPlan) -> None:
    rules = [item for item in plan.objects if item.kind == "rule"]
    assert [(item.body or {})["position"] for item in rules] == list(range(1, len(rules) + 1))


def test_bridges_are_put_before_what_a_put_erases(plan: ObjectPlan) -> None:
    """DHCPv6 subnets and VNIs (new 1.8.1)."""
    (put,) = positions(plan, "bridge", "PUT")
    assert put < min(positions(plan, "dhcp_v6_subnet") + positions(plan, "vtep_binding"))


def test_routers_need_no_put(plan: ObjectPlan) -> None:
    """A PUT without the balancer would detach it."""
    assert not positions(plan, "router", "PUT")


def test_only_hosts_and_zones_come_before_the_import(plan: ObjectPlan) -> None:
    early = [before_import(item) for item in plan.objects]
    assert early == sorted(early, reverse=True)
    assert {item.kind for item in plan.objects if before_import(item)} == {
        "host",
        "tunnel_zone",
        "tunnel_zone_host",
    }


def test_steps_are_in_the_documented_order() -> None:
    """Hosts first, bindings last, ports before links, links before routes and rules."""
    order = list(Step)
    assert order[0] is Step.HOSTS
    assert order[-1] is Step.BINDINGS
    middle = [Step.PORTS, Step.PORT_LINKS, Step.PORT_GROUP_PORTS, Step.ROUTES, Step.RULES, Step.VTEPS]
    assert sorted(middle) == middle


@pytest.mark.parametrize("version", ["5.0.2", "5.2.1", "5.4.6"])
def test_every_request_is_one_that_the_version_offers(golden: Path, site: OldSite, version: Version) -> None:
    """Path, method, media type, required and known members, as the resource descriptions say."""
    source = golden.parent / "reference" / "midonet-5-resources.json"
    if not source.is_file():
        pytest.skip(f"no descriptions of resources at {source}")
    described = json.loads(source.read_text())
    snapshot = site.snapshot()
    plan = plan_of(snapshot, version)
    check_plan(snapshot, plan, version)
    for request in plan.objects:
        check_request(described, request, version)


_RESOURCES = {
    "ad_route": "bgp_network",
    "bgp": "bgp_peer",
    "dhcp_v6_host": "dhcpv6_host",
    "dhcp_v6_subnet": "dhcpv6_subnet",
    "ip4_mac_pair": "bridge_arp_table_entry",
    "mac_port": "bridge_mac_table_entry",
}


def check_request(described: dict[str, Any], request: ObjectRequest, version: str) -> None:
    body = request.body or {}
    name = _RESOURCES.get(request.kind, request.kind)
    if request.kind == "port":
        name = "bridge_port" if body["type"] == "Bridge" else "router_port"
    resource = described[name]
    assert request.media_type == resource["media_type"]
    assert request.method in resource["methods"]
    if version == "5.0.2":
        assert (request.kind, request.method) != ("host", "POST")
    fields = resource["fields"]
    known = set(fields) | {"ipAddrGroupId", "routerId", "protocol"}
    if request.kind == "rule":
        for extra in ("jumpChainId", "jumpChainName", "flowAction", "natTargets"):
            known.add(extra)
    assert set(body) <= known, (request.path, set(body) - known)
    if request.method == "POST":
        required = {field for field, text in fields.items() if text.get("required")}
        assert all(body.get(field) is not None for field in required), (request.path, required)


def test_same_site_gives_the_same_plan_whatever_the_order_of_input(site: OldSite) -> None:
    snapshot = site.snapshot()
    turned = site.snapshot()
    for kind, items in turned.midonet.items():
        if kind != "rule":
            turned.midonet[kind] = list(reversed(items))
    turned.neutron = {kind: list(reversed(items)) for kind, items in turned.neutron.items()}
    assert plan_of(snapshot).objects == plan_of(turned).objects
