"""Security groups and their rules (db 2.6)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings
from midonet_migrate.source.neutron.order import by, by_id, in_order
from midonet_migrate.source.neutron.ports import shared
from midonet_migrate.source.neutron.rows import Rows

_REPEATED = ("tenant_id", "security_group_id", "remote_group_id", "direction", "ethertype", "protocol")


def read_security_groups(
    rows: Rows, findings: Findings
) -> tuple[dict[str, JsonObject], dict[str, JsonObject]]:
    """Groups by id, each with its rules, and the same rules flat by id."""
    rules: dict[str, JsonObject] = {}
    of_group: dict[str, list[JsonObject]] = {}
    for item in rows.dicts(tables.GROUP_RULES):
        for name in _REPEATED:
            item[name] = shared(item[name])
        rules[item["id"]] = item
        of_group.setdefault(item["security_group_id"], []).append(dict(item))
    groups: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.GROUPS):
        item["security_group_rules"] = in_order(of_group.pop(item["id"], []), by("id"))
        groups[item["id"]] = item
    for key, rule in rules.items():
        for member in ("security_group_id", "remote_group_id"):
            findings.dangling("security group", "security_group_rules", key, rule[member], groups)
    return by_id(groups), by_id(rules)
