"""What the server forgot when Neutron's resources moved is its own; the same made by hand is the user's."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.derived_ids import same_subnet_snat_rule_id
from midonet_migrate.plan.ownership import classify
from object_plans import body_of, plan_site, requests_for
from old_site import OldSite
from old_site.rich import assert_untouched, rich_site

BY_API: dict[str, Any] = {"inPorts": [], "outPorts": []}


def _moved_floating_ip(site: OldSite) -> tuple[JsonObject, list[JsonObject]]:
    """A floating IP that went straight from one router to another: the server replaces the NAT pair in the
    chains of the new router only, and does not touch the route (old 4.4, 4.5)."""
    edge, other = site.neutron["routers"]
    network = next(item for item in site.neutron["networks"] if item["name"] == "isolated")
    subnet = next(item for item in site.neutron["subnets"] if item["network_id"] == network["id"])
    item = site.neutron["floating_ips"][0]
    left = [
        rule
        for side in ("PRE", "POST")
        for rule in site.rules_of(site.router_chain(edge, side))
        if item["floating_ip_address"] in str(rule)
    ]
    assert len(left) == 2
    (old_route,) = [
        route for route in site.midonet["route"] if route["dstNetworkAddr"] == item["floating_ip_address"]
    ]
    vm = site.vif(network, [(subnet, "10.9.0.7")])
    public = next(found for found in site.neutron["networks"] if found["id"] == item["floating_network_id"])
    before = {kind: list(site.midonet[kind]) for kind in ("route", "ip4_mac_pair")}
    site.neutron["floating_ips"].remove(item)
    again = site.floating_ip(public, item["floating_ip_address"], vm, other, again=True)
    site.midonet.update(before)
    return again, [*left, old_route]


def test_floating_ip_that_went_straight_to_another_router() -> None:
    site = rich_site()
    floating_ip, left = _moved_floating_ip(site)
    result = classify(site.snapshot())
    assert_untouched(result)
    plan = plan_site(site)
    for item in left:
        kind = "rule" if "chainId" in item else "route"
        record = result.owners[kind, item["id"]]
        assert record.rule == plan.outcomes[kind, item["id"]].rule == "left-behind"
        assert plan.outcomes[kind, item["id"]].bucket is Bucket.SKIPPED
        assert not requests_for(plan, kind, item["id"])
        assert record.neutron is not None
        assert record.neutron.id == floating_ip["id"]


def test_floating_ip_that_lost_its_port_but_kept_its_rules() -> None:
    """Of two floating IPs of a deleted port the server takes down one only."""
    site = rich_site()
    site.neutron["floating_ips"][0] |= {"port_id": None, "router_id": None, "fixed_ip_address": None}
    assert_untouched(classify(site.snapshot()))


@pytest.mark.parametrize(
    "changed", [BY_API, {"nwSrcLength": 24, "nwDstLength": 24}, {"flowAction": "return"}]
)
def test_nat_by_hand_for_a_floating_ip_that_is_elsewhere_is_the_users(changed: dict[str, Any]) -> None:
    site = rich_site()
    rules = [item for item in _moved_floating_ip(site)[1] if "chainId" in item]
    for rule in rules:
        own = "outPorts" if rule["type"] == "snat" else "inPorts"
        rule |= {name: value for name, value in changed.items() if name in rule or name != own}
    result = classify(site.snapshot())
    assert [result.owners["rule", rule["id"]].owner for rule in rules] == [Owner.USER] * 2


@pytest.mark.parametrize("snat", [True, False])
def test_gateway_that_got_another_address(*, snat: bool) -> None:
    """The server appends the rules for the new address and leaves the port, its route and the old rules."""
    site = rich_site()
    router = site.neutron["routers"][0]
    old, new = "198.51.100.10", "198.51.100.11"
    gateway = next(item for item in site.neutron["ports"] if item["id"] == router["gw_port_id"])
    gateway["fixed_ips"][0]["ip_address"] = new
    router["external_gateway_info"]["enable_snat"] = snat
    chains = [site.router_chain(router, side) for side in ("PRE", "POST")]
    left = [rule for chain in chains for rule in site.rules_of(chain) if old in str(rule)]
    assert len(left) == 4
    for rule in left if snat else []:
        body = {name: value for name, value in rule.items() if name not in {"id", "chainId"}}
        body |= {name: new for name, value in body.items() if value == old}
        if "natTargets" in body:
            body["natTargets"] = [{**body["natTargets"][0], "addressFrom": new, "addressTo": new}]
        site.rule(next(chain for chain in chains if chain["id"] == rule["chainId"]), **body)
    route = site.find("route", dstNetworkAddr=old, nextHopGateway="0.0.0.0")
    result = classify(site.snapshot())
    assert {result.owners["rule", rule["id"]].rule for rule in left} == {"left-behind"}
    assert result.owners["route", route["id"]].rule == "left-behind"
    (change,) = result.modifications
    assert (change.kind, change.field, change.before, change.after) == ("port", "portAddress", new, old)
    for rule in left:
        rule |= {name: value or [] for name, value in rule.items() if name in BY_API}
    result = classify(site.snapshot())
    assert {result.owners["rule", rule["id"]].owner for rule in left} == {Owner.USER}


def test_snat_pair_of_an_interface_that_is_gone() -> None:
    site = rich_site()
    edge = site.neutron["routers"][0]
    end = site.find("port", portAddress="10.0.1.77")
    ids = {rule["id"] for rule in site.midonet["rule"] if end["id"] in (rule.get("inPorts") or [])}
    assert len(ids) == 2
    neutron_port = next(item for item in site.neutron["ports"] if item["id"] == end["peerId"])
    assert neutron_port["device_id"] == edge["id"]
    site.neutron["ports"].remove(neutron_port)
    bridge_port = site.find("port", id=end["peerId"])
    for kind in ("route", "port_link"):
        site.midonet[kind] = [item for item in site.midonet[kind] if end["id"] not in item.values()]
    site.midonet["port"] = [item for item in site.midonet["port"] if item not in (end, bridge_port)]
    result = classify(site.snapshot())
    assert_untouched(result)
    assert {result.owners["rule", key].rule for key in ids} == {"left-behind"}


def test_rule_by_hand_behind_that_of_an_interface_that_is_gone() -> None:
    """What is left behind has no counterpart that a rule could stand behind."""
    site = OldSite()
    public = site.network("public", external=True)
    outside = site.subnet(public, "198.51.100.0/24")
    router = site.router()
    site.gateway(router, public, outside, "198.51.100.10")
    chain, gone = site.router_chain(router, "POST"), site.id()
    key = same_subnet_snat_rule_id(chain["id"], gone)
    site.rule(chain, 0, id=key, type="snat", flowAction="return", inPorts=[gone], outPorts=[gone])
    own = site.hand_rule(chain, 1, type="accept", dlType=0x0800)
    assert classify(site.snapshot()).owners["rule", key].rule == "left-behind"
    assert body_of(plan_site(site), "rule", own["id"])["position"] == 1


@pytest.mark.parametrize(
    ("through", "source", "gateway", "rule"),
    [
        ("10.0.0.1", ("10.0.0.0", 24), "10.0.1.2", "route-metadata"),  # the DHCP port in its other subnet
        ("10.0.0.1", ("0.0.0.0", 0), "10.0.0.2", "route-metadata"),  # of a release that gave no source
        ("10.0.0.1", ("10.0.0.0", 24), "10.0.0.3", "left-behind"),  # the DHCP port has another address now
        ("10.0.1.77", ("10.0.1.0", 24), "10.0.1.3", "left-behind"),
        ("10.0.1.77", ("10.0.1.0", 24), "10.0.1.2", "route-user"),  # not the gateway: nobody makes one
        ("10.0.0.1", ("10.0.0.0", 24), "10.0.1.30", "route-user"),  # a VM
        ("10.0.0.1", ("0.0.0.0", 0), "10.0.0.3", "route-user"),
        ("10.0.0.1", ("10.0.0.0", 24), "192.0.2.9", "route-user"),
        ("10.0.0.1", ("10.0.1.0", 24), "10.0.0.2", "route-user"),  # of the other interface's subnet
    ],
)
def test_route_to_the_metadata_service(
    through: str, source: tuple[str, int], gateway: str, rule: str
) -> None:
    site = rich_site()
    end = site.find("port", portAddress=through)
    route = site.route(
        end["deviceId"],
        ("169.254.169.254", 32),
        end["id"],
        nextHopGateway=gateway,
        srcNetworkAddr=source[0],
        srcNetworkLength=source[1],
    )
    result = classify(site.snapshot())
    assert result.owners["route", route["id"]].rule == rule
    assert len(result.modifications) == (rule == "route-user")


def test_dhcp_port_of_an_external_network() -> None:
    """Its gateway address is that of the Provider Router: the metadata route goes there."""
    site = rich_site()
    public = next(item for item in site.neutron["networks"] if item["name"] == "public")
    subnet = next(item for item in site.neutron["subnets"] if item["network_id"] == public["id"])
    site.dhcp_port(public, [(subnet, "198.51.100.3")])
    assert site.provider_router is not None
    route = site.find("route", routerId=site.provider_router["id"], dstNetworkAddr="169.254.169.254")
    result = classify(site.snapshot())
    assert_untouched(result)
    assert result.owners["route", route["id"]].rule == "route-metadata"


@pytest.mark.parametrize(
    ("address", "gateway", "rule"),
    [
        ("198.51.100.78", "0.0.0.0", "route-external-port"),  # a former address of a port
        ("198.51.100.78", None, "route-uplink"),  # the API writes no gateway so
        ("192.0.2.200", "0.0.0.0", "route-uplink"),
    ],
)
def test_route_through_the_link_of_an_external_subnet(address: str, gateway: str | None, rule: str) -> None:
    site = rich_site()
    link = site.find("route", dstNetworkAddr="198.51.100.77")
    route = site.route(link["routerId"], (address, 32), link["nextHopPort"], nextHopGateway=gateway)
    assert classify(site.snapshot()).owners["route", route["id"]].rule == rule


@pytest.mark.parametrize(
    ("address", "gateway"),
    [("198.51.100.99", "0.0.0.0"), ("198.51.100.14", None)],  # no floating IP; not as the server writes it
)
def test_route_of_an_operator_through_a_tenant_gateway(address: str, gateway: str | None) -> None:
    site = rich_site()
    link = site.find("route", dstNetworkAddr="198.51.100.12")
    route = site.route(link["routerId"], (address, 32), link["nextHopPort"], nextHopGateway=gateway)
    record = classify(site.snapshot()).owners["route", route["id"]]
    assert record.owner is Owner.PROVIDER_ROUTER_UPLINK


@pytest.mark.parametrize(("address", "kind"), [("198.51.100.13", "floating_ips"), ("198.51.100.200", "vips")])
def test_route_through_a_router_that_a_floating_ip_or_vip_has_left(address: str, kind: str) -> None:
    site = rich_site()
    assert site.provider_router is not None
    other = site.neutron["routers"][1]["gw_port_id"]
    route = site.route(site.provider_router["id"], (address, 32), other, nextHopGateway="0.0.0.0")
    result = classify(site.snapshot())
    assert_untouched(result)
    record = result.owners["route", route["id"]]
    assert record.neutron is not None
    assert (record.rule, record.neutron.kind) == ("left-behind", kind)


@pytest.mark.parametrize(("by_link", "owner"), [(True, Owner.NEUTRON), (False, Owner.USER)])
def test_arp_entry_of_a_floating_ip_without_port(*, by_link: bool, owner: Owner) -> None:
    site = rich_site()
    address = "198.51.100.14"
    entry = site.find("ip4_mac_pair", ip="198.51.100.12")
    mac = entry["macAddr"] if by_link else "ac:ca:ba:ff:ff:ff"
    site.midonet["ip4_mac_pair"].append({**entry, "ip": address, "macAddr": mac})
    result = classify(site.snapshot())
    found = [
        record for (kind, key), record in result.owners.items() if kind == "ip4_mac_pair" and address in key
    ]
    assert [record.owner for record in found] == [owner]
