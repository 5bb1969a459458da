"""``midonet-lab demo``: an operator's session on a practice site, scene by scene, checked as it goes."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec

from midonet_lab.practice_site import DATABASE, PracticeSite
from midonet_lab.recipe import Recipe
from midonet_migrate.errors import IntegrityFailed

PROGRAM = "midonet-migrate"
DONE, DONE_WITH_REMARKS = 0, 1
"""Both mean done; the second that something is unsupported or skipped, or a check warned (design 6)."""
SHOWN_SETTINGS = ("database", "source_api", "api_username", "api_password", "zookeeper", "source_root")
_CHANGES_EACH_RUN = ("journal.jsonl", "report.html", "report.json", ".lock")


class DemoFailed(IntegrityFailed):
    """The demo saw something other than what it is there to show."""

    code = "demo-failed"


class Stage:
    """The site, the folder the operator works in, and what happened so far."""

    def __init__(self, site: PracticeSite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.data = folder / "migration_data"
        self.plan_file = self.data / "plan.json"
        self.table = ""
        """What the dry run reported: a row per kind."""
        self.outcomes: list[str] = []

    def say(self, text: str) -> None:
        """Tell the audience."""
        click.echo(text)

    def outcome(self, text: str) -> None:
        """Tell the audience, and again in the summary."""
        self.outcomes.append(text)
        self.say(f"  => {text}")

    def expect(self, promise: str, kept: bool) -> None:
        """Raise ``DemoFailed`` unless the promise was kept."""
        if not kept:
            raise DemoFailed(f"Not as promised: {promise}", hint=f"What was written is in {self.folder}.")

    def run(self, *arguments: str, accept: tuple[int, ...] = (DONE,), show: bool = True) -> tuple[int, str]:
        """Run ``midonet-migrate`` as an operator would; its exit status and standard output.

        ``show``: let it write to the terminal, standard output included (the returned text is empty then).
        """
        command_line = shlex.join([PROGRAM, *arguments])
        self.say(f"\n$ MIDONET_MIGRATE_ROOT={self.site.root} {command_line}")
        sys.stdout.flush()
        done = subprocess.run(
            [_program(), *arguments],
            cwd=self.folder,
            env=self.site.environment(),
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            text=True,
            check=False,
        )
        self.say(f"(exit status {done.returncode}{_meaning(done.returncode)})")
        self.expect(f"{command_line} ends with {' or '.join(map(str, accept))}", done.returncode in accept)
        return done.returncode, done.stdout or ""

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the real database; the statement is shown."""
        self.say(f"\nmysql> {statement};")
        return self.site.mariadb.execute(statement, database=DATABASE)

    def tables(self) -> set[str]:
        """The tables of the Neutron database."""
        return {str(row[0]) for row in self.site.mariadb.execute("SHOW TABLES", database=DATABASE)}

    def digests(self) -> dict[str, str]:
        """sha256 of every file of the run directory but the journal and the reports."""
        return {
            str(path.relative_to(self.data)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.data.rglob("*"))
            if path.is_file() and path.name not in _CHANGES_EACH_RUN
        }

    def rows(self) -> list[tuple[Any, ...]]:
        """Every task, whole, in order."""
        return self.site.mariadb.execute("SELECT * FROM midonet_tasks ORDER BY id", database=DATABASE)


def _program() -> str:
    """The program installed beside this one."""
    beside = Path(sys.executable).with_name(PROGRAM)
    found = str(beside) if beside.exists() else shutil.which(PROGRAM)
    if found is None:
        raise DemoFailed(f"{PROGRAM} is not installed beside {sys.executable}")
    return found


def _meaning(status: int) -> str:
    return (
        ": done, but something is unsupported or skipped, or warned of" if status == DONE_WITH_REMARKS else ""
    )


def _build(stage: Stage, recipe: Recipe) -> None:
    stage.say(f"A MidoNet 1.9 + Neutron Kilo site on this machine, in {stage.site.directory}.")
    stage.site.up(recipe, tell=lambda text: stage.say(f"  {text}"))
    for row in stage.site.status():
        stage.say(f"  {row['server']:<10} process {row['pid']}  {row['address'] or ''}")
    stage.say(f"  An Ubuntu controller's configuration files are below {stage.site.root}.")


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
    planned = [task["id"] for task in _plan(stage)["tasks"]]
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
    ledger = _plan(stage)["ledger"]
    stage.expect(
        "each object is in the ledger once", len({(e["kind"], e["id"]) for e in ledger}) == len(ledger)
    )
    stage.outcome(f"{len(ledger)} objects were read, and each is accounted for once.")


Scene = tuple[str, Callable[[Stage], None]]
SCENES: tuple[Scene, ...] = (
    ("What midonet-migrate finds by itself", show_settings),
    ("A dry run", dry_run),
    ("The real run", prepare),
    ("The tasks in Neutron's database", queued_tasks),
    ("A second run", second_run),
    ("The plan, a row per kind", show_plan),
)
"""In the order of the operator's procedure; a later step adds its scene here."""


def _plan(stage: Stage) -> dict[str, Any]:
    return msgspec.json.decode(stage.plan_file.read_bytes(), type=dict[str, Any])


def run_demo(recipe: Recipe | None, directory: Path | None) -> None:
    """Play all scenes on a new practice site and take it down. The run directory stays, below ``directory``
    or a new directory for temporary files. Raises ``DemoFailed`` and what building a site raises."""
    started = time.monotonic()
    if directory is None:
        folder = Path(tempfile.mkdtemp(prefix="midonet-demo-"))
    else:
        folder = directory.absolute()
        folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(PracticeSite(folder / "site", guarded=True), folder)
    stage.expect(f"{stage.data} is not there yet", not stage.data.exists())
    try:
        _title(stage, 1, "A practice site")
        _build(stage, recipe or Recipe())
        for number, (title, play) in enumerate(SCENES, start=2):
            _title(stage, number, title)
            play(stage)
    finally:
        stage.site.down()
    _title(stage, len(SCENES) + 2, "Summary")
    for outcome in stage.outcomes:
        stage.say(f"  * {outcome}")
    stage.say("  * The practice site is taken down.")
    stage.say(f"\nThe plan:          {stage.plan_file}")
    stage.say(f"The run directory: {stage.data}")
    stage.say(f"Done in {time.monotonic() - started:.0f} seconds.")


def _title(stage: Stage, number: int, title: str) -> None:
    stage.say(f"\n== {number}. {title} " + "=" * max(3, 70 - len(title)))
