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
    store.create("SecurityGroup", group)
    store.create("Chain", derive(Derived.IN_CHAIN, group))
    store.create("Chain", derive(Derived.OUT_CHAIN, group))
    store.create("IPAddrGroup", group)
    for rule in message.get("security_group_rules", []):
        _create_rule(store, rule)


def update_group(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Only name and description."""
    del behaviour
    store.get("SecurityGroup", message["id"])


def create_rule(store: Store, behaviour: Behaviour, message: Message) -> None:
    """A rule on its own: its group must exist."""
    del behaviour
    store.get("SecurityGroup", message["security_group_id"])
    _create_rule(store, message)


def _create_rule(store: Store, rule: Message) -> None:
    store.create("SecurityGroupRule", rule["id"])
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
