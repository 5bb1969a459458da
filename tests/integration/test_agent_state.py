"""What the 1.9 API tells of agents, read as the health gate of a rollback reads it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from golden_snapshot import midonet_objects
from midonet_lab.midonet19.options import Account, Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.recipe import Recipe
from midonet_lab.sites.site import Site
from midonet_migrate.errors import ApiUnreachable
from midonet_migrate.model.hosts import HostEntry, HostFacts, Role
from midonet_migrate.plan.checks.health import PortSeen
from midonet_migrate.source.midonet.client import MidonetClient
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts, Transport
from midonet_migrate.steps.health_baseline import take_baseline
from midonet_migrate.target.agent_state import HostSeen, OldApiState, OldTreeState, is_uplink
from midonet_migrate.zookeeper.session import open_session

ESTABLISHED = "BGP neighbor is 203.0.113.1\n  BGP state = Established, up for 00:12:01\n"


@contextmanager
def reading(url: str) -> Iterator[OldApiState]:
    """The API as the product reads it."""
    timeouts = Timeouts(attempts=1)
    transport = Transport(url, timeouts)
    try:
        yield OldApiState(MidonetClient(transport, Credentials("admin", "lab", "admin"), timeouts))
    finally:
        transport.close()


def site_with_bgp() -> tuple[Site, str]:
    """A site whose first uplink has two established sessions; the id of that port."""
    site = Recipe().make()
    uplinks = [port for port in site.midonet["port"] if is_uplink(port)]
    assert uplinks
    port = uplinks[0]
    port["active"] = True
    for session in site.midonet["bgp"]:
        session["status"] = ESTABLISHED
    if not any(session["portId"] == port["id"] for session in site.midonet["bgp"]):
        site.midonet["bgp"].append(
            {
                "id": "33333333-0000-4000-8000-000000000001",
                "portId": port["id"],
                "localAS": 64512,
                "peerAS": 64513,
                "peerAddr": "203.0.113.1",
                "status": ESTABLISHED,
            }
        )
    return site, port["id"]


def test_hosts_ports_and_sessions_of_1_9(tmp_path: Path) -> None:
    """Those that are there as they are, those that are not as None; a bridge's port is not asked for BGP."""
    site, uplink = site_with_bgp()
    options = Options(accounts={"admin": Account(password="lab")})
    with (
        Midonet19Api(site, tmp_path, options=options, disposable=True) as api,
        reading(api.url) as state,
    ):
        host = site.midonet["host"][0]
        assert state.host(host["id"]) == HostSeen(host["name"], host["alive"])
        assert state.host("00000000-0000-0000-0000-00000000dead") is None
        assert state.port("00000000-0000-0000-0000-00000000dead") is None
        ports = {port["id"]: port for port in site.midonet["port"]}
        assert {port["id"] for port in state.all_ports()} == set(ports)
        bound = next(port for port in ports.values() if port["type"] == "Bridge" and port["hostId"])
        assert state.port(bound["id"]) == PortSeen(active=bound["active"], host_id=bound["hostId"])
        assert state.port(uplink) == PortSeen(
            active=True, host_id=ports[uplink]["hostId"], bgp_status=ESTABLISHED
        )

        class Tree:
            """What ZooKeeper would tell."""

            def active_ports(self, host_id: str) -> dict[str, str]:
                return {uplink: "eth1", bound["id"]: "tap1"}

        facts = HostFacts(hostname="x", distribution="ubuntu", release="14.04", family=None)
        gateway = HostEntry(
            name="gw", roles=(Role.GATEWAY,), midonet_host_id=ports[uplink]["hostId"], midonet_name="gw"
        )
        before = take_baseline(gateway, facts, Tree(), state)
        assert before.active_ports == tuple(sorted((uplink, bound["id"])))
        assert before.interfaces == {uplink: "eth1", bound["id"]: "tap1"}
        assert before.bgp_ports == (uplink,)
        assert take_baseline(gateway, facts, Tree()).bgp_ports is None
        expected = {
            item["interfaceName"]: item["portId"]
            for item in site.midonet["host_interface_port"]
            if item["hostId"] == host["id"]
        }
        assert state.bindings(host["id"]) == expected
        url = api.url
    with reading(url) as state, pytest.raises(ApiUnreachable):
        state.host(host["id"])


def test_the_tree_and_the_api_of_a_real_1_9_tell_the_same(zookeeper_root: ZooKeeper, golden: Path) -> None:
    """As recorded: hosts, what is bound where, and which ports are active; what agents have bound for
    themselves does not count."""
    objects = midonet_objects(golden / "site-b" / "midonet-1.9-api.json")
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    try:
        load(client, json.loads((golden / "site-b" / "zookeeper.json").read_text()))
    finally:
        client.stop()
        client.close()
    with open_session(zookeeper_root.hosts) as session:
        tree = OldTreeState(session, "/midonet/v1")
        for host in objects["host"]:
            assert tree.host(host["id"]) == HostSeen(host["name"], host["alive"])
            bound = {
                item["interfaceName"]: item["portId"]
                for item in objects["host_interface_port"]
                if item["hostId"] == host["id"]
            }
            assert tree.bindings(host["id"]) == bound
            assert tree.active_ports(host["id"]) == {
                port["id"]: port["interfaceName"]
                for port in objects["port"]
                if port["active"]
                and port["hostId"] == host["id"]
                and not port["interfaceName"].endswith("_hm_dp")
            }
        for port in objects["port"]:
            seen = tree.port(port["id"])
            assert seen == PortSeen(active=port["active"], host_id=port["hostId"] or "")


def load(client: KazooClient, node: dict[str, Any]) -> None:
    """The parts of a recorded tree that tell of agents, ephemeral nodes too."""
    path = node["path"].rstrip("/")
    if path.startswith(("/midonet/v1/hosts/", "/midonet/v1/ports/")):
        client.create(path, base64.b64decode(node["data"] or ""), makepath=True)
    for child in node["children"]:
        load(client, child)
