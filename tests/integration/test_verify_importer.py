"""Two readings of the importer's rules, written apart: what ``verify`` expects, what the stand-in makes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from kazoo.client import KazooClient

from golden_snapshot import load_snapshot
from midonet_lab.midonet5.importer.executor import Executor
from midonet_lab.midonet5.importer.retries import Retries
from midonet_lab.midonet5.importer.rows import Row
from midonet_lab.midonet5.importer.settings import BackOff
from midonet_lab.midonet5.store import Zoom
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.sites.generator import SiteSpec, generate_with_dicts
from midonet_lab.sites.generator.specification import Flavour
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta
from midonet_migrate.plan.objects.order import before_import
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.verify.expected import promised_site
from new_site import MODELS, Tree, Version, compare_tree, tree_of

ROOT = "/midonet"
_COMPARED = ("zoom/0/models", "zoom/0/tables/Network", "bridges", "sequences")


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    client = KazooClient(hosts=f"127.0.0.1:{zookeeper_root.port}")
    client.start(timeout=60)
    yield client
    client.stop()
    client.close()


def imported(client: KazooClient, plan: Plan) -> tuple[Plan, Tree]:
    """The part of the plan that the importer sees, and what the stand-in makes of it."""
    version: Version = "5.0.2" if plan.meta.target_version == "5.0.2" else "5.2.1"
    zoom = Zoom(client, ROOT, version)
    zoom.prepare()
    early = [request for request in plan.objects if before_import(request)]
    seen = msgspec.structs.replace(plan, objects=early)
    for path, data in tree_of(promised_site(msgspec.structs.replace(seen, tasks=[]))).items():
        if path.startswith(MODELS) and "C3POState" not in path:
            client.create(ROOT + path, data)
    executor = Executor(zoom, Retries(client, BackOff(), threading.Event()))
    for task in plan.tasks:
        row = Row(
            task_id=task.id,
            operation=task.type,
            data_type=task.data_type,
            resource_id=task.resource_id,
            transaction_id=task.transaction_id,
            data=json.dumps(task.data),
        )
        executor.execute(executor.deserialize(row))
    tree: Tree = {}
    for top in _COMPARED:
        if client.exists(f"{ROOT}/{top}"):
            _read(client, f"/{top}", tree)
    return seen, tree


def _read(client: KazooClient, path: str, tree: Tree) -> None:
    tree[path] = client.get(ROOT + path)[0] or b""
    for name in client.get_children(ROOT + path):
        _read(client, f"{path}/{name}", tree)


@pytest.mark.parametrize(
    ("version", "flavour", "seed"),
    [("5.2.1", "v2", 1), ("5.0.2", "v2", 2), ("5.2.1", "legacy", 3), ("5.0.2", "v1", 4)],
)
def test_generated_sites(client: KazooClient, version: Version, flavour: Flavour, seed: int) -> None:
    """With port security, address pairs, extra routes, uplinks and load balancing."""
    spec = SiteSpec(ports=36, networks_per_tenant=2, groups_per_tenant=2, flavour=flavour)
    made = generate_with_dicts(spec, seed, True)
    meta = SnapshotMeta(plugin_flavour=flavour)
    snapshot = Snapshot(neutron=made.neutron, midonet=made.site.midonet, meta=meta)
    plan = build_plan(snapshot, PlanOptions(target_version=version))
    assert compare_tree(*imported(client, plan)) == []


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_the_recorded_site(client: KazooClient, golden: Path, version: Version) -> None:
    """The tasks planned for a real 1.9 site."""
    plan = build_plan(load_snapshot(golden), PlanOptions(target_version=version))
    assert compare_tree(*imported(client, plan)) == []
