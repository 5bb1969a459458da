"""``prepare`` on the recording of a real 1.9 site: complete, true to the source, and repeatable."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.sites.recording import load_recording
from prepare_harness import OldSite, old_site, run_command
from server_fixtures import Database

ROOT = Path(__file__).resolve().parents[2]
DONE_WITH_REMARKS = 1


@pytest.fixture
def site(golden: Path, database: Database, zookeeper_root: ZooKeeper, tmp_path: Path) -> Iterator[OldSite]:
    with old_site(load_recording(golden / "site-b"), database, zookeeper_root, tmp_path) as found:
        yield found


def _plan(site: OldSite) -> Any:
    return json.loads((site.data / "plan.json").read_text())


def _by_id(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {str(item.get("id") or item.get("port_id")): item for item in items}


def test_the_snapshot_holds_the_dicts_of_the_plug_in(site: OldSite, golden: Path) -> None:
    assert site.run("prepare", "--yes").status == DONE_WITH_REMARKS
    snapshot = json.loads(gzip.decompress((site.data / "snapshot.json.gz").read_bytes()))
    expected = json.loads((golden / "site-b" / "neutron_dicts.json").read_text())
    assert snapshot["neutron"].keys() == expected.keys()
    for kind, items in expected.items():
        assert _by_id(snapshot["neutron"][kind]) == _by_id(items), kind


def test_every_object_of_the_site_is_in_the_ledger_once_with_its_true_owner(
    site: OldSite, golden: Path
) -> None:
    site.run("prepare", "--yes")
    intent = json.loads((golden / "site-b" / "intent.json").read_text())
    ledger = _plan(site)["ledger"]
    owners = {(entry["kind"], entry["id"]): entry["owner"] for entry in ledger}
    assert len(owners) == len(ledger)
    truth = {
        (kind, key): record["class"]
        for kind, records in intent["ownership"].items()
        for key, record in records.items()
    }
    assert {key: owners.get(key) for key in truth} == truth
    neutron = {(kind, key) for kind, keys in intent["neutron_by_kind"].items() for key in keys}
    assert neutron <= owners.keys()


def test_what_users_took_away_from_neutron_made_chains_is_found(site: OldSite, golden: Path) -> None:
    site.run("prepare", "--yes")
    intent = json.loads((golden / "site-b" / "intent.json").read_text())
    deleted = [change["was"] for change in intent["modifications"] if change["op"] == "delete"]
    found = [change["before"] for change in _plan(site)["modifications"] if change["op"] == "delete"]
    members = ("chainId", "type", "invNwSrc", "nwSrcAddress", "invDlSrc", "dlSrc")
    assert deleted
    assert {tuple(rule[name] for name in members) for rule in deleted} == {
        tuple(rule[name] for name in members) for rule in found
    }


def test_the_rows_in_the_database_are_the_tasks_of_the_plan(site: OldSite) -> None:
    site.run("prepare", "--yes")
    tasks = _plan(site)["tasks"]
    rows = [(*row[:5], json.loads(row[5])) for row in site.rows()]
    members = ("id", "type", "data_type", "resource_id", "transaction_id", "data")
    assert rows == [tuple(task[name] for name in members) for task in tasks]
    assert len(tasks) == 60


def test_a_second_run_changes_nothing(site: OldSite) -> None:
    site.run("prepare", "--yes")
    files, rows = site.digests(), site.rows()
    again = site.run("prepare")  # nothing to do: it need not ask
    assert again.status == DONE_WITH_REMARKS
    assert "nothing to do" in again.stderr
    assert (site.digests(), site.rows()) == (files, rows)


def test_a_dry_run_reports_the_same_and_writes_nothing(site: OldSite, tmp_path: Path) -> None:
    dry = site.run("prepare", "--dry-run", "-f", "json", "--plan-out", str(tmp_path / "plan-out.json"))
    assert dry.status == DONE_WITH_REMARKS
    assert site.nothing_was_written()
    real = site.run("prepare", "--yes", "-f", "json")
    assert dry.json() == real.json()
    assert json.loads((tmp_path / "plan-out.json").read_text()) == _plan(site)


def test_without_a_terminal_nothing_is_asked_and_nothing_written(site: OldSite) -> None:
    refused = site.run("prepare")
    assert refused.status == 3
    assert "--yes" in refused.stderr
    assert site.nothing_was_written()


def test_files_are_the_owners_alone_and_fit_their_formats(site: OldSite) -> None:
    site.run("prepare", "--yes")
    assert site.data.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in site.data.iterdir() if path.is_file()} == {0o600}
    for name in ("plan", "report", "identity", "task-ids"):
        schema = json.loads((ROOT / "docs" / "formats" / f"{name}.schema.json").read_text())
        jsonschema.validate(json.loads((site.data / f"{name}.json").read_text()), schema)
    for name in ("neutron_post_data", "midonet_post_data"):
        schema = json.loads((ROOT / "docs" / "formats" / f"{name}.schema.json").read_text())
        jsonschema.validate(json.loads((site.data / name).read_text()), schema)
    schema = json.loads((ROOT / "docs" / "formats" / "journal-record.schema.json").read_text())
    for line in (site.data / "journal.jsonl").read_text().splitlines():
        jsonschema.validate(json.loads(line), schema)


def test_passwords_stand_only_in_the_importers_settings(site: OldSite) -> None:
    password = site.database.url.password
    assert password is not None
    answer = site.run("prepare", "--yes", "--debug")
    assert password not in answer.stdout + answer.stderr
    holders = {
        path.name
        for path in site.data.rglob("*")
        if path.is_file() and password.encode() in path.read_bytes()
    }
    assert holders == {"mn-conf.settings"}


def test_the_classic_script_makes_the_same_files(site: OldSite) -> None:
    script = [sys.executable, str(ROOT / "bin" / "migration_prepare.py"), *site.arguments()]
    dry = run_command([*script, "-n"], site.folder)
    assert dry.status == DONE_WITH_REMARKS
    assert site.nothing_was_written()
    assert run_command(script, site.folder).status == DONE_WITH_REMARKS
    files = site.digests()
    assert {"plan.json", "mn-conf.settings", "neutron_post_data", "midonet_post_data"} <= files.keys()
    site.run("prepare", "--yes")
    assert site.digests() == files


def test_the_plan_can_be_read_and_compared(site: OldSite) -> None:
    site.run("prepare", "--yes")
    counts = {row["kind"]: row for row in site.run("plan", "show", "-f", "json").json()}
    assert counts["ports"]["task"] == 26
    tasks = site.run("plan", "show", "tasks", "-f", "json").json()
    assert [task["id"] for task in tasks] == [task["id"] for task in _plan(site)["tasks"]]
    assert site.run("plan", "diff", str(site.data / "plan.json"), "-f", "json").json() == []
