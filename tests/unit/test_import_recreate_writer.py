"""One request until its outcome is known: each status of the 5.x API, with the object there or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from midonet_migrate.errors import ApiUnreachable
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.source.midonet.transport import Timeouts
from midonet_migrate.target.midonet_api.client import MidonetApi
from midonet_migrate.target.midonet_api.lookup import Lookup
from midonet_migrate.target.midonet_api.results import Result, State
from midonet_migrate.target.midonet_api.writer import Patience, Writer, expected

ID = "7d4b1c5e-2a90-4e3f-9b61-0c5d8e7f1a23"
OTHER = "8d4b1c5e-2a90-4e3f-9b61-0c5d8e7f1a24"
QUICK = Timeouts(backoff=0.001, backoff_limit=0.002)
PATIENCE = Patience(backoff=0.001, longest=0.002)
EXISTS = {"message": f"A(n) Chain with ID {ID} already exists.", "code": 409}


class Script:
    """Answers writes from a list, an exception or a status with body; shows what ``stored`` says."""

    def __init__(self, *answers: int | Exception | tuple[int, Any], stored: JsonObject | None = None) -> None:
        self.answers = list(answers)
        self.stored = stored
        self.sent: list[JsonObject] = []
        self.store_when: Callable[[int], JsonObject | None] = lambda _number: self.stored

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            found = self.store_when(len(self.sent))
            return httpx.Response(404) if found is None else httpx.Response(200, json=found)
        self.sent.append(httpx.Response(200, content=request.content).json())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (answer, None)
        return httpx.Response(status, json=body) if body is not None else httpx.Response(status)

    def writer(self) -> Writer:
        mount = httpx.MockTransport(self)
        api = MidonetApi("http://api/midonet-api", None, timeouts=QUICK, mount=mount)
        return Writer(api, Lookup(api, 1), PATIENCE)


def request(kind: str, path: str, body: JsonObject, method: str = "POST") -> ObjectRequest:
    return ObjectRequest(
        method="PUT" if method == "PUT" else "POST",
        path=path,
        media_type=media_type(kind),
        body=body,
        kind=kind,
        id=ID,
    )


CHAIN = request("chain", "/chains", {"id": ID, "name": "one", "tenantId": None})
STORED = {"id": ID, "name": "one", "tenantId": None, "uri": "http://api/chains/x"}


def post(script: Script, wanted: ObjectRequest = CHAIN) -> Result:
    return script.writer().post(wanted, dict(wanted.body or {}), expected(wanted))


@pytest.mark.parametrize(
    ("answers", "stored", "state", "writes"),
    [
        ([201], None, State.CREATED, 1),
        ([(409, EXISTS)], STORED, State.ADOPTED, 1),
        ([(409, EXISTS)], {**STORED, "name": "two"}, State.CONFLICT, 1),
        ([(409, {"message": "Tunnel zone name already exists."})], None, State.CONFLICT, 1),
        ([409, 201], None, State.CREATED, 2),
        ([409], STORED, State.ADOPTED, 1),
        ([500], STORED, State.CREATED, 1),
        ([500, 201], None, State.CREATED, 2),
        ([500, 500, 500], None, State.FAILED, 3),
        ([httpx.ReadError("gone")], STORED, State.CREATED, 1),
        ([httpx.ReadError("gone"), 201], None, State.CREATED, 2),
        ([httpx.ReadTimeout("late"), (409, EXISTS)], None, State.CONFLICT, 2),
        ([503, 503, 201], None, State.CREATED, 3),
        (
            [(400, {"message": "bad", "violations": [{"property": "p", "message": "m"}]})],
            None,
            State.FAILED,
            1,
        ),
        ([(404, {"message": "There is no Chain with ID x."})], None, State.SKIPPED, 1),
        ([405], None, State.FAILED, 1),
    ],
)
def test_each_answer_to_a_post_has_its_meaning(
    answers: list[Any], stored: JsonObject | None, state: State, writes: int
) -> None:
    """Adopted or conflict by comparison, lost answers by reading back, 400 and 404 never repeated (new 8)."""
    script = Script(*answers, stored=stored)
    result = post(script)
    assert (result.state, len(script.sent)) == (state, writes)
    assert bool(result.reason) is (state not in {State.CREATED, State.ADOPTED})


def test_an_object_that_appears_after_a_lost_answer_counts_as_made_here() -> None:
    """The write was still under way when it was looked for; the repetition is told that it exists."""
    script = Script(httpx.ReadTimeout("late"), (409, EXISTS))
    script.store_when = lambda sent: STORED if sent == 2 else None
    assert post(script).state is State.CREATED


def test_the_violations_of_a_400_are_shown() -> None:
    """Each property with its message."""
    body = {
        "message": "Validation error(s) found",
        "violations": [{"property": "name", "message": "too long"}],
    }
    assert post(Script((400, body))).reason == "status 400: name: too long"


def test_differences_of_a_conflict_are_shown() -> None:
    """Member, planned, found."""
    result = post(Script((409, EXISTS), stored={**STORED, "name": "two"}))
    assert [(item.field, item.wanted, item.found) for item in result.differences] == [("name", "one", "two")]


@pytest.mark.parametrize("answers", [[503] * 9, [httpx.ConnectError("refused")] * 9])
def test_a_server_that_stays_away_is_an_error_and_not_a_result(answers: list[Any]) -> None:
    """After so many tries: the whole run ends, and can be continued."""
    script = Script(*answers)
    with pytest.raises(ApiUnreachable):
        post(script)
    assert len(script.sent) == PATIENCE.attempts


def test_conflicts_that_5_0_2_calls_400_are_looked_at() -> None:
    """A link that is there answers 400 there: adopted. Linked to another: conflict. Not linked: failed."""
    link = request("port_link", f"/ports/{ID}/link", {"peerId": OTHER})
    said = (400, {"message": "Ports are not linkable."})
    for peer, state in ((OTHER, State.ADOPTED), (ID, State.CONFLICT), (None, State.FAILED)):
        script = Script(said, stored={"id": ID, "type": "Bridge", "peerId": peer})
        assert post(script, link).state is state


def test_a_vtep_is_tried_once() -> None:
    """Each try holds the storage lock while the server waits for the switch (new 1.11)."""
    body = {"id": ID, "managementIp": "10.0.0.1", "managementPort": 6640, "tunnelZoneId": OTHER}
    script = Script(503, 201)
    assert post(script, request("vtep", "/vteps", body)).state is State.FAILED
    assert len(script.sent) == 1


BRIDGE = {"id": ID, "name": "b", "tenantId": "t", "adminStateUp": True, "inboundFilterId": None}


def put(script: Script, changes: JsonObject, path: str = f"/bridges/{ID}", kind: str = "bridge") -> Result:
    return script.writer().put(request(kind, path, changes, "PUT"))


def test_a_put_sends_the_whole_object_with_the_changed_members() -> None:
    """All that was read goes back, and what was there is kept before it is replaced."""
    script = Script(204)
    changed = {**BRIDGE, "inboundFilterId": OTHER}
    script.store_when = lambda sent: changed if sent else BRIDGE
    kept: list[JsonObject] = []
    wanted = request("bridge", f"/bridges/{ID}", {"inboundFilterId": OTHER}, "PUT")
    assert script.writer().put(wanted, kept.append).state is State.CHANGED
    assert script.sent == [changed]
    assert kept == [BRIDGE]


def test_a_put_that_lost_the_race_is_merged_again_with_what_the_other_wrote() -> None:
    """409 with empty body: read, merge and send anew (new 1.8)."""
    script = Script(409, 204)
    final = {**BRIDGE, "name": "theirs", "inboundFilterId": OTHER}
    script.store_when = lambda sent: [BRIDGE, {**BRIDGE, "name": "theirs"}, final][sent]
    assert put(script, {"inboundFilterId": OTHER}).state is State.CHANGED
    assert script.sent[1] == final


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([204], State.FAILED),  # it answers 204 and keeps what it has
        ([(404, {"message": "There is no Chain"})], State.SKIPPED),
        ([(400, {"message": "bad"})], State.FAILED),
        ([(409, {"message": "already references"})], State.CONFLICT),
        ([500, 500, 500], State.FAILED),
        ([(503, {"message": "The mapping ... is being processed (PENDING_CREATE)."})], State.FAILED),
    ],
)
def test_a_put_that_does_not_take_is_told(answers: list[Any], state: State) -> None:
    """The object is as before, whatever the status says; a locked pool is not waited for (new 2.16)."""
    script = Script(*answers, stored=BRIDGE)
    result = put(script, {"inboundFilterId": OTHER})
    assert (result.state, bool(result.reason)) == (state, True)
    assert not script.answers


def test_a_put_that_is_done_already_sends_nothing() -> None:
    """Nothing to change, and nothing to change it on."""
    script = Script(stored=BRIDGE)
    assert put(script, {"name": "b"}).state is State.CHANGED
    assert put(Script(), {"name": "b"}).state is State.SKIPPED
    assert script.sent == []


def test_pauses_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that starts is not overrun, and not left waiting for longer than that."""
    pauses: list[float] = []
    script = Script(*[503] * 6)
    api = MidonetApi("http://api/midonet-api", None, timeouts=QUICK, mount=httpx.MockTransport(script))

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return True

    monkeypatch.setattr(api, "pause", pause)
    writer = Writer(api, Lookup(api, 1), Patience(backoff=0.5, longest=3.0))
    with pytest.raises(ApiUnreachable):
        writer.post(CHAIN, dict(CHAIN.body or {}), expected(CHAIN))
    assert pauses == [0.5, 1.0, 2.0, 3.0, 3.0]
