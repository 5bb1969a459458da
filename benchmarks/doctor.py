"""An import of a large site (20,000 ports) that stalls near its end: from the last progress to the diagnosis.

Database and ZooKeeper are real, the importer and the watcher are processes of their own. Three stalls: one
that the watcher has watched the importer run into; one more under load, after the first was repaired; and the
same under load, met by a watcher that begins when everything stands still already.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient
from sqlalchemy import Engine, text

from benchmarks.import_watching import SITE, WORK, prepare
from benchmarks.measuring import answer, own_peak_mebibytes
from midonet_lab.practice_site import PracticeSite
from midonet_lab.recipe import Recipe
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import ImporterStalled
from midonet_migrate.model.plan import Plan, Task
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import LineProgress
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.stall import OnStall, Stall
from midonet_migrate.steps.watch_import import watch_import
from midonet_migrate.zookeeper.session import open_session

_MARKER = "/midonet/zoom/0/models/C3POState/00000000-0000-0000-0000-000000000001"
_BURNERS = 4
"""Processes that do nothing but use the processor."""
_NOWHERE = "00000000-0000-4000-8000-00000000dead"
_SPOIL = "UPDATE midonet_tasks SET data = REPLACE(data, :old, :new) WHERE id = :id"


def main() -> None:
    """One site, one importer, three stalls."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        site = PracticeSite(folder / "site", guarded=True)
        stack.callback(site.down)
        site.up(Recipe(size="large", oddities=False), tell=lambda _: None)
        environment = {**site.environment(), SITE: str(site.directory), WORK: str(folder)}
        prepare(environment, folder)
        _do(environment, "--spoil")  # before the importer reads the table: it reads all of it at once
        stack.enter_context(_running("benchmarks.import_watching", "--import", environment=environment))
        figures = _watcher(environment, "--watch")
        for _ in range(_BURNERS):
            stack.enter_context(_running("benchmarks.doctor", "--burn", environment=environment))
        figures |= _watcher(environment, "--again")
    answer(figures)


@contextmanager
def _running(module: str, word: str, *, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", module, word]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as one:
        try:
            yield
        finally:
            one.kill()


def _do(environment: dict[str, str], word: str) -> str:
    command = [sys.executable, "-m", "benchmarks.doctor", word]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def _watcher(environment: dict[str, str], word: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(_do(environment, word).splitlines()[-1])
    return figures


class _Doctor:
    """Notes when each diagnosis arrives; repairs the first stall, leaves the second."""

    def __init__(self, engine: Engine, hosts: str, environment: dict[str, str], spoilt: list[Task]) -> None:
        self._engine = engine
        self._hosts = hosts
        self._environment = environment
        self.begin = 0.0
        self._stack = ExitStack()
        self.figures: dict[str, Any] = {}
        self.spoilt = spoilt

    def spoil(self) -> None:
        """Their network is one that does not exist."""
        for task in self.spoilt:
            self._replace(task, task.data["network_id"], _NOWHERE)

    def decide(self, stall: Stall) -> OnStall:
        """Called as soon as the diagnosis is there."""
        now = time.time()
        if not self.spoilt:
            self.figures["met standing still, under load: seconds from the first look to the diagnosis"] = (
                round(now - self.begin, 1)
            )
            return OnStall.ABORT
        task = self.spoilt.pop(0)
        found = stall.diagnosis
        if found.task is None or (found.task.id, found.rule) != (task.id, "not-found"):
            raise RuntimeError(f"not what is wrong: {found}")
        how = "watched" if self.spoilt else f"watched, {_BURNERS} processes under load"
        self.figures[f"{how}: seconds from the last progress to the diagnosis"] = round(
            now - self._moved(), 1
        )
        self.figures[f"{how}: executed before"] = task.id - 1
        self.figures["peak MiB"] = own_peak_mebibytes()
        if not self.spoilt:
            return OnStall.ABORT
        for _ in range(_BURNERS):
            self._stack.enter_context(_running("benchmarks.doctor", "--burn", environment=self._environment))
        self._replace(task, _NOWHERE, task.data["network_id"])
        return OnStall.RETRY

    def close(self) -> None:
        """Stop the load."""
        self._stack.close()

    def _replace(self, task: Task, old: str, new: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(_SPOIL), {"id": task.id, "old": old, "new": new})

    def _moved(self) -> float:
        """When the importer has written its marker last."""
        client = KazooClient(hosts=self._hosts)
        client.start()
        try:
            _, stat = client.get(_MARKER)
            return float(stat.mtime) / 1000
        finally:
            client.stop()
            client.close()


def _poison(plan: Plan) -> list[Task]:
    """Two ports of the last thousand."""
    ports = [task for task in plan.tasks if task.data_type == "PORT"]
    return [ports[-500], ports[-1]]


def _watch(word: str) -> None:
    """The watcher's process, as the verb ``import`` watches; or the one that spoils the rows before."""
    settings = load_settings({"data_dir": str(Path(os.environ[WORK]) / "migration_data")})
    directory = settings.data_dir.value
    hosts = str(settings.require_zookeeper())
    plan = load_plan(directory / PLAN_FILE)
    engine = open_engine(settings.require_database().url)
    doctor = _Doctor(engine, hosts, dict(os.environ), [] if word == "--again" else _poison(plan))
    try:
        if word == "--spoil":
            doctor.spoil()
            return
        with RunDirectory(directory, step="import") as run, open_session(hosts) as session:
            doctor.begin = time.time()
            watch_import(
                settings,
                run,
                plan,
                session=session,
                engine=engine,
                progress=LineProgress(sys.stderr),
                on_stall=doctor.decide,
            )
    except ImporterStalled:
        print(json.dumps(doctor.figures))
    finally:
        doctor.close()
        engine.dispose()


def _burn() -> None:
    while True:
        pass


if __name__ == "__main__":
    chosen = [word for word in ("--spoil", "--watch", "--again") if word in sys.argv]
    if "--burn" in sys.argv:
        _burn()
    elif chosen:
        _watch(chosen[0])
    else:
        main()
