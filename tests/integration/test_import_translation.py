"""What UPDATE and DELETE tasks do to the topology, and what the recorded imports don't show (imp 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from midonet5_importing import ImportSite, Row, import_site, task
from midonet5_sample import Outside, Tenant, new_id
from midonet_lab.midonet5.store import Version
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    in_chain_id,
    interface_peer_id,
    load_balancer_id,
    out_chain_id,
    tenant_gateway_port_id,
)
from server_fixtures import Database


@pytest.fixture(params=get_args(Version))
def site(
    request: pytest.FixtureRequest, empty_database: Database, zookeeper_root: ZooKeeper
) -> Iterator[ImportSite]:
    """A site of each version with empty tables."""
    with import_site(empty_database, zookeeper_root, request.param) as made:
        yield made


def delete(data_type: str, object_id: str) -> Row:
    """A DELETE."""
    return task(data_type, None, "DELETE", resource=object_id)


def arp(site: ImportSite, network: str) -> list[tuple[str, str]]:
    """The ARP entries of a network."""
    entries = site.zoom.tables.entries(site.zoom.tables.arp_table(network))
    return [(entry.key, entry.value) for entry in entries]


def macs(site: ImportSite, network: str) -> list[tuple[str, str]]:
    """The MAC entries of a network."""
    entries = site.zoom.tables.entries(site.zoom.tables.mac_table(network))
    return [(entry.key, entry.value) for entry in entries]


def whole_site(tenant: Tenant, outside: Outside) -> tuple[dict[str, Any], list[Row]]:
    """Every kind of object that Kilo has; the ids by name, and the tasks."""
    gateway = outside.gateway(tenant.router)
    dhcp = tenant.port("10.0.0.2", device_owner="network:dhcp", security_groups=[])
    interface, (router, interface_port, interface_task) = tenant.interface()
    vif = tenant.port("10.0.0.10")
    vip_port = tenant.port("10.0.0.50", device_owner="neutron:LOADBALANCER")
    ids = {
        "gateway": gateway,
        "dhcp": dhcp,
        "interface": interface,
        "vif": vif,
        "vip_port": vip_port,
        **{name: {"id": new_id()} for name in ("fip", "pool", "member", "vip", "monitor", "rule")},
    }
    with_gateway = {
        "id": tenant.router,
        "name": "r",
        "admin_state_up": True,
        "gw_port_id": gateway["id"],
        "external_gateway_info": {"network_id": outside.network, "enable_snat": True},
    }
    pool, fip = ids["pool"]["id"], ids["fip"]["id"]
    rows = [
        *tenant.base(),
        task(
            "SECURITYGROUPRULE",
            {
                "id": ids["rule"]["id"],
                "security_group_id": tenant.group,
                "protocol": "tcp",
                "port_range_min": 1,
                "port_range_max": 9,
            },
        ),
        *outside.rows(),
        *(task("PORT", port) for port in (dhcp, vif, vip_port, gateway)),
        router,
        interface_port,
        interface_task,
        task("ROUTER", with_gateway, "UPDATE"),
        task(
            "ROUTER",
            {**with_gateway, "routes": [{"destination": "10.9.0.0/16", "nexthop": "10.0.0.9"}]},
            "UPDATE",
        ),
        task(
            "FLOATINGIP",
            {
                "id": fip,
                "port_id": vif["id"],
                "router_id": tenant.router,
                "floating_ip_address": "203.0.113.9",
                "fixed_ip_address": "10.0.0.10",
                "floating_network_id": outside.network,
            },
        ),
        task(
            "POOL",
            {"id": pool, "router_id": tenant.router, "subnet_id": tenant.subnet, "admin_state_up": True},
        ),
        task(
            "MEMBER",
            {
                "id": ids["member"]["id"],
                "pool_id": pool,
                "address": "10.0.0.10",
                "protocol_port": 80,
                "weight": 1,
            },
        ),
        task(
            "VIP",
            {
                "id": ids["vip"]["id"],
                "pool_id": pool,
                "subnet_id": outside.subnet,
                "address": "203.0.113.20",
                "protocol_port": 80,
            },
        ),
        task(
            "HEALTHMONITOR",
            {
                "id": ids["monitor"]["id"],
                "pools": [{"pool_id": pool}],
                "delay": 1,
                "timeout": 1,
                "max_retries": 1,
            },
        ),
    ]
    return ids, rows


def test_taking_everything_away_in_order_leaves_nothing(site: ImportSite) -> None:
    """The order of imp 3.2; then the store holds the marker alone, tables included."""
    tenant, outside = Tenant(), Outside()
    before = {path for path in site.nodes() if path.startswith("/zoom")}
    ids, rows = whole_site(tenant, outside)
    site.run(*rows)
    assert len(site.zoom.ids("Rule")) > 20
    assert arp(site, outside.network) == [
        (address, "fa:16:3e:aa:00:01") for address in ("203.0.113.2", "203.0.113.20", "203.0.113.9")
    ]
    site.run(
        *(delete(kind, ids[name]["id"]) for kind, name in (("HEALTHMONITOR", "monitor"), ("VIP", "vip"))),
        *(delete(kind, ids[name]["id"]) for kind, name in (("MEMBER", "member"), ("POOL", "pool"))),
        delete("FLOATINGIP", ids["fip"]["id"]),
        delete("ROUTERINTERFACE", tenant.router),
        delete("PORT", ids["interface"]["id"]),
        delete("PORT", ids["gateway"]["id"]),
        delete("ROUTER", tenant.router),
        *(delete("PORT", ids[name]["id"]) for name in ("dhcp", "vif", "vip_port")),
        *(delete("SUBNET", subnet) for subnet in (tenant.subnet, outside.subnet)),
        *(delete("NETWORK", network) for network in (tenant.network, outside.network)),
        delete("SECURITYGROUPRULE", ids["rule"]["id"]),
        delete("SECURITYGROUP", tenant.group),
    )
    after = site.nodes()
    assert {path for path in after if path.startswith("/zoom")} == before
    assert not [path for path in after if "," in path]


def test_a_deleted_network_takes_what_hangs_on_it(site: ImportSite) -> None:
    """Ports and Dhcp go by cascade; a network of the same id can come back."""
    tenant = Tenant()
    port = tenant.port()
    site.run(*tenant.base(), task("PORT", port), delete("NETWORK", tenant.network))
    assert site.zoom.ids("Port") == site.zoom.ids("Dhcp") == site.zoom.ids("Network") == []
    site.run(tenant.network_row())
    assert macs(site, tenant.network) == []


def test_a_port_update_moves_groups_addresses_hosts_and_table_entries(site: ImportSite) -> None:
    """VIF: all that depends on group, address, MAC; the rules get new random ids (imp 3.5.5)."""
    tenant = Tenant()
    other_group = new_id()
    port, neighbour = tenant.port("10.0.0.10"), tenant.port("10.0.0.11")
    site.run(*tenant.base(), task("SECURITYGROUP", {"id": other_group, "name": "g2"}))
    site.run(task("SECURITYGROUP", {"id": other_group}, "UPDATE"))  # a getter of Java gives the empty text
    kept = site.zoom.get("SecurityGroup", other_group)
    assert kept["name"] == kept["description"] == site.zoom.get("IPAddrGroup", other_group)["name"] == ""
    site.run(task("PORT", port), task("PORT", neighbour))
    old_rules = site.zoom.get("Chain", in_chain_id(port["id"]))["rule_ids"]
    changed = {
        **port,
        "admin_state_up": False,
        "mac_address": "fa:16:3e:ff:00:01",
        "fixed_ips": [tenant.fixed("10.0.0.20")],
        "security_groups": [other_group],
    }
    site.run(task("PORT", changed, "UPDATE"))
    assert site.zoom.get("Port", port["id"])["admin_state_up"] is False
    assert site.zoom.get("IPAddrGroup", other_group)["ip_addr_ports"] == [
        {"ip_address": {"version": "V4", "address": "10.0.0.20"}, "port_ids": [port["id"]]}
    ]
    assert [entry["port_ids"] for entry in site.zoom.get("IPAddrGroup", tenant.group)["ip_addr_ports"]] == [
        [neighbour["id"]]
    ]
    hosts = site.zoom.get("Dhcp", tenant.subnet)["hosts"]
    assert [(host["mac"], host["ip_address"]["address"]) for host in hosts] == [
        (neighbour["mac_address"], "10.0.0.11"),
        ("fa:16:3e:ff:00:01", "10.0.0.20"),
    ]
    assert ("fa:16:3e:ff:00:01", port["id"]) in macs(site, tenant.network)
    assert len(macs(site, tenant.network)) == 2
    assert ("10.0.0.20", "fa:16:3e:ff:00:01") in arp(site, tenant.network)
    assert len(arp(site, tenant.network)) == 2
    rules = site.zoom.get("Chain", in_chain_id(port["id"]))["rule_ids"]
    assert rules[0] == old_rules[0] == derived_id(Derived.ANTI_SPOOF_JUMP_RULE, port["id"])
    assert not set(rules[1:]) & set(old_rules[1:])
    jumps = [site.zoom.get("Rule", rule).get("jump_rule_data", {}).get("jump_chain_id") for rule in rules]
    assert in_chain_id(other_group) in jumps
    assert not [rule for rule in old_rules[1:] if site.zoom.exists("Rule", rule)]


def test_a_new_mac_alone_leaves_the_arp_entry(site: ImportSite) -> None:
    """As in the real one (imp 3.5.5)."""
    tenant = Tenant()
    port = tenant.port("10.0.0.10")
    site.run(*tenant.base(), task("PORT", port))
    site.run(task("PORT", {**port, "mac_address": "fa:16:3e:ff:00:02"}, "UPDATE"))
    assert macs(site, tenant.network) == [("fa:16:3e:ff:00:02", port["id"])]
    assert arp(site, tenant.network) == [("10.0.0.10", port["mac_address"])]


def test_an_update_keeps_the_floating_ips_of_a_port(site: ImportSite) -> None:
    """Everything else of the Neutron object is replaced (imp 3.1)."""
    tenant, outside = Tenant(), Outside()
    ids, rows = whole_site(tenant, outside)
    site.run(*rows, task("PORT", {**ids["vif"], "name": "new"}, "UPDATE"))
    kept = site.zoom.get("NeutronPort", ids["vif"]["id"])
    assert kept["floating_ip_ids"] == [ids["fip"]["id"]]
    assert kept["name"] == "new"


def test_a_deleted_vif_takes_its_floating_ips_rules_and_arp_entry(site: ImportSite) -> None:
    """The rules go with the port by cascade (imp 3.5.6)."""
    tenant, outside = Tenant(), Outside()
    ids, rows = whole_site(tenant, outside)
    site.run(*rows, delete("PORT", ids["vif"]["id"]))
    assert not site.zoom.exists("Rule", derived_id(Derived.FLOATING_IP_SNAT_RULE, ids["fip"]["id"]))
    assert "203.0.113.9" not in [address for address, _ in arp(site, outside.network)]
    assert "port_id" not in site.zoom.get("FloatingIp", ids["fip"]["id"])


def test_a_floating_ip_moves_to_another_port_and_leaves(site: ImportSite) -> None:
    """The rules name the new port and stand at the head of the router's chains (imp 3.8)."""
    tenant, outside = Tenant(), Outside()
    ids, rows = whole_site(tenant, outside)
    other = tenant.port("10.0.0.77")
    site.run(*rows, task("PORT", other))
    moved = {
        "id": ids["fip"]["id"],
        "port_id": other["id"],
        "router_id": tenant.router,
        "floating_ip_address": "203.0.113.9",
        "fixed_ip_address": "10.0.0.77",
    }
    site.run(task("FLOATINGIP", moved, "UPDATE"))
    snat = site.zoom.get("Rule", derived_id(Derived.FLOATING_IP_SNAT_RULE, ids["fip"]["id"]))
    assert snat["fip_port_id"] == other["id"]
    assert snat["condition"]["nw_src_ip"]["address"] == "10.0.0.77"
    chain = site.zoom.get("Chain", out_chain_id(tenant.router))["rule_ids"]
    reverse = derived_id(Derived.FLOATING_IP_REVERSE_DNAT_RULE, ids["fip"]["id"])
    assert chain[: len(chain) - 3] == (
        [snat["id"]] if site.zoom.version == "5.0.2" else [reverse, snat["id"]]
    )
    assert "fip_nat_rule_ids" not in site.zoom.get("Port", ids["vif"]["id"])
    alone = {"id": ids["fip"]["id"], "floating_ip_address": "203.0.113.9"}
    site.run(task("FLOATINGIP", alone, "UPDATE"))
    assert not site.zoom.exists("Rule", snat["id"])
    assert "203.0.113.9" not in [address for address, _ in arp(site, outside.network)]
    assert "floating_ip_ids" not in site.zoom.get("NeutronPort", other["id"])


def test_a_subnets_new_gateway_reaches_the_default_routes_through_it(site: ImportSite) -> None:
    """And the metadata option of its DHCP port comes back (imp 3.4); what then hangs on both goes on."""
    tenant, outside = Tenant(), Outside()
    ids, rows = whole_site(tenant, outside)
    site.run(*rows)
    site.run(
        task(
            "SUBNET",
            {
                "id": outside.subnet,
                "network_id": outside.network,
                "cidr": "203.0.113.0/24",
                "gateway_ip": "203.0.113.254",
            },
            "UPDATE",
        ),
        tenant.subnet_row("UPDATE", gateway_ip=None, dns_nameservers=["8.8.8.8"]),
    )
    route = site.zoom.get(
        "Route", derived_id(Derived.GATEWAY_ROUTE, tenant_gateway_port_id(ids["gateway"]["id"]))
    )
    assert route["next_hop_gateway"]["address"] == "203.0.113.254"
    dhcp = site.zoom.get("Dhcp", tenant.subnet)
    assert "default_gateway" not in dhcp
    assert dhcp["dns_server_address"] == [{"version": "V4", "address": "8.8.8.8"}]
    assert [option["gateway"]["address"] for option in dhcp["opt121_routes"]] == ["10.0.0.2"]
    metadata = derived_id(Derived.METADATA_SERVICE_ROUTE, interface_peer_id(ids["interface"]["id"]))
    assert site.zoom.get("Route", metadata)["next_hop_gateway"]["address"] == "10.0.0.2"
    other = tenant.port("10.0.0.3", device_owner="network:dhcp", security_groups=[])
    site.run(delete("PORT", ids["dhcp"]["id"]), task("PORT", other))
    assert site.zoom.get("Route", metadata)["next_hop_gateway"]["address"] == "10.0.0.3"
    site.run(delete("PORT", ids["vif"]["id"]), delete("SUBNET", tenant.subnet), delete("PORT", other["id"]))
    far = Outside()
    vip = {"id": new_id(), "pool_id": ids["pool"]["id"], "subnet_id": far.subnet, "address": "203.0.113.30"}
    site.run(*far.rows(), task("VIP", vip))
    assert arp(site, far.network) == [("203.0.113.30", "fa:16:3e:aa:00:01")], "on the VIP's own network"


def test_a_router_without_snat_loses_its_four_rules(site: ImportSite) -> None:
    """And gets them back when it is switched on again (imp 3.6)."""
    tenant, outside = Tenant(), Outside()
    ids, rows = whole_site(tenant, outside)
    site.run(*rows)
    rules = [
        derived_id(what, tenant.router)
        for what in (
            Derived.OUT_SNAT_RULE,
            Derived.OUT_DROP_UNMATCHED_FRAGMENTS_RULE,
            Derived.IN_REVERSE_SNAT_RULE,
            Derived.IN_DROP_WRONG_PORT_TRAFFIC_RULE,
        )
    ]
    for wanted in (False, True):
        router = {
            "id": tenant.router,
            "gw_port_id": ids["gateway"]["id"],
            "external_gateway_info": {"enable_snat": wanted},
        }
        site.run(task("ROUTER", router, "UPDATE"))
        assert [site.zoom.exists("Rule", rule) for rule in rules] == [wanted] * 4
    stored = site.zoom.get("Router", tenant.router)
    assert (stored["name"], stored["admin_state_up"]) == ("", False)
    site.poll(task("ROUTER", {"id": tenant.router, "routes": [{"destination": "10.9.0.0/16"}]}, "UPDATE"))
    assert "IPv4 string must be 4 numbers" in site.failure, "a route without next hop is its task's failure"


def test_a_vif_made_an_interface_loses_what_protects_vifs(site: ImportSite) -> None:
    """Chains, membership, DHCP host; the kept port is the router's (imp 3.7)."""
    tenant = Tenant()
    port = tenant.port("10.0.0.5")
    site.run(
        *tenant.base(),
        task("PORT", port),
        task("ROUTER", {"id": tenant.router, "name": "r"}),
        task("ROUTERINTERFACE", {"id": tenant.router, "port_id": port["id"], "subnet_id": tenant.subnet}),
    )
    assert not site.zoom.exists("Chain", in_chain_id(port["id"]))
    (left,) = site.zoom.get("IPAddrGroup", tenant.group)["ip_addr_ports"]
    assert left == {"ip_address": {"version": "V4", "address": "10.0.0.5"}}, "the address stays, without port"
    assert "hosts" not in site.zoom.get("Dhcp", tenant.subnet)
    kept = site.zoom.get("NeutronPort", port["id"])
    assert (kept["device_owner"], kept["device_id"]) == ("ROUTER_INTERFACE", tenant.router)
    assert site.zoom.get("Port", port["id"])["peer_id"] == interface_peer_id(port["id"])
    assert "inbound_filter_id" not in site.zoom.get("Port", port["id"])


def test_the_last_pool_takes_the_load_balancer_with_it(site: ImportSite) -> None:
    """Which has the admin state of the first pool for ever (imp 3.10)."""
    tenant = Tenant()
    pools = [new_id(), new_id()]
    site.run(
        task("ROUTER", {"id": tenant.router}),
        *(
            task("POOL", {"id": pool, "router_id": tenant.router, "admin_state_up": up})
            for pool, up in zip(pools, (False, True), strict=True)
        ),
    )
    balancer = load_balancer_id(tenant.router)
    assert site.zoom.get("LoadBalancer", balancer)["admin_state_up"] is False
    site.run(delete("POOL", pools[0]))
    assert site.zoom.exists("LoadBalancer", balancer)
    site.run(delete("POOL", pools[1]))
    assert not site.zoom.exists("LoadBalancer", balancer)
    assert "load_balancer_id" not in site.zoom.get("Router", tenant.router)


def test_a_firewall_is_filled_anew_and_taken_off_its_router(site: ImportSite) -> None:
    """Jump rule and chain (imp 3.12)."""
    tenant, firewall = Tenant(), new_id()
    rule = {"id": new_id(), "enabled": True, "action": "deny", "protocol": "udp", "source_port": "53"}
    data = {
        "id": firewall,
        "admin_state_up": True,
        "add-router-ids": [tenant.router],
        "firewall_rule_list": [rule],
    }
    site.run(task("ROUTER", {"id": tenant.router}), task("FIREWALL", data))
    chain = site.zoom.get("Chain", derived_id(Derived.FORWARD_CHAIN, firewall))
    assert chain["name"] == f"OS_FW_FORWARD_{firewall}"
    assert [site.zoom.get("Rule", each)["action"] for each in chain["rule_ids"]] == ["ACCEPT", "DROP", "DROP"]
    jump = derived_id(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, tenant.router)
    assert site.zoom.get("Chain", derived_id(Derived.FORWARD_CHAIN, tenant.router))["rule_ids"] == [jump]
    before = site.zoom.get("Rule", jump)
    group = derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, tenant.router)
    whose = {key: before.get("condition", {}).get(key) for key in ("in_port_group_id", "out_port_group_id")}
    assert set(whose.values()) == {group if site.zoom.exists("PortGroup", group) else None}
    site.run(task("FIREWALL", data, "UPDATE"))  # Neutron names all its routers each time
    assert site.zoom.get("Rule", jump) == before
    other = {"id": new_id(), "add-router-ids": [tenant.router]}
    changed = {**data, "add-router-ids": [], "del-router-ids": [tenant.router], "firewall_rule_list": []}
    site.run(task("FIREWALL", changed, "UPDATE"))
    assert not site.zoom.exists("Rule", jump)
    site.run(task("FIREWALL", other))
    assert len(site.zoom.get("Chain", chain["id"])["rule_ids"]) == 2
    site.run(task("FIREWALL", {**changed, "last-router": True}, "UPDATE"))
    assert not site.zoom.exists("Chain", chain["id"])
    assert not site.zoom.exists("NeutronFirewall", firewall)
    assert site.zoom.exists("Rule", jump)  # the other firewall's by now


def test_what_an_uplink_interface_and_a_firewall_rule_lack_is_said_as_by_the_real_one(
    site: ImportSite,
) -> None:
    """On an uplink only the binding demands the router (imp 3.7); a port is a number (imp 3.12)."""
    tenant = Tenant()
    zone = task("CONFIG", {"id": new_id()})
    host = site.zoom.transaction()
    host.create("Host", {"id": new_id(), "name": "gw"})
    host.commit()
    binding = {"binding:host_id": "gw", "binding:profile": {"interface_name": "eth0"}}
    uplink = [tenant.network_row(**{"provider:network_type": "uplink"}), tenant.subnet_row()]
    port, (_, port_row, interface) = tenant.interface()
    port_row = task("PORT", {**port, **binding})
    assert site.poll(tenant.group_row(), zone, *uplink, port_row, interface) == 5
    assert f"There is no Router with ID {tenant.router}." in site.failure
    assert "Failed to persist task" in site.failure
    site.execute("DELETE FROM midonet_tasks WHERE data_type = 'ROUTERINTERFACE'")
    rule = {"id": new_id(), "enabled": True, "destination_port": []}
    site.poll(task("FIREWALL", {"id": new_id(), "firewall_rule_list": [rule]}))
    assert site.failure.startswith('java.lang.NumberFormatException: For input string: ""')


def test_memberships_and_bindings_end(site: ImportSite) -> None:
    """AGENTMEMBERSHIP and PORTBINDING, made and taken away (imp 3.11)."""
    tenant, host = Tenant(), new_id()
    port, config, binding = tenant.port(), new_id(), new_id()
    transaction = site.zoom.transaction()
    transaction.create("Host", {"id": host, "name": "compute-1"})
    transaction.commit()
    site.run(
        *tenant.base(),
        task("PORT", port),
        task("CONFIG", {"id": config, "tunnel_protocol": "vxlan"}),
        task("AGENTMEMBERSHIP", {"id": host, "ip_address": "192.0.2.7"}),
        task(
            "PORTBINDING", {"id": binding, "host_id": host, "port_id": port["id"], "interface_name": "tap1"}
        ),
    )
    assert site.zoom.get("TunnelZone", config)["hosts"] == [
        {"host_id": host, "ip": {"version": "V4", "address": "192.0.2.7"}}
    ]
    assert site.zoom.get("Host", host)["port_ids"] == [port["id"]]
    assert site.zoom.get("Host", host)["tunnel_zone_ids"] == [config]
    site.run(delete("AGENTMEMBERSHIP", host), delete("PORTBINDING", binding))
    assert site.zoom.get("Host", host) == {"id": host, "name": "compute-1"}
    assert "interface_name" not in site.zoom.get("Port", port["id"])


def test_what_the_api_changes_in_between_is_kept(site: ImportSite) -> None:
    """The importer's memory of an object is no reason to overwrite, nor to fail."""
    tenant, chain = Tenant(), new_id()
    site.run(*tenant.base(), task("PORT", tenant.port("10.0.0.10")))
    node = site.zoom.paths.object_node("Network", tenant.network)
    text, _ = site.zoom.client.get(node)
    site.zoom.client.set(node, text.replace(b'name: "n"', b'name: "by hand"'))
    site.run(task("PORT", tenant.port("10.0.0.11")))
    network = site.zoom.get("Network", tenant.network)
    assert network["name"] == "by hand"
    assert len(network["port_ids"]) == 2
    transaction = site.zoom.transaction()
    transaction.create("Chain", {"id": chain, "name": "user"})
    transaction.update("Network", {**network, "inbound_filter_id": chain})
    transaction.commit()
    site.run(tenant.network_row("UPDATE", name="renamed"))
    assert site.zoom.get("Network", tenant.network)["inbound_filter_id"] == chain


def test_left_over_tables_of_5_0_are_used_by_5_2_and_stop_5_0(site: ImportSite) -> None:
    """Why a clean must take ``bridges`` away, too (imp 3.3, 5.4)."""
    tenant = Tenant()
    left = f"/midonet/bridges/{tenant.network}/ip4_mac_map"
    site.zoom.client.create(left, makepath=True)
    port = tenant.port("10.0.0.10")
    executed = site.poll(*tenant.base(), task("PORT", port))
    if site.zoom.version == "5.0.2":
        assert executed == 1
        assert f"StorageNodeExistsException: There is already a node at {left}." in site.failure
    else:
        assert executed == 4
        assert site.zoom.client.get_children(left) == [f"10.0.0.10,{port['mac_address']},2147483647"]
