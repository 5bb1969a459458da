"""Alive, slow, leaderless or standing still: the verdict on one look after the other."""

from __future__ import annotations

from typing import Any

import pytest

from midonet_migrate.model.plan import Task
from midonet_migrate.plan.diagnosis.pace import Pace
from midonet_migrate.plan.diagnosis.pulse import Patience, Pulse, PulseWatch, Sample

LAST = 100
LEADER = ("_c_a-latch-0000000003",)


def look(time: float, marker: int | None = 0, **members: Any) -> Sample:
    return Sample(time=time, marker=marker, **({"participants": LEADER} | members))


def watch() -> PulseWatch:
    return PulseWatch(LAST, Patience(stall=5, confirm=10))


def test_an_import_that_moves_is_never_at_a_standstill() -> None:
    """One task every four seconds is slow, and alive."""
    pulse = watch()
    verdicts = {pulse.observe(look(4.0 * number, number)) for number in range(LAST)}
    assert verdicts == {Pulse.ELECTION, Pulse.MOVING}
    assert pulse.has_worked


def test_a_leader_under_whom_nothing_moves_is_at_a_standstill_after_the_time_set() -> None:
    pulse = watch()
    assert pulse.observe(look(0, 7)) is Pulse.ELECTION
    assert pulse.observe(look(4.9, 7)) is Pulse.ELECTION
    assert pulse.observe(look(5, 7)) is Pulse.STANDSTILL
    assert pulse.quiet_seconds(5) == 5
    assert not pulse.has_worked


def test_a_heartbeat_is_no_progress_but_tells_that_the_leader_works() -> None:
    """Rows that are not in the table give a heartbeat for ever, and a marker that stays."""
    pulse = watch()
    verdicts = [pulse.observe(look(second, 7, heartbeat=f"12:00:0{second}")) for second in range(7)]
    assert verdicts[-1] is Pulse.STANDSTILL
    assert pulse.has_worked


def test_a_new_leader_gets_time_and_has_not_worked_yet() -> None:
    """The broken node of two takes over: what the healthy one did before says nothing about it."""
    pulse = watch()
    pulse.observe(look(0, 7))
    pulse.observe(look(1, 8))
    assert pulse.leaders_changed == 0
    other = ("_c_b-latch-0000000004",)
    assert pulse.observe(look(30, 8, participants=other)) is Pulse.ELECTION
    assert not pulse.has_worked
    assert pulse.leaders_changed == 1
    assert pulse.observe(look(34, 8, participants=other)) is Pulse.ELECTION
    assert pulse.observe(look(35, 8, participants=other)) is Pulse.STANDSTILL


def test_nobody_leading_is_an_election_first_and_a_standstill_later() -> None:
    """A restart takes the latch away for some seconds."""
    pulse = watch()
    pulse.observe(look(0, 7))
    assert pulse.observe(look(1, 7, participants=())) is Pulse.ELECTION
    assert pulse.observe(look(6, 7, participants=())) is Pulse.STANDSTILL
    assert pulse.leaderless_seconds(6) == 5
    assert pulse.observe(look(7, 7)) is Pulse.ELECTION
    assert pulse.leaderless_seconds(7) == 0


@pytest.mark.parametrize("side", ["zookeeper", "database"])
def test_a_server_that_is_away_is_no_standstill_and_gives_the_usual_time_afterwards(side: str) -> None:
    pulse = watch()
    pulse.observe(look(0, 7))
    away = {side: "no connection"}
    for second in (1, 100, 200):
        marker = None if side == "zookeeper" else 7
        assert pulse.observe(look(second, marker, **away)) is Pulse.BLIND
    assert pulse.blind_seconds(201) == 200
    assert pulse.observe(look(202, 7)) is Pulse.ELECTION
    assert pulse.blind_seconds(203) == 0
    assert pulse.observe(look(206, 7)) is Pulse.ELECTION
    assert pulse.observe(look(207, 7)) is Pulse.STANDSTILL


def test_progress_counts_also_while_the_database_cannot_be_read() -> None:
    """The importer may reach it where we do not."""
    pulse = watch()
    pulse.observe(look(0, 7))
    assert pulse.observe(look(1, 8, database="gone")) is Pulse.MOVING


def test_the_end_needs_the_word_of_the_database_or_a_heartbeat() -> None:
    pulse = watch()
    assert pulse.observe(look(0, LAST, last_processed=99, heartbeat="a")) is Pulse.MOVING
    assert pulse.observe(look(1, LAST, last_processed=99, heartbeat="b")) is Pulse.DONE
    agreeing = watch()
    assert agreeing.observe(look(0, LAST, last_processed=LAST)) is Pulse.DONE


def test_an_end_that_the_database_never_confirms_is_told() -> None:
    pulse = watch()
    pulse.observe(look(0, LAST, last_processed=99, heartbeat="a"))
    assert pulse.observe(look(9, LAST, last_processed=99, heartbeat="a")) is Pulse.MOVING
    assert pulse.observe(look(10, LAST, last_processed=99, heartbeat="a")) is Pulse.UNCONFIRMED


def test_after_a_repair_it_gets_time_again_and_the_end_may_have_moved() -> None:
    pulse = watch()
    pulse.observe(look(0, 7))
    assert pulse.observe(look(5, 7)) is Pulse.STANDSTILL
    pulse.begin_anew(6)
    assert pulse.observe(look(10, 7)) is Pulse.ELECTION
    pulse.expect(7)
    assert pulse.observe(look(11, 7, last_processed=7)) is Pulse.DONE


def ports(count: int) -> list[Task]:
    """Ports in one network: the later ones take longer, because their request grows."""
    return [
        Task(
            id=number,
            type="CREATE",
            data_type="PORT",
            resource_id=f"port-{number}",
            transaction_id="t",
            data={
                "network_id": "net",
                "device_owner": "compute:nova",
                "security_groups": ["g"],
                "fixed_ips": [{"ip_address": "10.0.0.1", "subnet_id": "s"}],
            },
        )
        for number in range(11, 11 + count)
    ]


def test_the_rate_is_that_of_the_last_seconds_and_the_rest_is_weighted_by_what_tasks_cost() -> None:
    pace = Pace(ports(3000), "5.2.1")
    for second in range(31):
        pace.observe(float(second), 10 + 50 * second)
    assert pace.done(10 + 1500) == 1500
    assert round(pace.rate()) == 50
    left = pace.seconds_left()
    assert left is not None
    assert left > 45, "the second half of a large network takes longer than the first"
    assert pace.text().startswith("50/s, ")
    assert Pace([], "5.2.1").text() == ""


def test_the_time_left_ends_at_nothing() -> None:
    pace = Pace(ports(10), "5.0.2")
    for second in range(11):
        pace.observe(float(second), 10 + second)
    assert pace.seconds_left() == 0
    assert pace.total == 10
