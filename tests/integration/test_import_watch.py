"""Watching a real import: the lab's importer on a real ZooKeeper and a real MariaDB."""

from __future__ import annotations

import io
import json
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from formats import require_format
from import_watch_site import (
    HOST,
    OTHER_HOST,
    PATIENT,
    QUICK,
    ROOT,
    UNCONFIRMED,
    WatchedSite,
    meanwhile,
    small_site,
)
from midonet_lab.neutron_database import create_neutron_database, drop_database
from midonet_lab.processes.mariadb import MariaDB
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import DatabaseUnreachable, ImporterStalled, StalePlan
from midonet_migrate.model.plan import Bucket, Task
from midonet_migrate.plan.quarantine import RULE
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.steps.import_checks import require_queued_tasks
from midonet_migrate.steps.stall import OnStall, Stall, asking, unattended
from midonet_migrate.steps.watch_import import STALL_FILE
from midonet_migrate.steps.watch_report import WatchOptions
from neutron_builders import identity
from server_fixtures import Database

MARKER = f"{ROOT}/zoom/0/models/C3POState/00000000-0000-0000-0000-000000000001"


@pytest.fixture(params=["5.2.1", "5.0.2"])
def any_version(request: pytest.FixtureRequest, site: WatchedSite) -> WatchedSite:
    site.version = request.param
    return site


@pytest.fixture(scope="module")
def shared_database(mariadb_server: MariaDB) -> Iterator[Database]:
    """One database for all tests of this file: making one takes longer than most of them."""
    name = "import_watch"
    create_neutron_database(mariadb_server, name)
    yield Database(mariadb_server, name)
    drop_database(mariadb_server.start(), name)


@pytest.fixture
def database(shared_database: Database) -> Database:
    """The same with an empty task table."""
    if shared_database.execute("SHOW TABLES LIKE 'midonet_tasks'"):
        shared_database.execute(
            "UPDATE midonet_data_state SET last_processed_task_id = NULL",
            "DELETE FROM midonet_tasks",
            "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1",
        )
    return shared_database


@pytest.fixture
def site(database: Database, zookeeper_root: ZooKeeper, tmp_path: Path) -> WatchedSite:
    return WatchedSite(tmp_path, database, zookeeper_root.hosts)


def task_of(site: WatchedSite, data_type: str, resource: str) -> Task:
    (found,) = [
        task
        for task in site.plan.tasks
        if (task.data_type, task.resource_id, task.type) == (data_type, resource, "CREATE")
    ]
    return found


def since(marker: int) -> WatchOptions:
    """What the importer does after this marker counts, also when it is done before the first look."""
    return msgspec.structs.replace(PATIENT, since=marker)


def spoil(site: WatchedSite, task: Task) -> None:
    """Give a row a member that no importer can read."""
    data = json.dumps({**task.data, "device_owner": "baremetal:none"})
    site.execute("UPDATE midonet_tasks SET data = :data WHERE id = :id", data=data, id=task.id)


def repair(site: WatchedSite, task: Task) -> None:
    site.execute(
        "UPDATE midonet_tasks SET data = :data WHERE id = :id", data=json.dumps(task.data), id=task.id
    )


def test_an_import_is_watched_to_its_end_and_the_second_run_has_nothing_to_do(
    any_version: WatchedSite,
) -> None:
    """The counts are those of the plan, rate and events are told, ZooKeeper and database agree."""
    site = any_version
    plan = site.prepare()
    with site.node():
        report = site.watch(options=since(0))
        again = site.watch()
    assert (report.tasks, report.executed, report.imported) == (len(plan.tasks),) * 3
    assert (report.marker, report.nothing_to_do, report.findings) == (plan.tasks[-1].id, False, ())
    assert f"importing tasks: {len(plan.tasks)} of {len(plan.tasks)}" in site.output.getvalue()
    assert (again.nothing_to_do, again.imported, again.executed) == (True, 0, len(plan.tasks))


def test_a_dry_run_looks_once_and_foresees_where_the_importer_would_stop(site: WatchedSite) -> None:
    site.prepare()
    spoiled = task_of(site, "PORT", identity(102))
    assert site.watch(dry_run=True).foreseen is None
    spoil(site, site.plan.tasks[0])
    report = site.watch(dry_run=True)
    assert report.foreseen is None or report.foreseen.task is not None
    site.execute("UPDATE midonet_tasks SET type = 'create' WHERE id = :id", id=spoiled.id)
    foreseen = site.watch(dry_run=True).foreseen
    assert foreseen is not None
    assert foreseen.task is not None
    assert (foreseen.task.id, foreseen.rule, foreseen.scope) == (spoiled.id, "row-type", "poll")
    assert read_journal(site.data).pending() == []


def test_a_poison_task_ends_the_watch_with_its_name_its_json_the_rule_and_the_remedy(
    site: WatchedSite,
) -> None:
    """Unattended, nothing said: exit status 40, and the file has all of it, readable by nobody else."""
    site.prepare()
    poison = task_of(site, "PORT", identity(103))
    spoil(site, poison)
    with site.node() as node, pytest.raises(ImporterStalled) as caught:
        site.watch()
    error = caught.value
    assert error.exit_status == 40
    assert f"task {poison.id}, CREATE PORT {poison.resource_id}" in error.what
    assert "device_owner" in error.why
    assert "--on-stall quarantine" in error.hint
    assert any('"baremetal:none"' in line for line in error.problems)
    assert any("somebody changed this row" in line for line in error.problems)
    require_format(site.data / STALL_FILE)
    stall = json.loads((site.data / STALL_FILE).read_text())
    assert (stall["rule"], stall["task"]["id"]) == ("invalid-value", poison.id)
    assert stat.S_IMODE((site.data / STALL_FILE).stat().st_mode) == 0o600
    assert node.importer is not None
    assert "NONE not found in enum" in str(node.importer.last_failure)


def test_quarantine_takes_the_task_and_its_dependants_out_and_the_import_goes_on(
    any_version: WatchedSite,
) -> None:
    """The network's subnet, its ports, their group's use, the interface: the rest is imported."""
    site = any_version
    before = site.prepare()
    poison = task_of(site, "SUBNET", identity(11))
    site.execute(
        "UPDATE midonet_tasks SET data = REPLACE(data, '10.0.1.0/24', '10.0.1.0/99') WHERE id = :id",
        id=poison.id,
    )
    with site.node():
        report = site.watch(on_stall=unattended(OnStall.QUARANTINE))
    gone = {item.id for item in report.quarantined}
    assert {item.data_type for item in report.quarantined} == {"SUBNET", "PORT", "ROUTERINTERFACE", "ROUTER"}
    assert site.ids() == [task.id for task in before.tasks if task.id not in gone]
    after = site.plan
    assert report.plan_changed
    assert [task.id for task in after.tasks] == site.ids()
    assert (report.executed, report.marker) == (len(after.tasks), after.tasks[-1].id)
    entries = {(entry.kind, entry.id): entry for entry in after.ledger}
    lost = entries["subnets", poison.resource_id]
    assert (lost.bucket, lost.rule) == (Bucket.SKIPPED, RULE)
    assert "10.0.1.0/99" in lost.reason
    assert len(entries) == len(before.ledger)
    (saved,) = (site.data / "saved").glob("*-tasks_quarantined.jsonl")
    assert {json.loads(line)["id"] for line in saved.read_text().splitlines()} == gone
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert read_journal(site.data).pending() == []


def test_ids_of_quarantined_tasks_are_never_used_again(site: WatchedSite) -> None:
    """Also when the last of all are taken out, and the server forgets its counter."""
    plan = site.prepare()
    last = plan.tasks[-1]
    assert last.type == "UPDATE"
    site.execute("UPDATE midonet_tasks SET data = '{' WHERE id = :id", id=last.id)
    with site.node():
        report = site.watch(on_stall=unattended(OnStall.QUARANTINE))
    assert [item.id for item in report.quarantined] == [last.id]
    with site.engine() as engine:
        mark = json.loads((site.data / "task-ids.json").read_text())
        assert mark["high_water_mark"] >= last.id
        assert [(batch["first"], batch["last"]) for batch in mark["batches"]] == [(1, last.id - 1)]
        assert engine is not None


def test_retry_goes_on_after_the_operator_has_repaired_the_row(site: WatchedSite) -> None:
    """The row was not consumed: repaired in place it is executed (imp 1.6)."""
    plan = site.prepare()
    poison = task_of(site, "PORT", identity(101))
    spoil(site, poison)
    seen: list[Stall] = []

    def decide(stall: Stall) -> OnStall:
        seen.append(stall)
        repair(site, poison)
        return OnStall.RETRY

    with site.node():
        report = site.watch(on_stall=decide)
    assert len(seen) == 1
    assert report.executed == len(plan.tasks)
    assert not report.plan_changed


def test_unattended_retries_come_to_an_end(site: WatchedSite) -> None:
    site.prepare()
    spoil(site, task_of(site, "PORT", identity(101)))
    with site.node(), pytest.raises(ImporterStalled):
        site.watch(on_stall=unattended(OnStall.RETRY, retries=1))
    notes = [record for record in read_journal(site.data).records if "stands still" in record.summary]
    assert len(notes) == 2


def test_an_import_that_was_stopped_at_a_stall_goes_on_where_it_was(site: WatchedSite) -> None:
    plan = site.prepare()
    poison = task_of(site, "PORT", identity(104))
    spoil(site, poison)
    with site.node():
        with pytest.raises(ImporterStalled):
            site.watch()
        repair(site, poison)
        report = site.watch(options=since(poison.id - 1))
    assert report.executed == len(plan.tasks)
    assert 0 < report.imported < len(plan.tasks)


def test_the_host_of_a_binding_is_missed_by_name_and_found_when_it_is_made(site: WatchedSite) -> None:
    """Repaired in ZooKeeper while the watch waits; the running importer sees it at once."""
    site.prepare()
    poison = task_of(site, "PORT", identity(101))
    bound = {**poison.data, "binding:host_id": "compute-9", "binding:profile": {"interface_name": "tap0"}}
    site.execute("UPDATE midonet_tasks SET data = :data WHERE id = :id", data=json.dumps(bound), id=poison.id)
    told: list[str] = []

    def decide(stall: Stall) -> OnStall:
        told.append(f"{stall.diagnosis.rule}: {stall.diagnosis.why}")
        host = "4a1f0b1e-5f0e-4d6b-9d53-6a6f0d1c7b11"
        number = int(host.replace("-", ""), 16)
        text = f'id {{\n  msb: {number >> 64}\n  lsb: {number & (2**64 - 1)}\n}}\nname: "compute-9"\n'
        with site.zookeeper() as client:
            client.create(f"{ROOT}/zoom/0/models/Host/{host}", text.encode())
        return OnStall.RETRY

    with site.node():
        report = site.watch(on_stall=decide)
    assert told == [told[0]]
    assert told[0].startswith("binding-host: ")
    assert "compute-9" in told[0]
    assert report.executed == report.tasks


def test_rows_of_somebody_else_are_named_and_never_touched(site: WatchedSite) -> None:
    """A row no importer can read, far behind ours, holds back the whole poll; it is not ours to remove."""
    site.prepare()
    site.execute(
        "INSERT INTO midonet_tasks (id, type, data_type, data, resource_id, transaction_id, created_at)"
        " VALUES (900, 'CREATE', 'POOLHEALTHMONITOR', '{}', NULL, 'x', UTC_TIMESTAMP())"
    )
    with site.node(), pytest.raises(ImporterStalled) as caught:
        site.watch(on_stall=unattended(OnStall.QUARANTINE))
    assert "task 900" in caught.value.what
    assert "DELETE FROM midonet_tasks WHERE id = 900" in caught.value.hint
    assert 900 in site.ids()


def test_a_misconfigured_leader_is_recognised_behind_its_latch(site: WatchedSite) -> None:
    """It leads, the healthy node waits behind it, nothing is imported and nothing is said (imp 1.8)."""
    site.prepare()
    site.set_mn_conf(site.importer_settings(jdbc_driver_class="com.mysql.jdbc.Driver"))
    with (
        site.node(jdbc_driver_class="com.mysql.jdbc.Driver") as broken,
        site.node(OTHER_HOST),
        pytest.raises(ImporterStalled) as caught,
    ):
        site.watch()
    assert broken.failure is not None
    assert "com.mysql.jdbc.Driver" in caught.value.why
    assert HOST in caught.value.what
    assert any(OTHER_HOST in line for line in caught.value.problems)


def test_a_wrong_password_in_mn_conf_is_recognised_and_not_told(site: WatchedSite) -> None:
    """Every poll fails; the password is compared and tried, and stands nowhere."""
    site.prepare()
    site.set_mn_conf(site.importer_settings(password="wr0ng-and-secret"))
    with site.node(password="wr0ng-and-secret"), pytest.raises(ImporterStalled) as caught:
        site.watch()
    error = caught.value
    assert "does not get into the database" in error.what
    assert any("password is not Neutron's" in line for line in error.problems)
    shown = " ".join([error.what, error.why, error.hint, *error.problems, site.output.getvalue()])
    for secret in ("wr0ng-and-secret", str(site.database.url.password)):
        assert secret not in shown
        assert secret not in (site.data / STALL_FILE).read_text()
        assert secret not in (site.data / "journal.jsonl").read_text()


def test_nobody_leads_and_the_setting_says_why(site: WatchedSite) -> None:
    site.prepare()
    site.set_mn_conf(site.importer_settings(enabled=False))
    with pytest.raises(ImporterStalled, match="no importer runs") as caught:
        site.watch()
    assert "enabled is false" in caught.value.why


def test_the_cluster_comes_late_and_another_node_takes_over(site: WatchedSite) -> None:
    """A leader that goes away in the middle is told, not diagnosed."""
    plan = site.prepare(small_site(60))
    site.set_mn_conf(site.importer_settings())

    def is_on_its_way() -> bool:
        with site.zookeeper() as client:
            state = client.exists(MARKER) and json.loads(client.get(MARKER)[0])
            return bool(state and state["lastProcessedTaskId"] > 10)

    with site.node() as first, site.node(OTHER_HOST), meanwhile(first.stop, is_on_its_way):
        report = site.watch()
    assert report.executed == len(plan.tasks)
    assert report.leaders_changed <= 1


def test_a_task_too_large_for_a_request_hangs_the_importer_without_a_word_and_is_found(
    site: WatchedSite, zookeeper_server: ZooKeeper
) -> None:
    """No exception anywhere (imp 8.2): arithmetic finds it; unattended quarantine needs the restart, too."""
    site.prepare()
    poison = task_of(site, "SECURITYGROUP", identity(51))
    rules = [
        {
            "id": identity(5000 + number),
            "security_group_id": identity(51),
            "direction": "ingress",
            "ethertype": "IPv4",
            "protocol": "tcp",
            "port_range_min": 1,
            "port_range_max": 2,
            "remote_ip_prefix": "10.0.0.0/8",
        }
        for number in range(900)
    ]
    data = json.dumps({**poison.data, "security_group_rules": rules})
    site.execute("UPDATE midonet_tasks SET data = :data WHERE id = :id", data=data, id=poison.id)
    with site.node() as node:
        with pytest.raises(ImporterStalled) as caught:
            site.watch()
        assert node.importer is not None
        assert node.importer.last_failure is None
    assert f"hangs at task {poison.id}" in caught.value.what
    assert "jute.maxbuffer" in caught.value.hint
    assert any("more characters" in line for line in caught.value.problems)


def test_left_overs_of_an_earlier_import_are_told_from_rows_that_are_wrong(site: WatchedSite) -> None:
    """5.0.2's tables outside of zoom survive a clean that forgets them (imp 5.4)."""
    site.version = "5.0.2"
    site.prepare()
    with site.zookeeper() as client:
        client.ensure_path(f"{ROOT}/bridges/{identity(1)}/mac_ports")
    with site.node(), pytest.raises(ImporterStalled) as caught:
        site.watch()
    assert "left over from an earlier import" in caught.value.why
    assert f"bridges/{identity(1)}" in caught.value.why


def test_tasks_below_the_marker_are_not_taken_for_imported(site: WatchedSite) -> None:
    """The marker of an earlier life stands above our rows: they are never read (imp 1.7)."""
    plan = site.prepare()
    with site.zookeeper() as client:
        client.ensure_path(MARKER)
        client.set(MARKER, json.dumps({"lastProcessedTaskId": 500}).encode())
    with site.node(), pytest.raises(ImporterStalled) as caught:
        site.watch(options=UNCONFIRMED)
    created = [task for task in plan.tasks if task.type == "CREATE"]
    assert f"{len(created)} tasks lie at or below the importer's marker (500)" in caught.value.what
    assert "prepare" in caught.value.hint


def test_a_marker_deleted_under_the_running_cluster_is_recognised(site: WatchedSite) -> None:
    site.prepare()
    site.set_mn_conf(site.importer_settings())
    with site.node():
        with site.zookeeper() as client:
            client.delete(MARKER)
        with pytest.raises(ImporterStalled) as caught:
            site.watch()
    assert "C3POState is not in ZooKeeper" in caught.value.what


def test_the_database_is_waited_for_and_then_called_unreachable(
    site: WatchedSite, database: Database
) -> None:
    site.prepare()
    with site.engine() as engine:
        engine.dispose()
    database.server.stop()
    try:
        quick = type(QUICK)(interval=0.05, patience=QUICK.patience, unreachable=1.0)
        with pytest.raises(DatabaseUnreachable, match="does not answer since"):
            site.watch(options=quick)
    finally:
        database.server.start()
    assert "the database does not answer, waiting for it" in site.output.getvalue()


def test_servers_that_restart_in_the_middle_are_survived(
    site: WatchedSite, database: Database, zookeeper_server: ZooKeeper
) -> None:
    """Database and ZooKeeper, one after the other: told, waited for, and the import ends."""
    plan = site.prepare(small_site(40))
    database.server.stop()

    def away() -> bool:
        return "the database does not answer" in site.output.getvalue()

    def restart() -> None:
        database.server.start()
        zookeeper_server.stop()
        zookeeper_server.start()

    with site.node(), meanwhile(restart, away):
        report = site.watch(options=PATIENT)
    assert report.executed == len(plan.tasks)
    assert "the database answers again" in site.output.getvalue()


def test_the_operator_is_shown_the_diagnosis_and_asked(site: WatchedSite) -> None:
    """On a terminal: an answer that makes no sense is asked again; quarantine says what goes along."""
    site.prepare()
    poison = task_of(site, "SECURITYGROUP", identity(51))
    site.execute("UPDATE midonet_tasks SET data = 'None' WHERE id = :id", id=poison.id)
    prompts = io.StringIO()
    with site.node():
        report = site.watch(on_stall=asking(answers=io.StringIO("what\nq\n"), prompts=prompts))
    shown = prompts.getvalue()
    assert f"task {poison.id}, CREATE SECURITYGROUP {poison.resource_id}" in shown
    assert "and 6 that depend on it" in shown
    assert shown.count("retry, quarantine, abort? ") == 2
    assert len(report.quarantined) == 7
    assert report.executed == report.tasks


def test_a_poll_that_is_slow_only_is_waited_for(site: WatchedSite) -> None:
    """Somebody locks the table for a while: nothing moves, no rule is broken, and it goes on."""
    plan = site.prepare()
    with site.engine() as engine, engine.connect() as connection:
        connection.exec_driver_sql("LOCK TABLES midonet_tasks WRITE")

        def release() -> None:
            time.sleep(2.5)
            connection.exec_driver_sql("UNLOCK TABLES")

        with site.node(), meanwhile(release, lambda: True):
            report = site.watch(options=PATIENT)
    assert report.executed == len(plan.tasks)


def test_rows_of_others_behind_ours_that_stop_the_importer_are_told_at_the_end(site: WatchedSite) -> None:
    """Ours are all imported; the poll never ends, so the database never confirms (imp 1.3)."""
    plan = site.prepare()
    data = json.dumps({"id": identity(77), "network_id": identity(78)})
    site.execute(
        "INSERT INTO midonet_tasks (id, type, data_type, data, resource_id, transaction_id, created_at)"
        " VALUES (900, 'CREATE', 'SUBNET', :data, :id, 'x', UTC_TIMESTAMP())",
        data=data,
        id=identity(77),
    )
    with site.node():
        report = site.watch(options=UNCONFIRMED)
    assert report.executed == len(plan.tasks)
    (finding,) = report.findings
    assert (finding.level, finding.rule) == ("warning", "heartbeat-missing")
    assert "task 900" in finding.message
    assert identity(78) in finding.message


def test_a_repaired_row_is_no_stale_plan_once_the_import_has_begun(site: WatchedSite) -> None:
    """Before, it is: the plan says what must come out, and nobody has had a reason to change a row."""
    plan = site.prepare()
    spoil(site, plan.tasks[2])
    with site.engine() as engine:
        with pytest.raises(StalePlan, match="not in midonet_tasks as planned"):
            require_queued_tasks(engine, plan, 0)
        (finding,) = require_queued_tasks(engine, plan, 0, begun=True)
        assert (finding.rule, finding.id) == ("task-changed", str(plan.tasks[2].id))
        site.execute("DELETE FROM midonet_tasks WHERE id = :id", id=plan.tasks[2].id)
        with pytest.raises(StalePlan, match="not in midonet_tasks"):
            require_queued_tasks(engine, plan, 0, begun=True)


def test_a_counter_that_was_set_back_is_told_at_the_end(site: WatchedSite) -> None:
    """What Neutron writes next would get ids that the importer never reads (imp 1.7)."""
    plan = site.prepare()
    last = plan.tasks[-1]
    with site.node():
        site.watch()
    site.execute("UPDATE midonet_data_state SET last_processed_task_id = NULL")
    site.execute("DELETE FROM midonet_tasks WHERE id > 3")
    site.execute("ALTER TABLE midonet_tasks AUTO_INCREMENT = 4")
    report = site.watch(options=UNCONFIRMED)
    told = {finding.rule: finding for finding in report.findings}
    assert f"AUTO_INCREMENT = {last.id + 1}" in told["counter-below-marker"].remedy
    assert "id 4" in told["counter-below-marker"].message
