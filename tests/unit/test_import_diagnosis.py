"""What the doctor finds beyond the rows: settings of the leader, topology, sizes, markers, other tools."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest

from golden_stalls import ImportedTopology, numbered, planned
from importer_records import NETWORK, SUBNET, base, port_row, row, subnet_row
from midonet_migrate.plan.diagnosis.diagnose import (
    diagnose,
    diagnose_skipped,
    preview,
    skipped_tasks,
)
from midonet_migrate.plan.diagnosis.leader import Configuration, Leadership, NeutronAddress
from midonet_migrate.plan.diagnosis.model import Diagnosis, SiteFacts
from midonet_migrate.plan.tasks import TaskRow
from midonet_migrate.steps.stall import stall_error, stall_lines

HOST, OTHER_HOST = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NEUTRON = NeutronAddress("192.0.2.1", 3306, "neutron", "neutron")
NEW = "5f3a7d5c-1b9e-4c57-8a3b-aaaaaaaaaaaa"


def facts(rows: list[TaskRow], marker: int | None, **members: Any) -> SiteFacts:
    table = numbered(rows)
    given: dict[str, Any] = {
        "version": "5.2.1",
        "marker": marker,
        "rows": table,
        "plan": planned(table),
        "hosts": {},
        "request_limit": 1_048_575,
    }
    return SiteFacts(**(given | members))


def configuration(**members: Any) -> Configuration:
    given: dict[str, Any] = {
        "host": HOST,
        "enabled": True,
        "driver": "org.mariadb.jdbc.Driver",
        "connection_string": "jdbc:mysql://192.0.2.1:3306/neutron",
        "user": "neutron",
        "same_password": True,
        "login": "works",
    }
    return Configuration(**(given | members))


def examine(
    what: SiteFacts, topology: ImportedTopology | None = None, leadership: Leadership | None = None
) -> Diagnosis:
    led = leadership or Leadership(hosts=(HOST,), configurations=(configuration(),))
    return diagnose(what, topology or ImportedTopology(what), led, NEUTRON)


def led_by(*, has_worked: bool = False, **members: Any) -> Leadership:
    return Leadership(
        hosts=(HOST, OTHER_HOST), has_worked=has_worked, configurations=(configuration(**members),)
    )


GOOD = [*base(), row("NETWORK", NEW)]


@pytest.mark.parametrize(
    ("members", "rule", "cause", "words"),
    [
        ({"driver": "com.mysql.jdbc.Driver"}, "jdbc-driver", "configuration", "com.mysql.jdbc.Driver"),
        ({"driver": " "}, "jdbc-driver", "configuration", "empty"),
        ({"connection_string": " "}, "connection-string", "configuration", "blank"),
        ({"connection_string": "mysql://x/y"}, "connection-string", "configuration", "URL"),
        ({"login": "refused", "login_error": "(1045) no"}, "importer-login", "database", "1045"),
        ({"login": "unreachable", "same_password": False}, "importer-login", "database", "password"),
        ({"login": "unreachable", "login_error": "(2003) no route"}, "importer-login", "database", "2003"),
    ],
)
def test_a_leader_that_cannot_import_is_named_with_the_setting_that_is_wrong(
    members: dict[str, Any], rule: str, cause: str, words: str
) -> None:
    """It holds the latch and answers on its API; only its settings tell (imp 1.8, 4.1)."""
    found = examine(facts(GOOD, len(base())), leadership=led_by(**members))
    assert (found.rule, found.cause, found.restart) == (rule, cause, True)
    assert words in found.why
    assert HOST in found.what
    assert "restart" in found.remedy
    assert any(OTHER_HOST in line for line in found.evidence)
    assert not found.can_be_quarantined


def test_settings_of_a_leader_that_has_worked_are_not_to_blame() -> None:
    """A driver put into addons works, and settings changed since its start have no effect yet."""
    found = examine(
        facts([*base(), row("SUBNET", NEW, network_id=NEW)], len(base())),
        leadership=led_by(has_worked=True, driver="com.mysql.jdbc.Driver"),
    )
    assert (found.cause, found.rule) == ("task", "not-found")


def test_settings_that_would_not_have_let_it_take_part_are_not_its_own() -> None:
    """They were changed since it started, or cannot be found."""
    pending = facts(GOOD, len(base()))
    for enabled in (None, False):
        led = led_by(enabled=enabled, driver="com.mysql.jdbc.Driver")
        assert examine(pending, leadership=led).rule == "unknown"


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, []),
        ({"connection_string": "jdbc:mysql://other:3306/neutron"}, ["server is other, Neutron's 192.0.2.1"]),
        ({"connection_string": "jdbc:mysql://192.0.2.1:3307/neutron"}, ["port is 3307, Neutron's 3306"]),
        ({"connection_string": "jdbc:mysql://192.0.2.1/other"}, ["database is 'other', Neutron's 'neutron'"]),
        ({"user": "midonet"}, ["user is 'midonet', Neutron's 'neutron'"]),
        ({"same_password": False}, ["password is not Neutron's"]),
        ({"same_password": None}, []),
    ],
)
def test_a_login_that_fails_is_told_with_every_setting_that_is_not_neutrons(
    members: dict[str, Any], told: list[str]
) -> None:
    found = examine(facts(GOOD, len(base())), leadership=led_by(login="refused", **members))
    assert [line for line in found.evidence if "Neutron's" in line] == [
        next(line for line in found.evidence if words in line) for words in told
    ]


@pytest.mark.parametrize("names", [("localhost", "127.0.0.1"), ("127.0.0.1", "localhost")])
def test_two_names_of_this_machine_are_one_server(names: tuple[str, str]) -> None:
    led = led_by(login="refused", connection_string=f"jdbc:mysql://{names[0]}:3306/neutron")
    what = facts(GOOD, len(base()))
    neutron = NeutronAddress(names[1], 3306, "neutron", "neutron")
    found = diagnose(what, ImportedTopology(what), led, neutron)
    assert not [line for line in found.evidence if "Neutron's" in line]


def test_a_bad_row_is_told_rather_than_a_login_that_only_fails_from_here() -> None:
    bad = facts([*base(), row("SUBNET", NEW, network_id=NEW)], len(base()))
    assert examine(bad, leadership=led_by(login="unreachable")).rule == "not-found"


def test_nobody_leads_because_it_is_off_or_down_or_was_not_restarted() -> None:
    pending = facts(GOOD, len(base()))

    def without(**members: Any) -> Diagnosis:
        return examine(pending, leadership=Leadership(**members))

    off = without(configurations=(configuration(enabled=False), configuration(enabled=None)))
    down = without(configurations=(configuration(),), api="Connection refused")
    absent = without(configurations=(configuration(),))
    assert [found.rule for found in (off, down, absent)] == [
        "importer-off",
        "cluster-down",
        "importer-absent",
    ]
    assert "Connection refused" in down.why
    assert [found.certain for found in (off, down, absent)] == [True, False, False]
    assert {found.held_back for found in (off, down, absent)} == {1}


def test_an_object_that_is_there_already_is_a_left_over() -> None:
    """No row has made it: an earlier import, or somebody with the API."""
    pending = facts(GOOD, len(base()))
    topology = ImportedTopology(pending)
    topology.objects.add(("Network", NEW))
    found = examine(pending, topology)
    assert (found.cause, found.rule, found.certain) == ("topology", "left-over", True)
    assert NEW in found.why
    assert found.task is not None
    assert found.task.resource_id == NEW


def test_nodes_of_an_earlier_import_stop_5_0_2_but_not_5_2_1() -> None:
    """Its tables lie outside of zoom; who removes zoom alone leaves them (imp 3.3, 5.4)."""
    for version, expected in (("5.0.2", "left-over"), ("5.2.1", "unknown")):
        pending = facts(GOOD, len(base()), version=version)
        topology = ImportedTopology(pending)
        topology.nodes.add(f"bridges/{NEW}/mac_ports")
        assert examine(pending, topology).rule == expected


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("5.2.1", f"zoom/0/tables/Network/{NETWORK}/ip4_mac_table/10.0.0.77,fa:16:3e:fe:00:aa,2147483647"),
        ("5.2.1", f"zoom/0/tables/Network/{NETWORK}/mac_table/0/fa:16:3e:fe:00:aa,{NEW},2147483647"),
        ("5.0.2", f"bridges/{NETWORK}/mac_ports/fa:16:3e:fe:00:aa,{NEW},2147483647"),
    ],
)
def test_a_table_entry_made_by_hand_stops_the_port_that_seeds_it(version: str, path: str) -> None:
    rows = [*base(), port_row(NEW, "compute:nova", SUBNET, "10.0.0.77")]
    pending = facts(rows, len(base()), version=version)
    topology = ImportedTopology(pending)
    assert preview(pending, topology) is None
    topology.nodes.add(path)
    found = preview(pending, topology)
    assert found is not None
    assert found.rule == "left-over"
    assert path in found.why


def test_what_was_imported_and_deleted_since_is_missing() -> None:
    pending = facts([*base(), subnet_row(NEW, NETWORK, "10.9.0.0/24")], len(base()))
    topology = ImportedTopology(pending)
    topology.objects.discard(("NeutronNetwork", NETWORK))
    found = examine(pending, topology)
    assert (found.cause, found.rule) == ("topology", "vanished")
    assert NETWORK in found.why


def test_the_simulation_is_not_believed_where_zookeeper_shows_otherwise() -> None:
    """Somebody made the network by hand, whole: the next row passes, so it cannot be the reason."""
    pending = facts([*base(), subnet_row(NEW, OTHER_HOST, "10.9.0.0/24")], len(base()))
    topology = ImportedTopology(pending)
    assert examine(pending, topology).rule == "not-found"
    topology.objects.add(("NeutronNetwork", OTHER_HOST))
    assert examine(pending, topology).rule == "unknown"


def many_ports(count: int) -> list[TaskRow]:
    ports = []
    for number in range(count):
        identity = str(UUID(int=UUID(NEW).int + 0x1000 + number))
        made = port_row(identity, "compute:nova", SUBNET, f"10.0.{number >> 8}.{number & 255}")
        data = {**dict(made.data), "mac_address": f"02:00:00:00:{number >> 8:x}:{number & 255:x}"}  # type: ignore[arg-type]
        ports.append(msgspec.structs.replace(made, data=data))
    return ports


def test_a_request_that_is_too_large_is_found_by_arithmetic() -> None:
    """Nothing is logged there (imp 8.2); 1 MiB is the servers' default whatever the setting says."""
    rules = [
        {"id": str(UUID(int=number + 1)), "security_group_id": NEW, "port_range_min": 1, "port_range_max": 2}
        for number in range(700)
    ]
    pending = facts([*base(), row("SECURITYGROUP", NEW, security_group_rules=rules)], len(base()))
    found = examine(pending)
    assert (found.cause, found.certain, found.restart) == ("request-size", True, True)
    assert "jute.maxbuffer" in found.why + found.remedy
    raised = msgspec.structs.replace(pending, request_limit=4_194_304)
    assert examine(raised).cause == "request-size"
    assert not examine(raised).certain
    small = facts([*base(), row("SECURITYGROUP", NEW, security_group_rules=rules[:600])], len(base()))
    assert examine(small).rule == "unknown"


def test_the_size_of_the_nodes_as_they_are_counts_too() -> None:
    """What others put into the same network and subnet makes the request larger than the rows tell."""
    rows = [*base(), *many_ports(1)]
    pending = facts(rows, len(base()))
    assert examine(pending).rule == "unknown"
    large = ImportedTopology(pending, Dhcp=600_000, Network=500_000)
    assert examine(pending, large).cause == "request-size"
    retained = ImportedTopology(pending, Dhcp=600_000, NeutronNetwork=500_000)
    assert examine(pending, retained).rule == "unknown"


def test_a_flush_row_stops_everything_however_far_the_import_is() -> None:
    flush = TaskRow(id=1, type="FLUSH", data_type="NULL", transaction_id="f")
    rows = numbered([*base(), row("NETWORK", NEW)], 2)
    given = SiteFacts(
        version="5.2.1",
        marker=len(base()) + 1,
        rows=(flush, *rows),
        plan=planned(rows),
        hosts={},
        request_limit=1_048_575,
    )
    found = examine(given)
    assert (found.rule, found.scope, found.cause) == ("row-flush", "poll", "row")
    assert found.task is not None
    assert (found.task.id, found.task.ours) == (1, False)
    assert "DELETE FROM midonet_tasks WHERE id = 1" in found.remedy


def test_a_bad_row_of_somebody_else_far_behind_holds_back_ours_and_cannot_be_quarantined() -> None:
    pending = facts(GOOD, len(base()))
    bad = TaskRow(id=9000, type="create", data_type="NETWORK", resource_id=NEW, data="{}")
    found = examine(msgspec.structs.replace(pending, rows=(*pending.rows, bad)))
    assert (found.rule, found.scope) == ("row-type", "poll")
    assert not found.can_be_quarantined
    assert "not of this plan" in found.what
    ours = msgspec.structs.replace(pending.rows[-1], type="create")
    spoilt = examine(msgspec.structs.replace(pending, rows=(*pending.rows[:-1], ours)))
    assert spoilt.can_be_quarantined
    assert any("changed this row" in line for line in spoilt.evidence)


def test_a_marker_that_was_deleted_under_the_cluster() -> None:
    found = examine(facts(GOOD, None))
    assert (found.cause, found.restart) == ("marker", True)


def test_tasks_of_the_plan_that_have_no_row() -> None:
    pending = facts(GOOD, len(base()))
    found = examine(msgspec.structs.replace(pending, rows=pending.rows[:-1]))
    assert found.cause == "rows-lost"
    assert NEW in found.evidence[0]


def test_rows_that_came_too_late_are_found_by_what_they_should_have_made() -> None:
    """At or below the marker nothing is ever read (imp 1.7)."""
    done = facts(GOOD, len(GOOD))
    topology = ImportedTopology(done)
    tasks = [done.plan[number] for number in sorted(done.plan)]
    assert skipped_tasks(tasks, len(GOOD), topology) == []
    topology.objects.discard(("NeutronNetwork", NEW))
    skipped = skipped_tasks(tasks, len(GOOD), topology)
    assert [task.resource_id for task in skipped] == [NEW]
    assert diagnose_skipped(skipped, len(GOOD)).cause == "rows-skipped"


def test_an_unknown_reason_is_told_as_a_suspicion_with_the_next_task() -> None:
    found = examine(facts(GOOD, len(base())))
    assert (found.cause, found.certain) == ("unknown", False)
    assert NEW in found.what
    assert "suspicion" in stall_error(found).why


def test_the_error_tells_everything_and_no_secret() -> None:
    """CONFIG carries the plug-in's own section, password and all (imp 1.9)."""
    config = {"id": NEW, "password": "hunter2", "nested": {"auth_token": "abc123", "ok": "seen"}}
    broken = "{'id': '1', 'password': 'hunter2', \"metadata_secret\": \"s3cret\", 'name': 'seen'}"
    for data in (config, broken):
        rows = [
            *base(),
            TaskRow(type="UPDATE", data_type="CONFIG", resource_id=NEW, data=data),
        ]
        found = examine(facts(rows, len(base())))
        error = stall_error(found)
        shown = "\n".join([error.what, error.why, error.hint, *error.problems, *stall_lines(found)])
        assert error.exit_status == 40
        for secret in ("hunter2", "abc123", "s3cret"):
            assert secret not in shown
            assert secret not in msgspec.json.encode(found).decode()
        assert "seen" in shown
        assert "CONFIG" in error.what
