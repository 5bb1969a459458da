"""A whole old site on real servers, and the command line run against it as an operator would."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.sites.site import Site
from server_fixtures import Database
from warm_program import warm_program

CHANGES_EACH_RUN = frozenset({"journal.jsonl", "report.json", "report.html", ".lock"})
PATIENCE_SECONDS = 120
SOURCE_ROOT, TARGET_ROOT = "/midonet/v1", "/midonet"


@dataclass
class Answer:
    """What a command answered."""

    status: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)


@dataclass
class OldSite:
    """The servers of a site, and a folder for the operator."""

    folder: Path
    database: Database
    zookeeper: ZooKeeper
    api: Midonet19Api

    @property
    def data(self) -> Path:
        """The run directory."""
        return self.folder / "migration_data"

    def arguments(self) -> list[str]:
        """The flags that name the site."""
        return [
            "--config-file",
            str(self.folder / "neutron.conf"),
            "--zookeeper",
            self.zookeeper.hosts,
            "--source-api",
            self.api.url,
            "--source-root",
            SOURCE_ROOT,
            "--data-dir",
            str(self.data),
        ]

    def write_config(self, url: str | None = None, password: str = "lab") -> None:
        """Neutron's file, with the plug-in's section in it."""
        connection = url or self.database.url.render_as_string(hide_password=False)
        (self.folder / "neutron.conf").write_text(
            "[DEFAULT]\ncore_plugin = neutron.plugins.midonet.plugin.MidonetPluginV2\n"
            f"[database]\nconnection = {connection}\n"
            f"[MIDONET]\nusername = admin\npassword = {password}\nproject_id = admin\n"
        )

    def run(self, *words: str) -> Answer:
        """Run ``midonet-migrate`` in a process of its own, without a terminal."""
        return run_program([*words, *self.arguments()], self.folder)

    def digests(self) -> dict[str, str]:
        """sha256 of every file that a second run must leave as it is."""
        return {
            str(path.relative_to(self.data)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.data.rglob("*"))
            if path.is_file() and path.name not in CHANGES_EACH_RUN
        }

    def rows(self) -> list[tuple[Any, ...]]:
        """The rows of the task table; empty when there is no table."""
        if not self.database.execute("SHOW TABLES LIKE 'midonet_tasks'"):
            return []
        return self.database.execute(
            "SELECT id, type, data_type, resource_id, transaction_id, data FROM midonet_tasks ORDER BY id"
        )

    def nothing_was_written(self) -> bool:
        """Whether neither run directory nor tables exist."""
        return not self.data.exists() and not self.database.execute("SHOW TABLES LIKE 'midonet%'")


def run_program(words: list[str], folder: Path) -> Answer:
    """Run ``midonet-migrate`` in ``folder``, shielded from the settings of this machine."""
    given = shielded_environment(folder)
    found = warm_program().run(words, folder=folder, environment=given, seconds=PATIENCE_SECONDS)
    return Answer(found.returncode, found.stdout, found.stderr)


def run_command(command: list[str], folder: Path) -> Answer:
    """The same for any command."""
    found = subprocess.run(
        command,
        cwd=folder,
        env=shielded_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Answer(found.returncode, found.stdout, found.stderr)


def shielded_environment(folder: Path) -> dict[str, str]:
    """This process's own without settings; ``/etc`` is empty."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MIDO")}
    (folder / "no-etc").mkdir(exist_ok=True)
    return environment | {"MIDONET_MIGRATE_ROOT": str(folder / "no-etc"), "COLUMNS": "400"}


@contextmanager
def old_site(site: Site, database: Database, zookeeper: ZooKeeper, folder: Path) -> Iterator[OldSite]:
    """The site with its API running; the Neutron rows are loaded into ``database``."""
    if site.neutron_sql is not None:
        database.load(site.neutron_sql)
    elif site.neutron_rows is not None:
        database.load_rows(site.neutron_rows)
    with Midonet19Api(site, folder / "api", disposable=True) as api:
        found = OldSite(folder, database, zookeeper, api)
        found.write_config()
        yield found
