"""Transactions of package managers that a run of ours left behind: one that goes on is waited for, one that
was cut off is finished; over a site in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fake_host_site import FakeSite
from midonet_migrate.hosts.history import HostStage, stages
from midonet_migrate.hosts.packages.manager import PackageChange
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import Role
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.finalise_hosts import STAGING_DIRECTORY, finalise_hosts

NEW = {"midolman": "2:5.2.1", "midonet-tools": "2:5.2.1", "python-midonetclient": "2:5.2.1"}


class Interrupted(BaseException):
    """The run is cut off."""


@pytest.fixture
def site(tmp_path: Path) -> FakeSite:
    """The import done, the controller on 5.x."""
    site = FakeSite(tmp_path)
    site.import_done()
    site.update_controller()
    return site


def cut_off_at(site: FakeSite, text: str, work: Callable[[], object]) -> None:
    """Run ``work``, and cut it off right before a host is told ``text``."""

    def interrupt(said: str) -> None:
        if said == text:
            raise Interrupted

    site.interrupt = interrupt
    with pytest.raises(Interrupted):
        work()
    site.interrupt = lambda said: None


def test_a_transaction_that_goes_on_is_waited_for_on_the_way_back(site: FakeSite) -> None:
    """Killed while packages were installed, and rolled back before the package manager had touched the agent:
    what it does later is taken back too."""
    before = FakeSite(site.directory).state()
    cut_off_at(site, "gateway: install midolman 2:5.2.1", lambda: site.update(Role.GATEWAY))
    packages = site.hosts["gateway"].packages
    packages.under_way = PackageChange(install=NEW)
    foreseen = site.roll_back(preview=True)
    packages.there["midolman"], packages.under_way = "1.9.8", PackageChange(install=NEW)
    assert not foreseen.failed
    assert not site.roll_back().failed
    packages.settle()  # had nobody waited, it would end now
    assert site.state() == before


def test_a_package_that_was_being_installed_again_is_made_whole(site: FakeSite) -> None:
    """On the way back the agent may be installed twice; cut off in the second, the next run goes on."""
    before = FakeSite(site.directory).state()
    site.update(Role.GATEWAY)
    host = site.hosts["gateway"]
    shared = host.files.there["/usr/bin/mn-conf"]

    def interrupt(said: str) -> None:
        if said == "gateway: remove midonet-tools":
            del host.files.there["/usr/bin/mn-conf"]
        if said == "gateway: reinstall midolman":
            host.packages.half = ["midolman"]
            raise Interrupted

    site.interrupt = interrupt
    with pytest.raises(Interrupted):
        site.roll_back()

    def again(said: str) -> None:
        if said == "gateway: reinstall midolman":
            assert host.packages.half == []
            host.files.there["/usr/bin/mn-conf"] = shared

    site.interrupt = again
    assert not site.roll_back().failed
    assert site.state() == before


def test_a_removal_that_was_cut_off_is_finished_by_finalising_again(site: FakeSite) -> None:
    """Java 7 half removed is ours to finish."""
    site.update(Role.GATEWAY)
    site.update(Role.COMPUTE)
    host = site.hosts["gateway"]
    for other in site.hosts.values():
        other.answers[f"test -e {STAGING_DIRECTORY}"] = Completed(1)

    def finalise() -> bool:
        report = finalise_hosts(
            site.settings(),
            site,
            finish=lambda _dry_run: FinishReport(rows=[], restarted=False),
            progress=SilentProgress(),
            confirm=lambda report: None,
            lock=None,
        )
        return not report.failed

    cut_off_at(site, "gateway: remove openjdk-7-jre-headless", finalise)
    host.packages.half = ["openjdk-7-jre-headless"]
    assert finalise()
    assert host.packages.half == []
    assert "openjdk-7-jre-headless" not in host.packages.there
    journal = read_journal(site.settings().data_dir.value)
    assert journal.pending() == []
    assert set(stages(journal.records).values()) == {HostStage.FINALISED}


def test_a_rollback_that_was_given_up_does_not_keep_a_host_from_being_switched(site: FakeSite) -> None:
    """Cut off when agents were stopped, before ZooKeeper was touched: forward again works, and back."""
    site.with_second_controller()
    untouched = FakeSite(site.directory)
    untouched.with_second_controller()
    before = untouched.state()
    site.install()
    site.of_rollback().stop(dry_run=False, old_agents=True)
    assert not site.update_controller().failed
    assert not site.update(Role.GATEWAY).failed
    gateway = site.hosts["gateway"]
    assert gateway.services.there["midolman"].running
    kept = [change.reinstall for change in gateway.packages.downloaded if change.reinstall]
    assert [names for names in kept if "midolman" in names], "without its packages there is no way back"
    assert not site.roll_back().failed
    assert site.state() == before


def test_a_way_back_that_was_given_up_between_controllers_leads_forward_again(tmp_path: Path) -> None:
    """The agent of the second one is still of 5.x, and that is known to be our own doing."""
    site = FakeSite(tmp_path)
    site.with_second_controller()
    before = site.state()
    site.forward()
    cut_off_at(site, "controller: remove midonet-tools", site.roll_back)
    assert not site.install().failed
    assert not site.update_controller().failed
    assert site.hosts["controller-2"].packages.there["midolman"] == "2:5.2.1"
    assert not site.roll_back().failed
    assert site.state() == before
