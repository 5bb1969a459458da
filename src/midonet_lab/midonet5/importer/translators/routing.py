"""Rules and ids that ROUTER, ROUTERINTERFACE and PORT share (imp 3.6, 3.7)."""

from __future__ import annotations

from typing import Any

from midonet_lab.midonet5.importer.context import Context
from midonet_lab.midonet5.importer.shapes import ANY_PORT, METADATA, REVERSE_SNAT, rule, single, translation
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import (
    Derived,
    derived_id,
    in_chain_id,
    out_chain_id,
    same_subnet_snat_rule_id,
)

_GATEWAY_RULES = (
    Derived.OUT_SNAT_RULE,
    Derived.OUT_DROP_UNMATCHED_FRAGMENTS_RULE,
    Derived.IN_REVERSE_SNAT_RULE,
    Derived.IN_DROP_WRONG_PORT_TRAFFIC_RULE,
)
_ICMP = 1


def create_gateway_rules(context: Context, router_id: str, port: str, address: Any) -> None:
    """SNAT of a router with a gateway."""
    inbound, outbound = in_chain_id(router_id), out_chain_id(router_id)
    source = {"out_port_ids": [port], "nw_src_ip": single(address), "nw_src_inv": True}
    rule(
        context,
        derived_id(Derived.OUT_SNAT_RULE, router_id),
        kind="NAT_RULE",
        chain_id=outbound,
        action="ACCEPT",
        condition=source,
        nat_rule_data=translation(context, dnat=False, address=address, ports=ANY_PORT),
    )
    rule(
        context,
        derived_id(Derived.OUT_DROP_UNMATCHED_FRAGMENTS_RULE, router_id),
        chain_id=outbound,
        action="DROP",
        condition={**source, "fragment_policy": "ANY"},
    )
    rule(
        context,
        derived_id(Derived.IN_REVERSE_SNAT_RULE, router_id),
        kind="NAT_RULE",
        chain_id=inbound,
        action="ACCEPT",
        condition={"in_port_ids": [port], "nw_dst_ip": single(address)},
        nat_rule_data=REVERSE_SNAT,
    )
    rule(
        context,
        derived_id(Derived.IN_DROP_WRONG_PORT_TRAFFIC_RULE, router_id),
        chain_id=inbound,
        action="DROP",
        condition={"nw_dst_ip": single(address), "nw_proto": _ICMP, "nw_proto_inv": True},
    )


def delete_gateway_rules(context: Context, router_id: str) -> None:
    """Take that away again."""
    for what in _GATEWAY_RULES:
        context.delete("Rule", derived_id(what, router_id))


def interface_snat_rule_ids(router: StoredObject, port: str) -> list[str]:
    """The rules of same-subnet SNAT of an interface: in the out chain, in the in chain."""
    chains = (router.get("outbound_filter_id"), router.get("inbound_filter_id"))
    return [same_subnet_snat_rule_id(chain, port) for chain in chains if chain is not None]


def create_interface_rules(context: Context, router: StoredObject, port: str, address: Any) -> None:
    """SNAT of traffic that goes back into the subnet it came from."""
    outbound, inbound = router["outbound_filter_id"], router["inbound_filter_id"]
    rule(
        context,
        same_subnet_snat_rule_id(outbound, port),
        kind="NAT_RULE",
        chain_id=outbound,
        action="ACCEPT",
        condition={
            "match_forward_flow": True,
            "in_port_ids": [port],
            "out_port_ids": [port],
            "nw_dst_ip": METADATA,
            "nw_dst_inv": True,
        },
        nat_rule_data=translation(
            context, dnat=False, address=address, ports=context.features.interface_range
        ),
    )
    rule(
        context,
        same_subnet_snat_rule_id(inbound, port),
        kind="NAT_RULE",
        chain_id=inbound,
        action="ACCEPT",
        condition={"match_return_flow": True, "in_port_ids": [port], "nw_dst_ip": single(address)},
        nat_rule_data=REVERSE_SNAT,
    )
