"""The way back on real servers: what 5.x added goes, what 1.9 had comes back, and tasks are taken out."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from fake_host_site import FakeSite
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import WrongState
from midonet_migrate.hosts.record import load_record
from midonet_migrate.run.atomic import TEMPORARY_SUFFIX
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.effective import Settings
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.hosts.wiring import baselines
from midonet_migrate.steps.rollback_report import RollbackPreview
from midonet_migrate.steps.rollback_zookeeper import RollbackOptions, rollback_zookeeper
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, MANIFEST_FILE
from midonet_migrate.zookeeper.lock import OWN_ROOT
from midonet_migrate.zookeeper.rollback_marker import MARKER_NODE
from midonet_migrate.zookeeper.rollback_method import Method
from prepare_harness import Answer
from rollback_site import (
    RollbackSite,
    load_dump,
    load_nodes,
    make_backup,
    recorded_tree,
    recorded_zoom,
    thinned,
)
from server_fixtures import Database
from task_samples import all_rows, insert_row
from zookeeper_trees import next_name, read_tree

DONE, WARNED, WRONG_STATE, CORRUPT, CANCELLED = 0, 1, 10, 30, 3
NEW_PORT = "cccccccc-0000-4000-8000-000000000003"
ROOTS = ["/midonet"]
IMPORTED = 35
"""The last task that the recorded importer has processed; the next id has to be above it."""


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    opened = KazooClient(hosts=zookeeper_root.hosts)
    opened.start(timeout=20)
    yield opened
    opened.stop()
    opened.close()


@pytest.fixture
def site(
    golden: Path, client: KazooClient, zookeeper_root: ZooKeeper, database: Database, tmp_path: Path
) -> Iterator[RollbackSite]:
    """Backed up, 3 tasks queued, imported; a foreign root beside it. A part of the recorded site."""
    yield from made_site(
        client,
        zookeeper_root,
        database,
        tmp_path,
        thinned(recorded_tree(golden)),
        dict(list(recorded_zoom(golden).items())[::20]),
    )


@pytest.fixture
def whole_site(
    golden: Path, client: KazooClient, zookeeper_root: ZooKeeper, database: Database, tmp_path: Path
) -> Iterator[RollbackSite]:
    """The same with every node of the recorded site."""
    yield from made_site(
        client, zookeeper_root, database, tmp_path, recorded_tree(golden), recorded_zoom(golden)
    )


def made_site(
    client: KazooClient,
    zookeeper_root: ZooKeeper,
    database: Database,
    tmp_path: Path,
    tree: dict[str, Any],
    zoom: dict[str, str],
) -> Iterator[RollbackSite]:
    load_dump(client, tree)
    client.create("/kafka", b"foreign")
    engine = open_engine(database.url)
    found = RollbackSite(tmp_path, zookeeper_root.hosts, database, engine)
    make_backup(zookeeper_root.hosts, found.data)
    found.queue_tasks(3)
    load_nodes(client, "/midonet", zoom)
    client.create("/midonet/config/templates/default", b"cluster {}", makepath=True)
    yield found
    engine.dispose()


def preview(site: RollbackSite, *words: str) -> dict[str, object]:
    answer = site.run("--preview", "-f", "json", *words)
    assert answer.status in {DONE, WARNED}, answer.stderr
    found: dict[str, object] = answer.json()
    return found


def refused(answer: Answer, status: int, text: str) -> None:
    assert answer.status == status, answer.stderr
    assert text in answer.stderr
    assert "Traceback" not in answer.stderr


def test_what_5x_added_is_deleted_and_nothing_of_19_is_touched(
    whole_site: RollbackSite, client: KazooClient
) -> None:
    site = whole_site
    old = read_tree(client, ["/midonet/v1"])
    foreign = client.get("/kafka")
    begun = site.data / "before_rollback-1"
    begun.mkdir(mode=0o700)
    (begun / f".x{TEMPORARY_SUFFIX}").write_text("of a run that was killed before the copy was whole")
    answer = site.run("--yes", "-f", "json")
    assert answer.status == DONE, answer.stderr
    report = answer.json()
    assert report["copy"] == begun.name
    assert sorted(path.name for path in begun.iterdir()) == [BACKUP_FILE, MANIFEST_FILE]
    assert report["method"] == "remove"
    assert report["tasks"]["removed"] == 3
    assert report["tasks"]["high_water_mark"] == IMPORTED, "C3POState's marker counts as used"
    assert client.get_children("/midonet") == ["v1"]
    assert read_tree(client, ["/midonet/v1"]) == old
    assert client.get("/kafka") == foreign
    assert all_rows(site.engine) == []
    assert client.get_children(OWN_ROOT) == []
    assert stat.S_IMODE((site.data / "tasks_removed.jsonl").stat().st_mode) == 0o600
    assert read_journal(site.data).pending() == []
    again = site.run("--yes")
    assert (again.status, "nothing to do" in again.stderr) == (DONE, True)


def test_the_preview_and_a_dry_run_tell_all_and_change_nothing(
    site: RollbackSite, client: KazooClient
) -> None:
    path = f"/midonet/zoom/0/models/NeutronPort/{NEW_PORT}"
    client.create(path, b'name: "new port"\n', makepath=True)
    tree, rows = read_tree(client, ["/midonet", "/kafka"]), all_rows(site.engine)
    files = sorted(site.data.rglob("*"))
    found = preview(site)
    assert found["method"] == "remove"
    assert found["sessions"] == []
    assert {"kind": "port", "id": NEW_PORT, "name": "new port", "side": "5.x"} in found["lost"]  # type: ignore[operator]
    dry = site.run("--dry-run", "-f", "json")
    assert dry.json()["changes"] == found["changes"]
    assert (read_tree(client, ["/midonet", "/kafka"]), all_rows(site.engine)) == (tree, rows)
    assert sorted(site.data.rglob("*")) == files


def test_a_damaged_19_tree_is_restored_with_its_counters(
    whole_site: RollbackSite, client: KazooClient
) -> None:
    site = whole_site
    make_backup_anew(site, client)
    wanted = read_tree(client, ROOTS)
    client.delete("/midonet/v1/ports", recursive=True)
    client.create("/midonet/v1/bridges/" + NEW_PORT, b'{"data":{"name":"late"},"version":"1.9"}')
    client.set("/midonet/v1/write_version", b"broken")
    found = preview(site)
    assert found["method"] == "restore"
    assert "/midonet/v1" in str(found["why"])
    assert {"kind": "network", "id": NEW_PORT, "name": "late", "side": "1.9"} in found["lost"]  # type: ignore[operator]
    answer = site.run("--yes", "-f", "json")
    assert answer.status == DONE, answer.stderr
    assert read_tree(client, ROOTS) == wanted
    assert next_name(client, "/midonet/v1/tunnels").endswith(
        f"{wanted['/midonet/v1/tunnels'].next_sequence:010d}"
    )
    copy = site.data / str(answer.json()["copy"])
    assert (copy / "zk_original.backup").exists()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


def make_backup_anew(site: RollbackSite, client: KazooClient) -> None:
    """The backup again, now with keys given back in it, and without 5.x."""
    for name in client.get_children("/midonet"):
        if name != "v1":
            client.delete(f"/midonet/{name}", recursive=True)
    client.ensure_path("/midonet/v1/tunnels")
    for _ in range(5):
        client.delete(client.create("/midonet/v1/tunnels/key-", sequence=True))
    make_backup(site.hosts, site.data)


def test_restoring_what_is_equal_already_is_nothing_to_do(site: RollbackSite, client: KazooClient) -> None:
    assert site.run("--yes", "--method", "restore").status == DONE
    tree = read_tree(client, ROOTS)
    answer = site.run("--yes", "--method", "restore")
    assert (answer.status, "nothing to do" in answer.stderr) == (DONE, True)
    assert read_tree(client, ROOTS) == tree
    agents_of_a_run_that_was_cut_off_start_again(site)


def settings_of(site: RollbackSite) -> Settings:
    return load_settings(
        {
            "data_dir": str(site.data),
            "zookeeper": site.hosts,
            "source_root": "/midonet/v1",
            "config_file": [str(site.folder / "neutron.conf")],
        },
        environment={},
        root=site.folder / "nothing",
        working_directory=site.folder,
    )


def agents_of_a_run_that_was_cut_off_start_again(site: RollbackSite) -> None:
    """Killed when the tree was back, and the agents that were never switched were still stopped: the next run
    starts them, and tells which it could not."""
    hosts = FakeSite(site.folder / "hosts")
    before = hosts.state()
    hosts.of_rollback().stop(dry_run=False, old_agents=True)
    hosts.unreachable = {"compute-3"}
    settings = settings_of(site)

    def again() -> RollbackPreview:
        return rollback_zookeeper(
            settings,
            RollbackOptions(),
            progress=SilentProgress(),
            confirm=lambda _preview: None,
            hosts=hosts.of_rollback(),
        )

    found = again()
    assert not found.nothing_to_do
    assert [warning for warning in found.warnings if "compute-3" in warning]
    assert found.started is not None
    assert [result.host for result in found.started.failed] == ["compute-3"]
    hosts.unreachable = set()
    assert not again().warnings
    after = hosts.state()
    assert {name: after[name] for name in after if name != "controller"} == {
        name: before[name] for name in before if name != "controller"
    }
    assert again().nothing_to_do


def test_agents_of_19_go_on_when_a_restore_is_refused(site: RollbackSite, client: KazooClient) -> None:
    """They were stopped for it; nothing was changed. What they were like before is known: the gate of whoever
    goes forward after all compares with it."""
    assert preview(site)["sessions"] == []
    client.create("/midonet/v1/ports/p1/active/id-compute-4", b"", makepath=True)
    binding = b'{"data": {"localDeviceName": "tap1"}}'
    client.create("/midonet/v1/hosts/id-compute-4/vrnMappings/ports/p1", binding, makepath=True)
    fleet = FakeSite(site.folder / "hosts")
    before = fleet.state()
    session = "/midonet/v1/hosts/of-a-host-that-nobody-knew"

    def somebody_comes(said: str) -> None:
        if said == "compute-4: stop midolman":
            client.create(session, b"", ephemeral=True)

    fleet.interrupt = somebody_comes
    with pytest.raises(WrongState, match="session"):
        rollback_zookeeper(
            settings_of(site),
            RollbackOptions(method=Method.RESTORE),
            progress=SilentProgress(),
            confirm=lambda _preview: None,
            hosts=fleet.of_rollback(),
        )
    assert "compute-4: stop midolman" in fleet.said
    assert load_record(RunDirectory(fleet.settings().data_dir.value), "compute-4").baseline.interfaces == {
        "p1": "tap1"
    }
    after = fleet.state()
    assert all(after[name] == before[name] for name in before if name != "controller")


def test_a_wiped_ensemble_is_restored(site: RollbackSite, client: KazooClient) -> None:
    make_backup_anew(site, client)
    wanted = read_tree(client, ROOTS)
    client.delete("/midonet", recursive=True)
    assert site.run("--yes").status == DONE
    assert read_tree(client, ROOTS) == wanted


def test_sessions_of_5x_stop_a_removal_and_are_named(site: RollbackSite, client: KazooClient) -> None:
    client.create("/midonet/leader-latch/latch-1", b"host-a", ephemeral=True, makepath=True)
    client.create("/midonet/v1/hosts/alive-agent", b"", ephemeral=True)
    tree = read_tree(client, ROOTS)
    found = preview(site)
    assert [session["side"] for session in found["sessions"]] == ["5.x"]  # type: ignore[attr-defined]
    assert "refused as long as" in str(found["warnings"]), "the preview foresees what the real run does"
    assert preview(site, "--force")["warnings"] == []
    refused(site.run("--yes"), WRONG_STATE, "/midonet/leader-latch/latch-1")
    refused(site.run("--yes", "--method", "restore"), WRONG_STATE, "/midonet/v1/hosts/alive-agent")
    assert read_tree(client, ROOTS) == tree
    assert len(all_rows(site.engine)) == 3
    forced = site.run("--yes", "--force")
    assert forced.status == DONE
    assert "/midonet/leader-latch/latch-1" in forced.stderr
    assert client.get_children("/midonet") == ["v1"]


def test_without_a_yes_nothing_is_done(site: RollbackSite, client: KazooClient) -> None:
    tree = read_tree(client, ROOTS)
    refused(site.run(), CANCELLED, "no terminal")
    assert read_tree(client, ROOTS) == tree
    assert len(all_rows(site.engine)) == 3


def test_foreign_tasks_can_be_kept_with_a_warning(site: RollbackSite) -> None:
    insert_row(site.engine, 9)
    answer = site.run("--yes", "--keep-foreign-tasks")
    assert answer.status == WARNED
    assert "the importer executes them" in answer.stderr
    assert [row["id"] for row in all_rows(site.engine)] == [9]


def test_no_backup_no_rollback(site: RollbackSite, client: KazooClient) -> None:
    tree = read_tree(client, ROOTS)
    (site.data / "zk_original.backup").rename(site.data / "elsewhere")
    refused(site.run("--yes"), WRONG_STATE, "There is no backup")
    (site.data / "elsewhere").rename(site.data / "zk_original.backup")
    (site.data / "zk_original.manifest").unlink()
    refused(site.run("--yes"), WRONG_STATE, "zk_original.manifest")
    assert read_tree(client, ROOTS) == tree


def test_a_backup_of_another_ensemble_is_refused(
    site: RollbackSite, client: KazooClient, tmp_path: Path
) -> None:
    with ZooKeeper(tmp_path / "other", disposable=True) as other:
        there = KazooClient(hosts=other.hosts)
        there.start(timeout=20)
        there.create("/midonet/v1", b"", makepath=True)
        site.hosts = other.hosts
        refused(site.run("--yes"), WRONG_STATE, "another ZooKeeper ensemble")
        assert there.get_children("/midonet") == ["v1"]
        there.stop()
        there.close()


def test_a_removal_that_was_begun_goes_on_with_the_same_method(
    site: RollbackSite, client: KazooClient
) -> None:
    manifest = json.loads((site.data / "zk_original.manifest").read_text())
    client.ensure_path(OWN_ROOT)
    marker = {"method": "restore", "backup": manifest["sha256"], "copy": ""}
    client.create(MARKER_NODE, json.dumps(marker).encode())
    found = preview(site)
    assert (found["method"], found["resumed"]) == ("restore", True)
    with pytest.raises(WrongState, match="not finished"), baselines(settings_of(site)):
        pass  # no host is staged, installed or switched on half a tree
    assert site.run("--yes").status == DONE
    assert not client.exists(MARKER_NODE)


def test_no_server_is_unreachable(site: RollbackSite) -> None:
    site.hosts = "127.0.0.1:1"
    answer = site.run("--yes")
    refused(answer, 20, "ZooKeeper at 127.0.0.1:1 does not answer")


def test_no_damaged_backup_gets_as_far_as_a_deletion(site: RollbackSite, client: KazooClient) -> None:
    """Truncation at every byte and every bit of a small backup: see the fault tests; here the exit status."""
    backup = site.data / "zk_original.backup"
    content = backup.read_bytes()
    backup.write_bytes(content[:-1])
    tree = read_tree(client, ROOTS)
    refused(site.run("--yes"), CORRUPT, "zk_original.backup")
    backup.write_bytes(content.replace(b"{", b"{ ", 1))
    refused(site.run("--yes"), CORRUPT, "zk_original.backup")
    assert read_tree(client, ROOTS) == tree
    assert len(all_rows(site.engine)) == 3
