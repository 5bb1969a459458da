"""MAC and ARP tables (old 4.3), IP address groups and their addresses (old 4.7)."""

from __future__ import annotations

from collections import defaultdict

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Owner, OwnerRecord, Role
from midonet_migrate.plan.ownership.port_roles import PortMap
from midonet_migrate.plan.ownership.site import ROUTER_INTERFACE, Site, is_vif, port_ref
from midonet_migrate.plan.ownership.values import address_text, fixed_addresses, mac_text
from midonet_migrate.plan.ownership.verdicts import Verdicts, neutron, user

SERVER_MAC_PREFIX = "ac:ca:ba:"
"""First half of the MACs that MidoNet gives to its own ports."""


def classify_mac_tables(site: Site, verdicts: Verdicts) -> None:
    """One stored, untagged entry per VIF port is the server's; what is not stored was learned."""
    expected = {(port["network_id"], mac_text(port["mac_address"]), port["id"]) for port in site.vif_ports()}
    for item in site.midonet("mac_port"):
        bridge_id = item["@bridgeId"] if "@bridgeId" in item else item["bridgeId"]
        key = (bridge_id, mac_text(item["macAddr"]), item["portId"])
        if key in expected and not item.get("vlanId"):
            expected.discard(key)
            verdicts.set("mac_port", item, neutron("mac-neutron", port_ref(item["portId"])))
        elif item.get("@persistent"):
            verdicts.set("mac_port", item, user("mac-user", "stored, and not that of a VIF port"))
            if bridge_id in site.networks:
                verdicts.inserted("mac_port", item, "added-object", "MAC entry on a bridge of Neutron")
        else:
            unknown = item.get("@persistent") is None
            reason = "taken for learned: nobody asked whether it is stored" if unknown else "learned"
            rule = "mac-unproven" if unknown else "mac-learned"
            verdicts.set("mac_port", item, OwnerRecord(Owner.RUNTIME, rule, reason))
    for bridge_id, mac, port_id in sorted(expected):
        if bridge_id in site.bridges and port_id in site.ports and not {bridge_id, port_id} & site.raced:
            before = {"bridgeId": bridge_id, "macAddr": mac, "portId": port_id, "vlanId": 0}
            key_text = f"{bridge_id}/0/{mac}/{port_id}"
            verdicts.deleted(
                "mac_port", key_text, before, "removed-object", "MAC entry of a VIF port is gone"
            )


def classify_arp_tables(site: Site, verdicts: Verdicts, roles: PortMap) -> None:
    """Entries of floating IPs are the server's, those of hand-made DHCP hosts were made with them.

    The API does not tell learned entries from stored ones. Where the snapshot does not know either, an entry
    that nothing explains counts as learned on a bridge of Neutron and as made by hand elsewhere.
    """
    floating = {
        (item["floating_network_id"], item["floating_ip_address"]): item["id"] for item in site.floating_ips
    }
    all_floating = {
        (item.get("floating_network_id"), address): item["id"]
        for address, items in site.floating_ips_at.items()
        for item in items
    }
    link_macs = {mac_text(port["portMac"]) for links in roles.external_links.values() for _, _, port in links}
    hosts = {
        (item["@bridgeId"], item.get("ipAddr"), mac_text(item["macAddr"]))
        for item in site.midonet("dhcp_host")
        if verdicts.owner("dhcp_host", f"{item['@bridgeId']}/{item['@subnet']}/{item['macAddr']}")
        is Owner.USER
    }
    seen = set()
    for item in site.midonet("ip4_mac_pair"):
        bridge_id, mac = item["@bridgeId"], mac_text(item["macAddr"])
        place = (bridge_id, item["ip"])
        floating_ip = all_floating.get(place)
        if floating_ip and (mac in link_macs or (place in floating and mac.startswith(SERVER_MAC_PREFIX))):
            seen.add(place)
            reason = "" if place in floating else "left from when the floating IP was associated"
            record = neutron("arp-floating-ip", NeutronRef("floating_ips", floating_ip), reason=reason)
            verdicts.set("ip4_mac_pair", item, record)
            continue
        record = _arp_entry(site, item, (*place, mac) in hosts)
        verdicts.set("ip4_mac_pair", item, record)
        if record.owner is Owner.USER and bridge_id in site.networks:
            verdicts.inserted("ip4_mac_pair", item, "added-object", "ARP entry on a bridge of Neutron")
    for (bridge_id, address), floating_ip in floating.items():
        known = bridge_id in site.bridges and roles.external_links.get(bridge_id)
        if known and (bridge_id, address) not in seen and bridge_id not in site.raced:
            before = {"@bridgeId": bridge_id, "ip": address, "neutron": floating_ip}
            reason = "ARP entry of a floating IP is gone"
            verdicts.deleted("ip4_mac_pair", f"{bridge_id}/{address}", before, "removed-object", reason)


def _arp_entry(site: Site, item: JsonObject, of_host: bool) -> OwnerRecord:
    if of_host:
        return user("arp-dhcp-host", "made by the server with a DHCP host made by hand")
    if item.get("@persistent") is False:
        return OwnerRecord(Owner.RUNTIME, "arp-learned", "learned")
    if item.get("@persistent") is None and item["@bridgeId"] in site.networks:
        reason = "taken for learned: the API does not tell learned entries from stored ones"
        return OwnerRecord(Owner.RUNTIME, "arp-unproven", reason)
    return user("arp-user", "neither a floating IP's nor learned")


def classify_ip_addr_groups(site: Site, verdicts: Verdicts) -> None:
    """A group is Neutron's if its id is a security group's; its addresses are those of the ports in it."""
    for group in site.midonet("ip_addr_group"):
        if group["id"] in site.security_groups:
            ref = NeutronRef("security_groups", group["id"])
            verdicts.set("ip_addr_group", group, neutron("group-security-group", ref, Role.IP_ADDR_GROUP))
        else:
            verdicts.set("ip_addr_group", group, user("group-user", "its id is no security group"))
    present = {group["id"] for group in site.midonet("ip_addr_group")}
    for group_id in site.security_groups.keys() - present - site.raced:
        before = {"id": group_id, "name": site.security_groups[group_id].get("name")}
        reason = "the security group has no address group"
        verdicts.deleted("ip_addr_group", group_id, before, "removed-object", reason)
    _group_addresses(site, verdicts, present)


def _group_addresses(site: Site, verdicts: Verdicts, present: set[str]) -> None:
    expected: defaultdict[str, dict[str, str]] = defaultdict(dict)
    former: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for port in site.neutron_ports.values():
        table = expected if is_vif(port) and port["id"] in site.ports else former
        for group_id in port.get("security_groups") or []:
            for address in fixed_addresses(port):
                table[group_id][address] = port["id"]
    interfaces = _interface_addresses(site)
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for item in site.midonet("ip_addr_group_addr"):
        group_id, address = item["ipAddrGroupId"], address_text(item["addr"])
        port_id = expected.get(group_id, {}).get(address)
        if port_id is not None:
            seen[group_id].add(address)
            verdicts.set("ip_addr_group_addr", item, neutron("address-port", port_ref(port_id)))
            continue
        group = site.security_groups.get(group_id)
        stale = former.get(group_id, {}).get(address)
        if group is not None and stale is None:
            stale = interfaces.get((group.get("tenant_id"), address))
        if group is not None and stale is not None:
            reason = "left from before the port became a router interface"
            verdicts.set("ip_addr_group_addr", item, neutron("address-stale", port_ref(stale), reason=reason))
            continue
        reason = "no port of the security group has it" if group else "in a group made by hand"
        verdicts.set("ip_addr_group_addr", item, user("address-user", reason))
        if group is not None:
            verdicts.inserted("ip_addr_group_addr", item, "added-object", "address in a security group")
    for group_id, addresses in expected.items():
        if group_id not in present or group_id not in site.security_groups or group_id in site.raced:
            continue
        for address in sorted(addresses.keys() - seen[group_id]):
            before = {"ipAddrGroupId": group_id, "addr": address, "neutron": addresses[address]}
            reason = "address of a port is gone from its security group"
            verdicts.deleted("ip_addr_group_addr", f"{group_id}/{address}", before, "removed-object", reason)


def _interface_addresses(site: Site) -> dict[tuple[str | None, str], str]:
    """Router interfaces by tenant and address; one made from a VIF port may have left its address behind."""
    return {
        (port.get("tenant_id"), address): port["id"]
        for port in site.neutron_ports.values()
        if port.get("device_owner") == ROUTER_INTERFACE
        for address in fixed_addresses(port)
    }
