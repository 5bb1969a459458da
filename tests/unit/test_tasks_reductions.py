"""Every rule for routes, floating IPs and load balancing, by name, and what goes with what is left out."""

from __future__ import annotations

import pytest

from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.derived_ids import load_balancer_id
from midonet_migrate.plan.tasks.schema import TargetVersion
from neutron_builders import (
    floating_ip,
    identity,
    member,
    monitor,
    network,
    pool,
    port,
    router,
    snapshot,
    subnet,
    vip,
)
from task_plans import NET, ROUTER, SUB, balanced_site, interface_port, planned, rewritten, sent_data, verdict

BALANCER_TYPE = "application/vnd.org.midonet.LoadBalancer-v1+json"


def test_routes_that_cannot_be_made_are_left_out_one_by_one() -> None:
    good = {"destination": "10.9.0.0/16", "nexthop": "10.0.1.7"}
    bad = [
        {"destination": "10.8.0.0/16", "nexthop": "10.0.1.1"},
        {"destination": "10.8.0.0/16", "nexthop": "192.0.2.1"},
        {"destination": "2001:db8::/64", "nexthop": "2001:db8::1"},
        {"destination": "10.8.0.0/16", "nexthop": None},
    ]
    plan = planned(balanced_site(routers=[router(20, routes=[*bad, good])]))
    (update,) = (task.data for task in plan.tasks if task.type == "UPDATE")
    assert update["routes"] == [good]
    wanted = ["route-unreachable", "route-unreachable", "ipv6-route", "invalid-value"]
    assert rewritten(plan, ROUTER) == wanted
    plan = planned(balanced_site(routers=[router(20, routes=bad)]))
    assert not any(task.type == "UPDATE" for task in plan.tasks)


def test_unreadable_optional_values_are_taken_out_and_named() -> None:
    odd = subnet(4, NET, 1, dns_nameservers=["8.8.8.8", "ns.example.com"], gateway_ip="10.0.1.256")
    odd["host_routes"] = [{"destination": "1.1.1.0/24"}]
    plan = planned(snapshot(networks=[network(2)], subnets=[odd]))
    sent = sent_data(plan, "SUBNET", SUB)
    assert sent is not None
    assert (sent["dns_nameservers"], sent["gateway_ip"], sent["host_routes"]) == (["8.8.8.8"], None, [])
    assert rewritten(plan, SUB) == ["invalid-value"] * 3


@pytest.mark.parametrize("version", ["5.0.2", "5.4.6"])
def test_a_floating_ip_of_a_vip_is_kept_without_association_where_5_x_cannot_have_it(
    version: TargetVersion,
) -> None:
    on_vip = port(15, NET, {"10.0.1.9": SUB}, device_owner="neutron:LOADBALANCER")
    association = {"port_id": on_vip["id"], "router_id": ROUTER, "fixed_ip_address": "10.0.1.9"}
    site = balanced_site(
        ports=[interface_port(), on_vip],
        vips=[vip(42, identity(40), "10.0.1.9", SUB, port_id=on_vip["id"])],
        floating_ips=[floating_ip(30, "10.0.1.50", floating_network_id=NET, **association)],
    )
    assert verdict(planned(site, version), "floating_ips", identity(30))[1] == "floating-ip-unassociated"
    assert planned(site).outcomes["floating_ips", identity(30)].rule == ""


def test_pending_delete_goes_with_its_dependants() -> None:
    plan = planned(
        balanced_site(
            pools=[pool(40, SUB, status="PENDING_DELETE"), pool(44, SUB)],
            members=[member(41, identity(40)), member(45, identity(44), status="PENDING_DELETE")],
            vips=[vip(42, identity(40), "10.0.1.9", SUB)],
            health_monitors=[monitor(43, identity(40)), monitor(46, identity(40), identity(44))],
        )
    )
    assert verdict(plan, "pools", identity(40)) == (Bucket.SKIPPED, "pending-delete")
    assert verdict(plan, "members", identity(45)) == (Bucket.SKIPPED, "pending-delete")
    for kind, number in (("members", 41), ("vips", 42), ("health_monitors", 43)):
        assert verdict(plan, kind, identity(number)) == (Bucket.SKIPPED, "pool-not-migrated")
    kept = sent_data(plan, "HEALTHMONITOR", identity(46))
    assert kept is not None
    assert [each["pool_id"] for each in kept["pools"]] == [identity(44)]
    assert rewritten(plan, identity(46)) == ["pool-not-migrated"]


@pytest.mark.parametrize("subnet_id", [identity(99), None, ""])
def test_a_pool_without_subnet_goes_with_its_members(subnet_id: str | None) -> None:
    plan = planned(
        balanced_site(pools=[pool(40, SUB) | {"subnet_id": subnet_id}], members=[member(41, identity(40))])
    )
    assert verdict(plan, "pools", identity(40)) == (Bucket.SKIPPED, "dangling-subnet")
    assert verdict(plan, "members", identity(41)) == (Bucket.SKIPPED, "pool-not-migrated")


def test_pools_that_are_up_come_first() -> None:
    plan = planned(balanced_site(pools=[pool(40, SUB, admin_state_up=False), pool(44, SUB)]))
    states = [task.data["admin_state_up"] for task in plan.tasks if task.data_type == "POOL"]
    assert states == [True, False]
    assert [rewrite.rule for rewrite in plan.rewrites] == ["pool-order"]
    assert plan.conversions == []


def test_a_load_balancer_with_all_pools_down_is_put_up_again_afterwards() -> None:
    plan = planned(balanced_site(pools=[pool(40, SUB, admin_state_up=False)]))
    (request,) = plan.conversions[0].requests
    balancer = load_balancer_id(ROUTER)
    assert (request.method, request.path, request.media_type) == (
        "PUT",
        f"/load_balancers/{balancer}",
        BALANCER_TYPE,
    )
    assert request.body == {"id": balancer, "routerId": ROUTER, "adminStateUp": True}


def test_members_get_neutrons_weight_and_need_an_address() -> None:
    members = [member(41, identity(40), weight=None), member(45, identity(40), address="web-1")]
    plan = planned(balanced_site(members=[*members, member(46, identity(40), address="2001:db8::5")]))
    sent = sent_data(plan, "MEMBER", identity(41))
    assert sent is not None
    assert (sent["weight"], rewritten(plan, identity(41))) == (1, ["member-weight"])
    for number in (45, 46):
        assert verdict(plan, "members", identity(number)) == (Bucket.UNSUPPORTED, "member-address")


def test_a_vip_without_port_is_left_out_one_with_an_ipv6_address_first_is_not() -> None:
    six = subnet(6, NET, ip_version=6, cidr="2001:db8::/64", gateway_ip="2001:db8::1")
    both = port(15, NET, {"2001:db8::9": six["id"], "10.0.1.9": SUB}, device_owner="neutron:LOADBALANCER")
    vips = [
        vip(42, identity(40), None, None),
        vip(47, identity(40), "2001:db8::9", six["id"], port_id=both["id"]),
    ]
    plan = planned(balanced_site(subnets=[subnet(4, NET, 1), six], ports=[interface_port(), both], vips=vips))
    assert verdict(plan, "vips", identity(42)) == (Bucket.SKIPPED, "vip-without-port")
    sent = sent_data(plan, "VIP", identity(47))
    assert sent is not None
    assert (sent["address"], sent["subnet_id"]) == ("10.0.1.9", SUB)
    assert rewritten(plan, identity(47)) == ["vip-address"]


@pytest.mark.parametrize("kind", ["HTTP_COOKIE", "APP_COOKIE", "OTHER"])
def test_session_persistence_that_midonet_lacks_is_said_aloud(kind: str) -> None:
    odd = vip(42, identity(40), "10.0.1.9", SUB, session_persistence={"type": kind})
    plan = planned(balanced_site(vips=[odd]))
    assert verdict(plan, "vips", identity(42))[0] is Bucket.TASK
    assert any(finding.rule == "session-persistence" for finding in plan.findings)


def test_of_two_monitors_of_a_pool_the_one_1_9_uses_is_imported() -> None:
    monitors = [monitor(43, identity(40)), monitor(46, identity(40), type="HTTP")]
    site = balanced_site(health_monitors=monitors)
    site.midonet["pool"] = [{"id": identity(40), "healthMonitorId": identity(46)}]
    plan = planned(site)
    assert verdict(plan, "health_monitors", identity(43)) == (Bucket.SKIPPED, "second-monitor")
    assert verdict(plan, "health_monitors", identity(46))[0] is Bucket.TASK
    assert any(finding.rule == "monitor-type" for finding in plan.findings)


def test_what_lives_in_neutron_alone_is_carried() -> None:
    plan = planned(snapshot(subnetpools=[{"id": identity(70)}], health_monitors=[monitor(43)]))
    assert verdict(plan, "subnetpools", identity(70)) == (Bucket.CARRIED, "neutron-only")
    assert verdict(plan, "health_monitors", identity(43)) == (Bucket.CARRIED, "monitor-unattached")


def test_derived_ids_that_collide_are_found() -> None:
    """XOR of related ids: (router, port) pairs with equal difference (imp B)."""
    near = "b0000000-0000-4000-8000-0000000000{:02x}".format
    ports = []
    for number, (port_end, of) in enumerate([(1, 0x10), (3, 0x12)]):
        each = interface_port(11, f"10.0.{number + 1}.1", device_id=near(of), id=near(port_end))
        each["fixed_ips"][0]["subnet_id"] = identity(4 + number)
        ports.append(each)
    routers = [router(20, id=near(0x10)), router(21, id=near(0x12))]
    subnets = [subnet(4, NET, 1), subnet(5, NET, 2)]
    plan = planned(snapshot(networks=[network(2)], subnets=subnets, ports=ports, routers=routers))
    assert verdict(plan, "router_interfaces", near(1))[0] is Bucket.TASK
    assert verdict(plan, "router_interfaces", near(3)) == (Bucket.UNSUPPORTED, "importer-exists")


def test_dhcp_options_are_lost_in_5_0_2_only_and_said_so() -> None:
    options = [{"opt_name": "x", "opt_value": "y", "ip_version": 4}]
    site = snapshot(networks=[network(2)], ports=[port(13, NET, extra_dhcp_opts=options)])
    assert [finding.rule for finding in planned(site, "5.0.2").findings] == ["dhcp-options-lost"]
    assert planned(site).findings == []


@pytest.mark.parametrize("address", ["", "x", "10.0.1.300"])
def test_interface_whose_address_cannot_be_read_is_left_out(address: str) -> None:
    """Without it nothing says where the router would be; its subnet stays."""
    plan = planned(balanced_site(ports=[interface_port(11, address)], pools=[]))
    assert verdict(plan, "router_interfaces", identity(11)) == (
        Bucket.SKIPPED,
        "router-port-without-address",
    )
    assert verdict(plan, "subnets", SUB)[0] is Bucket.TASK
