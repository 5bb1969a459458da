"""The health gate on hosts of the practice site, against real ZooKeeper and the stand-ins of both APIs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from kazoo.client import KazooClient

from lab_host_fixtures import StartHost, start_host
from lab_host_software import put, put_java, put_midolman, run
from midonet5_serving import Asking, serving
from midonet_lab.hosts.lab_host import LabHost
from midonet_lab.hosts.services.surroundings import Surroundings
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import HostsFailed
from midonet_migrate.hosts.host_facts.look import look_at_host
from midonet_migrate.hosts.service_names import MIDOLMAN
from midonet_migrate.hosts.services import Services
from midonet_migrate.model.hosts import Family, HostEntry, Role
from midonet_migrate.plan.checks.health import Baseline, Verdict
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.steps.health_baseline import take_baseline
from midonet_migrate.steps.health_gate import GateOptions, GateResult, HealthGate
from midonet_migrate.target.agent_state import AgentState, NewApiState, OldTreeState
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.zookeeper.session import open_session
from waiting import PATIENCE, wait_until

__all__ = ["start_host"]
# Tests ask for ZooKeeper first: hosts go down before its tree is emptied, or agents would fill it again.
HOST = "3f8c2a4e-6f0b-4c0e-9d0a-5b1f0f2c7a11"
BRIDGE = "22222222-0000-4000-8000-000000000001"
PORT, OTHER_PORT = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
NAME = "compute-1"
OLD = "/midonet/v1"
BEFORE = Baseline(
    active_ports=(PORT,), datapath_ports=("midonet", "tngre-overlay", "tnvxlan-overlay", "tap1")
)


def entry(*roles: Role, probe: str = "", bgp_command: str = "") -> HostEntry:
    """The host in hosts.yaml."""
    return HostEntry(
        name=NAME,
        roles=roles or (Role.COMPUTE,),
        midonet_host_id=HOST,
        midonet_name=NAME,
        probe=probe,
        bgp_command=bgp_command,
    )


def make_host(start_host: StartHost, family: Family, interfaces: tuple[str, ...] = ("tap1",)) -> LabHost:
    """A host with both Javas and the datapath's tool of 5.x."""
    host = start_host(family, name=NAME, midonet_host_id=HOST)
    Surroundings(interfaces=interfaces, session_seconds=6.0).save(host.directory)
    put_java(host, 7)
    put_java(host, 8)
    return host


def install(host: LabHost, version: str, zookeeper: ZooKeeper) -> None:
    """The agent of this version and its tool."""
    put_midolman(host, version, zookeeper.hosts)
    tool = "mm-dpctl-5" if version.startswith("5") else "mm-dpctl-1.9"
    put(host, {"usr/bin/mm-dpctl": f'#!/bin/sh\nexec /usr/lib/midonet-lab/{tool} "$@"\n'}, 0o755)


def services_of(host: LabHost) -> Services:
    """With short waits."""
    return Services(host.runner(), appear_seconds=PATIENCE, settle_seconds=0.1)


def new_site(client: Asking, *, name: str = NAME) -> None:
    """The topology of 5.x: the host, and a port bound to its tap; another to one that is not there."""
    client.make("/hosts", "Host-v3", {"id": HOST, "name": name})
    client.make("/bridges", "Bridge-v4", {"id": BRIDGE})
    for port, interface in ((PORT, "tap1"), (OTHER_PORT, "tap-gone")):
        body = {"id": port, "type": "Bridge", "hostId": HOST, "interfaceName": interface}
        client.make(f"/bridges/{BRIDGE}/ports", "Port-v3", body)


@contextmanager
def api_state(client: Asking) -> Iterator[NewApiState]:
    """As the product reads the API."""
    with MidonetApi(client.api.url, Credentials("admin", "admin", "admin")) as api:
        yield NewApiState(api)


def watch(
    host: LabHost,
    state: AgentState | None,
    before: Baseline,
    who: HostEntry | None = None,
    *,
    installed: str = "2:5.2.1",
    ready: float = PATIENCE,
    seconds: float = 0.5,
    bgp_command: str = "",
) -> GateResult:
    """Pass the gate, or not."""
    options = GateOptions(
        wanted="5.2.1" if installed.startswith("2:") else "1.9.8",
        fits=lambda version: "5.2.1" in version or version == "1.9.8-1",
        watch_seconds=seconds,
        ready_seconds=ready,
        bgp_command=bgp_command,
    )
    gate = HealthGate(state, options, secrets=["hunter2"])
    return gate.watch(who or entry(), host.runner(), services_of(host), installed, before)


def verdicts(result: GateResult) -> dict[str, Verdict]:
    """Rule by rule."""
    return {check.name: check.verdict for check in result.checks}


@pytest.mark.parametrize("family", list(Family))
def test_a_healthy_agent_of_5x_passes(
    zookeeper_root: ZooKeeper, start_host: StartHost, family: Family
) -> None:
    """All that can be looked at is looked at; what cannot is told, with the reason."""
    with serving(zookeeper_root) as client, api_state(client) as state:
        new_site(client)
        host = make_host(start_host, family)
        install(host, "5.2.1", zookeeper_root)
        services_of(host).start(MIDOLMAN)
        result = watch(host, state, BEFORE, entry(probe="test -e /etc/hosts"))
        assert verdicts(result) == dict.fromkeys(
            ("package", "service", "host", "ports", "datapath", "probe", "log"), Verdict.OK
        ), result
        assert result.passed
        result.require()
        without = watch(host, None, Baseline())
        assert without.passed
        assert any("host not checked: no MidoNet API" in text for text in without.not_checked)
        gateway = watch(host, state, BEFORE, entry(Role.GATEWAY), bgp_command="echo down hunter2; false")
        assert verdicts(gateway)["bgp"] is Verdict.FAILED
        own = watch(host, state, BEFORE, entry(Role.GATEWAY, bgp_command="true"), bgp_command="false")
        assert verdicts(own)["bgp"] is Verdict.OK, "that of the host comes before that of all gateways"
        with pytest.raises(HostsFailed, match="not healthy") as caught:
            gateway.require()
        assert any("***" in line for line in caught.value.problems)
        assert not any("hunter2" in line for line in caught.value.problems)


def test_each_rule_can_fail(zookeeper_root: ZooKeeper, start_host: StartHost) -> None:
    """One after the other, on one host; each is named, and what is wrong with it."""
    with serving(zookeeper_root) as client, api_state(client) as state:
        new_site(client)
        host = make_host(start_host, Family.DEBIAN)
        install(host, "5.2.1", zookeeper_root)
        services_of(host).start(MIDOLMAN)
        wait_until(lambda: (found := state.port(PORT)) is not None and found.active)

        def failed(result: GateResult) -> dict[str, str]:
            return {check.name: check.saw for check in result.checks if check.verdict is Verdict.FAILED}

        assert "1.9.9" in failed(watch(host, state, BEFORE, installed="1.9.9-1"))["package"]
        both = Baseline(active_ports=(PORT, OTHER_PORT), datapath_ports=("tap1", "tap2"))
        result = watch(host, state, both, ready=1)
        assert set(failed(result)) == {"ports", "datapath"}
        assert result.checks[3].problems == (f"port {OTHER_PORT} is not active",)
        gone = "99999999-0000-4000-8000-000000000009"
        converted = Baseline(active_ports=(gone,), interfaces={gone: "tap1"})
        assert failed(watch(host, state, converted)) == {}, "another port serves that interface"
        lost = Baseline(active_ports=(gone,), interfaces={gone: "tap7"})
        assert set(failed(watch(host, state, lost, ready=0.5))) == {"ports"}
        probed = watch(host, state, BEFORE, entry(probe="echo cannot reach 10.0.0.1; exit 3"))
        assert set(failed(probed)) == {"probe"}
        run(
            host,
            "echo \"$(date '+%Y.%m.%d %H:%M:%S.000') ERROR [x] y -  broken\" >> "
            "/var/log/midolman/midolman.log",
        )
        logged = watch(host, state, BEFORE)
        assert set(failed(logged)) == {"log"}
        assert "broken" in next(check for check in logged.checks if check.name == "log").problems[0]
        renamed = msgspec.structs.replace(entry(), midonet_name="compute-1.example.org")
        assert "host" in failed(watch(host, state, BEFORE, renamed, ready=0.5))
        run(host, "pkill -9 -f midolman.jar")
        wait_until(lambda: (found := services_of(host).find(MIDOLMAN)) is not None and found.pid)
        # What the former process wrote does not count against the new one.
        assert "log" not in failed(watch(host, state, BEFORE))
        run(host, "touch /var/log/midolman/midolman.event.log")
        assert verdicts(watch(host, state, BEFORE))["log"] is Verdict.OK
        run(host, "touch /var/log/midolman/midolman.2.log.gz")
        assert verdicts(watch(host, state, BEFORE))["log"] is Verdict.NOT_CHECKED
        services_of(host).stop(MIDOLMAN)
        assert "stop/waiting" in failed(watch(host, state, BEFORE))["service"]


@pytest.mark.parametrize("family", list(Family))
def test_an_agent_that_crashes_again_and_again_does_not_pass(
    zookeeper_root: ZooKeeper, start_host: StartHost, family: Family
) -> None:
    """The Host object has another name: init starts it anew until its limit; the gate waits no longer."""
    with serving(zookeeper_root) as client, api_state(client) as state:
        new_site(client, name="compute-1.example.org")
        host = make_host(start_host, family)
        install(host, "5.2.1", zookeeper_root)
        word = "service midolman start" if family is Family.DEBIAN else "systemctl start midolman"
        assert run(host, word).status == 0
        result = watch(host, state, BEFORE, ready=PATIENCE, seconds=PATIENCE)
        assert verdicts(result)["service"] is Verdict.FAILED
        service = next(check for check in result.checks if check.name == "service")
        assert any("already taken by host compute-1.example.org" in line for line in service.problems)


def test_an_api_that_does_not_answer_is_no_healthy_host(
    zookeeper_root: ZooKeeper, start_host: StartHost
) -> None:
    """What MidoNet thinks of the host is not known then."""
    host = make_host(start_host, Family.DEBIAN)
    with serving(zookeeper_root) as client:
        new_site(client)
        url = client.api.url
    install(host, "5.2.1", zookeeper_root)
    services_of(host).start(MIDOLMAN)
    with MidonetApi(url, None) as api:
        result = watch(host, NewApiState(api), BEFORE, ready=0.5)
    assert verdicts(result)["host"] is Verdict.FAILED
    assert not result.passed


def test_back_on_1_9_the_gate_asks_the_old_tree(zookeeper_root: ZooKeeper, start_host: StartHost) -> None:
    """What was taken before the switch from a running 1.9 agent is what it is compared with after the way
    back, even without any API."""
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    try:
        for port, interface in ((PORT, "tap1"), (OTHER_PORT, "tap-gone")):
            data = {"virtualPortId": port, "localDeviceName": interface}
            path = f"{OLD}/hosts/{HOST}/vrnMappings/ports/{port}"
            client.create(path, msgspec.json.encode({"data": data, "version": "1.9"}), makepath=True)
            client.create(f"{OLD}/ports/{port}/active", b"", makepath=True)
            members = {"hostId": HOST, "interfaceName": interface}
            client.set(f"{OLD}/ports/{port}", msgspec.json.encode({"data": members, "version": "1.9"}))
        client.set(f"{OLD}/hosts/{HOST}", msgspec.json.encode({"data": {"name": NAME}, "version": "1.9"}))
    finally:
        client.stop()
        client.close()
    host = make_host(start_host, Family.DEBIAN)
    install(host, "1.9.8", zookeeper_root)
    services = services_of(host)
    services.start(MIDOLMAN)
    with open_session(zookeeper_root.hosts) as session:
        tree = OldTreeState(session, OLD)
        wait_until(lambda: tree.active_ports(HOST) == {PORT: "tap1"})
        before = take_baseline(entry(), look_at_host(host.runner()), tree)
        assert before.active_ports == (PORT,)
        assert before.interfaces == {PORT: "tap1"}
        assert before.datapath_ports is not None
        assert "tap1" in before.datapath_ports
        services.stop(MIDOLMAN)
        wait_until(lambda: tree.active_ports(HOST) == {})
        down = watch(host, tree, before, installed="1.9.8-1", ready=0.5)
        assert verdicts(down)["service"] is Verdict.FAILED
        services.start(MIDOLMAN)
        result = watch(host, tree, before, installed="1.9.8-1")
        assert result.passed, result
        assert verdicts(result)["ports"] is Verdict.OK
        assert verdicts(result)["host"] is Verdict.OK
        assert tree.host("no-such") is None
        assert tree.port("no-such") is None
