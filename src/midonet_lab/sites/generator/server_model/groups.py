"""Security groups: an address group and two chains each (old 4.1, 4.4)."""

from __future__ import annotations

from typing import Any

from midonet_lab.sites.generator.addresses import is_v6, split_cidr
from midonet_lab.sites.generator.ground_truth import NEUTRON, neutron
from midonet_lab.sites.generator.identities import NONHEADER, derived_id
from midonet_lab.sites.generator.server_model.ports import IPV4, IPV6
from midonet_lab.sites.generator.server_model.state import Server
from midonet_migrate.model.keys import JsonObject

ICMP = 1
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": ICMP, "icmpv6": 58, "6": 6, "17": 17, "1": ICMP, "58": 58}
_ETHERTYPES = {"ipv4": IPV4, "ipv6": IPV6}
_DEFAULT_ETHERTYPE = "IPv4"
"""Neutron's default; what the server makes of NULL was never seen."""


def create_security_group(server: Server, group: JsonObject) -> None:
    """The address group carries the security group's id; its chains have random ids."""
    truth = neutron("security_group", group["id"])
    server.topology.add("ip_addr_group", truth, id=group["id"], name=group["name"])
    ingress, egress = (
        server.topology.add(
            "chain",
            truth,
            id=server.random_id(),
            name=f"OS_SG_{group['id']}_{direction}",
            tenantId=group["tenant_id"],
        )
        for direction in ("INGRESS", "EGRESS")
    )
    server.group_chains[group["id"]] = (ingress, egress)
    for rule in group["security_group_rules"]:
        if not is_v6(rule["remote_ip_prefix"] or ""):  # the server refuses those (old 4.1)
            _add_rule(server, rule, ingress if rule["direction"] == "ingress" else egress)


def _add_rule(server: Server, rule: JsonObject, chain: JsonObject) -> None:
    members = _condition(rule)
    truth = neutron("security_group_rule", rule["id"])
    if rule["port_range_max"] is None:
        server.topology.add_rule(chain["id"], truth, id=rule["id"], **members)
        return
    first = rule["port_range_max"] if members["nwProto"] == ICMP else rule["port_range_min"]
    ports = {"start": first, "end": rule["port_range_max"]}
    server.topology.add_rule(
        chain["id"], truth, id=rule["id"], **members, fragmentPolicy="header", tpDst=ports
    )
    # Fragments carry no ports: they pass when the rest matches.
    second = derived_id(rule["id"], NONHEADER)
    server.topology.add_rule(chain["id"], NEUTRON, id=second, **members, fragmentPolicy="nonheader")


def _condition(rule: JsonObject) -> dict[str, Any]:
    ingress = rule["direction"] == "ingress"
    members: dict[str, Any] = {
        "type": "accept",
        "matchForwardFlow": not ingress,
        "dlType": _ETHERTYPES[(rule["ethertype"] or _DEFAULT_ETHERTYPE).lower()],
        # Numbers the server does not know become 0, that is any protocol (old 4.4).
        "nwProto": _PROTOCOLS.get((rule["protocol"] or "").lower(), 0),
    }
    if rule["remote_group_id"]:
        members["ipAddrGroupSrc" if ingress else "ipAddrGroupDst"] = rule["remote_group_id"]
    if rule["remote_ip_prefix"]:
        address, length = split_cidr(rule["remote_ip_prefix"])
        side = "Src" if ingress else "Dst"
        members |= {f"nw{side}Address": address, f"nw{side}Length": length}
    return members
