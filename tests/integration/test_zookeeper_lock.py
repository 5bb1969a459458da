"""One run per site: a lock that goes with its holder, against a real ZooKeeper."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import ConfigError, LockHeld, LockLost, ZooKeeperUnreachable
from midonet_migrate.zookeeper.lock import LOCK_NODE, OWN_ROOT, ZooKeeperLock
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session
from unused_ports import refusing_port
from waiting import wait_until

_HOLDER = """
import sys, time
from midonet_migrate.zookeeper.lock import ZooKeeperLock
from midonet_migrate.zookeeper.session import open_session
with open_session(sys.argv[1], session_timeout=4.0) as session, ZooKeeperLock(session):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def hosts(zookeeper_root: ZooKeeper) -> str:
    return zookeeper_root.hosts


@pytest.fixture
def session(hosts: str) -> Iterator[ZooKeeperSession]:
    with open_session(hosts, session_timeout=4.0) as opened:
        yield opened


@pytest.fixture
def holder(hosts: str) -> Iterator[subprocess.Popen[str]]:
    """Another run, in a process of its own."""
    child = subprocess.Popen([sys.executable, "-c", _HOLDER, hosts], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_the_lock_is_ephemeral_and_released(session: ZooKeeperSession) -> None:
    with ZooKeeperLock(session) as lock:
        lock.ensure_held()
        found = session.get(LOCK_NODE)
        assert found is not None
        assert found[1].ephemeralOwner == session.session_id
    assert not session.exists(LOCK_NODE)
    assert session.exists(OWN_ROOT)
    with ZooKeeperLock(session):
        pass


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_second_run_is_told_who_holds_it(
    session: ZooKeeperSession, holder: subprocess.Popen[str], dry_run: bool
) -> None:
    with pytest.raises(LockHeld) as caught, ZooKeeperLock(session, dry_run=dry_run):
        pass
    assert caught.value.exit_status == 75
    assert f"process {holder.pid} on {socket.gethostname()}" in caught.value.why
    assert session.exists(LOCK_NODE)


def test_after_kill_9_the_same_command_waits_for_the_dead_session_and_goes_on(
    session: ZooKeeperSession, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert session.exists(LOCK_NODE)
    with ZooKeeperLock(session) as lock:
        lock.ensure_held()


def test_dry_run_creates_nothing(session: ZooKeeperSession) -> None:
    with ZooKeeperLock(session, dry_run=True) as lock:
        lock.ensure_held()
        assert not session.exists(OWN_ROOT)
    assert session.children("/") == ["zookeeper"]


def test_a_node_that_is_not_ephemeral_is_explained(session: ZooKeeperSession) -> None:
    session.client.create(LOCK_NODE, b"rubbish", makepath=True)
    with pytest.raises(LockHeld) as caught, ZooKeeperLock(session):
        pass
    assert "unknown process" in caught.value.why
    assert LOCK_NODE in caught.value.hint


def test_a_lost_session_is_noticed_even_after_a_new_one_was_opened(
    session: ZooKeeperSession, hosts: str
) -> None:
    with ZooKeeperLock(session) as lock:
        _expire(session, hosts)
        with pytest.raises(LockLost) as caught:
            lock.ensure_held()
    assert caught.value.exit_status == 75


def test_a_lock_taken_by_another_meanwhile_is_not_deleted_on_exit(
    session: ZooKeeperSession, hosts: str
) -> None:
    with open_session(hosts) as other:
        with ZooKeeperLock(session):
            _expire(session, hosts)
            taken = ZooKeeperLock(other)
            taken.__enter__()
        taken.ensure_held()
        taken.__exit__(None, None, None)


def test_a_server_that_goes_away_is_unreachable_and_the_exit_is_quiet(
    zookeeper_root: ZooKeeper, session: ZooKeeperSession
) -> None:
    with ZooKeeperLock(session) as lock:
        zookeeper_root.stop()
        try:
            with pytest.raises(ZooKeeperUnreachable) as caught:
                lock.ensure_held()
        finally:
            zookeeper_root.start()
    assert caught.value.exit_status == 20


def test_no_server_is_unreachable_once_the_time_given_is_over() -> None:
    with (
        refusing_port() as port,
        pytest.raises(ZooKeeperUnreachable) as caught,
        open_session(f"127.0.0.1:{port}", connect_timeout=1.0),
    ):
        pass
    assert caught.value.exit_status == 20


def test_a_list_that_makes_no_sense_is_a_config_error() -> None:
    with pytest.raises(ConfigError), open_session("host:port"):
        pass


def _expire(session: ZooKeeperSession, hosts: str) -> None:
    """Have the server close the session: somebody else resumes it and closes it."""
    from kazoo.client import KazooClient

    thief = KazooClient(hosts=hosts, client_id=session.client.client_id)
    old = session.session_id
    thief.start(timeout=60)
    thief.stop()
    thief.close()
    wait_until(lambda: session.session_id not in (old, 0) and session.client.connected)


def test_paths_of_the_lock_stay_below_our_own_root() -> None:
    assert Path(LOCK_NODE).parent == Path(OWN_ROOT) == Path("/midonet-migrate")
