"""The classic data files say what the plan says, in the shape that written procedures know (orig 4.6)."""

from __future__ import annotations

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.plan.classic_files import midonet_post_data, neutron_post_data
from midonet_migrate.plan.planner import build_plan
from old_site import OldSite


def plan_of(site: OldSite) -> Plan:
    return build_plan(site.snapshot(), PlanOptions())


@pytest.fixture
def site() -> OldSite:
    """A Provider Router with an external subnet, an uplink and two static routes; two hosts, two zones."""
    site = OldSite()
    site.subnet(site.network("public", external=True), "198.51.100.0/24")
    assert site.provider_router is not None
    hosts = [site.add("host", name=name, alive=True, addresses=[]) for name in ("gw1", "compute1")]
    uplink = _bound(site, hosts[0], "eth1", site.provider_router["id"])
    for destination in (("0.0.0.0", 0), ("192.0.2.0", 24)):
        site.route(site.provider_router["id"], destination, uplink["id"], nextHopGateway="203.0.113.1")
    mine = site.router_object("mine", None)
    _bound(site, hosts[1], "tap1", mine["id"])
    zone = site.add("tunnel_zone", name="tz", type="gre")
    for number, host in enumerate(hosts, 1):
        site.add("tunnel_zone_host", tunnelZoneId=zone["id"], hostId=host["id"], ipAddress=f"10.0.0.{number}")
    site.add("tunnel_zone", name="empty", type="vxlan")
    return site


def _bound(site: OldSite, host: JsonObject, interface: str, router: str) -> JsonObject:
    binding = {"hostId": host["id"], "interfaceName": interface}
    port = site.router_port(router, "203.0.113.0/29", "203.0.113.2", **binding)
    site.add("host_interface_port", portId=port["id"], **binding)
    return port


def test_what_is_left_to_neutron_is_all_of_the_edge_router(site: OldSite) -> None:
    (subnet,) = site.neutron["subnets"]
    (port,) = [port for port in site.midonet["port"] if port["interfaceName"] == "eth1"]
    data = neutron_post_data(plan_of(site))
    router = data["uplink_router"]
    assert router["name"] == "MidoNet Provider Router"
    assert site.provider_router is not None
    assert router["source"] == site.provider_router["id"]
    assert router["ext_subnets"] == [subnet["id"]]
    assert router["uplink_ports"] == [
        {
            "host": "gw1",
            "iface": "eth1",
            "ip": "203.0.113.2",
            "mac": port["portMac"],
            "network_cidr": "203.0.113.0/29",
        }
    ]
    assert sorted((route["destination"], route["nexthop"]) for route in router["routes"]) == [
        ("0.0.0.0/0", "203.0.113.1"),
        ("192.0.2.0/24", "203.0.113.1"),
    ]
    assert data["disable_anti_spoof"] == []


def test_routes_that_only_midonet_holds_take_none_from_neutrons_list(site: OldSite) -> None:
    assert site.provider_router is not None
    for number in range(8):
        site.route(site.provider_router["id"], (f"10.{number}.0.0", 16), None, type="BlackHole")
    router = neutron_post_data(plan_of(site))["uplink_router"]
    assert len(router["routes"]) == 2


def test_ports_without_anti_spoofing_are_listed() -> None:
    site = OldSite()
    network = site.network()
    port = site.vif(network, [(site.subnet(network, "10.0.0.0/24"), "10.0.0.5")], [])
    kept = site.vif(network, [(network_subnet(site), "10.0.0.6")], [])
    assert neutron_post_data(plan_of(site)) == {"uplink_router": None, "disable_anti_spoof": []}
    for rule in [*site.midonet["rule"]]:
        bridge_port = site.find("port", id=port["id"])
        if rule["chainId"] == bridge_port["inboundFilterId"] and rule.get("invNwSrc"):
            site.remove("rule", rule)
    assert neutron_post_data(plan_of(site))["disable_anti_spoof"] == [port["id"]] != [kept["id"]]


def network_subnet(site: OldSite) -> JsonObject:
    (subnet,) = site.neutron["subnets"]
    return subnet


def test_zones_and_hosts_stand_with_their_members_and_their_own_bindings(site: OldSite) -> None:
    """The binding of the Provider Router is left out: its uplink takes that place."""
    plan = plan_of(site)
    data = midonet_post_data(site.snapshot(), plan)
    zones = {zone["tz"]["name"]: zone["hosts"] for zone in data["tunnel_zones"]}
    hosts = {item["host"]["name"]: item for item in data["hosts"].values()}
    assert zones["empty"] == {}
    assert {key: member["ipAddress"] for key, member in zones["tz"].items()} == {
        hosts["gw1"]["host"]["id"]: "10.0.0.1",
        hosts["compute1"]["host"]["id"]: "10.0.0.2",
    }
    (bound,) = [port for port in site.midonet["port"] if port["interfaceName"] == "tap1"]
    assert hosts["gw1"]["ports"] == {}
    assert hosts["compute1"]["ports"] == {"tap1": bound["id"]}
    assert data["hosts"].keys() == {item["host"]["id"] for item in hosts.values()}
    assert [request["id"] for request in data["requests"]] == [request.id for request in plan.objects]
