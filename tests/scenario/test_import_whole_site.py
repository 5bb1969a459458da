"""Steps 1 to 3 and back, as an operator does them: prepare, backup, import, verify, finish, rollback."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from midonet_lab.recipe import Recipe
from whole_site import WholeSite, whole_site

IMPORT = ("import", "--yes", "--skip-vteps", "-f", "json")
WRONG_STATE, STALLED, CANCELLED = 10, 40, 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    """A generated site with oddities, prepared and backed up. The tests below are its story, in order."""
    with whole_site(tmp_path_factory.mktemp("story"), Recipe(seed=5)) as found:
        found.prepared()
        yield found


def _new_root(site: WholeSite) -> list[str]:
    from kazoo.client import KazooClient

    client = KazooClient(hosts=site.site.zookeeper.hosts)
    client.start()
    try:
        return sorted(client.get_children("/midonet"))
    finally:
        client.stop()
        client.close()


def test_a_dry_run_and_a_question_without_a_terminal_change_nothing(site: WholeSite) -> None:
    before = site.journal()
    dry = site.run("import", "--dry-run", "--skip-vteps", "-f", "json")
    assert dry.status == 0, dry.stderr
    assert not dry.json()["nothing_to_do"]
    asked = site.run("import", "--skip-vteps")
    assert asked.status == CANCELLED, asked.stderr
    assert "--yes" in asked.stderr
    assert _new_root(site) == ["v1"]
    assert site.journal() == before
    assert not site.site.cluster.running


def test_the_import_builds_everything_and_leaves_the_importer_on_and_drained(site: WholeSite) -> None:
    done = site.run(*IMPORT)
    assert done.status in {0, 1}, done.stderr
    report = done.json()
    assert report["watched"]["executed"] == report["tasks"] > 0
    assert {result["reason"] for result in report["recreated"]["open"]} <= {"left out by --skip-vteps"}
    assert {"config", "leader-latch", "sequences", "v1", "zoom"} <= set(_new_root(site))
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
    site.site.cluster.stop()
    done = site.run("rollback", "zookeeper", "--yes", "-f", "json")
    assert done.status == 0, done.stderr
    assert done.json()["method"] == "remove"
    assert _new_root(site) == ["v1"]
    stale = site.run(*IMPORT)
    assert stale.status == WRONG_STATE, stale.stderr
    assert "prepare" in stale.stderr


def test_after_a_rollback_it_can_be_done_again(site: WholeSite) -> None:
    """Task ids go on above those that were used, and the new topology comes out as promised."""
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
