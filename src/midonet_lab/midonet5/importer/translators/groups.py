"""SECURITYGROUP and SECURITYGROUPRULE (imp 3.9)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java_values import ZERO_UUID, parse_subnet
from midonet_lab.midonet5.importer.shapes import rule
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import in_chain_id, non_header_rule_id, out_chain_id

PROTOCOLS = {"TCP": 6, "UDP": 17, "ICMP": 1, "ICMPV6": 58}
ETHER_TYPES = {"ARP": 2054, "IPV4": 2048, "IPV6": 34525}


class SecurityGroupTranslator(Translator):
    """SECURITYGROUP. Neutron's ingress is MidoNet's outbound."""

    message = "SecurityGroup"

    def create(self, context: Context, group: StoredObject) -> None:
        """Two chains, the rules, and the address group; each rule is also kept on its own."""
        group_id = group["id"]
        name = group.get("name", "")
        inbound, outbound = in_chain_id(group_id), out_chain_id(group_id)
        context.create("Chain", id=inbound, name=f"OS_SG_{group_id}_EGRESS")
        context.create("Chain", id=outbound, name=f"OS_SG_{group_id}_INGRESS")
        for security_rule in group.get("security_group_rules", ()):
            context.create("SecurityGroupRule", **{**security_rule, "id": copied(security_rule, "id")})
            create_rules(context, security_rule)
        context.create(
            "IPAddrGroup", id=group_id, name=name, inbound_chain_id=inbound, outbound_chain_id=outbound
        )

    def update(self, context: Context, group: StoredObject) -> None:
        """The name."""
        address_group = context.get("IPAddrGroup", group["id"])
        context.update("IPAddrGroup", address_group, name=group.get("name", ""))

    def delete(self, context: Context, group_id: str) -> None:
        """Chains with their rules, the address group, the rules kept on their own."""
        group = context.find("SecurityGroup", group_id) or {}
        for security_rule in group.get("security_group_rules", ()):
            context.delete("SecurityGroupRule", security_rule["id"])
        context.delete("Chain", in_chain_id(group_id))
        context.delete("Chain", out_chain_id(group_id))
        context.delete("IPAddrGroup", group_id)


class SecurityGroupRuleTranslator(Translator):
    """SECURITYGROUPRULE."""

    message = "SecurityGroupRule"

    def create(self, context: Context, security_rule: StoredObject) -> None:
        """The rule, and its place in the group that is kept."""
        group = context.get("SecurityGroup", security_rule.get("security_group_id"))
        create_rules(context, security_rule)
        rules = [*group.get("security_group_rules", ()), security_rule]
        context.update("SecurityGroup", group, security_group_rules=rules)

    def delete(self, context: Context, rule_id: str) -> None:
        """Both rules, and the one in the group that is kept."""
        security_rule = context.find("SecurityGroupRule", rule_id)
        if security_rule is None:
            return
        context.delete("Rule", rule_id)
        context.delete("Rule", non_header_rule_id(rule_id))
        group = context.find("SecurityGroup", security_rule.get("security_group_id"))
        if group is not None:
            rules = [other for other in group.get("security_group_rules", ()) if other["id"] != rule_id]
            context.update("SecurityGroup", group, security_group_rules=rules)


def create_rules(context: Context, security_rule: StoredObject) -> None:
    """One rule, or with ports two: for the first fragment and for the others."""
    condition: dict[str, Any] = {
        "nw_proto": PROTOCOLS.get(security_rule.get("protocol", "")),
        "dl_type": ETHER_TYPES.get(security_rule.get("ethertype", "")),
    }
    prefix = security_rule.get("remote_ip_prefix")
    subnet = None if prefix is None else parse_subnet(prefix)
    group = security_rule.get("security_group_id", ZERO_UUID)
    if security_rule.get("direction", "EGRESS") == "INGRESS":
        chain = out_chain_id(group)
        condition |= {"nw_src_ip": subnet, "ip_addr_group_id_src": security_rule.get("remote_group_id")}
    else:
        chain = in_chain_id(group)
        condition |= {"nw_dst_ip": subnet, "ip_addr_group_id_dst": security_rule.get("remote_group_id")}
    rule_id = copied(security_rule, "id")
    ports = _ports(security_rule)
    if not ports:
        condition["fragment_policy"] = "ANY"
        rule(context, rule_id, chain_id=chain, action="ACCEPT", condition=condition)
        return
    first = {**condition, **ports, "fragment_policy": "HEADER"}
    rule(context, rule_id, chain_id=chain, action="ACCEPT", condition=first)
    others = {**condition, "fragment_policy": "NONHEADER"}
    rule(context, non_header_rule_id(rule_id), chain_id=chain, action="ACCEPT", condition=others)


def _ports(security_rule: StoredObject) -> dict[str, dict[str, int]]:
    low, high = security_rule.get("port_range_min"), security_rule.get("port_range_max")
    if security_rule.get("protocol") == "ICMP":
        named = {"tp_src": (low, low), "tp_dst": (high, high)}  # type and code
    else:
        named = {"tp_dst": (low, high)}
    ranges = {
        name: {
            key: number for key, number in zip(("start", "end"), bounds, strict=True) if number is not None
        }
        for name, bounds in named.items()
    }
    return {name: bounds for name, bounds in ranges.items() if bounds}
