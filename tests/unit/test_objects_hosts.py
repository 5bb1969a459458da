"""Hosts, tunnel zones, members and bindings (new 3.1, 4.1, 5; old 5)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ObjectPlan
from midonet_migrate.plan.objects.bindings import MANY_BINDINGS
from object_plans import bind, body_of, findings_of, hand_bridge, hand_host, plan_site, requests_for
from old_site import OldSite


@pytest.fixture
def site() -> OldSite:
    return OldSite()


def zone_with(site: OldSite, *hosts: JsonObject, **members: Any) -> JsonObject:
    zone = site.add("tunnel_zone", **({"name": "main", "type": "vxlan"} | members))
    for number, host in enumerate(hosts, 1):
        site.add(
            "tunnel_zone_host",
            tunnelZoneId=zone["id"],
            hostId=host["id"],
            ipAddress=f"192.0.2.{number}",
        )
    return zone


def vm_port(site: OldSite) -> JsonObject:
    """The MidoNet port of a VM."""
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    return site.find("port", id=site.vif(network, [(subnet, "10.0.0.5")], [])["id"])


def verdict(plan: ObjectPlan, kind: str, key: str) -> tuple[Bucket, str]:
    outcome = plan.outcomes[kind, key]
    return outcome.bucket, outcome.rule


@pytest.mark.parametrize(("weight", "sent"), [(0, 0), (7, 7), (None, 1), (-1, 1), (70000, 1)])
def test_flooding_weight_is_kept_where_5x_takes_it(site: OldSite, weight: int | None, sent: int) -> None:
    host = hand_host(site, floodingProxyWeight=weight)
    assert body_of(plan_site(site), "host", host["id"])["floodingProxyWeight"] == sent


def test_weight_is_put_where_hosts_cannot_be_posted(site: OldSite) -> None:
    usual, other = hand_host(site, "a"), hand_host(site, "b", floodingProxyWeight=0)
    plan = plan_site(site, "5.0.2")
    (put,) = requests_for(plan, "host")
    assert (put.method, put.path) == ("PUT", f"/hosts/{other['id']}")
    assert put.body == {"floodingProxyWeight": 0}
    assert verdict(plan, "host", usual["id"]) == (Bucket.CONVERTED, "host-in-store")


def test_dead_host_with_the_name_of_a_living_one_is_left_out_with_its_members(site: OldSite) -> None:
    old, new = hand_host(site, alive=False), hand_host(site)
    zone = zone_with(site, old, new)
    plan = plan_site(site)
    assert verdict(plan, "host", old["id"]) == (Bucket.SKIPPED, "host-stale")
    assert verdict(plan, "tunnel_zone_host", f"{zone['id']}/{old['id']}")[0] is Bucket.SKIPPED
    assert verdict(plan, "tunnel_zone_host", f"{zone['id']}/{new['id']}")[0] is Bucket.CREATED


def test_two_living_hosts_of_one_name_are_created_and_reported(site: OldSite) -> None:
    hosts = [hand_host(site), hand_host(site)]
    plan = plan_site(site)
    assert len(requests_for(plan, "host")) == 2
    assert findings_of(plan, "host-name-twice") == [min(host["id"] for host in hosts)]


def test_host_without_name_is_left_out(site: OldSite) -> None:
    host = hand_host(site, "")
    assert verdict(plan_site(site), "host", host["id"]) == (Bucket.SKIPPED, "host-without-name")


def test_dead_hosts_are_created(site: OldSite) -> None:
    """A compute that is down today comes back."""
    host = hand_host(site, alive=False)
    assert verdict(plan_site(site), "host", host["id"])[0] is Bucket.CREATED


def test_zone_names_are_made_unique(site: OldSite) -> None:
    zones = [zone_with(site), zone_with(site), zone_with(site, name=None)]
    plan = plan_site(site)
    names = [body_of(plan, "tunnel_zone", zone["id"])["name"] for zone in zones]
    assert len(set(names)) == 3
    assert all(1 <= len(name) <= 255 for name in names)


def test_member_without_ipv4_address_is_unsupported(site: OldSite) -> None:
    host = hand_host(site)
    zone = zone_with(site)
    site.add("tunnel_zone_host", tunnelZoneId=zone["id"], hostId=host["id"], ipAddress="2001:db8::1")
    plan = plan_site(site)
    assert verdict(plan, "tunnel_zone_host", f"{zone['id']}/{host['id']}") == (
        Bucket.UNSUPPORTED,
        "zone-address",
    )


def test_binding_of_a_neutron_port_is_posted_last(site: OldSite) -> None:
    host, port = hand_host(site), vm_port(site)
    zone_with(site, host)
    bind(site, port, host, "tap0")
    plan = plan_site(site)
    last = plan.objects[-1]
    assert (last.method, last.path) == ("POST", f"/hosts/{host['id']}/ports")
    assert last.body == {"portId": port["id"], "interfaceName": "tap0"}


def test_binding_of_a_host_without_zone_goes_through_the_port(site: OldSite) -> None:
    """The other way answers 409 (new 2.2)."""
    host, port = hand_host(site), vm_port(site)
    binding = bind(site, port, host, "tap0")
    last = plan_site(site).objects[-1]
    assert (last.method, last.path) == ("PUT", f"/ports/{port['id']}")
    assert last.media_type.endswith("Port-v3+json")
    assert last.body == {"hostId": host["id"], "interfaceName": "tap0"}
    assert (last.kind, last.id) == ("host_interface_port", f"{host['id']}/{binding['portId']}")


def test_bindings_of_a_crowded_host_go_through_the_ports(site: OldSite) -> None:
    host = hand_host(site)
    zone_with(site, host)
    network = site.network()
    for number in range(MANY_BINDINGS + 1):
        port = site.find("port", id=site.vif(network, [], [])["id"])
        bind(site, port, host, f"tap{number}")
    plan = plan_site(site)
    assert {item.method for item in requests_for(plan, "host_interface_port")} == {"PUT"}


def test_the_port_is_right_where_host_and_port_differ(site: OldSite) -> None:
    """After a live migration the old host may still list the port (old 5)."""
    source, target, port = hand_host(site, "a"), hand_host(site, "b"), vm_port(site)
    zone_with(site, source, target)
    stale = bind(site, port, source, "tap-old")
    bind(site, port, target, "tap-new")
    plan = plan_site(site)
    assert verdict(plan, "host_interface_port", f"{source['id']}/{stale['portId']}") == (
        Bucket.SKIPPED,
        "binding-stale",
    )
    (request,) = requests_for(plan, "host_interface_port")
    assert request.path == f"/hosts/{target['id']}/ports"
    assert (request.body or {})["interfaceName"] == "tap-new"


def test_binding_that_only_the_host_knows_is_kept(site: OldSite) -> None:
    host, port = hand_host(site), vm_port(site)
    zone_with(site, host)
    bind(site, port, host, "tap0")
    port["hostId"] = port["interfaceName"] = None
    (request,) = requests_for(plan_site(site), "host_interface_port")
    assert request.body == {"portId": port["id"], "interfaceName": "tap0"}


def test_binding_that_only_the_port_knows_is_made_and_reported(site: OldSite) -> None:
    host, port = hand_host(site), vm_port(site)
    zone_with(site, host)
    port["hostId"], port["interfaceName"] = host["id"], "tap0"
    plan = plan_site(site)
    assert len(requests_for(plan, "host_interface_port")) == 1
    assert findings_of(plan, "binding-of-port-only") == [port["id"]]


def test_one_interface_is_never_bound_twice(site: OldSite) -> None:
    """In the body of a port 5.x would take it silently (new 2.2)."""
    host = hand_host(site)
    bridge = hand_bridge(site)
    ports = [site.bridge_port(bridge["id"]) for _ in range(2)]
    bindings = [bind(site, port, host, "eth1") for port in ports]
    plan = plan_site(site)
    buckets = [
        verdict(plan, "host_interface_port", f"{host['id']}/{binding['portId']}") for binding in bindings
    ]
    assert sorted(buckets) == [
        (Bucket.CREATED, "binding-in-port"),
        (Bucket.SKIPPED, "binding-interface-taken"),
    ]
    bound = [body_of(plan, "port", port["id"]).get("interfaceName") for port in ports]
    assert sorted(bound, key=str) == [None, "eth1"]


def test_binding_to_a_host_that_is_gone_is_left_out_and_the_port_kept(site: OldSite) -> None:
    port = site.bridge_port(hand_bridge(site)["id"])
    lost = {"id": site.id()}
    bind(site, port, lost, "eth1")
    plan = plan_site(site)
    key = f"{lost['id']}/{port['id']}"
    assert verdict(plan, "host_interface_port", key) == (Bucket.SKIPPED, "dangling-reference")
    assert "hostId" not in body_of(plan, "port", port["id"])


def test_binding_goes_with_its_port(site: OldSite) -> None:
    host = hand_host(site)
    port = site.bridge_port(site.id())
    bind(site, port, host, "eth1")
    plan = plan_site(site)
    assert verdict(plan, "port", port["id"])[0] is Bucket.SKIPPED
    key = f"{host['id']}/{port['id']}"
    assert verdict(plan, "host_interface_port", key) == (Bucket.SKIPPED, "reference-left-out")


def test_more_ports_than_a_host_can_hold_are_left_unbound(site: OldSite) -> None:
    host = hand_host(site)
    bridge = hand_bridge(site)
    for number in range(5):
        bind(site, site.bridge_port(bridge["id"]), host, f"e{number}")
    plan = plan_site(site, request_limit=300)
    rules = [plan.outcomes[key].rule for key in plan.outcomes if key[0] == "host_interface_port"]
    assert sorted(rules) == ["binding-in-port"] * 4 + ["reference-left-out"]
    assert findings_of(plan, "size-limit")


def test_interfaces_are_the_agents_own(site: OldSite) -> None:
    host = hand_host(site)
    site.add("interface", hostId=host["id"], name="eth0")
    plan = plan_site(site)
    assert verdict(plan, "interface", f"{host['id']}/eth0") == (Bucket.CARRIED, "agent-state")
