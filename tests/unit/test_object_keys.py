"""Keys tell the objects of a kind apart, and are the same whoever names the members."""

from __future__ import annotations

import pytest

from midonet_migrate.model.keys import JsonObject, link_key, object_key

ENTRY: JsonObject = {"@bridgeId": "b", "macAddr": "aa:bb:cc:00:00:01", "portId": "p"}


def test_a_mac_is_learned_once_per_vlan() -> None:
    """No VLAN and VLAN 0 are the same table; another VLAN is another entry."""
    assert object_key("mac_port", ENTRY) == object_key("mac_port", {**ENTRY, "vlanId": 0})
    assert object_key("mac_port", ENTRY) == object_key("mac_port", {**ENTRY, "vlanId": None})
    keys = {object_key("mac_port", {**ENTRY, "vlanId": vlan}) for vlan in (None, 1, 20)}
    assert len(keys) == 3


def test_the_bridge_a_reader_noted_wins_and_the_servers_own_word_is_enough() -> None:
    bare = {name: value for name, value in ENTRY.items() if name != "@bridgeId"}
    assert object_key("mac_port", {**bare, "bridgeId": "b"}) == object_key("mac_port", ENTRY)
    assert object_key("mac_port", {**ENTRY, "bridgeId": "x"}) == object_key("mac_port", ENTRY)


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("dhcp_host", {"@bridgeId": "b", "@subnet": "s", "macAddr": "m"}),
        ("dhcp_subnet", {"@bridgeId": "b", "subnetPrefix": "10.0.0.0", "subnetLength": 24}),
        ("dhcp_v6_host", {"@bridgeId": "b", "@subnet": "s", "clientId": "c"}),
        ("dhcp_v6_subnet", {"@bridgeId": "b", "prefix": "2001:db8:0:0:0:0:0:0", "prefixLength": 64}),
        ("host_interface_port", {"hostId": "h", "portId": "p"}),
        ("interface", {"hostId": "h", "name": "eth0"}),
        ("ip4_mac_pair", {"@bridgeId": "b", "ip": "10.0.0.1", "macAddr": "m"}),
        ("ip_addr_group_addr", {"ipAddrGroupId": "g", "addr": "10.0.0.1"}),
        ("mac_port", {**ENTRY, "vlanId": 7}),
        ("port_group_port", {"portGroupId": "g", "portId": "p"}),
        ("port_link", {"portId": "p", "peerId": "q"}),
        ("tunnel_zone_host", {"tunnelZoneId": "t", "hostId": "h"}),
        ("vtep", {"managementIp": "192.0.2.1"}),
        ("vtep_binding", {"mgmtIp": "192.0.2.1", "portName": "eth1", "vlanId": 7}),
        ("router_interfaces", {"port_id": "p"}),
        ("bridge", {"id": "b"}),
    ],
)
def test_every_member_of_a_key_counts(kind: str, item: JsonObject) -> None:
    """Two objects that differ in one of them are two; without one there is no key."""
    for name, value in item.items():
        other = value + 1 if isinstance(value, int) else f"{value}x"
        assert object_key(kind, {**item, name: other}) != object_key(kind, item)
        if name != "vlanId" or kind != "mac_port":
            with pytest.raises(KeyError):
                object_key(kind, {each: item[each] for each in item if each != name})


def test_a_link_has_one_key_from_both_ends() -> None:
    assert link_key("q", "p") == link_key("p", "q") == "p/q"
