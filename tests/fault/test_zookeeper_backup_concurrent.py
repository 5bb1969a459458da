"""A scan while somebody writes, against a reference model: never called exact when it is not."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from kazoo.client import KazooClient

from backup_site import kazoo_client
from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.settings.zookeeper_servers import parse_servers
from midonet_migrate.zookeeper import jute, pipeline
from midonet_migrate.zookeeper.node_state import parent_of
from midonet_migrate.zookeeper.node_store import NodeStore
from midonet_migrate.zookeeper.pipeline import LINKS, Pipeline, Request
from midonet_migrate.zookeeper.scan import Proof, scan
from midonet_migrate.zookeeper.second_reading import Token
from midonet_migrate.zookeeper.selection import Selection
from zookeeper_model import NAMES, ROOTS, ModelNode, Writer
from zookeeper_trees import wipe

SEEDS = 120
Found = dict[str, ModelNode]


@pytest.fixture(scope="module")
def client(zookeeper_server: ZooKeeper) -> Iterator[KazooClient]:
    zookeeper_server.start().wipe()
    with kazoo_client(zookeeper_server.hosts) as opened:
        yield opened
    zookeeper_server.wipe()


class Interrupted(Pipeline[Token]):
    """Lets somebody write between two requests."""

    between: Callable[[], None]

    def exchange(
        self,
        next_request: Callable[[], Request[Token] | None],
        answered: Callable[[Token, int, bytes], None],
        *,
        ordered: bool = False,
    ) -> None:
        def after_a_change() -> Request[Token] | None:
            self.between()
            return next_request()

        super().exchange(after_a_change, answered, ordered=ordered)


def scanned(link: Pipeline[Token]) -> tuple[Found, Proof]:
    with NodeStore() as store:
        proof = scan(link, Selection(ROOTS), store)
        found = {
            node.path: ModelNode(node.data or b"", node.acl, node.stat.next_sequence)
            for node in store.walk()
            if node.path != "/"
        }
        return found, proof


def is_below_a_moved_node(path: str, moved: set[str]) -> bool:
    while path != "/":
        if path in moved:
            return True
        path = parent_of(path)
    return "/" in moved


def check(found: Found, proof: Proof, truth: Found) -> None:
    """What is not said to have moved must be what it was at the fence."""
    moved = set(proof.moved)
    for path in found.keys() | truth.keys():
        if path in found and path in truth:
            assert path in moved or found[path] == truth[path], path
        else:
            assert is_below_a_moved_node(path, moved), path
    if not moved:
        assert found == truth


def test_every_verdict_agrees_with_the_model_wherever_a_change_falls(
    client: KazooClient, zookeeper_server: ZooKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes between any two requests, of the reading and of each round of the proof."""
    verdicts: Counter[str] = Counter()
    for seed in range(SEEDS):
        choices = random.Random(seed)
        monkeypatch.setattr(pipeline, "IN_FLIGHT", choices.choice([4, 8, 200]))
        wipe(client, ROOTS)
        narrow = bool(seed % 2)  # few nodes that change often: the proof's own readings are hit too
        writer = Writer(client, choices, NAMES[:2] if narrow else NAMES, 2 if narrow else 4)
        writer.prepare(choices.choice([20, 60]))
        left = choices.choice([0, 3, 10, 40, 1000])
        share = choices.choice([0.02, 0.1, 0.5, 1.0])

        def between(writer: Writer = writer, share: float = share, budget: list[int] = [left]) -> None:  # noqa: B006
            if budget[0] > 0 and writer.choices.random() < share:
                budget[0] -= 1
                writer.change()

        links = choices.choice([1, 2, LINKS])
        with Interrupted(parse_servers(zookeeper_server.hosts), links=links) as link:
            link.between = between
            found, proof = scanned(link)
        try:
            check(found, proof, writer.tree_at(proof.fence_zxid))
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
        verdicts["exact" if not proof.moved else "except"] += 1
        verdicts["second rounds"] += proof.rounds > 1
    assert min(verdicts.values()) > 3, verdicts
    assert verdicts["exact"] > SEEDS / 4, verdicts


class Meddler(Pipeline[Token]):
    """Tells somebody of each request before it is sent."""

    before: Callable[[int, bytes], None]

    def exchange(
        self,
        next_request: Callable[[], Request[Token] | None],
        answered: Callable[[Token, int, bytes], None],
        *,
        ordered: bool = False,
    ) -> None:
        def told() -> Request[Token] | None:
            request = next_request()
            if request is not None:
                self.before(request[1], request[2])
            return request

        super().exchange(told, answered, ordered=ordered)


def test_a_node_that_goes_between_its_listing_and_its_reading_was_there_at_the_fence(
    client: KazooClient, zookeeper_server: ZooKeeper
) -> None:
    """Made just before the fence, seen in the new list of its parent, gone when it is read."""
    wipe(client, ROOTS)
    writer = Writer(client, random.Random(1))
    writer.prepare(0)
    path = f"{ROOTS[0]}/passing"
    done: list[str] = []

    def meddle(operation: int, asked: bytes) -> None:
        if operation == jute.SYNC and not done:
            client.create(path, b"")
            writer.note("create", path)
            done.append("made")
        elif operation == jute.GET_DATA and asked == path.encode() and done == ["made"]:
            client.delete(path)
            writer.note("delete", path)
            done.append("gone")

    with Meddler(parse_servers(zookeeper_server.hosts)) as link:
        link.before = meddle
        found, proof = scanned(link)
    assert done == ["made", "gone"]
    check(found, proof, writer.tree_at(proof.fence_zxid))


def test_a_writer_in_a_thread_of_its_own_is_never_mistaken_for_none(
    client: KazooClient, zookeeper_server: ZooKeeper
) -> None:
    wipe(client, ROOTS)
    writer = Writer(client, random.Random(1))
    writer.prepare(150)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for _ in range(writer.choices.randint(0, 6)):
                writer.change()
            time.sleep(writer.choices.choice([0.001, 0.01, 0.05]))

    thread = threading.Thread(target=write)
    scans: list[tuple[Found, Proof]] = []
    thread.start()
    try:
        for _ in range(25):
            with Pipeline[Token](parse_servers(zookeeper_server.hosts), links=LINKS) as link:
                scans.append(scanned(link))
    finally:
        stop.set()
        thread.join()
    for found, proof in scans:
        check(found, proof, writer.tree_at(proof.fence_zxid))
    assert any(not proof.moved for _, proof in scans)
