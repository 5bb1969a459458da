"""What users added inside Neutron's objects, and what they took away."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.snapshot import Vanished
from midonet_migrate.plan.ownership import classify
from old_site import TENANT, OldSite
from old_site.rich import assert_untouched, changes, only_change, rich_site, vm_chain, vm_port

# -- additions ----------------------------------------------------------------------------------


def test_routes_on_neutron_routers() -> None:
    site = rich_site()
    router = site.neutron["routers"][0]["id"]
    port = site.find("port", portAddress="10.0.0.1")["id"]
    added = [
        site.route(router, ("172.30.0.0", 16), port, nextHopGateway="10.0.0.254"),
        site.route(router, ("10.66.0.0", 16), None, type="BlackHole"),
        site.route(router, ("10.0.0.0", 24), port, nextHopGateway="0.0.0.0"),
        site.route(router, ("10.0.0.1", 32), port, weight=0),
        site.route(router, ("0.0.0.0", 0), port, learned=True),
    ]
    result = classify(site.snapshot())
    # of two equal routes either may be the copy
    assert [(item.op, item.kind) for item in result.modifications] == [("insert", "route")] * len(added)
    members = ("dstNetworkAddr", "nextHopPort", "nextHopGateway", "weight", "type", "learned")
    inserted = {tuple(item.after[name] for name in members) for item in result.modifications}
    assert inserted == {tuple(route[name] for name in members) for route in added}
    assert result.owners["route", added[4]["id"]].rule == "route-learned-by-hand"


def test_route_learned_through_a_bgp_port_is_runtime() -> None:
    site = rich_site()
    assert site.provider_router is not None
    uplink = site.router_port(site.provider_router["id"], "192.0.2.128/30", "192.0.2.129")
    session = site.add("bgp", portId=uplink["id"])
    advertised = site.add("ad_route", bgpId=session["id"])
    learned = site.route(site.provider_router["id"], ("8.8.0.0", 16), uplink["id"], learned=True, weight=20)
    static = site.route(site.provider_router["id"], ("0.0.0.0", 0), uplink["id"])
    group = site.add("port_group", name="uplinks")
    member = site.add("port_group_port", portGroupId=group["id"], portId=uplink["id"])
    result = classify(site.snapshot())
    assert result.owners["route", learned["id"]].owner is Owner.RUNTIME
    for kind, item in (
        ("port", uplink),
        ("bgp", session),
        ("ad_route", advertised),
        ("route", static),
        ("port_group", group),
    ):
        assert result.owners[kind, item["id"]].owner is Owner.PROVIDER_ROUTER_UPLINK
    assert result.owners["port_group_port", f"{group['id']}/{member['portId']}"].owner is (
        Owner.PROVIDER_ROUTER_UPLINK
    )
    local = site.find("route", dstNetworkAddr="192.0.2.129")
    assert result.owners["route", local["id"]].owner is Owner.PROVIDER_ROUTER_UPLINK
    assert result.modifications == []


def test_port_group_of_mixed_ports_is_the_users() -> None:
    site = rich_site()
    assert site.provider_router is not None
    uplink = site.router_port(site.provider_router["id"], "192.0.2.128/30", "192.0.2.129")
    group = site.add("port_group", name="mixed")
    for port_id in (uplink["id"], vm_port(site)["id"]):
        site.add("port_group_port", portGroupId=group["id"], portId=port_id)
    assert classify(site.snapshot()).owners["port_group", group["id"]].owner is Owner.USER


def test_things_added_inside_neutron_objects() -> None:
    site = rich_site()
    network = vm_port(site)["network_id"]
    bridge = {"@bridgeId": network}
    port = site.bridge_port(network)
    router_port = site.router_port(site.neutron["routers"][0]["id"], "192.0.2.128/30", "192.0.2.129")
    vxlan = site.bridge_port(network, type="Vxlan", vlanId=-1)
    session = site.add("bgp", portId=site.find("port", portAddress="10.0.0.1")["id"])
    pool = site.midonet["pool"][0]
    member = site.add("pool_member", poolId=pool["id"])
    by_hand = site.add("pool", loadBalancerId=pool["loadBalancerId"])
    site.add("dhcp_subnet", subnetPrefix="10.77.0.0", subnetLength=16, **bridge)
    site.add(
        "dhcp_host", macAddr="02:00:00:00:00:01", ipAddr="10.0.0.71", **bridge, **{"@subnet": "10.0.0.0_24"}
    )
    site.add(
        "mac_port",
        macAddr="02:00:00:00:00:02",
        portId=port["id"],
        vlanId=0,
        **bridge,
        **{"@persistent": True},
    )
    site.add("ip4_mac_pair", ip="10.0.0.71", macAddr="02:00:00:00:00:01", **bridge, **{"@persistent": True})
    site.add("ip_addr_group_addr", ipAddrGroupId=site.neutron["security_groups"][0]["id"], addr="192.0.2.9")
    local = site.find("route", dstNetworkAddr="192.0.2.129")
    result = classify(site.snapshot())
    assert {(item.op, item.kind) for item in result.modifications} == {
        ("insert", kind)
        for kind in (
            "port",
            "bgp",
            "pool_member",
            "pool",
            "dhcp_subnet",
            "dhcp_host",
            "mac_port",
            "ip4_mac_pair",
            "ip_addr_group_addr",
        )
    }
    ids = {item.id for item in result.modifications}
    assert {item["id"] for item in (port, router_port, vxlan, session, member, by_hand)} <= ids
    assert local["id"] not in ids
    for change in result.modifications:
        assert result.owners[change.kind, change.id].owner is Owner.USER
    balancer = result.owners["load_balancer", pool["loadBalancerId"]]
    assert (balancer.owner, balancer.rule) == (Owner.NEUTRON, "load-balancer-mixed")


def test_dhcp_host_with_a_name_is_the_users() -> None:
    site = rich_site()
    host = site.find("dhcp_host", ipAddr="10.0.0.5")
    host["name"] = "vm"
    result = classify(site.snapshot())
    (change,) = result.modifications
    assert (change.op, change.kind) == ("insert", "dhcp_host")
    assert result.owners["dhcp_host", change.id].owner is Owner.USER


def test_learned_entries_and_those_nobody_checked() -> None:
    site = rich_site()
    network = vm_port(site)["network_id"]
    by_hand = site.add("bridge", name="b", tenantId=TENANT)
    for number, (bridge, persistent, expected) in enumerate(
        [(network, False, "learned"), (network, None, "unproven"), (by_hand["id"], False, "learned")]
    ):
        mac = f"02:00:00:00:00:0{number}"
        place = {"@bridgeId": bridge, "@persistent": persistent}
        site.add("mac_port", macAddr=mac, portId=site.id(), vlanId=0, **place)
        site.add("ip4_mac_pair", ip=f"10.0.0.7{number}", macAddr=mac, **place)
        result = classify(site.snapshot())
        rules = {record.rule for record in result.owners.values()}
        assert {f"mac-{expected}", f"arp-{expected}"} <= rules
        assert result.modifications == []
    site.add(
        "ip4_mac_pair",
        ip="10.0.0.7",
        macAddr="02:00:00:00:00:07",
        **{"@bridgeId": by_hand["id"], "@persistent": None},
    )
    assert "arp-user" in {record.rule for record in classify(site.snapshot()).owners.values()}


def test_arp_entry_that_came_with_a_hand_made_dhcp_host() -> None:
    site = rich_site()
    bridge = {"@bridgeId": vm_port(site)["network_id"]}
    site.add(
        "dhcp_host", macAddr="02:00:00:00:00:01", ipAddr="10.0.0.71", **bridge, **{"@subnet": "10.0.0.0_24"}
    )
    site.add("ip4_mac_pair", ip="10.0.0.71", macAddr="02:00:00:00:00:01", **bridge, **{"@persistent": None})
    result = classify(site.snapshot())
    assert (
        result.owners["ip4_mac_pair", f"{bridge['@bridgeId']}/10.0.0.71/02:00:00:00:00:01"].rule
        == "arp-dhcp-host"
    )


def test_hand_made_router_linked_to_a_neutron_port() -> None:
    site = rich_site()
    network = vm_port(site)["network_id"]
    port = site.vif(site.neutron["networks"][2], [])
    assert network
    router = site.router_object("mine", TENANT)
    router_port = site.router_port(router["id"], "10.50.0.0/24", "10.50.0.1")
    site.link(site.find("port", id=port["id"]), router_port)
    result = classify(site.snapshot())
    (change,) = result.modifications
    assert (change.op, change.kind) == ("insert", "port_link")
    assert result.owners["port", router_port["id"]].owner is Owner.USER
    assert result.owners["port_link", change.id].owner is Owner.USER


def test_load_balancer_by_hand_on_a_neutron_router() -> None:
    site = rich_site()
    router = site.find("router", id=site.neutron["routers"][1]["id"])
    balancer = site.add("load_balancer", routerId=router["id"], adminStateUp=True)
    router["loadBalancerId"] = balancer["id"]
    result = classify(site.snapshot())
    (change,) = result.modifications
    assert (change.rule, change.before, change.after) == ("changed-load-balancer", None, balancer["id"])
    assert result.owners["load_balancer", balancer["id"]].owner is Owner.USER


# -- missing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "member", "value"),
    [
        ("route", "dstNetworkAddr", "198.51.100.12"),
        ("route", "dstNetworkAddr", "198.51.100.0"),
        ("ip4_mac_pair", "ip", "198.51.100.12"),
        ("dhcp_host", "ipAddr", "10.0.0.5"),
        ("dhcp_v6_host", "fixedAddress", "2001:db8:0:0:0:0:0:9"),
        ("dhcp_subnet", "subnetPrefix", "10.9.0.0"),
        ("dhcp_v6_subnet", "prefix", "2001:db8:0:0:0:0:0:0"),
        ("ip_addr_group_addr", "addr", "2001:db8:0:0:0:0:0:9"),
        ("pool_member", "weight", 0),
    ],
)
def test_missing_object(kind: str, member: str, value: Any) -> None:
    site = rich_site()
    site.remove(kind, site.find(kind, **{member: value}))
    change = only_change(site)
    assert (change.op, change.kind, change.rule) == ("delete", kind, "removed-object")


def test_missing_mac_entry_and_chain() -> None:
    site = rich_site()
    port = vm_port(site)
    site.remove("mac_port", site.find("mac_port", portId=port["id"]))
    assert only_change(site).kind == "mac_port"
    site = rich_site()
    chain = vm_chain(site)
    for rule in site.rules_of(chain):
        site.remove("rule", rule)
    site.remove("chain", chain)
    assert [(item.kind, item.op) for item in changes(site)] == [("chain", "delete"), ("port", "update")]


@pytest.mark.parametrize(
    ("kind", "collection"), [("bridge", "networks"), ("router", "routers"), ("port", "ports")]
)
def test_neutron_resource_without_its_midonet_object(kind: str, collection: str) -> None:
    site = OldSite()
    network = site.network()
    if kind == "bridge":
        resource = network
        site.midonet["bridge"].clear()
    elif kind == "router":
        resource = site.router()
        for name in ("router", "chain"):
            site.midonet[name].clear()
    else:
        resource = site.neutron_port(network, [], "compute:nova")
    change = only_change(site)
    assert (change.kind, change.id, change.op) == (kind, resource["id"], "delete")
    assert resource in site.neutron[collection]


def test_nothing_is_called_missing_where_the_reader_was_raced() -> None:
    site = rich_site()
    port, chain = vm_port(site), vm_chain(site)
    for rule in site.rules_of(chain):
        site.remove("rule", rule)
    site.vanished = [Vanished("rule", f"/chains/{chain['id']}/rules", 404)]
    assert_untouched(classify(site.snapshot()))
    gone = site.neutron_port(site.neutron["networks"][2], [], "compute:nova")
    site.vanished.append(Vanished("port", f"/ports/{gone['id']}", 404))
    assert_untouched(classify(site.snapshot()))
    assert port["id"] != gone["id"]


def test_interface_that_lost_its_link() -> None:
    site = rich_site()
    peer = site.find("port", portAddress="10.0.0.1")
    port = site.find("port", id=peer["peerId"])
    site.remove("port_link", next(item for item in site.midonet["port_link"] if peer["id"] in item.values()))
    port["peerId"] = peer["peerId"] = None
    result = classify(site.snapshot())
    assert (port["id"], "peerId", "changed-link") in {
        (item.id, item.field, item.rule) for item in result.modifications
    }
    assert result.owners["port", peer["id"]].owner is Owner.USER


def test_pools_of_other_providers_are_not_missed() -> None:
    site = OldSite()
    site.neutron["pools"].append(
        {"id": site.id(), "provider": "haproxy", "admin_state_up": True, "health_monitors": []}
    )
    assert changes(site) == []


def test_jump_to_a_group_chain_that_vanished_is_still_the_servers() -> None:
    site = rich_site()
    group = site.neutron["security_groups"][0]
    chain = site.find("chain", name=f"OS_SG_{group['id']}_INGRESS")
    for rule in site.rules_of(chain):
        site.remove("rule", rule)
    site.remove("chain", chain)
    site.vanished = [Vanished("chain", f"/chains/{chain['id']}", 404)]
    assert_untouched(classify(site.snapshot()))


def test_mac_entry_of_a_port_that_vanished_is_still_the_servers() -> None:
    site = OldSite()
    port = site.vif(site.network(), [])
    for kind in ("port", "chain", "rule"):
        site.midonet[kind].clear()
    site.vanished = [Vanished("port", f"/ports/{port['id']}", 404)]
    result = classify(site.snapshot())
    assert {record.rule for (kind, _), record in result.owners.items() if kind == "mac_port"} == {
        "mac-neutron"
    }
