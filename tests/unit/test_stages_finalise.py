"""``hosts finalise`` over a site in memory: 1.9 goes, and metadata is given by MidoNet's own agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fake_host_site import FakeSite
from midonet_migrate.errors import Cancelled, WrongState
from midonet_migrate.hosts import java
from midonet_migrate.hosts.history import HostStage, stages
from midonet_migrate.hosts.local import LocalRunner
from midonet_migrate.hosts.report import HostReport, host_record
from midonet_migrate.hosts.runner import NOT_FOUND, Completed
from midonet_migrate.model.hosts import Role
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.metadata_agent import METADATA_AGENT_INI
from midonet_migrate.steps.finish_import import FinishReport
from midonet_migrate.steps.hosts.finalise_hosts import STAGING_DIRECTORY, finalise_hosts
from midonet_migrate.steps.hosts.metadata_proxy import (
    ACCEPT,
    ENABLED_KEY,
    LIST_RULES,
    SECRET_KEY,
    URL_KEY,
    needs_rule,
)
from midonet_migrate.steps.mn_conf_writes import Row, shown

SECRET = "sh4red-s3cret"
INI = f"[DEFAULT]\nnova_metadata_ip = nova\nmetadata_proxy_shared_secret = {SECRET}\n"
ALL = {URL_KEY: "http://nova:8775", SECRET_KEY: SECRET, ENABLED_KEY: True}
AGENTS = ("neutron-dhcp-agent", "neutron-metadata-agent")
RETIRED = [f"controller: {verb} {name}" for name in AGENTS for verb in ("disable", "stop")]
FILTERED = "-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n"


RUNNING = f"sh -c {java.RUNNING}"
JAVA_7 = "/usr/lib/jvm/java-7-openjdk-amd64/jre/bin/java"


class Interrupted(BaseException):
    """The run is cut off."""


class FakeWriter:
    """The template ``default`` in memory."""

    def __init__(self, said: Callable[[str], None]) -> None:
        self.there: dict[str, Any] = {}
        self.dry_run = False
        self.said = said

    @contextmanager
    def open(self, run: RunDirectory) -> Iterator[FakeWriter]:
        self.dry_run = run.dry_run
        yield self

    def present(self) -> dict[str, Any]:
        return dict(self.there)

    def put(self, settings: Mapping[str, Any]) -> list[Row]:
        if settings and not self.dry_run:
            self.said(f"site: mn-conf {' '.join(key.rsplit('.')[-1] for key in settings)}")
            self.there |= settings
        return [
            Row(place="-t default", key=key, verdict="set", value=shown(key, value))
            for key, value in settings.items()
        ]


class Site:
    """All hosts on 5.x; Neutron's agents on the controller."""

    def __init__(self, directory: Path) -> None:
        self.hosts = FakeSite(directory)
        self.writer = FakeWriter(self.hosts.hear)
        self.hosts.import_done()
        self.hosts.forward()
        self.hosts.said.clear()
        self.controller = self.hosts.hosts["controller"]
        self.controller.files.put(METADATA_AGENT_INI, INI)
        for name in AGENTS:
            self.controller.services.add(name)
        for host in self.hosts.hosts.values():
            host.answers[f"test -e {STAGING_DIRECTORY}"] = Completed(1)
            host.answers[" ".join(LIST_RULES)] = Completed(0, FILTERED)

    def finalise(self, *, keep: bool = False, **flags: str) -> HostReport:
        return finalise_hosts(
            self.hosts.settings(**flags),
            self.hosts,
            finish=self.hosts.finish,
            progress=SilentProgress(),
            confirm=self.confirm,
            metadata=None if keep else self.writer.open,
            lock=None,
        )

    def confirm(self, report: HostReport) -> None:
        """Yes."""

    def about_metadata(self) -> list[str]:
        return [said for said in self.hosts.said if "mn-conf" in said or any(name in said for name in AGENTS)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def advice(report: HostReport, host: str) -> str:
    (found,) = [result for result in report.hosts if result.host == host]
    return "\n".join(found.advice)


def test_metadata_is_set_before_neutrons_agents_go(site: Site) -> None:
    """The dry run tells the same; done once there is nothing to do, and nothing left to advise."""
    told = site.finalise(dry_run="true")
    assert (site.hosts.said, site.writer.there) == ([], {})
    done = site.finalise()
    assert (told.general, told.hosts) == (done.general, done.hosts)
    assert site.writer.there == ALL
    assert site.about_metadata() == ["site: mn-conf nova_metadata_url shared_secret enabled", *RETIRED]
    assert site.hosts.said[: len(RETIRED) + 1] == site.about_metadata()
    assert all("openjdk-7-jre-headless" not in host.packages.there for host in site.hosts.hosts.values())
    site.hosts.said.clear()
    again = site.finalise()
    assert again.nothing_to_do
    assert (again.exit_status, site.hosts.said) == (0, [])


def test_the_secret_is_nowhere(site: Site, tmp_path: Path) -> None:
    report = site.finalise()
    assert SECRET not in str(host_record(report))
    assert f"{SECRET_KEY}: ***" in str(report.general)
    kept = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert kept
    assert all(SECRET.encode() not in path.read_bytes() for path in kept)


def test_what_agent_hosts_are_told(site: Site) -> None:
    """The interface is let in where something filters; Nova uses compute hosts again."""
    site.hosts.hosts["compute-1"].answers[" ".join(LIST_RULES)] = Completed(0, "-P INPUT ACCEPT\n")
    site.hosts.hosts["compute-2"].answers[" ".join(LIST_RULES)] = Completed(NOT_FOUND)
    site.hosts.hosts["gateway"].services.add("nova-compute")  # a gateway may run instances, too
    report = site.finalise()
    needed = {name for name in site.hosts.hosts if ACCEPT in advice(report, name)}
    assert needed == {"gateway", "compute-3", "compute-4"}
    enabled = {
        name
        for name in site.hosts.hosts
        if f"nova service-enable {name} nova-compute" in advice(report, name)
    }
    assert enabled == {"gateway", *(f"compute-{number}" for number in range(1, 5))}
    assert "restart" in advice(report, "gateway")
    assert advice(report, "controller") == ""


def test_neutrons_agents_are_kept_when_that_is_asked_for(site: Site) -> None:
    """And go with a later run without the option, though all the rest was done by the first."""
    report = site.finalise(keep=True)
    assert (site.about_metadata(), site.writer.there) == ([], {})
    assert not any(ACCEPT in advice(report, name) for name in site.hosts.hosts)
    later = site.finalise()
    assert site.writer.there == ALL
    assert site.about_metadata()[1:] == RETIRED
    assert ACCEPT in advice(later, "compute-1")
    assert site.finalise().nothing_to_do


@pytest.mark.parametrize(
    ("ini", "why"),
    [
        (None, f"there is no {METADATA_AGENT_INI}"),
        ("[DEFAULT]\nnova_metadata_ip = nova\n", "metadata_proxy_shared_secret is not set"),
        (INI.replace("nova\n", "127.0.0.1\n"), "names the host itself"),
        (INI + "broken line\n", f"{METADATA_AGENT_INI}:4"),
    ],
)
def test_without_the_values_nothing_is_set_and_the_agents_stay(site: Site, ini: str | None, why: str) -> None:
    """The rest is finalised. As long as the agents stand there, every run says what is to be done."""
    site.controller.files.there.pop(METADATA_AGENT_INI)
    if ini is not None:
        site.controller.files.put(METADATA_AGENT_INI, ini)
    for _ in range(2):
        report = site.finalise()
        assert (site.about_metadata(), site.writer.there) == ([], {})
        said = advice(report, "controller")
        assert why in said
        assert all(name in said for name in (*AGENTS, URL_KEY, SECRET_KEY, ENABLED_KEY))
        assert SECRET not in said
        assert not report.failed
    for name in AGENTS:
        site.controller.services.stop(name)
        site.controller.services.disable(name)
    assert site.finalise().exit_status == 0


def test_what_the_operator_has_set_stays(site: Site) -> None:
    """An address that others can use, while the controller's file has its own one; the rest is added."""
    site.controller.files.put(METADATA_AGENT_INI, INI.replace("nova\n", "127.0.0.1\n"))
    site.writer.there = {URL_KEY: "http://by-hand:8775", SECRET_KEY: ""}
    site.finalise()
    assert site.writer.there == {**ALL, URL_KEY: "http://by-hand:8775"}
    assert site.about_metadata() == ["site: mn-conf shared_secret enabled", *RETIRED]


def test_all_set_by_the_operator_needs_no_file(site: Site) -> None:
    site.controller.files.there.pop(METADATA_AGENT_INI)
    site.writer.there = {URL_KEY: "http://by-hand:8775", SECRET_KEY: "x", ENABLED_KEY: True}
    site.finalise()
    assert site.about_metadata() == RETIRED


def test_switched_off_by_the_operator_it_stays_off(site: Site) -> None:
    site.writer.there = {ENABLED_KEY: False}
    report = site.finalise()
    assert (site.writer.there, site.about_metadata()) == ({ENABLED_KEY: False}, [])
    assert f"{ENABLED_KEY} is false" in advice(report, "controller")


def test_controllers_that_differ_are_told_and_nothing_is_set(tmp_path: Path) -> None:
    fake = FakeSite(tmp_path)
    fake.add("controller-2", Role.CONTROLLER)
    fake.inventory = type(fake.inventory)(hosts=tuple(host.entry for host in fake.hosts.values()))
    hosts = [fake.hosts["controller"], fake.hosts["controller-2"]]
    report = _finalise_two(fake, [INI, INI.replace(SECRET, "another")])
    assert all(
        f"controllers have different values for {SECRET_KEY}" in advice(report, host.name) for host in hosts
    )
    assert "another" not in str(host_record(report))


def _finalise_two(fake: FakeSite, files: list[str]) -> HostReport:
    with RunDirectory(fake.settings().data_dir.value, step="test") as run:
        for host in fake.hosts.values():
            run.journal.note("on 5.x", host=host.name, host_stage=str(HostStage.SWITCHED))
            host.answers[f"test -e {STAGING_DIRECTORY}"] = Completed(1)
    for name, text in zip(("controller", "controller-2"), files, strict=True):
        fake.hosts[name].files.put(METADATA_AGENT_INI, text)
    fake.importer_on = False
    writer = FakeWriter(fake.hear)
    report = finalise_hosts(
        fake.settings(),
        fake,
        finish=fake.finish,
        progress=SilentProgress(),
        confirm=lambda report: None,
        metadata=writer.open,
        lock=None,
    )
    assert writer.there == {}
    return report


def test_refused_at_the_question_nothing_is_done(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(report: HostReport) -> None:
        assert not report.nothing_to_do
        raise Cancelled("no")

    monkeypatch.setattr(site, "confirm", no)
    with pytest.raises(Cancelled):
        site.finalise()
    assert (site.hosts.said, site.writer.there) == ([], {})


def test_an_unreachable_controller_fails_alone(site: Site) -> None:
    """What it says of Nova is not known: nothing is set, and the other hosts are finalised."""
    site.hosts.unreachable.add("controller")
    report = site.finalise()
    assert [result.host for result in report.failed] == ["controller"]
    assert site.about_metadata() == []
    site.hosts.unreachable.clear()
    assert not site.finalise().failed
    assert site.writer.there == ALL
    assert site.about_metadata()[1:] == RETIRED


def test_interrupted_anywhere_it_is_continued(tmp_path: Path) -> None:
    """The end is the same, and nothing stays open in the journal."""
    whole = Site(tmp_path / "whole")
    whole.finalise()
    wanted, steps = whole.hosts.state(), len(whole.hosts.said)
    for cut in range(steps):
        site = Site(tmp_path / str(cut))
        count = iter(range(steps + 1))

        def interrupt(said: str, count: Iterator[int] = count, cut: int = cut) -> None:
            if next(count) == cut:
                raise Interrupted(said)

        site.hosts.interrupt = interrupt
        with pytest.raises(Interrupted):
            site.finalise()
        site.hosts.interrupt = lambda said: None
        assert not site.finalise().failed
        assert (site.hosts.state(), site.writer.there) == (wanted, ALL)
        with RunDirectory(site.hosts.settings().data_dir.value, step="test") as run:
            assert run.journal.pending() == []
            assert set(stages(run.journal.records).values()) == {HostStage.FINALISED}


def test_rules_are_listed_by_the_hosts_own_iptables(tmp_path: Path) -> None:
    """One that is not there is told apart from one that fails."""
    program = tmp_path / "iptables"
    program.write_text('#!/bin/sh\necho "-P $2 ACCEPT"\n')
    program.chmod(0o755)
    done = LocalRunner().run(LIST_RULES, environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (done.status, done.stdout) == (0, "-P INPUT ACCEPT\n")
    absent = LocalRunner().run([*LIST_RULES[:2], LIST_RULES[2].replace("iptables", "no-such-iptables")])
    assert absent.status == NOT_FOUND


@pytest.mark.parametrize(
    ("rules", "needed"),
    [
        ("-P INPUT ACCEPT\n", False),
        ("-P INPUT DROP\n", True),
        ("-P INPUT ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable\n", True),
        ("-P INPUT DROP\n-A INPUT -i metadata -j ACCEPT\n-A INPUT -j REJECT\n", False),
        ("-P INPUT DROP\n-A INPUT -j REJECT\n-A INPUT -i metadata -j ACCEPT\n", True),
        ("", True),
    ],
)
def test_the_rule_is_needed_where_something_filters(rules: str, needed: bool) -> None:
    assert needs_rule(rules) is needed


def test_java_7_stays_while_processes_run_on_it(site: Site) -> None:
    """ZooKeeper by a path of its own: no package depends on that Java, and its next start would fail."""
    gateway, compute = site.hosts.hosts["gateway"], site.hosts.hosts["compute-1"]
    gateway.answers[RUNNING] = Completed(0, f"/proc/1/exe /sbin/init\n/proc/417/exe {JAVA_7}\n")
    compute.answers[RUNNING] = Completed(0, f"/proc/9/exe {JAVA_7.replace('7', '8')}\n")
    report = site.finalise()
    assert "417" in advice(report, "gateway")
    assert "openjdk-7-jre-headless" in gateway.packages.there
    assert "openjdk-7-jre-headless" not in compute.packages.there


def test_hosts_that_are_not_switched_are_told_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a rollback there are no tasks any more: what the importer says of them would mislead."""
    site.hosts.roll_back()

    def asked(dry_run: bool) -> FinishReport:
        raise AssertionError(dry_run)

    monkeypatch.setattr(site.hosts, "finish", asked)
    with pytest.raises(WrongState, match="6 hosts are not on MidoNet 5") as caught:
        site.finalise()
    assert "controller: rolled back" in caught.value.problems
