"""The stand-in for the 1.9 API against the recording of a real server, request by request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from midonet_lab.midonet19.options import Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_lab.sites.recording import Entry, load_entries, load_recording

RECORDED_HOST = "localhost:8080"
WRITES = frozenset({"POST", "PUT", "DELETE", "PATCH"})
"""Writing topology is out of the stand-in's scope; login is not."""


@pytest.fixture(scope="module")
def api(golden: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Midonet19Api]:
    """Serves the recorded site with mock authentication, as the recorded server did."""
    directory = tmp_path_factory.mktemp("api")
    with Midonet19Api(load_recording(golden / "site-b"), directory, options=Options(auth="mock")) as server:
        yield server


@pytest.mark.parametrize("section", ["traversal", "views", "negative"])
def test_stand_in_answers_like_the_recorded_server(api: Midonet19Api, golden: Path, section: str) -> None:
    """Status, media type, headers and body, order of lists aside (rules: with order)."""
    entries = [entry for entry in load_entries(golden / "site-b").entries if entry.section == section]
    asked = [entry for entry in entries if entry.method not in WRITES or entry.path == "/login"]
    assert len(asked) >= len(entries) - 13, "only writes are left out"
    with httpx.Client(timeout=120) as client:
        different = [entry.path for entry in asked if not _is_same(client, api.url, entry)]
    assert different == []


def _is_same(client: httpx.Client, url: str, entry: Entry) -> bool:
    headers = {"Host": RECORDED_HOST, "X-Auth-Token": "any", **entry.request_headers}
    request = client.build_request(
        entry.method,
        url + entry.path,
        headers={name: value for name, value in headers.items() if value is not None},
    )
    del request.headers["Accept"]
    if entry.accept is not None:
        request.headers["Accept"] = entry.accept
    response = client.send(request)
    body = response.json() if response.content else None
    in_order = entry.path.endswith("/rules")
    twice = all(_objects_have_twice(response.text, key) for key in entry.duplicate_keys)
    recorded = {name: value for name, value in entry.headers.items() if name != "Transfer-Encoding"}
    return (
        response.status_code == entry.status
        and response.headers.get("Content-Type") == entry.content_type
        and all(response.headers.get(name) == value for name, value in recorded.items())
        and (body == entry.body if in_order else _unordered(body) == _unordered(entry.body))
        and twice
    )


def _objects_have_twice(text: str, key: str) -> bool:
    found: list[bool] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if key in names:
            found.append(names.count(key) == 2)
        return dict(pairs)

    json.loads(text, object_pairs_hook=note)
    return bool(found) and all(found)


def _unordered(body: Any) -> Any:
    if isinstance(body, list):
        return sorted(json.dumps(_unordered(item), sort_keys=True) for item in body)
    if isinstance(body, dict) and "hostInterfaces" in body:
        return {**body, "hostInterfaces": _unordered(body["hostInterfaces"])}
    return body
