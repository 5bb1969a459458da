"""The doctor at every place where a real importer of 5.2.1 or 5.0.2 stopped."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from golden_stalls import ImportedTopology, stalls
from importer_records import Record
from midonet_migrate.plan.diagnosis.diagnose import diagnose, preview
from midonet_migrate.plan.diagnosis.leader import Leadership, NeutronAddress
from midonet_migrate.plan.diagnosis.model import Diagnosis, SiteFacts
from midonet_migrate.plan.tasks.schema import TargetVersion
from recorded_obstacles import is_size

NEUTRON = NeutronAddress("192.0.2.1", 3306, "neutron", "neutron")
LEADERSHIP = Leadership(hosts=("11111111-1111-4111-8111-111111111111",))

RULES = {
    r"key not found": {"row-type", "row-data-type"},
    r"Invalid UUID string: (abc|0{32})?$": {"row-resource-id", "invalid-value"},
    r"Invalid UUID string": {"invalid-value", "row-resource-id"},
    r"AssertionError": {"row-flush", "row-data-type"},
    r"NullPointerException": {"data-missing"},
    r"JsonParseException": {"data-malformed"},
    r"not found in enum|Don't know how|IPv4 string must be .* but was(?! 2001| fd00)|not a valid cidr": {
        "invalid-value"
    },
    r"UninitializedMessage|No router ID|IndexOutOfBounds|no Chain with ID": {"required-field"},
    r"no Host with ID": {"binding-host", "not-found"},
    r"There is no \w+ with ID 0{8}-": {"not-found", "required-field"},
    r"There is no|Neutron Config\.": {"not-found"},
    r"A\(n\) Route": {"dhcp-port-order"},
    r"A\(n\)": {"exists"},
    r"already a node": {"duplicate-address"},
    r"via the field peer_id": {"conflict", "exists"},
    r"ReferenceConflict|already connected|already bound": {"conflict"},
    r"InvalidMac": {"mac-address"},
    r"IPv6|but was (2001|fd00)": {"ipv6"},
    r"No valid port": {"route"},
    r"has no port whose": {"floating-ip-address"},
    r"device_owner update|VIP IP changed|pool association|A health monitor may": {"update"},
    r"update not supported": {"operation"},
}
"""Error of the real importer -> rules that name its reason; the first pattern that fits counts."""


def expected_rules(record: Record) -> set[str]:
    if "IPv6 route" in record["task"]:
        return {"ipv6"}
    if is_size(record):
        return {"request-size"}  # the real one says nothing
    for pattern, rules in RULES.items():
        if re.search(pattern, str(record["error_message"]).strip()):
            return rules
    raise AssertionError(record["error_message"])


def named_by(error: str) -> str:
    """The id of the object that the real importer missed, or had already."""
    found = re.search(r"(?:no|A\(n\)) \w+ with ID ([0-9a-f-]{36})", error)
    return "" if found is None or found[1].startswith("00000000-0000-0000-0000") else found[1]


def complaint(record: Record, facts: SiteFacts, before: int, found: Diagnosis | None) -> str:
    """What is wrong with a diagnosis; empty if nothing is."""
    if found is None or found.task is None:
        return "nothing was found"
    if found.rule not in expected_rules(record):
        return f"rule {found.rule}"
    if found.scope != record["scope"] or not found.certain:
        return f"scope {found.scope}, certain {found.certain}"
    if record["scope"] == "task" and found.task.id != (facts.marker or 0) + 1:
        return f"task {found.task.id}, marker {facts.marker}"
    if not before < found.task.id <= len(facts.rows):
        return f"task {found.task.id} is none of the record's"
    if found.rule in {"not-found", "exists"} and named_by(str(record["error_message"])) not in found.why:
        return f"it does not name {named_by(str(record['error_message']))}"
    if len(found.why) < 20 or len(found.remedy) < 10 or not found.log:
        return f"few words: {found.why!r} {found.remedy!r}"
    return ""


@pytest.mark.parametrize(("version", "count"), [("5.2.1", 140), ("5.0.2", 142)])
def test_the_doctor_names_row_rule_reason_and_remedy_of_every_recorded_stall(
    golden: Path, version: TargetVersion, count: int
) -> None:
    """The same row, extent and reason as on the real importer, in words, with the object's id."""
    wrong, seen = [], 0
    for record, facts, before in stalls(golden, version):
        seen += 1
        found = diagnose(facts, ImportedTopology(facts), LEADERSHIP, NEUTRON)
        problem = complaint(record, facts, before, found)
        if problem:
            wrong.append((record["task"], record["error_message"], problem))
    assert wrong == []
    assert seen == count


def test_nothing_is_found_where_the_real_importer_went_on(golden: Path) -> None:
    """After the row is taken out, what was imported before gives no reason to stop."""
    for record, facts, before in stalls(golden, "5.2.1"):
        done = SiteFacts(
            version=facts.version,
            marker=before,
            rows=facts.rows[:before],
            plan={},
            hosts=facts.hosts,
            request_limit=facts.request_limit,
        )
        assert preview(done, ImportedTopology(done)) is None, record["task"]
