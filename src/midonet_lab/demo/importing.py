"""Scenes of step 3: the new topology is built, proven against the plan, and the importer switched off."""

from __future__ import annotations

from midonet_lab.demo.hosts import host_names, look, runs
from midonet_lab.demo.stage import DONE, DONE_WITH_REMARKS, Stage
from midonet_migrate.model.hosts import Role

_IMPORT = ("import", "--yes", "--skip-vteps")
"""The practice site has no VTEP switch."""


def build(stage: Stage) -> None:
    """From the queued tasks and the plan to the topology of MidoNet 5."""
    stage.say("  The practice site has no VTEP switch, so VTEPs are left out.")
    if stage.hosts_before:
        stage.say(
            "  First, midonet-cluster and midonet-tools are installed on the controller, beside MidoNet 1.9."
        )
    stage.run(*_IMPORT, accept=(DONE, DONE_WITH_REMARKS))
    if stage.hosts_before:
        _expect_both(stage)
    tasks = len(stage.plan()["tasks"])
    marker = stage.marker()
    stage.expect("the importer has executed the last task", marker == stage.plan()["tasks"][-1]["id"])
    stage.expect("the importer has its credentials", bool(stage.credentials_in_zookeeper()))
    stage.outcome(f"The importer of MidoNet 5 has executed {tasks} tasks; what only MidoNet knew is there.")


def _expect_both(stage: Stage) -> None:
    """Beside each other: 1.9 on all hosts as before, the cluster of MidoNet 5 on the controller."""
    now = look(stage)
    [controller] = host_names(stage, Role.CONTROLLER)
    old = {name: stage.hosts_before[name].packages for name in now}
    kept = all(now[name].packages.get(one) == version for name in now for one, version in old[name].items())
    stage.expect("the packages of MidoNet 1.9 are still there", kept)
    others = [name for name in now if name != controller]
    untouched = all(not stage.hosts_before[name].differences(now[name]) for name in others)
    stage.expect("no other host has changed", untouched)
    both = all(runs(now[controller], one) for one in (stage.tomcat, "midonet-cluster", "neutron-server"))
    stage.expect("the 1.9 API, neutron-server and midonet-cluster run beside each other", both)
    stage.outcome("midonet-cluster runs on the controller beside MidoNet 1.9; no other host was touched.")


def build_again(stage: Stage) -> None:
    """A second run changes nothing."""
    found = stage.run_json(*_IMPORT, accept=(DONE, DONE_WITH_REMARKS))
    stage.expect("a second run of the import finds nothing to do", found["nothing_to_do"])
    if stage.hosts_before:
        stage.expect("nothing is installed twice", found["install"]["nothing_to_do"])
    stage.outcome("A second run of the import found nothing to do.")


def verify(stage: Stage) -> None:
    """Every object, every field, against the plan."""
    found = stage.run_json("verify")
    stage.say(f"  {sum(found['checked'].values())} checks, {len(found['differences'])} differences")
    stage.expect("the new site is what the plan promised", not found["differences"])
    stage.outcome(f"No differences in {sum(found['checked'].values())} checks: old site = new site.")


def see_a_change(stage: Stage) -> None:
    """What somebody changes in the new site is found."""
    with stage.zookeeper() as client:
        folder = "/midonet/zoom/0/models/Network"
        path = f"{folder}/{min(client.get_children(folder))}"
        data, _ = client.get(path)
        client.set(path, data.replace(b"admin_state_up: true", b"admin_state_up: false"))
        _, text = stage.run("verify", "--no-canary", accept=(30,), show=False)
        client.set(path, data)
    stage.say("\n".join(line for line in text.splitlines() if "admin_state_up" in line))
    stage.expect("a network that was set down is found", "admin_state_up" in text)
    stage.outcome("One field changed behind its back, and verify named it.")


def finish(stage: Stage) -> None:
    """The importer is switched off where it was switched on, and its credentials are gone."""
    stage.run("import", "--finish", "--yes")
    stage.expect("the importer's credentials are gone", not stage.credentials_in_zookeeper())
    stage.outcome("The importer is off, and Neutron's database password is gone from ZooKeeper.")
