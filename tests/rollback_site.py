"""A site that was backed up and then migrated: recorded trees of 1.9 and 5.x, tasks in the database."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient
from sqlalchemy import Engine

from backup_site import BackupSite
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.zookeeper_servers import parse_servers
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable
from midonet_migrate.zookeeper.backup_file import BackupSource, write_backup
from midonet_migrate.zookeeper.manifest import Manifest
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.pipeline import Pipeline
from midonet_migrate.zookeeper.scan import scan
from midonet_migrate.zookeeper.second_reading import Token
from midonet_migrate.zookeeper.selection import default_roots, selection_of
from prepare_harness import Answer
from server_fixtures import Database
from task_samples import sample_tasks

SOURCE_ROOT, TARGET_ROOT = "/midonet/v1", "/midonet"


def load_dump(client: KazooClient, tree: dict[str, Any], *, ephemerals: bool = False) -> int:
    """Create the nodes of a dump in zkdump's format below ``/``; the number of nodes made."""
    made = 0
    left = list(tree["children"])
    while left:
        level, left = left, []
        answers = []
        for node in level:
            if node["metadata"]["ephemeralOwner"] and not ephemerals:
                continue
            data = base64.b64decode(node["data"])
            owned = bool(node["metadata"]["ephemeralOwner"])
            answers.append(client.create_async(node["path"].rstrip("/"), data, ephemeral=owned))
            left += node["children"]
        for answer in answers:
            answer.get(timeout=120)
        made += len(answers)
    return made


def load_nodes(client: KazooClient, root: str, nodes: dict[str, str]) -> None:
    """Create nodes by path below ``root``, with what leads to them."""
    for path, text in nodes.items():
        client.ensure_path(f"{root}{path}")
        client.set(f"{root}{path}", text.encode())


def make_backup(hosts: str, directory: Path, roots: tuple[str, ...] = ()) -> Manifest:
    """A backup as the verb makes it."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    servers = parse_servers(hosts)
    chosen = roots or default_roots(SOURCE_ROOT, TARGET_ROOT)
    with NodeStore(directory) as store:
        with Pipeline[Token](servers) as pipeline:
            proof = scan(pipeline, selection_of(chosen), store, progress=SilentProgress())
        asked = BackupSource(servers=(hosts,), roots=chosen, source_root=SOURCE_ROOT, target_root=TARGET_ROOT)
        return write_backup(directory, store, proof, asked)


@dataclass
class RollbackSite:
    """The servers of the site and the operator's folder."""

    folder: Path
    hosts: str
    database: Database
    engine: Engine

    @property
    def data(self) -> Path:
        """The run directory."""
        return self.folder / "migration_data"

    def queue_tasks(self, count: int) -> None:
        """Tasks as ``prepare`` leaves them."""
        url = self.database.url
        site = {
            "neutron_database": f"{url.host}:{url.port}/{url.database}",
            "source_api": "api.example.org:8080/midonet-api",
            "source_root": SOURCE_ROOT,
        }
        with RunDirectory(self.data) as run_directory:
            run_directory.tie_to(site)
            table = TaskTable(self.engine, run_directory, importer_marker=None)
            tasks = sample_tasks(count)
            table.write(numbered(tasks, table.first_id(tasks)))

    def run(self, *words: str, answers: str = "", terminal: bool = False) -> Answer:
        """``midonet-migrate rollback zookeeper``, inside this process."""
        url = self.database.url.render_as_string(hide_password=False)
        config = self.folder / "neutron.conf"
        if not config.exists():
            config.write_text(f"[database]\nconnection = {url}\n")
        site = BackupSite(
            self.folder, self.hosts, ["--source-root", SOURCE_ROOT, "--config-file", str(config)]
        )
        return site.run("rollback", "zookeeper", *words, answers=answers, terminal=terminal)


def recorded_tree(golden: Path) -> dict[str, Any]:
    """The whole tree of the recorded 1.9 site."""
    tree: dict[str, Any] = json.loads((golden / "site-b" / "zookeeper.json").read_text())
    return tree


def recorded_zoom(golden: Path, version: str = "5.2.1") -> dict[str, str]:
    """What a 5.x cluster made of an import, by path below its root."""
    nodes: dict[str, str] = json.loads((golden / "importer" / version / "zoom.json").read_text())
    return nodes


def thinned(tree: dict[str, Any], most: int = 3) -> dict[str, Any]:
    """A tree in which no node but the uppermost ones has more than so many children."""
    keep = None if tree["path"].count("/") <= 3 else most  # "/midonet/v1/" and above
    return {**tree, "children": [thinned(child, most) for child in tree["children"][:keep]]}
