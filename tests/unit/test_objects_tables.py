"""DHCP, MAC and ARP tables, address groups, VTEPs, traces: what 5.x refuses or holds differently (new 3)."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import pytest

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, ObjectPlan
from object_plans import body_of, findings_of, hand_bridge, hand_host, plan_site, requests_for
from old_site import TENANT, OldSite


@pytest.fixture
def site() -> OldSite:
    return OldSite()


def verdict(plan: ObjectPlan, kind: str, key: str) -> tuple[Bucket, str]:
    outcome = plan.outcomes[kind, key]
    return outcome.bucket, outcome.rule


def hand_router(site: OldSite, **members: Any) -> JsonObject:
    return site.router_object("legacy", TENANT, **members)


def dhcp(site: OldSite, bridge: JsonObject, **members: Any) -> JsonObject:
    return site.add(
        "dhcp_subnet",
        **({"subnetPrefix": "10.1.0.0", "subnetLength": 24} | members),
        **{"@bridgeId": bridge["id"]},
    )


def dhcp_host(site: OldSite, bridge: JsonObject, mac: str, subnet: str = "10.1.0.0_24") -> JsonObject:
    return site.add(
        "dhcp_host",
        macAddr=mac,
        ipAddr="10.1.0.7",
        name="x",
        extraDhcpOpts=None,
        **{"@bridgeId": bridge["id"], "@subnet": subnet},
    )


@pytest.mark.parametrize(
    ("mtu", "sent"), [(0, None), (None, None), (1450, 1450), (-536, 65000), (-1, 65535), (70000, None)]
)
def test_mtu(site: OldSite, mtu: int | None, sent: int | None) -> None:
    dhcp(site, hand_bridge(site), interfaceMTU=mtu)
    (request,) = requests_for(plan_site(site), "dhcp_subnet")
    assert (request.body or {})["interfaceMTU"] == sent


def test_values_that_5x_refuses_in_a_dhcp_subnet_are_dropped_and_reported(site: OldSite) -> None:
    bridge = hand_bridge(site)
    dhcp(
        site,
        bridge,
        defaultGateway="fe80::1",
        serverAddr="",
        dnsServerAddrs=["192.0.2.1", "dns", "2001:db8::1"],
    )
    plan = plan_site(site)
    body = requests_for(plan, "dhcp_subnet")[0].body or {}
    assert (body["defaultGateway"], body["serverAddr"]) == (None, None)
    assert body["dnsServerAddrs"] == ["192.0.2.1", "2001:db8::1"]
    assert findings_of(plan, "dhcp-name-server")
    assert findings_of(plan, "dhcp-address")


@pytest.mark.parametrize(("address", "made"), [("10.1.0.9", True), (None, True), ("10.1.0.300", False)])
def test_a_dhcp_host_needs_no_address_but_none_that_cannot_be_read(
    site: OldSite, address: str | None, made: bool
) -> None:
    bridge = hand_bridge(site)
    dhcp(site, bridge)
    dhcp_host(site, bridge, "02:00:00:00:00:0a")["ipAddr"] = address
    plan = plan_site(site)
    sent = [(request.body or {})["ipAddr"] for request in requests_for(plan, "dhcp_host")]
    assert sent == ([address] if made else [])
    (outcome,) = [found for (kind, _), found in plan.outcomes.items() if kind == "dhcp_host"]
    assert (outcome.rule == "dhcp-host-address") is not made


def test_one_dhcp_host_per_mac_whatever_its_case(site: OldSite) -> None:
    bridge = hand_bridge(site)
    dhcp(site, bridge)
    for mac in ("02:00:00:00:00:0a", "02:00:00:00:00:0A"):
        dhcp_host(site, bridge, mac)
    plan = plan_site(site)
    assert len(requests_for(plan, "dhcp_host")) == 1


def test_short_mac_groups_are_filled(site: OldSite) -> None:
    bridge = hand_bridge(site)
    dhcp(site, bridge)
    dhcp_host(site, bridge, "2:0:0:0:0:a")
    (request,) = requests_for(plan_site(site), "dhcp_host")
    assert (request.body or {})["macAddr"] == "02:00:00:00:00:0a"


def test_host_in_a_dhcp_subnet_of_neutron_is_unsupported(site: OldSite) -> None:
    """Any write there erases what ties the subnet to its router (new 1.8.1)."""
    network = site.network()
    site.subnet(network, "10.1.0.0/24")
    dhcp_host(site, {"id": network["id"]}, "02:00:00:00:00:0a")
    plan = plan_site(site)
    key = f"{network['id']}/10.1.0.0_24/02:00:00:00:00:0a"
    assert verdict(plan, "dhcp_host", key) == (Bucket.UNSUPPORTED, "dhcp-host-in-neutron-subnet")
    (change,) = plan.modifications
    assert change.disposition == "lost"


def test_dhcp_subnet_of_a_user_on_a_neutron_bridge_is_created(site: OldSite) -> None:
    network = site.network()
    dhcp(site, {"id": network["id"]})
    dhcp_host(site, {"id": network["id"]}, "02:00:00:00:00:0a")
    plan = plan_site(site)
    assert len(requests_for(plan, "dhcp_subnet")) == len(requests_for(plan, "dhcp_host")) == 1


def test_ipv6_prefixes_and_addresses_are_written_out(site: OldSite) -> None:
    bridge = hand_bridge(site)
    site.add("dhcp_v6_subnet", prefix="2001:db8::", prefixLength=64, **{"@bridgeId": bridge["id"]})
    site.add(
        "dhcp_v6_host",
        clientId="00:01",
        fixedAddress="2001:db8::5",
        name=None,
        **{"@bridgeId": bridge["id"], "@subnet": "2001:db8::_64"},
    )
    plan = plan_site(site)
    assert (requests_for(plan, "dhcp_v6_subnet")[0].body or {})["prefix"] == "2001:db8:0:0:0:0:0:0"
    host = requests_for(plan, "dhcp_v6_host")[0]
    assert host.path.endswith("/dhcpV6/2001:db8:0:0:0:0:0:0_64/hostsV6")
    assert (host.body or {})["fixedAddress"] == "2001:db8:0:0:0:0:0:5"


def test_ipv6_subnet_that_the_importer_refuses_is_unsupported_as_it_is_in_neutron(site: OldSite) -> None:
    network = site.network()
    site.subnet(network, "2001:db8::/64")
    plan = plan_site(site)
    key = f"{network['id']}/2001:db8:0:0:0:0:0:0_64"
    assert verdict(plan, "dhcp_v6_subnet", key) == (Bucket.UNSUPPORTED, "ipv6-subnet")


def stored(bridge: JsonObject) -> JsonObject:
    return {"@bridgeId": bridge["id"], "@persistent": True}


def test_mac_entry_must_fit_its_port(site: OldSite) -> None:
    bridge, other = hand_bridge(site), hand_bridge(site)
    port = site.bridge_port(bridge["id"], vlanId=7)
    for number, (place, vlan) in enumerate([(bridge, 7), (bridge, 8), (other, 7)]):
        mac = f"02:00:00:00:00:{number:02x}"
        site.add("mac_port", macAddr=mac, portId=port["id"], vlanId=vlan, **stored(place))
    plan = plan_site(site)
    (request,) = requests_for(plan, "mac_port")
    assert request.body == {"macAddr": "02:00:00:00:00:00", "portId": port["id"], "vlanId": 7}
    assert len(findings_of(plan, "mac-entry")) == 2


def test_arp_entry_that_the_importer_seeds_is_left_to_it(site: OldSite) -> None:
    """Posted again it would be an error; with another MAC it replaces the seed (new 2.7)."""
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    same = site.vif(network, [(subnet, "10.0.0.5")], [])
    site.vif(network, [(subnet, "10.0.0.6")], [])
    for address, mac in (("10.0.0.5", same["mac_address"].upper()), ("10.0.0.6", "02:00:00:00:00:01")):
        site.add("ip4_mac_pair", ip=address, macAddr=mac, mac=mac, **stored(network))
    plan = plan_site(site)
    rules = sorted(outcome.rule for (kind, _), outcome in plan.outcomes.items() if kind == "ip4_mac_pair")
    assert rules == ["arp-replaces", "arp-seeded"]
    (request,) = requests_for(plan, "ip4_mac_pair")
    assert request.body == {"ip": "10.0.0.6", "mac": "02:00:00:00:00:01"}


def test_group_without_name_is_named_by_its_id(site: OldSite) -> None:
    group = site.add("ip_addr_group", name="")
    assert body_of(plan_site(site), "ip_addr_group", group["id"])["name"] == group["id"]


def test_one_address_in_two_spellings_is_one(site: OldSite) -> None:
    group = site.add("ip_addr_group", name="g")
    for address in ("2001:db8::1", "2001:db8:0:0:0:0:0:1", "10.0.0.0/24"):
        site.add("ip_addr_group_addr", ipAddrGroupId=group["id"], addr=address, version=4)
    plan = plan_site(site)
    (request,) = requests_for(plan, "ip_addr_group_addr")
    assert request.body == {
        "addr": "2001:db8:0:0:0:0:0:1",
        "version": 6,
        "ipAddrGroupId": group["id"],
    }
    assert findings_of(plan, "group-address")


def test_address_of_a_user_in_a_security_group_is_added_to_it(site: OldSite) -> None:
    group = site.security_group()
    site.add("ip_addr_group_addr", ipAddrGroupId=group["id"], addr="192.0.2.7", version=6)
    plan = plan_site(site)
    (request,) = requests_for(plan, "ip_addr_group_addr")
    assert request.path == f"/ip_addr_groups/{group['id']}/ip_addrs"
    assert [item.disposition for item in plan.modifications] == ["applied"]


def vtep(site: OldSite, zone_type: str = "vtep", **members: Any) -> JsonObject:
    zone = site.add("tunnel_zone", name="vteps", type=zone_type)
    body = {
        "managementIp": "192.0.2.50",
        "managementPort": 6632,
        "tunnelZoneId": zone["id"],
        "connectionState": "CONNECTED",
    }
    return site.add("vtep", **(body | members))


def test_vtep_and_its_bindings_are_known_by_an_id_from_the_address(site: OldSite) -> None:
    vtep(site, connectionState="ERROR")
    bridge = hand_bridge(site)
    port = site.add("port", type="Vxlan", deviceId=bridge["id"], peerId=None)
    site.add("vtep_binding", mgmtIp="192.0.2.50", portName="p1", vlanId=7, networkId=bridge["id"])
    plan = plan_site(site)
    key = str(uuid5(NAMESPACE_DNS, "192.0.2.50"))
    assert body_of(plan, "vtep", "192.0.2.50")["id"] == key
    (binding,) = requests_for(plan, "vtep_binding")
    assert binding.path == f"/vteps/{key}/bindings"
    assert verdict(plan, "port", port["id"]) == (Bucket.CARRIED, "vxlan-port")
    assert findings_of(plan, "vtep-unreachable") == ["192.0.2.50"]


def test_vtep_that_5x_refuses_goes_with_its_bindings(site: OldSite) -> None:
    vtep(site, "vxlan")
    bridge = hand_bridge(site)
    site.add("vtep_binding", mgmtIp="192.0.2.50", portName="p1", vlanId=7, networkId=bridge["id"])
    plan = plan_site(site)
    assert verdict(plan, "vtep", "192.0.2.50") == (Bucket.UNSUPPORTED, "vtep-refused")
    assert verdict(plan, "vtep_binding", "192.0.2.50/p1/7") == (Bucket.UNSUPPORTED, "reference-left-out")


def test_vtep_at_the_address_of_a_host_is_unsupported(site: OldSite) -> None:
    hand_host(site, addresses=["compute-1/192.0.2.50"])
    vtep(site)
    assert verdict(plan_site(site), "vtep", "192.0.2.50") == (Bucket.UNSUPPORTED, "vtep-refused")


def test_trace_of_a_missing_device_is_left_out(site: OldSite) -> None:
    trace = site.add(
        "trace_request", name="t", deviceType="PORT", deviceId=site.id(), condition={}, enabled=False
    )
    assert verdict(plan_site(site), "trace_request", trace["id"]) == (Bucket.SKIPPED, "dangling-reference")


def test_what_a_trace_loses_of_its_condition_is_told(site: OldSite) -> None:
    """A port that is gone leaves the list, as in a rule."""
    bridge = hand_bridge(site)
    port = site.bridge_port(bridge["id"])
    gone = site.id()
    trace = site.add(
        "trace_request",
        name="t",
        deviceType="BRIDGE",
        deviceId=bridge["id"],
        condition={"inPorts": [port["id"], gone]},
        enabled=True,
    )
    plan = plan_site(site)
    assert body_of(plan, "trace_request", trace["id"])["condition"]["inPorts"] == [port["id"]]
    assert findings_of(plan, "reference-dropped") == [trace["id"]]
    outcome = plan.outcomes["trace_request", trace["id"]]
    assert gone in outcome.reason
    assert "switched off" in outcome.reason
