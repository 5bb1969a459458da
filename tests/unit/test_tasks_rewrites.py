"""Every rule for groups, networks, subnets, ports and interfaces, by name."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, PlanOptions, TaskPlan
from midonet_migrate.plan.derived_ids import in_chain_id, non_header_rule_id, out_chain_id
from midonet_migrate.plan.tasks import plan_tasks
from neutron_builders import (
    HOST,
    floating_ip,
    group,
    identity,
    network,
    port,
    router,
    rule,
    snapshot,
    subnet,
)
from task_plans import NET, ROUTER, SUB, balanced_site, interface_port, planned, rewritten, sent_data, verdict

GROUP = identity(5)


def _group_plan(**keys: Any) -> tuple[TaskPlan, JsonObject]:
    plan = planned(snapshot(security_groups=[group(5, rule(6, GROUP, **keys))]))
    (task,) = plan.tasks
    return plan, task.data


@pytest.mark.parametrize(("number", "name"), [("6", "tcp"), (17, "udp"), ("1", "icmp"), ("58", "icmpv6")])
def test_numbers_of_named_protocols_become_their_name(number: object, name: str) -> None:
    plan, data = _group_plan(protocol=number)
    assert data["security_group_rules"][0]["protocol"] == name
    assert rewritten(plan, identity(6)) == ["numeric-protocol"]


@pytest.mark.parametrize(("direction", "side"), [("ingress", "Src"), ("egress", "Dst")])
def test_a_protocol_without_name_is_posted_to_the_chain_of_its_group(direction: str, side: str) -> None:
    plan, data = _group_plan(protocol="112", direction=direction, remote_ip_prefix="10.1.0.0/16")
    assert data["security_group_rules"] == []
    (conversion,) = plan.conversions
    chain = out_chain_id(GROUP) if direction == "ingress" else in_chain_id(GROUP)
    (request,) = conversion.requests
    assert (request.api, request.method, request.path) == ("midonet", "POST", f"/chains/{chain}/rules")
    assert request.body == {
        "id": identity(6),
        "type": "accept",
        "position": 1,
        "nwProto": 112,
        "dlType": 2048,
        f"nw{side}Address": "10.1.0.0",
        f"nw{side}Length": 16,
        "fragmentPolicy": "any",
    }
    assert verdict(plan, "security_group_rules", identity(6)) == (Bucket.CONVERTED, "numeric-protocol")
    assert "1.9 let all protocols through" in plan.outcomes["security_group_rules", identity(6)].reason


def test_a_converted_rule_with_ports_becomes_two_like_the_importers() -> None:
    plan, _ = _group_plan(protocol="sctp", port_range_min=80, port_range_max=90, remote_group_id=GROUP)
    first, second = (request.body or {} for request in plan.conversions[0].requests)
    assert (first["nwProto"], first["fragmentPolicy"]) == (132, "header")
    assert first["tpDst"] == {"start": 80, "end": 90}
    assert first["ipAddrGroupSrc"] == GROUP
    assert (second["id"], second["fragmentPolicy"]) == (non_header_rule_id(identity(6)), "nonheader")
    assert "tpDst" not in second


def test_a_protocol_without_name_and_an_ipv6_prefix_cannot_be_expressed() -> None:
    plan, _ = _group_plan(protocol="112", ethertype="IPv6", remote_ip_prefix="2001:db8::/32")
    assert plan.conversions == []
    assert verdict(plan, "security_group_rules", identity(6))[0] is Bucket.UNSUPPORTED


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"protocol": "tcp", "port_range_min": 90, "port_range_max": 80}, "reversed-port-range"),
        ({"protocol": "300"}, "unknown-protocol"),
        ({"protocol": "any"}, "unknown-protocol"),
        ({"ethertype": "IPv7"}, "unreadable-rule"),
        ({"remote_ip_prefix": "10.0.0.0/99"}, "unreadable-rule"),
        ({"remote_group_id": "web"}, "unreadable-rule"),
        ({"id": "1-1-1-1-1"}, "unreadable-rule"),
        ({"security_group_id": identity(77)}, "rule-of-other-group"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_left_out_and_never_widened(keys: JsonObject, reason: str) -> None:
    plan, data = _group_plan(**keys)
    assert data["security_group_rules"] == []
    assert verdict(plan, "security_group_rules", keys.get("id", identity(6)))[1] == reason
    assert any(finding.rule == reason for finding in plan.findings)


def test_icmpv6_ports_are_taken_out_icmp_type_and_code_stay() -> None:
    plan, data = _group_plan(protocol="icmpv6", port_range_min=128, port_range_max=0)
    assert data["security_group_rules"][0]["port_range_min"] is None
    assert rewritten(plan, identity(6)) == ["icmpv6-ports"]
    plan, data = _group_plan(protocol="icmp", port_range_min=8, port_range_max=0)
    assert (data["security_group_rules"][0]["port_range_min"], plan.rewrites) == (8, [])


def test_a_rule_whose_group_is_gone_has_a_reasoned_outcome() -> None:
    plan = planned(snapshot(security_group_rules=[rule(6, GROUP)]))
    assert verdict(plan, "security_group_rules", identity(6)) == (Bucket.SKIPPED, "dangling-group")


@pytest.mark.parametrize("seen_up", [True, False])
def test_admin_state_null_becomes_what_1_9_made_of_it(seen_up: bool) -> None:
    bridge = {"id": NET, "adminStateUp": seen_up}
    plan = planned(snapshot({"bridge": [bridge]}, networks=[network(2, admin_state_up=None)]))
    assert plan.tasks[0].data["admin_state_up"] is seen_up
    assert rewritten(plan, NET) == ["admin-state-null"]


def test_a_network_type_the_importer_does_not_know_is_left_out_of_the_dict() -> None:
    plan = planned(snapshot(networks=[network(2, **{"provider:network_type": "midonet"})]))
    assert "provider:network_type" not in plan.tasks[0].data
    assert rewritten(plan, NET) == ["network-type"]


def test_ipv6_goes_with_everything_that_needs_it_and_only_that() -> None:
    six = subnet(6, NET, ip_version=6, cidr="2001:db8::/64", gateway_ip="2001:db8::1")
    dual = port(13, NET, {"2001:db8::5": six["id"], "10.0.1.7": SUB})
    options = [{"opt_name": "x", "opt_value": "y", "ip_version": version} for version in (4, 6)]
    only = interface_port(
        14, "2001:db8::1", fixed_ips=[{"ip_address": "2001:db8::1", "subnet_id": six["id"]}]
    )
    site = snapshot(
        networks=[network(2)],
        subnets=[subnet(4, NET, 1), six],
        ports=[dual | {"extra_dhcp_opts": options}, only],
        routers=[router(20)],
    )
    plan = planned(site)
    assert verdict(plan, "subnets", six["id"]) == (Bucket.UNSUPPORTED, "ipv6-subnet")
    kept = sent_data(plan, "PORT", identity(13))
    assert kept is not None
    assert kept["fixed_ips"] == [{"ip_address": "10.0.1.7", "subnet_id": SUB}]
    assert kept["extra_dhcp_opts"] == options[:1]
    assert rewritten(plan, identity(13)) == ["ipv6-fixed-ip", "ipv6-dhcp-opt"]
    for kind in ("ports", "router_interfaces"):
        assert verdict(plan, kind, identity(14)) == (Bucket.UNSUPPORTED, "ipv6-only-router-port")
    newer = planned(site, "5.4.6")
    assert sent_data(newer, "SUBNET", six["id"]) == six
    assert newer.outcomes["router_interfaces", identity(14)].bucket is Bucket.TASK


def test_an_interface_with_an_ipv6_address_first_is_linked_by_its_ipv4_subnet() -> None:
    six = subnet(6, NET, ip_version=6, cidr="2001:db8::/64", gateway_ip="2001:db8::1")
    both = {"2001:db8::1": six["id"], "10.0.1.1": SUB}
    fixed_ips = [{"ip_address": address, "subnet_id": of} for address, of in both.items()]
    site = balanced_site(subnets=[subnet(4, NET, 1), six], ports=[interface_port(fixed_ips=fixed_ips)])
    linked = sent_data(planned(site), "ROUTERINTERFACE", ROUTER)
    assert linked == {"id": ROUTER, "port_id": identity(11), "subnet_id": SUB}
    assert rewritten(planned(site), identity(11)) == ["ipv6-fixed-ip", "interface-subnet"]
    newer = sent_data(planned(site, "5.4.6"), "ROUTERINTERFACE", ROUTER)
    assert newer is not None
    assert newer["subnet_ids"] == [SUB, six["id"]]


def test_a_gateway_that_cannot_be_imported_is_taken_from_its_router_and_what_hangs_on_it_follows() -> None:
    six = subnet(6, identity(1), ip_version=6, cidr="2001:db8::/64", gateway_ip="2001:db8::1")
    gateway = port(10, identity(1), {"2001:db8::5": six["id"]}, device_id=ROUTER)
    gateway["device_owner"] = "network:router_gateway"
    vm = port(13, NET, {"10.0.1.7": SUB})
    association = {"port_id": vm["id"], "router_id": ROUTER, "fixed_ip_address": "10.0.1.7"}
    plan = planned(
        snapshot(
            networks=[network(1, **{"router:external": True}), network(2)],
            subnets=[six, subnet(4, NET, 1)],
            ports=[gateway, interface_port(), vm],
            routers=[router(20, gateway["id"])],
            floating_ips=[floating_ip(30, "10.0.200.9", **association)],
        )
    )
    reduced = sent_data(plan, "ROUTER", ROUTER)
    assert reduced is not None
    assert (reduced["gw_port_id"], reduced["external_gateway_info"]) == (None, None)
    assert verdict(plan, "routers", ROUTER) == (Bucket.TASK, "gateway-left-out")
    address = sent_data(plan, "FLOATINGIP", identity(30))
    assert address is not None
    assert [address[name] for name in association] == [None, None, None]
    assert verdict(plan, "floating_ips", identity(30)) == (Bucket.TASK, "floating-ip-unassociated")


@pytest.mark.parametrize(
    ("changes", "rule_id"),
    [
        ({"network_id": identity(99)}, "dangling-network"),
        ({"device_id": identity(99)}, "dangling-router"),
        ({"device_id": ""}, "dangling-router"),
        ({"fixed_ips": []}, "router-port-without-address"),
        (
            {"fixed_ips": [{"ip_address": "10.0.1.1", "subnet_id": identity(99)}]},
            "router-port-without-address",
        ),
    ],
)
def test_a_dangling_interface_port_takes_its_interface_along(changes: JsonObject, rule_id: str) -> None:
    plan = planned(balanced_site(ports=[interface_port(**changes)]))
    for kind in ("ports", "router_interfaces"):
        assert verdict(plan, kind, identity(11)) == (Bucket.SKIPPED, rule_id)
    assert verdict(plan, "pools", identity(40)) == (Bucket.SKIPPED, "pool-without-router")


def test_an_interface_whose_port_is_gone_has_a_reasoned_outcome() -> None:
    gone = {"id": identity(99), "port_id": identity(99), "router_id": ROUTER, "subnet_id": SUB}
    plan = planned(balanced_site(router_interfaces=[gone]))
    assert verdict(plan, "router_interfaces", identity(99)) == (Bucket.SKIPPED, "dangling-port")


def test_the_second_router_with_the_gateway_address_of_a_subnet_gets_no_interface() -> None:
    ports = [interface_port(), interface_port(12, device_id=identity(21))]
    plan = planned(balanced_site(ports=ports, routers=[router(20), router(21)]))
    assert verdict(plan, "router_interfaces", identity(11))[0] is Bucket.TASK
    assert verdict(plan, "router_interfaces", identity(12)) == (Bucket.UNSUPPORTED, "importer-conflict")


def test_owners_5_x_does_not_know_are_ordinary_ports_as_in_1_9() -> None:
    vms = [port(13, NET, device_owner="baremetal:none"), port(14, NET, device_owner="network:remote_site")]
    for version, known in (("5.0.2", ""), ("5.2.1", "network:remote_site")):
        plan = plan_tasks(
            snapshot(networks=[network(2)], ports=vms),
            PlanOptions(target_version="5.0.2" if version == "5.0.2" else "5.2.1"),
        )
        odd, remote = (sent_data(plan, "PORT", each["id"]) for each in vms)
        assert odd is not None
        assert remote is not None
        assert (odd["device_owner"], remote["device_owner"]) == ("", known)
        assert rewritten(plan, identity(13)) == ["device-owner"]


@pytest.mark.parametrize("mac", ["FA-16-3E-00-00-01", "FA163E000001", "fa16.3e00.0001"])
def test_macs_are_rewritten_to_the_only_form_the_importer_reads(mac: str) -> None:
    plan = planned(snapshot(networks=[network(2)], ports=[port(13, NET, mac_address=mac)]))
    assert plan.tasks[1].data["mac_address"].lower() == "fa:16:3e:00:00:01"
    assert rewritten(plan, identity(13)) == ["mac-format"]


def test_a_port_without_a_usable_mac_is_left_out() -> None:
    plan = planned(snapshot(networks=[network(2)], ports=[port(13, NET, mac_address="zz")]))
    assert verdict(plan, "ports", identity(13)) == (Bucket.UNSUPPORTED, "importer-mac-address")


def test_the_same_address_and_mac_twice_in_a_network_is_found() -> None:
    twins = [port(number, NET, {"10.0.1.7": SUB}, mac_address="fa:16:3e:0:0:1") for number in (13, 14)]
    plan = planned(snapshot(networks=[network(2)], subnets=[subnet(4, NET, 1)], ports=twins))
    assert verdict(plan, "ports", identity(13))[0] is Bucket.TASK
    assert verdict(plan, "ports", identity(14)) == (Bucket.UNSUPPORTED, "importer-duplicate-address")


def test_references_of_a_port_to_nothing_are_taken_out_of_it() -> None:
    vm = port(13, NET, {"10.0.1.7": SUB, "10.0.9.7": identity(99)}, security_groups=[identity(98)])
    plan = planned(snapshot(networks=[network(2)], subnets=[subnet(4, NET, 1)], ports=[vm]))
    sent = sent_data(plan, "PORT", identity(13))
    assert sent is not None
    assert (sent["security_groups"], len(sent["fixed_ips"])) == ([], 1)
    assert rewritten(plan, identity(13)) == ["dangling-subnet", "dangling-group"]


def _uplink(host: str | None, profile: JsonObject | None, hosts: list[JsonObject]) -> TaskPlan:
    bound = interface_port(**{"binding:host_id": host})
    site = balanced_site(
        ports=[bound], networks=[network(2, **{"provider:network_type": "uplink"})], pools=[]
    )
    site.midonet["host"] = hosts
    if profile is not None:
        site.meta.port_profiles[identity(11)] = profile
    return planned(site)


def test_an_uplink_interface_gets_its_profile_and_needs_a_known_host() -> None:
    known = [{"id": identity(90), "name": HOST}]
    plan = _uplink(HOST, {"interface_name": "eth1"}, known)
    sent = sent_data(plan, "PORT", identity(11))
    assert sent is not None
    assert sent["binding:profile"] == {"interface_name": "eth1"}
    assert rewritten(plan, identity(11)) == ["uplink-profile"]
    assert verdict(plan, "router_interfaces", identity(11))[0] is Bucket.TASK


@pytest.mark.parametrize(
    ("host", "profile", "times", "rule_id"),
    [
        ("other", {"interface_name": "eth1"}, 1, "uplink-host"),
        (None, {"interface_name": "eth1"}, 1, "uplink-host"),
        (HOST, {"interface_name": "eth1"}, 2, "uplink-host"),
        (HOST, None, 1, "uplink-profile"),
        (HOST, {"interface_name": ""}, 1, "uplink-profile"),
    ],
)
def test_an_uplink_interface_that_would_be_bound_wrongly_is_left_out(
    host: str | None, profile: JsonObject | None, times: int, rule_id: str
) -> None:
    hosts = [{"id": identity(90 + number), "name": HOST} for number in range(times)]
    plan = _uplink(host, profile, hosts)
    assert verdict(plan, "router_interfaces", identity(11)) == (Bucket.SKIPPED, rule_id)


def test_a_binding_to_an_unknown_host_is_left_to_the_host() -> None:
    keys: JsonObject = {"binding:host_id": "gone", "binding:profile": {"interface_name": "tap1"}}
    plan = planned(snapshot(networks=[network(2)], ports=[port(13, NET, **keys)]))
    assert plan.tasks[1].data["binding:profile"] is None
    assert rewritten(plan, identity(13)) == ["unknown-host"]
