"""FIREWALL: rows of a plug-in with FWaaS; no plan has any (imp 3.12)."""

from __future__ import annotations

import re

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import Store

CLASS = "NeutronFirewall"
_IPV6 = 6
_PORTS = re.compile(r"[+-]?\d+(:[+-]?\d*)?")


class Firewall(msgspec.Struct, frozen=True):
    """The rules in its chain, and the routers whose forward chains jump there, as written last."""

    rules: tuple[int, ...]
    routers: tuple[int, ...]


def create_firewall(store: Store, behaviour: Behaviour, message: Message) -> None:
    """A chain with the enabled rules; its routers, which must exist, jump there."""
    store.create("Chain", derive(Derived.FORWARD_CHAIN, message["id"]))
    firewall = _fill(store, behaviour, message)
    store.create(CLASS, message["id"], firewall)


def update_firewall(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The rules anew; an unknown firewall is created, one without its last router deleted."""
    key = message["id"]
    if message.get("last_router", False):
        delete_firewall(store, behaviour, key)
        return
    before: Firewall | None = store.table(CLASS).get(key)
    if before is None:
        create_firewall(store, behaviour, message)
        return
    for rule in before.rules:
        store.remove("Rule", rule)
    for router in message.get("del_router_ids", []):
        store.remove("Rule", _jump(router))
    store.put(CLASS, key, _fill(store, behaviour, message))


def delete_firewall(store: Store, behaviour: Behaviour, firewall: int) -> None:
    """The chain with its rules, and the jumps of the routers that the last row named."""
    del behaviour
    found: Firewall | None = store.table(CLASS).get(firewall)
    if found is not None:
        for rule in (*found.rules, *map(_jump, found.routers)):
            store.remove("Rule", rule)
    store.remove("Chain", derive(Derived.FORWARD_CHAIN, firewall))
    store.remove(CLASS, firewall)


def _fill(store: Store, behaviour: Behaviour, message: Message) -> Firewall:
    rules = []
    for rule in message.get("firewall_rule_list", []):
        if rule.get("ip_version") == _IPV6:
            raise Refused("ipv6", "Only IPv4 firewall rule supported.")
        if not rule.get("enabled", False):
            continue
        if "id" not in rule:
            raise Refused("required-field", "Message missing required fields: firewall_rule_list.id")
        for name in ("source_port", "destination_port"):
            if name in rule and not _PORTS.fullmatch(rule[name]):
                raise Refused("invalid-value", f'{name}: For input string: "{rule[name]}"')
        store.create("Rule", rule["id"])
        rules.append(rule["id"])
    added = message.get("add_router_ids", [])
    if behaviour.reads_own_writes:
        added = list(dict.fromkeys(added))
    # Neutron names all routers each time, also those that jump already. Up to 5.2.1 only what was there
    # before the row is seen: a router named twice is two jumps of one id.
    for router in [each for each in added if not store.has("Rule", _jump(each))]:
        store.get("Router", router)
        store.create("Rule", _jump(router))
    return Firewall(tuple(rules), tuple(added))


def _jump(router: int) -> int:
    return derive(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, router)
