"""``prepare`` and what an operator can get wrong: one clear error, its exit status, and nothing written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from midonet_lab.midonet19.options import Fault, Faults
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.sites.generator import generate
from prepare_harness import OldSite, old_site, run_command
from server_fixtures import Database, StartMariaDB
from unused_ports import refusing_port

DONE, DONE_WITH_REMARKS = 0, 1
WRONG_STATE, UNREACHABLE, INTEGRITY, USAGE, LOCKED, NO_PERMISSION = 10, 20, 30, 64, 75, 77


@pytest.fixture
def site(database: Database, zookeeper_root: ZooKeeper, tmp_path: Path) -> Iterator[OldSite]:
    with old_site(generate("small", 3, oddities=False), database, zookeeper_root, tmp_path) as found:
        yield found


def refused(site: OldSite, status: int, *words: str) -> str:
    """Prepare is refused with this status, writes nothing, and shows no traceback; what it says."""
    answer = site.run("prepare", "--yes")
    assert answer.status == status, answer.stderr
    assert "Traceback" not in answer.stderr
    assert "What to do:" in answer.stderr
    assert not site.data.exists()
    for word in words:
        assert word in answer.stderr
    return answer.stderr


def test_a_missing_configuration_file_is_named(site: OldSite) -> None:
    (site.folder / "neutron.conf").unlink()
    refused(site, USAGE, "neutron.conf")


def test_all_missing_settings_are_listed_at_once(site: OldSite) -> None:
    answer = run_command([sys.executable, "-m", "midonet_migrate", "prepare", "--yes"], site.folder)
    assert answer.status == USAGE
    assert "Neutron database" in answer.stderr
    assert "1.9 API" in answer.stderr
    assert "settings are missing" in answer.stderr
    assert site.nothing_was_written()


def test_a_wrong_database_password_is_no_permission(site: OldSite) -> None:
    url = site.database.url.set(password="wr0ng-s3cret")
    site.write_config(url.render_as_string(hide_password=False))
    told = refused(site, NO_PERMISSION)
    assert "wr0ng" not in told


def test_a_database_that_is_not_there_is_unreachable(site: OldSite) -> None:
    with refusing_port() as port:
        url = site.database.url.set(port=port)
        site.write_config(url.render_as_string(hide_password=False))
        refused(site, UNREACHABLE)


def test_a_database_that_is_not_neutrons_is_refused(site: OldSite) -> None:
    site.database.execute("DROP TABLE alembic_version")
    refused(site, WRONG_STATE)


def test_a_database_of_another_release_is_refused(site: OldSite) -> None:
    site.database.execute("UPDATE alembic_version SET version_num = 'liberty'")
    refused(site, WRONG_STATE)


def test_an_api_that_is_down_is_unreachable(site: OldSite) -> None:
    site.api.stop()
    refused(site, UNREACHABLE)


def test_a_wrong_api_password_is_no_permission(site: OldSite) -> None:
    site.write_config(password="wr0ng-s3cret")
    assert "wr0ng" not in refused(site, NO_PERMISSION)


def test_truncated_answers_end_as_unreachable(site: OldSite) -> None:
    site.api.set_faults(Faults(faults=[Fault(path="/chains", kind="cut", times=-1)]))
    refused(site, UNREACHABLE)


def test_a_burst_of_errors_is_survived(site: OldSite) -> None:
    faults = [
        Fault(path="/bridges.*", status=500, times=2),
        Fault(path="/chains.*", status=503, times=2),
        Fault(path="/routers.*", kind="reset", times=2),
    ]
    site.api.set_faults(Faults(faults=faults))
    assert site.run("prepare", "--yes").status in {DONE, DONE_WITH_REMARKS}


def test_an_object_that_vanishes_while_reading_is_recorded(site: OldSite) -> None:
    zone = generate("small", 3, oddities=False).midonet["tunnel_zone"][0]["id"]
    site.api.set_faults(Faults(vanish=[zone]))
    assert site.run("prepare", "--yes").status == DONE_WITH_REMARKS
    findings = json.loads((site.data / "plan.json").read_text())["meta"]["findings"]
    assert [item["rule"] for item in findings if zone in item["id"]] == ["source.vanished"]


def _with_node(site: OldSite, path: str, value: bytes = b"", *, ephemeral: bool = False) -> KazooClient:
    client = KazooClient(site.zookeeper.hosts)
    client.start(timeout=60)
    client.create(path, value, makepath=True, ephemeral=ephemeral)
    return client


def _close(client: KazooClient) -> None:
    client.stop()
    client.close()


def test_a_running_importer_is_refused(site: OldSite) -> None:
    client = _with_node(site, "/midonet/leader-latch/latch-1", b"host", ephemeral=True)
    try:
        refused(site, WRONG_STATE, "importer")
    finally:
        _close(client)


def test_an_importer_that_is_switched_on_is_refused(site: OldSite) -> None:
    text = b"cluster.neutron_importer.enabled : true"
    _close(_with_node(site, "/midonet/config/templates/default", text))
    refused(site, WRONG_STATE, "importer")


def test_a_site_that_has_a_topology_of_5x_is_refused(site: OldSite) -> None:
    network = "/midonet/zoom/0/models/Network/11111111-1111-4111-8111-111111111111"
    _close(_with_node(site, network))
    refused(site, WRONG_STATE)


def test_another_run_holds_the_lock(site: OldSite) -> None:
    client = _with_node(site, "/midonet-migrate/lock", b"{}", ephemeral=True)
    try:
        refused(site, LOCKED)
    finally:
        _close(client)


def test_zookeeper_that_is_down_is_unreachable(site: OldSite) -> None:
    site.zookeeper.stop()
    refused(site, UNREACHABLE)


def test_the_run_directory_of_another_site_is_refused(site: OldSite) -> None:
    site.run("prepare", "--yes")
    identity = json.loads((site.data / "identity.json").read_text())
    rows, files = site.rows(), site.digests()
    other = site.database.url.set(database="mysql")
    site.write_config(other.render_as_string(hide_password=False))
    answer = site.run("prepare", "--yes")
    assert answer.status == WRONG_STATE
    assert identity["site"]["neutron_database"] in answer.stderr
    assert (site.rows(), site.digests()) == (rows, files)


def test_a_plan_that_was_edited_is_refused(site: OldSite) -> None:
    site.run("prepare", "--yes")
    plan = site.data / "plan.json"
    plan.write_text(plan.read_text().replace('"CREATE"', '"DELETE"', 1))
    rows = site.rows()
    assert site.run("prepare", "--yes").status == INTEGRITY
    plan.write_text(plan.read_text()[:1000])
    cut_short = site.run("prepare", "--yes")
    assert cut_short.status == INTEGRITY
    assert "move it away and prepare again" in cut_short.stderr
    assert site.rows() == rows
    plan.unlink()
    assert site.run("prepare", "--yes").status in {DONE, DONE_WITH_REMARKS}, "what was said works"
    assert site.rows() == rows


def test_a_flush_row_in_the_table_is_refused(site: OldSite) -> None:
    site.run("prepare", "--yes")
    shutil.rmtree(site.data)
    site.database.execute("UPDATE midonet_data_state SET last_processed_task_id = NULL")
    site.database.execute("DELETE FROM midonet_tasks")
    site.database.execute(
        "INSERT INTO midonet_tasks (id, type, data_type, transaction_id, created_at) "
        "VALUES (1, 'FLUSH', 'NULL', 'x', '2020-01-01')"
    )
    answer = site.run("prepare", "--yes")
    assert answer.status == WRONG_STATE
    assert "FLUSH" in answer.stderr


@pytest.mark.parametrize(
    "options",
    [
        {"max_allowed_packet": "1M", "sql_mode": "", "character_set_server": "latin1"},
        {"sql_mode": "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE"},
    ],
    ids=["small-packets-latin1-lax", "strict"],
)
def test_servers_of_every_temper_are_written_to(
    options: dict[str, str], start_mariadb: StartMariaDB, zookeeper_root: ZooKeeper, tmp_path: Path
) -> None:
    from midonet_lab import neutron_database

    server = start_mariadb(**options)
    neutron_database.create_neutron_database(server, "tempered", charset="latin1")
    try:
        database = Database(server, "tempered")
        recipe = generate("small", 4, oddities=False)
        with old_site(recipe, database, zookeeper_root, tmp_path) as site:
            assert site.run("prepare", "--yes").status in {DONE, DONE_WITH_REMARKS}
            assert len(site.rows()) == len(json.loads((site.data / "plan.json").read_text())["tasks"])
    finally:
        neutron_database.drop_database(server, "tempered")


_GONE = "aaaaaaaa-0000-4000-8000-000000000001"
BREAK: dict[str, tuple[str, list[str]]] = {
    "a pool whose subnet is gone": ("pools", [f"UPDATE pools SET subnet_id = '{_GONE}'"]),
    "an interface without fixed address": (
        "router_interfaces",
        [
            """DELETE a FROM ipallocations a JOIN ports p ON p.id = a.port_id
            WHERE p.device_owner = 'network:router_interface'"""
        ],
    ),
    "a port whose network is gone": (
        "ports",
        [
            "SET FOREIGN_KEY_CHECKS = 0",
            f"UPDATE ports SET network_id = '{_GONE}' WHERE device_owner LIKE 'compute:%' LIMIT 1",
        ],
    ),
}


@pytest.mark.parametrize("what", BREAK)
def test_dangling_references_are_reasoned_ledger_entries(site: OldSite, what: str) -> None:
    kind, statements = BREAK[what]
    site.database.execute(*statements)
    answer = site.run("prepare", "--yes")
    assert answer.status == DONE_WITH_REMARKS, answer.stderr
    ledger = json.loads((site.data / "plan.json").read_text())["ledger"]
    left_out = [
        entry for entry in ledger if entry["kind"] == kind and entry["bucket"] in {"skipped", "unsupported"}
    ]
    assert left_out
    assert all(entry["rule"] and entry["reason"] for entry in left_out)


@pytest.mark.parametrize("after", [0.9, 1.2])
def test_killed_at_any_instant_and_run_again_it_ends_the_same(site: OldSite, after: float) -> None:
    command = [sys.executable, "-m", "midonet_migrate", "prepare", "--yes", *site.arguments()]
    environment = {**os.environ, "MIDONET_MIGRATE_ROOT": str(site.folder / "no-etc")}
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
    half = site.rows()
    assert site.run("prepare", "--yes").status in {DONE, DONE_WITH_REMARKS}
    tasks = json.loads((site.data / "plan.json").read_text())["tasks"]
    assert [row[0] for row in site.rows()] == [task["id"] for task in tasks] == list(range(1, len(tasks) + 1))
    assert half in ([], site.rows())


def test_a_site_that_changed_is_planned_anew_with_higher_ids(site: OldSite) -> None:
    site.run("prepare", "--yes")
    before = site.rows()
    site.database.execute("UPDATE networks SET name = 'renamed' LIMIT 1")
    answer = site.run("prepare", "--yes")
    assert answer.status in {DONE, DONE_WITH_REMARKS}
    after = site.rows()
    assert len(after) == len(before)
    assert after[0][0] > before[-1][0]
    assert any("renamed" in row[5] for row in after)
