"""A restore that is killed, or loses its server, goes on when it is run again and ends with the same tree."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kazoo.security import make_acl

from midonet_lab.processes.zookeeper import (
    FAST_AND_UNSAFE,
    FAST_AND_UNSAFE_JAVA,
    ZooKeeper,
    ZooKeeperEnsemble,
)
from midonet_migrate.errors import VerificationFailed, ZooKeeperUnreachable
from midonet_migrate.zookeeper import batches, restore, transactions
from midonet_migrate.zookeeper.counters import CounterPolicy
from midonet_migrate.zookeeper.node_state import NodeState
from midonet_migrate.zookeeper.restore import Restore, RestoreReport
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session
from waiting import PATIENCE, wait_until
from zookeeper_trees import next_name, read_tree, wipe

ROOT = "/midonet"


@pytest.fixture
def session(zookeeper_root: ZooKeeper) -> Iterator[ZooKeeperSession]:
    with open_session(zookeeper_root.hosts) as opened:
        yield opened


def make_site(session: ZooKeeperSession, devices: int) -> None:
    """Devices with sequential keys of which every other one was given back; one part has an ACL."""
    client = session.client
    client.ensure_path(f"{ROOT}/v1/tunnels")
    client.create(
        f"{ROOT}/v1/closed", b"x", acl=[make_acl("world", "anyone", read=True, create=True, delete=True)]
    )
    client.create(f"{ROOT}/v1/closed/child", b"y")
    for number in range(devices):
        key = client.create(f"{ROOT}/v1/tunnels/key-", b"", sequence=True)
        client.create(f"{ROOT}/v1/port-{number}", b"data %d" % number)
        if number % 2:
            client.delete(key)


def damage(session: ZooKeeperSession) -> None:
    client = session.client
    client.delete(f"{ROOT}/v1", recursive=True)
    for number in range(30):
        client.create(f"{ROOT}/v1/other/{number}", b"z", makepath=True)
    client.create(f"{ROOT}/zoom/0/models/Network", b"", makepath=True)


def run(session: ZooKeeperSession, wanted: dict[str, NodeState]) -> RestoreReport:
    def scan() -> dict[str, NodeState]:
        return read_tree(session.client, [ROOT])

    return Restore(session, scan, wanted, counters=CounterPolicy()).run(scan())


def _killed_child(hosts: str, wanted: dict[str, NodeState], kill_at: int, *, after: bool) -> int:
    """Restore in a child that dies with SIGKILL at its n-th batch: before it is sent or once it is done."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            left = [kill_at]
            commit = transactions._commit

            def counted(session: ZooKeeperSession, batch: Any) -> Any:
                left[0] -= 1
                if left[0] == 0 and not after:
                    os.kill(os.getpid(), signal.SIGKILL)
                answer = commit(session, batch)
                if left[0] == 0:
                    answer.wait(PATIENCE)
                    os.kill(os.getpid(), signal.SIGKILL)
                return answer

            transactions._commit = counted
            with open_session(hosts) as session:
                run(session, wanted)
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_at_every_batch_is_continued_by_running_it_again(
    zookeeper_root: ZooKeeper, session: ZooKeeperSession, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    monkeypatch.setattr(batches, "BATCH_OPERATIONS", 8)
    make_site(session, 20)
    wanted = read_tree(session.client, [ROOT])
    kills = 0
    while True:
        damage(session)
        status = _killed_child(zookeeper_root.hosts, wanted, kills + 1, after=after)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        kills += 1
        run(session, wanted)
        assert read_tree(session.client, [ROOT]) == wanted
    assert kills > 8
    assert not run(session, wanted).changed
    assert next_name(session.client, f"{ROOT}/v1/tunnels").endswith("probe-0000000020")


def test_a_leader_that_dies_during_the_restore_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_OPERATIONS", 4)
    ensemble = ZooKeeperEnsemble(
        tmp_path, options=FAST_AND_UNSAFE, java_options=FAST_AND_UNSAFE_JAVA, disposable=True
    )
    with ensemble, open_session(ensemble.hosts, session_timeout=20.0) as session:
        make_site(session, 60)
        wanted = read_tree(session.client, [ROOT])
        damage(session)
        leader = ensemble.leader
        assert leader is not None
        sent = [0]
        commit = transactions._commit

        def with_a_death(session: ZooKeeperSession, batch: Any) -> Any:
            sent[0] += 1
            if sent[0] == 12 and leader.pid is not None:
                os.kill(leader.pid, signal.SIGKILL)
            return commit(session, batch)

        monkeypatch.setattr(transactions, "_commit", with_a_death)
        run(session, wanted)
        assert sent[0] > 12
        wait_until(lambda: not leader.running)
        assert read_tree(session.client, [ROOT]) == wanted


def test_a_server_that_stays_away_is_unreachable(
    zookeeper_root: ZooKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_session(zookeeper_root.hosts) as session:
        make_site(session, 4)
        wanted = read_tree(session.client, [ROOT])
        damage(session)
        live = read_tree(session.client, [ROOT])
    with open_session(zookeeper_root.hosts, session_timeout=2.0) as session:
        zookeeper_root.stop()
        try:
            with pytest.raises(ZooKeeperUnreachable) as caught:
                Restore(session, lambda: live, wanted, counters=CounterPolicy()).run(live)
        finally:
            zookeeper_root.start()
    assert caught.value.exit_status == 20


def test_a_writer_that_never_stops_is_told_with_what_differs(
    session: ZooKeeperSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_site(session, 2)
    wanted = read_tree(session.client, [ROOT])
    client = session.client

    def scan() -> dict[str, NodeState]:
        client.ensure_path(f"{ROOT}/v1/restless")
        return read_tree(client, [ROOT])

    monkeypatch.setattr(restore, "ROUNDS", 3)
    with pytest.raises(VerificationFailed) as caught:
        Restore(session, scan, wanted, counters=CounterPolicy()).run(scan())
    assert caught.value.exit_status == 30
    assert f"{ROOT}/v1/restless is new" in caught.value.problems
    wipe(client, [ROOT])
