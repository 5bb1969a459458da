"""A new site on real servers: ZooKeeper, the stand-in API, a run directory with a plan, ``verify`` on it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kazoo.client import KazooClient

from midonet_lab.midonet5.api.process import Midonet5ApiProcess
from midonet_lab.midonet5.store import Zoom
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.cli.main import run as command_line
from midonet_migrate.model.plan import Plan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.objects.order import before_import
from midonet_migrate.plan.planner import sealed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.recreate import TargetStore, recreate
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.verify.expected import promised_site
from midonet_migrate.zookeeper.session import open_session
from new_site import Tree, Version, tree_of

ROOT = "/midonet"
SOURCE_ROOT = "/midonet/v1"
_NETWORK_TABLES = {
    "5.0.2": "/bridges/{}/mac_ports /bridges/{}/ip4_mac_map /bridges/{}/vlans",
    "5.2.1": "/zoom/0/tables/Network/{}/mac_table /zoom/0/tables/Network/{}/ip4_mac_table",
}


@dataclass
class NewSite:
    """A site, its plan, and what ``verify`` says of it."""

    version: Version
    zookeeper: str
    client: KazooClient
    api: Midonet5ApiProcess
    data: Path
    extra: tuple[str, ...] = ()

    def put(self, tree: Tree) -> None:
        """Write nodes below the root key."""
        for path, data in tree.items():
            self.client.ensure_path((ROOT + path).rpartition("/")[0])
            if self.client.exists(ROOT + path):
                self.client.set(ROOT + path, data)
            else:
                self.client.create(ROOT + path, data)

    def set_marker(self, last: int) -> None:
        """Say how far the importer has come."""
        key = "00000000-0000-0000-0000-000000000001"
        text = json.dumps({"id": key, "lastProcessedTaskId": last}).encode()
        self.put({f"/zoom/0/models/C3POState/{key}": text})

    def verify(self, *words: str) -> tuple[int, Any, str]:
        """Exit status, decoded JSON (the report or the error), and standard error."""
        out, err = io.StringIO(), io.StringIO()
        arguments = ["verify", "-f", "json", "--data-dir", str(self.data), "--zookeeper", self.zookeeper]
        arguments += ["--target-api", self.api.url, "--source-root", SOURCE_ROOT, *self.extra, *words]
        with redirect_stdout(out), redirect_stderr(err):
            status = command_line(arguments)
        said = err.getvalue()
        return status, json.loads(out.getvalue() or said[said.index("{") :]), said


@contextmanager
def new_site(
    zookeeper: ZooKeeper, folder: Path, version: Version, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NewSite]:
    """Empty servers of a version."""
    for name in ("USERNAME", "PASSWORD", "PROJECT"):
        monkeypatch.setenv(f"MIDONET_MIGRATE_API_{name}", "admin")
    hosts = f"127.0.0.1:{zookeeper.port}"
    client = KazooClient(hosts=hosts)
    client.start(timeout=60)
    try:
        Zoom(client, ROOT, version).prepare()
        with Midonet5ApiProcess(folder / "api", hosts, version, disposable=True) as api:
            yield NewSite(version, hosts, client, api, folder / "data")
    finally:
        client.stop()
        client.close()


def write_plan(site: NewSite, plan: Plan, snapshot: Snapshot | None = None) -> Plan:
    """Make the run directory of a plan."""
    final = sealed(plan)
    with RunDirectory(site.data, step="prepare") as run:
        run.tie_to({"source_root": SOURCE_ROOT})
        run.write_json("plan.json", final)
        if snapshot is not None:
            run.write_json("snapshot.json.gz", snapshot)
    return final


def import_and_recreate(site: NewSite, plan: Plan) -> None:
    """What ``import`` does; the tasks' objects are put in place by hand, everything else by the product."""
    with (
        MidonetApi(site.api.url, None) as api,
        RunDirectory(site.data, step="import") as run,
        open_session(site.zookeeper) as session,
    ):
        progress = SilentProgress()
        recreate(run, plan, api, progress, "before-import", store=TargetStore(session, ROOT))
        early = [request for request in plan.objects if before_import(request)]
        promised = promised_site(msgspec.structs.replace(plan, objects=early))
        networks = list(promised.objects.get("Network", {}))
        site.put(tree_of(promised))
        site.set_marker(max(task.id for task in plan.tasks))
        for network in networks:
            for path in _NETWORK_TABLES[site.version].split():
                site.client.ensure_path(ROOT + path.format(network))
        recreate(run, plan, api, progress, "after-import")
