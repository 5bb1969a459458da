"""Rows that no plan has, but other programs write: where the importer stops at them, and where not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from importer_records import (
    EXTERNAL,
    EXTERNAL_SUBNET,
    GATEWAY_PORT,
    GROUP,
    NETWORK,
    ROUTER,
    SUBNET,
    base,
    interface_row,
    port_row,
    row,
)
from midonet_migrate.plan.tasks import Existing, TaskRow, validate_rows
from midonet_migrate.plan.tasks.schema import TargetVersion

FIREWALL, OTHER = "6a1d0f0e-4a53-4f0b-9a5e-1c2d3e4f5a6b", "7b2e1f1f-5b64-4a1c-8b6f-2d3e4f5a6b7c"
RULE = "8c3f2a2a-6c75-4b2d-9c7a-3e4f5a6b7c8d"
VM, VM_ADDRESS = "cd8ed4a5-67fb-4e80-872c-e5b3cddbef79", "10.0.0.10"


def refusals(*rows: TaskRow, version: TargetVersion = "5.2.1") -> list[str]:
    """The rule that each refused row breaks, behind the rows of ``base``."""
    return [problem.rule for problem in validate_rows(rows, version, Existing(rows=tuple(base())))]


def refusals_of(made: TaskRow, version: TargetVersion) -> list[str]:
    """The rules that one row breaks with nothing but a router there."""
    existing = Existing(rows=(row("ROUTER", ROUTER),))
    return [problem.rule for problem in validate_rows([made], version, existing)]


def firewall(members: dict[str, Any], identity: str = FIREWALL) -> TaskRow:
    return row("FIREWALL", identity, admin_state_up=True, **members)


def updated(members: dict[str, Any]) -> TaskRow:
    return msgspec.structs.replace(firewall(members), type="UPDATE")


def rule(**members: Any) -> dict[str, Any]:
    return {"id": RULE, "enabled": True, "ip_version": 4, **members}


def changed(made: TaskRow, **members: Any) -> TaskRow:
    """The UPDATE of a row's object, with other members."""
    assert isinstance(made.data, dict)
    return msgspec.structs.replace(made, type="UPDATE", data={**made.data, **members})


def vm(**members: Any) -> TaskRow:
    return changed(port_row(VM, "compute:nova", SUBNET, VM_ADDRESS), **members)


@pytest.mark.parametrize(
    ("members", "broken"),
    [
        ({"firewall_rule_list": [rule(destination_port="80:90")], "add-router-ids": [ROUTER]}, []),
        ({"firewall_rule_list": [rule(ip_version=6)]}, ["ipv6"]),
        ({"firewall_rule_list": [rule(), rule()]}, ["exists"]),
        ({"firewall_rule_list": [rule(enabled=False), rule()]}, []),
        ({"firewall_rule_list": [rule(source_port="http")]}, ["invalid-value"]),
        ({"add-router-ids": [OTHER]}, ["not-found"]),
        ({"add-router-ids": [ROUTER, ROUTER]}, ["exists"]),
    ],
)
def test_a_firewall_needs_its_routers_and_rules_of_its_own(
    members: dict[str, Any], broken: list[str]
) -> None:
    """imp 3.12."""
    assert refusals(firewall(members)) == broken


def test_a_router_named_twice_is_one_where_the_importer_sees_its_own_jump() -> None:
    """From 5.2.2 on it reads what the task has written already (imp 0)."""
    twice = firewall({"add-router-ids": [ROUTER, ROUTER]})
    assert refusals_of(twice, "5.0.2") == refusals_of(twice, "5.2.1") == ["exists"]
    assert refusals_of(twice, "5.4.6") == []


def test_an_update_of_a_firewall_replaces_its_rules_and_may_be_its_end() -> None:
    """An unknown one is created; without its last router it goes, and so do its jumps."""
    whole = {"firewall_rule_list": [rule()], "add-router-ids": [ROUTER]}
    gone = {"firewall_rule_list": [rule()], "del-router-ids": [ROUTER]}
    another = firewall(whole, OTHER)
    assert refusals(updated(whole)) == []
    assert refusals(firewall(whole), updated(gone), another) == ["exists"]
    assert refusals(firewall(whole), updated({"last-router": True}), another) == []
    assert refusals(firewall(whole), updated(whole)) == []  # names the routers it has again


@pytest.mark.parametrize(
    ("members", "broken"),
    [
        ({}, []),
        ({"network_id": None}, ["not-found"]),
        ({"network_id": OTHER}, ["not-found"]),
        ({"ip_version": 6}, ["ipv6"]),
        ({"cidr": None}, ["required-field"]),
        ({"host_routes": [{"destination": "10.9.0.0/16"}]}, ["required-field"]),
    ],
)
def test_an_update_of_a_subnet_is_a_whole_one(members: dict[str, Any], broken: list[str]) -> None:
    """The retained object is replaced, and looked at as with a CREATE (imp 3.4)."""
    subnet = row("SUBNET", SUBNET, network_id=NETWORK, cidr="10.0.0.0/24", ip_version=4)
    assert refusals(changed(subnet, **members)) == broken


@pytest.mark.parametrize(
    ("owner", "version"), [("network:floatingip", "5.2.1"), ("neutron:LOADBALANCER", "5.0.2")]
)
def test_a_port_that_is_only_kept_needs_its_id_alone(owner: str, version: TargetVersion) -> None:
    """Its network is never looked at (imp 3.5.1)."""
    assert refusals(row("PORT", OTHER, device_owner=owner, fixed_ips=[None]), version=version) == []


@pytest.mark.parametrize(
    ("members", "broken"),
    [
        ({"mac_address": "zz"}, ["mac-address"]),
        ({"fixed_ips": [{"ip_address": "2001:db8::5", "subnet_id": SUBNET}]}, ["ipv6"]),
        ({"fixed_ips": [{"ip_address": "10.0.0.99", "subnet_id": OTHER}]}, ["not-found"]),
        ({"security_groups": [GROUP]}, []),
        ({"security_groups": [OTHER]}, ["not-found"]),
        ({"fixed_ips": [{"ip_address": VM_ADDRESS}]}, ["required-field"]),
        ({"fixed_ips": [{"subnet_id": SUBNET}]}, ["required-field"]),
        ({"allowed_address_pairs": [{}]}, ["required-field"]),
        ({"allowed_address_pairs": [{}], "port_security_enabled": False}, []),
    ],
)
def test_an_update_of_a_vif_port_is_read_as_a_create(members: dict[str, Any], broken: list[str]) -> None:
    """Seeds, groups and DHCP anew (imp 3.5.5)."""
    assert refusals(vm(**members)) == broken


def test_an_update_frees_the_address_that_a_port_had() -> None:
    """Its entry goes with it, and may be made again."""
    moved = vm(fixed_ips=[{"ip_address": "10.0.0.99", "subnet_id": SUBNET}])
    again = port_row(OTHER, "compute:nova", SUBNET, VM_ADDRESS)
    assert isinstance(again.data, dict)
    assert isinstance(moved.data, dict)
    again.data["mac_address"] = moved.data["mac_address"]
    assert refusals(again) == ["duplicate-address"]
    assert refusals(moved, again) == []


def test_an_extra_route_needs_both_its_ends() -> None:
    """In an UPDATE too, where nothing else is required."""
    router = row("ROUTER", ROUTER, gw_port_id=GATEWAY_PORT, external_gateway_info={"network_id": EXTERNAL})
    assert refusals(changed(router, routes=[{"destination": "10.99.0.0/16"}])) == ["required-field"]


def deleted(data_type: str, identity: str) -> TaskRow:
    return TaskRow(type="DELETE", data_type=data_type, resource_id=identity, data=None)


def test_what_a_deleted_port_held_can_be_made_again() -> None:
    """Its entries, its chains, its floating IP's rules (imp 3.5.6)."""
    port = port_row(VM, "compute:nova", SUBNET, VM_ADDRESS)
    floating = {"floating_ip_address": "203.0.113.9", "fixed_ip_address": VM_ADDRESS, "router_id": ROUTER}
    associated = row("FLOATINGIP", OTHER, port_id=VM, **floating)
    assert refusals(deleted("PORT", VM), port) == []
    assert refusals(associated, deleted("PORT", VM), port, changed(associated)) == []
    assert refusals(associated, deleted("FLOATINGIP", OTHER), associated) == []


def test_a_deleted_gateway_or_interface_frees_the_router() -> None:
    """The router's side goes with the port; both can be made again on the same subnet."""
    interface = "28da2d13-3d9e-4e78-9c89-5c56ef4c5451"
    port = port_row(interface, "network:router_interface", SUBNET, "10.0.0.1")
    again = interface_row(ROUTER, interface, SUBNET)
    assert refusals(port, again) == ["exists", "exists"]
    known = changed(port, device_id=ROUTER)
    assert refusals(known, deleted("PORT", interface), port, again) == []
    assert refusals(deleted("PORT", interface)) == ["invalid-value"]  # its device_id leads to the rules
    assert refusals(changed(port, device_id=OTHER), deleted("PORT", interface)) == ["not-found"]
    gateway = port_row(GATEWAY_PORT, "network:router_gateway", EXTERNAL_SUBNET, "203.0.113.2", EXTERNAL)
    router = row("ROUTER", ROUTER, gw_port_id=GATEWAY_PORT, external_gateway_info={"enable_snat": True})
    assert refusals(deleted("PORT", GATEWAY_PORT), gateway, changed(router)) == []


def test_a_deleted_network_takes_its_ports_and_dhcp_with_it() -> None:
    """By the bindings of its Network (imp 5.2): what refers to them is refused then."""
    assert refusals(deleted("NETWORK", NETWORK), row("NETWORK", NETWORK)) == []
    late = port_row(OTHER, "compute:nova", SUBNET, "10.0.0.99")
    assert refusals(deleted("NETWORK", NETWORK), row("NETWORK", NETWORK), late) == ["not-found"]


def test_a_router_with_a_load_balancer_cannot_be_deleted() -> None:
    """The binding forbids it (imp 5.2); without one the router can be made again."""
    pool = row("POOL", OTHER, router_id=ROUTER)
    assert refusals(pool, deleted("ROUTER", ROUTER)) == ["conflict"]
    assert refusals(deleted("ROUTER", ROUTER), row("ROUTER", ROUTER)) == []


def test_a_monitor_keeps_its_pools_and_a_vip_outside_is_of_ipv4() -> None:
    """A list that names no pool is another list; IPv6 addresses cannot be seeded (imp 3.5.1, 3.10)."""
    pool, gateway = row("POOL", OTHER, router_id=ROUTER), {"gw_port_id": GATEWAY_PORT}
    monitor = row("HEALTHMONITOR", RULE, pools=[{"pool_id": OTHER}])
    assert refusals(pool, monitor, changed(monitor, pools=[None])) == ["update"]
    vip = row("VIP", VM, pool_id=OTHER, subnet_id=EXTERNAL_SUBNET, address="2001:db8::80")
    assert refusals(pool, vip, changed(row("ROUTER", ROUTER, **gateway))) == ["ipv6"]


def test_an_uplink_network_stays_one() -> None:
    """There is no Network that an update could change (imp 3.3)."""
    uplink = row("NETWORK", OTHER, **{"provider:network_type": "uplink"})
    assert refusals(uplink, changed(uplink, name="n")) == []
    assert refusals(uplink, changed(uplink, **{"provider:network_type": None})) == ["not-found"]
    assert refusals(changed(uplink)) == ["not-found"]


def test_a_gateway_that_answers_for_a_vip_cannot_be_deleted_nor_can_its_network() -> None:
    """The binding of the VIP forbids it (imp 5.2); without the VIP both can, and its address is free."""
    pool = row("POOL", OTHER, router_id=ROUTER)
    vip = row("VIP", VM, pool_id=OTHER, subnet_id=EXTERNAL_SUBNET, address="203.0.113.80")
    inner = row("VIP", VM, pool_id=OTHER, subnet_id=SUBNET, address="10.0.0.80")
    gateway, network = deleted("PORT", GATEWAY_PORT), deleted("NETWORK", EXTERNAL)
    assert refusals(pool, vip, gateway) == refusals(pool, vip, network) == ["conflict"]
    assert refusals(pool, vip, deleted("VIP", VM), vip, deleted("VIP", VM), gateway) == []
    assert refusals(pool, vip, deleted("VIP", VM), network) == refusals(pool, inner, gateway) == []


def test_the_last_pool_takes_its_load_balancer_its_members_and_its_vips_along() -> None:
    """Then the router can be deleted (imp 3.10, 5.2)."""
    pool, second = row("POOL", OTHER, router_id=ROUTER), row("POOL", FIREWALL, router_id=ROUTER)
    member, vip = row("MEMBER", RULE, pool_id=OTHER), row("VIP", VM, pool_id=OTHER, subnet_id=SUBNET)
    made, gone = (pool, second, member, vip), (deleted("POOL", OTHER), deleted("POOL", FIREWALL))
    assert refusals(*made, gone[0], changed(member), changed(vip)) == ["not-found", "not-found"]
    assert refusals(*made, gone[0], deleted("ROUTER", ROUTER)) == ["conflict"]
    assert refusals(*made, *gone, deleted("ROUTER", ROUTER)) == []
    assert refusals(*made, changed(member, pool_id=SUBNET)) == ["not-found"]


def test_a_monitor_loses_a_pool_to_the_next_one() -> None:
    """A pool refers to one monitor: an UPDATE of the first has to name what it has left (imp 3.10)."""
    pool = row("POOL", OTHER, router_id=ROUTER)
    first, second = (row("HEALTHMONITOR", key, pools=[{"pool_id": OTHER}]) for key in (RULE, VM))
    assert refusals(pool, first, changed(first)) == []
    assert refusals(pool, first, second, changed(first)) == ["update"]
    assert refusals(pool, first, second, changed(first, pools=[]), changed(second)) == []


def test_a_deleted_group_is_missed_by_ports_and_can_be_made_again() -> None:
    """With the rules that came in it, and those that came later (imp 3.9)."""
    inside = {"id": RULE, "security_group_id": GROUP, "port_range_min": 80, "port_range_max": 80}
    group = row("SECURITYGROUP", GROUP, security_group_rules=[inside])
    later = row("SECURITYGROUPRULE", OTHER, security_group_id=GROUP)
    gone = deleted("SECURITYGROUP", GROUP)
    assert refusals(gone, vm(security_groups=[GROUP])) == ["not-found"]
    assert refusals(gone, group, later, gone, group, later) == []
    assert refusals(later, deleted("SECURITYGROUPRULE", OTHER), later, later) == ["exists"]


def test_another_dhcp_port_can_follow_the_one_that_the_metadata_route_led_to() -> None:
    """Only the port that the route leads to takes it along (imp 3.5.3, 3.5.6)."""
    first, subnet_3 = "0dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a01", "a43aa8d6-bdcf-4bda-8a65-0e3b3d984cdb"
    again = port_row(OTHER, "network:dhcp", SUBNET, "10.0.0.3")
    assert refusals(again) == ["dhcp-port-order"]
    assert refusals(deleted("PORT", first), again) == []
    interface = "a602d3a8-0608-4c96-a272-324b92081a32"
    linked = interface_row("bd629889-1036-4f1a-aeb9-6b00583fe8b5", interface, subnet_3)
    third = port_row(OTHER, "network:dhcp", subnet_3, "10.20.0.4")
    earlier, last = (
        deleted("PORT", key)
        for key in ("1dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a02", "2dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a03")
    )
    assert refusals(linked, earlier, third) == ["dhcp-port-order"]
    assert refusals(linked, last, third) == []
    assert refusals(deleted("SUBNET", SUBNET), deleted("PORT", first)) == []


def test_a_floating_ip_is_taken_away_where_its_router_leads_to_it_only() -> None:
    """Its ARP entry is looked for there (imp 3.8); the port of a machine needs the DHCP of its subnets."""
    addresses = {"floating_ip_address": "203.0.113.9", "fixed_ip_address": VM_ADDRESS}
    associated = row("FLOATINGIP", OTHER, port_id=VM, router_id=ROUTER, **addresses)
    gateway = deleted("PORT", GATEWAY_PORT)
    assert refusals(associated, gateway, deleted("FLOATINGIP", OTHER)) == ["floating-ip-address"]
    assert refusals(associated, gateway, changed(associated, port_id=None)) == ["floating-ip-address"]
    assert refusals(associated, deleted("FLOATINGIP", OTHER), gateway) == []
    assert refusals(deleted("SUBNET", SUBNET), deleted("PORT", VM)) == ["not-found"]


def test_a_deleted_port_leaves_its_floating_ips_behind_without_it() -> None:
    """Any kind of port (imp 5.2); the ARP entry of a machine's is looked for at its router (imp 3.5.6)."""
    dhcp = "0dd1a3f7-5b8e-4a57-9a3b-0f4c8a8f3a01"
    addresses = {"floating_ip_address": "203.0.113.9", "fixed_ip_address": VM_ADDRESS}
    of_dhcp, of_vm = (
        row("FLOATINGIP", OTHER, port_id=port, router_id=ROUTER, **addresses) for port in (dhcp, VM)
    )
    gone = deleted("ROUTER", ROUTER)
    assert refusals(of_dhcp, deleted("PORT", dhcp), gone, changed(of_dhcp, port_id=None)) == []
    assert refusals(of_vm, gone, deleted("PORT", VM)) == ["not-found"]


def test_a_port_leaves_groups_that_are_still_there() -> None:
    """When it is deleted, changed, or made an interface (imp 3.5.6, 3.7): each rewrites its groups."""
    member, gone = vm(security_groups=[GROUP]), deleted("SECURITYGROUP", GROUP)
    linked = interface_row("bd629889-1036-4f1a-aeb9-6b00583fe8b5", VM, SUBNET)
    for last in (deleted("PORT", VM), vm(), linked):
        assert refusals(member, gone, last) == ["not-found"]
        assert refusals(member, vm(), gone, last) == []


def test_what_stood_on_a_deleted_router_or_network_is_free() -> None:
    """The jump to a firewall, the rules of floating IPs, the ARP entries (imp 3.3, 3.6, 5.2)."""
    jumping = firewall({"add-router-ids": [ROUTER]})
    gone, router = deleted("ROUTER", ROUTER), row("ROUTER", ROUTER)
    assert refusals(jumping, gone, updated({"add-router-ids": [ROUTER]})) == ["not-found"]
    assert refusals(jumping, gone, router, updated({"add-router-ids": [ROUTER]})) == []
    port = port_row(OTHER, "compute:nova", EXTERNAL_SUBNET, "203.0.113.7", EXTERNAL)
    network = row("NETWORK", EXTERNAL)
    subnet = row("SUBNET", FIREWALL, network_id=EXTERNAL, cidr="203.0.113.0/24")
    again = port_row(RULE[:-2] + OTHER[-2:], "compute:nova", FIREWALL, "203.0.113.7", EXTERNAL)
    assert refusals(port, again) == ["duplicate-address"]
    assert refusals(port, deleted("NETWORK", EXTERNAL), network, subnet, again) == []


def test_a_deleted_binding_frees_its_port() -> None:
    """imp 3.11."""
    existing = Existing(rows=tuple(base()), hosts={"h": FIREWALL})
    binding = row("PORTBINDING", OTHER, port_id=VM, host_id=FIREWALL, interface_name="tap0")
    another = row("PORTBINDING", RULE, port_id=VM, host_id=FIREWALL, interface_name="tap1")
    rows = (binding, another, deleted("PORTBINDING", OTHER), another)
    assert [problem.rule for problem in validate_rows(rows, "5.2.1", existing)] == ["conflict"]


def test_a_refused_delete_changes_nothing() -> None:
    """As the importer writes a task whole or not at all (imp 1.4)."""
    interface = "28da2d13-3d9e-4e78-9c89-5c56ef4c5451"
    again = port_row(interface, "network:router_interface", SUBNET, "10.0.0.1")
    assert refusals(deleted("PORT", interface), again) == ["invalid-value", "exists"]
