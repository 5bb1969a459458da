"""Starting the configured cluster, and finishing the import: the real commands of the practice host."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster_host import NEW_ROOT, PASSWORD, ClusterHost, make_host
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import CheckFailed, HostsFailed, WrongState
from midonet_migrate.hosts.cluster_api import answers, require_login
from midonet_migrate.hosts.cluster_service import ClusterService
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.steps.configure_cluster import configure_base, switch_importer_on
from midonet_migrate.steps.finish_import import FinishReport, finish_import
from midonet_migrate.steps.start_cluster import restart_cluster, start_cluster
from midonet_migrate.zookeeper.importer_state import read_importer_state

HOST = "11111111-2222-4333-8444-555555555555"
PROGRESS = SilentProgress()


@pytest.fixture
def host(tmp_path: Path, zookeeper_root: ZooKeeper) -> ClusterHost:
    return make_host(tmp_path, zookeeper_root)


def bring_up(host: ClusterHost) -> None:
    """Base settings, start, importer on, restart: as import does it."""
    with host.at_work() as work:
        configure_base(work.settings, work.run, work.session, work.mn_conf, PROGRESS)
        assert start_cluster(work.settings, work.run, work.service)
        assert not start_cluster(work.settings, work.run, work.service)
        on = switch_importer_on(work.settings, work.run, work.session, work.mn_conf, PROGRESS)
        assert on.restart_needed
        again = switch_importer_on(work.settings, work.run, work.session, work.mn_conf, PROGRESS)
        assert again.nothing_to_do
        assert again.restart_needed  # as after a kill just before the restart
        restart_cluster(work.settings, work.run, work.service)
        done = switch_importer_on(work.settings, work.run, work.session, work.mn_conf, PROGRESS)
        assert (done.nothing_to_do, done.restart_needed) == (True, False)
        assert len(read_importer_state(work.session, NEW_ROOT).latches) == 1


def finish(host: ClusterHost, *, dry_run: bool = False) -> FinishReport:
    with host.at_work(dry_run=dry_run) as work:
        return finish_import(work.settings, work.run, work.session, work.mn_conf, work.service, PROGRESS)


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_the_importer_goes_on_and_off_again(tmp_path: Path, zookeeper_root: ZooKeeper, version: str) -> None:
    """Off in the place where it was switched on, credentials gone, proven; the second time: nothing to do."""
    host = make_host(tmp_path, zookeeper_root, "5.0.2" if version == "5.0.2" else "5.2.1")
    with host.cluster:
        host.cluster.stop()
        bring_up(host)
        pid = host.cluster.pid
        told = finish(host, dry_run=True)
        assert host.cluster.pid == pid
        done = finish(host)
        assert told == done
        assert done.restarted
        assert not done.nothing_to_do
        assert PASSWORD not in repr(done)
        assert host.cluster.pid not in {pid, None}
        with host.at_work() as work:
            state = read_importer_state(work.session, NEW_ROOT)
            assert (state.latches, state.enabled_in) == ((), ())
        assert "neutron_importer" not in host.mn_conf("dump", "-t", "default")
        pid = host.cluster.pid
        assert finish(host).nothing_to_do
        assert host.cluster.pid == pid


def test_a_finish_that_was_cut_off_before_or_in_the_restart_is_finished(
    host: ClusterHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings are clean already, but the running cluster has the old ones, or was left stopped: it is
    restarted."""
    with host.cluster:
        host.cluster.stop()
        bring_up(host)
        host.mn_conf("unset", "-t", "default", "cluster.neutron_importer")
        report = finish(host)
        assert report.restarted
        assert not report.rows
        with host.at_work() as work:
            assert not read_importer_state(work.session, NEW_ROOT).latches
        with host.at_work() as work, monkeypatch.context() as patch:
            patch.setattr(ClusterService, "restart", between_stop_and_start)
            with pytest.raises(KeyboardInterrupt):
                restart_cluster(work.settings, work.run, work.service)
        pid = host.cluster.pid
        assert pid is None
        assert finish(host, dry_run=True).restarted
        assert finish(host).restarted
        assert host.cluster.pid is not None
        assert finish(host).nothing_to_do


def between_stop_and_start(service: ClusterService) -> None:
    """A restart that is cut off."""
    service.stop()
    raise KeyboardInterrupt


def test_a_host_that_enables_it_for_itself_is_named_and_nothing_is_changed(host: ClusterHost) -> None:
    """As an older run may have left it (host 4.4): finish could not prove anything."""
    with host.at_work() as work:
        switch_importer_on(work.settings, work.run, work.session, work.mn_conf, PROGRESS)
    before = host.mn_conf("dump", "-t", "default")
    host.mn_conf("set", "-h", HOST, stdin="cluster.neutron_importer.enabled : true")
    with pytest.raises(WrongState) as caught:
        finish(host)
    assert f"host {HOST}" in caught.value.problems[0]
    assert "enabled" in caught.value.problems[0]
    assert "unset -h" in caught.value.hint
    assert host.mn_conf("dump", "-t", "default") == before


def test_a_cluster_that_does_not_start_shows_the_end_of_its_log(host: ClusterHost) -> None:
    """The operator reads why, without looking for the file."""
    host.mn_conf("set", "-t", "default", stdin='cluster.auth.provider_class : "org.example.Nothing"')
    with host.at_work() as work, pytest.raises(HostsFailed) as caught:
        start_cluster(work.settings, work.run, work.service)
    assert any("org.example.Nothing" in line for line in caught.value.problems)
    assert work.settings.cluster_log_file.value in caught.value.hint


def test_a_cluster_whose_api_never_answers_shows_the_end_of_its_log(host: ClusterHost) -> None:
    """The command went well; it is the API that counts."""
    host.mn_conf("set", "-t", "default", stdin="cluster.rest_api.enabled : false")
    try:
        with host.at_work() as work, pytest.raises(HostsFailed, match="does not answer") as caught:
            start_cluster(work.settings, work.run, work.service, seconds=1.0)
        assert any("MidoNet Cluster started" in line for line in caught.value.problems)
    finally:
        host.cluster.stop()


def test_an_api_without_authentication_is_refused(host: ClusterHost) -> None:
    """Started without base settings it takes anybody for an administrator (trap 2): restarted in vain, it is
    stopped. One that was started before the settings were there reads them with the restart."""
    with host.cluster, host.at_work() as work:
        with pytest.raises(CheckFailed, match="open to everybody") as caught:
            start_cluster(work.settings, work.run, work.service)
        assert "stopped again" in caught.value.why
        assert not answers(host.cluster.url)
        assert start_cluster(work.settings, work.run, work.service, open_api=True)
        configure_base(work.settings, work.run, work.session, work.mn_conf, PROGRESS)
        assert not start_cluster(work.settings, work.run, work.service)
        require_login(host.cluster.url)


def test_a_start_command_that_is_missing_is_named(host: ClusterHost) -> None:
    """With the setting to change."""
    host.change(cluster_service="/nowhere/midonet-cluster")
    with host.at_work() as work, pytest.raises(WrongState, match="/nowhere/midonet-cluster") as caught:
        start_cluster(work.settings, work.run, work.service)
    assert "cluster_start_command" in caught.value.hint
