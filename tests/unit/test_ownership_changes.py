"""What users changed on Neutron's objects is found, each change once, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.ownership.signatures import signature, without_fragment_policy
from old_site import OldSite
from old_site.rich import assert_untouched, changes, only_change, rich_site, vm_chain, vm_port

# -- rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 2, 4, 6])
def test_added_rule_keeps_its_place_among_the_servers(place: int) -> None:
    site = rich_site()
    chain = vm_chain(site)
    before = [rule["id"] for rule in site.rules_of(chain)]
    rule = site.hand_rule(chain, place, type="drop", nwProto=6)
    change = only_change(site)
    assert (change.op, change.kind, change.id, change.rule) == ("insert", "rule", rule["id"], "added-rule")
    assert change.after["rule"] == rule
    assert change.after["after_expected"] == place
    assert change.after["previous"] == (before[place - 1] if place else None)
    assert change.after["next"] == (before[place] if place < len(before) else None)


@pytest.mark.parametrize("side", ["INBOUND", "OUTBOUND"])
def test_every_removed_port_rule_is_described_in_full(side: str) -> None:
    count = len(rich_site().rules_of(vm_chain(rich_site(), side)))
    for number in range(count):
        site = rich_site()
        chain = vm_chain(site, side)
        rule = site.rules_of(chain)[number]
        site.remove("rule", rule)
        change = only_change(site)
        assert (change.op, change.kind) == ("delete", "rule")
        assert change.id == f"{chain['id']}#{number + 1}"
        assert change.before["chainId"] == chain["id"]
        assert change.before["position"] == number + 1
        assert signature(change.before) == signature(rule)
        is_spoof = side == "INBOUND" and number < 2
        assert change.rule == ("removed-anti-spoof-rule" if is_spoof else "removed-rule")


def test_removed_rule_with_derived_id_is_named_by_it() -> None:
    site = rich_site()
    group = site.neutron["security_groups"][1]
    chain = site.find("chain", name=f"OS_SG_{group['id']}_INGRESS")
    for rule in site.rules_of(chain):
        site.remove("rule", rule)
        assert only_change(site).id == rule["id"]
        site.rule(chain, **{name: value for name, value in rule.items() if name != "chainId"})


@pytest.mark.parametrize("side", ["PRE", "POST"])
def test_every_removed_router_rule_is_found(side: str) -> None:
    router = rich_site().neutron["routers"][0]
    count = len(rich_site().rules_of(rich_site().router_chain(router, side)))
    assert count >= 6
    for number in range(count):
        site = rich_site()
        rule = site.rules_of(site.router_chain(router, side))[number]
        site.remove("rule", rule)
        change = only_change(site)
        assert (change.op, change.rule) == ("delete", "removed-rule")
        is_floating = rule["natTargets"][0]["portTo"] == 0 if "natTargets" in rule else False
        content = without_fragment_policy if is_floating else frozenset  # two policies are possible there
        assert content(signature(change.before)) == content(signature(rule))


def test_copy_of_a_servers_rule_is_the_users_wherever_it_stands() -> None:
    for place in (0, 3):
        site = rich_site()
        chain = vm_chain(site)
        original = next(rule for rule in site.rules_of(chain) if rule.get("matchReturnFlow"))
        rule = site.hand_rule(
            chain, place, type="accept", matchReturnFlow=True, fragmentPolicy="unfragmented"
        )
        result = classify(site.snapshot())
        assert result.owners["rule", rule["id"]].owner is Owner.USER
        assert result.owners["rule", original["id"]].owner is Owner.NEUTRON
        assert [item.op for item in result.modifications] == ["insert"]


def test_rule_replaced_under_its_id() -> None:
    site = rich_site()
    group = site.neutron["security_groups"][1]
    chain = site.find("chain", name=f"OS_SG_{group['id']}_INGRESS")
    rule = next(rule for rule in site.rules_of(chain) if rule.get("tpDst") == {"start": 80, "end": 81})
    rule["tpDst"] = {"start": 80, "end": 90}
    change = only_change(site)
    assert (change.op, change.id, change.field) == ("update", rule["id"], "tpDst")
    assert (change.before, change.after) == ({"start": 80, "end": 81}, {"start": 80, "end": 90})


def test_jump_to_a_users_chain_in_a_security_group() -> None:
    site = rich_site()
    group = site.neutron["security_groups"][0]
    target = site.chain("mine")
    chain = site.find("chain", name=f"OS_SG_{group['id']}_EGRESS")
    rule = site.hand_rule(chain, 1, type="jump", jumpChainId=target["id"])
    change = only_change(site)
    assert (change.id, change.after["after_expected"]) == (rule["id"], 1)


# -- filters, attributes ------------------------------------------------------------------------


def test_filter_on_a_neutron_bridge() -> None:
    site = rich_site()
    chain = site.chain("mine")
    bridge = site.find("bridge", id=vm_port(site)["network_id"])
    bridge["outboundFilterId"] = chain["id"]
    change = only_change(site)
    assert (change.kind, change.id, change.op) == ("bridge", bridge["id"], "update")
    assert (change.field, change.before, change.after) == ("outboundFilterId", None, chain["id"])
    assert change.rule == "changed-filter"


@pytest.mark.parametrize("kind", ["port", "router"])
@pytest.mark.parametrize("by_users_chain", [True, False])
def test_filter_replaced_leaves_the_servers_chain_recognised(kind: str, by_users_chain: bool) -> None:
    site = rich_site()
    item_id = vm_port(site)["id"] if kind == "port" else site.neutron["routers"][0]["id"]
    item = site.find(kind, id=item_id)
    old, item["inboundFilterId"] = (
        item["inboundFilterId"],
        site.chain("mine")["id"] if by_users_chain else None,
    )
    result = classify(site.snapshot())
    (change,) = result.modifications
    assert (change.kind, change.id, change.field) == (kind, item_id, "inboundFilterId")
    assert (change.before, change.after) == (old, item["inboundFilterId"])
    assert result.owners["chain", old].rule == "chain-displaced"
    assert {result.owners["rule", rule["id"]].owner for rule in site.rules_of({"id": old})} == {Owner.NEUTRON}


def test_filter_on_a_dhcp_port_and_on_an_interface() -> None:
    site = rich_site()
    chain = site.chain("mine")
    dhcp = next(item for item in site.neutron["ports"] if item["device_owner"] == "network:dhcp")
    site.find("port", id=dhcp["id"])["inboundFilterId"] = chain["id"]
    peer = site.find("port", portAddress="10.0.0.1")
    peer["outboundFilterId"] = chain["id"]
    assert {(item.id, item.field) for item in changes(site)} == {
        (dhcp["id"], "inboundFilterId"),
        (peer["id"], "outboundFilterId"),
    }


Change = Callable[[OldSite], JsonObject]


def _bridge(site: OldSite) -> JsonObject:
    return site.find("bridge", id=vm_port(site)["network_id"])


def _router(site: OldSite) -> JsonObject:
    return site.find("router", id=site.neutron["routers"][0]["id"])


def _subnet(site: OldSite) -> JsonObject:
    return site.find("dhcp_subnet", subnetPrefix="10.0.0.0")


@pytest.mark.parametrize(
    ("kind", "find", "field", "value"),
    [
        ("bridge", _bridge, "name", "other"),
        ("bridge", _bridge, "tenantId", "other"),
        ("bridge", _bridge, "adminStateUp", False),
        ("bridge", _bridge, "disableAntiSpoof", True),
        ("bridge", _bridge, "vxLanPortIds", ["p"]),
        ("router", _router, "name", "other"),
        ("router", _router, "adminStateUp", False),
        ("port", lambda site: site.find("port", id=vm_port(site)["id"]), "adminStateUp", False),
        ("port", lambda site: site.find("port", id=vm_port(site)["id"]), "vlanId", 7),
        ("port", lambda site: site.find("port", portAddress="10.0.0.1"), "networkLength", 16),
        ("port", lambda site: site.find("port", portAddress="198.51.100.10"), "networkLength", 24),
        ("dhcp_subnet", _subnet, "interfaceMTU", 1400),
        ("dhcp_subnet", _subnet, "dnsServerAddrs", ["192.0.2.53"]),
        ("dhcp_subnet", _subnet, "defaultGateway", "10.0.0.254"),
        ("dhcp_subnet", _subnet, "serverAddr", "10.0.0.77"),
        ("dhcp_subnet", _subnet, "enabled", False),
        ("dhcp_subnet", _subnet, "opt121Routes", []),
        ("dhcp_host", lambda site: site.find("dhcp_host", ipAddr="10.0.0.5"), "ipAddr", "10.0.0.55"),
        ("dhcp_host", lambda site: site.find("dhcp_host", ipAddr="10.0.0.5"), "extraDhcpOpts", []),
        (
            "dhcp_v6_host",
            lambda site: site.midonet["dhcp_v6_host"][0],
            "fixedAddress",
            "2001:db8:0:0:0:0:0:8",
        ),
        ("pool", lambda site: site.midonet["pool"][0], "adminStateUp", False),
        ("pool", lambda site: site.midonet["pool"][0], "healthMonitorId", None),
        ("pool", lambda site: site.midonet["pool"][0], "healthMonitorId", "another"),
        ("pool_member", lambda site: site.midonet["pool_member"][0], "weight", 9),
        ("pool_member", lambda site: site.midonet["pool_member"][0], "address", "10.0.0.99"),
        ("vip", lambda site: site.midonet["vip"][0], "sessionPersistence", None),
        ("vip", lambda site: site.midonet["vip"][1], "sessionPersistence", "SOURCE_IP"),
        ("vip", lambda site: site.midonet["vip"][0], "protocolPort", 81),
        ("vip", lambda site: site.midonet["vip"][0], "poolId", "another"),
        ("pool_member", lambda site: site.midonet["pool_member"][0], "poolId", "another"),
        ("pool_member", lambda site: site.midonet["pool_member"][0], "protocolPort", 81),
        ("health_monitor", lambda site: site.midonet["health_monitor"][0], "delay", 50),
        ("load_balancer", lambda site: site.midonet["load_balancer"][0], "adminStateUp", False),
    ],
)
def test_changed_attribute(kind: str, find: Change, field: str, value: Any) -> None:
    site = rich_site()
    item = find(site)
    before, item[field] = item[field], value
    change = only_change(site)
    assert (change.kind, change.op, change.field) == (kind, "update", field)
    assert (change.before, change.after) == (before, value)


def test_changed_address_of_an_interface() -> None:
    site = rich_site()
    peer = site.find("port", portAddress="10.0.0.1")
    peer["portAddress"] = "10.0.0.222"
    change = only_change(site)
    assert (change.id, change.field, change.before) == (peer["id"], "portAddress", "10.0.0.1")


def test_runtime_state_is_no_change() -> None:
    site = rich_site()
    site.midonet["pool_member"][0]["status"] = "INACTIVE"
    port = site.find("port", id=vm_port(site)["id"])
    port |= {"active": True, "hostId": site.id(), "interfaceName": "tap0"}
    assert_untouched(classify(site.snapshot()))
