"""FLOATINGIP (imp 3.8)."""

from __future__ import annotations

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.shapes import STATIC, rule, single, translation
from midonet_lab.midonet5.importer.translators.association import Attachment, arp_node_of, attachment
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id, in_chain_id, out_chain_id

_RULES = (
    Derived.FLOATING_IP_SNAT_RULE,
    Derived.FLOATING_IP_DNAT_RULE,
    Derived.FLOATING_IP_REVERSE_DNAT_RULE,
)


class FloatingIpTranslator(Translator):
    """FLOATINGIP."""

    message = "FloatingIp"

    def create(self, context: Context, floating_ip: StoredObject) -> None:
        """With a port: the ARP entry and the NAT rules."""
        if "port_id" in floating_ip:
            place = attachment(context, floating_ip)
            context.create_node(arp_node_of(context, floating_ip, place))
            self._create_rules(context, floating_ip, place)

    def update(self, context: Context, floating_ip: StoredObject) -> None:
        """Only a change of port or router counts."""
        old = context.get("FloatingIp", floating_ip["id"])
        if (old.get("port_id"), old.get("router_id")) == (
            floating_ip.get("port_id"),
            floating_ip.get("router_id"),
        ):
            return
        if "port_id" not in old:
            self.create(context, floating_ip)
        elif "port_id" not in floating_ip:
            self._disassociate(context, old)
        else:
            self._move(context, old, floating_ip)

    def delete(self, context: Context, floating_id: str) -> None:
        """Disassociate: router and port must still be there."""
        floating_ip = context.find("FloatingIp", floating_id)
        if floating_ip is not None and "port_id" in floating_ip:
            self._disassociate(context, floating_ip)

    def _disassociate(self, context: Context, floating_ip: StoredObject) -> None:
        context.delete_node(arp_node_of(context, floating_ip, attachment(context, floating_ip)))
        self._delete_rules(context, floating_ip["id"])

    def _move(self, context: Context, old: StoredObject, new: StoredObject) -> None:
        place = attachment(context, new)
        if old.get("router_id") != new.get("router_id"):
            context.delete_node(arp_node_of(context, old, attachment(context, old)))
            context.create_node(arp_node_of(context, new, place))
        self._delete_rules(context, new["id"])
        self._create_rules(context, new, place)

    def _create_rules(self, context: Context, floating_ip: StoredObject, place: Attachment) -> None:
        snat, dnat, reverse = (derived_id(what, floating_ip["id"]) for what in _RULES)
        fixed, floating = copied(floating_ip, "fixed_ip_address"), copied(floating_ip, "floating_ip_address")
        port = {"fip_port_id": floating_ip["port_id"], "kind": "NAT_RULE"}
        rule(
            context,
            snat,
            action="ACCEPT",
            condition={
                "out_port_ids": [place.router_port],
                "nw_src_ip": single(fixed),
                "fragment_policy": "ANY",
            },
            nat_rule_data=translation(context, dnat=False, address=floating, ports=STATIC),
            **port,
        )
        rule(
            context,
            dnat,
            action="ACCEPT",
            condition={
                "in_port_ids": [place.router_port],
                "nw_dst_ip": single(floating),
                "fragment_policy": "ANY",
            },
            nat_rule_data=translation(context, dnat=True, address=fixed, ports=STATIC),
            **port,
        )
        outbound = [snat]
        if context.features.reverse_icmp_rule:
            rule(
                context,
                reverse,
                action="CONTINUE",
                condition={
                    "out_port_ids": [place.router_port],
                    "icmp_data_dst_ip": single(fixed),
                    "fragment_policy": "ANY",
                },
                nat_rule_data=translation(context, dnat=True, address=floating, ports=STATIC),
                **port,
            )
            outbound.insert(0, reverse)
        router_id = floating_ip["router_id"]
        for chain_id, first in ((in_chain_id(router_id), [dnat]), (out_chain_id(router_id), outbound)):
            context.prepend_rules(chain_id, first)

    def _delete_rules(self, context: Context, floating_id: str) -> None:
        for what in _RULES:
            context.delete("Rule", derived_id(what, floating_id))
