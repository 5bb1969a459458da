"""Scenes about hosts before anything is changed there: the inventory, what they are, packages fetched."""

from __future__ import annotations

from midonet_lab.demo.hosts import expect_as_before, look
from midonet_lab.demo.stage import DONE, DONE_WITH_REMARKS, Stage
from midonet_lab.hosts.site.inventory import REPOSITORIES, WHOLE
from midonet_migrate.hosts.inventory import read_inventory
from midonet_migrate.model.hosts import HostEntry

_OF_NO_MACHINE = "spare-1"
"""A host that MidoNet knows, and that the practice site has no machine for."""


def discover(stage: Stage) -> None:
    """MidoNet's own list of hosts becomes hosts.yaml, and the operator adds what MidoNet cannot know."""
    stage.hosts_before = look(stage)
    stage.run("hosts", "discover", "--controller", "controller", "--yes", accept=(DONE, DONE_WITH_REMARKS))
    path = stage.data / "hosts.yaml"
    path.write_text(_edited(stage, path.read_text(encoding="utf-8")), encoding="utf-8")
    stage.say(
        "  The operator edits hosts.yaml: the controller's address, as Neutron's files have it; where the"
    )
    stage.say(
        f"  packages of MidoNet 5 come from ({REPOSITORIES} of the practice site). {_OF_NO_MACHINE}, which"
    )
    stage.say("  has no machine here, goes.")
    found = {host.name: _what_counts(host) for host in read_inventory(path).hosts}
    whole = read_inventory(stage.site.hosts.directory / WHOLE)
    there = {host.name: _what_counts(host) for host in whole.hosts}
    stage.expect("hosts.yaml names each host, what it is for and its agent", found == there)
    stage.outcome(f"hosts.yaml names {len(found)} hosts, with roles and ids as MidoNet 1.9 knows them.")


def _edited(stage: Stage, text: str) -> str:
    """hosts.yaml as an operator would change it in an editor."""
    head, *blocks = text.split("  - name: ")
    kept = [block for block in blocks if not block.startswith(f"{_OF_NO_MACHINE}\n")]
    address = f"    address: {stage.site.hosts.address}\n"
    changed = [block + address if block.startswith("controller\n") else block for block in kept]
    repositories = (stage.site.hosts.directory / REPOSITORIES).read_text(encoding="utf-8")
    return "  - name: ".join([head, *changed]) + repositories


def _what_counts(host: HostEntry) -> tuple[object, ...]:
    return host.roles, host.address, host.midonet_host_id, host.midonet_name


def facts(stage: Stage) -> None:
    """What each host is and has, over ssh."""
    stage.say("  Every host is reached by the system's own ssh, with the practice site's ssh_config.")
    stage.run("hosts", "facts")
    stage.outcome("Every host was looked at over ssh, and is the one that MidoNet knows by its id.")


def stage_packages(stage: Stage) -> None:
    """Everything downloaded, nothing changed."""
    stage.run("hosts", "stage", "--yes", accept=(DONE, DONE_WITH_REMARKS))
    expect_as_before(stage, "neither facts nor staging change packages, files or services of a host")
    stage.outcome("The packages of both ways are on the hosts; nothing of the hosts has changed.")
