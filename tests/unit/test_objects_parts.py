"""What 1.9 had for addresses, groups and gateways that do not come with their resource is not called made."""

from __future__ import annotations

import pytest

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.plan import Bucket, ObjectPlan
from object_plans import Version, plan_of
from old_site import OldSite
from old_site.rich import rich_site

V6 = "2001:db8:0:0:0:0:0:9"


def outcomes_of(plan: ObjectPlan, kind: str, items: list[JsonObject]) -> set[tuple[Bucket, str]]:
    found = [plan.outcomes[kind, object_key(kind, item)] for item in items]
    return {(each.bucket, each.rule) for each in found}


def _about_v6(site: OldSite) -> list[tuple[str, JsonObject]]:
    members = {"dhcp_v6_host": "fixedAddress", "ip_addr_group_addr": "addr", "rule": "nwSrcAddress"}
    return [
        (kind, item)
        for kind, member in members.items()
        for item in site.midonet[kind]
        if item.get(member) == V6
    ]


@pytest.mark.parametrize("version", ["5.0.2", "5.2.1", "5.4.6"])
def test_entries_and_rules_of_ipv6_addresses_are_made_only_where_there_is_ipv6(version: Version) -> None:
    """The port is imported without the address (imp 8.1): its DHCP host and rule are not made."""
    site = rich_site()
    plan = plan_of(site.snapshot(), version)
    about = _about_v6(site)
    assert {kind for kind, _ in about} == {"dhcp_v6_host", "ip_addr_group_addr", "rule"}
    found = {plan.outcomes[kind, object_key(kind, item)].bucket for kind, item in about}
    assert found == {Bucket.DERIVED if version == "5.4.6" else Bucket.UNSUPPORTED}


def test_nothing_else_of_such_a_site_is_lost() -> None:
    """What is of the Provider Router waits for its conversion; what is of IPv6 is named by its rule."""
    site = rich_site()
    plan = plan_of(site.snapshot())
    lost = {
        outcome.rule
        for (kind, _), outcome in plan.outcomes.items()
        if kind in {"dhcp_host", "ip_addr_group_addr", "rule", "route"}
        and outcome.bucket in {Bucket.SKIPPED, Bucket.UNSUPPORTED}
    }
    assert lost == {"needs-edge-router", "ipv6-fixed-ip"}


def test_rules_and_routes_of_a_gateway_that_is_left_out_are_not_made() -> None:
    """The router is imported without its gateway, so there is nothing to translate, and no way out."""
    site = rich_site()
    router = next(each for each in site.neutron["routers"] if each["name"] == "edge")
    gateway = site.find("port", id=router["gw_port_id"])
    end = site.find("port", id=gateway["peerId"])
    resource = next(each for each in site.neutron["ports"] if each["id"] == router["gw_port_id"])
    resource["device_owner"] = "network:router_gateway"
    resource["fixed_ips"] = [{**resource["fixed_ips"][0], "subnet_id": site.id()}]
    plan = plan_of(site.snapshot())
    default = site.find("route", routerId=router["id"], dstNetworkLength=0)
    rules = [
        item
        for item in site.midonet["rule"]
        if end["id"] in [*(item.get("inPorts") or []), *(item.get("outPorts") or [])]
    ]
    assert rules
    for kind, items in (("route", [default]), ("rule", rules)):
        assert {bucket for bucket, _ in outcomes_of(plan, kind, items)} <= {
            Bucket.SKIPPED,
            Bucket.UNSUPPORTED,
        }


def test_what_a_port_has_of_a_group_that_is_left_out_is_not_made() -> None:
    site = OldSite()
    network, group = site.network(), site.security_group("lost")
    port = site.vif(network, [(site.subnet(network, "10.0.0.0/24"), "10.0.0.5")], [group])
    chains = [site.find("chain", name=f"OS_PORT_{port['id']}_{side}") for side in ("INBOUND", "OUTBOUND")]
    site.neutron["security_groups"][0]["id"] = port["security_groups"][0] = "not-an-id"
    for item in (*site.midonet["ip_addr_group"], *site.midonet["ip_addr_group_addr"]):
        item["id" if "name" in item else "ipAddrGroupId"] = "not-an-id"
    plan = plan_of(site.snapshot())
    assert outcomes_of(plan, "ip_addr_group_addr", site.midonet["ip_addr_group_addr"]) == {
        (Bucket.SKIPPED, "dangling-group")
    }
    assert outcomes_of(plan, "chain", chains) == {(Bucket.DERIVED, "chain-neutron")}


def test_the_port_of_a_vip_has_neither_dhcp_host_nor_mac_entry_in_the_new_site() -> None:
    """1.9 treats it as any port of a machine (old 4.1), 5.x does not (imp 3.5)."""
    site = rich_site()
    plan = plan_of(site.snapshot())
    vips = [each for each in site.neutron["ports"] if each["device_owner"] == "neutron:LOADBALANCER"]
    macs = {each["mac_address"] for each in vips}
    assert len(macs) == 3
    for kind in ("dhcp_host", "mac_port"):
        about = [item for item in site.midonet[kind] if item["macAddr"] in macs]
        assert len(about) == 3
        assert outcomes_of(plan, kind, about) == {(Bucket.CARRIED, "port-kind")}
        others = [item for item in site.midonet[kind] if item not in about]
        assert {bucket for bucket, _ in outcomes_of(plan, kind, others)} == {Bucket.DERIVED}


def test_rules_of_a_port_without_port_security_are_told_to_be_gone() -> None:
    """1.9 knows no port security and filters all ports (old 4.1); 5.x leaves the chains empty (imp 3.5.2)."""
    site = OldSite()
    network = site.network()
    port = site.vif(network, [(site.subnet(network, "10.0.0.0/24"), "10.0.0.5")], [])
    port["port_security_enabled"] = False
    plan = plan_of(site.snapshot())
    assert outcomes_of(plan, "rule", site.midonet["rule"]) == {(Bucket.SKIPPED, "port-security-off")}
    assert outcomes_of(plan, "chain", site.midonet["chain"]) == {(Bucket.DERIVED, "chain-neutron")}
