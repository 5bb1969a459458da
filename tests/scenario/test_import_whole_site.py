"""Steps 1 to 3 and back, as an operator does them: prepare, backup, import, verify, finish, rollback."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from formats import require_format
from midonet_lab.recipe import Recipe
from prepare_harness import Answer
from terminal import Screen
from whole_site import WholeSite, whole_site

IMPORT = ("import", "--yes", "--skip-vteps", "-f", "json")
WRONG_STATE, CANCELLED, NOT_AS_PLANNED = 10, 3, 30
REMARKS, WIDTH = 1, 80


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    """A generated site with oddities, prepared and backed up. The tests below are its story, in order."""
    with whole_site(tmp_path_factory.mktemp("story"), Recipe(seed=5)) as found:
        found.prepared()
        yield found


@contextmanager
def _zookeeper(site: WholeSite) -> Iterator[KazooClient]:
    client = KazooClient(hosts=site.site.zookeeper.hosts)
    client.start(timeout=60)
    try:
        yield client
    finally:
        client.stop()
        client.close()


def _new_root(site: WholeSite) -> list[str]:
    with _zookeeper(site) as client:
        return sorted(client.get_children("/midonet"))


@pytest.fixture(scope="module")
def rehearsed(site: WholeSite) -> Answer:
    """A dry run before midonet-cluster runs."""
    return site.run("import", "--dry-run", "--skip-vteps", "-f", "json")


def test_a_dry_run_and_a_question_without_a_terminal_change_nothing(
    site: WholeSite, request: pytest.FixtureRequest
) -> None:
    before = site.journal()
    dry: Answer = request.getfixturevalue("rehearsed")
    assert dry.status in {0, REMARKS}, dry.stderr
    assert not dry.json()["nothing_to_do"]
    asked = site.run("import", "--skip-vteps")
    assert asked.status == CANCELLED, asked.stderr
    assert "--yes" in asked.stderr
    assert _new_root(site) == ["v1"]
    assert site.journal() == before
    assert not site.site.cluster.running
    with _zookeeper(site) as client:
        marker = "/midonet/zoom/0/models/C3POState/00000000-0000-0000-0000-000000000001"
        client.create(marker, b'{"lastProcessedTaskId": 1000000}', makepath=True)
        refused = site.run("import", "--dry-run", "--skip-vteps")
        client.delete("/midonet/zoom", recursive=True)
    assert refused.status == WRONG_STATE, "tasks below the marker are never read"
    assert "marker" in refused.stderr


def _beside_vteps(site: WholeSite, *words: str) -> tuple[int, dict[tuple[str, str], Any]]:
    """Exit status, and what remains open, of an import that does not leave VTEPs out."""
    answer = site.run("import", *words, "-f", "json")
    record = answer.json()
    return answer.status, {(item["kind"], item["id"]): item for item in record["recreated"]["open"]}


@pytest.fixture(scope="module")
def foreseen(site: WholeSite) -> tuple[int, dict[tuple[str, str], Any]]:
    """What a dry run says of VTEPs whose switches do not answer, before midonet-cluster runs."""
    return _beside_vteps(site, "--dry-run")


def test_a_dry_run_asks_the_switches_before_the_cluster_runs(
    foreseen: tuple[int, dict[tuple[str, str], Any]], site: WholeSite
) -> None:
    """The VTEP cannot be made, and so its bindings are not: told before anything is done (I6)."""
    status, left = foreseen
    assert status == NOT_AS_PLANNED
    assert {kind for kind, _ in left} == {"vtep", "vtep_binding"}
    assert not site.site.cluster.running
    assert _new_root(site) == ["v1"]


def test_the_import_builds_everything_and_leaves_the_importer_on_and_drained(
    site: WholeSite, rehearsed: Answer
) -> None:
    """Its operator sits at a terminal and sees bars; what the dry run has foretold comes true."""
    done = site.run_on_terminal(*IMPORT, columns=WIDTH)
    assert done.status == rehearsed.status, done.stderr
    screen = Screen(WIDTH)
    screen.feed(done.stderr)
    assert screen.cursor_shown
    bars = [line for line in screen.lines if "━" in line]
    tasks = done.json()["tasks"]
    assert any(re.fullmatch(rf"importing tasks ━+ {tasks}/{tasks} .*", line) for line in bars), screen.lines
    assert {line.partition(" ━")[0] for line in bars} >= {"re-creating rule", "looking what is there"}
    assert not [line for line in bars if len(line) > WIDTH or line.endswith("stopped")]
    report, foretold = done.json(), rehearsed.json()
    assert report["recreated"] == foretold["recreated"]
    assert report["hosts"] == foretold["hosts"]
    assert report["watched"]["executed"] == report["tasks"] > 0
    assert {result["reason"] for result in report["recreated"]["open"]} <= {"left out by --skip-vteps"}
    assert {"config", "leader-latch", "sequences", "v1", "zoom"} <= set(_new_root(site))
    for name in ("import_report.json", "recreate.json"):
        require_format(site.data / name)
    assert json.loads((site.data / "import_report.json").read_text()) == report
    password = site.site.state().database_password  # type: ignore[union-attr]
    for path in site.data.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    told = done.stdout + done.stderr + (site.data / "journal.jsonl").read_text()
    assert password not in told


def test_the_new_site_is_what_the_plan_promised(site: WholeSite) -> None:
    assert site.differences() == []


def test_a_second_import_finds_nothing_to_do(site: WholeSite) -> None:
    again = site.run(*IMPORT)
    assert again.status in {0, 1}, again.stderr
    assert again.json()["nothing_to_do"]


def test_the_real_run_finds_of_the_switches_what_the_dry_run_did(
    foreseen: tuple[int, dict[tuple[str, str], Any]], site: WholeSite
) -> None:
    """Same exit status, same objects, same states, same reasons."""
    assert _beside_vteps(site, "--yes") == foreseen


def test_finish_switches_the_importer_off_once(site: WholeSite) -> None:
    done = site.run("import", "--finish", "--yes", "-f", "json")
    assert done.status == 0, done.stderr
    assert not done.json()["nothing_to_do"]
    again = site.run("import", "--finish", "--yes", "-f", "json")
    assert again.json()["nothing_to_do"]
    # And what was built stays: another import does not switch the importer on again.
    assert site.run(*IMPORT).json()["nothing_to_do"]
    assert site.differences() == []


def test_the_way_back_takes_away_what_was_built(site: WholeSite) -> None:
    refused = site.run("rollback", "zookeeper", "--yes")
    assert refused.status == WRONG_STATE, refused.stderr  # midonet-cluster still runs
    done = site.run("rollback", "zookeeper", "--yes", "--force", "-f", "json")
    assert done.status == 0, done.stderr
    assert done.json()["method"] == "remove"
    assert _new_root(site) == ["v1"]
    stale = site.run(*IMPORT)
    assert stale.status == WRONG_STATE, stale.stderr
    assert "prepare" in stale.stderr


def test_after_a_rollback_it_can_be_done_again(site: WholeSite) -> None:
    """Task ids go on above those that were used, and the new topology comes out as promised, though
    midonet-cluster has run on all the while, with its store gone."""
    assert site.site.cluster.running
    first = site.run("plan", "show", "tasks", "-f", "json").json()[0]["id"]
    assert site.run("prepare", "--yes").status in {0, 1}
    assert site.run("plan", "show", "tasks", "-f", "json").json()[0]["id"] > first
    done = site.run(*IMPORT)
    assert done.status in {0, 1}, done.stderr
    assert site.differences() == []


def test_the_recorded_site_into_5_0_2(golden: Path, tmp_path: Path) -> None:
    """A real 1.9 site; the release whose API makes no hosts."""
    with whole_site(tmp_path, Recipe(recording=str(golden / "site-b")), "5.0.2") as site:
        site.prepared()
        done = site.run(*IMPORT)
        assert done.status in {0, 1}, done.stderr
        assert site.differences() == []
        assert site.run(*IMPORT).json()["nothing_to_do"]
