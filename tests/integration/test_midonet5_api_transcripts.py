"""The 5.x stand-in answers as the real servers were recorded to answer, request by request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from kazoo.client import KazooClient

from midonet5_housekeeping import OTHER_CALLS, deletions, location
from midonet5_replay import Client, Comparison, Entry, entries_of
from midonet_lab.midonet5.api.options import Options, Switch
from midonet_lab.midonet5.api.server import Midonet5Api
from midonet_lab.midonet5.store import Version, Zoom
from midonet_lab.processes.zookeeper import ZooKeeper

FOLDER = "midonet-5-api"
SILENT = {"127.0.0.2:6640": Switch(state="silent")}
HOSTS = {
    "a1000001-0000-4000-8000-000000000001": "net-gw-01.lab.example",
    "a1000002-0000-4000-8000-000000000002": "cmp-01",
    "c38fa594-1bab-46ff-9f43-90beda2fb5b6": "compute-01",
}
NEW_KEYS = re.compile(
    "postInFilterMirrorIds|preOutFilterMirrorIds|rtrPortVni|offRampVxlan|serviceContainer(Id)?|peeringTable"
    "|localRedirectChain(Id)?|(inv)?(In|Out|in|out)PortGroup|(icmp|invIcmp)Data.*"
    "|containerWeight|containerLimit|enforceContainerLimit|serviceContainer.*"
)


@pytest.fixture
def client_of_zookeeper(zookeeper_root: ZooKeeper) -> Iterator[KazooClient]:
    """A started client of an empty ZooKeeper."""
    client = KazooClient(hosts=zookeeper_root.hosts)
    client.start(timeout=60)
    yield client
    client.stop()
    client.close()


def serve(client: KazooClient, version: Version, root: str) -> Midonet5Api:
    """The stand-in on a prepared store."""
    zoom = Zoom(client, root, version)
    zoom.prepare()
    if version == "5.0.2":  # has no POST /hosts: hosts come from agents, or by hand
        for host_id, name in HOSTS.items():
            halves = divmod(UUID(host_id).int, 2**64)
            text = f'id {{ msb: {halves[0]} lsb: {halves[1]} }}\nname: "{name}"\n'
            client.create(f"{root}/zoom/0/models/Host/{host_id}", text.encode())
    return Midonet5Api(zoom, Options(switches=SILENT, read_seconds=0.05)).start()


def replay(entries: list[Entry], expected: dict[int, Entry], url: str) -> list[str]:
    """Send ``entries`` in order, with the calls the recorder left out; what differs from ``expected``."""
    comparison = Comparison(entries)
    created: dict[str, str] = {}
    found = []
    with closing(Client(url)) as client:
        for position, entry in enumerate(entries):
            if position and entry["n"] > entries[position - 1]["n"] + 1:
                for path in deletions(entries, position, created):
                    client.send("DELETE", path)
                    created.pop(path)
                for method, path, kind, content in OTHER_CALLS.get(entry["n"], ()):
                    client.json(method, path, kind, content)
            body = entry.get("request_body_raw")
            if body is None and entry.get("request_body") is not None:
                body = json.dumps(entry["request_body"])
            answer = client.send(entry["method"], entry["path"], entry["request_headers"], body)
            wanted = expected.get(entry["n"], entry)
            found += [
                f"{entry['n']} {entry['method']} {entry['path']}: {difference}"
                for difference in comparison.differences(wanted, answer)
            ]
            path = answer.headers.get("location", "").partition("/midonet-api")[2]
            if answer.status == 201 and path:
                created[path] = entry["path"]
            if entry["method"] == "DELETE" and answer.status in {200, 204}:
                created.pop(entry["path"], None)
    return found


def align(old: list[tuple[str, Entry]], new: list[tuple[str, Entry]]) -> tuple[list[Entry], dict[int, Entry]]:
    """The requests of the whole 5.0.2 run and its answers: what equals 5.2.1 was left out of its recording.

    Entries only 5.0.2 has come before the rest of their resource. Numbers become those of 5.2.1.
    """
    answers: dict[int, Entry] = {}
    extra: dict[str, list[Entry]] = {}
    shift = 0
    for resource, entry in old:
        same = [
            other["n"]
            for name, other in new
            if name == resource and _request(other) == _request(entry) and other["n"] not in answers
        ]
        if same and resource != "host":
            number = min(same, key=lambda other: abs(other - entry["n"] - shift))
            shift = number - entry["n"]
            answers[number] = entry
        else:
            extra.setdefault(resource, []).append(entry)
    entries: list[Entry] = []
    other_objects = {location(entry) for _, entry in new if _needs_5_2(entry)}
    for resource, entry in new:
        entries += extra.pop(resource, [])
        if resource != "host" and not _needs_5_2(entry) and entry["path"] not in other_objects:
            entries.append(entry)
            headers = {} if _of_another_group(entry) else entry["response_headers"]
            body = as_in_5_0(entry["response_body"])
            answers.setdefault(entry["n"], {**entry, "response_headers": headers, "response_body": body})
    return entries, answers


def as_in_5_0(value: Any) -> Any:
    """Without what 5.0.2 does not have (new 1.10)."""
    if isinstance(value, list):
        return [as_in_5_0(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: 0 if key == "interfaceMTU" and content is None else as_in_5_0(content)
        for key, content in value.items()
        if not NEW_KEYS.fullmatch(key)
    }


def _needs_5_2(entry: Entry) -> bool:
    """Whether 5.0.2 was not asked this: it has no such resource or property."""
    sent = entry.get("request_body")
    new_property = isinstance(sent, dict) and any(NEW_KEYS.fullmatch(key) for key in sent)
    return new_property or bool(re.search("/peering_table|/service_container", entry["path"]))


def _of_another_group(entry: Entry) -> bool:
    """Whether a body names another group than its path: 5.0.2 locates it by the body (new 1.10)."""
    named = entry["path"].endswith("/ip_addrs") and (entry.get("request_body") or {}).get("ipAddrGroupId")
    return bool(named) and f"/{named}/" not in entry["path"]


def _request(entry: Entry) -> str:
    parts = (entry["method"], entry["path"], entry.get("request_body"), entry.get("request_body_raw"))
    return json.dumps([*parts, entry["request_headers"]], sort_keys=True)


def test_answers_are_those_of_the_real_5_2_1(golden: Path, client_of_zookeeper: KazooClient) -> None:
    """Every recorded request, in order: same status, headers and body."""
    entries = [entry for _, entry in entries_of(golden / FOLDER / "transcripts-5.2.1.json")]
    with serve(client_of_zookeeper, "5.2.1", "/midonet") as api:
        found = replay(entries, {}, api.url)
    assert found == []


def test_answers_are_those_of_the_real_5_0_2(golden: Path, client_of_zookeeper: KazooClient) -> None:
    """The recording of 5.0.2 names what differs; everything else has to be as in 5.2.1."""
    old = entries_of(golden / FOLDER / "transcripts-5.0.2.json")
    new = entries_of(golden / FOLDER / "transcripts-5.2.1.json")
    entries, answers = align(old, new)
    with serve(client_of_zookeeper, "5.0.2", "/midonet502") as api:
        found = replay(entries, answers, api.url)
    assert found == []
