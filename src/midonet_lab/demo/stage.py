"""Where the demo plays: the site, the operator's folder, and what has been seen so far."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from kazoo.client import KazooClient

from midonet_lab.demo.plain_tree import Entry, read_plainly
from midonet_lab.hosts.site.hosted import TOMCAT
from midonet_lab.hosts.snapshot import HostSnapshot
from midonet_lab.practice_site import DATABASE, PracticeSite
from midonet_migrate.errors import IntegrityFailed

PROGRAM = "midonet-migrate"
DONE, DONE_WITH_REMARKS = 0, 1
"""Both mean done; the second that something is unsupported or skipped, or a check warned (design 6)."""
_MARKER = "/midonet/zoom/0/models/C3POState/00000000-0000-0000-0000-000000000001"
_PLAIN_END = 12
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
        self.before: dict[str, Entry] = {}
        """MidoNet's part of ZooKeeper when the backup was made."""
        self.damaged: dict[str, Entry] = {}
        """The same after an accident."""
        self.hosts_before: dict[str, HostSnapshot] = {}
        """What each host was when it was first looked at; empty: the site has no hosts."""

    @property
    def tomcat(self) -> str:
        """The controller's service that the 1.9 API runs in."""
        return TOMCAT[self.site.hosts.controller().specification.family]

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
        began = time.monotonic()
        done = subprocess.run(
            [_program(), *arguments],
            cwd=self.folder,
            env=self.site.environment(),
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - began
        self.say(f"(exit status {done.returncode}{_meaning(done.returncode)}; {seconds:.1f} s)")
        self.expect(f"{command_line} ends with {' or '.join(map(str, accept))}", done.returncode in accept)
        return done.returncode, done.stdout or ""

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the real database; the statement is shown."""
        self.say(f"\nmysql> {statement};")
        return self.site.mariadb.execute(statement, database=DATABASE)

    def run_json(self, *arguments: str, accept: tuple[int, ...] = (DONE,)) -> Any:
        """Run ``midonet-migrate`` with ``-f json``; what it answers, decoded."""
        _, text = self.run(*arguments, "-f", "json", accept=accept, show=False)
        return msgspec.json.decode(text)

    def plan(self) -> dict[str, Any]:
        """The plan as it is on disk."""
        return msgspec.json.decode(self.plan_file.read_bytes(), type=dict[str, Any])

    @contextmanager
    def zookeeper(self) -> Iterator[KazooClient]:
        """A client of the site's real ZooKeeper, for the length of a ``with`` block."""
        client = KazooClient(hosts=self.site.zookeeper.hosts, timeout=10.0)
        client.start(timeout=30)
        try:
            yield client
        finally:
            client.stop()
            client.close()

    def marker(self) -> int:
        """The last task that the importer has executed, as it says in ZooKeeper."""
        with self.zookeeper() as client:
            data, _ = client.get(_MARKER)
        return int(msgspec.json.decode(data)["lastProcessedTaskId"])

    def credentials_in_zookeeper(self) -> list[str]:
        """The nodes that hold the password of Neutron's database, as a plain reading finds it."""
        state = self.site.state()
        assert state is not None
        # Its end needs no quoting in any format.
        secret = state.database_password[-_PLAIN_END:].encode()
        with self.zookeeper() as client:
            tree = read_plainly(client)
        return [path for path, (data, *_) in tree.items() if secret in (data or b"")]

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
