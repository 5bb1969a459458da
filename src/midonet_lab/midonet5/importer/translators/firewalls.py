"""FIREWALL (imp 3.12)."""

from __future__ import annotations

import re
from typing import Any

from midonet_lab.midonet5.importer.building import copied
from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.java import NUMBER_FORMAT, ImporterFailure, illegal_argument
from midonet_lab.midonet5.importer.shapes import drop, jump, literal
from midonet_lab.midonet5.importer.translators.base import Translator
from midonet_lab.midonet5.importer.translators.groups import PROTOCOLS
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id, forward_chain_id

_DECIMAL = re.compile(r"[+-]?\d+", re.ASCII)
_ACTIONS = {"ALLOW": "RETURN", "DENY": "DROP"}


class FirewallTranslator(Translator):
    """FIREWALL."""

    message = "NeutronFirewall"

    def create(self, context: Context, firewall: StoredObject) -> None:
        """A chain of the firewall's rules; its routers jump there."""
        chain = forward_chain_id(firewall["id"])
        context.create("Chain", id=chain, name=f"OS_FW_FORWARD_{firewall['id']}")
        self._fill(context, chain, firewall)
        self._connect(context, chain, firewall)

    def update(self, context: Context, firewall: StoredObject) -> None:
        """The rules anew; an unknown firewall is created, one without its last router deleted."""
        firewall_id = firewall["id"]
        if firewall.get("last_router", False):
            self.delete(context, firewall_id)
            context.delete("NeutronFirewall", firewall_id)
            return
        chain = context.find("Chain", forward_chain_id(firewall_id))
        if context.find("NeutronFirewall", firewall_id) is None or chain is None:
            context.create("NeutronFirewall", **firewall)
            self.create(context, firewall)
            return
        context.update("NeutronFirewall", {}, **firewall)
        for rule_id in chain.get("rule_ids", ()):
            context.delete("Rule", rule_id)
        self._fill(context, chain["id"], firewall)
        for router_id in firewall.get("del_router_ids", ()):
            context.delete("Rule", derived_id(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, router_id))
        self._connect(context, chain["id"], firewall)

    def delete(self, context: Context, firewall_id: str) -> None:
        """The chain, with its rules by the binding, and the jumps of the routers named last."""
        firewall = context.find("NeutronFirewall", firewall_id) or {}
        for router_id in firewall.get("add_router_ids", ()):
            context.delete("Rule", derived_id(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, router_id))
        context.delete("Chain", forward_chain_id(firewall_id))

    def _fill(self, context: Context, chain: str, firewall: StoredObject) -> None:
        if not firewall.get("admin_state_up", False):
            drop(context, chain)
        literal(context, chain, "ACCEPT", match_return_flow=True)
        for rule in firewall.get("firewall_rule_list", ()):
            if rule.get("ip_version", 4) == 6:
                raise illegal_argument("Only IPv4 firewall rule supported.")
            if rule.get("enabled", False):
                # The real translator sets no type either.
                context.create(
                    "Rule",
                    id=copied(rule, "id"),
                    chain_id=chain,
                    action=_ACTIONS[rule.get("action", "ALLOW")],
                    condition=context.build("Condition", **_condition(rule)),
                )
        drop(context, chain)

    def _connect(self, context: Context, chain: str, firewall: StoredObject) -> None:
        """Neutron names all routers each time, also those that jump already: they are left as they are."""
        for router_id in firewall.get("add_router_ids", ()):
            rule_id = derived_id(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, router_id)
            if context.find("Rule", rule_id) is not None:
                continue
            context.get("Router", router_id)
            target = forward_chain_id(router_id)
            if not context.features.interface_port_group:
                jump(context, target, chain, rule_id)
                continue
            group = derived_id(Derived.ROUTER_INTERFACE_PORT_GROUP, router_id)
            context.create(
                "Rule",
                id=rule_id,
                type="JUMP_RULE",
                chain_id=target,
                action="JUMP",
                # Traffic between two interfaces of the router passes by; all other goes there.
                condition={
                    "conjunction_inv": True,
                    "in_port_group_id": group,
                    "inv_in_port_group": True,
                    "out_port_group_id": group,
                    "inv_out_port_group": True,
                    "fragment_policy": "ANY",
                },
                jump_rule_data={"jump_chain_id": chain},
            )


def _condition(rule: StoredObject) -> dict[str, Any]:
    return {
        "nw_proto": PROTOCOLS.get(rule.get("protocol", "")),
        "nw_src_ip": rule.get("source_ip_address"),
        "nw_dst_ip": rule.get("destination_ip_address"),
        "tp_src": _range(rule.get("source_port")),
        "tp_dst": _range(rule.get("destination_port")),
    }


def _range(text: str | None) -> dict[str, int] | None:
    if text is None:
        return None
    words = text.rstrip(":").split(":")  # Java drops empty parts at the end
    bounds = [_port(word) for word in words]
    return {"start": bounds[0], "end": bounds[-1]}


def _port(text: str) -> int:
    if not _DECIMAL.fullmatch(text):
        raise ImporterFailure(NUMBER_FORMAT, f'For input string: "{text}"')
    return int(text)
