"""Scenes of step 4: controller, gateway and compute hosts to MidoNet 5, each watched until it is healthy."""

from __future__ import annotations

from typing import Any

from midonet_lab.demo.hosts import CANARY, WATCH_SECONDS, has, host_names, look, runs
from midonet_lab.demo.plain_tree import ROOT
from midonet_lab.demo.stage import DONE, DONE_WITH_REMARKS, Stage
from midonet_migrate.model.hosts import Role

_WATCH = ("--watch", WATCH_SECONDS)
_ALIVE = f"{ROOT}/zoom/0/state/{{0}}/Host/{{0}}/alive"
"""Where the agent of a host holds an ephemeral node."""


def controller(stage: Stage) -> None:
    """The importer off, 1.9's API gone, files and client of 5.x, neutron-server on its new plug-in."""
    stage.say(
        f"  Health gates watch an agent for {WATCH_SECONDS} s here. Without --watch it is 130 s for the"
    )
    stage.say("  first host of a kind, and 30 s for others: as long as init systems go on restarting.")
    stage.run(
        "update", "controller", "--edit-neutron-conf", *_WATCH, "--yes", accept=(DONE, DONE_WITH_REMARKS)
    )
    [name] = host_names(stage, Role.CONTROLLER)
    seen = look(stage, name)[name]
    stage.expect("the 1.9 API is gone", not has(seen, "midonet-api") and not runs(seen, stage.tomcat))
    stage.expect("midonet-cluster and neutron-server run", all(runs(seen, one) for one in _ON_CONTROLLER))
    stage.expect("the client is of MidoNet 5", _is_new(stage, seen.packages["python-midonetclient"]))
    stage.expect("the importer's credentials are gone", not stage.credentials_in_zookeeper())
    stage.outcome(
        "The controller is on MidoNet 5: importer off, its credentials gone, 1.9's API gone,"
        " neutron-server on the new plug-in."
    )


_ON_CONTROLLER = ("midonet-cluster", "neutron-server")


def gateways(stage: Stage) -> None:
    """Agents of gateways, one by one."""
    _update(stage, "gateways", host_names(stage, Role.GATEWAY))
    stage.outcome("The gateway's agent is on MidoNet 5, alive and healthy.")


def computes(stage: Stage) -> None:
    """Agents of compute hosts: the canary alone, then the others."""
    names = host_names(stage, Role.COMPUTE)
    canary = CANARY if CANARY in names else names[0]
    found = _update(stage, "computes", names, "--canary", canary)
    stage.expect("the canary goes first", found["hosts"][0]["host"] == canary)
    stage.outcome(f"{len(names)} compute hosts are on MidoNet 5, {canary} as the canary.")


def computes_again(stage: Stage) -> None:
    """A second run changes nothing."""
    names = host_names(stage, Role.COMPUTE)
    before = look(stage, *names)
    found = stage.run_json("update", "computes", *_WATCH, "--yes")
    stage.expect("a second run finds nothing to do", found["nothing_to_do"])
    stage.expect("a second run leaves every host as it is", look(stage, *names) == before)
    stage.outcome("A second run of the update found nothing to do.")


def verify_again(stage: Stage) -> None:
    """The topology with all agents of 5.x at work on it."""
    found = stage.run_json("verify")
    stage.say(f"  {sum(found['checked'].values())} checks, {len(found['differences'])} differences")
    stage.expect("with its agents at work the new site is what the plan promised", not found["differences"])
    stage.outcome("With all agents on MidoNet 5, verify finds no difference.")


def _update(stage: Stage, verb: str, names: list[str], *options: str) -> Any:
    found = stage.run_json("update", verb, *options, *_WATCH, "--yes", accept=(DONE, DONE_WITH_REMARKS))
    verdicts = {result["host"]: result["verdict"] for result in found["hosts"]}
    stage.expect("each of them is switched", verdicts == dict.fromkeys(names, "done"))
    seen = look(stage, *names)
    stage.expect(
        "their agents are of MidoNet 5, and run",
        all(_is_new(stage, one.packages["midolman"]) and runs(one, "midolman") for one in seen.values()),
    )
    ids = [host.midonet_host_id for host in stage.site.hosts.planned if host.name in names]
    with stage.zookeeper() as client:
        alive = [client.exists(_ALIVE.format(host_id)) is not None for host_id in ids]
    stage.expect("ZooKeeper has each of them alive", all(alive))
    return found


def _is_new(stage: Stage, version: str) -> bool:
    state = stage.site.state()
    assert state is not None
    return state.target_version in version
