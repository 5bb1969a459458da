"""The scenes in their order, and playing them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from midonet_lab.demo import backing_up, importing, preparing, rolling_back
from midonet_lab.demo.stage import Stage
from midonet_lab.practice_site import PracticeSite
from midonet_lab.recipe import Recipe

Scene = tuple[str, Callable[[Stage], None]]
SCENES: tuple[Scene, ...] = (
    ("What midonet-migrate finds by itself", preparing.show_settings),
    ("A dry run", preparing.dry_run),
    ("The real run", preparing.prepare),
    ("The tasks in Neutron's database", preparing.queued_tasks),
    ("A second run", preparing.second_run),
    ("The plan, a row per kind", preparing.show_plan),
    ("A backup of ZooKeeper, proven", backing_up.back_up),
    ("The import", importing.build),
    ("A second import", importing.build_again),
    ("The new site, verified", importing.verify),
    ("A change in the new site", importing.see_a_change),
    ("The importer off again", importing.finish),
    ("What MidoNet 5 adds could be taken away again", rolling_back.preview_removal),
    ("An accident in 1.9's data", rolling_back.damage),
    ("The way back, previewed", rolling_back.preview_restore),
    ("The way back", rolling_back.roll_back),
)
"""In the order of the operator's procedure; a later step adds its scene here."""


def run_demo(recipe: Recipe | None, directory: Path | None) -> None:
    """Play all scenes on a new practice site and take it down. The run directory stays, below ``directory``
    or a new directory for temporary files. Raises ``DemoFailed`` and what building a site raises."""
    started = time.monotonic()
    if directory is None:
        folder = Path(tempfile.mkdtemp(prefix="midonet-demo-"))
    else:
        folder = directory.absolute()
        folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(PracticeSite(folder / "site", guarded=True), folder)
    stage.expect(f"{stage.data} is not there yet", not stage.data.exists())
    try:
        _title(stage, 1, "A practice site")
        _build(stage, recipe or Recipe())
        for number, (title, play) in enumerate(SCENES, start=2):
            _title(stage, number, title)
            play(stage)
    finally:
        stage.site.down()
    _title(stage, len(SCENES) + 2, "Summary")
    for outcome in stage.outcomes:
        stage.say(f"  * {outcome}")
    stage.say("  * The practice site is taken down.")
    stage.say(f"\nThe plan:          {stage.plan_file}")
    stage.say(f"The run directory: {stage.data}")
    stage.say(f"Done in {time.monotonic() - started:.0f} seconds.")


def _build(stage: Stage, recipe: Recipe) -> None:
    stage.say(f"A MidoNet 1.9 + Neutron Kilo site on this machine, in {stage.site.directory}.")
    stage.site.up(recipe, tell=lambda text: stage.say(f"  {text}"))
    for row in stage.site.status():
        stage.say(f"  {row['server']:<10} process {row['pid']}  {row['address'] or ''}")
    stage.say(f"  An Ubuntu controller's configuration files are below {stage.site.root}.")


def _title(stage: Stage, number: int, title: str) -> None:
    stage.say(f"\n== {number}. {title} " + "=" * max(3, 70 - len(title)))
