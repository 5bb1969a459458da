"""Scenes of step 1: what is found, a dry run, the real run, and what it left."""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_lab.demo.stage import DONE, DONE_WITH_REMARKS, Stage

SHOWN_SETTINGS = ("database", "source_api", "api_username", "api_password", "zookeeper", "source_root")


def show_settings(stage: Stage) -> None:
    """What midonet-migrate finds by itself, secrets masked."""
    _, text = stage.run("config", "show", "-f", "json", show=False)
    rows = msgspec.json.decode(text, type=list[dict[str, Any]])
    for row in rows:
        if row["setting"] in SHOWN_SETTINGS:
            value = row["value"]
            shown = ", ".join(value) if isinstance(value, list) else value
            stage.say(f"  {row['setting']:<13} {shown}   [{row['origin']}]")
    stage.say(f"  ... and {len(rows) - len(SHOWN_SETTINGS)} more")


def dry_run(stage: Stage) -> None:
    """A dry run reads and plans everything, and writes nothing."""
    before = stage.tables()
    _, stage.table = stage.run("prepare", "--dry-run", accept=(DONE, DONE_WITH_REMARKS), show=False)
    stage.say(stage.table)
    stage.expect("a dry run makes no run directory", not stage.data.exists())
    stage.expect("a dry run makes no table", stage.tables() == before)
    stage.outcome("The dry run wrote nothing: no run directory, no table.")


def prepare(stage: Stage) -> None:
    """The real thing: tasks queued, data files written."""
    status, table = stage.run("prepare", "--yes", accept=(DONE, DONE_WITH_REMARKS), show=False)
    stage.expect("the real run reports what the dry run reported", table == stage.table)
    stage.say("  Its table is the dry run's.")
    remark = " Something is unsupported or skipped; the plan says what and why." if status else ""
    stage.outcome(f"prepare is done.{remark}")


def queued_tasks(stage: Stage) -> None:
    """The tasks are in Neutron's database, exactly those of the plan."""
    for name, count in stage.query("SELECT data_type, COUNT(*) FROM midonet_tasks GROUP BY data_type"):
        stage.say(f"  {name:<20} {count:>6}")
    [(total, lowest, highest)] = stage.query("SELECT COUNT(*), MIN(id), MAX(id) FROM midonet_tasks")
    stage.say(f"  {total} tasks, ids {lowest} to {highest}")
    planned = [task["id"] for task in stage.plan()["tasks"]]
    stage.expect("the database holds the plan's tasks", [row[0] for row in stage.rows()] == planned)
    stage.outcome(f"{total} tasks wait in a real MariaDB, those of the plan, in its order.")


def second_run(stage: Stage) -> None:
    """Running it again changes nothing."""
    files, rows = stage.digests(), stage.rows()
    _, table = stage.run("prepare", "--yes", accept=(DONE, DONE_WITH_REMARKS), show=False)
    stage.expect("a second run reports what the first reported", table == stage.table)
    stage.expect("a second run leaves every file as it is", stage.digests() == files)
    stage.expect("a second run leaves every task as it is", stage.rows() == rows)
    for name, digest in files.items():
        stage.say(f"  {digest[:16]}  {name}")
    stage.outcome(f"The second run changed nothing: {len(files)} files and {len(rows)} tasks are identical.")


def show_plan(stage: Stage) -> None:
    """Every object that was read is accounted for, in exactly one column."""
    stage.run("plan", "show")
    ledger = stage.plan()["ledger"]
    stage.expect(
        "each object is in the ledger once", len({(e["kind"], e["id"]) for e in ledger}) == len(ledger)
    )
    stage.outcome(f"{len(ledger)} objects were read, and each is accounted for once.")
