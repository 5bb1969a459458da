"""Hosts of 5.0.2: written into the store, seen by the API, compared when they are there (new 1.10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden_snapshot import load_snapshot
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import WrongState
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, read_journal
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.source.midonet.transport import Timeouts
from midonet_migrate.steps.recreate import recreate
from midonet_migrate.target.hosts_in_store import HostStore
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.results import State
from midonet_migrate.zookeeper.session import open_session
from recreate_site import ROOT, RecreateSite, recreate_site

HOST = "application/vnd.org.midonet.Host-v3+json"
HOSTS = "application/vnd.org.midonet.collection.Host-v3+json"


@pytest.fixture(scope="module")
def plan(golden: Path) -> Plan:
    return build_plan(load_snapshot(golden), PlanOptions(target_version="5.0.2"))


@pytest.fixture
def site(zookeeper_root: ZooKeeper, tmp_path: Path, plan: Plan) -> Iterator[RecreateSite]:
    with recreate_site(zookeeper_root, tmp_path, plan, "5.0.2") as made:
        yield made


def stored(plan: Plan) -> dict[str, str]:
    """Node -> text of each host."""
    return {
        f"{ROOT}{request.path}": str((request.body or {})["text"])
        for conversion in plan.conversions
        for request in conversion.requests
        if conversion.type == "host-in-store"
    }


def test_hosts_are_written_with_one_multi_and_the_api_shows_them(site: RecreateSite, plan: Plan) -> None:
    """One unit for all of them; names, weights and zone membership as planned; a dry run writes nothing."""
    hosts = stored(plan)
    looked = site.recreate(plan, "before-import", dry_run=True)
    assert not any(site.client.exists(path) for path in hosts)
    report = site.recreate(plan, "before-import")
    assert looked == report
    assert {path: site.client.get(path)[0].decode() for path in hosts}.keys() == hosts.keys()
    intents = [record for record in read_journal(site.data).records if record.kind == "zookeeper"]
    assert len(intents) == 1
    assert intents[0].inverse == Inverse(action="delete-nodes", arguments={"paths": list(hosts)})
    names = {host["name"] for host in site.get("/hosts", HOSTS)}
    assert names == {text.split('name: "')[1].split('"')[0] for text in hosts.values()}
    weights = [item for item in plan.objects if item.kind == "host"]
    for item in weights:
        shown = site.get(item.path, HOST)
        assert shown["floodingProxyWeight"] == (item.body or {})["floodingProxyWeight"]


def test_a_host_that_is_there_is_adopted_or_a_conflict_by_its_name(site: RecreateSite, plan: Plan) -> None:
    """Whatever else an agent has written into it; what needs a conflicting host is not sent."""
    (first, text), (second, _), *_ = stored(plan).items()
    site.client.create(first, f"{text}flooding_proxy_weight: 7\n".encode())
    site.client.create(second, b'id { msb: 1 lsb: 2 } name: "stranger"')
    site.recreate(plan, "before-import")
    states = {result.path: result for result in site.states().hosts_in_store}
    assert states[first.removeprefix(ROOT)].state is State.ADOPTED
    conflict = states[second.removeprefix(ROOT)]
    assert conflict.state is State.CONFLICT
    assert {item.field for item in conflict.differences} == {"id", "name"}
    needing = [item for item in site.states().requests if item.state is State.SKIPPED]
    assert all(second.rpartition("/")[2] in item.reason for item in needing)
    assert site.client.get(second)[0].startswith(b"id { msb: 1")


def test_a_multi_whose_answer_was_lost_is_settled_by_looking(site: RecreateSite, plan: Plan) -> None:
    """The run was killed after the multi took effect: the hosts count as made here, nothing is written."""
    hosts = stored(plan)
    inverse = Inverse(action="delete-nodes", arguments={"paths": list(hosts)})

    def killed(run: RunDirectory) -> None:
        with run.journal.unit("zookeeper", "create hosts", inverse=inverse):
            for path, text in hosts.items():
                site.client.create(path, text.encode())
            raise KeyboardInterrupt

    with RunDirectory(site.data, step="recreate") as run, pytest.raises(KeyboardInterrupt):
        killed(run)
    site.recreate(plan, "before-import")
    assert {result.state for result in site.states().hosts_in_store} == {State.CREATED}
    contents = read_journal(site.data)
    assert contents.pending() == []
    assert len([record for record in contents.records if record.kind == "zookeeper"]) == 1


def test_without_a_store_the_operator_is_told_to_start_the_cluster(
    zookeeper_root: ZooKeeper, tmp_path: Path, plan: Plan
) -> None:
    """Nothing is created where midonet-cluster has not made its store; nor without ZooKeeper at all."""
    conversions = [item for item in plan.conversions if item.type == "host-in-store"]
    with (
        open_session(f"127.0.0.1:{zookeeper_root.port}") as session,
        RunDirectory(tmp_path / "data", step="recreate") as run,
    ):
        with pytest.raises(WrongState, match="no store of MidoNet 5"):
            HostStore(session, ROOT, run).create(conversions)
        assert not session.exists(ROOT)


def test_5_0_2_needs_its_zookeeper(site: RecreateSite, plan: Plan) -> None:
    """The API alone cannot do it, and says nothing of use."""
    with (
        MidonetApi(site.api.url, None, timeouts=Timeouts()) as api,
        RunDirectory(site.data, step="recreate") as run,
        pytest.raises(WrongState, match="only be written into its store"),
    ):
        recreate(run, plan, api, SilentProgress(), "before-import")
