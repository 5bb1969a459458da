"""Hosts forward and back, as an operator does it: staged, installed, updated, gated, rolled back, with all
the trouble that hosts make. The tests are one story, in order."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lab_host_fixtures import needs_root
from midonet_lab.hosts.site.configuration import METADATA_SECRET, NOVA_METADATA
from midonet_lab.hosts.snapshot import HostSnapshot
from midonet_lab.recipe import Recipe
from midonet_migrate.hosts.history import HostStage, stages
from midonet_migrate.hosts.inventory import inventory_text, read_inventory, write_inventory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.steps.hosts.metadata_proxy import ENABLED_KEY, SECRET_KEY, URL_KEY
from prepare_harness import Answer
from whole_site import WholeSite, whole_site

FULL_SIZE = bool(os.environ.get("MIDONET_MIGRATE_FULL_SIZE"))
pytestmark = [needs_root, pytest.mark.timeout(1200)]

QUICK = ("--watch", "1", "--ready", "180")
FORMAT = ("-f", "json")
DONE, REMARKS, SOME_FAILED, WRONG_STATE = 0, 1, 50, 10
PATIENCE_SECONDS = 240
HELD, LOCKED, GONE, EDITED = "compute-003", "compute-001", "compute-002", "compute-004"
"""What is wrong with which compute host; the middle two are of the Red Hat family."""
HEAP = '\n# ours\nMAX_HEAP_SIZE="1500M"\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    """A controller, a gateway, four computes of both families; prepared and backed up."""
    with whole_site(tmp_path_factory.mktemp("hosts"), Recipe(computes=4, gateways=1), hosts="mixed") as found:
        (found.folder / "midonet-migrate.conf").write_text(
            "".join(
                line
                for line in (found.site.root / "etc/midonet-migrate/midonet-migrate.conf")
                .read_text()
                .splitlines(keepends=True)
                if not line.startswith(("mn_conf_command", "cluster_"))
            )
            + "package_lock_seconds = 1\n"
        )
        (found.folder / "midonet-migrate.conf").chmod(0o600)
        host = found.site.hosts.host(EDITED)
        with (host.root / "etc/midolman/midolman-env.sh").open("a") as file:
            file.write(HEAP)
        found.prepared()
        yield found


@pytest.fixture(scope="module")
def before(site: WholeSite) -> dict[str, HostSnapshot]:
    """Every host before the migration."""
    return snapshots(site)


def snapshots(site: WholeSite) -> dict[str, HostSnapshot]:
    return {one.name: site.site.hosts.host(one.name).snapshot() for one in site.site.hosts.planned}


def differences(site: WholeSite, before: dict[str, HostSnapshot]) -> list[str]:
    now = snapshots(site)
    return [f"{name}: {text}" for name in before for text in before[name].differences(now[name])]


def on(site: WholeSite, host: str, command: str) -> str:
    """Run a command line on a host; its output."""
    done = site.site.hosts.host(host).runner().run(["sh", "-c", command])
    assert done.status == 0, done.stderr
    return done.stdout


def verdicts(answer: Answer) -> dict[str, str]:
    return {host["host"]: host["verdict"] for host in answer.json()["hosts"]}


def failure(answer: Answer, host: str) -> dict[str, Any]:
    (found,) = [one["failure"] for one in answer.json()["hosts"] if one["host"] == host]
    assert found is not None
    return dict(found)


def without_times(answer: Answer) -> dict[str, Any]:
    record: dict[str, Any] = answer.json()
    record.pop("dry_run", None)
    for host in record["hosts"]:
        host.pop("notes")  # a gate has no rehearsal
    return record


def stages_of(site: WholeSite) -> dict[str, HostStage]:
    return stages(read_journal(site.data).records)


def test_staging_has_no_effect_and_finds_what_is_in_the_way(
    site: WholeSite, before: dict[str, HostSnapshot]
) -> None:
    """A held package is found days ahead; everything else is downloaded, and nothing is changed."""
    on(site, HELD, "apt-mark hold midolman")
    answer = site.run("hosts", "stage", "--yes", *FORMAT)
    assert answer.status == SOME_FAILED, answer.stderr
    assert verdicts(answer) == {name: "failed" if name == HELD else "done" for name in before}
    assert any("apt-mark unhold midolman" in text for text in failure(answer, HELD)["problems"])
    on(site, HELD, "apt-mark unhold midolman")
    answer = site.run("hosts", "stage", "--yes", *FORMAT)
    assert answer.status in {DONE, REMARKS}, answer.stderr
    assert verdicts(answer) == {name: "done" if name == HELD else "unchanged" for name in before}
    assert set(stages_of(site).values()) == {HostStage.STAGED}
    assert differences(site, before) == []


def test_agents_do_not_go_before_the_controller(site: WholeSite) -> None:
    """Nothing is touched by a step out of order."""
    answer = site.run("update", "computes", "--yes", *QUICK)
    assert answer.status == WRONG_STATE
    assert "controller" in answer.stderr


def test_the_import_installs_cluster_and_tools_beside_19(site: WholeSite) -> None:
    """1.9's API and agents go on; the cluster is configured and driven on its host; java stays Java 7."""
    answer = site.run("import", "--yes", "--skip-vteps", *FORMAT)
    assert answer.status in {DONE, REMARKS}, answer.stderr
    record = answer.json()
    assert [host["verdict"] for host in record["install"]["hosts"]] == ["done"]
    snapshot = site.site.hosts.controller().snapshot()
    assert "5.2.1" in snapshot.packages["midonet-cluster"]
    assert "1.9.8" in snapshot.packages["midonet-api"]
    assert snapshot.services["tomcat7"].running
    assert "java-7" in snapshot.alternatives["java"]


def test_the_controller_goes_over(site: WholeSite) -> None:
    """The rehearsal says what the real run does; done again nothing is to do; secrets are nowhere."""
    words = ("update", "controller", "--edit-neutron-conf", *QUICK, *FORMAT)
    foreseen = site.run(*words, "--dry-run")
    assert foreseen.status in {DONE, REMARKS}, foreseen.stderr
    assert site.site.hosts.controller().snapshot().services["tomcat7"].running
    done = site.run(*words, "--yes")
    assert done.status == foreseen.status, done.stderr
    assert without_times(foreseen) == without_times(done)
    state = site.site.state()
    assert state is not None
    for told in (done.stdout, done.stderr, foreseen.stdout, (site.data / "journal.jsonl").read_text()):
        assert state.database_password not in told
        assert state.api_password not in told
    snapshot = site.site.hosts.controller().snapshot()
    assert "midonet-api" not in {name for name, text in snapshot.packages.items() if "installed" in text}
    assert not snapshot.services["tomcat7"].running
    assert snapshot.services["neutron-server"].running
    assert "java-8" in snapshot.alternatives["java"]
    again = site.run(*words, "--yes")
    assert again.json()["nothing_to_do"]
    assert stages_of(site)["controller"] is HostStage.SWITCHED


def killed_while(site: WholeSite, host: str, sign: str, *words: str) -> None:
    """Start a command, and kill it with all its children as soon as the journal has ``sign`` for the host."""
    seen = len(site.journal())
    process = site.begin(*words)
    deadline = time.monotonic() + PATIENCE_SECONDS
    try:
        while time.monotonic() < deadline:
            new = site.journal()[seen:]
            if any(record.get("summary", "") == f"{host}: {sign}" for record in new):
                return
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.05)
        raise AssertionError(f"never saw {sign!r} of {host}")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_a_gateway_is_continued_after_a_kill(site: WholeSite) -> None:
    """Killed when its agent was stopped and its packages were about to change."""
    words = ("update", "gateways", "--yes", *QUICK, *FORMAT)
    killed_while(site, "gateway-1", "midolman, midonet-tools are of MidoNet 5.2.1", *words)
    assert stages_of(site)["gateway-1"] is HostStage.SWITCHING
    answer = retried(site, *words)
    assert answer.status in {DONE, REMARKS}, answer.stderr
    assert stages_of(site)["gateway-1"] is HostStage.SWITCHED
    snapshot = site.site.hosts.host("gateway-1").snapshot()
    assert "5.2.1" in snapshot.packages["midolman"]
    assert snapshot.services["midolman"].running
    assert read_journal(site.data).pending() == []


def retried(site: WholeSite, *words: str) -> Answer:
    """What a killed run has started on a host may still hold the package manager's lock for a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = site.run(*words)
        if answer.status != SOME_FAILED or time.monotonic() > deadline:
            return answer


@contextmanager
def locked(site: WholeSite, host: str) -> Iterator[None]:
    """Another process works with the host's package manager: its files are seen from outside, too."""
    folder = site.site.hosts.host(host).root / "var/lib/dpkg"
    with (folder / "lock").open("a") as lock, (folder / "lock-frontend").open("a") as frontend:
        for file in (lock, frontend):
            fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def with_probe(site: WholeSite, host: str, probe: str) -> None:
    """Give a host a probe of the site's own in hosts.yaml; empty: take it away."""
    path = site.data / "hosts.yaml"
    inventory = read_inventory(path)
    hosts = tuple(
        msgspec.structs.replace(entry, probe=probe) if entry.name == host else entry
        for entry in inventory.hosts
    )
    write_inventory(path, inventory_text(msgspec.structs.replace(inventory, hosts=hosts)))


def test_computes_with_all_kinds_of_trouble(site: WholeSite) -> None:
    """The canary fails its gate: nobody else is begun. Then one is locked and one is gone: the others go
    over, the report says what is wrong with each; when that is put right, the same command does the rest."""
    words = ("update", "computes", "--canary", EDITED, "--yes", *QUICK, *FORMAT)
    with_probe(site, EDITED, "echo no way out; false")
    sick = site.run(*words, "--max-failures", "3")
    assert sick.status == SOME_FAILED, sick.stderr
    assert verdicts(sick) == {EDITED: "failed", LOCKED: "left out", GONE: "left out", HELD: "left out"}
    assert any("no way out" in text for text in failure(sick, EDITED)["problems"])
    with_probe(site, EDITED, "")
    lost = site.site.hosts.host(GONE)
    lost.stop()
    with locked(site, LOCKED):
        answer = site.run(*words, "--max-failures", "2")
    lost.start()
    assert answer.status == SOME_FAILED, answer.stderr
    assert verdicts(answer) == {EDITED: "unchanged", LOCKED: "failed", GONE: "failed", HELD: "done"}
    assert failure(answer, LOCKED)["code"] == "packages-busy"
    assert failure(answer, GONE)["hint"]
    answer = site.run(*words)
    assert answer.status in {DONE, REMARKS}, answer.stderr
    assert verdicts(answer) == {EDITED: "unchanged", LOCKED: "done", GONE: "done", HELD: "unchanged"}
    assert set(stages_of(site).values()) == {HostStage.SWITCHED}
    assert site.run(*words).json()["nothing_to_do"]
    assert HEAP in (site.site.hosts.host(EDITED).root / "etc/midolman/midolman-env.sh").read_text()
    for one in site.site.hosts.planned:
        if one.midonet_host_id:
            conf = (site.site.hosts.host(one.name).root / "etc/midolman/midolman.conf").read_text()
            assert "root_key" not in conf


def test_the_new_site_is_what_the_plan_promised(site: WholeSite) -> None:
    """With the agents of 5.x on it."""
    assert site.differences() == []


def test_what_finalising_would_do_is_foreseen(site: WholeSite) -> None:
    """Metadata by MidoNet's agents, as Neutron's metadata agent of the controller has it; both of Neutron's
    agents are to go. Nothing is changed, and the secret is not told."""
    state = snapshots(site)
    answer = site.run("hosts", "finalise", "--dry-run", *FORMAT)
    assert answer.status == REMARKS, answer.stderr
    require_finalised(answer)
    assert differences(site, state) == []
    assert NOVA_METADATA not in on(site, "controller", f"mn-conf get -t default {URL_KEY} || true")


def require_finalised(answer: Answer) -> None:
    """The report of ``hosts finalise`` says all that it is for."""
    for secret in (METADATA_SECRET, "t0ken"):  # the second one stands in web.xml
        assert secret not in answer.stdout + answer.stderr
    record = answer.json()
    (metadata,) = [item for item in record["general"] if "give metadata" in item["what"]]
    assert f"{URL_KEY}: {NOVA_METADATA}" in metadata["details"]
    done = {
        host["host"]: [item["what"] for item in host["items"] if item["changed"]] for host in record["hosts"]
    }
    assert {
        "neutron-dhcp-agent is stopped and disabled",
        "neutron-metadata-agent is stopped and disabled",
    } <= {*done["controller"]}
    assert all(done.values())


def test_zookeeper_goes_back_when_everything_of_5_stands_still(site: WholeSite) -> None:
    """Neutron, switched agents and the cluster are stopped first; packages do not go back before it."""
    early = site.run("rollback", "packages", "--yes", *QUICK)
    assert early.status == WRONG_STATE, early.stderr
    assert "rollback zookeeper" in early.stderr
    answer = site.run("rollback", "zookeeper", "--yes", *FORMAT)
    assert answer.status in {DONE, REMARKS}, answer.stderr
    stopped = {
        host["host"]: [item["what"] for item in host["items"] if item["changed"]]
        for host in answer.json()["hosts"]["hosts"]
    }
    assert stopped["controller"] == ["neutron-server is stopped", "midonet-cluster is stopped"]
    assert stopped["gateway-1"] == ["midolman is stopped"]
    late = site.run("update", "computes", "--yes", *QUICK)
    assert late.status == WRONG_STATE, "a cluster started now would serve nothing"
    assert "rolled back since" in late.stderr


def test_every_host_is_as_it_was(site: WholeSite, before: dict[str, HostSnapshot]) -> None:
    """Killed on the way; package database, files with mode, owner and links, services and alternatives are
    those of before; nothing is left to do, and no unit is open."""
    words = ("rollback", "packages", "--yes", *QUICK, *FORMAT)
    preview = site.run("rollback", "packages", "--preview", *FORMAT)
    assert preview.status in {DONE, REMARKS}, preview.stderr
    killed_while(site, "gateway-1", "packages of MidoNet 5 are gone", *words)
    answer = retried(site, *words)
    assert answer.status in {DONE, REMARKS}, answer.stdout + answer.stderr
    assert differences(site, before) == []
    assert set(stages_of(site).values()) == {HostStage.ROLLED_BACK}
    assert read_journal(site.data).pending() == []
    again = site.run(*words)
    assert again.status == DONE, again.stderr
    assert again.json()["nothing_to_do"]


@pytest.mark.skipif(not FULL_SIZE, reason="takes minutes; set MIDONET_MIGRATE_FULL_SIZE=1")
@pytest.mark.parametrize("back", [True, False], ids=["and back", "and finalised"])
def test_a_site_of_the_red_hat_family_forward(back: bool, tmp_path: Path) -> None:
    """yum, systemd and a controller of that family: everything over, and each host as it was, or 1.9 gone for
    good, with metadata by MidoNet's agents."""
    with whole_site(tmp_path, Recipe(computes=1, gateways=1), hosts="redhat") as site:
        before = snapshots(site)
        site.prepared()
        for words in (
            ("import", "--skip-vteps"),
            ("update", "controller", "--edit-neutron-conf", *QUICK),
            ("update", "gateways", *QUICK),
            ("update", "computes", *QUICK),
        ):
            answer = site.run(*words, "--yes")
            assert answer.status in {DONE, REMARKS}, answer.stderr
        assert set(stages_of(site).values()) == {HostStage.SWITCHED}
        assert site.differences() == []
        controller = site.site.hosts.controller().snapshot()
        assert controller.services["neutron-server"].running
        assert not controller.services["tomcat"].running
        if not back:
            finalised(site)
            return
        for way in (("zookeeper",), ("packages", *QUICK)):
            answer = site.run("rollback", *way, "--yes")
            assert answer.status in {DONE, REMARKS}, answer.stderr
        assert differences(site, before) == []
        assert set(stages_of(site).values()) == {HostStage.ROLLED_BACK}


def finalised(site: WholeSite) -> None:
    """``hosts finalise`` does what it foresees, once; there is no way back then."""
    words = ("hosts", "finalise", *FORMAT)
    foreseen = site.run(*words, "--dry-run")
    done = site.run(*words, "--yes")
    assert done.status == foreseen.status == REMARKS, done.stderr
    assert without_times(done) == without_times(foreseen)
    require_finalised(done)
    assert set(stages_of(site).values()) == {HostStage.FINALISED}
    controller = site.site.hosts.controller()
    services = controller.snapshot().services
    for name in ("neutron-dhcp-agent", "neutron-metadata-agent"):
        assert not services[name].running
    got = {
        key: on(site, "controller", f"mn-conf get -t default {key}")
        for key in (URL_KEY, SECRET_KEY, ENABLED_KEY)
    }
    assert NOVA_METADATA in got[URL_KEY]
    assert METADATA_SECRET in got[SECRET_KEY]
    assert "true" in got[ENABLED_KEY]
    assert METADATA_SECRET not in (site.data / "journal.jsonl").read_text()
    again = site.run(*words, "--yes")
    assert again.status == DONE, again.stderr
    assert again.json()["nothing_to_do"]
    assert site.run("rollback", "zookeeper", "--yes").status == WRONG_STATE
