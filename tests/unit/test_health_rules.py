"""The rules of the health gate, each passing and each failing (host 3.6); whether Neutron's plug-in fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midonet_migrate.model.hosts import InitSystem, ServiceFacts
from midonet_migrate.plan.checks.health import (
    Check,
    PortSeen,
    Verdict,
    is_bad_line,
    is_established,
    judge_bgp,
    judge_command,
    judge_datapath,
    judge_host,
    judge_log,
    judge_package,
    judge_ports,
    judge_process,
    passed,
)
from midonet_migrate.plan.checks.neutron_plugin import plugin_fits

OK, FAILED, NOT_CHECKED = Verdict.OK, Verdict.FAILED, Verdict.NOT_CHECKED
HOST = "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
BEFORE = ("midonet", "tngre-overlay", "tnvxlan-overlay", "tnvxlan-vtep", "tap1", "eth1")
NEIGHBOUR = (
    "BGP neighbor is 203.0.113.1, remote AS 64513\n  BGP version 4\n  BGP state = {}, up for 01:00:00\n"
)


def midolman(pid: int | None, state: str = "start/running") -> ServiceFacts:
    """The agent at one moment."""
    return ServiceFacts(
        name="midolman", init=InitSystem.UPSTART, running=True, enabled=True, pid=pid, state=state
    )


@pytest.mark.parametrize(
    ("samples", "verdict", "words"),
    [
        ([midolman(5), midolman(5)], OK, "process 5"),
        ([midolman(5, "active (running)")], OK, "process 5"),
        ([midolman(5), midolman(6)], FAILED, "5, then 6"),
        ([midolman(5), midolman(None, "start/post-stop")], FAILED, "start/post-stop"),
        ([midolman(5), midolman(None, "stop/waiting")], FAILED, "stop/waiting"),
        ([midolman(None, "failed (start-limit)")], FAILED, "start-limit"),
        ([midolman(None)], FAILED, "no process"),
        ([midolman(5), None], FAILED, "not installed"),
        ([], NOT_CHECKED, "nobody"),
    ],
)
def test_the_process_must_be_the_same_all_the_time(
    samples: list[ServiceFacts | None], verdict: Verdict, words: str
) -> None:
    """A respawn within the window is a crash, even when it runs at every look."""
    check = judge_process(samples, 130)
    assert check.verdict is verdict
    assert words in check.saw


@given(st.lists(st.integers(1, 3), min_size=1, max_size=6))
def test_any_change_of_process_fails(pids: list[int]) -> None:
    """Whenever it happens."""
    check = judge_process([midolman(pid) for pid in pids], 1)
    assert (check.verdict is OK) is (len(set(pids)) == 1)


def test_the_package_must_be_the_wanted_one() -> None:
    """Named as found and as wanted."""
    assert judge_package("2:5.2.1", fits=True, wanted="5.2.1").verdict is OK
    check = judge_package("1.9.8-1", fits=False, wanted="5.2.1")
    assert check.verdict is FAILED
    assert "1.9.8-1" in check.saw
    assert judge_package("", fits=False, wanted="5.2.1").verdict is FAILED


@pytest.mark.parametrize(
    ("name", "alive", "verdict"),
    [
        ("compute-1", True, OK),
        ("compute-1", False, FAILED),
        ("compute-1.example.org", True, FAILED),
        (None, False, FAILED),
    ],
)
def test_the_host_must_be_alive_under_its_name(name: str | None, alive: bool, verdict: Verdict) -> None:
    """A short name for a long one is another host to MidoNet."""
    assert judge_host(name, alive, "compute-1").verdict is verdict


def test_every_port_must_be_active_again_on_this_host() -> None:
    """Each one that is not is told, and why."""
    now = {
        "a": PortSeen(active=True, host_id=HOST),
        "b": PortSeen(active=False, host_id=HOST),
        "c": PortSeen(active=True, host_id="other"),
        "d": None,
    }
    check = judge_ports(("a", "b", "c", "d", "e"), now, HOST)
    assert check.verdict is FAILED
    assert check.problems == (
        "port b is not active",
        "port c is bound to other",
        "port d does not exist",
        "port e does not exist",
    )
    assert judge_ports(("a",), now, HOST).verdict is OK
    assert judge_ports((), {}, HOST).verdict is OK
    assert judge_ports(None, now, HOST).verdict is NOT_CHECKED


def test_the_datapath_must_have_the_same_taps_and_the_tunnels() -> None:
    """More is no harm; the VTEP tunnel and 5.2's own veth do not count."""
    same = judge_datapath(BEFORE, (*BEFORE, "midorecirc-dp"))
    assert same.verdict is OK
    assert same.saw == "2 interfaces and the tunnels"
    assert judge_datapath(BEFORE, [port for port in BEFORE if port != "tnvxlan-vtep"]).verdict is OK
    assert judge_datapath((*BEFORE, "1c42f115_hm_dp"), BEFORE).verdict is OK, "5.x makes its own"
    missing = judge_datapath(BEFORE, ("midonet", "tngre-overlay", "eth1"))
    assert missing.verdict is FAILED
    assert missing.problems == ("tnvxlan-overlay is missing", "tap1 is missing")
    assert judge_datapath(BEFORE, None).verdict is FAILED
    assert judge_datapath(None, None).verdict is NOT_CHECKED
    assert judge_datapath(None, BEFORE).verdict is NOT_CHECKED
    assert judge_datapath(None, ("midonet",)).verdict is FAILED


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("2016.03.08 14:48:54.123 ERROR [main] o.m.m.Midolman -  Fatal", True),
        ("2016.03.08 14:48:54.123 WARN  [main] x -  Host ID already taken", True),
        ("2016.03.08 14:48:54.123 INFO  [main] x -  Could not acquire ownership of host", True),
        ("2016.03.08 14:48:54.123 INFO  [main] x -  ErrorHandler installed", False),
        ("2016.03.08 14:48:54.123 INFO  [main] x -  NO_ERRORS", False),
    ],
)
def test_bad_lines_of_the_log(line: str, bad: bool) -> None:
    """The level, and the two sentences of an agent whose id is somebody else's."""
    assert is_bad_line(line) is bad
    assert judge_log([line]).verdict is (FAILED if bad else OK)


def test_a_log_that_is_not_there_or_was_rotated_is_not_clean() -> None:
    """Nothing seen is not the same as nothing bad."""
    assert judge_log(None, "gone").verdict is NOT_CHECKED
    assert judge_log([], whole=False).verdict is NOT_CHECKED
    assert judge_log(["ERROR x"], whole=False).verdict is FAILED


@pytest.mark.parametrize(
    ("status", "established"),
    [
        (NEIGHBOUR.format("Established"), True),
        (NEIGHBOUR.format("Active"), False),
        (NEIGHBOUR.format("OpenSent"), False),
        ("Established", True),
        ("UP", False),
        ("BGP state = Established, up for 01:02:03\nNeighbor capabilities: ...", True),
        ("DOWN", False),
        ("", False),
        ("last reset: Established before", False),
    ],
)
def test_established_sessions(status: str, established: bool) -> None:
    """A word, or what ``show ip bgp neighbor`` says."""
    assert is_established(status) is established


def test_bgp_sessions_of_before_must_be_established_again() -> None:
    """One that was down before need not be up; where nobody knows, all that are told of must be."""
    up = PortSeen(active=True, host_id=HOST, bgp_status=NEIGHBOUR.format("Established"))
    down = PortSeen(active=True, host_id=HOST, bgp_status=NEIGHBOUR.format("Connect"))
    silent = PortSeen(active=True, host_id=HOST)
    assert judge_bgp(("a",), {"a": up, "b": down}).verdict is OK
    failed = judge_bgp(("a", "b"), {"a": up, "b": down})
    assert failed.verdict is FAILED
    assert "Connect" in failed.problems[0]
    assert judge_bgp(("a",), {"a": silent}).verdict is FAILED
    assert judge_bgp(None, {"a": up, "b": down, "c": silent}).verdict is FAILED
    assert judge_bgp(None, {"a": up, "c": silent}).verdict is OK
    assert judge_bgp(None, {"c": silent}).verdict is NOT_CHECKED
    assert judge_bgp((), {"b": down}).verdict is NOT_CHECKED


def test_commands_of_the_site_end_with_zero() -> None:
    """The last lines that one wrote are told."""
    assert judge_command("probe", 0, "").verdict is OK
    assert judge_command("probe", None, "").verdict is NOT_CHECKED
    failed = judge_command("probe", 2, "\n".join(f"line {number}" for number in range(9)))
    assert failed.verdict is FAILED
    assert failed.problems[-1] == "line 8"


@given(st.lists(st.sampled_from(list(Verdict))))
def test_a_gate_is_passed_when_nothing_failed(verdicts: list[Verdict]) -> None:
    """And not when anything did."""
    checks = [Check(name="x", verdict=verdict, saw="") for verdict in verdicts]
    assert passed(checks) is (FAILED not in verdicts)


V2 = "midonet.neutron.plugin_v2.MidonetPluginV2"


@pytest.mark.parametrize(
    ("core_plugin", "version", "has_module", "fits"),
    [
        (V2, "1:2015.1.2-1", None, True),
        (V2, "2015.1.0", None, True),
        (V2, "2014.2.3", None, False),
        (V2, "", None, False),
        (V2, "", True, True),
        (V2, "1:2015.1.2-1", False, False),
        ("midonet", "1:2015.1.2-1", True, False),
        ("neutron.plugins.midonet.plugin.MidonetPluginV2", "2015.1.2", True, False),
        ("midonet.neutron.plugin_v1.MidonetPluginV2", "2015.1.2", True, False),
        ("midonet.neutron.plugin.MidonetPluginV2", "2015.1.2", True, False),
        ("neutron.plugins.ml2.plugin.Ml2Plugin", "2015.1.2", True, False),
        ("midonet.neutron.plugin_v20.X", "2015.1.2", True, False),
        ("", "2015.1.2", True, False),
    ],
)
def test_whether_neutron_may_be_started(
    core_plugin: str, version: str, has_module: bool | None, fits: bool
) -> None:
    """The module tells v1 from v2, for both classes have one name (host 2.2); and it must be installed."""
    fit = plugin_fits(core_plugin, version, has_module=has_module)
    assert fit.fits is fits
    assert bool(fit.why and fit.remedy) is not fits
