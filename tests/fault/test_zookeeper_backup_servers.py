"""A backup from servers that die, are not all there, or are something else."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from backup_site import BackupSite, kazoo_client, nodes_of
from midonet_lab.processes.zookeeper import (
    FAST_AND_UNSAFE,
    FAST_AND_UNSAFE_JAVA,
    ZooKeeper,
    ZooKeeperEnsemble,
)
from midonet_migrate.zookeeper import pipeline
from midonet_migrate.zookeeper.pipeline import Pipeline
from midonet_migrate.zookeeper.session import open_session
from unused_ports import refusing_port
from zookeeper_trees import read_tree

UNREACHABLE = 20
DEVICES = 300


def make_tree(hosts: str) -> None:
    with kazoo_client(hosts) as client:
        client.create("/midonet/v1/ports", b"", makepath=True)
        for number in range(DEVICES):
            client.create_async(f"/midonet/v1/ports/{number:04}", b"data")
        client.sync("/")


def wait_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test need not wait ten seconds for a server that is not there."""
    defaults = open_session.__wrapped__.__kwdefaults__  # type: ignore[attr-defined]
    monkeypatch.setitem(defaults, "connect_timeout", 1.5)


def complete(site: BackupSite) -> bool:
    return len(nodes_of(site.tree())) == DEVICES + 4


def test_a_leader_killed_during_the_backup_does_not_matter_but_a_lost_quorum_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three servers: killed in the middle of the reading, the leader is missed by nobody; two more steps
    down there is no quorum, and nothing is written."""
    monkeypatch.setattr(pipeline, "IN_FLIGHT", 8)
    ensemble = ZooKeeperEnsemble(
        tmp_path, options=FAST_AND_UNSAFE, java_options=FAST_AND_UNSAFE_JAVA, disposable=True
    )
    with ensemble:
        make_tree(ensemble.hosts)
        leader = ensemble.leader
        assert leader is not None
        answers = [0]
        receive = Pipeline._receive

        def with_a_death(self: Pipeline[object], *arguments: object) -> None:
            answers[0] += 1
            if answers[0] == 10:
                leader.kill()
            receive(self, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Pipeline, "_receive", with_a_death)
        # Only the leader is asked until it is gone.
        others = [member.hosts for member in ensemble.members if member is not leader]
        site = BackupSite(tmp_path / "first", ",".join([leader.hosts, *others]))
        answer = site.run("backup", "-f", "json")
        assert answer.status == 0, answer.stderr
        assert not leader.running
        assert answer.json()["verdict"] == "exact"
        assert complete(site)
        assert '"connections": 1,' not in site.manifest.read_text()

        follower = next(member for member in ensemble.members if member.running)
        follower.kill()
        wait_less(monkeypatch)
        alone = BackupSite(tmp_path / "second", ensemble.hosts)
        lost = alone.run("backup")
        assert lost.status == UNREACHABLE, lost.stderr
        assert "Traceback" not in lost.stderr
        assert not alone.data.exists()


def test_one_server_of_the_list_is_enough(zookeeper_root: ZooKeeper, tmp_path: Path) -> None:
    """The other two do not listen; whichever place in the list the good one has."""
    make_tree(zookeeper_root.hosts)
    with refusing_port() as one, refusing_port() as other:
        for place in range(3):
            servers = [f"127.0.0.1:{port}" for port in (one, other)]
            servers.insert(place, zookeeper_root.hosts)
            site = BackupSite(tmp_path / str(place), ",".join(servers))
            answer = site.run("backup", "-f", "json")
            assert answer.status == 0, answer.stderr
            assert complete(site)


@pytest.mark.parametrize("greeting", [b"", b"5.5.5-10.11-MariaDB\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_port_of_something_else_is_unreachable_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, greeting: bytes
) -> None:
    """A server that says nothing at all, a database, a web server."""
    wait_less(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        links: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                links.append(link)
                if greeting:
                    link.sendall(greeting)
                    link.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        site = BackupSite(tmp_path, f"127.0.0.1:{listener.getsockname()[1]}")
        answer = site.run("backup")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for link in links:
            link.close()
    assert answer.status == UNREACHABLE, answer.stderr
    assert "does not answer" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not site.data.exists()


def test_a_link_that_breaks_again_and_again_is_mended(
    zookeeper_root: ZooKeeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut after every few answers: each time the reading goes on where it was."""
    make_tree(zookeeper_root.hosts)
    monkeypatch.setattr(pipeline, "IN_FLIGHT", 40)
    calls = [0]
    receive = Pipeline._receive

    def cut(self: Pipeline[object], link: Any, answered: Any) -> None:
        calls[0] += 1
        if calls[0] % 5 == 0 and link.socket is not None:
            link.socket.close()
        receive(self, link, answered)

    monkeypatch.setattr(Pipeline, "_receive", cut)
    site = BackupSite(tmp_path, zookeeper_root.hosts)
    answer = site.run("backup", "-f", "json")
    assert answer.status == 0, answer.stderr
    assert complete(site)
    with kazoo_client(zookeeper_root.hosts) as client:
        assert nodes_of(site.tree()).keys() == {"/", *read_tree(client, ["/midonet"])}
