"""The scenes in their order, and playing them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from midonet_lab.demo import backing_up, hosts_back, importing, preparing, rolling_back, surveying, updating
from midonet_lab.demo.hosts import HostsOption, choose_hosts, is_root
from midonet_lab.demo.stage import Stage
from midonet_lab.hosts.site.layout import FamilyChoice, default_recipe
from midonet_lab.practice_site import PracticeSite
from midonet_lab.recipe import SizeName

Scene = tuple[str, Callable[[Stage], None]]
_PLAN_AND_BACKUP: tuple[Scene, ...] = (
    ("What midonet-migrate finds by itself", preparing.show_settings),
    ("A dry run", preparing.dry_run),
    ("The real run", preparing.prepare),
    ("The tasks in Neutron's database", preparing.queued_tasks),
    ("A second run", preparing.second_run),
    ("The plan, a row per kind", preparing.show_plan),
    ("A backup of ZooKeeper, proven", backing_up.back_up),
)
_SURVEY: tuple[Scene, ...] = (
    ("The hosts of the site", surveying.discover),
    ("What the hosts are", surveying.facts),
    ("Packages fetched in advance", surveying.stage_packages),
)
_IMPORT: tuple[Scene, ...] = (
    ("The import", importing.build),
    ("A second import", importing.build_again),
    ("The new site, verified", importing.verify),
    ("A change in the new site", importing.see_a_change),
)
_UPDATE: tuple[Scene, ...] = (
    ("The controller to MidoNet 5", updating.controller),
    ("The gateways to MidoNet 5", updating.gateways),
    ("The compute hosts to MidoNet 5, a canary first", updating.computes),
    ("A second update", updating.computes_again),
    ("The new site with its agents, verified", updating.verify_again),
)
_FINISH: tuple[Scene, ...] = (("The importer off again", importing.finish),)
_ROLL_BACK: tuple[Scene, ...] = (
    ("What MidoNet 5 adds could be taken away again", rolling_back.preview_removal),
    ("An accident in 1.9's data", rolling_back.damage),
    ("The way back, previewed", rolling_back.preview_restore),
    ("The way back", rolling_back.roll_back),
)
_ROLL_BACK_HOSTS: tuple[Scene, ...] = (
    ("The hosts back to MidoNet 1.9", hosts_back.roll_back_hosts),
    ("A second rollback", hosts_back.roll_back_again),
    ("MidoNet 1.9, read again", hosts_back.read_again),
)


def scenes(hosts: FamilyChoice | None) -> tuple[Scene, ...]:
    """In the order of the operator's procedure, on a site with hosts or without."""
    if hosts is None:
        return (*_PLAN_AND_BACKUP, *_IMPORT, *_FINISH, *_ROLL_BACK)
    return (*_PLAN_AND_BACKUP, *_SURVEY, *_IMPORT, *_UPDATE, *_ROLL_BACK, *_ROLL_BACK_HOSTS)


def run_demo(
    directory: Path | None = None,
    *,
    size: SizeName = "small",
    seed: int = 1,
    hosts: HostsOption | None = None,
) -> None:
    """Play all scenes on a new practice site and take it down. The run directory stays, below ``directory``
    or a new directory for temporary files. ``hosts`` None: of the Debian family, as far as rights allow.

    Raises ``DemoFailed`` and what building a site raises.
    """
    started = time.monotonic()
    family, remark = choose_hosts(hosts, root=is_root())
    if directory is None:
        folder = Path(tempfile.mkdtemp(prefix="midonet-demo-"))
    else:
        folder = directory.absolute()
        folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(PracticeSite(folder / "site", guarded=True), folder)
    stage.expect(f"{stage.data} is not there yet", not stage.data.exists())
    if remark:
        stage.say(remark)
    played = scenes(family)
    try:
        _title(stage, 1, "A practice site")
        _build(stage, family, size, seed)
        for number, (title, play) in enumerate(played, start=2):
            _title(stage, number, title)
            play(stage)
    finally:
        stage.site.down()
    _title(stage, len(played) + 2, "Summary")
    for outcome in stage.outcomes:
        stage.say(f"  * {outcome}")
    stage.say("  * The practice site is taken down.")
    if remark:
        stage.say(remark)
    stage.say(f"\nThe plan:          {stage.plan_file}")
    stage.say(f"The run directory: {stage.data}")
    stage.say(f"Done in {time.monotonic() - started:.0f} seconds.")


def _build(stage: Stage, family: FamilyChoice | None, size: SizeName, seed: int) -> None:
    stage.say(f"A MidoNet 1.9 + Neutron Kilo site on this machine, in {stage.site.directory}.")
    recipe = msgspec.structs.replace(default_recipe(family), size=size, seed=seed)
    stage.site.up(recipe, tell=lambda text: stage.say(f"  {text}"), hosts=family)
    for row in stage.site.status():
        stage.say(f"  {row['server']:<12} process {row['pid']}  {row['address'] or ''}")
    what = "An Ubuntu controller" if family in {None, "debian", "mixed"} else "A CentOS controller"
    stage.say(f"  {what}'s configuration files are below {stage.site.root}.")


def _title(stage: Stage, number: int, title: str) -> None:
    stage.say(f"\n== {number}. {title} " + "=" * max(3, 70 - len(title)))
