"""The order in which stages change hosts, over a site in memory; interrupted anywhere, forward and back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from fake_host_site import MIDOLMAN_CONF, PLUGIN_INI, FakeSite
from midonet_migrate.errors import HostsFailed, UsageError, WrongState
from midonet_migrate.hosts.files.file_state import RemoteFile
from midonet_migrate.hosts.history import HostStage, stages
from midonet_migrate.hosts.report import HostReport, Verdict
from midonet_migrate.hosts.runner import Completed
from midonet_migrate.model.hosts import Inventory, Role
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.steps.hosts import listening
from midonet_migrate.steps.hosts.gates import GateSettings


class Interrupted(BaseException):
    """The run is cut off."""


@pytest.fixture
def site(tmp_path: Path) -> FakeSite:
    """One controller, one gateway, four computes, on 1.9, the import done."""
    site = FakeSite(tmp_path)
    site.import_done()
    return site


def verdicts(report: HostReport) -> dict[str, str]:
    return {result.host: str(result.verdict) for result in report.hosts}


def test_cluster_and_tools_beside_19(tmp_path: Path) -> None:
    """Java stays 7, ZooKeeper's addresses are there before the package, and nothing of 1.9 is touched."""
    site = FakeSite(tmp_path)
    assert site.install(dry_run="true").hosts == site.install().hosts
    assert site.said == [
        "controller: java 7",
        "controller: write /etc/midonet/midonet.conf",
        "controller: install midonet-cluster 2:5.2.1",
        "controller: install midonet-tools 2:5.2.1",
    ]
    assert site.install().nothing_to_do
    before = FakeSite(tmp_path).state()
    site.roll_back()
    assert site.state() == before


def test_the_controller_in_order(site: FakeSite) -> None:
    """Importer off; Tomcat stopped and disabled before midonet-api goes; then files, then neutron-server."""
    report = site.update_controller()
    assert report.exit_status == 0
    assert site.said == [
        "site: importer off",
        "controller: stop neutron-server",
        "controller: disable tomcat",
        "controller: stop tomcat",
        "controller: install python-midonetclient 2:5.2.1",
        "controller: remove midonet-api",
        "controller: java 8",
        "controller: write /etc/neutron/plugin.ini",
        "controller: write /etc/neutron/neutron.conf",
        "controller: start neutron-server",
    ]
    site.said.clear()
    again = site.update_controller()
    assert again.nothing_to_do
    assert site.said == []


def test_neutron_server_is_not_started_with_a_plugin_of_19(site: FakeSite) -> None:
    """Without --edit-neutron-conf the exact edit is shown, secrets masked, and the server left as it is."""
    report = site.update_controller(edit=False)
    assert "controller: start neutron-server" not in site.said
    assert not site.hosts["controller"].services.there["neutron-server"].running
    (advice,) = report.hosts[0].advice
    assert "+core_plugin = midonet.neutron.plugin_v2.MidonetPluginV2" in advice
    assert "s3cret" not in advice
    assert report.exit_status == 1
    assert site.update_controller(edit=True).exit_status == 0
    assert site.said[-1] == "controller: start neutron-server"


def test_the_dhcp_agent_reads_its_file_anew_both_ways(site: FakeSite) -> None:
    """It would go on asking the API that is gone; one that the freeze has stopped stays stopped."""
    services = site.hosts["controller"].services
    services.add("neutron-dhcp-agent")
    site.hosts["controller"].files.put("/etc/neutron/dhcp_agent.ini", PLUGIN_INI)
    assert site.update_controller(dry_run="true").hosts == site.update_controller().hosts
    assert site.said[-2:] == ["controller: start neutron-server", "controller: restart neutron-dhcp-agent"]
    assert site.update_controller().nothing_to_do
    site.roll_back()
    assert site.said[-2:] == ["controller: start neutron-server", "controller: restart neutron-dhcp-agent"]
    services.add("neutron-dhcp-agent", running=False)
    site.said.clear()
    site.import_done()
    site.update_controller()
    site.roll_back()
    assert not [said for said in site.said if "dhcp-agent" in said and "write" not in said]


def test_an_agent_whose_file_was_put_back_is_started_anew(site: FakeSite) -> None:
    """Configuration management may have done that, and have started the agent with it. Nothing else is a
    reason to cut off instances once more."""
    site.update_controller()
    site.update(Role.GATEWAY)
    site.hosts["gateway"].files.put("/etc/midolman/midolman.conf", MIDOLMAN_CONF)
    site.said.clear()
    site.update(Role.GATEWAY)
    assert site.said == [
        "gateway: write /etc/midolman/midolman.conf",
        "gateway: restart midolman",
        "gateway: gate",
    ]
    assert site.update(Role.GATEWAY).nothing_to_do


def test_agents_in_order(site: FakeSite) -> None:
    """Stopped before its package goes, files, package, Java 8, started, and then the gate."""
    site.update_controller()
    site.said.clear()
    assert site.update(Role.GATEWAY).exit_status == 0
    assert site.said == [
        f"gateway: {what}"
        for what in (
            "stop midolman",
            "write /etc/midolman/midolman.conf",
            "install midolman 2:5.2.1",
            "install midonet-tools 2:5.2.1",
            "install python-midonetclient 2:5.2.1",
            "java 8",
            "start midolman",
            "gate",
        )
    ]
    assert site.hosts["gateway"].files.text("/etc/midolman/midolman.conf") == (
        "[zookeeper]\nzookeeper_hosts = zk:2181\n"
    )


def test_agents_need_a_switched_controller(site: FakeSite) -> None:
    """Without the new topology an agent of 5.x would cut off its host."""
    with pytest.raises(WrongState, match="controller"):
        site.update(Role.COMPUTE)


def test_a_file_that_may_not_be_written_is_known_before_an_agent_stops(site: FakeSite) -> None:
    """Immutable, or on a file system that is mounted read-only: the rehearsal tells it."""
    site.update_controller()
    files = site.hosts["gateway"].files.there
    path = "/etc/midolman/midolman.conf"
    files[path] = RemoteFile(msgspec.structs.replace(files[path].state, locked=True), files[path].data)
    site.said.clear()
    report = site.update(Role.GATEWAY)
    failure = report.hosts[0].failure
    assert failure is not None
    assert (failure.code, site.said) == ("access-denied", [])
    assert "chattr -i" in failure.hint


def test_how_long_it_takes_at_least_is_told_before_it_begins(site: FakeSite) -> None:
    """The canary's gate, then one for each round of each batch; hosts that are switched need none."""
    site.update_controller()
    gate = GateSettings(watch_seconds=90)

    def told(**members: object) -> str:
        notes = site.update(Role.COMPUTE, flags={"dry_run": "true"}, sizes=("2",), **members).notes
        return " ".join(notes)

    assert told(at_a_time=1).startswith("4 min ")  # 130 + 3 * 30 seconds: canary, 1, 1, 1
    assert told(at_a_time=1, gate=gate).startswith("6 min ")
    assert told(gate=gate).startswith("5 min ")  # canary, 2, 1
    assert "Hosts to switch: 4; rounds, one after the other: 3;" in told()
    site.update(Role.COMPUTE, only=("compute-1", "compute-2"))
    assert "Hosts to switch: 2; rounds, one after the other: 2;" in told()
    assert told().startswith("1 min ")
    site.update(Role.COMPUTE)
    assert told() == ""


def test_the_canary_goes_first_and_alone(site: FakeSite) -> None:
    """The others begin when it has passed its gate."""
    site.update_controller()
    site.update(Role.GATEWAY)
    site.said.clear()
    assert site.update(Role.COMPUTE, canary="compute-3").exit_status == 0
    order = list(dict.fromkeys(said.split(":")[0] for said in site.said))
    assert order[0] == "compute-3"
    assert site.said.index("compute-3: gate") < site.said.index("compute-1: stop midolman")
    assert site.update(Role.COMPUTE).nothing_to_do
    with pytest.raises(UsageError):
        site.update(Role.COMPUTE, canary="gateway")
    with pytest.raises(UsageError, match="compute-3"):
        site.update(Role.COMPUTE, canary="compute-3", only=("compute-1",))


def test_computes_before_their_gateways_are_warned_of(site: FakeSite) -> None:
    """But for a canary. A role that no host has is told, too: a word may be missing in hosts.yaml."""
    site.update_controller()
    assert site.update(Role.COMPUTE, only=("compute-1",)).warnings == []
    (warning,) = site.update(Role.COMPUTE, flags={"dry_run": "true"}).warnings
    assert "gateway" in warning
    site.inventory = Inventory(hosts=(site.hosts["controller"].entry,))
    report = site.update(Role.GATEWAY)
    assert (report.exit_status, len(report.warnings)) == (1, 1)


def test_a_sick_canary_stops_everything_whatever_may_fail(site: FakeSite) -> None:
    """Nobody else is touched, and the next run gates it again before it goes on."""
    site.update_controller()
    site.update(Role.GATEWAY)
    site.sick = {"compute-1"}
    report = site.update(Role.COMPUTE, max_failures=3)
    assert report.exit_status == 50
    assert verdicts(report) == {
        "compute-1": "failed",
        **{f"compute-{number}": "left out" for number in (2, 3, 4)},
    }
    assert not [said for said in site.said if said.startswith("compute-2")]
    site.sick = set()
    site.said.clear()
    report = site.update(Role.COMPUTE)
    assert report.exit_status == 0
    assert site.said[0] == "compute-1: gate"
    assert verdicts(report)["compute-2"] == "done"


def test_a_host_that_cannot_be_reached_is_found_before_anything_is_changed(site: FakeSite) -> None:
    """With --max-failures the others go on; it is switched by a later run."""
    site.update_controller()
    site.unreachable = {"compute-4"}
    before = site.state()
    report = site.update(Role.COMPUTE)
    assert report.exit_status == 50
    assert site.state() == before
    report = site.update(Role.COMPUTE, max_failures=1)
    assert verdicts(report)["compute-4"] == "failed"
    assert verdicts(report)["compute-3"] == "done"
    site.unreachable = set()
    report = site.update(Role.COMPUTE)
    assert verdicts(report) == {
        "compute-4": "done",
        **{f"compute-{number}": "unchanged" for number in (1, 2, 3)},
    }


def test_a_dry_run_says_what_the_real_run_says(site: FakeSite) -> None:
    """For every stage, and nothing is changed by it (I6)."""
    pairs: list[tuple[Callable[[], HostReport], Callable[[], HostReport]]] = [
        (lambda: site.update_controller(dry_run="true"), site.update_controller),
        (
            lambda: site.update(Role.GATEWAY, flags={"dry_run": "true"}),
            lambda: site.update(Role.GATEWAY),
        ),
        (lambda: site.roll_back(dry_run="true"), site.roll_back),
    ]
    for dry, real in pairs:
        before = site.state()
        told = dry()
        assert site.state() == before
        done = real()
        assert told.dry_run
        assert told.hosts == done.hosts
        assert told.general == done.general
        assert not done.nothing_to_do


def test_the_way_back_in_order(site: FakeSite) -> None:
    """Neutron and the cluster stop, old packages come before new ones go, Tomcat before the API is made
    writable, neutron-server after that, agents last; everything is as it was."""
    before = FakeSite(site.directory).state()
    site.forward()
    assert site.state() != before
    site.said.clear()
    preview = site.roll_back(preview=True)
    assert not preview.nothing_to_do
    assert site.said == []
    report = site.roll_back()
    assert report.exit_status == 0
    assert preview.hosts == report.hosts
    assert site.state() == before
    said = site.said
    assert said[:2] == ["controller: stop neutron-server", "controller: stop midonet-cluster"]
    in_order = [
        "controller: install midonet-api 1.9.8",
        "controller: write /etc/neutron/plugin.ini",
        "controller: start tomcat",
        "site: api open",
        "controller: start neutron-server",
        "gateway: stop midolman",
        "gateway: install midolman 1.9.8",
        "gateway: remove midonet-tools",
        "gateway: write /etc/midolman/midolman.conf",
        "gateway: start midolman",
        "gateway: gate",
        "compute-1: stop midolman",
    ]
    assert [text for text in said if text in in_order] == in_order
    again = site.roll_back()
    assert again.nothing_to_do
    assert {(result.verdict, result.why) for result in again.hosts} == {
        (Verdict.LEFT_OUT, "it is back on 1.9 already")
    }


def test_hosts_that_were_never_switched_are_not_touched_by_a_rollback(site: FakeSite) -> None:
    """Only what the journal knows of."""
    before = FakeSite(site.directory).state()
    site.update_controller()
    site.sick = {"compute-2"}
    site.update(Role.COMPUTE, canary="compute-2")
    site.sick = set()
    site.said.clear()
    report = site.roll_back()
    assert site.state() == before
    assert {text.split(":")[0] for text in site.said} == {"controller", "site", "compute-2"}
    assert verdicts(report)["compute-1"] == "left out"


def cut_off(site: FakeSite, number: int) -> None:
    """Cut the run off before its ``number``-th action from here."""
    left = number

    def interrupt(said: str) -> None:
        nonlocal left
        if not left:
            raise Interrupted
        left -= 1

    site.interrupt = interrupt


@pytest.mark.parametrize("step", range(0, 50, 3))
def test_cut_off_anywhere_forward_the_next_run_goes_on(tmp_path: Path, step: int) -> None:
    """The end is the same; no unit is left open; the journal knows every host's stage; the way back works."""
    whole, site = FakeSite(tmp_path / "whole"), FakeSite(tmp_path / "cut")
    before = site.state()
    whole.forward()
    cut_off(site, step)
    try:
        site.forward()
    except Interrupted:
        site.interrupt = lambda said: None
        site.forward()
    assert site.state() == whole.state()
    journal = read_journal(tmp_path / "cut" / "run")
    assert journal.pending() == []
    assert set(stages(journal.records).values()) == {HostStage.SWITCHED}
    site.interrupt = lambda said: None
    site.roll_back()
    assert site.state() == before


@pytest.mark.parametrize("step", range(0, 60, 3))
def test_cut_off_anywhere_back_the_next_run_goes_on(tmp_path: Path, step: int) -> None:
    """Also when the forward run was cut off before."""
    site = FakeSite(tmp_path)
    before = site.state()
    cut_off(site, 40 - step if step < 40 else 100)
    with suppress(Interrupted):
        site.forward()
    cut_off(site, step)
    try:
        site.roll_back()
    except Interrupted:
        site.interrupt = lambda said: None
        report = site.roll_back()
        assert not report.failed
    assert site.state() == before
    journal = read_journal(tmp_path / "run")
    assert journal.pending() == []
    assert set(stages(journal.records).values()) <= {HostStage.ROLLED_BACK}
    site.interrupt = lambda said: None
    site.forward()
    assert site.state()["compute-4"].packages["midolman"] == "2:5.2.1"


def test_cut_off_while_tomcat_starts_the_api_is_still_waited_for(site: FakeSite) -> None:
    """neutron-server never starts before the 1.9 API is writable, whatever earlier runs have done."""
    site.forward()

    def interrupt(said: str) -> None:
        if said == "site: api open":
            raise Interrupted

    site.interrupt = interrupt
    with suppress(Interrupted):
        site.roll_back()
    assert site.said[-1] == "controller: enable tomcat"
    site.interrupt = lambda said: None
    site.said.clear()
    site.roll_back()
    assert site.said[:2] == ["site: api open", "controller: start neutron-server"]


def test_a_touched_host_that_hosts_yaml_lost_is_told(site: FakeSite) -> None:
    """It stays on 5.x; a rollback that says nothing of it would look complete."""
    site.forward()
    whole = site.inventory
    site.inventory = Inventory(hosts=tuple(host for host in whole.hosts if host.name != "compute-2"))
    stopped = site.of_rollback().stop(dry_run=True, old_agents=False)
    assert [text.split()[0] for text in stopped.warnings] == ["compute-2"]
    for report in (site.roll_back(preview=True), site.roll_back()):
        (warning,) = report.warnings
        assert warning.startswith("compute-2 ")
        assert report.exit_status == 1
    site.inventory = whole
    assert site.roll_back().exit_status == 0
    assert site.state() == FakeSite(site.directory).state()


def test_a_controller_that_lost_its_role_in_hosts_yaml_comes_back_as_one(site: FakeSite) -> None:
    """Else Tomcat and neutron-server would stay stopped, and the rollback look complete."""
    site.forward()
    site.inventory = Inventory(
        hosts=tuple(
            msgspec.structs.replace(host, roles=(Role.COMPUTE,)) if host.name == "controller" else host
            for host in site.inventory.hosts
        )
    )
    assert site.roll_back().exit_status == 0
    assert "site: api open" in site.said
    assert site.state() == FakeSite(site.directory).state()


def test_a_preview_says_what_would_refuse_the_real_run(site: FakeSite) -> None:
    """ZooKeeper is to be back first; the rest is foreseen all the same."""
    site.forward()
    site.old_tree = False
    report = site.roll_back(dry_run="true")
    assert any("ZooKeeper is not back" in warning for warning in report.warnings)
    assert not report.nothing_to_do
    with pytest.raises(WrongState, match="ZooKeeper is not back"):
        site.roll_back()


def test_a_host_that_is_on_5x_by_somebody_else_is_not_taken_for_the_state_before(site: FakeSite) -> None:
    """Its record would say 5.x, and a rollback would bring that back."""
    site.update_controller()
    site.said.clear()
    site.hosts["compute-1"].packages.there["midolman"] = "2:5.2.1"
    report = site.update(Role.COMPUTE)
    assert report.exit_status == 50
    assert report.failed[0].failure is not None
    assert report.failed[0].failure.what == "compute-1: midolman is 2:5.2.1"
    assert site.said == []


def test_the_19_api_stays_while_the_new_one_does_not_listen(
    site: FakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster's process may live without its API; then nothing of 1.9 is taken away."""
    monkeypatch.setattr("midonet_migrate.steps.hosts.listening.READY_SECONDS", 0.0)
    port = "sh -c " + listening.LISTENS + " sh 1FF5"
    site.hosts["controller"].answers[port] = Completed(1)
    report = site.update_controller()
    assert report.exit_status == 50
    assert "controller: stop tomcat" not in site.said
    del site.hosts["controller"].answers[port]
    assert site.update_controller().exit_status == 0


def test_what_others_rest_on_by_now_does_not_stop_the_way_back(site: FakeSite) -> None:
    """It stays, and that is told; `java` is 7 all the same."""
    site.forward()
    packages = site.hosts["compute-1"].packages
    packages.there["monitoring"] = "1"
    packages.rest_on["openjdk-8-jre-headless"] = "monitoring"
    report = site.roll_back()
    (result,) = (result for result in report.hosts if result.host == "compute-1")
    assert not report.failed
    assert "monitoring 1 would be removed" in result.warnings[0]
    assert packages.there["monitoring"] == "1"
    assert packages.there["midolman"] == "1.9.8"
    assert "midonet-tools" not in packages.there
    assert site.hosts["compute-1"].java.choice() == "7"


def test_without_the_plugin_of_5x_a_controller_is_left_alone(site: FakeSite) -> None:
    """neutron-server could not be started again."""
    site.hosts["controller"].is_now = {"plugin_v2": False}
    report = site.update_controller(dry_run="true")
    assert report.exit_status == 50
    assert site.update_controller().exit_status == 50
    assert site.said == []


def test_a_record_that_was_lost_is_not_made_anew_from_a_changed_host(site: FakeSite) -> None:
    """It would say that 5.x is what a rollback has to bring back."""
    site.update_controller()
    site.sick = {"gateway"}
    site.update(Role.GATEWAY)
    site.sick = set()
    (record,) = (site.directory / "run").glob("host-gateway-*.json")
    record.unlink()
    report = site.update(Role.GATEWAY)
    assert report.failed[0].failure is not None
    assert "no record" in report.failed[0].failure.what
    assert not record.exists()


def test_a_host_that_fails_half_way_says_what_stands_still_there(site: FakeSite) -> None:
    """Instances have no agent then; one that fails its gate has one."""
    site.update_controller()

    def refuse(said: str) -> None:
        if said.startswith("gateway: install"):
            raise HostsFailed("no room on the host")

    site.interrupt = refuse
    (result,) = site.update(Role.GATEWAY).hosts
    assert ["midolman stopped" in text for text in result.warnings] == [True]
    site.interrupt = lambda said: None
    site.sick = {"gateway"}
    (result,) = site.update(Role.GATEWAY).hosts
    assert (result.verdict, result.warnings) == (Verdict.FAILED, [])


def test_another_machine_under_the_address_of_a_host_is_not_rolled_back(site: FakeSite) -> None:
    """By the id of its agent, or its name where it has none."""
    site.forward()
    site.said.clear()
    agent, controller = site.hosts["compute-1"], site.hosts["controller"]
    agent.is_now = {"midonet_host_id": "id-of-another"}
    with pytest.raises(HostsFailed, match="could be stopped"):
        site.of_rollback().stop(dry_run=False, old_agents=False)
    assert not [said for said in site.said if said.startswith("compute-1")]
    report = site.roll_back()
    assert {result.host for result in report.failed} == {"compute-1"}
    assert not [said for said in site.said if said.startswith("compute-1")]
    agent.is_now = {"hostname": "renamed"}
    assert site.roll_back().exit_status == 0
    agent.is_now = {}
    site.forward()
    controller.is_now = {"hostname": "another"}
    assert {result.host for result in site.roll_back().failed} == {"controller"}


def test_an_edit_made_meanwhile_survives_the_way_back(site: FakeSite) -> None:
    """Our own change alone is taken back, and that is told."""
    site.forward()
    host = site.hosts["gateway"]
    text = host.files.text("/etc/midolman/midolman.conf") + "[agent]\nx = 1\n"
    host.files.put("/etc/midolman/midolman.conf", text)
    report = site.roll_back()
    result = next(result for result in report.hosts if result.host == "gateway")
    assert result.verdict is Verdict.DONE
    assert any("changed by somebody else" in warning for warning in result.warnings)
    restored = host.files.text("/etc/midolman/midolman.conf")
    assert restored == "[zookeeper]\nzookeeper_hosts = zk:2181\nroot_key = /midonet/v1\n[agent]\nx = 1\n"


def test_packages_that_we_left_half_installed_are_made_whole(site: FakeSite) -> None:
    """Cut off in a transaction of ours, the next run lets the package manager finish."""
    site.update_controller()

    def interrupt(said: str) -> None:
        if said == "gateway: install midolman 2:5.2.1":
            raise Interrupted

    site.interrupt = interrupt
    with pytest.raises(Interrupted):
        site.update(Role.GATEWAY)
    site.interrupt = lambda said: None
    packages = site.hosts["gateway"].packages
    packages.half = ["midolman"]
    foreseen = site.update(Role.GATEWAY, flags={"dry_run": "true"})
    report = site.update(Role.GATEWAY)
    assert foreseen.hosts == report.hosts
    assert report.exit_status == 0
    assert report.hosts[0].items[0].what.endswith("are whole")
    assert packages.there["midolman"] == "2:5.2.1"


def test_packages_that_others_left_half_installed_are_not_touched(site: FakeSite) -> None:
    """The operator looks at them first."""
    site.update_controller()
    site.hosts["gateway"].packages.half = ["other"]
    report = site.update(Role.GATEWAY)
    assert report.exit_status == 50
    assert report.hosts[0].failure is not None
    assert any("dpkg --configure -a" in text for text in report.hosts[0].failure.problems)
    assert "gateway: repair" not in site.said


def test_controllers_go_one_after_the_other_with_their_agents(tmp_path: Path) -> None:
    """No neutron-server writes on while the other is switched. The second one's cluster starts once the
    importer is off; its agent is stopped before its packages go,
    started with a gate, and comes back last on the way back."""
    site = FakeSite(tmp_path)
    site.with_second_controller()
    before = site.state()
    site.import_done()
    assert site.update_controller(dry_run="true").hosts == site.update_controller().hosts
    assert site.said[1:3] == [f"{name}: stop neutron-server" for name in ("controller", "controller-2")]
    del site.said[1:2]
    second = [said.removeprefix("controller-2: ") for said in site.said if said.startswith("controller-2")]
    in_order = [
        "stop neutron-server",
        "start midonet-cluster",
        "stop tomcat",
        "stop midolman",
        "install midolman 2:5.2.1",
        "remove midonet-api",
        "java 8",
        "start neutron-server",
        "start midolman",
        "gate",
    ]
    assert [text for text in second if text in in_order] == in_order
    names = [said.partition(":")[0] for said in site.said if said != "controller-2: stop neutron-server"]
    assert names == sorted(names, key=["site", "controller", "controller-2"].index)
    site.said.clear()
    assert site.roll_back().exit_status == 0
    assert site.state() == before
    for both in ("stop neutron-server", "install midonet-api 1.9.8", "start tomcat"):
        last = max(site.said.index(f"{name}: {both}") for name in ("controller", "controller-2"))
        assert last < site.said.index("site: api open")
    assert site.said[-2:] == ["controller-2: start midolman", "controller-2: gate"]


def test_what_a_failed_host_is_left_without_is_what_it_has(site: FakeSite) -> None:
    """A controller without an agent is not said to miss one, and on the way back no way back is offered."""
    site.update_controller()

    def refuse(said: str) -> None:
        if said == "controller: start neutron-server":
            raise HostsFailed("it does not start")

    site.interrupt = refuse
    (warning,) = next(result.warnings for result in site.roll_back().hosts if result.host == "controller")
    assert "left with neutron-server stopped" in warning
    assert "roll back" not in warning


def test_no_controller_is_switched_while_a_neutron_server_goes_on(tmp_path: Path) -> None:
    """It would write to the 1.9 API what MidoNet 5 never hears of."""
    site = FakeSite(tmp_path)
    site.with_second_controller()
    site.import_done()

    def refuse(said: str) -> None:
        if said == "controller-2: stop neutron-server":
            raise HostsFailed("it does not stop")

    site.interrupt = refuse
    report = site.update_controller()
    assert verdicts(report) == {"controller": "done", "controller-2": "failed"}
    assert site.said == ["site: importer off", "controller: stop neutron-server"]
    assert "not all was done here" in report.hosts[0].warnings[0]
    site.interrupt = lambda said: None
    assert site.update_controller().exit_status == 0


def test_a_controller_that_fails_on_the_way_back_ends_it_before_any_agent(site: FakeSite) -> None:
    """There is no 1.9 API for their agents; put right, the same call goes on."""
    before = FakeSite(site.directory).state()
    site.forward()
    packages = site.hosts["controller"].packages
    real = packages.apply
    packages.apply = lambda change: (_ for _ in ()).throw(HostsFailed("no disk"))  # type: ignore[method-assign]
    site.said.clear()
    report = site.roll_back()
    assert report.exit_status == 50
    assert verdicts(report) == {
        "controller": "failed",
        "gateway": "left out",
        **{f"compute-{number}": "left out" for number in range(1, 5)},
    }
    assert {said.partition(":")[0] for said in site.said} == {"controller"}
    packages.apply = real  # type: ignore[method-assign]
    assert site.roll_back().exit_status == 0
    assert site.state() == before


def test_agents_that_fail_do_not_keep_others_from_coming_back(site: FakeSite) -> None:
    """Each gets its chance; the one that failed is done by the next call."""
    before = FakeSite(site.directory).state()
    site.forward()
    site.sick = {"gateway", "compute-2"}
    report = site.roll_back()
    assert report.exit_status == 50
    assert {name for name, verdict in verdicts(report).items() if verdict == "failed"} == site.sick
    site.sick = set()
    site.said.clear()
    assert site.roll_back().exit_status == 0
    assert site.said == ["gateway: gate", "compute-2: gate"]
    assert site.state() == before


@pytest.mark.parametrize("restoring", [False, True])
def test_what_stands_still_while_zookeeper_goes_back(site: FakeSite, restoring: bool) -> None:
    """Neutron, then agents, then clusters. Agents that were never switched stop for a restore alone, and are
    started again after it; those that were switched stay stopped."""
    site.update_controller()
    site.update(Role.GATEWAY)
    site.said.clear()
    before = site.state()
    hosts = site.of_rollback()
    foreseen = hosts.stop(dry_run=True, old_agents=restoring)
    assert site.said == []
    report = hosts.stop(dry_run=False, old_agents=restoring)
    assert foreseen.hosts == report.hosts
    computes = [f"compute-{number}: stop midolman" for number in range(1, 5)] if restoring else []
    assert site.said == [
        "controller: stop neutron-server",
        "gateway: stop midolman",
        *computes,
        "controller: stop midonet-cluster",
    ]
    assert hosts.stop(dry_run=False, old_agents=restoring).nothing_to_do
    site.said.clear()
    hosts.start_old_agents()
    assert site.said == [text.replace("stop", "start") for text in computes]
    assert all(site.state()[f"compute-{number}"] == before[f"compute-{number}"] for number in range(1, 5))
    site.said.clear()
    site.roll_back()
    assert site.state() == FakeSite(site.directory).state()
    assert not [said for said in site.said if said.startswith("compute")]


def test_a_host_that_cannot_be_stopped_keeps_zookeeper_as_it_is(site: FakeSite) -> None:
    """An agent of 5.x that goes on would write what is taken away."""
    site.forward()
    site.unreachable = {"compute-3"}
    with pytest.raises(HostsFailed, match="could be stopped") as caught:
        site.of_rollback().stop(dry_run=False, old_agents=False)
    assert any("compute-3" in problem for problem in caught.value.problems)
    assert site.of_rollback().stop(dry_run=True, old_agents=False).exit_status == 50
