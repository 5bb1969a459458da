"""Changing a host: what is looked at, journaled, done, and predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_host import FakeHost
from midonet_migrate.errors import HostsFailed, LockLost, UsageError, WrongState
from midonet_migrate.hosts.actor import HostActor
from midonet_migrate.hosts.changes import JavaChoice, Packages, ServiceState
from midonet_migrate.hosts.file_changes import FileContent
from midonet_migrate.hosts.files.file_state import RemoteFile
from midonet_migrate.hosts.history import HostStage, Touched, note_stage, stages, touched
from midonet_migrate.hosts.packages.manager import PackageChange, Transaction, UnexpectedChange
from midonet_migrate.hosts.prediction import predicting
from midonet_migrate.hosts.record import record_host
from midonet_migrate.hosts.remembering import remembering
from midonet_migrate.hosts.report import Failure, HostReport, HostResult, Item, Verdict
from midonet_migrate.model.hosts import HostEntry, Role
from midonet_migrate.plan.checks.health import Baseline
from midonet_migrate.plan.edits.model import FileEdit
from midonet_migrate.report.hosts_text import host_lines
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.load import load_settings
from midonet_migrate.steps.hosts.batches import batches, parse_sizes
from midonet_migrate.steps.hosts.fan_out import FanOut
from midonet_migrate.steps.hosts.site import run_stage


class Crash(BaseException):
    """The process is gone."""


def a_host() -> FakeHost:
    host = FakeHost("compute-1", Role.COMPUTE, host_id="id-1")
    host.packages.there = {"midolman": "1.9.8", "other": "1"}
    host.services.add("midolman")
    host.files.put("/etc/a.conf", "password = secret\nport = 8080\n", mode=0o640)
    return host


def port_8181(before: bytes | None) -> FileEdit:
    return FileEdit(path="/etc/a.conf", before=before, after=(before or b"").replace(b"8080", b"8181"))


def changes(host: FakeHost, *, dry: bool = False) -> list[object]:
    parts = predicting(host.parts()) if dry else host.parts()
    return [
        ServiceState.of(parts, "midolman", running=False),
        Packages(
            host=host.name,
            manager=parts.packages,
            change=PackageChange(install={"midolman": "2:5.2.1", "midonet-tools": "2:5.2.1"}),
            summary="midolman 5.2.1 is installed",
        ),
        FileContent.of(parts, "/etc/a.conf", port_8181, "/etc/a.conf names port 8181"),
        ServiceState.of(parts, "midolman", running=True),
        JavaChoice(host=host.name, java=parts.java, major="7"),
    ]


def test_changes_are_done_in_order_and_not_again(tmp_path: Path) -> None:
    """The first run does everything, the second nothing."""
    host = a_host()
    with RunDirectory(tmp_path / "run") as run:
        actor = HostActor(host.name, run)
        assert actor.perform_all(changes(host))  # type: ignore[arg-type]
        assert actor.result.verdict is Verdict.DONE
        assert all(item.changed for item in actor.result.items)
        assert host.said == [
            "stop midolman",
            "install midolman 2:5.2.1",
            "install midonet-tools 2:5.2.1",
            "write /etc/a.conf",
            "start midolman",
            "java 7",
        ]
        host.said.clear()
        again = HostActor(host.name, run)
        again.perform_all(change for change in changes(host) if getattr(change, "running", True))  # type: ignore[misc]
        assert again.result.verdict is Verdict.UNCHANGED
        assert host.said == []
        assert host.files.there["/etc/a.conf"].state.mode == 0o640


def test_a_dry_run_gives_the_same_report_and_touches_nothing(tmp_path: Path) -> None:
    """Later changes see what earlier ones would have done, such as the stopped service."""
    host = a_host()
    with RunDirectory(tmp_path / "run", dry_run=True) as run:
        dry = HostActor(host.name, run)
        dry.perform_all(changes(host, dry=True))  # type: ignore[arg-type]
    assert host.said == []
    assert not (tmp_path / "run").exists()
    with RunDirectory(tmp_path / "run") as run:
        real = HostActor(host.name, run)
        real.perform_all(changes(host))  # type: ignore[arg-type]
    assert dry.result == real.result
    diff = next(item.diff for item in real.result.items if item.diff)
    assert "-port = 8080\n+port = 8181\n" in diff
    assert "secret" not in diff


@pytest.mark.parametrize("number", range(6))
def test_a_crash_leaves_an_open_unit_that_the_next_run_settles(tmp_path: Path, number: int) -> None:
    """Killed before any of its actions, the next run goes on; the journal has no open unit then, and still
    tells what was there before."""
    host = a_host()
    order: list[str] = []

    def crash(said: str) -> None:
        if len(order) == number:
            raise Crash
        order.append(said)

    host.before_each = crash
    with pytest.raises(Crash), RunDirectory(tmp_path / "run") as run:
        HostActor(host.name, run).perform_all(changes(host))  # type: ignore[arg-type]
    assert len(read_journal(tmp_path / "run").pending()) == 1
    host.before_each = lambda said: None
    with RunDirectory(tmp_path / "run") as run:
        HostActor(host.name, run).perform_all(changes(host))  # type: ignore[arg-type]
        assert run.journal.pending() == []
        found = touched(run.journal.records, host.name)
        assert run.saved_copy(found.files["/etc/a.conf"][0]) == b"password = secret\nport = 8080\n"
    assert set(found.packages) == {"midolman", "midonet-tools"}
    assert found.services == ["midolman"]
    assert found.java
    assert host.services.there["midolman"].running


def test_a_record_keeps_bgp_only_while_it_cannot_be_asked_anew(tmp_path: Path) -> None:
    """1.9's API alone tells of it; what it tells later counts, until the host is touched."""
    parts = a_host().parts()

    def recorded(bgp: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return record_host(run, parts, baseline=lambda _: Baseline(bgp_ports=bgp)).baseline.bgp_ports

    with RunDirectory(tmp_path / "run") as run:
        assert recorded(None) is None
        assert recorded(("port-1",)) == ("port-1",)
        assert recorded(None) == ("port-1",)
        assert recorded(("port-2",)) == ("port-2",)
        assert recorded(()) == ()
        HostActor("compute-1", run).perform(ServiceState.of(parts, "midolman", running=False))
        assert recorded(("port-1",)) == ()


def test_services_alone_leave_packages_as_recorded() -> None:
    """The way back is fetched before the first package, source or Java changes, and not after."""
    assert Touched(services=["midolman"]).same_packages
    for found in (
        Touched(packages=["midolman"]),
        Touched(files={"/etc/apt/sources.list": []}),
        Touched(java=True),
    ):
        assert not found.same_packages
        assert not found.nothing
    assert Touched().nothing
    assert not Touched(services=["midolman"]).nothing


def test_what_does_not_come_out_as_wanted_is_an_error(tmp_path: Path) -> None:
    """A service that says it was stopped and runs on is no success; the unit stays open."""
    host = a_host()
    host.services.stop = lambda role: None  # type: ignore[method-assign]
    with RunDirectory(tmp_path / "run") as run:
        with pytest.raises(HostsFailed, match="midolman is stopped"):
            HostActor(host.name, run).perform(ServiceState.of(host.parts(), "midolman", running=False))
        assert len(run.journal.pending()) == 1


def test_packages_that_nobody_asked_for_stop_everything(tmp_path: Path) -> None:
    """A transaction that changes another package is refused before anything is journaled."""
    host = a_host()
    host.packages.dependencies[("midolman", "2:5.2.1")] = {}
    real = host.packages.simulate
    host.packages.simulate = lambda change: real(  # type: ignore[method-assign]
        PackageChange(install={**change.install, "other": "2"})
    )
    with RunDirectory(tmp_path / "run") as run:
        with pytest.raises(UnexpectedChange, match="would change packages"):
            HostActor(host.name, run).perform(changes(host)[1])  # type: ignore[arg-type]
        assert list(run.journal.records) == []


def test_a_service_that_is_missing(tmp_path: Path) -> None:
    """As good as stopped, and an error when it is to run."""
    host = FakeHost("controller", Role.CONTROLLER)
    with RunDirectory(tmp_path / "run") as run:
        actor = HostActor(host.name, run)
        assert not actor.perform(ServiceState.of(host.parts(), "tomcat", running=False, enabled=False))
        with pytest.raises(WrongState, match="has no service tomcat"):
            actor.perform(ServiceState.of(host.parts(), "tomcat", running=True))


def test_the_journal_tells_stages_and_forgets_what_was_rolled_back(tmp_path: Path) -> None:
    """The last one noted counts, once; what was touched before a rollback is forgotten."""
    host = a_host()
    with RunDirectory(tmp_path / "run") as run:
        for stage in (HostStage.SWITCHING, HostStage.SWITCHING, HostStage.SWITCHED):
            note_stage(run.journal, host.name, stage)
        HostActor(host.name, run).perform_all(changes(host))  # type: ignore[arg-type]
        assert stages(run.journal.records) == {host.name: HostStage.SWITCHED}
        assert len([record for record in run.journal.records if record.event == "note"]) == 2
        assert not touched(run.journal.records, host.name).nothing
        assert touched(run.journal.records, "another").nothing
        note_stage(run.journal, host.name, HostStage.ROLLED_BACK)
        assert touched(run.journal.records, host.name).nothing


def entries(count: int) -> list[HostEntry]:
    return [HostEntry(name=f"host-{number}", roles=(Role.COMPUTE,)) for number in range(count)]


def one_by_one(
    hosts: Sequence[HostEntry],
    work: Callable[[HostEntry], None],
    *,
    at_a_time: int,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    for entry in hosts:
        work(entry)


def test_a_host_that_fails_stops_what_comes_after_its_batch(tmp_path: Path) -> None:
    """The others of its batch go on; later batches are left out, and the report says why."""
    hosts = entries(5)

    def work(entry: HostEntry, actor: HostActor) -> None:
        if entry.name == "host-1":
            raise HostsFailed("it does not want", why="token=abc")

    with RunDirectory(tmp_path / "run") as run:
        fan_out = FanOut(run, "update", one_by_one, SilentProgress())
        fan_out.over([hosts[:3], hosts[3:]], work)
        tolerant = FanOut(run, "update", one_by_one, SilentProgress())
        tolerant.over([hosts[:3], hosts[3:]], work, max_failures=1)
        canary = FanOut(run, "update", one_by_one, SilentProgress())
        canary.over([hosts[1:2], hosts[2:]], work, max_failures=5, strict_first=True)
    report = fan_out.report
    assert [result.verdict for result in report.hosts] == [
        Verdict.UNCHANGED,
        Verdict.FAILED,
        Verdict.UNCHANGED,
        Verdict.LEFT_OUT,
        Verdict.LEFT_OUT,
    ]
    assert report.exit_status == 50
    assert report.hosts[1].failure is not None
    assert "abc" not in report.hosts[1].failure.why
    assert "host-1" in report.hosts[4].why
    assert tolerant.report.hosts[4].verdict is Verdict.UNCHANGED
    assert [result.verdict for result in canary.report.hosts[1:]] == [Verdict.LEFT_OUT] * 3


def test_a_host_keeps_its_result_over_rounds_and_one_that_failed_is_not_worked_on_again(
    tmp_path: Path,
) -> None:
    """Each host is in the report once, with what all rounds did."""
    done: list[str] = []

    def work(entry: HostEntry, actor: HostActor) -> None:
        done.append(entry.name)
        actor.warn(f"{entry.name} was here")
        if entry.name == "host-0":
            raise HostsFailed("no")

    with RunDirectory(tmp_path / "run") as run:
        fan_out = FanOut(run, "update", one_by_one, SilentProgress())
        fan_out.over([entries(2)], work, max_failures=None)
        fan_out.over([entries(2)], work, max_failures=None)
    assert done == ["host-0", "host-1", "host-1"]
    assert [(result.host, len(result.warnings)) for result in fan_out.report.hosts] == [
        ("host-0", 1),
        ("host-1", 2),
    ]


def test_no_host_is_begun_once_another_run_may_be_at_work(tmp_path: Path) -> None:
    """The lock is asked before each host: one that was lost in the middle stops the stage there."""
    begun: list[str] = []

    def guard() -> None:
        if len(begun) == 2:
            raise LockLost("the session that held this site's lock was lost")

    with RunDirectory(tmp_path / "run") as run:
        run.guard = guard
        fan_out = FanOut(run, "update", one_by_one, SilentProgress())
        fan_out.over([entries(3), entries(5)[3:]], lambda entry, _: begun.append(entry.name))
    assert begun == ["host-0", "host-1"]
    assert [result.verdict for result in fan_out.report.hosts] == [
        *[Verdict.UNCHANGED] * 2,
        Verdict.FAILED,
        *[Verdict.LEFT_OUT] * 2,
    ]


def test_what_a_stage_holds_is_asked_on_the_way(tmp_path: Path) -> None:
    """The lock that :func:`run_stage` takes guards its run, and no rehearsal."""
    guards: list[bool] = []

    def lost() -> None:
        raise LockLost("lost")

    def stage(run: RunDirectory) -> HostReport:
        guards.append(run.guard is lost)
        return HostReport(stage="update", dry_run=run.dry_run)

    settings = load_settings(flags={"data_dir": str(tmp_path / "run")}, environment={}, root=tmp_path)
    run_stage(settings, "update", stage, confirm=lambda _: None, lock=lambda: nullcontext(lost))
    assert guards == [False, True]


def test_a_bug_on_a_host_is_not_hidden_as_a_failed_host(tmp_path: Path) -> None:
    """Anything but an error of ours ends the run."""

    def work(entry: HostEntry, actor: HostActor) -> None:
        raise KeyError("bug")

    with RunDirectory(tmp_path / "run") as run, pytest.raises(KeyError):
        FanOut(run, "update", one_by_one, SilentProgress()).over([entries(3)], work)


def test_exit_status_of_a_report() -> None:
    """Failed hosts outweigh remarks; advice and warnings are remarks."""
    assert HostReport(stage="s", hosts=[HostResult(host="a")]).exit_status == 0
    assert HostReport(stage="s", hosts=[HostResult(host="a", advice=["do it"])]).exit_status == 1
    assert HostReport(stage="s", warnings=["w"]).exit_status == 1
    assert HostReport(stage="s", hosts=[HostResult(host="a", verdict=Verdict.FAILED)]).exit_status == 50


@given(st.integers(0, 300), st.sampled_from(["10%,100%", "1", "1,10%,50%,100%", "3", "7%"]), st.data())
def test_batches_hold_every_host_once_and_the_canary_alone_first(
    count: int, sizes: str, data: st.DataObject
) -> None:
    """Whatever the sizes."""
    hosts = list(range(count))
    canary = data.draw(st.sampled_from(hosts)) if hosts else None
    found = batches(hosts, parse_sizes(sizes), canary=canary)
    assert sorted(host for batch in found for host in batch) == hosts
    assert all(found)
    if hosts:
        assert found[0] == [canary]


@pytest.mark.parametrize("text", ["", "0", "0%", "101%", "x", "1,,2", "-1", "1.5"])
def test_wrong_sizes_of_batches(text: str) -> None:
    """What is no number of hosts is refused."""
    with pytest.raises(UsageError):
        parse_sizes(text)


def test_a_host_is_not_asked_the_same_twice() -> None:
    """What was seen counts until something is changed there, by whichever part."""
    host = a_host()
    asked: list[str] = []
    real_packages, real_files = host.packages.simulate, host.files.fetch

    def simulate(change: PackageChange) -> Transaction:
        asked.append("simulate")
        return real_packages(change)

    def fetch(paths: Iterable[str]) -> dict[str, RemoteFile]:
        asked.append("fetch")
        return real_files(paths)

    host.packages.simulate = simulate  # type: ignore[method-assign]
    host.files.fetch = fetch  # type: ignore[method-assign]
    parts = remembering(host.parts())
    change = PackageChange(install={"midolman": "2:5.2.1"})
    assert parts.packages.simulate(change) == parts.packages.simulate(change) == real_packages(change)
    seen = parts.files.fetch(["/etc/a.conf", "/none"])
    assert parts.files.fetch(["/none", "/etc/a.conf"]) == seen
    assert asked == ["simulate", "fetch"]
    parts.packages.apply(change)
    assert parts.packages.installed()["midolman"] == "2:5.2.1"
    assert parts.packages.simulate(change).nothing_to_do
    host.files.put("/etc/a.conf", "changed by the package")
    parts.forget()
    assert parts.files.fetch(["/etc/a.conf"])["/etc/a.conf"].data == b"changed by the package"
    digest = parts.files.fetch(["/etc/a.conf"])["/etc/a.conf"].state.sha256
    parts.files.write("/etc/a.conf", b"ours", expected=digest)
    assert parts.files.fetch(["/etc/a.conf"])["/etc/a.conf"].data == b"ours"
    assert (parts.java.choice(), parts.java.is_automatic()) == ("7", True)
    parts.java.choose("7")
    assert not parts.java.is_automatic()
    host.packages.available = {"midolman": ["3"]}
    assert parts.packages.candidates(["midolman"]) == {"midolman": ["3"]}
    host.packages.available = {}
    assert parts.packages.candidates(["midolman", "x"]) == {"midolman": ["3"], "x": []}
    parts.packages.refresh()
    assert parts.packages.candidates(["midolman"]) == {"midolman": []}


def test_hosts_of_which_the_same_is_told_share_their_lines() -> None:
    """Five hundred hosts are no five hundred lines; a host that differs has its own, with its diff in a dry
    run."""
    same = [
        HostResult(
            host=f"compute-{number}", verdict=Verdict.DONE, items=[Item(what="it is so", changed=True)]
        )
        for number in range(1, 8)
    ]
    other = HostResult(
        host="odd",
        verdict=Verdict.DONE,
        items=[Item(what="it is so", changed=True, diff="-a\n+b\n"), Item(what="that too", changed=False)],
        advice=["look"],
    )
    report = HostReport(stage="s", hosts=[*same, other])
    assert list(host_lines(report)) == [
        "compute-1, compute-2, compute-3, compute-4 and 4 more: done: it is so",
        "odd: to do by hand: look",
    ]
    report.dry_run = True
    assert list(host_lines(report))[:4] == [
        "compute-1, compute-2, compute-3, compute-4 and 3 more: would be so: it is so",
        "odd: would be so: it is so",
        "    -a",
        "    +b",
    ]


def test_hosts_that_failed_alike_share_the_reason() -> None:
    """All of five hundred may lack a version."""
    hosts = [
        HostResult(
            host=f"compute-{number}",
            verdict=Verdict.FAILED,
            failure=Failure(code="c", what=f"compute-{number}: no such version", why="w", hint="h"),
        )
        for number in range(1, 8)
    ]
    odd = Failure(code="c", what="odd cannot be reached", problems=["p"])
    hosts.append(HostResult(host="odd", verdict=Verdict.FAILED, failure=odd))
    assert list(host_lines(HostReport(stage="s", hosts=hosts))) == [
        "compute-1, compute-2, compute-3, compute-4 and 3 more: failed: no such version",
        "    why: w",
        "    what to do: h",
        "odd: failed: odd cannot be reached",
        "    - p",
    ]


def test_a_remark_is_told_once_for_all_hosts_that_it_is_about() -> None:
    """Whatever else is told of each; what is left to do comes last."""
    hosts = [
        HostResult(host=f"compute-{number}", advice=["restart it", f"enable compute-{number}"])
        for number in (1, 2)
    ]
    hosts.append(HostResult(host="odd", advice=["restart it"], warnings=["its clock is off"]))
    assert list(host_lines(HostReport(stage="s", hosts=hosts, notes=["a long day"]))) == [
        "note: a long day",
        "odd: warning: its clock is off",
        "compute-1, compute-2, odd: to do by hand: restart it",
        "compute-1: to do by hand: enable compute-1",
        "compute-2: to do by hand: enable compute-2",
    ]
