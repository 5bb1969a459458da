"""Comparing a whole site, object by object as it is read: nothing that was read is kept for long."""

from __future__ import annotations

from typing import Any, Final

from midonet_migrate.verify.compare import compare_leniently, compare_strictly
from midonet_migrate.verify.model import Findings
from midonet_migrate.verify.rule_order import RuleOrder
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.tunnel_keys import TunnelKeys
from midonet_migrate.verify.values import Object

FIRST_CLASSES: Final = ("Chain", "Dhcp", "DhcpV6", "Route")
"""Must be read before all others: chains say where rules stand, the rest which random ids there are."""
NOT_TOPOLOGY: Final = frozenset({"C3POState"})
_BY_API: Final = frozenset({"BgpNetwork", "BgpPeer", "DhcpV6", "TraceRequest", "Vtep"})
"""Classes of which only presence and links are known here: their fields are compared by the API."""
_HEALTH: Final = frozenset(
    {("Pool", "status"), ("Pool", "mapping_status"), ("PoolMember", "status"), ("HealthMonitor", "status")}
)
"""What agents write once they check the health of members (new 2.16)."""


class Comparison:
    """Takes what is read from the new site, and finds what differs from ``site``, which is used up.

    Call :meth:`found` for every object, those of :data:`FIRST_CLASSES` first, :meth:`mac_entry` and
    :meth:`arp_entry` for every permanent entry, and then :meth:`finish`. ``agents`` says that agents of 5.x
    run: then what they write is not compared. Memory is that of the expected site.
    """

    def __init__(self, site: Site, findings: Findings, *, agents: bool = False) -> None:
        self._site = site
        self._findings = findings
        self._order = RuleOrder(site.rules, findings)
        self._left = site.objects
        self._agents = agents
        self._keys = TunnelKeys(site, findings)
        self._vxlan_networks = set(site.vxlan_ports.values())
        self._vxlan_left = dict(site.vxlan_ports)

    def unreadable(self, name: str, key: str, why: str) -> None:
        """An object whose text cannot be read."""
        self._findings.checked[name] += 1
        expected = self._left.get(name, {}).pop(key, None)
        self._findings.differ(name, key, "", expected, f"unreadable: {why}")

    def found(self, name: str, key: str, fields: Object) -> None:
        """An object of the new site; ``fields`` is used up."""
        if name in NOT_TOPOLOGY:
            return
        expected = self._left.get(name, {}).pop(key, None)
        if name == "Rule" and expected is None and self._order.rule(key, fields):
            return
        self._findings.checked[name] += 1
        if expected is None:
            expected = self._of_random_id(name, key, fields)
        if expected is None:
            self._findings.differ(name, key, "", None, fields)
            return
        if name == "Port":
            self._keys.take(key, fields)
        elif name == "Chain":
            self._chain(key, fields)
        elif name == "Network":
            self._network(key, fields)
        self._forgive_cuts(name, key, expected, fields)
        if expected != fields:
            self._compare(name, key, expected, fields)

    def _chain(self, key: str, fields: Object) -> None:
        self._order.chain(key, fields.pop("rule_ids", []))
        optional = self._site.jumps.get(key)
        if optional and "jump_rule_ids" in fields:
            kept = [rule for rule in fields.pop("jump_rule_ids") if rule not in optional]
            if kept:  # ZOOM writes no empty list
                fields["jump_rule_ids"] = kept

    def _network(self, key: str, fields: Object) -> None:
        """The server gives networks of the API keys of their own, and those of VTEPs numbers and ports."""
        if self._site.is_by_api("Network", key):
            fields.pop("tunnel_key", None)
        if key in self._vxlan_networks:
            fields.pop("vni", None)
            made = self._site.vxlan_ports
            for name in ("vxlan_port_ids", "port_ids"):
                kept = [port for port in fields.pop(name, []) if port not in made]
                if kept:
                    fields[name] = kept

    def _forgive_cuts(self, name: str, key: str, expected: Object, fields: Object) -> None:
        """What is known to be lost when 5.0.2's API writes a port: the link of its floating IPs' rules."""
        if name == "Port" and key in self._site.cut_ports and "fip_nat_rule_ids" not in fields:
            expected.pop("fip_nat_rule_ids", None)
        elif (
            name == "Rule"
            and "fip_port_id" not in fields
            and expected.get("fip_port_id") in self._site.cut_ports
        ):
            self._site.cut_rules += 1
            del expected["fip_port_id"]

    def _compare(self, name: str, key: str, expected: Object, fields: Object) -> None:
        def differ(field: str, wanted: Any, actual: Any) -> None:
            if not (self._agents and (name, field) in _HEALTH):
                self._findings.differ(name, key, field, wanted, actual)

        if name in _BY_API:
            known = {field: fields[field] for field in expected if field in fields}
            compare_leniently(name, expected, known, differ)
        elif self._site.is_by_api(name, key):
            compare_leniently(name, expected, fields, differ)
        else:
            compare_strictly(expected, fields, differ)

    def _of_random_id(self, name: str, key: str, fields: Object) -> Object | None:
        """What is promised under an id that nobody can know before; None for what is not promised."""
        expected: Object | None = None
        network = str(fields.get("network_id"))
        if name == "Route" and fields.get("next_hop") == "LOCAL":
            port = str(fields.get("next_hop_port_id"))
            expected = self._site.local_routes.pop(port, None)
            self._expect_back("Port", port, "route_ids", key, expected)
        elif name == "Dhcp":
            place = (network, str(fields.get("subnet_address")))
            expected = self._site.dhcp_subnets.pop(place, None)
            self._expect_back("Network", network, "dhcp_ids", key, expected)
        elif name == "DhcpV6" and self._site.dhcp_v6[network]:
            self._site.dhcp_v6[network] -= 1
            expected = {"network_id": network}
            self._expect_back("Network", network, "dhcpv6_ids", key, expected)
        elif name == "Port" and self._vxlan_left.pop(key, ""):
            return fields
        if expected is None:
            return None
        self._site.touch(name, key)
        return {"id": key, **expected}

    def _expect_back(self, name: str, owner: str, field: str, key: str, made: Object | None) -> None:
        """The owner of something with a random id lists it."""
        fields = self._left.get(name, {}).get(owner)
        if made is not None and fields is not None:
            fields.setdefault(field, set()).add(key)

    def mac_entry(self, network: str, vlan: int, mac: str, port: str) -> None:
        """A permanent entry of a network's MAC table."""
        self._findings.checked["mac entry"] += 1
        entries = self._site.mac_entries.get(network, set())
        if (vlan, mac, port) in entries:
            entries.remove((vlan, mac, port))
        else:
            self._findings.differ("mac entry", f"{network}/{vlan}/{mac}/{port}", "", None, "permanent")

    def arp_entry(self, network: str, address: str, mac: str) -> None:
        """A permanent entry of a network's ARP table."""
        self._findings.checked["arp entry"] += 1
        entries = self._site.arp_entries.get(network, set())
        if (address, mac) in entries:
            entries.remove((address, mac))
        else:
            self._findings.differ("arp entry", f"{network}/{address}/{mac}", "", None, "permanent")

    def finish(self, last_key: int | None) -> None:
        """Everything was read: what is missing, rules out of order, tunnel keys.

        ``last_key`` is the last tunnel key that was handed out, None when that is not known.
        """
        site, differ = self._site, self._findings.differ
        self._order.finish()
        for name, objects in sorted(self._left.items()):
            for key, expected in objects.items():
                differ(name, key, "", expected, None)
        for port, content in site.local_routes.items():
            differ("Route", f"{port}/local", "", content, None)
        for (network, subnet), content in site.dhcp_subnets.items():
            differ("Dhcp", f"{network}/{subnet}", "", content, None)
        for network, count in site.dhcp_v6.items():
            if count:
                differ("DhcpV6", network, "", {"network_id": network}, None)
        for port, network in self._vxlan_left.items():
            differ("Port", port, "", {"network_id": network, "id": port}, None)
        for network, macs in sorted(site.mac_entries.items()):
            for vlan, mac, port in sorted(macs):
                differ("mac entry", f"{network}/{vlan}/{mac}/{port}", "", "permanent", None)
        for network, addresses in sorted(site.arp_entries.items()):
            for address, mac in sorted(addresses):
                differ("arp entry", f"{network}/{address}/{mac}", "", "permanent", None)
        self._keys.finish(last_key)
