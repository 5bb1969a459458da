"""Scenes of step 3: the new topology is built, proven against the plan, and the importer switched off."""

from __future__ import annotations

from midonet_lab.demo.stage import DONE, DONE_WITH_REMARKS, Stage

_IMPORT = ("import", "--yes", "--skip-vteps")
"""The practice site has no VTEP switch."""


def build(stage: Stage) -> None:
    """From the queued tasks and the plan to the topology of MidoNet 5."""
    stage.say("  The practice site has no VTEP switch, so VTEPs are left out.")
    stage.run(*_IMPORT, accept=(DONE, DONE_WITH_REMARKS))
    tasks = len(stage.plan()["tasks"])
    marker = stage.marker()
    stage.expect("the importer has executed the last task", marker == stage.plan()["tasks"][-1]["id"])
    stage.outcome(f"The importer of MidoNet 5 has executed {tasks} tasks; what only MidoNet knew is there.")


def build_again(stage: Stage) -> None:
    """A second run changes nothing."""
    found = stage.run_json(*_IMPORT, accept=(DONE, DONE_WITH_REMARKS))
    stage.expect("a second run of the import finds nothing to do", found["nothing_to_do"])
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
    stage.outcome("The importer is off, and Neutron's database password is gone from ZooKeeper.")
