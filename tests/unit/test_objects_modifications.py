"""What becomes of changes to what the importer makes (new 1.8.1, 4.4)."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Modification, ObjectPlan
from midonet_migrate.plan.derived_ids import in_chain_id, interface_peer_id, load_balancer_id
from object_plans import findings_of, plan_site, requests_for
from old_site import OldSite
from old_site.rich import rich_site, vm_chain, vm_port


@pytest.fixture
def site() -> OldSite:
    return rich_site()


def put_of(plan: ObjectPlan, kind: str) -> tuple[str, JsonObject]:
    (put,) = [item for item in requests_for(plan, kind) if item.method == "PUT"]
    assert put.body is not None
    return put.path, put.body


def only_change(plan: ObjectPlan) -> Modification:
    (change,) = plan.modifications
    return change


def port_of(site: OldSite, owner: str, number: int = 0) -> JsonObject:
    """The MidoNet port of the n-th Neutron port with an owner."""
    found = [item for item in site.neutron["ports"] if item["device_owner"] == owner]
    return site.find("port", id=found[number]["id"])


def test_filters_and_names_of_a_neutron_bridge_are_one_put_of_the_changed_members(site: OldSite) -> None:
    chain = site.chain("filter")
    bridge = site.find("bridge", name="app")
    bridge["inboundFilterId"], bridge["outboundFilterId"] = chain["id"], chain["id"]
    bridge["name"], bridge["adminStateUp"] = "renamed", False
    plan = plan_site(site)
    assert put_of(plan, "bridge") == (
        f"/bridges/{bridge['id']}",
        {
            "inboundFilterId": chain["id"],
            "outboundFilterId": chain["id"],
            "name": "renamed",
            "adminStateUp": False,
        },
    )
    assert {item.disposition for item in plan.modifications} == {"applied"}


def test_filter_that_leads_nowhere_is_lost(site: OldSite) -> None:
    site.find("bridge", name="app")["inboundFilterId"] = site.id()
    plan = plan_site(site)
    assert only_change(plan).disposition == "lost"
    assert findings_of(plan, "modification-lost")


def test_filter_of_a_router_becomes_a_jump_in_front_of_the_importers_chain(site: OldSite) -> None:
    """The importer's chain must stay the router's filter (new 4.4)."""
    router = site.neutron["routers"][0]
    chain = site.chain("filter")
    site.find("router", id=router["id"])["inboundFilterId"] = chain["id"]
    own = site.hand_rule(site.router_chain(router, "PRE"), 0, type="drop", nwTos=8)
    plan = plan_site(site)
    requests = [item for item in requests_for(plan, "rule") if in_chain_id(router["id"]) in item.path]
    bodies = [item.body or {} for item in requests]
    assert [(body["type"], body["position"]) for body in bodies] == [("jump", 1), ("drop", 2)]
    assert bodies[0]["jumpChainId"] == chain["id"]
    assert bodies[1]["id"] == own["id"]
    (change,) = [item for item in plan.modifications if item.op == "update"]
    assert change.disposition == "converted"
    assert not [item for item in requests_for(plan, "router") if item.method == "PUT"]


def test_filter_that_jumps_back_is_lost_and_makes_no_circle(site: OldSite) -> None:
    router = site.neutron["routers"][0]
    outer, inner = site.chain("outer"), site.chain("inner")
    site.hand_rule(outer, type="jump", jumpChainId=inner["id"])
    site.hand_rule(inner, type="jump", jumpChainId=site.router_chain(router, "PRE")["id"])
    site.find("router", id=router["id"])["inboundFilterId"] = outer["id"]
    plan = plan_site(site)
    (change,) = [item for item in plan.modifications if item.op == "update"]
    assert change.disposition == "lost"
    assert not [item for item in requests_for(plan, "rule") if in_chain_id(router["id"]) in item.path]


def test_filter_that_was_taken_away_is_put_back_by_the_importer(site: OldSite) -> None:
    router = site.find("router", id=site.neutron["routers"][0]["id"])
    router["outboundFilterId"] = None
    plan = plan_site(site)
    assert only_change(plan).disposition == "rebuilt"
    assert findings_of(plan, "modification-rebuilt") == [router["id"]]


def test_filter_of_a_vif_port_becomes_a_jump(site: OldSite) -> None:
    port = vm_port(site)
    chain = site.chain("filter")
    site.find("port", id=port["id"])["inboundFilterId"] = chain["id"]
    plan = plan_site(site)
    (request,) = [item for item in requests_for(plan, "rule") if (item.body or {})["type"] == "jump"]
    assert request.path == f"/chains/{in_chain_id(port['id'])}/rules"
    assert "converted" in {item.disposition for item in plan.modifications}
    assert not requests_for(plan, "port"), "the importer's filter, with its security groups, stays"


def test_filter_that_was_taken_from_a_vif_port_is_put_back_by_the_importer(site: OldSite) -> None:
    """The new port is never opened by a PUT."""
    port = vm_port(site)
    site.find("port", id=port["id"])["outboundFilterId"] = None
    plan = plan_site(site)
    assert only_change(plan).disposition == "rebuilt"
    assert not requests_for(plan, "port")


def test_filter_of_a_dhcp_port_is_put(site: OldSite) -> None:
    port = port_of(site, "network:dhcp")
    port["outboundFilterId"] = site.chain("filter")["id"]
    plan = plan_site(site)
    path, body = put_of(plan, "port")
    assert (path, body) == (f"/ports/{port['id']}", {"outboundFilterId": port["outboundFilterId"]})


@pytest.mark.parametrize(
    ("owner", "side"),
    [
        ("network:router_interface", "peer"),
        ("network:router_gateway", "peer"),
        ("network:router_gateway", "own"),
    ],
)
def test_router_port_that_was_put_down_is_told(site: OldSite, owner: str, side: str) -> None:
    """5.x makes it up again: somebody had closed this way on purpose."""
    port = port_of(site, owner)
    down = site.find("port", id=port["peerId"]) if side == "peer" else port
    down["adminStateUp"] = False
    plan = plan_site(site)
    change = only_change(plan)
    assert (change.id, change.field, change.disposition) == (down["id"], "adminStateUp", "lost")
    assert findings_of(plan, "modification-lost") == [down["id"]]


def test_router_port_that_owns_a_gateway_address_is_never_put(site: OldSite) -> None:
    """That would cut it off from its DHCP subnet (new 1.8.1)."""
    peer = site.find("port", id=port_of(site, "network:router_interface")["peerId"])
    peer["inboundFilterId"] = site.chain("filter")["id"]
    plan = plan_site(site)
    assert only_change(plan).disposition == "lost"
    assert not requests_for(plan, "port")


def test_router_port_without_gateway_address_is_put_under_its_new_id(site: OldSite) -> None:
    inner = port_of(site, "network:router_interface", 1)
    peer = site.find("port", id=inner["peerId"])
    peer["inboundFilterId"] = site.chain("filter")["id"]
    plan = plan_site(site)
    path, _ = put_of(plan, "port")
    assert path == f"/ports/{interface_peer_id(inner['id'])}"


@pytest.mark.parametrize(("field", "value"), [("adminStateUp", False), ("vlanId", 7)])
def test_attributes_of_neutron_ports_are_put(site: OldSite, field: str, value: Any) -> None:
    port = site.find("port", id=vm_port(site)["id"])
    port[field] = value
    plan = plan_site(site)
    assert put_of(plan, "port") == (f"/ports/{port['id']}", {field: value})


def test_address_of_a_router_port_is_the_importers(site: OldSite) -> None:
    peer = site.find("port", id=port_of(site, "network:router_interface")["peerId"])
    peer["networkLength"] = 16
    assert only_change(plan_site(site)).disposition == "rebuilt"


def test_removed_anti_spoofing_waits_for_its_conversion(site: OldSite) -> None:
    site.remove("rule", site.rules_of(vm_chain(site))[0])
    change = only_change(plan_site(site))
    assert change.disposition == "rebuilt"
    assert "anti-spoofing conversion" in change.reason


def test_removed_rules_are_made_again(site: OldSite) -> None:
    site.remove("rule", site.rules_of(vm_chain(site))[-1])
    change = only_change(plan_site(site))
    assert (change.op, change.disposition) == ("delete", "rebuilt")


def test_dhcp_options_of_neutron_subnets_are_lost(site: OldSite) -> None:
    subnet = site.find("dhcp_subnet", subnetPrefix="10.0.0.0")
    subnet["interfaceMTU"] = 1400
    plan = plan_site(site)
    assert only_change(plan).disposition == "lost"
    assert not [item for item in plan.objects if "/dhcp" in item.path]


@pytest.mark.parametrize("version", ["5.0.2", "5.2.1"])
def test_balancing_of_neutron_is_changed_where_it_can_be(site: OldSite, version: Any) -> None:
    balancer = site.midonet["load_balancer"][0]
    watched = site.find("pool", id=site.neutron["pools"][0]["id"])
    subnet = next(item for item in site.neutron["subnets"] if item["cidr"] == "10.0.0.0/24")
    free = site.find("pool", id=site.pool(site.neutron["routers"][0], subnet)["id"])
    member = site.midonet["pool_member"][0]
    for item in (balancer, watched, free, member):
        item["adminStateUp"] = False
    plan = plan_site(site, version)
    ends = {(item.kind, item.id): item.disposition for item in plan.modifications}
    assert ends == {
        ("load_balancer", balancer["id"]): "applied",
        ("pool", watched["id"]): "lost",
        ("pool", free["id"]): "applied",
        ("pool_member", member["id"]): "applied",
    }
    path, body = put_of(plan, "load_balancer")
    assert (path, body) == (
        f"/load_balancers/{load_balancer_id(balancer['routerId'])}",
        {"adminStateUp": False},
    )


def test_changes_on_the_provider_router_wait_for_the_edge_router(site: OldSite) -> None:
    assert site.provider_router is not None
    site.provider_router["inboundFilterId"] = site.chain("filter")["id"]
    change = only_change(plan_site(site))
    assert change.disposition == "lost"
    assert "edge-router conversion" in change.reason


def test_vxlan_of_a_neutron_bridge_comes_back_with_its_bindings(site: OldSite) -> None:
    bridge = site.find("bridge", name="app")
    zone = site.add("tunnel_zone", name="vteps", type="vtep")
    site.add(
        "vtep",
        managementIp="192.0.2.50",
        managementPort=6632,
        tunnelZoneId=zone["id"],
        connectionState="CONNECTED",
    )
    site.add("vtep_binding", mgmtIp="192.0.2.50", portName="p1", vlanId=7, networkId=bridge["id"])
    port = site.add("port", type="Vxlan", deviceId=bridge["id"], peerId=None)
    bridge["vxLanPortIds"] = [port["id"]]
    plan = plan_site(site)
    assert {item.disposition for item in plan.modifications} == {"converted"}
