"""Importer alive, enabled, how far, already migrated: read from a real ZooKeeper."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from midonet_lab.processes.zookeeper import ZooKeeper
from midonet_migrate.errors import AccessDenied, AlreadyMigrated, CorruptFile, ImporterAlive
from midonet_migrate.zookeeper.importer_state import (
    MARKER_ID,
    ImporterState,
    read_importer_state,
    require_silent_importer,
    require_unmigrated,
)
from midonet_migrate.zookeeper.session import ZooKeeperSession, open_session

HOST = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"
ON = b'cluster { neutron_importer { enabled : true, password : "a#b${x}" } }\n'
OFF = b'{"cluster":{"neutron_importer":{"enabled":false}}}'
SILENT_ABOUT_IT = b"agent.midolman.lock_memory=true\n"


@pytest.fixture
def session(zookeeper_root: ZooKeeper) -> Iterator[ZooKeeperSession]:
    with open_session(zookeeper_root.hosts) as opened:
        yield opened


def put(session: ZooKeeperSession, nodes: dict[str, bytes]) -> None:
    for path, data in nodes.items():
        session.client.create(path, data, makepath=True)


def test_a_site_without_any_5x_is_silent_and_unmigrated(session: ZooKeeperSession) -> None:
    put(session, {"/midonet/v1/bridges/x": b"{}"})
    state = read_importer_state(session, "/midonet")
    assert state == ImporterState(root="/midonet")
    require_silent_importer(state)
    require_unmigrated(state)


def test_a_participant_of_the_election_is_an_importer_alive(session: ZooKeeperSession) -> None:
    put(session, {"/midonet/leader-latch": b""})
    require_silent_importer(read_importer_state(session, "/midonet"))
    session.client.create("/midonet/leader-latch/latch-0", HOST.encode(), ephemeral=True)
    state = read_importer_state(session, "/midonet/")
    with pytest.raises(ImporterAlive) as caught:
        require_silent_importer(state)
    assert caught.value.exit_status == 10
    assert HOST in caught.value.problems[0]
    assert read_importer_state(session, "/other").latches == ()


def test_a_left_over_of_a_restored_dump_is_told_apart(session: ZooKeeperSession) -> None:
    put(session, {"/midonet/leader-latch/latch-0": HOST.encode()})
    with pytest.raises(ImporterAlive) as caught:
        require_silent_importer(read_importer_state(session, "/midonet"))
    assert "left-over" in caught.value.problems[0]


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        ({}, []),
        ({"templates/default": SILENT_ABOUT_IT}, []),
        ({"templates/default": b""}, []),
        ({"templates/default": ON}, ["template default"]),
        ({"templates/default": b"cluster.neutron_importer.enabled : on"}, ["template default"]),
        ({"templates/default": b"cluster.neutron_importer.enabled : ${x}"}, ["template default"]),
        ({"templates/default": OFF}, []),
        ({"templates/default": OFF, f"nodes/{HOST}": ON}, [f"host {HOST}"]),
        ({f"nodes/{HOST}": SILENT_ABOUT_IT}, []),
        ({"templates/mine": ON}, []),
        (
            {"templates/mine": ON, "template-mappings": f'"{HOST}"=mine\n'.encode()},
            [f"template mine, which host {HOST} uses"],
        ),
        (
            {
                "templates/mine": ON,
                f"nodes/{HOST}": OFF,
                "template-mappings": json.dumps({HOST: "mine", OTHER: "default"}).encode(),
            },
            [],
        ),
        (
            {
                "templates/mine": ON,
                f"nodes/{HOST}": SILENT_ABOUT_IT,
                "template-mappings": f"mappings {{ {HOST} : mine }}".encode(),
            },
            [f"template mine, which host {HOST} uses"],
        ),
        (
            {"templates/default": ON, f"nodes/{HOST}": ON, f"nodes/{OTHER}": OFF},
            ["template default", f"host {HOST}"],
        ),
    ],
)
def test_enabled_is_found_with_mn_confs_precedence(
    session: ZooKeeperSession, texts: dict[str, bytes], places: list[str]
) -> None:
    put(session, {f"/midonet/config/{path}": text for path, text in texts.items()})
    state = read_importer_state(session, "/midonet")
    assert list(state.enabled_in) == places
    if places:
        with pytest.raises(ImporterAlive) as caught:
            require_silent_importer(state)
        assert len(caught.value.problems) == len(places)
        assert "a#b" not in repr(caught.value.problems)


@pytest.mark.parametrize("text", [b"password=?secret", b"cluster { open", b"\xff\xfe", b"[1]"])
def test_settings_that_cannot_be_read_are_refused_without_showing_them(
    session: ZooKeeperSession, text: bytes
) -> None:
    put(session, {"/midonet/config/templates/default": text})
    with pytest.raises(CorruptFile) as caught:
        read_importer_state(session, "/midonet")
    shown = " ".join([caught.value.what, caught.value.why, caught.value.hint])
    assert "/midonet/config/templates/default" in shown
    assert "secret" not in shown


@pytest.mark.parametrize("version", ["5.0.2", "5.2.1"])
def test_a_real_5x_topology_is_recognised(session: ZooKeeperSession, golden: Path, version: str) -> None:
    nodes: dict[str, Any] = json.loads((golden / "importer" / version / "zoom.json").read_text())
    for path, text in nodes.items():
        if path.startswith("/zoom/0/models"):
            session.client.ensure_path(f"/midonet{path}")
            session.client.set(f"/midonet{path}", text.encode())
    state = read_importer_state(session, "/midonet")
    assert state.last_processed == 35
    assert state.topology["NeutronNetwork"] == 2
    assert "C3POState" not in state.topology
    with pytest.raises(AlreadyMigrated) as caught:
        require_unmigrated(state)
    assert caught.value.exit_status == 10


def test_a_cluster_that_has_only_started_is_not_a_migrated_site(session: ZooKeeperSession) -> None:
    models = "/midonet/zoom/0/models"
    marker = b'{"id":"00000000-0000-0000-0000-000000000001","lastProcessedTaskId":0}'
    put(
        session,
        {
            f"{models}/Network": b"",
            f"{models}/Host/{HOST}": b"",
            f"{models}/C3POState/{MARKER_ID}": marker,
        },
    )
    state = read_importer_state(session, "/midonet")
    assert state.last_processed == 0
    require_unmigrated(state)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"{}", b'{"lastProcessedTaskId":"7"}', b"[]", b'{"lastProcessedTaskId":-1}']
)
def test_a_marker_that_cannot_be_read_is_refused(session: ZooKeeperSession, text: bytes) -> None:
    put(session, {f"/midonet/zoom/0/models/C3POState/{MARKER_ID}": text})
    with pytest.raises(CorruptFile, match="marker"):
        read_importer_state(session, "/midonet")


def test_a_node_closed_by_an_acl_is_access_denied(session: ZooKeeperSession) -> None:
    from kazoo.security import make_digest_acl

    closed = [make_digest_acl("somebody", "else", all=True)]
    session.client.create("/midonet")
    session.client.create("/midonet/leader-latch", b"", acl=closed)
    with pytest.raises(AccessDenied) as caught:
        read_importer_state(session, "/midonet")
    assert caught.value.exit_status == 77
