"""SECURITYGROUP and SECURITYGROUPRULE: chains, rules, and groups of addresses (imp 3.9)."""

from __future__ import annotations

from typing import Final

from midonet_migrate.plan.derived_ids import in_chain_id, non_header_rule_id, out_chain_id
from midonet_migrate.verify.expected_rules import ICMP, literal
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object, stored_subnet

PROTOCOLS: Final = {"TCP": 6, "UDP": 17, "ICMP": ICMP, "ICMPV6": 58}
_ETHERTYPES: Final = {"ARP": 2054, "IPV4": 2048, "IPV6": 34525}


def create_group(site: Site, message: Object) -> None:
    """The two chains of a group with its rules, and its addresses."""
    key = message["id"]
    site.create("SecurityGroup", key, message)
    inbound, outbound = in_chain_id(key), out_chain_id(key)
    site.chain(inbound, f"OS_SG_{key}_EGRESS")
    site.chain(outbound, f"OS_SG_{key}_INGRESS")
    for rule in message.get("security_group_rules", []):
        _add_rule(site, rule)
    site.create(
        "IPAddrGroup",
        key,
        {
            # Java's getter of an unset name gives the empty text, which is then set.
            "name": message.get("name", ""),
            "inbound_chain_id": inbound,
            "outbound_chain_id": outbound,
        },
    )


def update_group(site: Site, message: Object) -> None:
    """Name and description, empty if the task has none; the rules stay."""
    retained = site.get("SecurityGroup", message["id"])
    for field in ("name", "description"):
        retained[field] = message.get(field, "")
    site.get("IPAddrGroup", message["id"])["name"] = retained["name"]


def create_rule(site: Site, message: Object) -> None:
    """A rule that comes on its own; the retained group lists it too."""
    site.get("SecurityGroup", message["security_group_id"]).setdefault("security_group_rules", []).append(
        message
    )
    _add_rule(site, message)


def _add_rule(site: Site, rule: Object) -> None:
    key, group = rule["id"], rule["security_group_id"]
    site.create("SecurityGroupRule", key, rule)
    incoming = rule.get("direction", "EGRESS") == "INGRESS"
    chain = out_chain_id(group) if incoming else in_chain_id(group)
    condition: Object = {}
    if "protocol" in rule:
        condition["nw_proto"] = PROTOCOLS[rule["protocol"]]
    if "ethertype" in rule:
        condition["dl_type"] = _ETHERTYPES[rule["ethertype"]]
    if "remote_ip_prefix" in rule:
        condition["nw_src_ip" if incoming else "nw_dst_ip"] = stored_subnet(rule["remote_ip_prefix"])
    if "remote_group_id" in rule:
        condition["ip_addr_group_id_src" if incoming else "ip_addr_group_id_dst"] = rule["remote_group_id"]
    ports = _ports(rule)
    if not ports:
        site.rule(chain, key, literal("ACCEPT", {**condition, "fragment_policy": "ANY"}))
        return
    site.rule(chain, key, literal("ACCEPT", {**condition, **ports, "fragment_policy": "HEADER"}))
    later = literal("ACCEPT", {**condition, "fragment_policy": "NONHEADER"})
    site.rule(chain, non_header_rule_id(key), later)


def _ports(rule: Object) -> Object:
    low, high = rule.get("port_range_min"), rule.get("port_range_max")
    if rule.get("protocol") == "ICMP":
        parts = {"tp_src": low, "tp_dst": high}
        return {
            field: {"start": number, "end": number} for field, number in parts.items() if number is not None
        }
    span = {bound: number for bound, number in (("start", low), ("end", high)) if number is not None}
    return {"tp_dst": span} if span else {}
