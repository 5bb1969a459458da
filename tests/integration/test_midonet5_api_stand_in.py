"""What the recordings of the 5.x API do not show: switches that are there, agents, accounts, quirks, HTTP."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from midonet5_serving import Asking, serving
from midonet_lab.midonet5.api.options import Account, Faults, Options, Quirks, Switch, Tenant
from midonet_lab.midonet5.api.process import Midonet5ApiProcess
from midonet_lab.midonet5.api.resources.vteps import vxlan_port_id
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_lab.rest_api.statistics import Statistics

_TAIL = "-0000-4000-8000-000000000001"
BRIDGE, ROUTER, CHAIN, GROUP = (f"{prefix}000001{_TAIL}" for prefix in ("b0", "c0", "d0", "e0"))
PORT = f"c1000001{_TAIL}"
HOST, ZONE, VTEP = f"a1000001{_TAIL}", f"a0000001{_TAIL}", f"15000001{_TAIL}"
SWITCH = Switch(
    name="tor", description="rack 7", tunnel_addresses=("10.88.0.7",), ports={"xe-0/0/1": "uplink"}
)
STRICT = Quirks(
    lossy_updates=False,
    unsafe_groups=False,
    poison=False,
    careless=False,
    forgiving_deletes=False,
    zero_id_updates=False,
)


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[Asking]:
    """A stand-in for 5.2.1 with default options."""
    with serving(zookeeper_root) as asking:
        yield asking


def test_a_reachable_switch_can_be_bound_and_unbound(zookeeper_root: ZooKeeper) -> None:
    """The first binding of a bridge makes its VXLAN port and VNI, the last one's end removes the port."""
    options = Options(switches={"10.99.3.17:6640": SWITCH})
    with serving(zookeeper_root, options=options) as client:
        client.make("/tunnel_zones", "TunnelZone-v1", {"id": ZONE, "name": "z", "type": "vtep"})
        client.make("/bridges", "Bridge-v4", {"id": BRIDGE})
        body = {"id": VTEP, "managementIp": "10.99.3.17", "managementPort": 6640, "tunnelZoneId": ZONE}
        client.make("/vteps", "VTEP-v2", body)
        shown = client.read(f"/vteps/{VTEP}", "VTEP-v2")
        assert (shown["name"], shown["connectionState"]) == ("tor", "connected")
        assert shown["tunnelIpAddrs"] == ["10.88.0.7"]
        assert client.json("POST", "/vteps", "VTEP-v2", body | {"id": None}).status == 409

        bindings = f"/vteps/{VTEP}/bindings"
        binding = {"portName": "xe-0/0/1", "vlanId": 310, "networkId": BRIDGE}
        answer = client.make(bindings, "VTEPBinding-v2", binding)
        assert answer.headers["location"].endswith(f"{bindings}/xe-0%2F0%2F1/310")
        client.make(bindings, "VTEPBinding-v2", binding)
        client.make("/bridges", "Bridge-v4", {"id": ROUTER})
        other = binding | {"networkId": ROUTER}
        assert client.json("POST", bindings, "VTEPBinding-v2", other).status == 409
        assert client.json("POST", bindings, "VTEPBinding-v2", binding | {"portName": "no"}).status == 404

        port_id = vxlan_port_id(VTEP, BRIDGE)
        assert client.read(f"/bridges/{BRIDGE}", "Bridge-v4")["vxLanPortIds"] == [port_id]
        port = client.read(f"/ports/{port_id}", "Port-v3")
        assert (port["type"], port["vtepId"], port["deviceId"]) == ("Vxlan", VTEP, BRIDGE)
        assert client.json("DELETE", f"/ports/{port_id}", "Port-v3").status == 409
        assert client.json("DELETE", f"/bridges/{BRIDGE}", "Bridge-v4").status == 409
        assert client.json("DELETE", f"/vteps/{VTEP}", "VTEP-v2").status == 400
        listed = client.read(bindings, "collection.VTEPBinding-v2")
        assert [(item["portName"], item["vlanId"]) for item in listed] == [("xe-0/0/1", 310)]

        path = listed[0]["uri"].partition("/midonet-api")[2]
        assert client.read(path, "VTEPBinding-v2")["networkId"] == BRIDGE
        assert client.send("DELETE", path).status == 204
        assert client.send("DELETE", path).status == 404
        assert client.read(f"/bridges/{BRIDGE}", "Bridge-v4")["vxLanPortIds"] == []
        assert client.json("GET", f"/ports/{port_id}", "Port-v3").status == 404
        assert client.send("DELETE", f"/vteps/{VTEP}").status == 204


def test_a_pool_waits_for_an_agent_to_map_its_health_monitor(client: Asking) -> None:
    """503 until the agent is done, which the control path plays."""
    balancer, pool, monitor = (f"{prefix}000001{_TAIL}" for prefix in ("10", "11", "14"))
    client.make("/load_balancers", "LoadBalancer-v1", {"id": balancer})
    client.make("/health_monitors", "HealthMonitor-v1", {"id": monitor, "type": "TCP"})
    body = {"id": pool, "loadBalancerId": balancer, "lbMethod": "ROUND_ROBIN", "healthMonitorId": monitor}
    client.make("/pools", "Pool-v1", body)
    waiting = client.json("PUT", f"/pools/{pool}", "Pool-v1", body)
    assert (waiting.status, waiting.headers["retryafter"]) == (503, "3")
    assert client.control("POST", "mappings").status == 204
    assert client.json("PUT", f"/pools/{pool}", "Pool-v1", body).status == 204
    assert client.json("PUT", f"/pools/{pool}", "Pool-v1", body | {"healthMonitorId": None}).status == 204
    assert client.json("DELETE", f"/pools/{pool}", "Pool-v1").status == 503


def test_only_admins_with_a_valid_token_get_in(zookeeper_root: ZooKeeper) -> None:
    """With accounts in place of Keystone: login, wrong password, no token, other role, expiry."""
    accounts = {"admin": Account(password="secret"), "guest": Account(password="guest", admin=False)}
    options = Options(auth="keystone", accounts=accounts)
    with serving(zookeeper_root, options=options) as client:

        def log_in(user: str, password: str) -> Any:
            basic = base64.b64encode(f"{user}:{password}".encode()).decode()
            return client.send("POST", "/login", {"Authorization": f"Basic {basic}"})

        def bridges(token: str | None) -> int:
            headers = {"Accept": "application/json"}
            return client.send("GET", "/bridges", headers | ({"X-Auth-Token": token} if token else {})).status

        assert log_in("admin", "wrong").status == 401
        assert bridges(None) == 401
        assert bridges("nonsense") == 401
        answer = log_in("admin", "secret")
        token = json.loads(answer.body)["key"]
        assert answer.headers["set-cookie"].startswith(f"sessionId={token};")
        assert bridges(token) == 200
        assert bridges(json.loads(log_in("guest", "guest").body)["key"]) == 401
        assert client.control("DELETE", "tokens").status == 204
        assert bridges(token) == 401
        client.set_faults(Faults(expire_after=2))
        token = json.loads(log_in("admin", "secret").body)["key"]
        assert [bridges(token) for _ in range(3)] == [200, 200, 401]
        client.set_faults(Faults(keystone_down=True))
        assert log_in("admin", "secret").status == 401


def test_a_stricter_server_can_be_had(zookeeper_root: ZooKeeper) -> None:
    """Each quirk of the real one can be switched off."""
    with serving(zookeeper_root, options=Options(quirks=STRICT)) as client:
        assert client.json("POST", "/hosts", "Host-v3", {"name": "no id"}).status == 400
        client.make("/chains", "Chain-v1", {"id": CHAIN})
        rule = {"type": "drop", "tpDst": {"start": 9, "end": 8}}
        assert client.json("POST", f"/chains/{CHAIN}/rules", "Rule-v2", rule).status == 400
        client.make("/routers", "Router-v3", {"id": ROUTER})
        port = {"type": "Router", "networkAddress": "10.0.0.0", "portAddress": "10.0.0.1", "portMac": "zz"}
        assert client.json("POST", f"/routers/{ROUTER}/ports", "Port-v3", port).status == 400
        assert client.send("DELETE", f"/routers/{BRIDGE}").status == 404
        assert client.json("POST", "/bridges", "Bridge-v4").status == 400
        client.make("/bridges", "Bridge-v4", {"id": BRIDGE})
        entry = {"ip": "10.0.0.1", "mac": "52:54:00:00:00:01"}
        client.make(f"/bridges/{BRIDGE}/arp_table", "IP4Mac-v1", entry)
        assert client.json("POST", f"/bridges/{BRIDGE}/arp_table", "IP4Mac-v1", entry).status == 409
        prefix = {"prefix": "2001:db8:0:0:0:0:0:0", "prefixLength": 64}
        client.make(f"/bridges/{BRIDGE}/dhcpV6", "DhcpV6Subnet-v1", prefix)
        assert client.json("PUT", f"/bridges/{BRIDGE}", "Bridge-v4", {"name": "x"}).status == 204
        assert len(client.read(f"/bridges/{BRIDGE}/dhcpV6", "collection.DhcpV6Subnet-v1")) == 1


LOSSY_WRITES = [
    ("POST", f"/bridges/{BRIDGE}/dhcp/10.0.0.0_24/hosts", "DhcpHost-v2", {"macAddr": "52:54:00:00:00:01"}),
    ("POST", f"/port_groups/{GROUP}/ports", "PortGroupPort-v1", {"portId": PORT}),
    (
        "PUT",
        f"/ports/{PORT}",
        "Port-v3",
        {"type": "Router", "networkAddress": "10.0.0.0", "networkLength": 24, "portAddress": "10.0.0.1"},
    ),
]


@pytest.mark.parametrize("lossy", [True, False])
@pytest.mark.parametrize("write", LOSSY_WRITES)
def test_writes_through_the_api_drop_what_it_does_not_know(
    zookeeper_root: ZooKeeper, write: tuple[str, str, str, dict[str, Any]], lossy: bool
) -> None:
    """The tie between a subnet and its router port is cut on both sides (new 1.8.1), unless switched off."""
    options = Options(quirks=Quirks(lossy_updates=lossy))
    with serving(zookeeper_root, options=options) as client:
        zoom = client.api.application.site.zoom
        subnet = {"version": "V4", "address": "10.0.0.0", "prefix_length": 24}
        transaction = zoom.transaction()
        transaction.create("Network", {"id": BRIDGE})
        transaction.create("Router", {"id": ROUTER})
        transaction.create("PortGroup", {"id": GROUP})
        port = {"id": PORT, "router_id": ROUTER, "port_subnet": subnet, "tunnel_key": 7}
        transaction.create("Port", port | {"port_address": {"version": "V4", "address": "10.0.0.1"}})
        tied = {"router_if_port_id": PORT, "subnet_address": subnet, "network_id": BRIDGE}
        transaction.create("Dhcp", {"id": CHAIN} | tied)
        transaction.commit()
        method, path, kind, body = write
        assert client.json(method, path, kind, body).status in {201, 204}
        assert ("dhcp_id" in zoom.get("Port", PORT)) is not lossy
        assert ("router_if_port_id" in zoom.get("Dhcp", CHAIN)) is not lossy
        assert zoom.get("Port", PORT)["tunnel_key"] == 7


def test_a_host_is_alive_while_its_agent_holds_the_flag(client: Asking) -> None:
    """An agent's node shows in the API, and protects the host from deletion."""
    client.make("/hosts", "Host-v3", {"id": HOST, "name": "h"})
    zoom = client.api.application.site.zoom
    flag = f"{zoom.paths.state_class('Host', HOST)}/{HOST}/alive"
    zoom.client.create(flag, makepath=True)
    assert client.read("/hosts", "collection.Host-v3")[0]["alive"] is True
    assert client.send("DELETE", f"/hosts/{HOST}").status == 403
    zoom.client.delete(flag)
    assert client.read(f"/hosts/{HOST}", "Host-v3")["alive"] is False
    assert client.send("DELETE", f"/hosts/{HOST}").status == 200


def test_a_host_written_into_the_store_by_hand_is_seen_at_once(zookeeper_root: ZooKeeper) -> None:
    """As 5.0.2, which has no POST, needs it (new 1.10)."""
    with serving(zookeeper_root, "5.0.2") as client:
        zoom = client.api.application.site.zoom
        client.make("/tunnel_zones", "TunnelZone-v1", {"id": ZONE, "name": "z", "type": "vxlan"})
        text = b'id { msb: 11601272640106415104 lsb: 9223372036854775809 }\nname: "by-hand"\n'
        host_id = "a1000000-0000-0000-8000-000000000001"
        zoom.client.create(zoom.paths.object_node("Host", host_id), text)
        assert [host["name"] for host in client.read("/hosts", "collection.Host-v3")] == ["by-hand"]
        member = {"hostId": host_id, "ipAddress": "10.0.0.1"}
        client.make(f"/tunnel_zones/{ZONE}/hosts", "TunnelZoneHost-v1", member)
        zoom.client.set(zoom.paths.object_node("Host", host_id), text.replace(b"by-hand", b"renamed"))
        assert client.read(f"/hosts/{host_id}", "Host-v3")["name"] == "renamed"


def test_an_older_server_locates_an_address_by_the_group_in_the_body(zookeeper_root: ZooKeeper) -> None:
    """The path decides where it is stored (new 1.10, 2.14)."""
    with serving(zookeeper_root, "5.0.2") as client:
        client.make("/ip_addr_groups", "IpAddrGroup-v1", {"id": GROUP, "name": "g"})
        body = {"ipAddrGroupId": CHAIN, "addr": "10.0.0.1", "version": 4}
        answer = client.make(f"/ip_addr_groups/{GROUP}/ip_addrs", "IpAddrGroupAddr-v1", body)
        assert f"/ip_addr_groups/{CHAIN}/" in answer.headers["location"]
        listed = client.read(f"/ip_addr_groups/{GROUP}/ip_addrs", "collection.IpAddrGroupAddr-v1")
        assert [(item["ipAddrGroupId"], item["addr"]) for item in listed] == [(GROUP, "10.0.0.1")]


def test_tenants_come_from_the_options(zookeeper_root: ZooKeeper) -> None:
    """As the projects of Keystone."""
    options = Options(tenants=[Tenant(id="t1", name="blue")])
    with serving(zookeeper_root, options=options) as client:
        shown = client.read("/tenants", "collection.Tenant-v2")
        assert [(item["id"], item["name"]) for item in shown] == [("t1", "blue")]
        assert client.read("/tenants/t1", "Tenant-v2")["bridges"].endswith("/bridges?tenant_id=t1")


def test_traces_belong_to_the_tenant_of_their_device_and_may_be_unreadable(client: Asking) -> None:
    """A range that is reversed breaks every condition, not only those of rules (new 1.11, 2.19)."""
    client.make("/bridges", "Bridge-v4", {"id": BRIDGE, "tenantId": "t"})
    client.make(f"/bridges/{BRIDGE}/ports", "Port-v3", {"id": PORT, "type": "Bridge"})
    device = {"name": "a", "deviceType": "PORT", "deviceId": PORT}
    assert client.json("POST", "/traces", "TraceRequest-v1", {**device, "condition": []}).status == 400
    client.make("/traces", "TraceRequest-v1", {**device, "condition": {}})
    kind = "collection.TraceRequest-v1"
    assert [len(client.read(f"/traces?tenant_id={name}", kind)) for name in ("t", "u")] == [1, 0]
    poison = {"tpDst": {"start": 9, "end": 8}}
    client.make("/traces", "TraceRequest-v1", {**device, "condition": poison})
    client.make("/mirrors", "Mirror-v1", {"id": VTEP, "toPortId": PORT, "conditions": [poison]})
    for path, shown in (
        ("/traces", kind),
        ("/mirrors", "collection.Mirror-v1"),
        (f"/mirrors/{VTEP}", "Mirror-v1"),
    ):
        assert client.json("GET", path, shown).status == 500
    assert client.send("DELETE", f"/mirrors/{VTEP}").status == 204


def test_a_list_longer_than_one_round_trip_is_complete(client: Asking) -> None:
    """Reads in bulk see what was created, changed and deleted before."""
    zoom = client.api.application.site.zoom
    ids = [f"d{number:07x}{_TAIL}" for number in range(900)]
    for request in [
        zoom.client.create_async(zoom.paths.object_node("Chain", chain), zoom.print("Chain", {"id": chain}))
        for chain in ids
    ]:
        request.get()
    assert {item["id"] for item in client.read("/chains", "collection.Chain-v1")} == set(ids)
    path = zoom.paths.object_node("Chain", ids[5])
    zoom.client.set(path, zoom.print("Chain", {"id": ids[5], "name": "new"}))
    zoom.client.delete(zoom.paths.object_node("Chain", ids[6]))
    shown = {item["id"]: item["name"] for item in client.read("/chains", "collection.Chain-v1")}
    assert shown[ids[5]] == "new"
    assert set(shown) == set(ids) - {ids[6]}


def _raw(client: Asking, *messages: bytes) -> bytes:
    """What the server sends until it closes; it has to answer each message before the next is sent."""
    received = b""
    with socket.create_connection((client.api.host, client.api.port), timeout=60) as connection:
        for message in messages:
            if received or message is not messages[0]:
                received += connection.recv(65536)
            connection.sendall(message)
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_http_is_spoken_as_by_the_real_server(client: Asking) -> None:
    """Chunked bodies, 100-continue, pipelining, HTTP/1.0, Connection: close, long headers (new 1.11)."""
    head = b"POST /midonet-api/chains HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    last = b"GET /midonet-api/chains HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n"
    last += b"Connection: close\r\n\r\n"
    chunked = head + b'Transfer-Encoding: chunked\r\n\r\nB\r\n{"name":"a"\r\n1\r\n}\r\n0\r\n\r\n'
    answers = _raw(client, chunked + last)
    assert answers.count(b"HTTP/1.1 201") == 1
    assert b'"name":"a"' in answers
    patient = head + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    answers = _raw(client, patient, b"{}" + last)
    assert answers.startswith(b"HTTP/1.1 100")
    assert answers.count(b"HTTP/1.1 201") == 1
    old = b"GET /midonet-api/system_state HTTP/1.0\r\nAccept: application/json\r\n\r\n"
    assert _raw(client, old).startswith(b"HTTP/1.1 200")
    long = b"GET /midonet-api/ HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 9000 + b"\r\n\r\n"
    assert _raw(client, long).startswith(b"HTTP/1.1 431")


def test_an_idle_connection_is_closed(zookeeper_root: ZooKeeper) -> None:
    """After 30 seconds by default; here sooner."""
    with serving(zookeeper_root, options=Options(idle_seconds=0.2)) as client:
        assert _raw(client) == b""


def test_links_follow_the_host_that_was_asked(client: Asking) -> None:
    """Also behind a proxy."""
    headers = {"Accept": "application/json"}
    body = json.loads(client.send("GET", "/", headers).body)
    assert body["uri"] == "http://127.0.0.1:8181/midonet-api/"
    proxied = {"X-Forwarded-Host": "api.example", "X-Forwarded-Proto": "https"}
    assert (
        json.loads(client.send("GET", "/", headers | proxied).body)["uri"]
        == "https://api.example/midonet-api/"
    )


def test_it_runs_as_a_process_of_its_own(zookeeper_root: ZooKeeper, tmp_path: Path) -> None:
    """Started, asked, switched, counted, restarted on the same port with the same store."""
    with Midonet5ApiProcess(tmp_path / "api", zookeeper_root.hosts, options=Options()) as process:
        client = Asking(process.url)
        client.make("/chains", "Chain-v1", {"id": CHAIN, "name": "kept"})
        process.set_switches({"10.0.0.1:6640": SWITCH})
        process.expire_tokens()
        process.complete_mappings()
        counted: Statistics = process.statistics()
        assert counted.requests == {"POST /chains": 1}
        assert counted.statuses == {201: 1}
        client.close()
        port = process.port
        process.restart()
        assert process.port == port
        client = Asking(process.url)
        assert client.read(f"/chains/{CHAIN}", "Chain-v1")["name"] == "kept"
        client.close()
        assert process.statistics(reset=True).total == 0
