"""SECURITYGROUP and SECURITYGROUPRULE (imp 3.9)."""

from __future__ import annotations

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import Store
from midonet_migrate.plan.tasks.values import to_subnet


def create_group(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Two chains, the address group, and the rules that travel inside."""
    del behaviour
    group = message["id"]
    rules = message.get("security_group_rules", [])
    store.create("SecurityGroup", group, tuple(rule["id"] for rule in rules))
    store.create("Chain", derive(Derived.IN_CHAIN, group))
    store.create("Chain", derive(Derived.OUT_CHAIN, group))
    store.create("IPAddrGroup", group)
    for rule in rules:
        _create_rule(store, rule)


def update_group(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Only name and description."""
    del behaviour
    store.get("SecurityGroup", message["id"])


def create_rule(store: Store, behaviour: Behaviour, message: Message) -> None:
    """A rule on its own: its group must exist."""
    del behaviour
    group = message["security_group_id"]
    rules = store.get("SecurityGroup", group)
    _create_rule(store, message)
    store.put("SecurityGroup", group, (*rules, message["id"]))


def delete_group(store: Store, behaviour: Behaviour, group: int) -> None:
    """With its chains, their rules and its addresses; nothing if it is unknown."""
    del behaviour
    for rule in store.table("SecurityGroup").get(group, ()):
        _delete_rule(store, rule)
    store.remove("SecurityGroup", group)
    store.remove("IPAddrGroup", group)
    for chain in (Derived.IN_CHAIN, Derived.OUT_CHAIN):
        store.remove("Chain", derive(chain, group))


def delete_rule(store: Store, behaviour: Behaviour, rule: int) -> None:
    """The rule, also in the group that is kept; nothing if it is unknown."""
    del behaviour
    group = store.table("SecurityGroupRule").get(rule)
    if group is None:
        return
    _delete_rule(store, rule)
    if store.has("SecurityGroup", group):
        left = tuple(other for other in store.get("SecurityGroup", group) if other != rule)
        store.put("SecurityGroup", group, left)


def _delete_rule(store: Store, rule: int) -> None:
    store.remove("SecurityGroupRule", rule)
    store.remove("Rule", rule)
    store.remove("Rule", derive(Derived.NON_HEADER_RULE, rule))


def _create_rule(store: Store, rule: Message) -> None:
    store.create("SecurityGroupRule", rule["id"], rule["security_group_id"])
    chain = Derived.OUT_CHAIN if rule.get("direction") == "INGRESS" else Derived.IN_CHAIN
    store.get("Chain", derive(chain, rule["security_group_id"]))
    if "remote_ip_prefix" in rule:
        try:
            to_subnet(rule["remote_ip_prefix"])
        except Refused as refused:
            raise Refused(refused.rule, f"remote_ip_prefix: {refused.message}") from None
    store.create("Rule", rule["id"])
    if "port_range_min" in rule or "port_range_max" in rule:
        store.create("Rule", derive(Derived.NON_HEADER_RULE, rule["id"]))
