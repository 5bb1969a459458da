"""``import`` killed again and again, then run to its end: the same new site."""

from __future__ import annotations

import time
from pathlib import Path

from midonet_lab.recipe import Recipe
from whole_site import PATIENCE_SECONDS, WholeSite, whole_site

IMPORT = ("import", "--yes", "--skip-vteps")
KILLS = (2, 60)
"""Records of the journal since the import began, at which it is killed: while it configures, and re-creates.
What is killed at each single point: test_configure_cluster_killed.py, test_import_recreate_faults.py."""


def _kill_at(site: WholeSite, records: int) -> bool:
    """Run the import and kill it once the journal has so many records more; False when it ended before."""
    path = site.data / "journal.jsonl"
    process = site.begin(*IMPORT)
    give_up = time.monotonic() + PATIENCE_SECONDS
    try:
        while process.poll() is None:
            assert time.monotonic() < give_up, "the import neither ends nor gets on"
            if path.read_bytes().count(b"\n") >= records:
                process.kill()
                process.wait()
                return True
            time.sleep(0.005)
        return False
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_killed_at_any_point_and_run_again_it_ends_the_same(tmp_path: Path) -> None:
    with whole_site(tmp_path, Recipe(seed=9)) as site:
        site.prepared()
        before = len(site.journal())
        assert [_kill_at(site, before + records) for records in KILLS] == [True] * len(KILLS)
        done = site.run(*IMPORT, "-f", "json")
        assert done.status in {0, 1}, done.stderr
        assert site.differences() == []
        assert site.run(*IMPORT, "-f", "json").json()["nothing_to_do"]
