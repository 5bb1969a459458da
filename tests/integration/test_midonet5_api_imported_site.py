"""A store that the real importer filled reads through the stand-in as it read through the real API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from midonet5_replay import Client, Comparison, Entry
from midonet_lab.midonet5.api.options import Options
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.store import Version, Zoom
from midonet_lab.processes.zookeeper import ZooKeeper

ROOT = "/midonet"


@pytest.fixture
def client_of_zookeeper(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    """A started client of an empty ZooKeeper."""
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    yield client
    client.stop()
    client.close()


def load(client: KazooClient, nodes: dict[str, str]) -> None:
    """Write the recorded nodes below the root key."""
    for path, text in nodes.items():
        data = bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()
        if client.exists(ROOT + path):
            client.set(ROOT + path, data)
        else:
            client.create(ROOT + path, data, makepath=True)


@pytest.mark.parametrize("version", ["5.2.1", "5.0.2"])
def test_every_recorded_read_is_answered_as_recorded(
    golden: Path, client_of_zookeeper: KazooClient, version: Version
) -> None:
    """Status, media type, keys and values of everything that can be reached from the root document."""
    folder = golden / "importer" / version
    zoom = Zoom(client_of_zookeeper, ROOT, version)
    zoom.prepare()
    load(client_of_zookeeper, json.loads((folder / "zoom.json").read_text(encoding="utf-8")))
    recorded: list[Entry] = json.loads((folder / "rest.json").read_text(encoding="utf-8"))
    entries = [
        {
            **entry,
            "method": "GET",
            "request_headers": {"Accept": entry["accept"]},
            "response_headers": {"Content-Type": entry["content_type"]} if entry["content_type"] else {},
            "response_body": entry["body"],
        }
        for entry in recorded
    ]
    comparison = Comparison([*entries, *({"path": json.dumps(entry["body"])} for entry in recorded)])
    found = []
    with Midonet5Api(zoom, Options()).start() as api, closing(Client(api.url)) as client:
        for entry in entries:
            answer = client.send("GET", entry["path"], entry["request_headers"])
            found += [
                f"{entry['path']}: {difference}"
                for difference in comparison.differences(entry, answer)
                if not difference.startswith("keys written twice")  # the recording shows parsed objects
            ]
    assert found == []
