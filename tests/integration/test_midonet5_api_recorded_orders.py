"""Recorded conversions and creation orders of the real 5.2.1, repeated against the stand-in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from midonet5_replay import PREFIX, Client, Comparison, Entry
from midonet_lab.midonet5.api.options import Options
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.store import Zoom
from midonet_lab.processes.zookeeper import ZooKeeper

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TAIL = "-0000-4000-8000-00000000000"
BRIDGE, ROUTER, BALANCER = f"b0000001{_TAIL}1", f"c0000001{_TAIL}1", f"10000001{_TAIL}1"
ZONE = f"a0000001{_TAIL}1"
ROUTER_PORT = {"type": "Router", "networkAddress": "10.0.0.0", "networkLength": 24, "portAddress": "10.0.0.1"}
MAKERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a0": ("/tunnel_zones", "TunnelZone-v1", {"type": "vtep"}),
    "a1": ("/hosts", "Host-v3", {}),
    "b0": ("/bridges", "Bridge-v4", {}),
    "b1": (f"/bridges/{BRIDGE}/ports", "Port-v3", {"type": "Bridge"}),
    "c0": ("/routers", "Router-v3", {}),
    "c1": (f"/routers/{ROUTER}/ports", "Port-v3", ROUTER_PORT),
    "d0": ("/chains", "Chain-v1", {}),
    "e0": ("/ip_addr_groups", "IpAddrGroup-v1", {}),
    "e1": ("/port_groups", "PortGroup-v1", {}),
    "10": ("/load_balancers", "LoadBalancer-v1", {}),
    "11": ("/pools", "Pool-v1", {"loadBalancerId": BALANCER, "lbMethod": "ROUND_ROBIN"}),
    "14": ("/health_monitors", "HealthMonitor-v1", {"type": "TCP"}),
}
"""First two digits of an id -> how such an object is made."""
NEEDS = {"b1": [BRIDGE], "c1": [ROUTER], "11": [BALANCER]}
MISSING = {
    "route <- port": f"c1000002{_TAIL}2",
    "vip <- pool": f"11000004{_TAIL}4",
    "vtep <- tunnel_zone(vtep)": f"a0000005{_TAIL}5",
    "arp entry <- bridge": f"b0000006{_TAIL}6",
}
"""What is missing where the answer does not say."""
KINDS = {
    "hosts": "TunnelZoneHost-v1",
    "bridges": "Bridge-v4",
    "routers": "Router-v3",
    "load_balancers": "LoadBalancer-v1",
    "ports": "Port-v3",
    "link": "PortLink-v1",
    "routes": "Route-v1",
    "rules": "Rule-v2",
    "ip_addrs": "IpAddrGroupAddr-v1",
    "pools": "Pool-v1",
    "pool_members": "PoolMember-v1",
    "vips": "VIP-v1",
    "bgp_peers": "BgpPeer-v1",
    "bgp_networks": "BgpNetwork-v1",
    "dhcp": "DhcpSubnet-v2",
    "dhcpV6": "DhcpV6Subnet-v1",
    "mac_table": "MacPort-v2",
    "arp_table": "IP4Mac-v1",
    "mirrors": "Mirror-v1",
    "traces": "TraceRequest-v1",
    "vteps": "VTEP-v2",
    "chains": "Chain-v1",
    "port_groups": "PortGroupPort-v1",
}


@pytest.fixture
def api(zookeeper_root: ZooKeeper) -> Iterator[Midonet5Api]:
    """The stand-in for 5.2.1 on an empty store."""
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    zoom = Zoom(client, "/midonet", "5.2.1")
    zoom.prepare()
    with Midonet5Api(zoom, Options()).start() as server:
        yield server
    client.stop()
    client.close()


def kind_of(path: str) -> str:
    """The vendor type for a path."""
    parts = path.strip("/").split("/")
    if parts[0] == "hosts" and len(parts) > 1:
        return "HostInterfacePort-v1"
    if parts[0] == "port_groups" and parts[-1] == "ports":
        return "PortGroupPort-v1"
    if parts[-1] == "hosts" and "dhcp" in parts:
        return "DhcpHost-v2"
    return next(KINDS[part] for part in reversed(parts) if part in KINDS)


class World:
    """The objects made so far."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ensure(self, object_id: str, **properties: Any) -> None:
        """Make an object of the kind its id tells, unless it is there."""
        prefix = object_id[:2]
        for needed in NEEDS.get(prefix, ()):
            self.ensure(needed)
        path, kind, body = MAKERS[prefix]
        named = {"name": object_id} if prefix in {"a0", "e0"} else {}
        answer = self.client.json("POST", path, kind, {"id": object_id, **named, **body, **properties})
        assert answer.status in {201, 409}, answer

    def ensure_member(self, host_id: str) -> None:
        """Put a host into a zone."""
        self.ensure(host_id)
        body = {"hostId": host_id, "ipAddress": "10.0.0.9"}
        self.client.json("POST", f"/tunnel_zones/{ZONE}/hosts", "TunnelZoneHost-v1", body)

    def provide(self, violation: Entry, missing: str | None) -> None:
        """Make what was missing."""
        edge = violation["edge"]
        if edge == "rule position gap":
            for position in range(1, 5):
                rule = {"type": "accept", "position": position}
                self.client.json("POST", violation["path"], "Rule-v2", rule)
        elif edge == "dhcp_host <- dhcp_subnet":
            subnet = {"subnetPrefix": "1.1.2.0", "subnetLength": 24}
            self.client.json("POST", f"/bridges/{BRIDGE}/dhcp", "DhcpSubnet-v2", subnet)
        elif edge == "host_interface_port <- tunnel_zone_host":
            self.ensure_member(violation["path"].split("/")[2])
        elif missing is not None:
            self.ensure(missing)
            if edge == "host_interface_port <- host":
                self.ensure_member(missing)


def test_violated_orders_are_refused_and_work_once_the_dependency_exists(
    golden: Path, api: Midonet5Api
) -> None:
    """36 violations one after the other on one store, then the orders that lose something silently."""
    recording = json.loads((golden / "midonet-5-api" / "order-5.2.1.json").read_text(encoding="utf-8"))
    with closing(Client(api.url)) as client:
        world = World(client)
        for violation in recording["violations"]:
            replay_violation(world, violation)
        for case in recording["silent"]:
            replay_silent(client, case)


def replay_violation(world: World, violation: Entry) -> None:
    """Before and after the dependency exists."""
    edge, path, body = violation["edge"], violation["path"], violation["body"]
    before = violation["response_before"]
    named = _UUID.findall(json.dumps(before))
    missing = MISSING.get(edge) or (named[0] if named else None)
    references = set(_UUID.findall(path + json.dumps({**body, "id": None}))) - {missing}
    if "accepted_although_missing" in violation:
        references = {path.split("/")[2]}
    if edge != "tunnel_zone_host <- tunnel_zone":
        for reference in sorted(references):
            world.ensure(reference)
    if edge == "host_interface_port <- port":
        world.ensure_member(path.split("/")[2])
    answer = world.client.json("POST", path, kind_of(path), body)
    assert answer.status == violation["status_before"], edge
    if isinstance(before, dict):
        assert json.loads(answer.body) == before, edge
    if "status_after_the_dependency_exists" in violation:
        world.provide(violation, missing)
        again = world.client.json("POST", path, kind_of(path), body)
        assert again.status == violation["status_after_the_dependency_exists"], (edge, again)
        if violation.get("response_after"):
            assert json.loads(again.body) == violation["response_after"], edge


def replay_silent(client: Client, case: Entry) -> None:
    """The calls of a case; the state before is that of the violations."""
    comparison = Comparison(case["calls"])
    for call in case["calls"]:
        path, kind = call["path"], kind_of(call["path"])
        listing = call["method"] == "GET" and isinstance(call["response_body"], list)
        if path.endswith("/port_groups"):
            kind = "PortGroupPort-v1"
        answer = client.json(call["method"], path, f"collection.{kind}" if listing else kind, call["body"])
        assert answer.status == call["status"], (case["case"], path, answer)
        if call["method"] != "GET":
            continue
        found, recorded = comparison.plain(json.loads(answer.body)), comparison.plain(call["response_body"])
        assert lost(found) == lost(recorded), (case["case"], path)


def lost(value: Any) -> Any:
    """Without what depends on how a dependency was made: addresses of devices, who is linked to whom."""
    if isinstance(value, list):
        return [lost(item) for item in value]
    if not isinstance(value, dict):
        return value
    loose = {"peerId", "peer", "name", "inboundFilterId", "inboundFilter", "portGroupId", "portGroup", "uri"}
    return {key: bool(item) if key in loose else lost(item) for key, item in value.items()}


def test_converted_objects_read_back_as_recorded(golden: Path, api: Midonet5Api) -> None:
    """Each object converted from 1.9 is written and read as the real server wrote and showed it."""
    recording = json.loads((golden / "midonet-5-api" / "conversion-5.2.1.json").read_text(encoding="utf-8"))
    objects = recording["objects"]
    comparison = Comparison({"path": json.dumps(item)} for item in objects)
    found = []
    with closing(Client(api.url)) as client:
        for item in objects:
            request = item.get("request")
            if request is not None:
                data = json.dumps(request["body"])
                headers = {"Content-Type": request["content_type"]}
                answer = client.send(request["method"], request["path"], headers, data)
                if answer.status != item["status"]:
                    found.append(f"{item['kind']}: {answer}")
            read_back = item.get("read_back")
            if not isinstance(read_back, dict):
                continue
            uri = read_back.get("uri", f"/midonet-api/ports/{read_back.get('id')}")
            path = item.get("read_back_path") or uri.partition("/midonet-api")[2]
            kind = request["content_type"] if request else f"{PREFIX}{kind_of(path)}+json"
            shown = json.loads(client.send("GET", path, {"Accept": kind}).body)
            if "uri" not in read_back:  # only some of the port's properties were recorded
                shown = {key: shown[key] for key in read_back}
            if comparison.plain(shown) != comparison.plain(read_back):
                found.append(f"{item['kind']}: {shown} for {read_back}")
        chain = next(item for item in objects if item["kind"] == "rule order of the chain")
        rule = next(item for item in objects if item["kind"].startswith("rule "))
        rules = client.json("GET", rule["request"]["path"], "collection.Rule-v2").body
        order = [[shown["id"], shown["position"]] for shown in json.loads(rules)]
        assert order == chain["read_back"]
    assert found == []
