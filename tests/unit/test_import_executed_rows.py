"""What the doctor remembers of executed rows: the same as replaying all of them anew, at any point."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from golden_stalls import ImportedTopology, numbered, planned, stalls
from importer_records import base, port_row, row
from midonet_migrate.plan.diagnosis.diagnose import diagnose
from midonet_migrate.plan.diagnosis.executed import Attempt, ExecutedRows
from midonet_migrate.plan.diagnosis.leader import Leadership, NeutronAddress
from midonet_migrate.plan.diagnosis.model import SiteFacts
from midonet_migrate.plan.tasks import TaskRow
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import TargetVersion

NEUTRON = NeutronAddress("192.0.2.1", 3306, "neutron", "neutron")
LEADERSHIP = Leadership(hosts=("11111111-1111-4111-8111-111111111111",), has_worked=True)
NEW, SUBNET = "5f3a7d5c-1b9e-4c57-8a3b-aaaaaaaaaaaa", "62c36a1d-15a5-404f-8274-fbe054f33220"


def after(rows: tuple[TaskRow, ...]) -> ExecutedRows:
    executed = ExecutedRows("5.2.1", {})
    for one in rows:
        executed.execute(one)
    return executed


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_every_recorded_stall_is_diagnosed_alike_with_the_executed_rows_remembered(
    golden: Path, version: TargetVersion
) -> None:
    """Remembered while the import went on, and asked again and again without a trace of the asking."""
    seen = 0
    for record, facts, _ in stalls(golden, version):
        seen += 1
        marker = facts.marker or 0
        anew = diagnose(facts, ImportedTopology(facts), LEADERSHIP, NEUTRON)
        executed = ExecutedRows(version, facts.hosts)
        done = [one for one in facts.rows if one.id <= marker]
        for one in done:
            if one is done[-1]:
                executed.attempt(one)  # as if it had been asked about before it went through
            executed.execute(one)
        waiting = tuple(one for one in facts.rows if one.id > marker or (one.id, one.type) == (1, "FLUSH"))
        remembered = msgspec.structs.replace(facts, rows=waiting, executed=executed)
        for _ in range(2):
            found = diagnose(remembered, ImportedTopology(facts), LEADERSHIP, NEUTRON)
            assert found == anew, record["task"]
    assert seen > 100


def test_an_attempt_changes_nothing_whether_it_succeeds_or_not() -> None:
    """The network is made twice only if the first making is forgotten; the refused port leaves no trace."""
    executed = after(numbered(base()))
    network = row("NETWORK", NEW)
    first, second = executed.attempt(network), executed.attempt(network)
    assert isinstance(first, Attempt)
    assert first == second
    assert ("Network", NEW) in first.makes
    orphan = port_row(NEW, "compute:nova", SUBNET, "10.0.0.77", network=NEW)
    assert isinstance(executed.attempt(orphan), Refused)
    assert executed.attempt(network) == first
    executed.execute(network)
    assert isinstance(executed.attempt(network), Refused)
    assert executed.unexplained == 0


def test_the_size_of_a_request_counts_what_was_executed_and_not_what_was_asked_about() -> None:
    """Each port of a network makes the next one's request larger (imp 8.2)."""
    rows = numbered(base())
    executed = after(rows)
    port = port_row(NEW, "compute:nova", SUBNET, "10.0.0.77")
    attempt = executed.attempt(port)
    assert isinstance(attempt, Attempt)
    before = executed.request_size(port, attempt, limit=1_048_575, live=0).size
    assert executed.request_size(port, attempt, limit=1_048_575, live=0).size == before > 0
    executed.execute(msgspec.structs.replace(port, id=len(rows) + 1))
    other = port_row(NEW[:-1] + "b", "compute:nova", SUBNET, "10.0.0.78")
    attempt = executed.attempt(other)
    assert isinstance(attempt, Attempt)
    assert executed.request_size(other, attempt, limit=1_048_575, live=0).size > before


def test_rows_that_cannot_be_explained_are_counted_and_passed() -> None:
    """The topology was changed by others: the importer went on, and so does the replay."""
    rows = numbered([*base(), port_row(NEW, "compute:nova", SUBNET, "10.0.0.9", network=NEW)])
    executed = after(rows)
    assert (executed.unexplained, executed.last_id) == (1, len(rows))
    facts = SiteFacts(
        version="5.2.1",
        marker=len(rows),
        rows=(),
        plan=planned(rows),
        hosts={},
        request_limit=1_048_575,
        executed=executed,
    )
    found = diagnose(facts, ImportedTopology(facts), LEADERSHIP, NEUTRON)
    assert any("1 executed rows cannot be explained" in line for line in found.evidence)
