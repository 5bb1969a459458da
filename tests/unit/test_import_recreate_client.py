"""The protocol of the 5.x API (new 1): login, one Accept, repetition of reads and never of writes."""

from __future__ import annotations

import base64
from collections.abc import Callable

import httpx
import pytest

from midonet_migrate.errors import AccessDenied, ApiUnreachable, AuthenticationFailed
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.source.midonet.transport import Timeouts
from midonet_migrate.target.midonet_api.answer import answer_of
from midonet_migrate.target.midonet_api.client import APPLICATION, LostAnswer, MidonetApi, Unreadable

ACCOUNT = Credentials("admin", "secret", "admin")
QUICK = Timeouts(backoff=0.001, backoff_limit=0.002)
BRIDGE = "application/vnd.org.midonet.Bridge-v4+json"
ROOT = {"version": "v5.0", "uri": "http://api/midonet-api/"}


class Server:
    """Answers by a script, with tokens that may expire; keeps what it was sent."""

    def __init__(self, handler: Callable[[httpx.Request], httpx.Response]) -> None:
        self.handler = handler
        self.requests: list[httpx.Request] = []
        self.logins = 0
        self.valid: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("/login"):
            wanted = base64.b64encode(b"admin:secret").decode()
            if request.headers.get("Authorization") != f"Basic {wanted}":
                return httpx.Response(401, json={"message": "no", "code": 401})
            assert request.headers["X-Auth-Project"] == "admin"
            self.logins += 1
            token = f"token-{self.logins}"
            self.valid.add(token)
            return httpx.Response(200, json={"key": token, "expires": None})
        if request.headers.get("X-Auth-Token") not in self.valid:
            return httpx.Response(401, json={"message": "No token was passed in.", "code": 401})
        return self.handler(request)

    def api(self, account: Credentials | None = ACCOUNT) -> MidonetApi:
        mount = httpx.MockTransport(self)
        return MidonetApi("http://api/midonet-api", account, timeouts=QUICK, mount=mount)


def created(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, headers={"Location": "http://api/x"})


def test_one_login_serves_all_requests_and_each_has_one_media_type() -> None:
    """Basic login with project; the token afterwards; exactly one type in Accept and Content-Type."""
    server = Server(
        lambda request: httpx.Response(200, json=ROOT) if request.method == "GET" else created(request)
    )
    api = server.api()
    assert api.application()["version"] == "v5.0"
    assert api.write("POST", "/bridges", BRIDGE, {"id": "x"}).status == 201
    get, post = server.requests[1:]
    assert server.logins == 1
    assert (get.url.path, get.headers["Accept"]) == ("/midonet-api/", APPLICATION)
    assert post.headers["Content-Type"] == BRIDGE
    assert [request.headers.get_list("Accept") for request in (get, post)] == [[APPLICATION], [BRIDGE]]
    assert (api.reads, api.writes) == (1, 1)


def test_an_expired_token_leads_to_one_login_and_the_write_is_sent_again() -> None:
    """401 comes before anything is done, so that a write may be repeated; it is done once."""
    server = Server(created)
    api = server.api()
    api.login()
    server.valid.clear()
    assert api.write("POST", "/bridges", BRIDGE, {"id": "x"}).status == 201
    assert server.logins == 2


def test_a_fresh_token_that_is_refused_ends_it() -> None:
    """No endless logins: the second 401 is an error that names the role."""
    server = Server(lambda _request: httpx.Response(401, json={"message": "not admin", "code": 401}))
    with pytest.raises(AuthenticationFailed) as caught:
        server.api().write("POST", "/bridges", BRIDGE, {"id": "x"})
    assert (server.logins, caught.value.why) == (2, "not admin")
    assert "secret" not in repr(caught.value.args)


def test_a_new_token_that_others_have_used_up_is_renewed_again() -> None:
    """A thread that comes late finds it taken before and refused now: it has expired, and is no error."""
    server = Server(created)
    api = server.api()
    api.login()
    send = server.handler

    def late(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/late") and server.logins < 4:
            server.valid.clear()
            return httpx.Response(401, json={"message": "Authentication error", "code": 401})
        return send(request)

    server.handler = late
    renew = api._tokens.renew

    def used_by_another(stale: str) -> str:
        token = renew(stale)
        api._tokens.note(token, 200)
        return token

    api._tokens.renew = used_by_another  # type: ignore[method-assign]
    assert api.write("POST", "/late", BRIDGE, {"id": "x"}).status == 201
    assert server.logins == 4


def test_without_credentials_a_server_that_wants_some_is_an_error() -> None:
    """Mock authentication needs none; Keystone says so."""
    with pytest.raises(AuthenticationFailed, match="wants a login"):
        Server(created).api(None).get("/bridges/x", BRIDGE)


def test_a_wrong_password_is_told_as_such() -> None:
    """The login itself is refused."""
    with pytest.raises(AuthenticationFailed):
        Server(created).api(Credentials("admin", "wrong", "admin")).login()


def test_reads_are_repeated_and_writes_are_not() -> None:
    """A GET survives 503 and broken connections; a write is sent once, and says that its answer is lost."""
    answers = iter([503, 500, 0, 200])

    def shaky(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.RemoteProtocolError("gone")
        answer = next(answers)
        if not answer:
            raise httpx.ReadError("reset")
        return httpx.Response(answer, json={"id": "x"})

    server = Server(shaky)
    api = server.api()
    assert api.get("/bridges/x", BRIDGE) == {"id": "x"}
    with pytest.raises(LostAnswer) as caught:
        api.write("POST", "/bridges", BRIDGE, {"id": "x"})
    assert isinstance(caught.value.final, ApiUnreachable)
    assert api.writes == 1
    assert "midonet-cluster" in caught.value.final.hint


def test_what_is_not_there_and_what_cannot_be_shown_are_told_apart() -> None:
    """404, with or without body, is None. A 500 that stays is one unreadable thing, not a dead server."""
    server = Server(lambda request: httpx.Response(404 if "gone" in request.url.path else 500))
    api = server.api()
    assert api.get("/bridges/gone", BRIDGE) is None
    with pytest.raises(Unreadable):
        api.get("/chains/poisoned/rules", BRIDGE)


def test_another_api_is_not_taken_for_that_of_midonet_5() -> None:
    """The root document names the version."""
    server = Server(lambda _request: httpx.Response(200, json={"version": "v1.9"}))
    with pytest.raises(ApiUnreachable, match="not the API of MidoNet 5"):
        server.api().application()


def test_a_forbidden_request_is_a_matter_of_roles() -> None:
    """403 ends the run."""
    server = Server(lambda _request: httpx.Response(403))
    with pytest.raises(AccessDenied):
        server.api().write("PUT", "/bridges/x", BRIDGE, {})


@pytest.mark.parametrize(
    ("response", "text", "violations", "wait"),
    [
        (httpx.Response(409), "", (), None),
        (httpx.Response(500, text="<html>boom</html>"), "", (), None),
        (httpx.Response(400, json={"message": None, "code": 400}), "", (), None),
        (
            httpx.Response(
                400,
                json={
                    "message": "Validation error(s) found",
                    "code": 400,
                    "violations": [{"property": "portAddress", "message": "may not be null"}],
                },
            ),
            "Validation error(s) found",
            ("portAddress: may not be null",),
            None,
        ),
        (httpx.Response(503, headers={"RetryAfter": "3"}, json={"message": "lock"}), "lock", (), 3.0),
        (httpx.Response(503, headers={"Retry-After": "7"}), "", (), 7.0),
        (httpx.Response(503, headers={"RetryAfter": "soon"}), "", (), None),
    ],
)
def test_bodies_of_errors_are_not_parsed_blindly(
    response: httpx.Response, text: str, violations: tuple[str, ...], wait: float | None
) -> None:
    """Empty, HTML, null message, violations; the header without its hyphen (new 1.5, 1.7)."""
    answer = answer_of(response)
    assert (answer.text, answer.violations, answer.retry_after) == (text, violations, wait)
    assert answer.reason.startswith(f"status {response.status_code}")
