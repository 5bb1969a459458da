"""A whole practice site and an operator's folder beside it, for scenarios over several steps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from midonet_lab.hosts.site.layout import FamilyChoice
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.practice_site import PracticeSite
from midonet_lab.recipe import Recipe
from prepare_harness import Answer
from terminal import run_on_terminal
from warm_program import warm_program

STARTS = [sys.executable, "-m", "midonet_migrate"]
PATIENCE_SECONDS = 250


class WholeSite:
    """The site, up, and the command line as its operator runs it."""

    def __init__(self, site: PracticeSite, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self.data = folder / "migration_data"

    def run(self, *words: str) -> Answer:
        """Run ``midonet-migrate`` to its end, without a terminal."""
        given = self.environment()
        done = warm_program().run(words, folder=self.folder, environment=given, seconds=PATIENCE_SECONDS)
        return Answer(done.returncode, done.stdout, done.stderr)

    def run_on_terminal(self, *words: str, columns: int = 80) -> Answer:
        """The same with its messages on a terminal: ``stderr`` is what was sent to it."""
        given = self.environment()
        found = run_on_terminal([*STARTS, *words], columns=columns, environment=given, folder=self.folder)
        return Answer(found.status, found.stdout, found.told)

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """Start ``midonet-migrate`` and return at once; what it says is thrown away."""
        return subprocess.Popen(
            [*STARTS, *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def environment(self) -> dict[str, str]:
        """The operator's environment."""
        found = self.site.environment()
        return {**found, "PYTHONPATH": ":".join(sys.path)}

    def journal(self) -> list[dict[str, Any]]:
        """The whole records of the journal."""
        path = self.data / "journal.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [msgspec.json.decode(line) for line in lines]

    def prepared(self) -> None:
        """Steps 1 and 2 are done."""
        for words in (("prepare", "--yes"), ("backup",)):
            answer = self.run(*words)
            assert answer.status in {0, 1}, answer.stderr

    def differences(self) -> list[dict[str, Any]]:
        """What ``verify`` finds."""
        answer = self.run("verify", "-f", "json")
        assert answer.status in {0, 30}, answer.stderr
        found: list[dict[str, Any]] = answer.json()["differences"]
        assert (answer.status == 0) is (not found)
        return found


@contextmanager
def whole_site(
    folder: Path, recipe: Recipe | None, version: Version = "5.2.1", *, hosts: FamilyChoice | None = None
) -> Iterator[WholeSite]:
    """A site made from ``recipe`` with MidoNet ``version`` to be imported into, taken down at the end.

    ``hosts``: with hosts of that family and a whole hosts.yaml; skipped without root.
    """
    if hosts is not None and os.geteuid() != 0:
        pytest.skip("hosts of the practice site need root's rights")
    site = PracticeSite(folder / "site", guarded=True)
    try:
        site.up(recipe, target_version=version, hosts=hosts)
        if hosts is not None:
            data = folder / "migration_data"
            data.mkdir(mode=0o700)
            shutil.copy(site.hosts.directory / "hosts.yaml", data)
        yield WholeSite(site, folder)
    finally:
        site.down()
