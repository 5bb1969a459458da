"""What is left of removed packages: in a rehearsal too, where they are still there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_host import FakeHost
from midonet_migrate.errors import HostsFailed
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.package_restore import LEFT, Purged
from midonet_migrate.hosts.packages.manager import PackageChange
from midonet_migrate.hosts.prediction import predicting
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import Role
from midonet_migrate.run.directory import RunDirectory

NAMES = ("midonet-cluster", "midonet-tools")


def details(cluster: str, tools: str, *, removed: bool) -> tuple[str, ...]:
    """What a rehearsal says of both, by what dpkg says of them."""
    host = FakeHost("controller", Role.CONTROLLER)
    host.packages.there = dict.fromkeys(NAMES, "2:5.2.1")
    answer = f"midonet-cluster {cluster}\nmidonet-tools {tools}\n"
    host.answers[f"sh -c {LEFT} sh {' '.join(NAMES)}"] = Completed(0, answer)
    parts = predicting(host.parts(), simulate=False)
    if removed:
        parts.packages.apply(PackageChange(remove=NAMES))
    would = Purged(parts=parts, names=NAMES).examine()
    return would.details if would is not None else ()


def test_a_rehearsal_foresees_what_dpkg_will_remember() -> None:
    """Of a package with conffiles or a script for its end, once it would be removed."""
    left = ("configuration of midonet-cluster is left",)
    assert details("installed keeps", "installed nothing", removed=True) == left
    assert details("installed keeps", "installed nothing", removed=False) == ()
    assert details("config-files keeps", "installed keeps", removed=False) == left


def test_a_rehearsal_purges_nothing(tmp_path: Path) -> None:
    """It is foreseen, and the command is not run; for real it is."""
    name = NAMES[0]
    host = FakeHost("controller", Role.CONTROLLER)
    host.answers[f"sh -c {LEFT} sh {name}"] = Completed(0, f"{name} config-files keeps\n")
    host.answers[f"dpkg --purge {name}"] = Completed(1, "", "it was run")
    with RunDirectory(tmp_path, step="rollback packages", dry_run=True) as run:
        actor = HostActor("controller", run)
        assert actor.perform(Purged(parts=predicting(host.parts(), simulate=False), names=[name]))
    assert actor.result.items[0].details == [f"configuration of {name} is left"]
    with RunDirectory(tmp_path, step="rollback packages") as run, pytest.raises(HostsFailed) as failed:
        HostActor("controller", run).perform(Purged(parts=host.parts(), names=[name]))
    assert failed.value.why == "it was run"
