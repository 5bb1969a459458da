"""Scenes of step R1: damage, a preview, and the way back, proven node by node."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from midonet_lab.demo.hosts import look, runs
from midonet_lab.demo.plain_tree import lasting, read_plainly
from midonet_lab.demo.stage import Stage

V1 = "/midonet/v1"
LATE_NETWORK = "19191919-0000-4000-8000-000000000019"
TUNNEL_KEYS = f"{V1}/gre"
"""1.9 takes a sequential node below it for every bridge and port."""
_LATE_NAME = "made after the backup"
_LOST_OF_19 = {("network", LATE_NETWORK, _LATE_NAME, "1.9")}
_KEYS = 7


def preview_removal(stage: Stage) -> None:
    """With 5.x's topology beside an untouched 1.9 tree, only the new one has to go."""
    if not stage.hosts_before:
        stage.site.cluster.stop()
    found = _preview(stage)
    stage.expect("what 5.x added can be removed alone", found["method"] == "remove")
    stage.expect("nothing of 1.9 would be lost", all(side == "5.x" for *_, side in _lost(found)))
    stage.say(f"  {found['changes']['deleted']} nodes of 5.x would be deleted, none of 1.9.")
    stage.outcome("While 1.9's data is whole, a rollback would only remove what MidoNet 5 added.")


def damage(stage: Stage) -> None:
    """Nodes of 1.9 deleted, changed and added; agents of 1.9 that no host of ours runs are stopped first, as
    the procedure wants it."""
    stage.site.agents.stop()
    with stage.zookeeper() as client:
        routers = client.get_children(f"{V1}/routers")
        for name in routers:
            client.delete(f"{V1}/routers/{name}", recursive=True)
        client.set(f"{V1}/write_version", b"garbage")
        bridge = json.dumps({"data": {"name": _LATE_NAME}, "version": "1.9"})
        client.create(f"{V1}/bridges/{LATE_NETWORK}", bridge.encode())
        keys = [client.create(f"{TUNNEL_KEYS}/", sequence=True) for _ in range(_KEYS)]
        for key in keys:
            client.delete(key)
        stage.damaged = read_plainly(client)
    stage.say(f"  {len(routers)} routers deleted, a version overwritten, a network added,")
    stage.say(f"  and {_KEYS} tunnel keys taken and given back.")
    stage.expect("1.9's data is damaged", lasting(stage.damaged) != lasting(stage.before))
    changes = Counter(change["change"] for change in stage.run_json("backup", "diff", accept=(1,)))
    stage.say("  " + ", ".join(f"{count} nodes {change}" for change, count in sorted(changes.items())))
    stage.outcome("Damage to 1.9's data is seen by comparing it with the backup.")


def preview_restore(stage: Stage) -> None:
    """The preview tells what would be lost, and changes nothing."""
    rows = stage.rows()
    found = _preview(stage)
    with stage.zookeeper() as client:
        unchanged = read_plainly(client) == stage.damaged
    stage.expect("a damaged tree has to be restored", found["method"] == "restore")
    stage.expect("the network made after the backup is named as lost", _lost(found) >= _LOST_OF_19)
    stage.expect("a preview changes nothing", unchanged and stage.rows() == rows)
    stage.outcome("The preview named what a rollback would lose, and changed nothing.")


def roll_back(stage: Stage) -> None:
    """The tree is as in the backup, to the next sequential name, and the tasks are gone."""
    tasks = len(stage.rows())
    stage.run("rollback", "zookeeper", "--yes")
    if stage.hosts_before:
        _expect_stopped(stage)
    with stage.zookeeper() as client:
        after = read_plainly(client)
        stage.expect("every lasting node is as it was", lasting(after) == lasting(stage.before))
    again = _preview(stage)
    stage.expect("a second run finds nothing to do", again["nothing_to_do"])
    with stage.zookeeper() as client:
        wanted = f"{TUNNEL_KEYS}/{stage.before[TUNNEL_KEYS][2]:010d}"
        made = client.create(f"{TUNNEL_KEYS}/", sequence=True)
        client.delete(made)
        stage.say(f"  The next tunnel key is {made}.")
        stage.expect("a sequential node gets the name it would have got", made == wanted)
    removed = (stage.data / "tasks_removed.jsonl").read_text().splitlines()
    stage.expect("every task was saved and removed", len(removed) == tasks and not stage.rows())
    stage.outcome(
        f"Rolled back: {len(lasting(after))} nodes have the data, ACL and counter of before;"
        f" {tasks} tasks are saved and gone."
    )


def _expect_stopped(stage: Stage) -> None:
    """What would write to the tree while it is taken back."""
    for name, seen in look(stage).items():
        for service in ("neutron-server", "midonet-cluster", "midolman"):
            stage.expect(f"{service} is stopped on {name}", not runs(seen, service))
    stage.outcome("Neutron, the agents and midonet-cluster were stopped before ZooKeeper was touched.")


def _preview(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = stage.run_json("rollback", "zookeeper", "--preview")
    return found


def _lost(found: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    return {(lost["kind"], lost["id"], lost["name"], lost["side"]) for lost in found["lost"]}
