"""Whatever Neutron alone made is recognised as such, without a single modification."""

from __future__ import annotations

import pytest

from midonet_migrate.errors import LedgerMismatch
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.ownership import Owner
from midonet_migrate.plan.ownership import all_rules, classify
from old_site import OldSite
from old_site.rich import assert_untouched, rich_site


def test_site_with_every_neutron_resource() -> None:
    site = rich_site()
    result = classify(site.snapshot())
    assert_untouched(result)
    assert site.provider_router is not None
    assert result.provider_router == site.provider_router["id"]
    kinds = {kind for kind, _ in result.owners}
    assert {"dhcp_v6_host", "dhcp_v6_subnet", "vip", "port_link", "ip4_mac_pair", "mac_port"} <= kinds


def test_order_of_lists_means_nothing() -> None:
    site = rich_site()
    snapshot = site.snapshot()
    result = classify(snapshot)
    for halves in (snapshot.midonet, snapshot.neutron):
        for kind in halves:
            if kind != "rule":
                halves[kind] = halves[kind][::-1]
    again = classify(snapshot)
    assert again.owners == result.owners
    assert again.modifications == result.modifications


def test_no_external_network_and_no_provider_router() -> None:
    site = OldSite()
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    site.interface(site.router(), network, subnet)
    result = classify(site.snapshot())
    assert_untouched(result)
    assert result.provider_router is None


def test_empty_site() -> None:
    result = classify(OldSite().snapshot())
    assert (result.owners, result.modifications, result.provider_router) == ({}, [], None)


def test_site_upgraded_from_a_release_without_fragment_policies() -> None:
    site = rich_site()
    for chain in site.midonet["chain"]:
        for rule in site.rules_of(chain):
            if rule["fragmentPolicy"] == "nonheader":
                site.remove("rule", rule)
            else:
                rule["fragmentPolicy"] = "any"
    assert_untouched(classify(site.snapshot()))


def test_site_upgraded_from_a_release_with_other_gateway_rules() -> None:
    """SNAT left the gateway's own address alone, and the drop behind it did not."""
    site = rich_site()
    post = site.rules_of(site.router_chain(site.neutron["routers"][0], "POST"))
    (snat,) = [
        item for item in post if item.get("flowAction") == "accept" and item["natTargets"][0]["portFrom"] == 1
    ]
    (drop,) = [item for item in post if item["type"] == "drop"]
    snat |= {name: drop.pop(name) for name in ("invNwSrc", "nwSrcAddress", "nwSrcLength")}
    assert_untouched(classify(site.snapshot()))


def test_dhcp_subnet_of_a_release_without_switch_whose_dhcp_port_went() -> None:
    site = rich_site()
    subnet = site.find("dhcp_subnet", subnetPrefix="10.0.1.0")
    subnet |= {"enabled": None, "serverAddr": None}
    assert_untouched(classify(site.snapshot()))


def test_port_chains_written_while_anti_spoofing_was_off() -> None:
    """Only the bridge is reported as changed, and each rule it lacks as a consequence."""
    site = OldSite()
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    site.find("bridge", id=network["id"])["disableAntiSpoof"] = True
    site.vif(network, [(subnet, "10.0.0.5")])
    result = classify(site.snapshot())
    assert [(item.kind, item.op, item.rule) for item in result.modifications] == [
        ("bridge", "update", "changed-anti-spoof"),
        ("rule", "delete", "bridge-without-anti-spoof"),
        ("rule", "delete", "bridge-without-anti-spoof"),
    ]


def test_external_network_made_in_bulk_has_no_link() -> None:
    site = OldSite()
    network = site.network("public", external=True)
    site.subnet(network, "198.51.100.0/24")
    for port in list(site.midonet["port"]):
        site.remove("port", port)
    for kind in ("port_link", "route"):
        site.midonet[kind].clear()
    assert_untouched(classify(site.snapshot()))


def test_routes_through_a_link_that_was_made_anew_are_not_missed() -> None:
    site = rich_site()
    route = site.find("route", dstNetworkAddr="198.51.100.77")
    site.remove("route", route)
    assert_untouched(classify(site.snapshot()))


def test_interface_made_from_a_vm_port_leaves_its_address_behind() -> None:
    site = OldSite()
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    group = site.security_group()
    port = site.interface(site.router(), network, subnet)
    site.add("ip_addr_group_addr", ipAddrGroupId=group["id"], addr="10.0.0.1", version=6)
    result = classify(site.snapshot())
    assert_untouched(result)
    assert result.owners["ip_addr_group_addr", f"{group['id']}/10.0.0.1"].rule == "address-stale"
    port["security_groups"] = [group["id"]]
    port["tenant_id"] = "another"
    assert_untouched(classify(site.snapshot()))


def test_mac_addresses_are_compared_without_case() -> None:
    site = rich_site()
    for port in site.neutron["ports"]:
        port["mac_address"] = port["mac_address"].upper()
    assert_untouched(classify(site.snapshot()))


def test_every_kind_is_covered_when_objects_hang_in_the_air() -> None:
    """Parents that vanished while reading: everything still gets an owner."""
    site = OldSite()
    gone = site.id()
    bridge = {"@bridgeId": gone}
    site.add("ad_route", bgpId=gone)
    site.add("bgp", portId=gone)
    site.add(
        "dhcp_host", macAddr="02:00:00:00:00:01", ipAddr="10.0.0.1", **bridge, **{"@subnet": "10.0.0.0_24"}
    )
    site.add("dhcp_subnet", subnetPrefix="10.0.0.0", subnetLength=24, **bridge)
    site.add(
        "dhcp_v6_host",
        clientId="00:01",
        fixedAddress="1:0:0:0:0:0:0:1",
        **bridge,
        **{"@subnet": "1:0:0:0:0:0:0:0_64"},
    )
    site.add("dhcp_v6_subnet", prefix="1:0:0:0:0:0:0:0", prefixLength=64, **bridge)
    site.add("health_monitor")
    site.add("host")
    site.add("host_interface_port", hostId=gone, portId=gone, interfaceName="abcdefgh_hm_dp")
    site.add("interface", hostId=gone, name="eth0")
    site.add("ip4_mac_pair", ip="10.0.0.1", macAddr="02:00:00:00:00:01", **bridge)
    site.add("ip_addr_group_addr", ipAddrGroupId=gone, addr="10.0.0.1")
    site.add("ip_addr_group")
    site.add("load_balancer", routerId=gone)
    site.add("mac_port", macAddr="02:00:00:00:00:01", portId=gone, vlanId=0, **bridge)
    site.add("pool", loadBalancerId=gone)
    site.add("pool_member", poolId=gone)
    site.add("vip", poolId=gone)
    site.bridge_port(gone, peerId=site.id())
    site.add("port_link", portId=gone, peerId=site.id())
    site.add("port_group")
    site.add("port_group_port", portGroupId=gone, portId=gone)
    site.route(gone, ("10.0.0.0", 24), gone)
    site.rule({"id": gone}, type="accept")
    site.rule(site.chain("c"), type="trace", requestId=gone)
    site.router_object("r", "t")
    site.add("bridge")
    site.add("trace_request", deviceId=gone, deviceType="PORT")
    site.add("tunnel_zone", type="gre")
    site.add("tunnel_zone_host", tunnelZoneId=gone, hostId=gone)
    site.add("vtep", managementIp="192.0.2.1")
    site.add("vtep_binding", mgmtIp="192.0.2.1", portName="p", vlanId=0)
    result = classify(site.snapshot())
    assert {kind for kind, _ in result.owners} == set(MIDONET_KINDS)
    assert result.modifications == []


def test_gateway_with_several_addresses() -> None:
    """The server uses one of them; whichever it took is right."""
    for taken in ("198.51.100.10", "198.51.100.11"):
        site = OldSite()
        public = site.network("public", external=True)
        outside = site.subnet(public, "198.51.100.0/24")
        port = site.gateway(site.router(), public, outside, taken)
        port["fixed_ips"] = [
            {"subnet_id": outside["id"], "ip_address": address}
            for address in ("198.51.100.10", "198.51.100.11")
        ]
        assert_untouched(classify(site.snapshot()))


def test_vip_on_an_external_network_is_reached_through_the_gateway() -> None:
    site = rich_site()
    result = classify(site.snapshot())
    route = site.find("route", dstNetworkAddr="198.51.100.200")
    assert result.owners["route", route["id"]].rule == "route-vip"


def test_vip_that_never_reached_midonet_leaves_the_route_of_its_port() -> None:
    """Neutron keeps a VIP whose creation failed; its port is a port on an external network like any other."""
    site = OldSite()
    public = site.network("public", external=True)
    outside = site.subnet(public, "198.51.100.0/24")
    network = site.network()
    subnet = site.subnet(network, "10.0.0.0/24")
    router = site.router()
    site.interface(router, network, subnet)
    site.gateway(router, public, outside, "198.51.100.10")
    pool = site.pool(router, subnet)
    port = site.vif(public, [(outside, "198.51.100.20")])
    port["device_owner"] = "neutron:LOADBALANCER"
    site.neutron["vips"].append(
        {
            "id": site.id(),
            "pool_id": pool["id"],
            "subnet_id": outside["id"],
            "address": "198.51.100.20",
            "protocol_port": 80,
            "port_id": port["id"],
            "admin_state_up": True,
            "session_persistence": None,
            "status": "ERROR",
        }
    )
    result = classify(site.snapshot())
    route = site.find("route", dstNetworkAddr="198.51.100.20")
    assert result.owners["route", route["id"]].rule == "route-external-port"
    assert [(item.kind, item.op, item.rule) for item in result.modifications] == [
        ("vip", "delete", "removed-object")
    ]


def test_vip_whose_port_has_addresses_of_both_versions() -> None:
    """Neutron shows the first address as text, maybe the IPv6 one; MidoNet has the one it was given."""
    site = rich_site()
    vip = next(item for item in site.neutron["vips"] if item["address"] == "10.0.0.200")
    (port,) = [item for item in site.neutron["ports"] if item["id"] == vip["port_id"]]
    port["device_owner"] = "network:floatingip"  # what matters here is the VIP: no chains are expected
    before = classify(site.snapshot()).modifications
    port["fixed_ips"].insert(0, {"subnet_id": vip["subnet_id"], "ip_address": "2001:db8::aa"})
    vip["address"] = "2001:db8::aa"
    assert classify(site.snapshot()).modifications == before
    vip["port_id"] = vip["address"] = None
    assert classify(site.snapshot()).modifications == before


def test_address_in_a_subnet_of_another_network_explains_nothing() -> None:
    """Rows that fit no longer are no reason to stop: what they do not explain was made by hand."""
    site = OldSite()
    network, other = site.network(), site.network()
    subnet, elsewhere = site.subnet(network, "10.0.0.0/24"), site.subnet(other, "10.5.0.0/24")
    port = site.vif(network, [(subnet, "10.0.0.5")])
    port["fixed_ips"].append({"subnet_id": elsewhere["id"], "ip_address": "10.5.0.5"})
    result = classify(site.snapshot())
    assert {record.owner for record in result.owners.values()} == {Owner.NEUTRON}
    subnet["network_id"] = other["id"]
    found = classify(site.snapshot()).owners
    assert found["dhcp_host", f"{network['id']}/10.0.0.0_24/{port['mac_address']}"].owner is Owner.USER


@pytest.mark.parametrize("text", ["", "garbage", "10.0.0.0/x", "10.0.0.0/33", None])
def test_texts_that_are_no_address_range_match_nothing(text: str | None) -> None:
    site = rich_site()
    site.neutron["subnets"][0]["cidr"] = text
    site.neutron["subnets"][1]["host_routes"] = [{"destination": text or "", "nexthop": "10.0.0.9"}]
    site.neutron["security_groups"][0]["security_group_rules"][0]["remote_ip_prefix"] = text
    assert len(classify(site.snapshot()).owners) == sum(
        len(items) for kind, items in site.snapshot().midonet.items() if kind in MIDONET_KINDS
    )


def test_compact_objects_are_understood() -> None:
    """Readers may leave unset members out: nothing is reported for what is not there."""
    site = rich_site()
    for kind in ("rule", "bridge", "port", "dhcp_subnet", "pool", "vip"):
        for item in site.midonet[kind]:
            for name in [name for name, value in item.items() if value is None or value is False]:
                del item[name]
    assert_untouched(classify(site.snapshot()))


def test_object_without_a_rule_is_an_integrity_error(monkeypatch: pytest.MonkeyPatch) -> None:
    site = rich_site()
    host = site.add("host")
    monkeypatch.setattr(all_rules, "classify_hosts", lambda site, verdicts: None)
    with pytest.raises(LedgerMismatch, match=f"host {host['id']}"):
        classify(site.snapshot())
