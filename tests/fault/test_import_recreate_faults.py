"""Re-creation while the API loses answers, breaks, is overloaded or forgets logins, and while killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from golden_snapshot import load_snapshot
from midonet_lab.midonet5.api.options import Account, Fault
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import ApiUnreachable, AuthenticationFailed
from midonet_migrate.model.codec import readable
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.plan.planner import build_plan
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.target.midonet_api.results import DONE, State
from recreate_site import RecreateSite, recreate_site

TESTS = Path(__file__).resolve().parents[1]
WRITES = "(POST|PUT|DELETE) .*"


@pytest.fixture(scope="module")
def plan(golden: Path) -> Plan:
    return build_plan(load_snapshot(golden), PlanOptions(target_version="5.2.1"))


@pytest.fixture
def site(zookeeper_root: ZooKeeper, tmp_path: Path, plan: Plan) -> Iterator[RecreateSite]:
    with recreate_site(zookeeper_root, tmp_path, plan) as made:
        yield made


def all_created(site: RecreateSite) -> None:
    """Nothing is open, and nothing that was made here is called adopted."""
    states = {result.state for result in site.states().requests}
    assert states <= {State.CREATED, State.CHANGED}


@pytest.mark.parametrize("kind", ["lost", "reset"])
def test_broken_connections_are_settled_by_reading_back(
    site: RecreateSite, plan: Plan, kind: Literal["lost", "reset"]
) -> None:
    """Every write loses its answer, or never arrives at first: each object is there once, and made here."""
    times = -1 if kind == "lost" else 2
    kinds = [
        "bridges",
        "chains",
        "ports",
        "rules",
        "dhcp",
        "arp_table",
        "mac_table",
        "ip_addrs",
        "link",
        "hosts",
    ]
    site.faults(*(Fault(request=f"(POST|PUT) .*{name}.*", kind=kind, times=times) for name in kinds))
    site.recreate(plan, "before-import")
    site.put_import(plan)
    report = site.recreate(plan)
    assert report.open == []
    all_created(site)
    site.faults()
    topology = site.topology()
    for path, found in topology.items():
        if path.endswith(("/dhcp", "/dhcpV6", "/rules", "/ip_addrs", "/hosts", "/hostsV6")):
            assert len(found) == len({repr(item) for item in found}), path
    assert site.recreate(plan).nothing_to_do
    assert read_journal(site.data).pending() == []


def test_bursts_of_errors_pass(site: RecreateSite, plan: Plan) -> None:
    """503 is waited for as long as it says, 500 is looked at before it is repeated; all is made."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    site.faults(
        Fault(request="POST .*/chains", status=503, times=1),
        Fault(request="POST .*/bridges/.*/ports", status=500, times=2),
        Fault(request="POST .*/rules", status=500, times=1, skip=2),
        Fault(request="PUT .*", status=500, times=2),
        Fault(request="GET .*", status=503, times=2, skip=5),
    )
    assert site.recreate(plan).open == []
    all_created(site)


def test_one_object_that_the_server_chokes_on_does_not_stop_the_rest(site: RecreateSite, plan: Plan) -> None:
    """500 to the end: that object fails with its reason, what needs it is skipped, the next run makes it."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    bridge = next(item for item in plan.objects if item.kind == "bridge" and item.method == "POST")
    site.faults(Fault(request="POST .*/bridges$", status=500, times=-1))
    report = site.recreate(plan)
    states = {result.id: result for result in report.open}
    assert states[bridge.id].state is State.FAILED
    assert "500" in states[bridge.id].reason
    below = [result for result in report.open if result.path.startswith(f"/bridges/{bridge.id}")]
    assert below
    assert all(result.state is State.SKIPPED and bridge.id in result.reason for result in below)
    assert report.exit_status == 30
    site.faults()
    assert site.recreate(plan).open == []


def test_tokens_that_expire_all_the_time_are_renewed(
    zookeeper_root: ZooKeeper, tmp_path: Path, plan: Plan
) -> None:
    """One login after each 401, and everything is made; a wrong password stops at once."""
    accounts = {"admin": Account(password="right")}
    with recreate_site(zookeeper_root, tmp_path, plan, auth="keystone", accounts=accounts) as site:
        site.account = Credentials("admin", "wrong", "admin")
        with pytest.raises(AuthenticationFailed):
            site.recreate(plan, "before-import")
        site.account = Credentials("admin", "right", "admin")
        site.faults(expire_after=9)
        site.recreate(plan, "before-import")
        site.put_import(plan)
        assert site.recreate(plan).open == []
        assert site.api.application.gatekeeper.logins > 5
        assert b"right" not in (site.data / "journal.jsonl").read_bytes()


def test_an_api_that_stays_away_ends_the_run_and_the_next_one_goes_on(site: RecreateSite, plan: Plan) -> None:
    """An error with what to do; what was done is known, the rest pending; nothing is made twice."""
    site.recreate(plan, "before-import")
    site.put_import(plan)
    site.faults(Fault(request=WRITES, kind="reset", times=-1, skip=30))
    with pytest.raises(ApiUnreachable) as caught:
        site.recreate(plan)
    assert caught.value.recovery.name == "RETRY"
    states = [result.state for result in site.states().requests]
    assert State.PENDING in states
    assert sum(state in DONE for state in states) >= 30
    site.faults()
    report = site.recreate(plan)
    assert report.open == []
    assert 0 < report.sent < len(states)
    all_created(site)
    assert read_journal(site.data).pending() == []


def test_killed_at_any_point_and_run_again_it_ends_in_the_same_state(
    zookeeper_root: ZooKeeper, tmp_path: Path, plan: Plan
) -> None:
    """SIGKILL again and again, each run going a little further: same topology, same recreate.json."""
    with recreate_site(zookeeper_root, tmp_path / "whole", plan) as site:
        site.recreate(plan, "before-import")
        site.put_import(plan)
        site.recreate(plan)
        topology, states = site.topology(), site.states()
    zookeeper_root.wipe()
    plan_file = tmp_path / "plan.json"
    plan_file.write_bytes(readable(plan))
    kills = 0
    with recreate_site(zookeeper_root, tmp_path / "killed", plan) as site:
        for part, stride in (("before-import", 17), ("after-import", 97)):
            if part == "after-import":
                site.put_import(plan)
            status = -signal.SIGKILL
            while status == -signal.SIGKILL:
                arguments = [plan_file, site.data, site.api.url, site.zookeeper, part, stride + 7 * kills]
                command = [sys.executable, str(TESTS / "recreate_child.py"), *map(str, arguments)]
                paths = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
                child = subprocess.run(
                    command,
                    check=False,
                    env={**os.environ, "PYTHONPATH": paths},
                    capture_output=True,
                    text=True,
                )
                status = child.returncode
                kills += status == -signal.SIGKILL
                assert status in {0, -signal.SIGKILL}, child.stderr
        assert kills >= 4
        assert site.topology() == topology
        assert site.states() == states
        assert site.recreate(plan).nothing_to_do
        assert read_journal(site.data).pending() == []
