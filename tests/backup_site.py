"""A tree in a real ZooKeeper, and the commands that back it up, run inside the test's own process."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from kazoo.client import KazooClient

from midonet_migrate.cli.main import run
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, MANIFEST_FILE
from prepare_harness import Answer


class _Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self) -> bool:
        return True


@dataclass
class BackupSite:
    """The operator's folder and the servers that are named on the command line."""

    folder: Path
    hosts: str
    options: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The run directory."""
        return self.folder / "migration_data"

    @property
    def backup(self) -> Path:
        """The backup, made or not."""
        return self.data / BACKUP_FILE

    @property
    def manifest(self) -> Path:
        """Its manifest."""
        return self.data / MANIFEST_FILE

    def tree(self) -> dict[str, Any]:
        """The backup as plain JSON."""
        found: dict[str, Any] = json.loads(self.backup.read_text())
        return found

    def run(self, *words: str, answers: str = "", terminal: bool = False) -> Answer:
        """Run ``midonet-migrate``, ``answers`` on its standard input, which may be a terminal."""
        common = ["--zookeeper", self.hosts, "--data-dir", str(self.data), *self.options]
        out, err = io.StringIO(), io.StringIO()
        shielded = {name: text for name, text in os.environ.items() if not name.startswith("MIDO")}
        shielded |= {"MIDONET_MIGRATE_ROOT": str(self.folder / "no-etc"), "COLUMNS": "400"}
        with (
            mock.patch.dict(os.environ, shielded, clear=True),
            mock.patch("sys.stdin", _Terminal(answers) if terminal else io.StringIO(answers)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            status = run([*words, *common])
        return Answer(status, out.getvalue(), err.getvalue())


@contextmanager
def kazoo_client(hosts: str, **options: Any) -> Iterator[KazooClient]:
    """A connected client, for the length of a ``with`` block."""
    client = KazooClient(hosts=hosts, timeout=20.0, **options)
    client.start(timeout=60)
    try:
        yield client
    finally:
        client.stop()
        client.close()


def nodes_of(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes of a dump in zkdump's format by path, without the '/' at the end."""
    found = {}
    left = [tree]
    while left:
        node = left.pop()
        found[node["path"].rstrip("/") or "/"] = node
        left += node["children"]
    return found
