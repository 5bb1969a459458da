"""Names decide nothing where structure can."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner, OwnerRecord, Ownership
from midonet_migrate.plan.ownership import classify
from old_site import TENANT, OldSite
from old_site.rich import assert_untouched, rich_site


def owner_of(result: Ownership, kind: str, item: JsonObject) -> OwnerRecord:
    return result.owners[kind, item["id"]]


def copy_rules(site: OldSite, source: JsonObject, target: JsonObject) -> None:
    """Somebody rebuilds a chain by hand, rule by rule."""
    for rule in site.rules_of(source):
        body = {name: value for name, value in rule.items() if name not in {"id", "chainId", "position"}}
        body |= {"inPorts": rule["inPorts"] or [], "outPorts": rule["outPorts"] or []}
        site.rule(target, **body)


@pytest.mark.parametrize("name", ["OS_SG_mine", "OS_PORT_x_INBOUND", "OS_PRE_ROUTING_", "os_sg_", "", None])
def test_chain_with_a_neutron_like_name_is_the_users(name: str | None) -> None:
    site = rich_site()
    chain = site.chain(name or "", TENANT)
    chain["name"] = name
    rule = site.hand_rule(chain, type="accept")
    result = classify(site.snapshot())
    assert owner_of(result, "chain", chain).rule == "chain-user"
    assert owner_of(result, "rule", rule).owner is Owner.USER
    assert result.modifications == []


def chain_names(site: OldSite) -> list[str]:
    port = next(item for item in site.neutron["ports"] if item["device_owner"] == "compute:nova")
    router, group = site.neutron["routers"][0], site.neutron["security_groups"][0]
    return [
        f"OS_PORT_{port['id']}_INBOUND",
        f"OS_PORT_{port['id']}_OUTBOUND",
        f"OS_PRE_ROUTING_{router['id']}",
        f"OS_POST_ROUTING_{router['id']}",
        f"OS_SG_{group['id']}_INGRESS",
        f"OS_SG_{group['id']}_EGRESS",
    ]


@pytest.mark.parametrize("which", range(6))
@pytest.mark.parametrize("copied", [False, True])
def test_hand_made_chain_with_a_perfect_name_that_nothing_uses(which: int, copied: bool) -> None:
    """Even when it holds the same rules: the real one is linked, or has the ids of the group's rules."""
    site = rich_site()
    real = site.find("chain", name=chain_names(site)[which])
    fake = site.chain(real["name"])
    if copied:
        copy_rules(site, real, fake)
    else:
        site.hand_rule(fake, type="drop")
    result = classify(site.snapshot())
    assert owner_of(result, "chain", fake).rule == "chain-name-only"
    assert owner_of(result, "chain", real).rule == "chain-neutron"
    assert {owner_of(result, "rule", rule).owner for rule in site.rules_of(fake)} == {Owner.USER}
    assert result.modifications == []


def test_real_chain_of_a_group_without_rules_is_the_one_that_ports_jump_to() -> None:
    site = OldSite()
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    group = site.security_group()
    fakes = [site.chain(f"OS_SG_{group['id']}_{side}") for side in ("INGRESS", "EGRESS")]
    site.vif(network, [(subnet, "10.0.0.5")], [group])
    result = classify(site.snapshot())
    assert [owner_of(result, "chain", fake).rule for fake in fakes] == ["chain-name-only"] * 2
    assert result.modifications == []


def test_left_over_chain_of_a_deleted_port() -> None:
    site = rich_site()
    left_over = site.chain(f"OS_PORT_{site.id()}_INBOUND")
    rule = site.rule(left_over, type="accept", matchReturnFlow=True, fragmentPolicy="unfragmented")
    result = classify(site.snapshot())
    assert owner_of(result, "chain", left_over).rule == "chain-name-only"
    assert owner_of(result, "rule", rule).owner is Owner.USER


def test_chain_of_a_port_that_has_no_chains_is_the_users() -> None:
    site = rich_site()
    port = next(item for item in site.neutron["ports"] if item["device_owner"] == "network:dhcp")
    chain = site.chain(f"OS_PORT_{port['id']}_INBOUND")
    result = classify(site.snapshot())
    assert owner_of(result, "chain", chain).rule == "chain-name-only"


@pytest.mark.parametrize("tenant", [TENANT, None])
def test_users_router_named_like_the_provider_router(tenant: str | None) -> None:
    site = rich_site()
    router = site.router_object("MidoNet Provider Router", tenant)
    port = site.router_port(router["id"], "192.0.2.0/30", "192.0.2.1")
    result = classify(site.snapshot())
    assert site.provider_router is not None
    assert result.provider_router == site.provider_router["id"]
    assert owner_of(result, "router", router).owner is Owner.USER
    assert owner_of(result, "port", port).owner is Owner.USER


def test_neutron_router_named_like_the_provider_router() -> None:
    site = OldSite()
    router = site.router("MidoNet Provider Router")
    result = classify(site.snapshot())
    assert result.provider_router is None
    assert owner_of(result, "router", router).owner is Owner.NEUTRON


def test_provider_router_without_gateways_is_found_by_its_links_not_by_name() -> None:
    site = OldSite()
    public = site.network("public", external=True)
    site.subnet(public, "198.51.100.0/24")
    assert site.provider_router is not None
    site.provider_router["name"] = "renamed"
    other = site.router_object("MidoNet Provider Router", TENANT)
    result = classify(site.snapshot())
    assert result.provider_router == site.provider_router["id"]
    assert owner_of(result, "router", other).owner is Owner.USER


def test_users_router_on_an_external_network_is_not_the_provider_router() -> None:
    """Linked with the very address of the subnet's gateway; but a router of the API has a tenant."""
    site = OldSite()
    public = site.network("public", external=True)
    site.subnet(public, "198.51.100.0/24")
    provider = site.provider_router
    assert provider is not None
    router = site.router_object("aaa", TENANT)
    port = site.router_port(router["id"], "198.51.100.0/24", "198.51.100.1")
    bridge_port = site.bridge_port(public["id"])
    site.link(bridge_port, port)
    result = classify(site.snapshot())
    assert result.provider_router == provider["id"]
    assert owner_of(result, "port", port).owner is Owner.USER
    assert owner_of(result, "port", bridge_port).owner is Owner.USER
    inserted = [(item.kind, item.id) for item in result.modifications]
    assert inserted == [("port", bridge_port["id"])]


def test_provider_router_left_alone_is_found_by_name() -> None:
    site = OldSite()
    provider = site.router_object("MidoNet Provider Router", None)
    site.router_object("MidoNet Provider Router", TENANT)
    assert classify(site.snapshot()).provider_router == provider["id"]


def test_second_link_by_hand_to_the_same_external_subnet() -> None:
    site = OldSite()
    public = site.network("public", external=True)
    site.subnet(public, "198.51.100.0/24")
    assert site.provider_router is not None
    port = site.router_port(
        site.provider_router["id"],
        "198.51.100.0/24",
        "198.51.100.1",
        id="0" * 8 + "-0000-4000-8000-" + "0" * 12,
    )
    bridge_port = site.bridge_port(public["id"])
    site.link(bridge_port, port)
    result = classify(site.snapshot())
    assert owner_of(result, "port", port).owner is Owner.PROVIDER_ROUTER_UPLINK
    assert owner_of(result, "port", bridge_port).owner is Owner.USER


HEALTH_MONITOR: dict[str, Any] = {"networkAddress": "169.254.17.43"}


def test_health_monitor_artefacts_are_runtime() -> None:
    site = rich_site()
    router, pool = site.neutron["routers"][0], site.neutron["pools"][0]
    name = pool["id"][:8] + "_hm_dp"
    assert len(name) == 14
    port = site.router_port(
        router["id"], "169.254.17.43/30", "169.254.17.44", interfaceName=name, hostId=site.id()
    )
    route = site.route(router["id"], ("10.0.0.200", 32), port["id"], nextHopGateway="169.254.17.45")
    binding = site.add("host_interface_port", hostId=port["hostId"], portId=port["id"], interfaceName=name)
    result = classify(site.snapshot())
    assert owner_of(result, "port", port).owner is Owner.RUNTIME
    assert owner_of(result, "route", route).owner is Owner.RUNTIME
    local = site.find("route", dstNetworkAddr="169.254.17.44")
    assert owner_of(result, "route", local).owner is Owner.RUNTIME
    assert result.owners["host_interface_port", f"{port['hostId']}/{port['id']}"].owner is Owner.RUNTIME
    assert binding["interfaceName"] == name
    assert result.modifications == []


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        (None, "169.254.17.44", Owner.RUNTIME),
        ("0badf00d_hm_dp", "169.254.17.44", Owner.RUNTIME),
        ("eth5", "169.254.17.44", Owner.USER),
        ("uplink_hm_dp", "192.0.2.1", Owner.USER),
    ],
)
def test_ports_that_look_like_a_health_monitors(name: str | None, address: str, expected: Owner) -> None:
    site = OldSite()
    router = site.router_object("r", TENANT)
    network = "169.254.17.43/30" if address.startswith("169") else "192.0.2.0/30"
    port = site.router_port(router["id"], network, address, interfaceName=name)
    assert owner_of(classify(site.snapshot()), "port", port).owner is expected


def test_bridge_port_with_a_health_monitors_interface_name_is_the_users() -> None:
    site = rich_site()
    bridge = site.add("bridge", name="b", tenantId=TENANT)
    name = site.neutron["pools"][0]["id"][:8] + "_hm_dp"
    port = site.bridge_port(bridge["id"], interfaceName=name, hostId=site.id())
    assert owner_of(classify(site.snapshot()), "port", port).owner is Owner.USER


def test_trace_in_a_neutron_chain_changes_nothing() -> None:
    site = rich_site()
    port = next(item for item in site.neutron["ports"] if item["device_owner"] == "compute:nova")
    trace = site.add("trace_request", deviceType="PORT", deviceId=port["id"], enabled=True)
    chain = site.find("chain", name=f"OS_PORT_{port['id']}_INBOUND")
    rule = site.hand_rule(chain, 0, type="trace", requestId=trace["id"])
    result = classify(site.snapshot())
    assert owner_of(result, "rule", rule).owner is Owner.RUNTIME
    assert owner_of(result, "trace_request", trace).owner is Owner.USER
    assert result.modifications == []


def test_chain_made_for_a_trace_is_no_changed_filter() -> None:
    site = rich_site()
    bridge = site.find("bridge", id=site.neutron["networks"][0]["id"])
    trace = site.add("trace_request", deviceType="BRIDGE", deviceId=bridge["id"], enabled=True)
    chain = site.chain(f"TRACE_REQUEST_CHAIN_{trace['id']}", None)
    rule = site.hand_rule(chain, type="trace", requestId=trace["id"])
    bridge["inboundFilterId"] = chain["id"]
    result = classify(site.snapshot())
    assert owner_of(result, "chain", chain).owner is Owner.RUNTIME
    assert owner_of(result, "rule", rule).owner is Owner.RUNTIME
    assert result.modifications == []
    filtering = site.hand_rule(chain, type="drop", dlType=0x86DD)
    result = classify(site.snapshot())
    assert owner_of(result, "chain", chain).owner is Owner.USER
    assert owner_of(result, "rule", rule).owner is Owner.RUNTIME
    assert [(item.rule, item.after) for item in result.modifications] == [("changed-filter", chain["id"])]
    site.remove("rule", filtering)
    bridge["inboundFilterId"] = None
    assert owner_of(classify(site.snapshot()), "chain", chain).owner is Owner.USER


def test_trace_rule_made_by_hand() -> None:
    site = rich_site()
    chain = site.find("chain", name=chain_names(site)[0])
    rule = site.hand_rule(chain, 0, type="trace", requestId=site.id())
    result = classify(site.snapshot())
    assert owner_of(result, "rule", rule).rule == "rule-trace-by-hand"
    assert [item.rule for item in result.modifications] == ["added-rule"]


def test_objects_with_a_neutron_id_are_neutrons_whatever_their_name() -> None:
    site = OldSite()
    network = site.network("MidoNet Provider Router")
    site.vif(network, [], name="OS_SG_mine")
    assert_untouched(classify(site.snapshot()))
