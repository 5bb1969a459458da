"""Behaviour of the 1.9 stand-in that no recording shows: Keystone, roles, read-only mode, connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from midonet19_sample import BRIDGE, CHAIN, OTHER_BRIDGE, ROUTER, RULES, TENANT, sample_site
from midonet_lab.midonet19.options import Account, Faults, Options
from midonet_lab.midonet19.process import Midonet19Api
from midonet_migrate.errors import AccessDenied
from midonet_migrate.source.midonet.media_types import COLLECTION, ITEM, SYSTEM_STATE, vendor
from midonet_migrate.source.midonet.reader import read_midonet
from midonet_migrate.source.midonet.session import Credentials
from waiting import PATIENCE, wait_until

ADMIN = Credentials("admin", "lab", "service")
MEMBER = Credentials("member", "lab", "service")
ACCOUNTS = {"admin": Account(), "member": Account(role="tenant_user")}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Midonet19Api]:
    options = Options(accounts=ACCOUNTS)
    with Midonet19Api(sample_site(), tmp_path_factory.mktemp("api"), options=options) as running:
        yield running


@pytest.fixture
def api(server: Midonet19Api) -> Midonet19Api:
    """The running stand-in without faults, counters at zero."""
    server.set_faults(Faults())
    server.statistics(reset=True)
    return server


@pytest.fixture
def client(api: Midonet19Api) -> Iterator[httpx.Client]:
    """Logged in as an administrator."""
    with httpx.Client(base_url=api.url, timeout=PATIENCE) as session:
        reply = session.get("/login", auth=("admin", "lab"))
        session.headers["X-Auth-Token"] = reply.json()["key"]
        yield session


def test_reader_gets_back_the_site_that_is_served(api: Midonet19Api) -> None:
    result = read_midonet(api.url, ADMIN)
    wanted = sample_site().midonet
    for kind, items in wanted.items():
        for found, item in zip(result.objects[kind], items, strict=True):
            assert found.items() >= item.items(), kind
    assert result.findings == []
    assert result.vanished == []


def test_reader_counts_its_requests_as_the_server_does(api: Midonet19Api) -> None:
    """One more list of chains, because a chain without rules may be one that has gone (old 1.6)."""
    result = read_midonet(api.url, ADMIN)
    statistics = api.statistics()
    assert result.requests == statistics.total
    assert statistics.logins == 1
    again = {path: count for path, count in statistics.requests.items() if count > 1}
    assert again == {"GET /chains": 2}


def test_requests_run_side_by_side_and_no_more_than_allowed(api: Midonet19Api) -> None:
    api.set_faults(Faults(delay=0.02))

    def most() -> int:
        api.statistics(reset=True)
        read_midonet(api.url, ADMIN, threads=4)
        found = api.statistics().most_at_once
        assert found <= 4
        return found

    wait_until(lambda: most() == 4)
    api.statistics(reset=True)
    read_midonet(api.url, ADMIN, threads=1)
    assert api.statistics().most_at_once == 1


def test_latency_can_depend_on_the_number_of_objects(api: Midonet19Api, client: httpx.Client) -> None:
    api.set_faults(Faults(delay_per_object=0.05))
    began = time.monotonic()
    client.get(f"/chains/{CHAIN}/rules", headers={"Accept": COLLECTION["rule"]})
    assert time.monotonic() - began >= 0.05 * len(RULES)


def test_keystone_login_gives_token_cookie_and_expiry(client: httpx.Client) -> None:
    reply = client.get("/login", auth=("admin", "lab"), headers={"X-Auth-Project": "service"})
    token = reply.json()
    assert reply.headers["Content-Type"] == "application/vnd.org.midonet.Token-v1+json;charset=UTF-8"
    assert reply.headers["Set-Cookie"] == f"sessionId={token['key']}; Expires={token['expires']}"
    parsed = time.strptime(token["expires"], "%a, %d-%m-%Y %H:%M:%S GMT")
    assert parsed.tm_year >= 2024


def test_a_user_without_role_in_the_project_gets_the_containers_page(client: httpx.Client) -> None:
    reply = client.get("/login", auth=("admin", "lab"), headers={"X-Auth-Project": "elsewhere"})
    assert reply.status_code == 500
    assert reply.headers["Content-Type"].startswith("text/html")


def test_three_forms_of_401(api: Midonet19Api, client: httpx.Client) -> None:
    missing = httpx.get(api.url + "/bridges", timeout=PATIENCE)
    assert missing.json() == {"message": "No token was passed in.", "code": 401}
    assert "WWW-Authenticate" not in missing.headers
    api.expire_tokens()
    expired = client.get("/bridges")
    assert expired.json() == {"message": "Authentication error", "code": 401}
    assert expired.headers["WWW-Authenticate"] == 'Basic  realm="Basic Midonet"'
    api.set_faults(Faults(keystone_down=True))
    down = client.get("/bridges")
    assert down.status_code == 401
    assert "WWW-Authenticate" not in down.headers


def test_options_is_answered_before_authentication(api: Midonet19Api) -> None:
    reply = httpx.options(api.url + "/bridges", timeout=PATIENCE)
    assert reply.status_code == 200
    assert "X-Auth-Token" in reply.headers["Access-Control-Allow-Headers"]


def test_zookeeper_down_is_503_with_the_filters_content_type(api: Midonet19Api, client: httpx.Client) -> None:
    api.set_faults(Faults(zookeeper_down=True))
    reply = client.get("/bridges")
    assert reply.status_code == 503
    assert reply.headers["Content-Type"].endswith("Error-v1+json;charset=UTF-8")
    assert reply.json()["message"] == "Can not access topology information"


def test_read_only_mode_refuses_writes_but_not_reads(api: Midonet19Api, client: httpx.Client) -> None:
    state = {"state": "ACTIVE", "availability": "READONLY", "writeVersion": "1.9"}
    assert client.put("/system_state", json=state, headers={"Content-Type": SYSTEM_STATE}).status_code == 204
    try:
        refused = client.post("/bridges", json={}, headers={"Content-Type": vendor("Bridge-v4")})
        assert (refused.status_code, refused.json()["message"]) == (
            503,
            "API server currently in restricted mode.",
        )
        assert read_midonet(api.url, ADMIN).read_only
    finally:
        state["availability"] = "READWRITE"
        client.put("/system_state", json=state, headers={"Content-Type": SYSTEM_STATE})
    assert not read_midonet(api.url, ADMIN).read_only


def test_lists_for_administrators_are_403_for_others(api: Midonet19Api) -> None:
    with pytest.raises(AccessDenied) as caught:
        read_midonet(api.url, MEMBER)
    assert "admin" in caught.value.hint


def test_tenant_filter_is_exact(client: httpx.Client) -> None:
    accept = {"Accept": COLLECTION["bridge"]}
    found = client.get("/bridges", params={"tenant_id": TENANT}, headers=accept).json()
    assert [bridge["id"] for bridge in found] == [BRIDGE]
    assert len(client.get("/bridges", params={"name": "one"}, headers=accept).json()) == 2


def test_lists_come_in_any_order_but_rules_in_theirs(client: httpx.Client) -> None:
    orders = set()
    for _ in range(20):
        routes = client.get(f"/routers/{ROUTER}/routes", headers={"Accept": COLLECTION["route"]}).json()
        orders.add(tuple(route["id"] for route in routes))
        rules = client.get(f"/chains/{CHAIN}/rules", headers={"Accept": COLLECTION["rule"]}).json()
        assert [rule["id"] for rule in rules] == RULES
    assert len(orders) > 1


def test_links_follow_the_configured_base_uri_or_the_host_header(tmp_path: Path) -> None:
    accept = {"Accept": ITEM["bridge"]}
    path = f"/bridges/{OTHER_BRIDGE}"
    for number, (base_uri, expected) in enumerate(
        (("http://elsewhere:81/x", "http://elsewhere:81/x"), (None, "http://named:8080/midonet-api"))
    ):
        options = Options(auth="mock", base_uri=base_uri)
        with Midonet19Api(sample_site(), tmp_path / str(number), options=options) as server:
            named = {**accept, "Host": "named:8080"}
            bridge = httpx.get(server.url + path, headers=named, timeout=PATIENCE).json()
            assert bridge["uri"] == expected + path


def test_a_kept_connection_carries_a_hundred_requests(api: Midonet19Api, client: httpx.Client) -> None:
    headers = {"Accept": COLLECTION["bridge"]}
    token = {"X-Auth-Token": client.headers["X-Auth-Token"]}
    with httpx.Client(base_url=api.url, headers=token, timeout=PATIENCE) as fresh:
        endings = [fresh.get("/bridges", headers=headers).headers.get("Connection") for _ in range(101)]
    assert endings == [*[None] * 99, "close", None]


def test_stand_in_keeps_its_port_over_a_restart_and_ends_when_stopped(tmp_path: Path) -> None:
    server = Midonet19Api(sample_site(), tmp_path / "api").start()
    url, pid = server.url, server.pid
    server.restart()
    assert server.url == url
    assert server.pid != pid
    server.stop()
    assert not server.running
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
