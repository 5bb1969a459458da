"""``verify`` on real ZooKeeper nodes and a 5.x API: no difference where all is as promised, else found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from golden_snapshot import load_snapshot
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.run.journal_file import JOURNAL_FILE
from midonet_migrate.steps.canary import CANARY_NAME
from new_site import Version, golden_plan, golden_tree
from new_site_changes import OTHER_ID
from server_fixtures import Database
from verify_harness import ROOT, NewSite, import_and_recreate, new_site, write_plan
from waiting import PATIENCE

VERSIONS: list[Version] = ["5.2.1", "5.0.2"]
_NEED_A_SWITCH = frozenset({"vtep", "vtep_binding"})


@pytest.fixture
def site(
    zookeeper_root: ZooKeeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[NewSite]:
    with new_site(zookeeper_root, tmp_path, request.param, monkeypatch) as made:
        yield made


def recorded_plan(golden: Path, version: Version) -> Plan:
    """The plan of the recorded site, but for its VTEP, which needs a switch."""
    plan = build_plan(load_snapshot(golden), PlanOptions(target_version=version))
    kept = [request for request in plan.objects if request.kind not in _NEED_A_SWITCH]
    return msgspec.structs.replace(plan, objects=kept)


def bridges(site: NewSite) -> list[dict[str, str]]:
    found: list[dict[str, str]] = httpx.get(f"{site.api.url}/bridges", timeout=PATIENCE).json()
    return found


@pytest.mark.parametrize("site", VERSIONS, indirect=True)
def test_a_recorded_import_read_from_zookeeper_has_no_difference(golden: Path, site: NewSite) -> None:
    """Loaded as it was recorded, served by an API on it; and what is read is all there is."""
    plan = write_plan(site, golden_plan(golden, site.version))
    tree = golden_tree(golden, site.version)
    site.put(tree)
    site.client.ensure_path(f"{ROOT}/zoom/0/zoomlocks/lock0000000001")
    status, found, _ = site.verify()
    assert found["differences"] == []
    assert status == 0
    assert found.keys() == {"checked", "differences"}
    objects = [path for path in tree if path.count("/") == 5 and "/models/" in path]
    in_store = {kind: number for kind, number in found["checked"].items() if kind[0].isupper()}
    assert sum(in_store.values()) == len(objects) - 1  # the importer's marker
    assert found["checked"]["canary"] == 1
    assert len(plan.tasks) == 35


@pytest.mark.parametrize("site", VERSIONS, indirect=True)
def test_a_whole_site_imported_and_recreated_has_no_difference(golden: Path, site: NewSite) -> None:
    """Everything the API made too; a second time as well; the canary leaves nothing."""
    plan = write_plan(site, recorded_plan(golden, site.version), load_snapshot(golden))
    import_and_recreate(site, plan)
    before = sorted(bridge["id"] for bridge in bridges(site))
    nodes = site.client.get_children(f"{ROOT}/bridges") if site.version == "5.0.2" else []
    for _ in range(2):
        status, found, _ = site.verify()
        assert (status, found["differences"]) == (0, [])
    assert sorted(bridge["id"] for bridge in bridges(site)) == before
    if site.version == "5.0.2":
        assert sorted(site.client.get_children(f"{ROOT}/bridges")) == sorted(nodes)


@pytest.mark.parametrize("site", ["5.2.1"], indirect=True)
def test_changes_made_through_the_api_are_found_with_their_old_values(golden: Path, site: NewSite) -> None:
    """A renamed bridge, a rule gone, a chain that nobody promised: each is named, with what it was in 1.9."""
    snapshot = load_snapshot(golden)
    plan = write_plan(site, recorded_plan(golden, site.version), snapshot)
    import_and_recreate(site, plan)
    # Not the one with DHCPv6: a PUT of its bridge loses it, which would be found too (new 1.8.1).
    lossy = {request.path.split("/")[2] for request in plan.objects if request.kind == "dhcp_v6_subnet"}
    bridge = next(item for item in plan.objects if item.kind == "bridge" and item.id not in lossy)
    rule = next(request for request in plan.objects if request.kind == "rule")
    body = {**(bridge.body or {}), "name": "renamed"}
    headers = {"Content-Type": media_type("bridge")}
    patient = httpx.Client(base_url=site.api.url, timeout=PATIENCE)
    assert patient.put(f"/bridges/{bridge.id}", json=body, headers=headers).status_code == 204
    assert patient.delete(f"/rules/{rule.id}").status_code == 204
    headers = {"Content-Type": media_type("chain")}
    extra = {"id": OTHER_ID, "name": "mine"}
    assert patient.post("/chains", json=extra, headers=headers).status_code == 201
    patient.close()
    status, found, _ = site.verify("--no-canary")
    assert status == 30
    by_place = {(item["kind"], item["id"], item["field"]): item for item in found["differences"]}
    renamed = by_place["Network", bridge.id, "name"]
    assert (renamed["expected"], renamed["found"]) == ((bridge.body or {})["name"], "renamed")
    assert renamed["old"] == snapshot.midonet_by_id("bridge")[bridge.id]["name"]
    assert by_place["api bridge", bridge.id, "name"]["found"] == "renamed"
    assert by_place["Rule", rule.id, ""]["found"] is None
    assert by_place["api rule", rule.id, ""]["found"] is None
    assert by_place["Chain", rule.path.split("/")[2], "rule_ids"]["expected"] == rule.id
    assert by_place["Chain", OTHER_ID, ""]["expected"] is None
    assert len(by_place) == 6


@pytest.mark.parametrize("site", VERSIONS, indirect=True)
def test_what_a_killed_canary_left_is_taken_away(golden: Path, site: NewSite) -> None:
    """Known by its name, whatever run made it; a dry run only says so and writes nothing."""
    write_plan(site, golden_plan(golden, site.version))
    site.put(golden_tree(golden, site.version))
    headers = {"Content-Type": media_type("bridge")}
    left = {"id": OTHER_ID, "name": CANARY_NAME}
    url = f"{site.api.url}/bridges"
    assert httpx.post(url, json=left, headers=headers, timeout=PATIENCE).status_code == 201
    journal = site.data / JOURNAL_FILE
    before = journal.read_bytes() if journal.exists() else b""
    status, found, said = site.verify("--dry-run")
    assert status == 30
    assert {item["id"] for item in found["differences"]} == {OTHER_ID}
    assert "would be taken away" in said
    assert (journal.read_bytes() if journal.exists() else b"") == before
    status, found, said = site.verify()
    assert (status, found["differences"]) == (0, [])
    assert OTHER_ID in said
    assert OTHER_ID not in {bridge["id"] for bridge in bridges(site)}
    assert not site.client.exists(f"{ROOT}/bridges/{OTHER_ID}")


@pytest.mark.parametrize("site", ["5.2.1"], indirect=True)
def test_an_import_that_is_not_finished_is_a_difference(golden: Path, site: NewSite) -> None:
    """The marker is behind the last task."""
    plan = write_plan(site, golden_plan(golden, site.version))
    site.put(golden_tree(golden, site.version))
    site.set_marker(len(plan.tasks) - 1)
    status, found, _ = site.verify("--no-canary")
    assert status == 30
    (item,) = found["differences"]
    assert (item["kind"], item["expected"], item["found"]) == ("importer", 35, 34)


@pytest.mark.parametrize("site", ["5.2.1"], indirect=True)
def test_an_unreadable_object_is_a_difference_not_an_end(golden: Path, site: NewSite) -> None:
    """Broken text in one node: named, and everything else is still compared."""
    write_plan(site, golden_plan(golden, site.version))
    tree = golden_tree(golden, site.version)
    path = next(path for path in tree if "/models/SecurityGroupRule/" in path)
    site.put({**tree, path: b"id { msb: 1"})
    status, found, _ = site.verify("--no-canary")
    assert status == 30
    (item,) = found["differences"]
    assert item["id"] == path.rpartition("/")[2]
    assert item["found"].startswith("unreadable")


@pytest.mark.parametrize("site", ["5.2.1"], indirect=True)
def test_without_a_plan_there_is_a_clear_error(site: NewSite) -> None:
    """Nothing was prepared in this directory."""
    status, found, _ = site.verify()
    assert status == 10
    assert "prepare" in found["error"]["hint"]


@pytest.mark.parametrize("site", ["5.2.1"], indirect=True)
def test_tasks_that_wait_are_differences(
    golden: Path, site: NewSite, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows behind the importer's marker, whoever wrote them; those before it are done."""
    write_plan(site, golden_plan(golden, site.version))
    site.put(golden_tree(golden, site.version))
    site.set_marker(35)
    empty_database.execute(
        "CREATE TABLE midonet_tasks (id INT PRIMARY KEY, type VARCHAR(36), data_type VARCHAR(36),"
        " resource_id VARCHAR(36))",
        f"INSERT INTO midonet_tasks VALUES (35, 'CREATE', 'PORT', '{OTHER_ID}'),"
        f" (36, 'CREATE', 'NETWORK', '{OTHER_ID}')",
    )
    monkeypatch.setenv("MIDONET_MIGRATE_DATABASE", empty_database.url.render_as_string(hide_password=False))
    status, found, _ = site.verify("--no-canary")
    assert status == 30
    (item,) = found["differences"]
    assert (item["kind"], item["id"]) == ("task", "36")
    assert "NETWORK" in item["found"]


@pytest.mark.parametrize("site", ["5.2.1"], indirect=True)
def test_health_is_not_compared_once_an_agent_lives(golden: Path, site: NewSite) -> None:
    """The agent that runs a pool's health monitor changes its state; nothing else changes."""
    write_plan(site, golden_plan(golden, site.version))
    tree = golden_tree(golden, site.version)
    pools = [path for path in tree if path.startswith("/zoom/0/models/Pool/")]
    site.put({**tree, **{path: tree[path].replace(b"PENDING_CREATE", b"ACTIVE") for path in pools}})
    assert len(site.verify("--no-canary")[1]["differences"]) == len(pools)
    site.client.ensure_path(f"{ROOT}/zoom/0/state/{OTHER_ID}/Host/{OTHER_ID}/alive")
    assert site.verify("--no-canary")[1]["differences"] == []
