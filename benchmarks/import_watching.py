"""The import of a medium site (2,000 ports) by the stand-in importer, alone and watched, in turns.

Importer and watcher are processes of their own; the importer itself takes the time. Database and ZooKeeper
are real. The watcher is ``watch_import`` as the verb ``import`` runs it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient

from benchmarks.measuring import answer
from midonet_lab.midonet5.importer import BackOff, ImporterMinion, ImporterSettings
from midonet_lab.midonet5.store import Zoom
from midonet_lab.practice_site import DATABASE, DATABASE_USER, PracticeSite
from midonet_lab.recipe import Recipe
from midonet_migrate.database.connection import open_engine
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import LineProgress
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.plan_files import PLAN_FILE, load_plan
from midonet_migrate.steps.watch_import import watch_import
from midonet_migrate.zookeeper.session import open_session

_ROOT = "/midonet"
_TURNS = 3
_HOST = "8f0d3c1e-52b7-4a69-9d1c-0a1b2c3d4e5f"
_MARKER = "00000000-0000-0000-0000-000000000001"
SITE, WORK = "BENCHMARK_SITE", "BENCHMARK_WORK"
"""Variables with the folders of the site, and of the run directory."""


def main() -> None:
    """One site; as many imports as there are turns, each into an emptied topology."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = PracticeSite(folder / "site", guarded=True)
        site.up(Recipe(size="medium", oddities=False))
        try:
            environment = {**site.environment(), SITE: str(site.directory), WORK: str(folder)}
            prepare(environment, folder)
            times: dict[str, list[float]] = {"alone": [], "watched": []}
            for _ in range(_TURNS):
                for how, found in times.items():
                    _empty(site)
                    found.append(_import(environment, watched=how == "watched"))
            plan = load_plan(folder / "migration_data" / PLAN_FILE)
            figures["tasks"] = len(plan.tasks)
            for how, found in times.items():
                figures[f"{how}: seconds of each import"] = [round(one, 1) for one in found]
            alone, watched = min(times["alone"]), min(times["watched"])
            figures["tasks per second, alone"] = round(len(plan.tasks) / alone)
            figures["tasks per second, watched"] = round(len(plan.tasks) / watched)
            figures["overhead of the watcher, best of each, percent"] = round(100 * (watched / alone - 1), 1)
        finally:
            site.down()
    answer(figures)


def _empty(site: PracticeSite) -> None:
    client = KazooClient(hosts=site.zookeeper.hosts)
    client.start()
    try:
        for child in client.get_children(_ROOT):
            if child != "v1":
                client.delete(f"{_ROOT}/{child}", recursive=True)
    finally:
        client.stop()
        client.close()


def _import(environment: dict[str, str], *, watched: bool) -> float:
    """Seconds from the importer's start to its last task, as it says itself."""
    words = [sys.executable, "-m", "benchmarks.import_watching"]
    watcher = (
        subprocess.Popen([*words, "--watch"], env=environment, stdin=subprocess.DEVNULL) if watched else None
    )
    try:
        done = subprocess.run(
            [*words, "--import"], env=environment, check=True, capture_output=True, text=True
        )
    finally:
        if watcher is not None and watcher.wait(120):
            raise RuntimeError("the watcher failed")
    return float(done.stdout.strip().splitlines()[-1])


def prepare(environment: dict[str, str], folder: Path) -> None:
    """Plan and queue the tasks of a site; the run directory is made in ``folder``."""
    done = subprocess.run(
        [sys.executable, "-m", "midonet_migrate", "prepare", "--yes"],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)


def _importer() -> None:
    """The importer's process."""
    site = PracticeSite(Path(os.environ[SITE]))
    plan = load_plan(Path(os.environ[WORK]) / "migration_data" / PLAN_FILE)
    state = site.state()
    assert state is not None
    client = KazooClient(hosts=site.zookeeper.hosts, timeout=30)
    client.start()
    zoom = Zoom(client, _ROOT, "5.2.1")
    zoom.prepare()
    for host in (item.body or {} for item in plan.objects if item.kind == "host"):
        made = zoom.transaction()
        made.create("Host", {"id": host["id"], "name": host["name"]})
        made.commit()
    minion = ImporterMinion(
        zoom,
        ImporterSettings(
            host_id=_HOST,
            connection_string=f"jdbc:mysql://127.0.0.1:{site.mariadb.port}/{DATABASE}",
            jdbc_driver_class="org.mariadb.jdbc.Driver",
            user=DATABASE_USER,
            password=state.database_password,
            period=1.0,
            delay=0.0,
            back_off=BackOff(10, 1.0),
        ),
    )
    begin = time.perf_counter()
    minion.start()
    while minion.importer is None or _marker(client) < plan.tasks[-1].id:
        time.sleep(0.05)
    print(time.perf_counter() - begin)
    time.sleep(5)  # a heartbeat or two, for whoever watches
    minion.stop()
    client.stop()


def _marker(client: KazooClient) -> int:
    data, _ = client.get(f"{_ROOT}/zoom/0/models/C3POState/{_MARKER}")
    return int(json.loads(data)["lastProcessedTaskId"])


def _watcher() -> None:
    """The watcher's process."""
    settings = load_settings({"data_dir": str(Path(os.environ[WORK]) / "migration_data")})
    directory = settings.data_dir.value
    plan = load_plan(directory / PLAN_FILE)
    engine = open_engine(settings.require_database().url)
    try:
        with (
            RunDirectory(directory, step="import") as run,
            open_session(str(settings.require_zookeeper())) as session,
        ):
            watch_import(
                settings, run, plan, session=session, engine=engine, progress=LineProgress(sys.stderr)
            )
    finally:
        engine.dispose()


if __name__ == "__main__":
    if "--import" in sys.argv:
        _importer()
    elif "--watch" in sys.argv:
        _watcher()
    else:
        main()
