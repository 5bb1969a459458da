"""Any history of a tree can be undone: data, ACLs, and the names of the next sequential nodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kazoo.client import KazooClient
from kazoo.exceptions import NoAuthError, NodeExistsError, NoNodeError, NotEmptyError
from kazoo.security import make_acl

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.run.progress import SilentProgress
from midonet_migrate.settings.zookeeper_servers import parse_servers
from midonet_migrate.zookeeper.backup_file import BACKUP_FILE, open_backup
from midonet_migrate.zookeeper.backup_tree import backup_tree
from midonet_migrate.zookeeper.counters import CounterPolicy
from midonet_migrate.zookeeper.live_tree import LiveReader
from midonet_migrate.zookeeper.manifest import Verdict
from midonet_migrate.zookeeper.node_state import NodeState
from midonet_migrate.zookeeper.restore import Restore
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session
from rollback_site import make_backup
from zookeeper_trees import next_name, read_tree, wipe

ROOTS = ("/midonet", "/nat")
NAMES = ("a", "b", "with blank:colon", "网络", "0000000003")
ACLS = (
    None,
    [make_acl("world", "anyone", all=True)],
    [make_acl("world", "anyone", read=True, admin=True, create=True, delete=True)],
    [make_acl("ip", "127.0.0.1", all=True), make_acl("world", "anyone", read=True)],
)

paths = st.builds(
    lambda root, names: "/".join((root, *names)),
    st.sampled_from(ROOTS),
    st.lists(st.sampled_from(NAMES), max_size=3),
)
events = st.one_of(
    st.tuples(st.just("create"), paths, st.binary(max_size=20), st.sampled_from(ACLS)),
    st.tuples(st.just("sequential"), paths, st.binary(max_size=5), st.none()),
    st.tuples(st.just("delete"), paths, st.just(b""), st.none()),
    st.tuples(st.just("write"), paths, st.binary(max_size=20), st.none()),
)
histories = st.lists(events, max_size=40)


@pytest.fixture(scope="module")
def session(zookeeper_server: ZooKeeper) -> Iterator[ZooKeeperSession]:
    zookeeper_server.start().wipe()
    with open_session(zookeeper_server.hosts) as opened:
        yield opened
    zookeeper_server.wipe()


def live_through(client: KazooClient, history: list[tuple[Any, ...]]) -> None:
    for event, path, data, acl in history:
        try:
            if event == "create":
                client.create(path, data, acl=acl)
            elif event == "sequential":
                client.create(f"{path}/key-", data, sequence=True)
            elif event == "delete":
                client.delete(path)
            else:
                client.set(path, data)
        except (NoAuthError, NodeExistsError, NoNodeError, NotEmptyError):
            pass


def back_up(session: ZooKeeperSession) -> dict[str, NodeState]:
    """Into files and out of them again, as a rollback reads them."""
    with TemporaryDirectory() as folder:
        manifest = make_backup(session.hosts, Path(folder), ROOTS)
        assert manifest.verdict is Verdict.EXACT
        with open_backup(Path(folder) / BACKUP_FILE) as backup:
            return backup_tree(backup, ROOTS).nodes


def restore(session: ZooKeeperSession, wanted: dict[str, NodeState]) -> bool:
    servers = parse_servers(session.hosts)
    reader = LiveReader(session, servers, ROOTS, Path(gettempdir()), SilentProgress())
    return Restore(session, reader.nodes, wanted, counters=CounterPolicy()).run(reader.nodes()).changed


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=histories, after=histories, empty=st.booleans())
def test_whatever_happened_since_the_tree_is_as_it_was(
    session: ZooKeeperSession, before: list[tuple[Any, ...]], after: list[tuple[Any, ...]], empty: bool
) -> None:
    client = session.client
    wipe(client, ROOTS)
    live_through(client, [("create", root, b"", None) for root in ROOTS])
    live_through(client, before)
    wanted = read_tree(client, ROOTS)
    assume(wanted)  # without any root there is nothing to back up
    saved = back_up(session)
    assert saved == wanted
    names = {path: next_name_without_trace(wanted[path]) for path in wanted}
    if empty:
        wipe(client, ROOTS)
    live_through(client, after)
    restore(session, saved)
    assert read_tree(client, ROOTS) == wanted
    assert restore(session, saved) is False
    assert {path: next_name(client, path) for path in wanted} == names


def next_name_without_trace(node: NodeState) -> str:
    """What the server will call the next sequential child, by the rule that this test then checks."""
    return f"{node.path}/probe-{node.next_sequence:010d}"
