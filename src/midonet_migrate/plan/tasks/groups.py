"""Security groups: one task per group, its rules inside (orig 2.3, imp 3.9)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.fit import unreadable
from midonet_migrate.plan.tasks.group_conversion import convert_rule
from midonet_migrate.plan.tasks.protocols import NAMED, protocol_number
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import Field, data_types
from midonet_migrate.plan.tasks.values import enum_name, is_uuid, to_subnet

GROUPS = "security_groups"
RULES = "security_group_rules"
_PORTS = ("port_range_min", "port_range_max")


class _RulePlanner:
    """Sorts the rules of a group into those that travel inside, those to convert and those left out."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.fields = _rule_fields(draft)
        self.seen: set[str] = set()
        self.kept: list[JsonObject] = []
        self.converted: list[tuple[JsonObject, int]] = []

    def start(self) -> None:
        self.kept, self.converted = [], []

    def add(self, rule: JsonObject, group: str) -> None:
        """Decide on one rule: anything unclear is left out, never widened."""
        key = _key(rule)
        if key[1] in self.seen:
            self._leave_out(key, Bucket.SKIPPED, "duplicate-id", "a rule with this id is in another group")
            return
        self.seen.add(key[1])
        if str(rule.get("security_group_id")) != group:
            why = f"it stands in group {group} but belongs to {rule.get('security_group_id')}"
            self._leave_out(key, Bucket.SKIPPED, "rule-of-other-group", why)
            return
        named, number = self._protocol(key, rule)
        if named is None and number is None:
            why = f"protocol {rule.get('protocol')!r} is unknown to the importer"
            self._leave_out(key, Bucket.UNSUPPORTED, "unknown-protocol", why)
            return
        fitted = self._ports(key, named if named is not None else {**rule, "protocol": None})
        if fitted is None:
            return
        problem = "its id is not a UUID" if not is_uuid(key[1]) else ""
        problem = problem or unreadable(self.fields, fitted) or _bad_prefix(fitted)
        if problem:
            self._leave_out(key, Bucket.UNSUPPORTED, "unreadable-rule", problem)
        elif number is not None:
            self.converted.append((fitted, number))
        else:
            self.kept.append(fitted)

    def _protocol(self, key: ObjectKey, rule: JsonObject) -> tuple[JsonObject | None, int | None]:
        """The rule with a protocol the importer can name, or the number it cannot."""
        protocol = rule.get("protocol")
        if protocol is None or protocol == "":
            return rule, None
        if enum_name(protocol, owner=False) in self.fields["protocol"].enum:
            return rule, None
        number = protocol_number(protocol)
        name = NAMED.get(str(number))
        if name is None:
            return None, number
        self.draft.rewrite(key, "numeric-protocol", f'protocol "{protocol}" -> "{name}"')
        return {**rule, "protocol": name}, None

    def _ports(self, key: ObjectKey, rule: JsonObject) -> JsonObject | None:
        low, high = (rule.get(name) for name in _PORTS)
        protocol = str(rule.get("protocol") or "").lower()
        if protocol == "icmpv6" and (low is not None or high is not None):
            action = f"port_range_min {low} and port_range_max {high} -> null: matches every ICMPv6 type"
            self.draft.rewrite(key, "icmpv6-ports", action)
            return {**rule, **dict.fromkeys(_PORTS)}
        if protocol != "icmp" and isinstance(low, int) and isinstance(high, int) and low > high:
            why = f"the port range {low}-{high} is reversed: it would make the whole chain unreadable in 5.x"
            self._leave_out(key, Bucket.UNSUPPORTED, "reversed-port-range", why)
            return None
        return rule

    def _leave_out(self, key: ObjectKey, bucket: Bucket, rule: str, why: str) -> None:
        if key not in self.draft.outcomes:
            self.draft.leave_out(key, bucket, rule, why)


def plan_groups(draft: Draft) -> None:
    """Tasks for all groups; an outcome for each group and for each rule, also for rules without a group."""
    planner = _RulePlanner(draft)
    for group in draft.items(GROUPS):
        _plan_group(draft, planner, group)
    for rule in draft.items(RULES):
        if _key(rule) not in draft.outcomes:
            owner = rule.get("security_group_id")
            listed = f"its group {owner} does not list it"
            why = listed if draft.queued(GROUPS, owner) else draft.absence(GROUPS, owner)
            draft.leave_out(_key(rule), Bucket.SKIPPED, "dangling-group", why)


def _plan_group(draft: Draft, planner: _RulePlanner, group: JsonObject) -> None:
    key = (GROUPS, str(group["id"]))
    planner.start()
    for rule in group.get("security_group_rules") or []:
        planner.add(rule, key[1])
    data = {**group, "security_group_rules": planner.kept}
    if not draft.queue(key, "SECURITYGROUP", data):
        for rule in planner.kept + [rule for rule, _ in planner.converted]:
            draft.place(_key(rule), Bucket.SKIPPED, "group-left-out", draft.absence(GROUPS, key[1]))
        return
    for rule in planner.kept:
        draft.place(_key(rule), Bucket.TASK)
    for rule, number in planner.converted:
        convert_rule(draft, _key(rule), rule, number)


def _key(rule: JsonObject) -> ObjectKey:
    return (RULES, str(rule.get("id")))


def _rule_fields(draft: Draft) -> dict[str, Field]:
    fields = data_types(draft.options.target_version)["SECURITYGROUP"].fields or {}
    return fields["security_group_rules"].nested


def _bad_prefix(rule: JsonObject) -> str:
    prefix = rule.get("remote_ip_prefix")
    if prefix is None or prefix == "":
        return ""
    try:
        to_subnet(prefix)
    except Refused as refused:
        return refused.message
    return ""
