"""Faults of the 5.x stand-in: those that are switched on, and those that several writers bring about."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import IncompleteRead, RemoteDisconnected
from types import SimpleNamespace

import pytest

from midonet5_replay import Answer, Client
from midonet5_serving import Asking, serving
from midonet_lab.midonet5.api.options import Fault, Faults, Options, Quirks, Switch
from midonet_lab.midonet5.api.resources import vteps
from midonet_lab.processes.zookeeper import ZooKeeper
from waiting import PATIENCE, wait_until

_TAIL = "-0000-4000-8000-000000000001"
CHAIN, GROUP, ZONE = (f"{prefix}000001{_TAIL}" for prefix in ("d0", "e0", "a0"))
TORN = (RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@pytest.fixture
def client(zookeeper_root: ZooKeeper) -> Iterator[Asking]:
    """A stand-in for 5.2.1 with default options."""
    with serving(zookeeper_root) as asking:
        yield asking


def post_chain(client: Client, chain: str = CHAIN) -> Answer:
    """Create a chain with this id."""
    return client.json("POST", "/chains", "Chain-v1", {"id": chain})


def together(client: Asking, number: int, send: Callable[[Client, int], Answer]) -> list[Answer]:
    """Answers of ``number`` requests sent at the same time, each on a connection of its own."""
    answers: list[Answer] = []
    ready = threading.Barrier(number)

    def run(index: int) -> None:
        with closing(Client(client.api.url)) as own:
            ready.wait(60)
            answers.append(send(own, index))

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return answers


def test_a_lost_answer_leaves_the_object_behind(client: Asking) -> None:
    """The request is processed, the connection torn down; a repetition says that it exists."""
    client.set_faults(Faults(faults=[Fault(request="POST /chains", kind="lost")]))
    with pytest.raises(TORN), closing(Client(client.api.url)) as first:
        post_chain(first)
    answer = post_chain(client)
    assert answer.status == 409
    assert "already exists" in json.loads(answer.body)["message"]


def test_a_reset_before_processing_leaves_nothing_behind(client: Asking) -> None:
    """The repetition succeeds."""
    client.set_faults(Faults(faults=[Fault(request="POST /chains", kind="reset")]))
    with pytest.raises(TORN), closing(Client(client.api.url)) as first:
        post_chain(first)
    assert post_chain(client).status == 201


def test_errors_come_as_often_as_wanted(client: Asking) -> None:
    """A burst of 503 after one good request, then all is well; 503 brings its odd header."""
    fault = Fault(request="POST /chains", status=503, skip=1, times=2)
    client.set_faults(Faults(faults=[fault, Fault(request="GET /chains/.*", status=500, times=-1)]))
    answers = [post_chain(client, f"d000000{number}{_TAIL}") for number in range(4)]
    assert [answer.status for answer in answers] == [201, 503, 503, 201]
    assert answers[1].headers["retryafter"] == "3"
    assert [client.json("GET", f"/chains/{CHAIN}", "Chain-v1").status for _ in range(2)] == [500, 500]
    client.set_faults(Faults())
    assert post_chain(client).status == 201


def test_answers_can_be_cut(client: Asking) -> None:
    """In the middle of a correctly framed body, in the middle of the connection, or as a web page."""
    post_chain(client)
    path = f"/chains/{CHAIN}"
    client.set_faults(
        Faults(faults=[Fault(request="GET .*", kind="cut"), Fault(request="GET .*", kind="html")])
    )
    with pytest.raises(ValueError, match=r".+"):
        json.loads(client.json("GET", path, "Chain-v1").body)
    page = client.json("GET", path, "Chain-v1")
    assert (page.status, page.headers["content-type"].startswith("text/html")) == (200, True)
    client.set_faults(Faults(faults=[Fault(request="GET .*", kind="truncate")]))
    with pytest.raises(IncompleteRead), closing(Client(client.api.url)) as own:
        own.json("GET", path, "Chain-v1")


def test_connections_end_after_as_many_requests_as_wanted(client: Asking) -> None:
    """Without having said so, as a server does that restarts."""
    client.set_faults(Faults(requests_per_connection=2))
    with closing(Client(client.api.url)) as own:
        assert [post_chain(own).status, post_chain(own).status] == [201, 409]
        with pytest.raises(TORN):
            post_chain(own)


def test_every_request_can_be_slowed_down(client: Asking) -> None:
    """Requests wait side by side."""
    client.set_faults(Faults(delay=0.3))
    started = time.monotonic()
    answers = together(client, 4, lambda own, index: post_chain(own, f"d000000{index}{_TAIL}"))
    assert time.monotonic() - started >= 0.3
    assert [answer.status for answer in answers] == [201] * 4


def test_a_silent_switch_holds_the_storage_lock(
    zookeeper_root: ZooKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other writes wait for it, up to their own limit; reads do not (new 1.11)."""
    options = Options(switches={"10.0.0.9:6640": Switch(state="silent")}, lock_seconds=0.1)
    waits, over = threading.Event(), threading.Event()

    def wait(seconds: float) -> None:
        assert seconds == options.read_seconds
        waits.set()
        over.wait(PATIENCE)

    monkeypatch.setattr(vteps, "time", SimpleNamespace(sleep=wait))
    with serving(zookeeper_root, options=options) as client:
        client.make("/tunnel_zones", "TunnelZone-v1", {"id": ZONE, "name": "z", "type": "vtep"})
        vtep = {"managementIp": "10.0.0.9", "managementPort": 6640, "tunnelZoneId": ZONE}
        answers: list[Answer] = []

        def post() -> None:
            with closing(Client(client.api.url)) as own:
                answers.append(own.json("POST", "/vteps", "VTEP-v2", vtep))

        thread = threading.Thread(target=post)
        thread.start()
        assert waits.wait(PATIENCE)
        refused = post_chain(client)
        assert refused.status == 503
        assert json.loads(refused.body)["message"] == "Could not acquire lock for storage operation."
        assert client.read("/chains", "collection.Chain-v1") == []
        over.set()
        thread.join(PATIENCE)
        assert answers[0].status == 503


def test_parallel_writers_of_an_address_group_lose_addresses(client: Asking) -> None:
    """Acknowledged ones are gone, others get 500 (new 1.8)."""
    client.make("/ip_addr_groups", "IpAddrGroup-v1", {"id": GROUP, "name": "g"})
    client.set_faults(Faults(group_window=0.3))
    answers = together(client, 6, add_address)
    stored = client.read(f"/ip_addr_groups/{GROUP}/ip_addrs", "collection.IpAddrGroupAddr-v1")
    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) <= {201, 500}
    assert len(stored) < 6
    assert statuses[201] > len(stored) or statuses[500] > 0


def test_no_address_is_lost_when_the_groups_are_safe(zookeeper_root: ZooKeeper) -> None:
    """The quirk switched off."""
    with serving(zookeeper_root, options=Options(quirks=Quirks(unsafe_groups=False))) as client:
        client.make("/ip_addr_groups", "IpAddrGroup-v1", {"id": GROUP, "name": "g"})
        client.set_faults(Faults(group_window=0.02))
        answers = together(client, 6, add_address)
        stored = client.read(f"/ip_addr_groups/{GROUP}/ip_addrs", "collection.IpAddrGroupAddr-v1")
        assert [answer.status for answer in answers] == [201] * 6
        assert len(stored) == 6


def add_address(client: Client, number: int) -> Answer:
    """Add an address to the group."""
    body = {"addr": f"10.0.0.{number + 1}", "version": 4, "ipAddrGroupId": GROUP}
    return client.json("POST", f"/ip_addr_groups/{GROUP}/ip_addrs", "IpAddrGroupAddr-v1", body)


def test_of_two_writers_of_one_id_one_wins(client: Asking) -> None:
    """Exactly one 201, the others 409 with text (new 1.11)."""
    answers = together(client, 8, lambda own, _: post_chain(own))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 7}
    assert all(b"already exists" in answer.body for answer in answers if answer.status == 409)


def test_rules_of_parallel_writers_are_all_stored(client: Asking) -> None:
    """In positions without gaps (new 1.11)."""
    post_chain(client)
    rule = {"type": "accept", "position": 1}
    answers = together(client, 8, lambda own, _: own.json("POST", f"/chains/{CHAIN}/rules", "Rule-v2", rule))
    assert [answer.status for answer in answers] == [201] * 8
    shown = client.read(f"/chains/{CHAIN}/rules", "collection.Rule-v2")
    assert [item["position"] for item in shown] == list(range(1, 9))


def test_without_zookeeper_requests_get_503(zookeeper_server: ZooKeeper) -> None:
    """And work again when it is back, with what was stored before."""
    zookeeper_server.start()
    try:
        with serving(zookeeper_server, options=Options(read_seconds=0.1)) as client:
            post_chain(client)
            zookeeper_server.stop()
            assert client.json("GET", f"/chains/{CHAIN}", "Chain-v1").status == 503
            zookeeper_server.start()
            wait_until(lambda: client.json("GET", f"/chains/{CHAIN}", "Chain-v1").status != 503)
            assert client.read(f"/chains/{CHAIN}", "Chain-v1")["id"] == CHAIN
    finally:
        zookeeper_server.start().wipe()
