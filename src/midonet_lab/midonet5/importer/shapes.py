"""Values that several translators use: subnets, rules, routes (imp 3.1)."""

from __future__ import annotations

from random import randrange
from typing import Any

from midonet_lab.midonet5.importer.building import Unset
from midonet_lab.midonet5.importer.context import Context, random_id
from midonet_lab.midonet5.topology.text_format import StoredObject
from midonet_migrate.plan.derived_ids import Derived, derived_id

ANY_SUBNET: dict[str, Any] = {"version": "V4", "address": "0.0.0.0", "prefix_length": 0}
METADATA = {"version": "V4", "address": "169.254.169.254", "prefix_length": 32}
ARP_TYPE = 2054
ROUTE_WEIGHT = 100
ANY_PORT = (1, 65535)
STATIC = (0, 0)


def single(address: Any) -> Any:
    """The subnet of one address; that of an address that is not set is made of the defaults."""
    if isinstance(address, Unset):
        return {"version": "V4", "address": "", "prefix_length": 32}
    return {**address, "prefix_length": 32 if address["version"] == "V4" else 128}


def literal(context: Context, chain: str, action: str, **condition: Any) -> None:
    """Append a literal rule with a random id to a chain; its condition is always set."""
    rule(context, random_id(), chain_id=chain, action=action, condition=condition)


def drop(context: Context, chain: str) -> None:
    """Append a rule that drops everything."""
    rule(context, random_id(), chain_id=chain, action="DROP", condition=None)


def rule(
    context: Context,
    rule_id: Any,
    *,
    action: str,
    condition: dict[str, Any] | None,
    kind: str = "LITERAL_RULE",
    **fields: Any,
) -> StoredObject:
    """Create a rule. The condition is a message built before the rule; None: not set."""
    built = None if condition is None else context.build("Condition", **condition)
    return context.create("Rule", id=rule_id, type=kind, action=action, condition=built, **fields)


def jump(context: Context, chain: str, target: str, rule_id: str | None = None) -> None:
    """Append a jump to another chain."""
    rule(
        context,
        rule_id or random_id(),
        kind="JUMP_RULE",
        chain_id=chain,
        action="JUMP",
        condition=None,
        jump_rule_data={"jump_chain_id": target},
    )


def translation(context: Context, *, dnat: bool, address: Any, ports: tuple[int, int]) -> dict[str, Any]:
    """NAT data with one target."""
    target = context.build(
        "Rule.NatTarget", nw_start=address, nw_end=address, tp_start=ports[0], tp_end=ports[1]
    )
    return {"nat_targets": [target], "dnat": dnat}


def random_mac() -> str:
    """A MAC address of MidoNet's own range."""
    return "ac:ca:ba:" + ":".join(f"{randrange(256):02x}" for _ in range(3))


REVERSE_SNAT = {"dnat": False, "reverse": True}


def port_route(context: Context, route_id: str, port: str, destination: Any, **fields: Any) -> None:
    """A route through a port."""
    context.create(
        "Route",
        id=route_id,
        src_subnet=fields.pop("source", ANY_SUBNET),
        dst_subnet=destination,
        next_hop=fields.pop("next_hop", "PORT"),
        next_hop_port_id=port,
        weight=ROUTE_WEIGHT,
        **fields,
    )


def local_route(context: Context, port: str, address: Any) -> None:
    """The route to a router port's own address."""
    port_route(context, derived_id(Derived.LOCAL_ROUTE, port), port, single(address), next_hop="LOCAL")


def metadata_route(context: Context, router_port: str, source: Any, gateway: Any) -> None:
    """The route of a subnet to the metadata service behind its DHCP server."""
    port_route(
        context,
        derived_id(Derived.METADATA_SERVICE_ROUTE, router_port),
        router_port,
        METADATA,
        source=source,
        next_hop_gateway=gateway,
    )
