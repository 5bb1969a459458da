"""The 1.9 reader over a network that only exists in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from midonet_lab.sites.recording import load_entries, load_recording
from midonet_migrate.errors import (
    AlreadyMigrated,
    ApiUnreachable,
    AuthenticationFailed,
    MigrateError,
    WrongState,
)
from midonet_migrate.model.keys import object_key
from midonet_migrate.source.midonet.reader import MidonetRead, read_midonet
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts

TOKEN_TYPE = "application/vnd.org.midonet.Token-v1+json;charset=UTF-8"
IMPATIENT = Timeouts(attempts=3, backoff=0.001, backoff_limit=0.002)
ACCOUNT = Credentials("neutron", "top-secret", "service")
Handler = Callable[[httpx.Request], httpx.Response]


class Replay:
    """Answers exactly what was recorded, and nothing else."""

    def __init__(self, folder: Path) -> None:
        entries = [entry for entry in load_entries(folder).entries if entry.section == "traversal"]
        self._answers = {(entry.method, entry.path, entry.accept): entry for entry in entries}
        self.unknown: list[tuple[str, str, str | None]] = []
        self.seen: list[tuple[str, str, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/midonet-api")
        if path == "/login":
            return login(request)
        key = (request.method, path, request.headers.get("Accept"))
        self.seen.append(key)
        entry = self._answers.get(key)
        if entry is None:
            self.unknown.append(key)
            return httpx.Response(599)
        body = json.dumps(entry.body)
        return httpx.Response(entry.status, text=body, headers={"Content-Type": entry.content_type or ""})


def login(_: httpx.Request) -> httpx.Response:
    body = json.dumps({"key": "token", "expires": None})
    return httpx.Response(200, text=body, headers={"Content-Type": TOKEN_TYPE})


def read(handler: Handler, account: Credentials | None = ACCOUNT) -> MidonetRead:
    mount = httpx.MockTransport(handler)
    return read_midonet("http://api:8080/midonet-api", account, timeouts=IMPATIENT, mount=mount)


def without_links(served: Any) -> Any:
    """What was served, less the members that hold nothing but URLs of the server."""
    if isinstance(served, list):
        return [without_links(item) for item in served]
    if isinstance(served, dict):
        return {name: without_links(value) for name, value in served.items() if not is_url(value)}
    return served


def is_url(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(is_url(item) for item in value)
    return isinstance(value, str) and value.startswith("http://localhost:8080/midonet-api")


def root(version: str) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            return login(request)
        content_type = "application/vnd.org.midonet.Application-v5+json"
        return httpx.Response(200, json={"version": version}, headers={"Content-Type": content_type})

    return handler


def test_every_request_is_one_the_real_server_was_recorded_with(golden: Path) -> None:
    replay = Replay(golden / "site-b")
    result = read(replay)
    assert replay.unknown == []
    assert len(replay.seen) == len(set(replay.seen)), "nothing is asked twice"
    assert result.requests == len(replay.seen) + 1
    assert result.vanished == []
    assert result.findings == []


def test_requests_stay_within_the_traversal_budget(golden: Path) -> None:
    """GETs = 19 + Z + 4B + S4 + S6 + R + C + G + PG + Pb + K + V + H, and one per MAC entry (old 6.2)."""
    replay = Replay(golden / "site-b")
    objects = read(replay).objects
    routers_ports = sum(port["type"] == "Router" for port in objects["port"])
    parents = "tunnel_zone dhcp_subnet dhcp_v6_subnet router chain ip_addr_group port_group"
    parents += " bgp vtep host mac_port"
    budget = (
        19 + 4 * len(objects["bridge"]) + routers_ports + sum(len(objects[kind]) for kind in parents.split())
    )
    assert len(replay.seen) == budget


def test_everything_is_read_as_it_was_served_and_in_order(golden: Path) -> None:
    site = load_recording(golden / "site-b")
    objects = read(Replay(golden / "site-b")).objects
    assert site.intent is not None
    for kind, owned in site.intent["ownership"].items():
        assert {object_key(kind, item) for item in objects[kind]} == set(owned), kind
    for pair in site.midonet["ip4_mac_pair"]:
        pair["@persistent"] = None
    served = {kind: without_links(items) for kind, items in site.midonet.items()}
    for kind, items in served.items():
        assert objects[kind] == items, kind
    assert objects.keys() == served.keys()


def test_known_macs_of_neutron_ports_need_no_request(golden: Path) -> None:
    site = load_recording(golden / "site-b")
    macs = {port["id"]: port["mac_address"].upper() for port in site.neutron_copies["ports"]}
    replay = Replay(golden / "site-b")
    mount = httpx.MockTransport(replay)
    result = read_midonet("http://api/midonet-api", ACCOUNT, mount=mount, macs=macs)
    assert result.objects["mac_port"] == without_links(site.midonet["mac_port"])
    assert {item["@persistent"] for item in result.objects["mac_port"]} == {True, False}
    assert sum("/mac_table/" in path for _, path, _ in replay.seen) == 5


def test_the_last_of_two_equal_keys_counts() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        accept = request.headers.get("Accept", "")
        bodies = {
            "/midonet-api/": '{"version":"v1.9"}',
            "/midonet-api/system_state": '{"state":"ACTIVE","availability":"READONLY","writeVersion":"1.9"}',
            "/midonet-api/write_version": '{"version":"1.9"}',
            "/midonet-api/ip_addr_groups": '[{"id":"g"}]',
            "/midonet-api/ip_addr_groups/g/ip_addrs": '[{"version":"6","addr":"10.0.0.1",'
            '"ipAddrGroupId":"g","version":6}]',
        }
        body = bodies.get(request.url.path, "[]")
        return httpx.Response(200, text=body, headers={"Content-Type": accept})

    result = read(handler, None)
    assert result.objects["ip_addr_group_addr"] == [{"version": 6, "addr": "10.0.0.1", "ipAddrGroupId": "g"}]
    assert result.read_only


def test_a_5x_server_is_refused_as_already_migrated() -> None:
    with pytest.raises(AlreadyMigrated) as caught:
        read(root("v5.0"))
    assert "8080" in caught.value.hint


def test_another_release_is_refused() -> None:
    with pytest.raises(WrongState) as caught:
        read(root("v1.8"))
    assert not isinstance(caught.value, AlreadyMigrated)


@pytest.mark.parametrize("url", ["", "localhost", "ftp://host/midonet-api", "http://", "http://host:port/x"])
def test_what_is_no_url_is_an_error_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ApiUnreachable):
        read_midonet(url, ACCOUNT, mount=httpx.MockTransport(login))


def test_a_page_of_another_web_server_is_an_error_with_a_hint() -> None:
    with pytest.raises(ApiUnreachable) as caught:
        read(lambda _: httpx.Response(404, text="<html>not here</html>"))
    assert "midonet-api" in caught.value.hint


def test_no_error_shows_password_or_token() -> None:
    """Not even when the URL carries credentials."""

    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, headers={"WWW-Authenticate": "Basic"}, json={"message": "no", "code": 401})

    with pytest.raises(AuthenticationFailed) as caught:
        read_midonet(
            "http://url-user:url-secret@api/midonet-api", ACCOUNT, mount=httpx.MockTransport(refusing)
        )
    error: MigrateError = caught.value
    told = " ".join((error.what, error.why, error.hint, repr(error), repr(ACCOUNT), str(ACCOUNT)))
    for secret in ("top-secret", "url-secret", "url-user", "token"):
        assert secret not in told


@pytest.mark.parametrize("account", [Credentials("a", "b:c"), Credentials("a:b", "c"), Credentials("a", "")])
def test_a_password_that_1_9_cannot_take_is_named_as_the_cause(account: Credentials) -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"message": "Authorization header is not valid", "code": 401})

    with pytest.raises(AuthenticationFailed) as caught:
        read(refusing, account)
    assert "colon" in caught.value.hint
